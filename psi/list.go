package psi

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cloudflare/circl/group"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// A Salt keeps a leaf of the list from being guessed.
type Salt [16]byte

// MarshalText writes the salt in base64.
func (s Salt) MarshalText() ([]byte, error) { return writeBase64(s[:]), nil }

// UnmarshalText reads the salt from base64.
func (s *Salt) UnmarshalText(text []byte) error { return readBase64(s[:], text) }

// A List is an accreditation list of one type from the asker's side. The
// questions about it are asked in its order, MaxQuestion at a time.
type List struct {
	Inputs []Input
	Salts  []Salt

	hashes hashes
}

const tagEntry = "mithaq/v1/psi/entry"

// entryLeaf is the data of a leaf: SHA-256(tag ‖ 0x00 ‖ salt ‖ len64 ‖ input).
func entryLeaf(salt Salt, in Input) mithaq.Digest {
	b := append([]byte(tagEntry), 0)
	b = append(b, salt[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(in)))
	return sha256.Sum256(append(b, in...))
}

// NewList salts a list and computes its tree.
func NewList(inputs []Input, random io.Reader) (*List, error) {
	salts := make([]Salt, len(inputs))
	for i := range salts {
		if _, err := io.ReadFull(random, salts[i][:]); err != nil {
			return nil, fmt.Errorf("list: randomness: %w", err)
		}
	}
	return OpenList(inputs, salts)
}

// OpenList makes the list of inputs and salts that were kept.
func OpenList(inputs []Input, salts []Salt) (*List, error) {
	if len(inputs) < 1 || len(inputs) > MaxList || len(salts) != len(inputs) {
		return nil, fmt.Errorf("list of %d inputs and %d salts, at most %d: %w", len(inputs), len(salts), MaxList, WrongCount)
	}
	l := &List{Inputs: inputs, Salts: salts}
	scheme := inputs[0].Type().Scheme()
	for i, in := range inputs {
		if err := scheme.holds(in); err != nil {
			return nil, fmt.Errorf("list: entry %d: %w", i, err)
		}
		leaf := entryLeaf(salts[i], in)
		if err := l.hashes.add(int64(i), leaf); err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
	}
	return l, nil
}

// Commit gives what the grant says of the list. RFC 6962, 2.1
func (l *List) Commit() (Commitment, error) {
	root, err := tlog.TreeHash(int64(len(l.Inputs)), l.hashes)
	return Commitment{l.Inputs[0].Type().Scheme(), len(l.Inputs), mithaq.Digest(root)}, err
}

// Part is what question number asks about, from 0: MaxQuestion entries, or what is
// left at the end; nothing after it.
func (l *List) Part(number int) []Input {
	from := min(max(0, number)*MaxQuestion, len(l.Inputs))
	return l.Inputs[from:min(from+MaxQuestion, len(l.Inputs))]
}

// hashes are the stored hashes of a tree in memory.
type hashes []tlog.Hash

func (h *hashes) add(index int64, leaf mithaq.Digest) error {
	more, err := tlog.StoredHashes(index, leaf[:], *h)
	*h = append(*h, more...)
	return err
}

// ReadHashes serves the library.
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d of %d: %w", index, len(h), WrongCount)
		}
		out[i] = h[index]
	}
	return out, nil
}

// An Entry opens one entry of a list to the joint auditor: that it is of the
// list that was committed, and that it is what was asked in its place.
type Entry struct {
	Index int             `json:"index"`
	Salt  Salt            `json:"salt"`
	Type  Type            `json:"type"`
	Value string          `json:"value"`
	Blind Blind           `json:"blind"`
	Proof []mithaq.Digest `json:"proof"` // of inclusion, lowest first
}

// A Blind is the scalar that an input was blinded with; base64 in JSON.
type Blind [scalarSize]byte

// MarshalText writes the blind in base64.
func (b Blind) MarshalText() ([]byte, error) { return writeBase64(b[:]), nil }

// UnmarshalText reads the blind from base64.
func (b *Blind) UnmarshalText(text []byte) error { return readBase64(b[:], text) }

// ReadEntry reads the canonical form; Verify says whether it holds.
func ReadEntry(raw []byte) (e Entry, err error) {
	if err := readHeader(raw, &e); err != nil {
		return e, fmt.Errorf("entry: %w", err)
	}
	return e, nil
}

// Bytes is the canonical form.
func (e Entry) Bytes() []byte { return canonical(e) }

// Input is the entry's identifier.
func (e Entry) Input() Input { return Input(string(e.Type) + "\x00" + e.Value) }

// Open opens one entry; asked is the question that it was asked in.
func (l *List) Open(index int, asked *Asked) (e Entry, err error) {
	place := index % MaxQuestion
	if index < 0 || index >= len(l.Inputs) || place >= asked.real || Input(asked.inputs[place]) != l.Inputs[index] {
		return e, fmt.Errorf("entry %d was not asked in this question: %w", index, WrongQuestion)
	}
	e = Entry{Index: index, Salt: l.Salts[index], Type: l.Inputs[index].Type(), Value: l.Inputs[index].Value()}
	blind, err := asked.blinds[place].MarshalBinary()
	if err != nil {
		return e, fmt.Errorf("entry %d: %w", index, err)
	}
	copy(e.Blind[:], blind)
	proof, err := tlog.ProveRecord(int64(len(l.Inputs)), int64(index), l.hashes)
	for _, h := range proof {
		e.Proof = append(e.Proof, mithaq.Digest(h))
	}
	return e, err
}

// Verify holds an entry to the list's commitment and to the question that was
// asked about its part of the list.
func (e Entry) Verify(c Commitment, q *Question) error {
	in, place := e.Input(), e.Index%MaxQuestion
	if e.Index < 0 || e.Index >= c.Number || place >= q.Count || q.Info.Scheme != c.Scheme {
		return fmt.Errorf("entry %d of %d: %w", e.Index, c.Number, WrongQuestion)
	}
	if err := c.Scheme.holds(in); err != nil {
		return fmt.Errorf("entry %d: %w", e.Index, err)
	}
	proof := make(tlog.RecordProof, len(e.Proof))
	for i, h := range e.Proof {
		proof[i] = tlog.Hash(h)
	}
	leaf := entryLeaf(e.Salt, in)
	if err := tlog.CheckRecord(proof, int64(c.Number), tlog.Hash(c.Root), int64(e.Index), tlog.RecordHash(leaf[:])); err != nil {
		return fmt.Errorf("entry %d is not of the list: %w: %w", e.Index, BadOpening, err)
	}
	return e.asked(in, q.elements[place])
}

// asked says whether input and blind give the element.
func (e Entry) asked(in Input, want element) error {
	scalar, err := readScalar(e.Blind[:])
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Index, err)
	}
	_, got, err := blind([][]byte{[]byte(in)}, []group.Scalar{scalar})
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Index, err)
	}
	if got[0] != want {
		return fmt.Errorf("entry %d is not what was asked: %w", e.Index, BadOpening)
	}
	return nil
}
