package taxii

import (
	"net/url"
	"strings"
	"testing"
)

func FuzzQueriesAreReadOrRefused(f *testing.F) {
	for _, s := range []string{
		"", "limit=1", "added_after=2026-01-01T00:00:00.000000Z&match[version]=first,last", "match[id]=a,b&match[type]=%00",
		"next=%ff", "limit=%zz", "a;b", "match[version]=all&match[spec_version]=2.0,2.1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, takes := range []string{forObjects, forObject, forVersions, forDelete} {
			q, err := parseQuery(raw, takes, 50)
			if err != nil {
				if statusOf(err) != 400 {
					t.Fatalf("%q: %v", raw, err)
				}
				continue
			}
			if q.Limit < 1 || q.Limit > 50 {
				t.Fatalf("%q: limit %d", raw, q.Limit)
			}
			if v := q.Versions; v.All && (v.First || v.Last || len(v.Exact) > 0) || !v.All && !v.First && !v.Last && len(v.Exact) == 0 {
				t.Fatalf("%q: versions %+v", raw, v)
			}
		}
	})
}

func FuzzPathsNameWhatIsInThem(f *testing.F) {
	for _, s := range []string{"/", "/taxii2/", "/api/collections/a/objects/b/versions/", "//", "/%2e%2e/", "/a/status/%2f/", "/%00/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.ParseRequestURI(raw)
		if err != nil {
			return
		}
		p, err := split(u)
		if err != nil {
			return
		}
		for _, s := range []string{p.root, p.id, p.object} {
			if s == "." || s == ".." || strings.ContainsAny(s, "/\x00\n") {
				t.Fatalf("%q names %q", raw, s)
			}
		}
	})
}

func FuzzEnvelopesKeepTheirObjects(f *testing.F) {
	f.Add(`{"objects":[{"type":"tool","id":"tool--00000000-0000-4000-8000-000000000001"}]}`)
	f.Add(`{"more":true,"objects":[1,"a",[],{}],"x":{}}`)
	f.Add(`{"objects":[]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		list, err := readEnvelope(strings.NewReader(raw))
		if err != nil {
			if statusOf(err) != 422 {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		for _, o := range list {
			if !strings.Contains(raw, string(o.raw)) || o.ID == "" {
				t.Fatalf("%q: object %q, id %q", raw, o.raw, o.ID)
			}
			if o.err == nil && typeOf(o.ID) != o.Type {
				t.Fatalf("%q: type %q of %q", raw, o.Type, o.ID)
			}
		}
	})
}

func FuzzCursorsComeBack(f *testing.F) {
	f.Add("v=1&after=2026-01-01T00%3A00%3A00.000000Z&next=x")
	f.Add("v=1&skip=3")
	f.Fuzz(func(t *testing.T, text string) {
		var c, again Cursor
		if c.UnmarshalText([]byte(text)) != nil {
			return
		}
		out, err := c.MarshalText()
		if err != nil || again.UnmarshalText(out) != nil || again != c {
			t.Fatalf("%q: %+v, %q, %+v", text, c, out, again)
		}
	})
}

func FuzzAcceptIsRead(f *testing.F) {
	f.Add("application/taxii+json;version=2.1")
	f.Add(`a/b;c="d,e", */*;q=0.1`)
	f.Fuzz(func(_ *testing.T, header string) { acceptable(header) })
}
