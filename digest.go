package mithaq

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Digest is a SHA-256 value. Its text is "sha256:" and 64 lower-case
// hexadecimal digits; the zero digest, "none yet", is the empty text.
type Digest [sha256.Size]byte

const digestPrefix = "sha256:"

// DigestOf returns the digest of some bytes.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

// ParseDigest reads the text form of a digest. The empty text is the zero digest.
func ParseDigest(text string) (Digest, error) {
	var d Digest
	if text == "" {
		return d, nil
	}
	digits, ok := strings.CutPrefix(text, digestPrefix)
	if !ok || len(digits) != hex.EncodedLen(len(d)) || strings.ToLower(digits) != digits {
		return d, fmt.Errorf("digest %q: want sha256: and 64 lower-case digits: %w", text, Invalid)
	}
	if _, err := hex.Decode(d[:], []byte(digits)); err != nil {
		return Digest{}, fmt.Errorf("digest %q: %w: %w", text, err, Invalid)
	}
	return d, nil
}

// IsZero reports whether the digest is "none yet".
func (d Digest) IsZero() bool { return d == Digest{} }

func (d Digest) String() string {
	if d.IsZero() {
		return ""
	}
	return digestPrefix + hex.EncodeToString(d[:])
}

// Short returns the first 16 digits, for people to tell digests apart by.
func (d Digest) Short() string { return hex.EncodeToString(d[:8]) }

// MarshalText writes the text form.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text form.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// signedBytes returns what a signature over v covers: its canonical JSON without
// the member "signatures". RFC 8785, 3.2
func signedBytes(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	delete(members, "signatures")
	raw, err = json.Marshal(members)
	if err != nil {
		return nil, err
	}
	text := jsontext.Value(raw)
	err = text.Canonicalize()
	return text, err
}

// digestSigned returns the digest of what a signature over v covers. A value of
// the words always has a JSON form, so that trouble here is ours to fix.
func digestSigned(v any) Digest {
	signed, err := signedBytes(v)
	if err != nil {
		panic(fmt.Errorf("digest of %T: %w", v, err))
	}
	return DigestOf(signed)
}
