package envelope

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// receiptFor takes the first object of a message and refuses the second.
func receiptFor(b *Built) mithaq.Receipt {
	h := &b.Header
	return mithaq.Receipt{
		Head: mithaq.NewHead(mithaq.TypeReceipt, uuid(mithaq.TypeReceipt, 1), noon), Version: 1,
		Envelope: h.ID, EnvelopeDigest: b.Digest, Pact: h.Pact, From: h.To, To: h.From, Lane: h.Lane, Sequence: h.Sequence,
		StoredAt: mithaq.Time{Time: noon.Add(time.Second)}, Accepted: 1,
		Refused: []mithaq.RefusedObject{{Index: 1, Clauses: []string{"tlp-ceiling"}, Text: "TLP:RED is above the ceiling"}},
		Tree:    h.Tree,
	}
}

func TestAReceiptComesBackAndAnswersItsEnvelope(t *testing.T) {
	b, key := built(t, twoItems...), pair(t, 2)
	raw, digest, err := SignReceipt(receiptFor(b), key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseReceipt(raw)
	if err != nil || r.Digest != digest {
		t.Fatal(err)
	}
	if err := key.Public().Verify(mithaq.UseReceipt, r.Signed, &r.Signatures[0]); err != nil {
		t.Fatal(err)
	}
	if err := r.Answers(&b.Header, b.Digest); err != nil {
		t.Fatal(err)
	}
	if err := key.Public().Verify(mithaq.UseEnvelope, r.Signed, &r.Signatures[0]); !errors.Is(err, mithaq.Unauthenticated) {
		t.Fatal("a receipt passes for an envelope:", err)
	}
}

func TestReceiptsThatDoNotFitAreRefused(t *testing.T) {
	b := built(t, twoItems...)
	const fits = mithaq.Kind("")
	check := func(what string, kind mithaq.Kind, change func(r *mithaq.Receipt)) {
		t.Helper()
		r := receiptFor(b)
		change(&r)
		raw, _, err := SignReceipt(r, pair(t, 2))
		if err == nil {
			var got *ReadReceipt
			if got, err = ParseReceipt(raw); err == nil {
				err = got.Answers(&b.Header, b.Digest)
			}
		}
		if (err == nil) != (kind == fits) || (err != nil && !errors.Is(err, kind)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("another digest", mithaq.Conflict, func(r *mithaq.Receipt) { r.EnvelopeDigest[0] ^= 1 })
	check("another envelope", mithaq.Conflict, func(r *mithaq.Receipt) { r.Envelope = uuid(mithaq.TypeEnvelope, 2) })
	check("another pact", mithaq.Conflict, func(r *mithaq.Receipt) { r.Pact[0] ^= 1 })
	check("another lane", mithaq.Conflict, func(r *mithaq.Receipt) { r.Lane = mithaq.LaneCase })
	check("from another", mithaq.Conflict, func(r *mithaq.Receipt) { r.From = "anatolia.example" })
	check("an object forgotten", mithaq.Conflict, func(r *mithaq.Receipt) { r.Refused = nil })
	check("an object too many", mithaq.Conflict, func(r *mithaq.Receipt) { r.Refused[0].Index = 2 })
	check("another tree", mithaq.Conflict, func(r *mithaq.Receipt) { r.Tree.Root[0] ^= 1 })
	check("a tree too small", mithaq.Invalid, func(r *mithaq.Receipt) { r.Tree.Size = 0 })
	check("no clause", mithaq.Invalid, func(r *mithaq.Receipt) { r.Refused[0].Clauses = nil })
	check("all refused and some not", mithaq.Invalid, func(r *mithaq.Receipt) {
		r.RefusedAll = &mithaq.RefusedWhole{Kind: mithaq.Expired, Key: "envelope.expired"}
	})
	whole := func(args ...string) func(r *mithaq.Receipt) {
		return func(r *mithaq.Receipt) {
			r.Accepted, r.Refused = 0, nil
			r.RefusedAll = &mithaq.RefusedWhole{Kind: mithaq.Denied, Key: "gate.speaks-for-another", Args: args}
		}
	}
	check("all refused, with arguments", fits, whole("atlas.example", "", "أطلس"))
	check("too many arguments", mithaq.Invalid, whole(make([]string, 9)...))
	check("an argument too long", mithaq.Invalid, whole(strings.Repeat("x", 513)))
	check("kept whole", fits, func(r *mithaq.Receipt) {})
	check("all refused", fits, func(r *mithaq.Receipt) {
		r.Accepted, r.Refused = 0, nil
		r.RefusedAll = &mithaq.RefusedWhole{Kind: mithaq.Expired, Key: "envelope.expired"}
	})
}

func TestAReceiptHasOneEncoding(t *testing.T) {
	raw, _, _ := SignReceipt(receiptFor(built(t, twoItems...)), pair(t, 2))
	for old, text := range map[string]string{
		`"version":1`: `"version":1,"x":1`, `"accepted":1`: `"accepted":1.5`, `.000Z"`: `Z"`, `"lane":"bulk"`: `"lane":"Bulk"`,
		`"signatures"`: `"signatures":[],"signatures"`, `"version": 1`: `"version":01`,
	} {
		changed := strings.Replace(string(raw), old, text, 1)
		if changed == string(raw) {
			continue
		}
		if _, err := ParseReceipt([]byte(changed)); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
	spaced := bytes.ReplaceAll(raw, []byte(`,"`), []byte(`, "`))
	if _, err := ParseReceipt(spaced); err != nil {
		t.Errorf("white space: %v", err)
	}
}

func FuzzReceipt(f *testing.F) {
	raw, _, _ := SignReceipt(receiptFor(built(f, twoItems...)), pair(f, 2))
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseReceipt(raw)
		if err != nil {
			return
		}
		again, digest, err := SignReceipt(r.Receipt, pair(t, 2))
		if err != nil || digest != r.Digest {
			t.Fatalf("%q reads as another receipt than it is: %q %v", raw, again, err)
		}
	})
}
