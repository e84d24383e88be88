package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

var noon = mithaq.Time{Time: time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)}

func uuid(kind string, n int) stix.ID {
	return stix.ID(fmt.Sprintf("%s--%08d-0000-4000-8000-000000000000", kind, n))
}

func pair(t testing.TB, b byte) *sign.Pair {
	t.Helper()
	p, err := sign.FromSeed(bytes.Repeat([]byte{b}, sign.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// header is complete but for what Build fills; its tree holds one leaf.
func header(t testing.TB, c *Content) mithaq.EnvelopeHeader {
	t.Helper()
	h := mithaq.EnvelopeHeader{
		Head: mithaq.NewHead(mithaq.TypeEnvelope, uuid(mithaq.TypeEnvelope, 1), noon), Version: 1, Kind: mithaq.MessageItems,
		Pact: mithaq.Digest{1}, PactID: uuid("x-mithaq-pact", 1), From: "atlas.example", To: "najd.example",
		FromCard: mithaq.Digest{2}, ToCard: mithaq.Digest{3}, Lane: mithaq.LaneBulk, Sequence: 1,
		NotAfter:    mithaq.Time{Time: noon.Add(24 * time.Hour)},
		Account:     mithaq.Account{Kind: "release", At: noon, From: "atlas.example", To: "najd.example", Counts: map[string]int64{"objects": 2}},
		AccountSalt: mithaq.CommitmentSalt{9},
	}
	leaf, _, err := c.Leaf(&h.Account, h.AccountSalt)
	if err != nil {
		t.Fatal(err)
	}
	h.Tree = mithaq.Tree{Size: 1, Root: mithaq.TreeRoot([]mithaq.Digest{leaf})}
	return h
}

func built(t testing.TB, items ...[]byte) *Built {
	t.Helper()
	c, err := NewContent(items, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Build(header(t, c), c, uuid(mithaq.TypeOpening, 1), pair(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func by(p *sign.Pair) Check {
	return func(h *mithaq.EnvelopeHeader, signed []byte, _ mithaq.Digest) error {
		return p.Public().Verify(mithaq.UseEnvelope, signed, &h.Signatures[0])
	}
}

var twoItems = [][]byte{
	[]byte(`{"type":"indicator",  "name":"صفقة","b":1,"b":2}`), // kept byte for byte, duplicate name and all
	[]byte("{\"type\":\"note\",\n \"abstract\":\"\\u0041\xff\"}"),
}

func TestAMessageComesBackByteForByte(t *testing.T) {
	b := built(t, twoItems...)
	for name, src := range map[string]io.Reader{
		"whole": bytes.NewReader(b.Raw), "byte by byte": iotest.OneByteReader(bytes.NewReader(b.Raw)),
		"buffer": bytes.NewBuffer(bytes.Clone(b.Raw)),
	} {
		p, err := Read(src, DefaultLimits, by(pair(t, 1)))
		if err != nil {
			t.Fatal(name, err)
		}
		if len(p.Items) != 2 || !bytes.Equal(p.Items[0], twoItems[0]) || !bytes.Equal(p.Items[1], twoItems[1]) {
			t.Fatalf("%s: %q", name, p.Items)
		}
		if p.Digest != b.Digest || p.Header.Digest() != b.Digest || !bytes.Equal(p.Signed, b.Signed) || mithaq.TreeRoot([]mithaq.Digest{p.Leaf}) != p.Header.Tree.Root {
			t.Fatalf("%s: %+v", name, p)
		}
	}
}

func TestAMessageWithoutItems(t *testing.T) {
	p, err := Read(bytes.NewReader(built(t).Raw), DefaultLimits, by(pair(t, 1)))
	if err != nil || len(p.Items) != 0 {
		t.Fatal(err)
	}
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	raw := built(t, twoItems...).Raw
	rng := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		changed := bytes.Clone(raw)
		changed[rng.IntN(len(raw))] ^= 1 << rng.IntN(8)
		p, err := Read(bytes.NewReader(changed), DefaultLimits, by(pair(t, 1)))
		if err == nil {
			// the opening's own id and white space are outside every binding; nothing else is
			if !bytes.Equal(p.Items[0], twoItems[0]) || !bytes.Equal(p.Items[1], twoItems[1]) {
				t.Fatalf("taken: %q", changed)
			}
			continue
		}
		if !errors.Is(err, mithaq.Invalid) && !errors.Is(err, mithaq.Unauthenticated) && !errors.Is(err, mithaq.TooLarge) {
			t.Fatalf("no kind: %v", err)
		}
	}
}

func TestBadMessagesAreRefused(t *testing.T) {
	b := built(t, twoItems...)
	text := string(b.Raw)
	check := func(what string, kind mithaq.Kind, raw string) {
		t.Helper()
		if _, err := Read(strings.NewReader(raw), DefaultLimits, by(pair(t, 1))); !errors.Is(err, kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	swap := func(old, text2 string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(text, old, text2, 1)
	}
	first, second := string(twoItems[0]), string(twoItems[1])
	other := string(built(t, twoItems...).Raw)
	check("items turned around", mithaq.Unauthenticated, strings.Replace(strings.Replace(strings.Replace(text, first, "@", 1), second, first, 1), "@", second, 1))
	check("an item less", mithaq.Invalid, swap(","+second, ""))
	check("an item more", mithaq.Invalid, swap(second, second+","+second))
	check("a changed item", mithaq.Unauthenticated, swap(`"indicator"`, `"Indicator"`))
	check("white space in an item", mithaq.Unauthenticated, swap(`,  "name"`, `, "name"`))
	check("a changed header", mithaq.Unauthenticated, swap(`"from":"atlas.example","from_card"`, `"from":"adlas.example","from_card"`))
	check("stripped signature", mithaq.Invalid, swap(`"signatures":[{`, `"signatures":[],"was":[{`))
	check("unknown member in the header", mithaq.Invalid, swap(`"version":1`, `"version":1,"extra":1`))
	check("a name twice in the header", mithaq.Invalid, swap(`"version":1`, `"version":1,"version":1`))
	check("another spelling of a time", mithaq.Invalid, swap(`"created":"2026-11-03T12:00:00.000Z"`, `"created":"2026-11-03T12:00:00Z"`))
	check("null where it was absent", mithaq.Invalid, swap(`"version":1`, `"version":1,"own":null`))
	check("unknown member of the envelope", mithaq.Invalid, swap(`{"objects"`, `{"x":1,"objects"`))
	check("objects twice", mithaq.Invalid, text[:len(text)-1]+`,"objects":[]}`)
	check("after the end", mithaq.Invalid, text+"{}")
	check("cut off", mithaq.Invalid, text[:len(text)-9])
	check("the opening of another", mithaq.Unauthenticated, header1(text)+rest(other))
	check("not an envelope", mithaq.Invalid, `[]`)
	check("empty", mithaq.Invalid, ``)
	small := Limits{Bytes: int64(len(text) - 1), Item: 1 << 20, Header: 1 << 20}
	if _, err := Read(strings.NewReader(text), small, by(pair(t, 1))); !errors.Is(err, mithaq.TooLarge) {
		t.Errorf("too long: %v", err)
	}
	small = Limits{Bytes: 1 << 20, Item: len(first) - 1, Header: 1 << 20}
	if _, err := Read(strings.NewReader(text), small, by(pair(t, 1))); !errors.Is(err, mithaq.TooLarge) {
		t.Errorf("long item: %v", err)
	}
	if _, err := Read(strings.NewReader(text), DefaultLimits, by(pair(t, 2))); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("re-signed: %v", err)
	}
}

const openingStart = `,{"type":"x-mithaq-opening"`

func header1(text string) string { before, _, _ := strings.Cut(text, openingStart); return before }
func rest(text string) string {
	_, after, _ := strings.Cut(text, openingStart)
	return openingStart + after
}

func TestNothingAfterTheHeaderIsReadBeforeTheCheck(t *testing.T) {
	raw := built(t, twoItems...).Raw
	head := len(header1(string(raw)))
	stop := errors.New("stop")
	src := bytes.NewReader(raw)
	// a byte at a time: what the decoder has seen is what it needed
	_, err := Read(iotest.OneByteReader(src), DefaultLimits, func(*mithaq.EnvelopeHeader, []byte, mithaq.Digest) error { return stop })
	if !errors.Is(err, stop) || len(raw)-src.Len() > head+1 {
		t.Fatalf("%v after %d bytes; the header ends at %d", err, len(raw)-src.Len(), head)
	}
}

func TestOnlyWholeObjectsAreSent(t *testing.T) {
	for _, item := range []string{``, ` {}`, `{} `, `[]`, `{}{}`, `{"a":}`, `{},{}`, `1`} {
		if _, err := NewContent([][]byte{[]byte(item)}, nil); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("%q: %v", item, err)
		}
	}
}

// kilobytes makes n different objects of about 1 kB that look like indicators.
func kilobytes(n int) [][]byte {
	items := make([][]byte, n)
	for i := range items {
		items[i] = fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"%s","created":"2026-11-03T09:15:00.000Z","modified":"2026-11-03T09:15:00.000Z",`+
			`"name":"Ticket fraud domain %d","description":"%s","indicator_types":["malicious-activity"],"pattern":"[domain-name:value = 'tickets-%d.example']",`+
			`"pattern_type":"stix","valid_from":"2026-11-03T09:15:00.000Z","labels":["fraud","final"]}`,
			uuid("indicator", i), i, strings.Repeat("Sold counterfeit seats; reported by two venues. ", 12), i)
	}
	return items
}

func BenchmarkThousandObjects(b *testing.B) {
	items := kilobytes(1000)
	p := pair(b, 1)
	pub := by(p)
	size := 0
	for _, raw := range items {
		size += len(raw)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		c, err := NewContent(items, nil)
		if err != nil {
			b.Fatal(err)
		}
		m, err := Build(header(b, c), c, uuid(mithaq.TypeOpening, 1), p)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Read(bytes.NewReader(m.Raw), DefaultLimits, pub); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/object")
	b.ReportMetric(float64(size)/1000, "B/object")
}

func FuzzRead(f *testing.F) {
	f.Add(built(f, twoItems...).Raw)
	f.Add(built(f).Raw)
	f.Add([]byte(`{"more":true,"next":"x","objects":[{}]}`))
	anyone := func(*mithaq.EnvelopeHeader, []byte, mithaq.Digest) error { return nil }
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Read(bytes.NewReader(raw), DefaultLimits, anyone)
		if err != nil {
			return
		}
		if p.Header.Check() != nil || len(p.Items) != p.Header.Objects {
			t.Fatalf("taken: %q", raw)
		}
	})
}
