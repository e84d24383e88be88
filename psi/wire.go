package psi

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// Version is the version of all messages here.
const Version = 1

const maxHeader = 8192

// canonical writes a header. Ours always have a JSON form, so that trouble
// here is ours to fix.
func canonical(header any) []byte {
	raw, err := jcs.Marshal(header)
	if err != nil {
		panic(fmt.Errorf("psi: %T: %w", header, err))
	}
	return raw
}

// readHeader takes the one form that a header has, and no other spelling of it.
func readHeader(raw []byte, header any) error {
	one, err := strict.Signed(raw, maxHeader, header)
	if err != nil {
		return fmt.Errorf("header: %w: %w", Malformed, err)
	}
	if !bytes.Equal(one, raw) {
		return fmt.Errorf("header is not canonical JSON: %w", Malformed)
	}
	return nil
}

// frame puts a header before a body.
func frame(header any, body int) []byte {
	text := canonical(header)
	out := make([]byte, 0, 4+len(text)+body)
	out = binary.BigEndian.AppendUint32(out, uint32(len(text)))
	return append(out, text...)
}

// unframe reads the header and gives the body.
func unframe(raw []byte, header any) (body []byte, err error) {
	if len(raw) < 4 {
		return nil, fmt.Errorf("%d bytes: %w", len(raw), Malformed)
	}
	n, rest := binary.BigEndian.Uint32(raw), raw[4:]
	if n > maxHeader || int(n) > len(rest) {
		return nil, fmt.Errorf("a header of %d bytes, at most %d: %w", n, min(maxHeader, len(rest)), Malformed)
	}
	return rest[n:], readHeader(rest[:n], header)
}

// wantVersion holds the first two members of a header.
func wantVersion(version int, kind, want string) error {
	if version != Version || kind != want {
		return fmt.Errorf("version %d of %.32q, want %d of %q: %w", version, kind, Version, want, Malformed)
	}
	return nil
}
