package indicator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// report is made up; its names and addresses are those kept for documentation.
const report = "Beacons to hxxp://cdn[.]evil.example/a?b=1, then evil[dot]example.\r\n" +
	"Mail from boss(at)evil[.]example and bo\u200bss2[@]evil{.}example; 198[.]51.100[.]7\n" +
	"dropped d41d8cd98f00b204e9800998ecf8427e (empty), see CVE-2021-44228.\n" +
	"Left open: bad[.example and bad2.]example and bad3\\.example and far [.] example\n" +
	"تحقق من الرابط hxxps[:]//شبكة[.]example/ف الآن\n" +
	"A [link](hxxps://link[.]example/x) and [two words](https://plain.example/y)\n" +
	"again evil[.]example, not hxxp://999[.]1.1.1/x nor 300[.]1[.]1[.]1\n"

func TestText(t *testing.T) {
	found, doubts := indicator.FromText(report)
	var got strings.Builder
	for _, f := range found {
		fmt.Fprintf(&got, "%d:%d %s %s %v\n", f.Line, f.Column, f.Kind, f.Text, f.Defanged)
	}
	for _, d := range doubts {
		fmt.Fprintf(&got, "%d:%d ? %s: %s\n", d.Line, d.Column, d.As, d.Why)
	}
	const want = `1:12 url http://cdn.evil.example/a?b=1 true
1:50 domain evil.example true
2:11 email boss@evil.example true
2:38 email boss2@evil.example true
2:63 ipv4 198.51.100.7 true
3:9 md5 d41d8cd98f00b204e9800998ecf8427e false
3:55 cve CVE-2021-44228 false
4:12 domain bad.example true
4:29 domain bad2.example true
4:47 domain bad3.example true
4:65 domain far.example true
5:16 url https://xn--ngbc5azd.example/%D9%81 true
6:10 url https://link.example/x true
6:52 url https://plain.example/y false
7:27 ? hxxp://999[.]1.1.1/x: url: the host: ends in a number, as an IPv4 address would
7:52 ? 300[.]1[.]1[.]1: domain: ends in a number, as an IPv4 address would
`
	if got.String() != want {
		t.Errorf("found\n%s\nwant\n%s", got.String(), want)
	}
}

// What is found is what stands there.
func TestTextAs(t *testing.T) {
	found, _ := indicator.FromText(report)
	lines := strings.Split(report, "\n")
	for _, f := range found {
		rest := string([]rune(lines[f.Line-1])[f.Column-1:])
		if !strings.HasPrefix(rest, f.As) {
			t.Errorf("%s is said to be written %q, and at %d:%d stands %q", f.Text, f.As, f.Line, f.Column, rest)
		}
	}
}

func TestTextLeavesProseAlone(t *testing.T) {
	for _, s := range []string{
		"We met (at noon) in room 4.2.1, see report.pdf and setup.py [at] the end.",
		"See [1] and (b). The end.", "a.b", "[.]", "[ . ]", "x [.] ", "hxxp", "\u200b\u200b", "]", "\\.",
		"Sie trafen sich um 12.30 Uhr.",
	} {
		if found, _ := indicator.FromText(s); len(found) > 0 {
			t.Errorf("%q: found %v", s, found)
		}
	}
}

