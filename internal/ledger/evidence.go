package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// An Equivocation shows that a log signed two histories. It stands alone: who
// has the log's public key, from its Card, needs nothing else to check it.
//
// First and Second are signed checkpoints of one origin. Of equal sizes, their
// roots differ. Else First is the smaller, and Proof shows (RFC 6962, 2.1.2)
// that the tree of Second had Prefix for its root when it was as small as
// First, which had another.
type Equivocation struct {
	Type   string          `json:"type"` // x-mithaq-equivocation
	Origin string          `json:"origin"`
	First  string          `json:"first"`
	Second string          `json:"second"`
	Prefix *mithaq.Digest  `json:"prefix,omitempty"`
	Proof  []mithaq.Digest `json:"proof,omitempty"`
}

const equivocationType = "x-mithaq-equivocation"

// VerifyEquivocation checks the evidence with the keys of the accused log.
// Nil means that the log, or who held its keys, did sign two histories.
func VerifyEquivocation(e *Equivocation, log *Verifier) error {
	if e.Type != equivocationType || e.Origin != log.name {
		return fmt.Errorf("%w: evidence %q of %q, want of %q", ErrMalformed, e.Type, e.Origin, log.name)
	}
	first, _, err := VerifyCheckpoint([]byte(e.First), log)
	if err != nil {
		return fmt.Errorf("first checkpoint: %w", err)
	}
	second, _, err := VerifyCheckpoint([]byte(e.Second), log)
	if err != nil {
		return fmt.Errorf("second checkpoint: %w", err)
	}
	return contradicts(e, first.Tree, second.Tree)
}

// errNoContradiction: both checkpoints can be of one history.
var errNoContradiction = errors.New("the checkpoints do not contradict each other")

func contradicts(e *Equivocation, first, second mithaq.Tree) error {
	if first.Size == second.Size {
		if first.Root == second.Root {
			return errNoContradiction
		}
		return nil
	}
	if e.Prefix == nil || first.Size > second.Size || *e.Prefix == first.Root {
		return errNoContradiction
	}
	if err := tlog.CheckTree(hashesOf(e.Proof), second.Size, tlog.Hash(second.Root), first.Size, tlog.Hash(*e.Prefix)); err != nil {
		return fmt.Errorf("%w: %w", errNoContradiction, err)
	}
	return nil
}

func newEquivocation(origin, first, second string) *Equivocation {
	return &Equivocation{Type: equivocationType, Origin: origin, First: first, Second: second}
}
