package value_test

import (
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/stix/value"
)

func FuzzNormalise(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(string(v.Kind), v.In)
	}
	kinds := value.Kinds()
	f.Fuzz(func(t *testing.T, kind, s string) {
		if value.Kind(kind).Version() == 0 { // let the fuzzer reach every kind
			kind = string(kinds[len(kind)%len(kinds)])
		}
		once, err := value.Normalise(value.Kind(kind), s)
		if err != nil {
			return
		}
		if once == "" {
			t.Fatalf("%s: %q becomes nothing", kind, s)
		}
		twice, err := value.Normalise(value.Kind(kind), once)
		if len(once) > value.MaxLength {
			return // escapes can make a URL longer than what is taken
		}
		if err != nil || twice != once {
			t.Fatalf("%s: %q becomes %q, then %q, %v", kind, s, once, twice, err)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.In)
	}
	f.Add("hxxp[://]a[.]b (+90) 532 123 45 67, DE89 3704 0044 0532 0130 00")
	f.Fuzz(func(t *testing.T, s string) {
		whole := value.Refang(s)
		if again := value.Refang(whole); again != whole {
			t.Fatalf("%q becomes %q, then %q", s, whole, again)
		}
		check := func(found []value.Value) {
			for _, v := range found {
				text, err := value.Normalise(v.Kind, v.Text)
				if err != nil || text != v.Text || !strings.Contains(s, v.As) || v.Person != v.Kind.Person() {
					t.Fatalf("%q: %+v, %q, %v", s, v, text, err)
				}
			}
		}
		check(value.Detect(s))
		check(value.FromText(s))
	})
}

func FuzzFromObject(f *testing.F) {
	types := []string{"file", "network-traffic", "vulnerability", "email-message", "autonomous-system", "indicator"}
	f.Add(0, `{"MD5":"d41d8cd98f00b204e9800998ecf8427e"}`)
	f.Add(1, `{"http-request-ext":{"request_header":{"Host":["a.example"]}}}`)
	f.Add(2, `[{"external_id":"CVE-2014-0160"}]`)
	f.Add(4, `15139`)
	f.Fuzz(func(t *testing.T, n int, raw string) {
		typ := types[uint(n)%uint(len(types))]
		member := func(string) ([]byte, bool) { return []byte(raw), true }
		for _, v := range value.FromObject(typ, member) {
			if text, err := value.Normalise(v.Kind, v.As); err != nil || text != v.Text {
				t.Fatalf("%s %q: %+v, %q, %v", typ, raw, v, text, err)
			}
		}
	})
}
