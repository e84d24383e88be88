package httpsig

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/mithaq-hub/mithaq"
)

// contentDigest writes the one digest we send.
// RFC 9530, 2
func contentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// maxFirst is how much memory a body gets before its first byte has come.
const maxFirst = 4 << 20

// readBody reads at most limit bytes and wants the digest that was signed.
func readBody(body io.Reader, length int64, field string, limit int64) ([]byte, error) {
	members, err := dictionary(field, (*reader).bytes)
	if err != nil {
		return nil, fmt.Errorf("content-digest: %w", err)
	}
	want, ok := members["sha-256"]
	if !ok || len(members) != 1 || len(want) != sha256.Size {
		return nil, fmt.Errorf("content-digest: want sha-256 alone: %w", mithaq.Invalid)
	}
	raw, err := readAll(body, length, limit)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(raw); subtle.ConstantTimeCompare(sum[:], want) != 1 {
		return nil, &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "hop.content-digest"}
	}
	return raw, nil
}

// readAll reads a body that says to be of a length (-1: it does not say) into
// memory that it takes as the body comes, so that a claim alone costs nothing.
func readAll(body io.Reader, length, limit int64) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var buf bytes.Buffer
	if first := min(length, limit, maxFirst); first > 0 {
		buf.Grow(int(first) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(io.LimitReader(body, limit+1))
	raw := buf.Bytes()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("body cut off after %d bytes: %w: %w", len(raw), err, mithaq.Invalid)
	case err != nil:
		return nil, fmt.Errorf("body: %w", err)
	case int64(len(raw)) > limit:
		return nil, &mithaq.Refusal{Kind: mithaq.TooLarge, Key: "hop.body", Args: []any{limit}}
	}
	return raw, nil
}
