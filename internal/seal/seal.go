// Package seal closes messages for a recipient: as a file on a stick, or as
// bytes that pass through someone else's hands.
//
// Sealing hides and does not authenticate: age and HPKE let anybody seal. What
// is inside is a signed envelope, and its signature is what counts.
//
// A sealed file is an age file for hybrid recipients (ML-KEM-768 with X25519)
// whose plaintext is
//
//	"mithaq/1" ‖ uint64be(length) ‖ message ‖ zeros
//
// as long as Padmé makes it, under a random name. HPKE messages are padded in
// the same way.
// C2SP age
package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/durable"
)

const (
	magic      = "mithaq/1"
	headerSize = len(magic) + 8
	// SeedSize is the length of a seal key's secret.
	SeedSize = 32
	// Extension ends the name of a sealed file.
	Extension = ".age"
)

// Recipient is the age recipient of a Card's seal key.
func Recipient(mlkem768x25519 []byte) (age.Recipient, error) {
	r, err := age.ParseHybridRecipient(bech32("age1pq", mlkem768x25519))
	if err != nil {
		return nil, fmt.Errorf("seal key: %w: %w", err, mithaq.Invalid)
	}
	return r, nil
}

// ParseRecipient reads an age recipient as a person gives it: age1… or age1pq….
func ParseRecipient(text string) (age.Recipient, error) {
	if r, err := age.ParseX25519Recipient(text); err == nil {
		return r, nil
	}
	r, err := age.ParseHybridRecipient(text)
	if err != nil {
		return nil, fmt.Errorf("age recipient: %w: %w", err, mithaq.Invalid)
	}
	return r, nil
}

// Identity is the age identity of a seal key's secret.
func Identity(seed []byte) (age.Identity, error) {
	id, err := age.ParseHybridIdentity(strings.ToUpper(bech32("age-secret-key-pq-", seed)))
	if err != nil {
		return nil, fmt.Errorf("seal key: not a secret of ours: %w", mithaq.Invalid)
	}
	return id, nil
}

// Padded is the length that n bytes are padded to: the length leaks at most
// log log n bits, and at most 12 % are added.
// Padmé (Nikitin et al., PETS 2019), 4.2
func Padded(n int) int {
	if n < 2 {
		return n
	}
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}

func pad(message []byte) []byte {
	out := make([]byte, Padded(headerSize+len(message)))
	copy(out, magic)
	binary.BigEndian.PutUint64(out[len(magic):], uint64(len(message)))
	copy(out[headerSize:], message)
	return out
}

// unpad wants the one padding that pad makes.
func unpad(plain []byte) ([]byte, error) {
	if len(plain) < headerSize || string(plain[:len(magic)]) != magic {
		return nil, fmt.Errorf("sealed: not a message of ours: %w", mithaq.Invalid)
	}
	n := binary.BigEndian.Uint64(plain[len(magic):])
	rest := plain[headerSize:]
	if n > uint64(len(rest)) || Padded(headerSize+int(n)) != len(plain) || len(bytes.Trim(rest[n:], "\x00")) != 0 {
		return nil, fmt.Errorf("sealed: wrong padding: %w", mithaq.Invalid)
	}
	return rest[:n:n], nil
}

// To seals a message for the seal keys of one or more recipients.
func To(w io.Writer, message []byte, sealKeys ...[]byte) error {
	var to []age.Recipient
	for _, k := range sealKeys {
		r, err := Recipient(k)
		if err != nil {
			return err
		}
		to = append(to, r)
	}
	out, err := age.Encrypt(w, to...)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if _, err := out.Write(pad(message)); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return out.Close()
}

// Open reads a sealed file to its end, at most limit bytes of plaintext, and
// only then gives back the message. Unauthenticated: sealed to others.
// Invalid: damaged, cut off or not ours. TooLarge: longer than limit.
func Open(src io.Reader, id age.Identity, limit int64) ([]byte, error) {
	r, err := age.Decrypt(src, id)
	if err != nil {
		return nil, fmt.Errorf("sealed to none of our keys: %w: %w", err, mithaq.Unauthenticated)
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("sealed: %w: %w", err, mithaq.Invalid)
	case int64(len(plain)) > limit:
		return nil, fmt.Errorf("sealed: more than %d bytes: %w", limit, mithaq.TooLarge)
	}
	return unpad(plain)
}

// Write seals a message into a new file of a folder, under a name that says
// nothing, and gives back its path. When it returns nil the file lasts.
func Write(dir string, message []byte, sealKeys ...[]byte) (string, error) {
	var out bytes.Buffer
	if err := To(&out, message, sealKeys...); err != nil {
		return "", err
	}
	var name [16]byte
	rand.Read(name[:])
	path := filepath.Join(dir, hex.EncodeToString(name[:])+Extension)
	return path, durable.WriteFile(path, out.Bytes())
}
