package detection_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/detection"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/pattern"
	"github.com/mithaq-hub/mithaq/stix/value"
)

func TestReduce(t *testing.T) {
	md5, sha := strings.Repeat("a1", 16), strings.Repeat("b2", 32)
	for _, row := range []struct{ pattern, want string }{
		{"[domain-name:value = 'evil.example']", "domain evil.example"},
		{"[domain-name:value = 'evil.example' OR url:value = 'http://evil.example/a']", "domain evil.example, url http://evil.example/a"},
		{"[ipv4-addr:value IN ('198.51.100.7', '198.51.100.8')] OR [ipv4-addr:value = '198.51.100.0/24']", "ipv4 198.51.100.7, ipv4 198.51.100.8, ipv4-cidr 198.51.100.0/24"},
		{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "ipv4-cidr 198.51.100.0/24"},
		{"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.7']", "ipv4 198.51.100.7"},
		{"[file:name = 'a.exe' AND file:hashes.MD5 = '" + md5 + "' AND file:hashes.'SHA-256' = '" + sha + "']", "sha256 " + sha},
		{"[file:name = 'a.exe' AND file:size = 7]", "-"},
		{"[ipv4-addr:value = '198.51.100.7' AND domain-name:value = 'evil.example']", "-"},
		{"[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]", "-"},
		{"[domain-name:value != 'evil.example']", "-"},
		{"[domain-name:value NOT = 'evil.example']", "-"},
		{"[domain-name:value LIKE '%.example']", "-"},
		{"[domain-name:value = 'evil.example'] FOLLOWEDBY [domain-name:value = 'worse.example']", "-"},
		{"[domain-name:value = 'evil.example'] AND [domain-name:value = 'worse.example']", "-"},
		{"[domain-name:value = 'evil.example'] REPEATS 3 TIMES", "-"},
		{"[EXISTS domain-name:value]", "-"},
		{"[process:pid = 7]", "-"},
		{"[domain-name:value = 'evil.example' OR process:pid = 7]", "-"},
		{"[file:hashes.MD5 = '" + md5 + "' AND domain-name:value = 'evil.example']", "-"},
		{"[file:hashes.MD5 = '" + md5 + "' AND file:name != 'a']", "md5 " + md5},
	} {
		p, err := pattern.Parse(row.pattern)
		if err != nil {
			t.Fatal(row.pattern, err)
		}
		values, ok := detection.Reduce(p)
		got := "-"
		if ok {
			var all []string
			for _, v := range values {
				all = append(all, string(v.Kind)+" "+v.Text)
			}
			got = strings.Join(all, ", ")
		}
		if got != row.want {
			t.Errorf("%s: %s, want %s", row.pattern, got, row.want)
		}
	}
}

const id stix.ID = "indicator--0b1e0a4f-6a0b-4b6e-8f0e-0d2f4a6c8e11"

func entry(t testing.TB, values ...string) detection.Entry {
	t.Helper()
	e := detection.Entry{ID: id, Name: "=cmd|' /C calc'!A0", From: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), TLP: stix.TLPGreen, PAP: "PAP:GREEN", Labels: []string{"a", "b"}}
	for _, s := range values {
		kind, text, _ := strings.Cut(s, " ")
		v, err := value.Of(value.Kind(kind), text)
		if err != nil {
			t.Fatal(s, err)
		}
		e.Values = append(e.Values, v)
	}
	return e
}

func write(t testing.TB, o detection.Options, entries ...detection.Entry) (string, detection.Report) {
	t.Helper()
	var b strings.Builder
	r, err := detection.Write(&b, o, entries)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), r
}

