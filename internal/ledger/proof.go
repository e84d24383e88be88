package ledger

import (
	"bytes"
	"fmt"

	fproof "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// maxProof bounds a proof that is read: its note, a path of 63 hashes, and some extra.
const maxProof = maxNote + 1<<13

// A Proven is what a proof shows.
type Proven struct {
	Checkpoint
	Index int64  // of the leaf, from 0
	Extra []byte // not authenticated by anything
}

// FormatProof writes a `.tlog-proof` (C2SP tlog-proof, Format).
func FormatProof(index int64, path tlog.RecordProof, signed, extra []byte) []byte {
	p := fproof.TLogProof{Index: uint64(index), Checkpoint: signed, ExtraData: extra}
	for _, h := range path {
		p.Hashes = append(p.Hashes, h)
	}
	return p.Marshal()
}

// CheckProof checks, off line, that the log has the leaf: both signatures of
// the log, both of each witness asked for, and the path to the root
// (RFC 6962, 2.1.1). The proof must be in its one exact form.
func CheckProof(data []byte, leaf mithaq.Digest, log *Verifier, witnesses ...*Verifier) (Proven, error) {
	if len(data) > maxProof {
		return Proven{}, fmt.Errorf("%w: proof of %d bytes", ErrMalformed, len(data))
	}
	var p fproof.TLogProof
	if err := p.Unmarshal(data); err != nil {
		return Proven{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !bytes.Equal(p.Marshal(), data) {
		return Proven{}, fmt.Errorf("%w: proof is not in canonical form", ErrMalformed)
	}
	cp, err := VerifyCosigned(p.Checkpoint, log, witnesses...)
	if err != nil {
		return Proven{}, err
	}
	if err := checkPath(p, cp.Tree, leaf); err != nil {
		return Proven{}, fmt.Errorf("%w: %s, entry %d: %w", ErrInconsistent, cp.Origin, p.Index, err)
	}
	return Proven{Checkpoint: cp, Index: int64(p.Index), Extra: p.ExtraData}, nil
}

func checkPath(p fproof.TLogProof, tree mithaq.Tree, leaf mithaq.Digest) error {
	if p.Index >= uint64(tree.Size) {
		return fmt.Errorf("beyond the %d of the checkpoint", tree.Size)
	}
	var path tlog.RecordProof
	for _, h := range p.Hashes {
		path = append(path, h)
	}
	return tlog.CheckRecord(path, tree.Size, tlog.Hash(tree.Root), int64(p.Index), leafHash(leaf))
}
