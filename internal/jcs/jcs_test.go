package jcs

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	reference "github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// The samples printed in the RFC.
func TestRFC8785Samples(t *testing.T) {
	for _, v := range []struct{ section, in, want string }{
		{
			"3.2.2",
			`{
       "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
       "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
       "literals": [null, true, false]
     }`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{
			"3.2.3",
			`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
			  "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
				"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
	} {
		got, err := Transform([]byte(v.in))
		if err != nil || string(got) != v.want {
			t.Errorf("RFC 8785, %s:\n got %s %v\nwant %s", v.section, got, err, v.want)
		}
	}
}

// RFC 8785, Appendix B: IEEE 754 bits and how they are written.
func TestRFC8785Numbers(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		in := fmt.Sprintf("[%s]", fmt.Sprint(fmtFloat(math.Float64frombits(bits))))
		got, err := Transform([]byte(in))
		if err != nil || string(got) != "["+want+"]" {
			t.Errorf("RFC 8785, B: %#x: got %s %v, want %s", bits, got, err, want)
		}
	}
}

func fmtFloat(f float64) string { return fmt.Sprintf("%.17g", f) }

func TestWhatSignedTextMustNotHold(t *testing.T) {
	for _, in := range []string{
		``, `{`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, "{\"a\":\"\xff\"}", `"\ud800"`, `{"a":1}{}`, `[01]`, `[NaN]`, "{\"a\":\"\x01\"}",
		strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
	} {
		if got, err := Transform([]byte(in)); err == nil {
			t.Errorf("%.40q: got %.40q, %v", in, got, err)
		}
	}
}

func TestTransformLeavesItsInputAlone(t *testing.T) {
	in := []byte(`{"b":1, "a":2}`)
	before := bytes.Clone(in)
	if _, err := Transform(in); err != nil || !bytes.Equal(in, before) {
		t.Fatalf("%s %v", in, err)
	}
}

func TestWithout(t *testing.T) {
	for _, v := range []struct{ in, rest, value string }{
		{`{"a":1,"signatures":[{"x":1}],"z":"q"}`, `{"a":1,"z":"q"}`, `[{"x":1}]`},
		{`{"signatures":[],"z":"q"}`, `{"z":"q"}`, `[]`},
		{`{"a":{"signatures":1},"signatures":2}`, `{"a":{"signatures":1}}`, `2`},
		{`{"signatures":2}`, `{}`, `2`},
		{`{"a":1}`, `{"a":1}`, ``},
	} {
		rest, value, err := Without([]byte(v.in), "signatures")
		if err != nil || string(rest) != v.rest || string(value) != v.value {
			t.Errorf("%s: got %s and %s, %v", v.in, rest, value, err)
		}
	}
	if _, _, err := Without([]byte(`[1]`), "signatures"); err == nil {
		t.Errorf("a list has members: %v", err)
	}
}

// Two implementations by different hands must agree on any value.
func TestAgreesWithAnotherImplementation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawValue(t, 4)
		got, err := Transform([]byte(in))
		if err != nil {
			t.Skip(err)
		}
		want, err := reference.Transform([]byte(in))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("of %s\n got %s\nwant %s %v", in, got, want, err)
		}
	})
}

func drawValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	switch {
	case kind == 0 && depth > 0:
		var parts []string
		for _, k := range rapid.SliceOfNDistinct(rapid.String(), 0, 5, rapid.ID[string]).Draw(t, "names") {
			parts = append(parts, quote(k)+" : "+drawValue(t, depth-1))
		}
		return "{" + strings.Join(parts, " , ") + "}"
	case kind == 1 && depth > 0:
		var parts []string
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			parts = append(parts, drawValue(t, depth-1))
		}
		return "[" + strings.Join(parts, "\n,") + "]"
	case kind == 2:
		return fmtFloat(rapid.Float64Range(-1e300, 1e300).Draw(t, "number"))
	case kind == 3:
		return fmt.Sprint(rapid.Int64Range(-1<<53, 1<<53).Draw(t, "integer"))
	case kind == 4:
		return rapid.SampledFrom([]string{"true", "false", "null"}).Draw(t, "literal")
	}
	return quote(rapid.String().Draw(t, "text"))
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < 0x20 || r == '"' || r == '\\' || r == 0x2028 {
			fmt.Fprintf(&b, `\u%04X`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

func BenchmarkTransform(b *testing.B) {
	in := sample(2)
	b.Run("jsontext", func(b *testing.B) {
		b.SetBytes(int64(len(in)))
		for b.Loop() {
			Transform(in)
		}
	})
	b.Run("gowebpki", func(b *testing.B) {
		b.SetBytes(int64(len(in)))
		for b.Loop() {
			reference.Transform(in)
		}
	})
}

// sample is an object of about n kB.
func sample(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"type":"x-mithaq-envelope","objects":1000,"seen":[`)
	for i := range n * 10 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"size":%d,"root":"sha256:%064d"}`, i, i)
	}
	b.WriteString(`],"created":"2026-11-03T09:15:00.000Z","id":"x"}`)
	return []byte(b.String())
}
