package warninglist_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/misp/warninglist"
	"github.com/mithaq-hub/mithaq/stix/value"
)

func list(t testing.TB, typ warninglist.Type, attributes []string, entries ...string) *warninglist.List {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"name": "x", "description": "d", "version": 20260301, "type": typ, "matching_attributes": attributes, "list": entries})
	if err != nil {
		t.Fatal(err)
	}
	l, err := warninglist.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestMatch(t *testing.T) {
	ips, hosts := []string{"ip-src", "ip-dst"}, []string{"domain", "hostname", "url", "email-src"}
	for _, row := range []struct {
		l            *warninglist.List
		kind, s      string
		entry        string // "": none
		unread, have int
	}{
		{list(t, "cidr", ips, "198.51.100.0/24", "203.0.113.7", "2001:db8::/32", "::ffff:192.0.2.1", "x"), "ipv4", "198.51.100.7", "198.51.100.0/24", 1, 5},
		{list(t, "cidr", ips, "198.51.100.0/24", "198.51.100.0/28"), "ipv4", "198.51.100.7", "198.51.100.0/28", 0, 2},
		{list(t, "cidr", ips, "198.51.100.7"), "ipv4", "198.51.100.7", "198.51.100.7/32", 0, 1},
		{list(t, "cidr", ips, "198.51.100.7/24"), "ipv4", "198.51.100.9", "198.51.100.0/24", 0, 1},
		{list(t, "cidr", ips, "2001:db8::/32"), "ipv6", "2001:db8:1::9", "2001:db8::/32", 0, 1},
		{list(t, "cidr", ips, "198.51.100.0/24"), "ipv4-cidr", "198.51.100.0/28", "198.51.100.0/24", 0, 1},
		{list(t, "cidr", ips, "198.51.100.0/24"), "ipv4-cidr", "198.51.0.0/16", "", 0, 1},
		{list(t, "cidr", ips, "0.0.0.0/0"), "ipv6", "2001:db8::1", "", 0, 1},
		{list(t, "hostname", hosts, ".Example.", "x.other.example"), "domain", "www.site.example", "example", 0, 2},
		{list(t, "hostname", hosts, "site.example"), "domain", "notsite.example", "", 0, 1},
		{list(t, "hostname", hosts, "site.example"), "url", "https://www.site.example:8443/a?x=other", "site.example", 0, 1},
		{list(t, "hostname", hosts, "site.example"), "email", "a@b.site.example", "site.example", 0, 1},
		{list(t, "hostname", []string{"domain"}, "site.example"), "url", "https://site.example/", "", 0, 1},
		{list(t, "hostname", nil, "BÜCHER.example"), "domain", "bücher.example", "xn--bcher-kva.example", 0, 1},
		{list(t, "string", nil, "D41D8CD98F00B204E9800998ECF8427E"), "md5", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", 0, 1},
		{list(t, "string", nil, "https://site.example"), "url", "https://site.example", "https://site.example", 0, 1},
		{list(t, "string", []string{"ALL"}, "a.exe", ""), "file-name", "A.exe", "a.exe", 0, 1},
		{list(t, "substring", nil, "tracker."), "url", "https://tracker.example/", "tracker.", 0, 1},
		{list(t, "regex", nil, `/^.*\.EXAMPLE$/i`, `/(?<=a)b/`, `/a/x`, `/zz/g`, strings.Repeat("a", 2000)), "domain", "site.example", `/^.*\.EXAMPLE$/i`, 3, 5},
		{list(t, "regex", nil, `^site`), "domain", "site.example", "^site", 0, 1},
		{list(t, "regex", nil, `(a+)+$`), "domain", strings.Repeat("a", 60) + ".example", "", 0, 1},
	} {
		v, err := value.Of(value.Kind(row.kind), row.s)
		if err != nil {
			t.Fatal(row.s, err)
		}
		entry, ok := row.l.Match(v)
		if entry != row.entry || ok != (row.entry != "") || len(row.l.Unread) != row.unread || row.l.Entries != row.have {
			t.Errorf("%s in %s: %q %v, %d entries, %v unread", row.s, row.l.Type, entry, ok, row.l.Entries, row.l.Unread)
		}
	}
}

func TestForms(t *testing.T) {
	for _, raw := range []string{
		`{"name":"x","type":"string","version":1,"list":["a.exe"]}`,
		`{"name":"x","type":["string"],"version":"2","list":["a.exe"],"category":"known","uuid":"later"}`,
		`{"name":"x","list":{"a.exe":"why","b.exe":""}}`,
	} {
		l, err := warninglist.Parse([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if entry, ok := l.Match(value.Value{Kind: value.FileName, Text: "a.exe"}); !ok || entry != "a.exe" {
			t.Errorf("%s does not match", raw)
		}
	}
	for _, raw := range []string{
		``, `[]`, `{}`, `{"name":"x"}`, `{"name":"x","list":7}`, `{"list":["a"]}`, `{"name":"x","type":"soundex","list":[]}`, `{"name":"x","list":[1]}`,
		`{"name":"x","name":"y","list":["a"]}`, `{"name":"x","version":"soon","list":["a"]}`, `{"name":"x","type":7,"list":["a"]}`,
		`{"name":"x","type":"regex","list":[` + strings.Repeat(`"a",`, warninglist.MaxScanned) + `"b"]}`,
	} {
		if l, err := warninglist.Parse([]byte(raw)); err == nil {
			t.Errorf("%.80s was taken: %+v", raw, l)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"name":"x","type":"cidr","list":["198.51.100.0/24","::1%a"]}`, "198.51.100.7")
	f.Add(`{"name":"x","type":"regex","list":["/","//","/a","/a/i"]}`, "aaa.example")
	f.Add(`{"name":"x","type":"hostname","list":[".","..a"]}`, "a.example")
	f.Fuzz(func(t *testing.T, raw, s string) {
		l, err := warninglist.Parse([]byte(raw))
		if err != nil {
			return
		}
		for _, v := range value.FromText(s) {
			entry, ok := l.Match(v)
			if ok && entry == "" {
				t.Errorf("%s matches nothing of %s", v.Text, raw)
			}
		}
	})
}

// A look-up in a long list costs no more than in a short one.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		entries := make([]string, n)
		for i := range entries {
			entries[i] = fmt.Sprintf("host%d.example", i)
		}
		l := list(b, "hostname", nil, entries...)
		v := value.Value{Kind: value.Domain, Text: "www.site.other.example"}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				l.Match(v)
			}
		})
	}
}
