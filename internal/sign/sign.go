// Package sign makes and verifies the two signatures under everything Mithaq
// says: Ed25519 and ML-DSA-65 over the same bytes with different contexts,
// both required.
//
// What is signed is the JCS form of an object without its member signatures;
// its SHA-256 is the object's digest. Nothing is cached: a verification that
// is needed is made.
package sign

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"filippo.io/mldsa"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
)

// A Signer signs with one key pair. Implementations: Pair in this process, and
// a client of a signer process or security module outside it. It is safe for
// concurrent use.
type Signer interface {
	// KeyID names the pair, as the Card does.
	KeyID() mithaq.KeyID
	// Sign signs message for one use.
	Sign(use mithaq.SignatureUse, message []byte) (mithaq.Signature, error)
}

// A Pair holds both private keys.
type Pair struct {
	id    mithaq.KeyID
	ed    ed25519.PrivateKey
	mldsa *mldsa.PrivateKey
	// vectors sign without randomness, so that their bytes can be printed
	deterministic bool
}

// SeedSize is the length of a pair's secret: both seeds, Ed25519's first.
const SeedSize = ed25519.SeedSize + mldsa.PrivateKeySize

// Generate makes a new pair.
func Generate() (*Pair, error) {
	seed := make([]byte, SeedSize)
	rand.Read(seed)
	return FromSeed(seed)
}

// FromSeed makes the pair of a secret.
func FromSeed(seed []byte) (*Pair, error) {
	if len(seed) != SeedSize {
		return nil, fmt.Errorf("key pair: seed of %d bytes, want %d", len(seed), SeedSize)
	}
	p := &Pair{ed: ed25519.NewKeyFromSeed(seed[:ed25519.SeedSize])}
	var err error
	if p.mldsa, err = mldsa.NewPrivateKey(mldsa.MLDSA65(), seed[ed25519.SeedSize:]); err != nil {
		return nil, fmt.Errorf("key pair: %w", err)
	}
	p.id = p.Public().ID()
	return p, nil
}

// Deterministic gives the same pair with the deterministic variant of ML-DSA,
// for test vectors.
// FIPS 204, 3.4
func (p *Pair) Deterministic() *Pair {
	q := *p
	q.deterministic = true
	return &q
}

// Seed is the pair's secret, SeedSize bytes.
func (p *Pair) Seed() []byte {
	return append(p.ed.Seed(), p.mldsa.Bytes()...)
}

// KeyID names the pair.
func (p *Pair) KeyID() mithaq.KeyID { return p.id }

// Ed25519 is the half that also signs HTTP messages on the hop.
func (p *Pair) Ed25519() ed25519.PrivateKey { return p.ed }

// Public gives the public half.
func (p *Pair) Public() *Public {
	return &Public{ed: p.ed.Public().(ed25519.PublicKey), mldsa: p.mldsa.PublicKey()}
}

// Sign signs message with both keys.
func (p *Pair) Sign(use mithaq.SignatureUse, message []byte) (mithaq.Signature, error) {
	s := mithaq.Signature{Key: p.id}
	var err error
	if s.Ed25519, err = p.ed.Sign(nil, message, &ed25519.Options{Context: use.ContextEd25519()}); err != nil {
		return mithaq.Signature{}, fmt.Errorf("sign %s: %w", use, err)
	}
	opts := &mldsa.Options{Context: use.ContextMLDSA()}
	if p.deterministic {
		s.MLDSA, err = p.mldsa.SignDeterministic(message, opts)
	} else {
		s.MLDSA, err = p.mldsa.Sign(nil, message, crypto.SignerOpts(opts))
	}
	if err != nil {
		return mithaq.Signature{}, fmt.Errorf("sign %s: %w", use, err)
	}
	return s, nil
}

// Public is the half of a pair that verifies.
type Public struct {
	ed    ed25519.PublicKey
	mldsa *mldsa.PublicKey
}

// ParsePublic reads the two public keys.
func ParsePublic(ed, mldsa65 []byte) (*Public, error) {
	if len(ed) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("ed25519 public key of %d bytes: %w", len(ed), mithaq.Invalid)
	}
	m, err := mldsa.NewPublicKey(mldsa.MLDSA65(), mldsa65)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mithaq.Invalid)
	}
	return &Public{ed: ed, mldsa: m}, nil
}

// Ed25519 is the public key of the Ed25519 half.
func (p *Public) Ed25519() ed25519.PublicKey { return p.ed }

// MLDSA65 is the encoded public key of the ML-DSA half.
func (p *Public) MLDSA65() []byte { return p.mldsa.Bytes() }

// ID is the key id the two public keys give.
func (p *Public) ID() mithaq.KeyID { return mithaq.KeyIDOf(p.ed, p.mldsa.Bytes()) }

// Verify wants both signatures good over message for the use.
// Errors unwrap to mithaq.Unauthenticated.
func (p *Public) Verify(use mithaq.SignatureUse, message []byte, s *mithaq.Signature) error {
	if err := ed25519.VerifyWithOptions(p.ed, message, s.Ed25519, &ed25519.Options{Context: use.ContextEd25519()}); err != nil {
		return fmt.Errorf("%s: Ed25519 signature by %s: %w", use, s.Key, mithaq.Unauthenticated)
	}
	if err := mldsa.Verify(p.mldsa, message, s.MLDSA, &mldsa.Options{Context: use.ContextMLDSA()}); err != nil {
		return fmt.Errorf("%s: ML-DSA signature by %s: %w", use, s.Key, mithaq.Unauthenticated)
	}
	return nil
}

// Bytes gives what is signed of an object given as JSON: its JCS form without
// the member signatures; and the digest of that.
func Bytes(raw []byte) (message []byte, digest mithaq.Digest, err error) {
	canonical, err := jcs.Transform(raw)
	if err == nil {
		message, _, err = jcs.Without(canonical, "signatures")
	}
	if err != nil {
		return nil, mithaq.Digest{}, fmt.Errorf("%w: %w", err, mithaq.Invalid)
	}
	return message, sha256.Sum256(message), nil
}

// Object signs a Go value that has a member signatures (empty, or those of
// others); it gives the signature to add and the digest.
func Object(s Signer, use mithaq.SignatureUse, object any) (mithaq.Signature, mithaq.Digest, error) {
	canonical, err := jcs.Marshal(object)
	if err != nil {
		return mithaq.Signature{}, mithaq.Digest{}, err
	}
	message, _, err := jcs.Without(canonical, "signatures")
	if err != nil {
		return mithaq.Signature{}, mithaq.Digest{}, err
	}
	sig, err := s.Sign(use, message)
	return sig, sha256.Sum256(message), err
}

// SignHop makes a plain Ed25519 signature for HTTP message signatures. The
// signatures above have contexts, so that none can pass for this or back.
// RFC 9421, 3.3.6
func (p *Pair) SignHop(base []byte) ([]byte, error) {
	return ed25519.Sign(p.ed, base), nil
}
