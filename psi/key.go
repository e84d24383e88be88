package psi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/cloudflare/circl/oprf"
)

// SeedSize is the size of what a Key is kept as, in bytes.
const SeedSize = 32

const (
	tagKey   = "mithaq/v1/psi/key"
	tagDummy = "mithaq/v1/psi/dummy"
)

// A Key is the answerer's secret of one epoch of one pact. Who has it can
// enumerate the set, so it goes when the epoch ends.
type Key struct {
	seed    [SeedSize]byte
	private *oprf.PrivateKey
}

// NewKey makes a fresh key.
func NewKey(random io.Reader) (*Key, error) {
	var seed [SeedSize]byte
	defer clear(seed[:])
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("new key: %w", err)
	}
	return OpenKey(seed[:])
}

// OpenKey makes the key of a seed that Seed gave. RFC 9497, 3.2.1
func OpenKey(seed []byte) (*Key, error) {
	if len(seed) != SeedSize {
		return nil, fmt.Errorf("a seed of %d bytes, want %d: %w", len(seed), SeedSize, Malformed)
	}
	private, err := oprf.DeriveKey(suite, oprf.PartialObliviousMode, seed, []byte(tagKey))
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	private.Public() // so that several may answer at once
	k := &Key{private: private}
	copy(k.seed[:], seed)
	return k, nil
}

// Seed is what to keep, sealed, for as long as the epoch lasts.
func (k *Key) Seed() []byte { return append([]byte(nil), k.seed[:]...) }

// Destroy wipes the seed and forgets the scalar; after it the key does nothing
// more. What is kept of the seed elsewhere is its keeper's to wipe. Nobody may
// use the key at the same time.
//
// BUG(psi): the library's copy of the scalar cannot be wiped; its memory is
// freed.
func (k *Key) Destroy() {
	clear(k.seed[:])
	k.private = nil
}

func (k *Key) alive() error {
	if k == nil || k.private == nil {
		return Destroyed
	}
	return nil
}

// Public is the key to announce; zero once the key is destroyed.
func (k *Key) Public() (p PublicKey) {
	if k.alive() != nil {
		return p
	}
	raw, err := k.private.Public().MarshalBinary()
	if err != nil {
		panic(fmt.Errorf("psi: public key: %w", err)) // an element always has an encoding
	}
	copy(p[:], raw)
	return p
}

// dummyCipher makes the tags of one set's dummies, which only the key's holder can
// tell from others.
func (k *Key) dummyCipher(info []byte) (cipher.Block, error) {
	secret, err := hkdf.Key(sha512.New, k.seed[:], info, tagDummy, 32)
	if err != nil {
		return nil, err
	}
	return aes.NewCipher(secret)
}

// A PublicKey is the encoding of a Key's public element; base64 in JSON.
type PublicKey element

// Check refuses what is no public key.
func (p PublicKey) Check() error {
	_, err := p.open()
	return err
}

func (p PublicKey) open() (*oprf.PublicKey, error) {
	if _, err := element(p).decode(); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	key := new(oprf.PublicKey)
	if err := key.UnmarshalBinary(suite, p[:]); err != nil {
		return nil, fmt.Errorf("public key: %w: %w", NotCanonical, err)
	}
	return key, nil
}

// MarshalText writes the key in base64.
func (p PublicKey) MarshalText() ([]byte, error) { return writeBase64(p[:]), nil }

// UnmarshalText reads the key from base64.
func (p *PublicKey) UnmarshalText(text []byte) error { return readBase64(p[:], text) }

var strictBase64 = base64.StdEncoding.Strict()

func writeBase64(b []byte) []byte { return strictBase64.AppendEncode(nil, b) }

// readBase64 fills dst exactly. RFC 4648, 4
func readBase64(dst, text []byte) error {
	got, err := strictBase64.AppendDecode(nil, text)
	if err != nil || len(got) != len(dst) || len(text) != strictBase64.EncodedLen(len(dst)) {
		return fmt.Errorf("want %d bytes in padded base64: %w", len(dst), Malformed)
	}
	copy(dst, got)
	return nil
}
