package mithaq

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// KeyID is the first 16 hex digits of SHA-256 over a key's public parts, in
// the order ed25519, mldsa65, mldsa44, p256, mlkem768x25519. It tells keys of
// one Card apart; trust hangs on the Card's digest, not on it.
type KeyID string

// KeyIDOf makes the id of a key from its public parts.
func KeyIDOf(parts ...[]byte) KeyID {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return KeyID(hex.EncodeToString(h.Sum(nil)[:8]))
}

// Check wants 16 lower-case hex digits.
func (k KeyID) Check() error {
	if len(k) != 16 {
		return invalidf("key", "want 16 hex digits, got %q", string(k))
	}
	for _, c := range []byte(k) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return invalidf("key", "want 16 lower-case hex digits, got %q", string(k))
		}
	}
	return nil
}

// KeyUse is the one thing an operational key does.
type KeyUse string

// The uses of keys. The organisation key signs Cards and nothing else.
const (
	KeyOrganisation KeyUse = "organisation" // Ed25519 and ML-DSA-65, off line
	KeyTLS          KeyUse = "tls"          // ECDSA P-256, in the node's certificate
	KeyMessage      KeyUse = "message"      // Ed25519 and ML-DSA-65: envelopes, receipts, pacts, the hop
	KeyLog          KeyUse = "log"          // Ed25519 and ML-DSA-44: checkpoints
	KeyWitness      KeyUse = "witness"      // Ed25519 and ML-DSA-44: cosignatures on partners' checkpoints
	KeyMirror       KeyUse = "mirror"       // Ed25519 and ML-DSA-44: statements about mirrored tiles
	KeySeal         KeyUse = "seal"         // X25519 + ML-KEM-768: sealed files, HPKE
)

// OperationalUses lists the uses a complete Card has a key for, in order.
var OperationalUses = []KeyUse{KeyTLS, KeyMessage, KeyLog, KeyWitness, KeyMirror, KeySeal}

// Lengths in bytes of the public parts.
const (
	SizeMLDSA65Public = 1952 // FIPS 204, 4
	SizeMLDSA44Public = 1312 // FIPS 204, 4
	SizeP256Public    = 65   // SEC 1, 2.3.3, uncompressed
	SizeMLKEMX25519   = 1216 // ML-KEM-768 encapsulation key, then X25519
)

// A PublicKey is one key of a Card with its one use and its dates.
// Exactly the parts that its use asks for are present.
type PublicKey struct {
	ID             KeyID  `json:"id"`
	Use            KeyUse `json:"use"`
	Ed25519        []byte `json:"ed25519,omitempty"`
	MLDSA65        []byte `json:"mldsa65,omitempty"`
	MLDSA44        []byte `json:"mldsa44,omitempty"`
	P256           []byte `json:"p256,omitempty"`
	MLKEM768X25519 []byte `json:"mlkem768x25519,omitempty"`
	ValidFrom      Time   `json:"valid_from"`
	ValidUntil     Time   `json:"valid_until"`
}

// sizesOf gives the length of each part by use, in the order of KeyIDOf.
var sizesOf = map[KeyUse][5]int{
	KeyOrganisation: {ed25519.PublicKeySize, SizeMLDSA65Public},
	KeyMessage:      {ed25519.PublicKeySize, SizeMLDSA65Public},
	KeyLog:          {ed25519.PublicKeySize, 0, SizeMLDSA44Public},
	KeyWitness:      {ed25519.PublicKeySize, 0, SizeMLDSA44Public},
	KeyMirror:       {ed25519.PublicKeySize, 0, SizeMLDSA44Public},
	KeyTLS:          {0, 0, 0, SizeP256Public},
	KeySeal:         {0, 0, 0, 0, SizeMLKEMX25519},
}

func (k *PublicKey) parts() [5][]byte {
	return [5][]byte{k.Ed25519, k.MLDSA65, k.MLDSA44, k.P256, k.MLKEM768X25519}
}

// Computed is the id the key's parts give.
func (k *PublicKey) Computed() KeyID {
	p := k.parts()
	return KeyIDOf(p[:]...)
}

// Check wants the parts its use asks for, the id they give, and dates in order.
func (k *PublicKey) Check() error {
	sizes, known := sizesOf[k.Use]
	if !known {
		return invalidf("use", "unknown %q", string(k.Use))
	}
	for i, p := range k.parts() {
		if len(p) != sizes[i] {
			return invalidf("key "+string(k.Use), "public part %d has %d bytes, want %d", i, len(p), sizes[i])
		}
	}
	switch {
	case k.ID != k.Computed():
		return invalidf("id", "key says %q, its parts give %q", string(k.ID), string(k.Computed()))
	case !k.ValidFrom.Before(k.ValidUntil.Time):
		return invalidf("valid_until", "not after valid_from")
	}
	return nil
}

// ValidAt says whether t lies within the key's dates; the end is outside.
func (k *PublicKey) ValidAt(t time.Time) bool {
	return !t.Before(k.ValidFrom.Time) && t.Before(k.ValidUntil.Time)
}