func TestSuricata(t *testing.T) {
	e := entry(t, "domain evil.example", "ipv4 198.51.100.7", "ipv6 2001:db8::7", "ipv4-cidr 198.51.100.0/24", `url http://evil.example:8080/a;b"c?d=|41|`,
		`user-agent Mozilla "5"; \ (x)`, "md5 "+strings.Repeat("a1", 16), "domain evil.example", "url http://user@evil.example/", "url http://evil.example/"+strings.Repeat("x", 300))
	text, r := write(t, detection.Options{Format: detection.Suricata, Head: []string{"one\nalert ip any any -> any any (sid:1;)"}}, e)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if !strings.HasPrefix(lines[0], "# one alert") || len(lines) != 9 || r.Values != 6 || r.Lines != 8 || len(r.Left) != 3 {
		t.Fatalf("%+v\n%s", r, text)
	}
	var seen []string
	for i, line := range lines[1:] {
		rule, err := parseRule(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !strings.Contains(line, fmt.Sprintf("sid:%d; ", 1_000_000+i)) || rule.action != "alert" {
			t.Errorf("%s: not number %d", line, i)
		}
		seen = append(seen, rule.proto+" "+rule.dst+" "+strings.Join(rule.contents(), " "))
	}
	want := []string{
		"dns any evil.example", "tls any evil.example", "http any evil.example", "ip 198.51.100.7 ", "ip 2001:db8::7 ", "ip 198.51.100.0/24 ",
		"http any evil.example /a;b%22c?d=%7C41%7C", `http any Mozilla "5"; \ (x)`,
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%q\nwant %q", seen, want)
	}
}

func TestSuricataOptions(t *testing.T) {
	text, _ := write(t, detection.Options{Format: detection.Suricata, Action: "drop", FirstSID: 7_000_000, Subdomains: true}, entry(t, "domain evil.example"))
	for line := range strings.Lines(text) {
		r, err := parseRule(strings.TrimSuffix(line, "\n"))
		if err != nil || r.action != "drop" || r.contents()[0] != ".evil.example" || !strings.Contains(line, "dotprefix; ") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if !strings.Contains(text, "sid:7000002;") {
		t.Error(text)
	}
}

func TestRPZ(t *testing.T) {
	e := entry(t, "domain evil.example", "domain _x.BÜCHER.example", "ipv4 198.51.100.7", "ipv4-cidr 198.51.100.0/24", "ipv6 2001:db8::7", "ipv6-cidr 2001:db8::/32", "ipv6 ::1", "url http://evil.example/",
		"domain "+strings.Repeat("a.", 120)+"example")
	text, r := write(t, detection.Options{Format: detection.RPZ, Subdomains: true, Serial: 7, Head: []string{"x\nevil. IN A 127.0.0.1"}}, e)
	origin, records, err := parseZone(text)
	if err != nil || origin != "mithaq.rpz." || len(r.Left) != 2 {
		t.Fatalf("%s %+v: %v\n%s", origin, r, err, text)
	}
	want := []record{
		{"evil.example", "."},
		{"*.evil.example", "."},
		{"_x.xn--bcher-kva.example", "."},
		{"*._x.xn--bcher-kva.example", "."},
		{"32.7.100.51.198.rpz-ip", "."},
		{"24.0.100.51.198.rpz-ip", "."},
		{"128.7.zz.db8.2001.rpz-ip", "."},
		{"32.zz.db8.2001.rpz-ip", "."},
		{"128.1.zz.rpz-ip", "."},
	}
	if !slices.Equal(records, want) {
		t.Errorf("%v\nwant %v", records, want)
	}
}

func TestCSV(t *testing.T) {
	one, two := entry(t, "domain evil.example", "phone +213 21 12 34 56"), entry(t, "domain evil.example")
	two.Name = "a \"b\", c\nd"
	text, r := write(t, detection.Options{Format: detection.CSV}, one, two)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 || r.Values != 2 || r.Lines != 3 {
		t.Fatalf("%v %+v %v", rows, r, err)
	}
	if rows[1][3] != "'=cmd|' /C calc'!A0" || rows[2][0] != "'+21321123456" || rows[3][3] != two.Name || rows[1][4] != "2026-03-01T10:00:00Z" || rows[1][8] != "a b" {
		t.Errorf("%q", rows)
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": "'\t=1", " =1": "' =1", "\r": "'\r", "a=1": "a=1", "＝1": "'＝1", "\ufeff=1": "'\ufeff=1", "\tx": "'\tx",
	} {
		if got := detection.Cell(in); got != want {
			t.Errorf("Cell(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	md5, sha := strings.Repeat("a1", 16), strings.Repeat("b2", 32)
	e := entry(t, "md5 "+md5, "sha256 "+sha, "domain evil.example", "mutex a\u2028b", "mutex #a", "mutex ok x")
	for _, row := range []struct {
		o    detection.Options
		want string
		left int
	}{
		{detection.Options{Format: detection.Hashes}, md5 + "\n" + sha + "\n", 4},
		{detection.Options{Format: detection.Hashes, Kinds: []value.Kind{value.MD5}, Head: []string{"h"}}, "# h\n" + md5 + "\n", 5},
		{detection.Options{Format: detection.Text}, md5 + "\n" + sha + "\nevil.example\nok x\n", 2},
	} {
		if text, r := write(t, row.o, e); text != row.want || len(r.Left) != row.left {
			t.Errorf("%+v: %q, left %v", row.o, text, r.Left)
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	for _, o := range []detection.Options{
		{},
		{Format: "sigma"},
		{Format: detection.Suricata, Action: "pass"},
		{Format: detection.Suricata, FirstSID: -1},
		{Format: detection.RPZ, Policy: "passthru"},
		{Format: detection.RPZ, Zone: "a b"},
		{Format: detection.RPZ, Zone: "a\n$INCLUDE /etc/passwd"},
		{Format: detection.CSV, Kinds: []value.Kind{"x"}},
	} {
		if _, err := detection.Write(&strings.Builder{}, o, nil); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

type full struct{}

var errFull = errors.New("the disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFullDiskIsSaid(t *testing.T) {
	if _, err := detection.Write(full{}, detection.Options{Format: detection.CSV}, []detection.Entry{entry(t, "domain evil.example")}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

// Whatever a value is, each line of a file is one rule, one record, one row; and what it
// compares is the value.
func FuzzWrite(f *testing.F) {
	for _, kind := range value.Kinds() {
		f.Add(string(kind), "evil.example\";) \nalert ip any any -> any any (sid:1;)", "x")
	}
	f.Add("url", "http://evil.example/a\";)|41|", "=1+1")
	f.Add("user-agent", "a\\\";content:\"", "\n")
	f.Add("mutex", "#\r\nx", "'")
	f.Fuzz(func(t *testing.T, kind, s, name string) {
		v, err := value.Of(value.Kind(kind), s)
		if err != nil {
			return
		}
		e := detection.Entry{ID: id, Name: name, Values: []value.Value{v}, Labels: []string{name}}
		text, r := write(t, detection.Options{Format: detection.Suricata, Head: []string{name}}, e)
		holdRules(t, text, r.Lines)
		text, r = write(t, detection.Options{Format: detection.RPZ, Head: []string{name}}, e)
		if _, records, err := parseZone(text); err != nil || len(records) != r.Lines {
			t.Errorf("%q: %v", text, err)
		}
		text, _ = write(t, detection.Options{Format: detection.CSV}, e)
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != len(rows[0]) {
			t.Errorf("%q: %v", text, err)
		}
		text, r = write(t, detection.Options{Format: detection.Text, Head: []string{name}}, e)
		if strings.Count(text, "\n") != r.Lines+1 || strings.Contains(text, "\r") {
			t.Errorf("%q has not %d lines", text, r.Lines)
		}
	})
}

func holdRules(t *testing.T, text string, want int) {
	t.Helper()
	n := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n++
		if _, err := parseRule(strings.TrimSuffix(line, "\n")); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	if n != want {
		t.Errorf("%d rules of %d in %q", n, want, text)
	}
}
