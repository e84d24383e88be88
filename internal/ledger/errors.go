package ledger

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
)

var (
	// ErrMalformed: bytes that are not what they should be. Invalid.
	ErrMalformed = fmt.Errorf("ledger: malformed: %w", mithaq.Invalid)
	// ErrSignature: not signed by both keys of whom it should be. Unauthenticated.
	ErrSignature = fmt.Errorf("ledger: not signed by both keys: %w", mithaq.Unauthenticated)
	// ErrInconsistent: a tree that does not fit another. Conflict.
	ErrInconsistent = fmt.Errorf("ledger: inconsistent: %w", mithaq.Conflict)
)