var when = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// examples are a value of each kind.
var examples = map[value.Kind]string{
	value.IPv4: "198.51.100.7", value.IPv4CIDR: "198.51.100.0/24", value.IPv6: "2001:db8::1", value.IPv6CIDR: "2001:db8::/32",
	value.Domain: "evil.example", value.URL: `https://evil.example/a'b?c=%22\`, value.Email: "boss@evil.example",
	value.MD5: strings.Repeat("a1", 16), value.SHA1: strings.Repeat("a1", 20), value.SHA224: strings.Repeat("a1", 28),
	value.SHA256: strings.Repeat("a1", 32), value.SHA384: strings.Repeat("a1", 48), value.SHA512: strings.Repeat("a1", 64),
	value.SHA3_224: strings.Repeat("a1", 28), value.SHA3_256: strings.Repeat("a1", 32), value.SHA3_384: strings.Repeat("a1", 48),
	value.SHA3_512: strings.Repeat("a1", 64), value.RIPEMD160: strings.Repeat("a1", 20), value.Whirlpool: strings.Repeat("a1", 64),
	value.ImpHash: strings.Repeat("a1", 16), value.SSDEEP: "3:abc:def", value.TLSH: "T1" + strings.Repeat("A1", 35),
	value.Phone: "+213 21 12 34 56", value.IBAN: "FR14 2004 1010 0505 0001 3M02 606", value.CryptoAddress: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
	value.CVE: "CVE-2021-44228", value.MAC: "00-00-5E-00-53-01", value.ASN: "AS64496", value.CPE: "cpe:2.3:a:vendor:product:1:*:*:*:*:*:*:*",
	value.FileName: "it's.exe", value.Path: `C:\Users\x\it's.exe`, value.RegistryKey: `HKLM\Software\x`, value.Mutex: `Global\m'`,
	value.UserAccount: "boss", value.CertificateSerial: "00:a1:b2", value.CommandLine: `cmd /c "it's"`, value.UserAgent: "Mozilla/5.0 (x)", value.MessageID: "<1@evil.example>",
}

// Whatever shape a value is given, the object is valid, and the value is found in it again.
func TestEveryKindIsFoundAgain(t *testing.T) {
	for _, kind := range value.Kinds() {
		v, err := value.Of(kind, examples[kind])
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		for _, shape := range []indicator.Shape{indicator.Indicators, indicator.Observables, indicator.Both} {
			m := indicator.Maker{Shape: shape, At: when, Until: when.AddDate(0, 1, 0), Source: "s", Labels: []string{"b", "a", "b"}, TLP: stix.TLPGreen}
			objects, err := m.Objects(v, indicator.Details{})
			if err != nil {
				if errors.Is(err, indicator.ErrNoObservable) && shape != indicator.Indicators {
					continue
				}
				t.Errorf("%s as %s: %v", kind, shape, err)
			}
			for _, raw := range objects {
				checkObject(t, raw, v)
			}
		}
	}
}

func checkObject(t *testing.T, raw []byte, v value.Value) {
	t.Helper()
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		t.Fatalf("%s: %v\n%s", v.Kind, err, raw)
	}
	for _, p := range stix.Validate(o, stix.Options{}) {
		t.Errorf("%s: %s %s\n%s", v.Kind, p.Pointer, p.Text, raw)
	}
	if tlp, _ := o.TLP(); tlp != stix.TLPGreen {
		t.Errorf("%s: not marked: %s", v.Kind, raw)
	}
	if o.Type() == "relationship" {
		return
	}
	for _, w := range value.FromObject(string(o.Type()), o.Member) {
		if w.Kind == v.Kind && w.Text == v.Text {
			return
		}
	}
	t.Errorf("%s %q is not found again in\n%s", v.Kind, v.Text, raw)
}

// The same text makes the same bytes; another source, or another date, other ids.
func TestSameBytes(t *testing.T) {
	v, err := value.Of(value.Domain, "evil.example")
	if err != nil {
		t.Fatal(err)
	}
	of := func(m indicator.Maker) string {
		objects, err := m.Objects(v, indicator.Details{})
		if err != nil {
			t.Fatal(err)
		}
		return string(objects[0])
	}
	first := of(indicator.Maker{At: when, Source: "a"})
	if again := of(indicator.Maker{At: when, Source: "a"}); again != first {
		t.Errorf("made again it is\n%s\nafter\n%s", again, first)
	}
	for _, m := range []indicator.Maker{{At: when, Source: "b"}, {At: when.Add(time.Second), Source: "a"}, {At: when, Source: "a", Labels: []string{"x"}}} {
		if other := of(m); other[:90] == first[:90] {
			t.Errorf("two makers give one id: %s", other)
		}
	}
	seen := indicator.Maker{Shape: indicator.Observables, At: when, Source: "a"}
	if one, two := of(seen), of(indicator.Maker{Shape: indicator.Observables, At: when.Add(1e9), Source: "b"}); one != two {
		t.Errorf("an observable of two sources has two spellings:\n%s\n%s", one, two)
	}
}

func TestMakerRefuses(t *testing.T) {
	v, _ := value.Of(value.Domain, "evil.example")
	for _, m := range []indicator.Maker{{}, {At: when, Until: when}, {At: when, Shape: "x"}} {
		if objects, err := m.Objects(v, indicator.Details{}); err == nil {
			t.Errorf("%+v made %s", m, objects)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(report)
	f.Add("a[.]b [.] c[.d e.]f \\.g\u200b[.]\r\rx [at] y[.]org")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<16 {
			return
		}
		found, doubts := indicator.FromText(s)
		for _, x := range found {
			if !strings.Contains(s, x.As) || x.As == "" || x.Line < 1 || x.Column < 1 {
				t.Errorf("%+v does not stand in %q", x, s)
			}
			m := indicator.Maker{At: when, Shape: indicator.Indicators}
			objects, err := m.Objects(x.Value, indicator.Details{})
			if err != nil {
				t.Fatalf("%+v: %v", x, err)
			}
			o, err := stix.Parse(objects[0], stix.Limits{})
			if err != nil || !stix.Conforms(stix.Validate(o, stix.Options{})) {
				t.Errorf("%s: %v", objects[0], err)
			}
		}
		for _, d := range doubts {
			if !strings.Contains(s, d.As) || d.Why == "" {
				t.Errorf("%+v does not stand in %q", d, s)
			}
		}
	})
}
