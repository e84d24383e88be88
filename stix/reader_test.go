package stix

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read is all that a stream holds: objects, and errors as "!" and their text.
func read(t testing.TB, in io.Reader, lim Limits) ([]string, Header) {
	t.Helper()
	r := NewReader(in, lim)
	var all []string
	for o, err := range r.Objects() {
		syntax, ok := errors.AsType[*SyntaxError](err)
		switch {
		case err == nil:
			all = append(all, string(o.Raw()))
		case !ok:
			t.Fatal(err)
		case syntax.Fatal:
			all = append(all, fmt.Sprintf("!! %d %s", syntax.Index, syntax.Text))
		default:
			all = append(all, fmt.Sprintf("! %d %s", syntax.Index, syntax.Text))
		}
		if len(all) > 1000 {
			t.Fatal("no end")
		}
	}
	return all, r.Header()
}

func TestReader(t *testing.T) {
	a, b := `{"type":"a-a","id":"a-a--x", "s":"}{][\"\\"}`, `{ "b" : [1,{"c":[]}] }`
	big := `{"s":"` + strings.Repeat("x", 300) + `"}`
	for _, c := range []struct {
		name, in string
		want     []string
		header   Header
	}{
		{"nothing", " \n", nil, Header{}},
		{"a bundle", `{"type":"bundle","id":"bundle--1","objects":[` + a + " ,\n" + b + `]}`, []string{a, b}, Header{Container: Bundle, ID: "bundle--1"}},
		{"a bundle, its type last", `{"objects":[` + a + `],"spec_version":"2.0","id":"bundle--1","type":"bundle"}`, []string{a}, Header{Container: Bundle, ID: "bundle--1", SpecVersion: "2.0"}},
		{"a bundle without objects", `{"type":"bundle","id":"bundle--1"}`, nil, Header{Container: Bundle, ID: "bundle--1"}},
		{"an empty bundle", `{"type":"bundle","id":"bundle--1","objects":[ ]}`, nil, Header{Container: Bundle, ID: "bundle--1"}},
		{"an envelope", `{"more":true,"next":"n1","objects":[` + a + `]}`, []string{a}, Header{Container: Envelope, More: true, Next: "n1"}},
		{"an empty envelope", `{}`, nil, Header{Container: Envelope}},
		{"an envelope without objects", `{"more":false}`, nil, Header{Container: Envelope}},
		{"a list", `[` + a + `,` + b + `]`, []string{a, b}, Header{Container: List}},
		{"an empty list", ` [ ] `, nil, Header{Container: List}},
		{"one object", "\xef\xbb\xbf " + a + "\n", []string{a}, Header{}},
		{"lines", a + "\n" + b + "\r\n" + a, []string{a, b, a}, Header{}},
		{"no lines", a + b + a, []string{a, b, a}, Header{}},
		{"two bundles", `{"objects":[` + a + `]}{"objects":[` + b + `]}`, []string{a, b}, Header{Container: Envelope}},
		{"observed data of 2.0", `{"type":"observed-data","objects":{"0":{}}}`, []string{`{"type":"observed-data","objects":{"0":{}}}`}, Header{}},
		{"an object with objects", `{"type":"x-a","objects":[{}]}`, []string{`{"type":"x-a","objects":[{}]}`}, Header{}},
		{"a broken object", `[` + a + `,{"a":tru},{"b":1,"b":2},7,"s",[1],` + b + `]`, []string{a, "! 1 want a JSON value", "! 2 a second member of this name", "! 3 want an object", "! 4 want an object", "! 5 want an object", b}, Header{Container: List}},
		{"a long object in a list", `[` + a + `,` + big + `,` + b + `]`, []string{a, "! 1 longer than 200 bytes", b}, Header{Container: List}},
		{"a long object on a line", a + "\n" + big + "\n" + b, []string{a, "! 1 longer than 200 bytes", b}, Header{}},
		{"a broken line", a + "\n{\"a\":\"x}\n{\"a\":1]\n" + b, []string{a, "! 1 a string without an end", "! 2 want a comma or the end of the object", b}, Header{}},
		{"mismatched brackets", `[` + a + `,{"a":[1}},` + b + `]`, []string{a, "!! 1 brackets that do not match"}, Header{Container: List}},
		{"cut off in an object", `[` + a + `,{"a":`, []string{a, "!! 1 the stream is cut off"}, Header{Container: List}},
		{"cut off after an object", `{"objects":[` + a, []string{"!! 0 the stream is cut off"}, Header{Container: Envelope}},
		{"a comma too many", `[` + a + `,]`, []string{"!! 0 a comma before the end of a list"}, Header{Container: List}},
		{"no JSON", `<html>`, []string{"!! 0 want an object or a list"}, Header{}},
		{"a scalar", `7`, []string{"!! 0 want an object or a list"}, Header{}},
	} {
		for name, in := range map[string]io.Reader{"": strings.NewReader(c.in), ", byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
			got, header := read(t, in, Limits{Size: 200})
			if fmt.Sprint(got) != fmt.Sprint(c.want) || header != c.header {
				t.Errorf("%s%s:\n got %q %v\nwant %q %v", c.name, name, got, header, c.want, c.header)
			}
		}
	}
}

func TestReaderSaysWhere(t *testing.T) {
	in := `{"type":"bundle","objects":[ {"a":1}, {"type":"x","list":[1,nul]} ]}`
	r := NewReader(strings.NewReader(in), Limits{})
	if _, err := r.NextObject(); err != nil {
		t.Fatal(err)
	}
	_, err := r.NextObject()
	syntax, ok := errors.AsType[*SyntaxError](err)
	if !ok || syntax.Index != 1 || syntax.Pointer != "/list/1" || in[syntax.Offset:syntax.Offset+3] != "nul" {
		t.Errorf("%+v", syntax)
	}
	if _, err := r.NextObject(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestReaderPassesOnFailures(t *testing.T) {
	broken := errors.New("the line is down")
	r := NewReader(io.MultiReader(strings.NewReader(`[{"a":1},{"b":`), iotest.ErrReader(broken)), Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Next(); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
	}
}

// endless gives n copies of an object between brackets, then lets go.
type endless struct {
	object string
	left   int
	rest   string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.rest = e.object
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestReaderHoldsLittle(t *testing.T) {
	object := strings.Repeat(" ", 10) + smallIndicator + ","
	const n = 200_000 // 120 MB
	in := io.MultiReader(strings.NewReader(`{"objects":[`), &endless{object: object, left: n}, strings.NewReader(`{}]}`))
	r := NewReader(in, Limits{})
	widest := 0
	for i := 0; ; i++ {
		raw, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || i < n && len(raw) != len(smallIndicator) {
			t.Fatal(err)
		}
		widest = max(widest, cap(r.in.buf))
	}
	if r.Index() != n+1 || widest > 1<<20 {
		t.Errorf("%d objects, a buffer of %d bytes", r.Index(), widest)
	}
}

func BenchmarkReader(b *testing.B) {
	raw := realFile(b, ics21)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		r := NewReader(bytes.NewReader(raw), Limits{})
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
