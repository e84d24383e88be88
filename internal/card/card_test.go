package card

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/fingerprint"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

type world struct {
	*testing.T
	org  *sign.Pair
	node *keys.Node
	card *Signed
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t}
	var err error
	if w.org, err = sign.FromSeed(bytes.Repeat([]byte{7}, sign.SeedSize)); err != nil {
		t.Fatal(err)
	}
	if w.node, err = keys.NewNode("atlas.example", noon); err != nil {
		t.Fatal(err)
	}
	w.card = w.must(New(details, Dated(w.node.Public(), noon, 365*day), w.org, "x-mithaq-card--00000001-0000-4000-8000-000000000000", noon))
	return w
}

var details = Details{
	Org: "atlas.example", Name: map[string]string{"ar": "أطلس", "en": "Atlas"},
	Addresses: []string{"https://atlas.example:8443"},
	Contacts:  []mithaq.CardContact{{Kind: "phone", Value: "+212 5 00 00 00 00", Languages: []string{"ar", "fr"}, Always: true}},
}

func (w *world) must(c *Signed, err error) *Signed {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return w.again(c)
}

// again sends a Card over the wire.
func (w *world) again(c *Signed) *Signed {
	w.Helper()
	got, err := Read(raw(w.T, c))
	if err != nil || got.Digest != c.Digest || got.Card.Digest() != c.Digest {
		w.Fatal(err)
	}
	return got
}

