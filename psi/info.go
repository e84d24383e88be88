package psi

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
)

// An Info is what both sides know and the PRF is bound to: an answer under one
// Info is of no use under another.
type Info struct {
	Version  int            `json:"v"`
	Pact     mithaq.Digest  `json:"pact"`
	Asker    mithaq.Digest  `json:"asker"`    // of its Card
	Answerer mithaq.Digest  `json:"answerer"` // of its Card
	Scheme   Scheme         `json:"type"`
	Purpose  mithaq.Purpose `json:"purpose"`
	Epoch    int64          `json:"epoch"`
}

// Bytes is the canonical form, the PRF's public input.
// RFC 8785, 3.2
func (i Info) Bytes() []byte { return canonical(i) }

// Check says what is wrong with the info, if anything.
func (i Info) Check() error {
	switch {
	case i.Version != Version:
		return fmt.Errorf("info of version %d: %w", i.Version, WrongSuite)
	case i.Pact.IsZero() || i.Asker.IsZero() || i.Answerer.IsZero():
		return fmt.Errorf("info without pact, asker or answerer: %w", Malformed)
	case i.Asker == i.Answerer:
		return fmt.Errorf("info whose asker is the answerer: %w", WrongInfo)
	case i.Epoch < 1 || i.Epoch > maxEpoch:
		return fmt.Errorf("epoch %d: %w", i.Epoch, Malformed)
	}
	if err := i.Purpose.Check(); err != nil {
		return fmt.Errorf("info: %w: %w", Malformed, err)
	}
	return i.Scheme.Check()
}

const maxEpoch = 1<<53 - 1 // what JSON keeps exactly

// Is says in what another info differs, if it does.
func (i Info) Is(other Info) error {
	for _, part := range []struct {
		name string
		same bool
	}{
		{"pact", i.Pact == other.Pact},
		{"asker", i.Asker == other.Asker},
		{"answerer", i.Answerer == other.Answerer},
		{"type", i.Scheme == other.Scheme},
		{"purpose", i.Purpose == other.Purpose},
		{"epoch", i.Epoch == other.Epoch},
		{"version", i.Version == other.Version},
	} {
		if !part.same {
			return fmt.Errorf("another %s: %w", part.name, WrongInfo)
		}
	}
	return nil
}
