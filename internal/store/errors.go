package store

import (
	"errors"
	"fmt"

	"github.com/mithaq-hub/mithaq"
)

// These two carry their kind until the caller asks with errors.Is.
var (
	errClosed = errors.New("store is closed")
	errNested = errors.New("store: Write inside a Write")
)

// CommitUnknown says that a commit failed, and may have happened: the caller
// must look before it repeats anything that is not idempotent.
type CommitUnknown struct{ Cause error }

func (e *CommitUnknown) Error() string {
	return fmt.Sprintf("commit failed, and may have happened: %v", e.Cause)
}

// Unwrap makes a CommitUnknown Unavailable and keeps its cause.
func (e *CommitUnknown) Unwrap() []error { return []error{mithaq.Unavailable, e.Cause} }

// Kept says that a Write is durable, and that what was to follow it failed.
type Kept struct{ Cause error }

func (e *Kept) Error() string { return fmt.Sprintf("kept; what was to follow failed: %v", e.Cause) }

// Unwrap keeps the cause.
func (e *Kept) Unwrap() error { return e.Cause }

// statementError is a failed statement; fatal when the engine has given up, or
// may have given up, the whole transaction and not only the statement.
type statementError struct {
	kind  error // Unavailable, Conflict or nil
	cause error
	fatal bool
}

func (e *statementError) Error() string { return e.cause.Error() }

func (e *statementError) Unwrap() []error {
	if e.kind == nil {
		return []error{e.cause}
	}
	return []error{e.kind, e.cause}
}

// fatal reports whether err ended the transaction it happened in.
func fatal(err error) bool {
	e, ok := errors.AsType[*statementError](err)
	return ok && e.fatal
}
