package sign

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq"
)

func seeded(t testing.TB, b byte) *Pair {
	t.Helper()
	p, err := FromSeed(bytes.Repeat([]byte{b}, SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBothSignaturesAreRequired(t *testing.T) {
	p, other := seeded(t, 1), seeded(t, 2)
	message := []byte(`{"a":1}`)
	good, err := p.Sign(mithaq.UseEnvelope, message)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _ := other.Sign(mithaq.UseEnvelope, message)
	receipt, _ := p.Sign(mithaq.UseReceipt, message)
	check := func(what string, want bool, message []byte, change func(s *mithaq.Signature)) {
		t.Helper()
		s := mithaq.Signature{Key: good.Key, Ed25519: slices.Clone(good.Ed25519), MLDSA: slices.Clone(good.MLDSA)}
		change(&s)
		err := p.Public().Verify(mithaq.UseEnvelope, message, &s)
		if want != (err == nil) || (err != nil && !errors.Is(err, mithaq.Unauthenticated)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("as signed", true, message, func(*mithaq.Signature) {})
	check("another message", false, []byte(`{"a":2}`), func(*mithaq.Signature) {})
	check("no Ed25519", false, message, func(s *mithaq.Signature) { s.Ed25519 = nil })
	check("no ML-DSA", false, message, func(s *mithaq.Signature) { s.MLDSA = nil })
	check("a bit of Ed25519", false, message, func(s *mithaq.Signature) { s.Ed25519[5] ^= 1 })
	check("a bit of ML-DSA", false, message, func(s *mithaq.Signature) { s.MLDSA[5] ^= 1 })
	check("another's Ed25519", false, message, func(s *mithaq.Signature) { s.Ed25519 = theirs.Ed25519 })
	check("another's ML-DSA", false, message, func(s *mithaq.Signature) { s.MLDSA = theirs.MLDSA })
	check("Ed25519 of another use", false, message, func(s *mithaq.Signature) { s.Ed25519 = receipt.Ed25519 })
	check("ML-DSA of another use", false, message, func(s *mithaq.Signature) { s.MLDSA = receipt.MLDSA })
}

func TestDeterministicSignaturesRepeat(t *testing.T) {
	p := seeded(t, 3).Deterministic()
	a, _ := p.Sign(mithaq.UseCard, []byte("x"))
	b, _ := p.Sign(mithaq.UseCard, []byte("x"))
	if !bytes.Equal(a.MLDSA, b.MLDSA) || !bytes.Equal(a.Ed25519, b.Ed25519) {
		t.Fatal("two signatures differ")
	}
	if err := p.Public().Verify(mithaq.UseCard, []byte("x"), &a); err != nil {
		t.Fatal(err)
	}
}

func TestSignaturesAreOutsideWhatIsSigned(t *testing.T) {
	bare, d1, err := Bytes([]byte(`{"b": 2, "a": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	signed, d2, err := Bytes([]byte(`{"a":1,"signatures":[{"key":"x"}],"b":2}`))
	if err != nil || !bytes.Equal(bare, signed) || d1 != d2 || string(bare) != `{"a":1,"b":2}` {
		t.Fatalf("%s and %s, %v", bare, signed, err)
	}
}

func TestSeedComesBack(t *testing.T) {
	p := seeded(t, 4)
	q, err := FromSeed(p.Seed())
	if err != nil || q.KeyID() != p.KeyID() {
		t.Fatal(err)
	}
	r, err := ParsePublic(p.Public().Ed25519(), p.Public().MLDSA65())
	if err != nil || r.ID() != p.KeyID() {
		t.Fatal(err)
	}
	if _, err := FromSeed(make([]byte, SeedSize-1)); err == nil {
		t.Fatal("a short seed was taken")
	}
}

func BenchmarkSign(b *testing.B) {
	p, m := seeded(b, 1), make([]byte, 4096)
	for b.Loop() {
		p.Sign(mithaq.UseEnvelope, m)
	}
}

func BenchmarkVerify(b *testing.B) {
	p, m := seeded(b, 1), make([]byte, 4096)
	s, _ := p.Sign(mithaq.UseEnvelope, m)
	pub := p.Public()
	for b.Loop() {
		if err := pub.Verify(mithaq.UseEnvelope, m, &s); err != nil {
			b.Fatal(err)
		}
	}
}
