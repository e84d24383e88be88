package ledger

import (
	"fmt"
	"time"

	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// maxNote is the longest note that is read at all: room for sixteen
// signatures of the longest kind (C2SP signed-note, Format) and more.
const maxNote = 1 << 17

// A Checkpoint is what a log says of itself (C2SP tlog-checkpoint, Note text).
// It has no extension lines, which the ML-DSA-44 line would not cover.
type Checkpoint struct {
	Origin string
	mithaq.Tree
}

// Text is the three lines that are signed.
func (c Checkpoint) Text() string {
	return string(flog.Checkpoint{Origin: c.Origin, Size: uint64(c.Size), Hash: c.Root[:]}.Marshal())
}

// parseText reads the text of a checkpoint and wants it in its one exact form.
func parseText(text string) (Checkpoint, error) {
	var raw flog.Checkpoint
	if _, err := raw.Unmarshal([]byte(text)); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(raw.Hash) != tlog.HashSize || raw.Size > 1<<53-1 {
		return Checkpoint{}, fmt.Errorf("%w: checkpoint of %q: size %d, root of %d bytes", ErrMalformed, raw.Origin, raw.Size, len(raw.Hash))
	}
	cp := Checkpoint{Origin: raw.Origin, Tree: mithaq.Tree{Size: int64(raw.Size), Root: mithaq.Digest(raw.Hash)}}
	if cp.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: checkpoint of %q is not in canonical form", ErrMalformed, raw.Origin)
	}
	if cp.Size == 0 && cp.Tree != EmptyTree() {
		return Checkpoint{}, fmt.Errorf("%w: checkpoint of %q: an empty tree with another root", ErrMalformed, raw.Origin)
	}
	return cp, checkName(cp.Origin)
}

// SignCheckpoint makes the signed note: the text, an Ed25519 line and an
// ML-DSA-44 line, both under the log's origin (C2SP tlog-checkpoint, Signatures).
// The caller answers for the tree being the log's own: see Ledger.Checkpoint.
func SignCheckpoint(key Key, cp Checkpoint, at time.Time) ([]byte, error) {
	if err := checkName(cp.Origin); err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, logLines(key, cp.Origin, at)...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of %s: %w", cp.Origin, err)
	}
	return signed, nil
}

// VerifyCheckpoint reads a checkpoint of the log that v knows. Both lines of
// the log must be there and good ([note.Open] alone would take either), the
// text canonical and the origin the log's own. The time is the one under the
// ML-DSA-44 signature, in whole seconds. Lines of others are not looked at.
func VerifyCheckpoint(signed []byte, v *Verifier) (Checkpoint, time.Time, error) {
	cp, at, _, err := v.checkpoint(signed)
	return cp, at, err
}

// checkpoint is VerifyCheckpoint, and the note without the lines of others.
func (v *Verifier) checkpoint(signed []byte) (Checkpoint, time.Time, string, error) {
	n, at, err := v.open(signed)
	if err != nil {
		return Checkpoint{}, time.Time{}, "", err
	}
	cp, err := parseText(n.Text)
	if err != nil {
		return Checkpoint{}, time.Time{}, "", err
	}
	if cp.Origin != v.name {
		return Checkpoint{}, time.Time{}, "", fmt.Errorf("%w: checkpoint of %q, want %q", ErrSignature, cp.Origin, v.name)
	}
	return cp, at, n.Text + "\n" + linesOf(n), nil
}

// open opens a note that v has signed with both keys.
func (v *Verifier) open(signed []byte) (*note.Note, time.Time, error) {
	if len(signed) > maxNote {
		return nil, time.Time{}, fmt.Errorf("%w: note of %d bytes", ErrMalformed, len(signed))
	}
	n, err := note.Open(signed, v.list())
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%w: %s: %w", ErrSignature, v.name, err)
	}
	for _, p := range v.pairs {
		classic, lattice := signatureOf(n, p.classic), signatureOf(n, p.lattice)
		if classic == nil || lattice == nil {
			continue
		}
		at, err := fnote.CoSigV1Timestamp(*lattice)
		return n, at.UTC(), err
	}
	return nil, time.Time{}, fmt.Errorf("%w: %s signed with one key of two", ErrSignature, v.name)
}

// signatureOf finds v's signature among those that were verified.
func signatureOf(n *note.Note, v note.Verifier) *note.Signature {
	for i := range n.Sigs {
		if s := &n.Sigs[i]; s.Name == v.Name() && s.Hash == v.KeyHash() {
			return s
		}
	}
	return nil
}

// ReadCheckpoint reads the text of a signed note without looking at any
// signature: for choosing whose keys to check it with, and nothing else.
func ReadCheckpoint(signed []byte) (Checkpoint, error) {
	text, _, ok := cutNote(signed)
	if !ok {
		return Checkpoint{}, fmt.Errorf("%w: not a signed note", ErrMalformed)
	}
	return parseText(text)
}
