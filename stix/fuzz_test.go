package stix

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	for _, raw := range corpus {
		f.Add([]byte(raw))
	}
	f.Add([]byte(`{"a":"\ud83d\ude00","\u0061":[1e5,-0.5,{}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := Parse(raw, Limits{})
		if err != nil {
			return
		}
		if !json.Valid(raw) || !utf8.Valid(raw) {
			t.Fatalf("accepted what is no JSON: %q", raw)
		}
		if !bytes.Equal(o.Raw(), bytes.Trim(raw, " \t\r\n")) {
			t.Fatalf("other bytes: %q", o.Raw())
		}
		var v map[string]any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		for name := range v {
			if _, ok := o.Member(name); !ok {
				t.Fatalf("no member %q in %q", name, raw)
			}
		}
		for i := range o.nodes {
			if o.nodes[i].kind == kindName {
				continue
			}
			if at, ok := o.find(o.pointer(i)); !ok || at != i {
				t.Fatalf("%q leads to %d, not %d", o.pointer(i), at, i)
			}
		}
		for range o.Refs() {
		}
		Validate(o, Options{Should: true})
		o.EffectiveMarkings("/name")
		_ = o.Name()
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`{"type":"bundle","objects":[{"a":1},{"b":"\"]}"}],"id":"bundle--1"}`))
	f.Add([]byte("{\"a\":1}\n{\"b\":\"x}\n[{}]\n{}"))
	f.Add([]byte(`{"more":true,"objects":[{"a":[1,2,{"c":null}]},7]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := NewReader(bytes.NewReader(raw), Limits{Size: 256})
		for i := 0; ; i++ {
			object, err := r.Next()
			if errors.Is(err, io.EOF) || r.err != nil {
				return
			}
			if i > len(raw) {
				t.Fatal("no end")
			}
			if err == nil && (len(object) > 256 || object[0] != '{' || !bytes.Contains(raw, object)) {
				t.Fatalf("%q is no part of %q", object, raw)
			}
		}
	})
}

func FuzzTimestamp(f *testing.F) {
	f.Add("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00Z")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := ParseTimestamp(a)
		y, err2 := ParseTimestamp(b)
		if err != nil || err2 != nil {
			return
		}
		if x.String() != a || x.Compare(y) != -y.Compare(x) || x.Compare(x) != 0 {
			t.Fatalf("%s and %s", x, y)
		}
		if n := x.Time().Compare(y.Time()); n != 0 && n != x.Compare(y) && x.text[17:19] != "60" && y.text[17:19] != "60" {
			t.Fatalf("%s and %s: %d as times, %d as text", x, y, n, x.Compare(y))
		}
	})
}

// Whatever upgrades gives the same bytes again, which parse, and of which a
// second upgrade changes nothing.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(observed(`{"0":{"type":"file","name":"a","created":"2016-01-01T00:00:00Z","parent_directory_ref":"1"},"1":{"type":"directory","path":"/"}}`, `,"granular_markings":[{"marking_ref":"`+red+`","selectors":["objects.0.name","labels"]}]`)))
	f.Add([]byte(`{"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"labels":["a"],"pattern":"p"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := Upgrade(raw, Limits{})
		if err != nil {
			return
		}
		second, _ := Upgrade(raw, Limits{})
		for i, u := range first {
			if !bytes.Equal(u.Raw, second[i].Raw) {
				t.Fatalf("%q and then %q", u.Raw, second[i].Raw)
			}
			o, err := Parse(u.Raw, Limits{})
			if err != nil {
				t.Fatalf("%q became %q: %v", raw, u.Raw, err)
			}
			if again, err := o.Upgrade(); err != nil || len(again) != 1 || !bytes.Equal(again[0].Raw, u.Raw) {
				t.Fatalf("%q is not at rest: %v", u.Raw, err)
			}
			for _, p := range Validate(o, Options{}) {
				if i > 0 && (p.Rule == RuleID && p.Pointer == "/id" || p.Rule == RuleIDType || p.Rule == RuleSpec) {
					t.Fatalf("%q became %q: %v", raw, u.Raw, p)
				}
			}
		}
	})
}
