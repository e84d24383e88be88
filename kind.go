package mithaq

import (
	"fmt"
	"strings"
)

// A Kind says what sort of trouble an error is, for code that must choose.
type Kind string

// The kinds of trouble.
const (
	NotFound        Kind = "not-found"
	Denied          Kind = "denied"
	Invalid         Kind = "invalid"
	Conflict        Kind = "conflict"
	Busy            Kind = "busy" // trying again later may work
	TooLarge        Kind = "too-large"
	Unavailable     Kind = "unavailable"
	Gone            Kind = "gone"
	Unauthenticated Kind = "unauthenticated"
	Expired         Kind = "expired"
)

func (k Kind) Error() string { return string(k) }

// Kinds returns every kind of trouble, so that an edge can hold each to a status.
func Kinds() []Kind {
	return []Kind{NotFound, Denied, Invalid, Conflict, Busy, TooLarge, Unavailable, Gone, Unauthenticated, Expired}
}

// A Refusal is meant for the person whose request it refuses.
type Refusal struct {
	Kind Kind
	Key  string // a sentence in the message catalogue
	Args []any
}

// Refuse returns a refusal of a kind with a sentence of the catalogue.
func Refuse(kind Kind, key string, args ...any) error {
	return &Refusal{Kind: kind, Key: key, Args: args}
}

func (r *Refusal) Error() string {
	if len(r.Args) == 0 {
		return string(r.Kind) + ": " + r.Key
	}
	return string(r.Kind) + ": " + r.Key + " " + strings.TrimSuffix(fmt.Sprintln(r.Args...), "\n")
}

func (r *Refusal) Unwrap() error { return r.Kind }
