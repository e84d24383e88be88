package main

import (
	"errors"
	"io/fs"
	"net"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/client"
)

// The exit codes, which scripts may rely on.
const (
	exitDone      = 0
	exitFailed    = 1 // something went wrong that is not below
	exitUsage     = 2 // the command line is not understood
	exitRefused   = 3 // denied: by role, pact or safeguard
	exitNotFound  = 4 // no such thing, or not for this person
	exitLater     = 5 // busy or unreachable: trying again may work
	exitDifferent = 6 // verify or check found differences
	exitInvalid   = 7 // what was given is not in order
)

// usageError is a command line that is not understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage is a fault of the command line that the catalogue has a sentence for.
func usage(key string, args ...any) error {
	return usageError{&mithaq.Refusal{Kind: mithaq.Invalid, Key: key, Args: args}}
}

// differs says that a verification found something.
type differs struct{ error }

func (e differs) Unwrap() error { return e.error }

var codes = map[mithaq.Kind]int{
	mithaq.Denied: exitRefused, mithaq.Expired: exitRefused, mithaq.Unauthenticated: exitRefused,
	mithaq.NotFound: exitNotFound, mithaq.Gone: exitNotFound,
	mithaq.Busy: exitLater, mithaq.Unavailable: exitLater,
	mithaq.Invalid: exitInvalid, mithaq.TooLarge: exitInvalid, mithaq.Conflict: exitInvalid,
}

func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[differs](err); ok {
		return exitDifferent
	}
	if p, ok := errors.AsType[*client.Problem](err); ok {
		if code, ok := codes[mithaq.Kind(p.Kind)]; ok {
			return code
		}
		if p.Status == 422 || p.Status == 400 {
			return exitInvalid
		}
		return exitFailed
	}
	if kind, ok := errors.AsType[mithaq.Kind](err); ok {
		return codes[kind]
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return exitLater
	}
	if errors.Is(err, fs.ErrNotExist) {
		return exitNotFound
	}
	return exitFailed
}
