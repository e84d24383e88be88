package mithaq

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Receipt says: at my time my node durably stored this envelope, in this
// place of the lane, under this version of the pact; so many objects were
// accepted, these refused; here is my tree and my cosignature on yours. It
// does not say that anybody read it.
type Receipt struct {
	Head
	Version        int             `json:"version"` // 1
	Envelope       stix.ID         `json:"envelope"`
	EnvelopeDigest Digest          `json:"envelope_digest"`
	Pact           Digest          `json:"pact"` // "" on the acquaintance link
	From           OrgID           `json:"from"` // who stored
	To             OrgID           `json:"to"`   // who had sent
	Lane           Lane            `json:"lane"`
	Sequence       int64           `json:"sequence"`
	StoredAt       Time            `json:"stored_at"`
	Accepted       int             `json:"accepted"`
	Refused        []RefusedObject `json:"refused,omitempty"`
	RefusedAll     *RefusedWhole   `json:"refused_all,omitempty"`
	Tree           Tree            `json:"tree"`
	Cosignature    []string        `json:"cosignature,omitempty"` // note signature lines over the sender's checkpoint
	Signatures     []Signature     `json:"signatures,omitempty"`
}

// A RefusedObject is one object that was not taken, by its index from 0, with
// the clauses that refuse it.
type RefusedObject struct {
	Index   int      `json:"index"`
	Clauses []string `json:"clauses"`
	Text    string   `json:"text,omitempty"`
}

// RefusedWhole says why nothing of an envelope was taken: a sentence of the
// catalogue by its key, with what goes into it, so that the sender reads it in a
// language of theirs. The sequence goes on.
type RefusedWhole struct {
	Kind Kind     `json:"kind"`
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"` // at most eight, of at most 512 bytes each
	Text string   `json:"text,omitempty"`
}

// maxArgs is how many arguments a sentence may have.
const maxArgs = 8

// Whole returns a refusal as a receipt carries it. Arguments beyond the eighth
// are left out, and long ones are cut off between characters.
func (r *Refusal) Whole() *RefusedWhole {
	w := &RefusedWhole{Kind: r.Kind, Key: r.Key}
	for _, arg := range r.Args[:min(len(r.Args), maxArgs)] {
		text := strings.ToValidUTF8(fmt.Sprint(arg), "\uFFFD")
		for len(text) > maxText {
			_, size := utf8.DecodeLastRuneInString(text)
			text = text[:len(text)-size]
		}
		w.Args = append(w.Args, text)
	}
	return w
}

func (w *RefusedWhole) check() error {
	long := func(s string) bool { return len(s) > maxText }
	if !isText(string(w.Kind)) || !isText(w.Key) || long(w.Text) || len(w.Args) > maxArgs || slices.ContainsFunc(w.Args, long) {
		return invalidf("refused_all", "want a kind and a reason, and at most %d arguments of %d bytes", maxArgs, maxText)
	}
	return nil
}

// Check holds a receipt to its own rules; it verifies no signature.
func (r *Receipt) Check() error {
	for _, check := range []func() error{
		func() error { return r.check(TypeReceipt) },
		r.checkSubject, r.checkRefused, r.checkCosignature,
		func() error { return checkSigned(r.Signatures, 1) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// Digest is the digest of what its signature covers.
func (r *Receipt) Digest() Digest { return digestSigned(r) }

func (r *Receipt) checkSubject() error {
	switch {
	case r.Version != 1:
		return invalidf("version", "want 1, got %d", r.Version)
	case !idOfType(r.Envelope, TypeEnvelope):
		return invalidf("envelope", "want %s--UUIDv4, got %q", TypeEnvelope, string(r.Envelope))
	case r.EnvelopeDigest == Digest{}:
		return invalidf("envelope_digest", "missing")
	case !slices.Contains(Lanes, r.Lane):
		return invalidf("lane", "unknown %q", string(r.Lane))
	case r.Sequence < 1 || r.Sequence >= maxInteger:
		return invalidf("sequence", "out of range: %d", r.Sequence)
	case r.Tree.Size < r.Sequence || r.Tree.Size >= maxInteger || r.Tree.Root == Digest{}:
		return invalidf("tree", "size %d does not hold sequence %d", r.Tree.Size, r.Sequence)
	case r.StoredAt.IsZero() || r.From == r.To:
		return invalidf("stored_at", "no time, or a receipt to oneself")
	}
	if err := r.From.Check(); err != nil {
		return err
	}
	return r.To.Check()
}

func (r *Receipt) checkRefused() error {
	if r.Accepted < 0 || r.Accepted+len(r.Refused) > MaxEnvelopeObjects {
		return invalidf("accepted", "out of range: %d", r.Accepted)
	}
	if all := r.RefusedAll; all != nil {
		if r.Accepted != 0 || len(r.Refused) != 0 {
			return invalidf("refused_all", "goes alone")
		}
		if err := all.check(); err != nil {
			return err
		}
	}
	last := -1
	for _, o := range r.Refused {
		if o.Index <= last || o.Index >= MaxEnvelopeObjects || len(o.Clauses) == 0 || len(o.Text) > maxText {
			return invalidf("refused", "index %d out of order, or no clause", o.Index)
		}
		last = o.Index
	}
	return nil
}

func (r *Receipt) checkCosignature() error {
	if len(r.Cosignature) > 8 {
		return invalidf("cosignature", "more than 8 lines")
	}
	for _, line := range r.Cosignature {
		if line == "" || len(line) > MaxCheckpoint {
			return invalidf("cosignature", "a line of %d bytes", len(line))
		}
	}
	return nil
}

// Answers holds a receipt to the envelope it is for: same parties turned
// around, same digest and place, every object counted.
func (r *Receipt) Answers(h *EnvelopeHeader, digest Digest) error {
	switch {
	case r.Envelope != h.ID || r.EnvelopeDigest != digest:
		return &Refusal{Kind: Conflict, Key: "receipt.other-envelope", Args: []any{r.Envelope, h.ID}}
	case r.From != h.To || r.To != h.From || r.Pact != h.Pact || r.Lane != h.Lane || r.Sequence != h.Sequence:
		return &Refusal{Kind: Conflict, Key: "receipt.other-place", Args: []any{r.Envelope}}
	case r.RefusedAll == nil && r.Accepted+len(r.Refused) != h.Objects:
		return &Refusal{Kind: Conflict, Key: "receipt.count", Args: []any{r.Accepted, len(r.Refused), h.Objects}}
	case len(r.Refused) > 0 && r.Refused[len(r.Refused)-1].Index >= h.Objects:
		return &Refusal{Kind: Conflict, Key: "receipt.count", Args: []any{r.Accepted, len(r.Refused), h.Objects}}
	case r.Tree.Size == h.Tree.Size && r.Tree.Root != h.Tree.Root:
		return &Refusal{Kind: Conflict, Key: "receipt.other-tree", Args: []any{r.Lane, h.Sequence}}
	}
	return nil
}
