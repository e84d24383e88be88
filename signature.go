package mithaq

import (
	"crypto/ed25519"
	"slices"
)

// SignatureUse says what a signature is for. It is part of the context of
// both schemes, so that a signature made for one use is none for another.
type SignatureUse string

// The uses of a signature by an organisation's or a node's key pair.
const (
	UseCard       SignatureUse = "card"
	UseEnvelope   SignatureUse = "envelope"
	UseReceipt    SignatureUse = "receipt"
	UsePact       SignatureUse = "pact"
	UseApproval   SignatureUse = "approval"
	UseAssessment SignatureUse = "assessment"
	UseErasure    SignatureUse = "erasure"
)

// ContextEd25519 is the context string of the Ed25519ctx half.
// RFC 8032, 5.1
func (u SignatureUse) ContextEd25519() string { return "mithaq/v1/" + string(u) + " ed25519" }

// ContextMLDSA is the context string of the ML-DSA-65 half.
// FIPS 204, 5.2
func (u SignatureUse) ContextMLDSA() string { return "mithaq/v1/" + string(u) + " mldsa" }

// SizeMLDSA65 is the length of an ML-DSA-65 signature in bytes.
// FIPS 204, 4
const SizeMLDSA65 = 3309

// A Signature is one key pair's two signatures over the same bytes: the JCS
// form of an object without its member signatures. Neither half counts alone.
type Signature struct {
	Key     KeyID  `json:"key"`
	Ed25519 []byte `json:"ed25519"`
	MLDSA   []byte `json:"mldsa"`
}

// Check says whether both halves are there and of the right length. It
// verifies nothing.
func (s *Signature) Check() error {
	switch {
	case s.Key.Check() != nil:
		return s.Key.Check()
	case len(s.Ed25519) != ed25519.SignatureSize:
		return invalidf("ed25519", "want %d bytes, got %d", ed25519.SignatureSize, len(s.Ed25519))
	case len(s.MLDSA) != SizeMLDSA65:
		return invalidf("mldsa", "want %d bytes, got %d", SizeMLDSA65, len(s.MLDSA))
	}
	return nil
}

// checkSigned wants between one and most signatures, each whole, no key twice.
func checkSigned(list []Signature, most int) error {
	if len(list) == 0 || len(list) > most {
		return invalidf("signatures", "want 1 to %d, got %d", most, len(list))
	}
	for i := range list {
		if err := list[i].Check(); err != nil {
			return invalidf("signatures", "%v", err)
		}
		same := func(o Signature) bool { return o.Key == list[i].Key }
		if slices.ContainsFunc(list[:i], same) {
			return invalidf("signatures", "key %s twice", list[i].Key)
		}
	}
	return nil
}