func raw(t *testing.T, c *Signed) []byte {
	t.Helper()
	b, err := json.Marshal(&c.Card)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newKey makes one more key of a use, with dates.
func (w *world) newKey(use mithaq.KeyUse, from time.Time) mithaq.PublicKey {
	w.Helper()
	k, err := w.node.Add(use, from)
	if err != nil {
		w.Fatal(err)
	}
	return Dated([]mithaq.PublicKey{k}, from, 365*day)[0]
}

func (w *world) id(use mithaq.KeyUse) mithaq.KeyID { return w.card.Current(use, noon)[0].ID }

func TestACardChangedAnywhereDoesNotVerify(t *testing.T) {
	w := newWorld(t)
	text := string(raw(t, w.card))
	for old, text2 := range map[string]string{
		`"atlas.example"`: `"adlas.example"`, `"serial":1`: `"serial":1,"serial":1`, `"version":1`: `"version":1,"x":1`,
		"أطلس": "اطلس", `:8443`: `:8444`, `"tls"`: `"log"`, `12:00:00.000Z`: `12:00:00Z`, `"use":"seal"`: `"use":"organisation"`,
	} {
		changed := strings.Replace(text, old, text2, 1)
		if changed == text {
			t.Fatalf("no %q", old)
		}
		if _, err := Read([]byte(changed)); !errors.Is(err, mithaq.Invalid) && !errors.Is(err, mithaq.Unauthenticated) {
			t.Errorf("%s: %v", text2, err)
		}
	}
}

func TestAKeyIsUsableWithinItsDatesAndUntilRevoked(t *testing.T) {
	w := newWorld(t)
	h, tls := Hold(w.card), w.id(mithaq.KeyTLS)
	fresh := w.newKey(mithaq.KeyTLS, noon.Add(10*day))
	next := w.must(Revoke(w.card, w.org, noon.Add(10*day), 41, "laptop stolen", []mithaq.KeyID{tls}, fresh))
	if fresh, err := h.Accept(next); err != nil || !fresh {
		t.Fatal(err)
	}
	check := func(id mithaq.KeyID, use mithaq.KeyUse, at time.Duration, want error) {
		t.Helper()
		if _, err := h.Key(id, use, noon.Add(at)); !errors.Is(err, want) {
			t.Errorf("%s at %v: %v, want %v", use, at, err, want)
		}
	}
	check(tls, mithaq.KeyTLS, 0, nil)
	check(tls, mithaq.KeyTLS, 10*day-1, nil)
	check(tls, mithaq.KeyTLS, 10*day, mithaq.Gone)
	check(tls, mithaq.KeyMessage, 0, mithaq.NotFound)
	check(fresh.ID, mithaq.KeyTLS, 10*day, nil)
	check(fresh.ID, mithaq.KeyTLS, 9*day, mithaq.NotFound)
	check(w.id(mithaq.KeyMessage), mithaq.KeyMessage, -1, mithaq.Expired)
	check(w.id(mithaq.KeyMessage), mithaq.KeyMessage, 365*day, mithaq.Expired)
	if r := h.Current().Revocation(tls); r.LastIndex != 41 {
		t.Fatal(r)
	}
	if list := h.Current().Current(mithaq.KeyTLS, noon.Add(11*day)); len(list) != 1 || list[0].ID != fresh.ID {
		t.Fatal(list)
	}
}

func TestAKeyLeftOutOfTheNextCardEndsWithIt(t *testing.T) {
	w := newWorld(t)
	h, log := Hold(w.card), w.id(mithaq.KeyLog)
	next := w.must(Next(w.card, w.org, noon.Add(day), func(c *mithaq.Card) {
		c.Keys = append(c.Keys[:2:2], c.Keys[3:]...)
	}))
	if _, err := h.Accept(next); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Key(log, mithaq.KeyLog, noon.Add(day-1)); err != nil {
		t.Error("before:", err)
	}
	if _, err := h.Key(log, mithaq.KeyLog, noon.Add(day)); !errors.Is(err, mithaq.NotFound) {
		t.Error("after:", err)
	}
	if old, err := h.ByDigest(w.card.Digest); err != nil || old.Key(log) == nil {
		t.Error("the old Card is gone:", err)
	}
}

func TestTwoCardsWithOneSerialAreAConflict(t *testing.T) {
	w := newWorld(t)
	h := Hold(w.card)
	a := w.must(Rotate(w.card, w.org, noon.Add(day), w.newKey(mithaq.KeyMessage, noon.Add(day))))
	b := w.must(Rotate(w.card, w.org, noon.Add(day), w.newKey(mithaq.KeyMessage, noon.Add(day))))
	if _, err := h.Accept(a); err != nil {
		t.Fatal(err)
	}
	if fresh, err := h.Accept(w.again(a)); err != nil || fresh {
		t.Fatal("the same again:", err)
	}
	_, err := h.Accept(b)
	c, ok := errors.AsType[*Conflict](err)
	if !ok || !errors.Is(err, mithaq.Conflict) || c.Held.Digest != a.Digest || c.Other.Digest != b.Digest {
		t.Fatal(err)
	}
	if h.Current().Digest != a.Digest {
		t.Fatal("a conflict moved the Card")
	}
}

func TestOnlyTheNextCardOfTheSameOrganisationIsTaken(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	other.org, _ = sign.FromSeed(bytes.Repeat([]byte{8}, sign.SeedSize))
	h := Hold(w.card)
	refused := func(what string, c *Signed, kind mithaq.Kind) {
		t.Helper()
		if _, err := h.Accept(c); !errors.Is(err, kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	theirs := w.must(New(details, other.card.Keys, other.org, w.card.ID, noon))
	refused("a new organisation key", theirs, mithaq.Denied)
	refused("its successor", w.must(Rotate(theirs, other.org, noon.Add(day))), mithaq.Denied)
	second := w.must(Rotate(w.card, w.org, noon.Add(day)))
	third := w.must(Revoke(second, w.org, noon.Add(2*day), -1, "lost", []mithaq.KeyID{w.id(mithaq.KeySeal)}))
	refused("one is missing", third, mithaq.Busy)
	for _, c := range []*Signed{second, third} {
		if _, err := h.Accept(c); err != nil {
			t.Fatal(err)
		}
	}
	forged := third.Card
	forged.Serial, forged.Previous, forged.Modified, forged.Revoked = 4, third.Digest, mithaq.At(noon.Add(3*day)), nil
	back, err := finish(forged, w.org)
	if err != nil {
		t.Fatal(err)
	}
	refused("a revocation taken back", w.again(back), mithaq.Denied)
	if _, err := Next(third, w.org, noon.Add(3*day), func(c *mithaq.Card) { c.Revoked = nil }); !errors.Is(err, mithaq.Denied) {
		t.Errorf("we made one: %v", err)
	}
	if _, err := Next(third, w.org, noon.Add(day), func(*mithaq.Card) {}); !errors.Is(err, mithaq.Denied) {
		t.Errorf("earlier than the last: %v", err)
	}
	again, err := Resume([]*Signed{w.card, second, third})
	if err != nil || again.Current().Digest != third.Digest || len(again.Digests()) != 3 {
		t.Fatal(err)
	}
}

func TestRevokingAnUnknownKeyIsRefused(t *testing.T) {
	w := newWorld(t)
	if _, err := Revoke(w.card, w.org, noon.Add(day), 1, "x", []mithaq.KeyID{"0123456789abcdef"}); !errors.Is(err, mithaq.NotFound) {
		t.Fatal(err)
	}
}

func TestAllMeanTheSameFingerprint(t *testing.T) {
	o := newWorld(t).card.Organisation
	if got := fingerprint.Of(o.Ed25519, o.MLDSA65); mithaq.Digest(got) != o.Fingerprint() {
		t.Fatalf("%x is not %s", got, o.Fingerprint())
	}
}

func FuzzRead(f *testing.F) {
	org, _ := sign.FromSeed(bytes.Repeat([]byte{7}, sign.SeedSize))
	node, _ := keys.NewNode("atlas.example", noon)
	c, err := New(details, Dated(node.Public(), noon, day), org, "x-mithaq-card--00000001-0000-4000-8000-000000000000", noon)
	if err != nil {
		f.Fatal(err)
	}
	good, _ := json.Marshal(&c.Card)
	f.Add(good)
	f.Add([]byte(`{"type":"x-mithaq-card"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Read(raw)
		if err != nil {
			return
		}
		again, _ := json.Marshal(&got.Card)
		if same, err := Read(again); err != nil || same.Digest != got.Digest {
			t.Fatalf("reads as another Card than it is: %v", err)
		}
	})
}
