package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"fmt"

	"filippo.io/age"
	"filippo.io/mldsa"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

// A private key knows its public half and how it lies in the file.
type private interface {
	public() mithaq.PublicKey
	file() keyInFile
}

// newSeed makes the secret of a use: 64 bytes for two signature keys, a
// P-256 scalar, or the 32 bytes that X25519 and ML-KEM-768 grow from.
func newSeed(use mithaq.KeyUse) ([]byte, error) {
	size := map[mithaq.KeyUse]int{
		mithaq.KeyMessage: sign.SeedSize, mithaq.KeyLog: sign.SeedSize, mithaq.KeyWitness: sign.SeedSize,
		mithaq.KeyMirror: sign.SeedSize, mithaq.KeySeal: seal.SeedSize,
	}[use]
	switch {
	case use == mithaq.KeyTLS:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return k.Bytes()
	case size == 0:
		return nil, fmt.Errorf("key use %q: not an operational one: %w", string(use), mithaq.Invalid)
	}
	seed := make([]byte, size)
	rand.Read(seed)
	return seed, nil
}

func fromSeed(k keyInFile) (private, error) {
	switch k.Use {
	case mithaq.KeyMessage:
		pair, err := sign.FromSeed(k.Seed)
		return messageKey{k, pair}, err
	case mithaq.KeyTLS:
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), k.Seed)
		return tlsKey{k, key}, err
	case mithaq.KeyLog, mithaq.KeyWitness, mithaq.KeyMirror:
		return newNoteKey(k)
	case mithaq.KeySeal:
		return newSealKey(k)
	}
	return nil, fmt.Errorf("key use %q: %w", string(k.Use), mithaq.Invalid)
}

// file gives a copy, since who saves wipes what it saved.
func (k keyInFile) file() keyInFile {
	k.Seed = append([]byte(nil), k.Seed...)
	return k
}

func named(k mithaq.PublicKey) mithaq.PublicKey {
	k.ID = k.Computed()
	return k
}

type messageKey struct {
	keyInFile
	pair *sign.Pair
}

func (k messageKey) public() mithaq.PublicKey {
	p := k.pair.Public()
	return named(mithaq.PublicKey{Use: k.Use, Ed25519: p.Ed25519(), MLDSA65: p.MLDSA65()})
}

type tlsKey struct {
	keyInFile
	key *ecdsa.PrivateKey
}

func (k tlsKey) public() mithaq.PublicKey {
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // the key was parsed from its scalar
	}
	return named(mithaq.PublicKey{Use: k.Use, P256: point})
}

// A noteKey signs for a log, a witness or a mirror.
type noteKey struct {
	keyInFile
	ed    ed25519.PrivateKey
	mldsa *mldsa.PrivateKey
	pub   mithaq.PublicKey
}

func newNoteKey(k keyInFile) (private, error) {
	if len(k.Seed) != sign.SeedSize {
		return nil, fmt.Errorf("%s key: seed of %d bytes: %w", k.Use, len(k.Seed), mithaq.Invalid)
	}
	n := noteKey{keyInFile: k, ed: ed25519.NewKeyFromSeed(k.Seed[:ed25519.SeedSize])}
	var err error
	if n.mldsa, err = mldsa.NewPrivateKey(mldsa.MLDSA44(), k.Seed[ed25519.SeedSize:]); err != nil {
		return nil, err
	}
	n.pub = named(mithaq.PublicKey{
		Use: k.Use, Ed25519: n.ed.Public().(ed25519.PublicKey), MLDSA44: n.mldsa.PublicKey().Bytes(),
	})
	return n, nil
}

func (k noteKey) public() mithaq.PublicKey { return k.pub }

// Public is the key's public half.
func (k noteKey) Public() mithaq.PublicKey { return k.pub }

// SignEd25519 signs message with plain Ed25519.
func (k noteKey) SignEd25519(message []byte) ([]byte, error) { return ed25519.Sign(k.ed, message), nil }

// SignMLDSA44 signs message with ML-DSA-44.
func (k noteKey) SignMLDSA44(message []byte, context string) ([]byte, error) {
	return k.mldsa.Sign(nil, message, &mldsa.Options{Context: context})
}

// A sealKey opens age files and HPKE messages.
type sealKey struct {
	keyInFile
	identity age.Identity
	hpke     hpke.PrivateKey
}

func newSealKey(k keyInFile) (private, error) {
	id, err := seal.Identity(k.Seed)
	if err != nil {
		return nil, err
	}
	h, err := hpke.MLKEM768X25519().NewPrivateKey(k.Seed)
	return sealKey{k, id, h}, err
}

func (k sealKey) public() mithaq.PublicKey {
	return named(mithaq.PublicKey{Use: k.Use, MLKEM768X25519: k.hpke.PublicKey().Bytes()})
}

func (k sealKey) openHPKE(info, sealed []byte) ([]byte, error) {
	return seal.OpenHPKE(k.hpke, info, sealed)
}
