package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/mod/sumdb/note"

	"github.com/mithaq-hub/mithaq"
)

// The types of signature line (C2SP signed-note, Signature types).
const (
	lineEd25519     = 0x01 // a log's own line
	lineCosignature = 0x04 // a witness's line, with its time
	lineMLDSA44     = 0x06 // both, with the time
)

// maxOrigin is what one length byte of the signed message can say
// (C2SP tlog-cosignature, ML-DSA-44 signed message).
const maxOrigin = 255

// A Key signs for a log or for a witness, always with both halves. It may live
// in a signer process.
type Key interface {
	// Public is the key as the Card has it; its dates are not looked at here.
	Public() mithaq.PublicKey
	// SignEd25519 signs with plain Ed25519.
	SignEd25519(message []byte) ([]byte, error)
	// SignMLDSA44 signs with ML-DSA-44 under a context, here always "".
	SignMLDSA44(message []byte, context string) ([]byte, error)
}

// A Verifier knows the keys of one log or of one witness under its name: one
// pair, or several where keys were rotated. It takes nothing that both halves
// of one pair have not signed. Which keys count, and when, the Card says.
type Verifier struct {
	name  string
	pairs []pair
}

// pair is the two halves of one key of a Card.
type pair struct{ classic, lattice note.Verifier }

// Name is the log's origin, or the witness's name.
func (v *Verifier) Name() string { return v.name }

// LogVerifier checks the checkpoints of the log called origin, signed by any
// of the given keys of use log.
func LogVerifier(origin string, keys ...*mithaq.PublicKey) (*Verifier, error) {
	return newVerifier(origin, lineEd25519, keys)
}

// WitnessVerifier checks the cosignatures of the witness called name, by any
// of the given keys of use witness.
func WitnessVerifier(name string, keys ...*mithaq.PublicKey) (*Verifier, error) {
	return newVerifier(name, lineCosignature, keys)
}

func newVerifier(name string, classicLine byte, keys []*mithaq.PublicKey) (*Verifier, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	v := &Verifier{name: name}
	for _, key := range keys {
		p, err := newPair(name, classicLine, key)
		if err != nil {
			return nil, fmt.Errorf("key %s of %s: %w", key.ID, name, err)
		}
		v.pairs = append(v.pairs, p)
	}
	return v, nil
}

func newPair(name string, classicLine byte, key *mithaq.PublicKey) (pair, error) {
	classic, err := fnote.NewVerifier(verifierKey(name, classicLine, key.Ed25519))
	if err != nil {
		return pair{}, fmt.Errorf("Ed25519: %w", err)
	}
	lattice, err := fnote.NewVerifier(verifierKey(name, lineMLDSA44, key.MLDSA44))
	if err != nil {
		return pair{}, fmt.Errorf("ML-DSA-44: %w", err)
	}
	return pair{classic, lattice}, nil
}

// list is all halves of all pairs.
func (v *Verifier) list() note.Verifiers {
	var all []note.Verifier
	for _, p := range v.pairs {
		all = append(all, p.classic, p.lattice)
	}
	return note.VerifierList(all...)
}

// VerifierKeys are the two lines with which other software checks a log
// (C2SP signed-note, Verifier keys): Ed25519 first.
func VerifierKeys(origin string, key *mithaq.PublicKey) [2]string {
	return [2]string{
		verifierKey(origin, lineEd25519, key.Ed25519),
		verifierKey(origin, lineMLDSA44, key.MLDSA44),
	}
}

func verifierKey(name string, line byte, key []byte) string {
	typed := append([]byte{line}, key...)
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, line, key), base64.StdEncoding.EncodeToString(typed))
}

// keyID tells lines apart (C2SP signed-note, Signatures).
func keyID(name string, line byte, key []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name))
	h.Write([]byte{'\n', line})
	h.Write(key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// checkName holds origins and witness names to what every part of the family
// can carry (C2SP signed-note, Format; tlog-cosignature, ML-DSA-44 signed message).
func checkName(name string) error {
	odd := func(r rune) bool { return r == '+' || unicode.IsSpace(r) || unicode.IsControl(r) }
	if name == "" || len(name) > maxOrigin || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) {
		return fmt.Errorf("%w: name %q: want 1 to %d bytes without spaces, plus or control characters", ErrMalformed, name, maxOrigin)
	}
	return nil
}

// logLines signs as a log: a plain Ed25519 line and a timed ML-DSA-44 line.
func logLines(k Key, origin string, at time.Time) []note.Signer {
	id := keyID(origin, lineEd25519, k.Public().Ed25519)
	return []note.Signer{&lineSigner{origin, id, k.SignEd25519}, latticeLine(k, origin, at)}
}

// witnessLines signs as a witness: both lines with the time.
func witnessLines(k Key, name string, at time.Time) []note.Signer {
	classic := &lineSigner{name, keyID(name, lineCosignature, k.Public().Ed25519), func(text []byte) ([]byte, error) {
		sig, err := k.SignEd25519(cosignedText(at, text))
		return timed(at, sig), err
	}}
	return []note.Signer{classic, latticeLine(k, name, at)}
}

func latticeLine(k Key, name string, at time.Time) note.Signer {
	return &lineSigner{name, keyID(name, lineMLDSA44, k.Public().MLDSA44), func(text []byte) ([]byte, error) {
		cp, err := parseText(string(text))
		if err != nil {
			return nil, err
		}
		msg, err := cosignedMessage(name, at, cp)
		if err != nil {
			return nil, err
		}
		sig, err := k.SignMLDSA44(msg, "")
		return timed(at, sig), err
	}}
}

// lineSigner makes one line of a note.
type lineSigner struct {
	name string
	id   uint32
	sign func(text []byte) ([]byte, error)
}

func (s *lineSigner) Name() string                     { return s.name }
func (s *lineSigner) KeyHash() uint32                  { return s.id }
func (s *lineSigner) Sign(text []byte) ([]byte, error) { return s.sign(text) }

// timed is the timestamped_signature of C2SP tlog-cosignature, Format.
func timed(at time.Time, sig []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.Unix())), sig...)
}

// cosignedText is what Ed25519 signs (C2SP tlog-cosignature, Ed25519 signed message).
func cosignedText(at time.Time, text []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at.Unix(), text)
}

// cosignedMessage is what ML-DSA-44 signs (C2SP tlog-cosignature, ML-DSA-44 signed message).
func cosignedMessage(name string, at time.Time, cp Checkpoint) ([]byte, error) {
	b := cryptobyte.NewBuilder([]byte("subtree/v1\n\x00"))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
	b.AddUint64(uint64(at.Unix()))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(cp.Origin)) })
	b.AddUint64(0)
	b.AddUint64(uint64(cp.Size))
	b.AddBytes(cp.Root[:])
	return b.Bytes()
}
