// Package keystest holds any keys.Ring to what its public halves promise.
package keystest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"filippo.io/mldsa"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

// Public finds the newest public key of a use.
func Public(t testing.TB, r keys.Ring, use mithaq.KeyUse) mithaq.PublicKey {
	t.Helper()
	for _, k := range slices.Backward(r.Public()) {
		if k.Use == use {
			return k
		}
	}
	t.Fatalf("no %s key", use)
	return mithaq.PublicKey{}
}

// Try holds any Ring to what its public halves promise.
func Try(t testing.TB, r keys.Ring) {
	t.Helper()
	for _, k := range r.Public() {
		k.ValidFrom, k.ValidUntil = mithaq.At(time.Unix(1, 0)), mithaq.At(time.Unix(2, 0))
		if err := k.Check(); err != nil {
			t.Error(err)
		}
	}
	tryMessages(t, r)
	tryTLS(t, r)
	for _, use := range []mithaq.KeyUse{mithaq.KeyLog, mithaq.KeyWitness, mithaq.KeyMirror} {
		tryNotes(t, r, use)
	}
	trySeal(t, r)
	if _, err := r.Notes(mithaq.KeySeal); err == nil {
		t.Error("a seal key signs notes")
	}
}

func tryMessages(t testing.TB, r keys.Ring) {
	t.Helper()
	m, err := r.Message()
	if err != nil {
		t.Fatal(err)
	}
	k := Public(t, r, mithaq.KeyMessage)
	pub, err := sign.ParsePublic(k.Ed25519, k.MLDSA65)
	if err != nil || m.KeyID() != k.ID {
		t.Fatal(err)
	}
	sig, err := m.Sign(mithaq.UseReceipt, []byte("x"))
	if err != nil || pub.Verify(mithaq.UseReceipt, []byte("x"), &sig) != nil {
		t.Error("message:", err)
	}
	hop, err := m.SignHop([]byte("base"))
	if err != nil || !ed25519.Verify(k.Ed25519, []byte("base"), hop) {
		t.Error("hop:", err)
	}
}

func tryTLS(t testing.TB, r keys.Ring) {
	t.Helper()
	s, err := r.TLS()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("handshake"))
	sig, err := s.Sign(rand.Reader, sum[:], crypto.SHA256)
	pub, perr := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), Public(t, r, mithaq.KeyTLS).P256)
	if err != nil || perr != nil || !ecdsa.VerifyASN1(pub, sum[:], sig) || !pub.Equal(s.Public()) {
		t.Error("tls:", err, perr)
	}
}

func tryNotes(t testing.TB, r keys.Ring, use mithaq.KeyUse) {
	t.Helper()
	n, err := r.Notes(use)
	if err != nil {
		t.Fatal(err)
	}
	k := n.Public()
	if k.ID != Public(t, r, use).ID {
		t.Fatal("another key")
	}
	ed, err := n.SignEd25519([]byte("note"))
	if err != nil || !ed25519.Verify(k.Ed25519, []byte("note"), ed) {
		t.Error(use, err)
	}
	m, err := n.SignMLDSA44([]byte("note"), "c")
	pub, _ := mldsa.NewPublicKey(mldsa.MLDSA44(), k.MLDSA44)
	if err != nil || mldsa.Verify(pub, []byte("note"), m, &mldsa.Options{Context: "c"}) != nil {
		t.Error(use, err)
	}
}

func trySeal(t testing.TB, r keys.Ring) {
	t.Helper()
	k := Public(t, r, mithaq.KeySeal).MLKEM768X25519
	id, err := r.Identity()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := seal.To(&file, []byte("on a stick"), k); err != nil {
		t.Fatal(err)
	}
	if got, err := seal.Open(&file, id, 1<<20); err != nil || string(got) != "on a stick" {
		t.Error("file:", err)
	}
	info := seal.Info("test", "a")
	sealed, err := seal.HPKE(k, info, []byte("in other hands"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.OpenHPKE(info, sealed); err != nil || string(got) != "in other hands" {
		t.Error("hpke:", err)
	}
	if _, err := r.OpenHPKE(seal.Info("test", "b"), sealed); !errors.Is(err, mithaq.Unauthenticated) {
		t.Error("another use opened it:", err)
	}
}
