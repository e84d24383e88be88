package mithaq

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

type (
	OrgID    string
	PersonID string
	Purpose  string
	Kind     string
	Digest   [sha256.Size]byte
	Time     struct{ time.Time }
)

const (
	NotFound        Kind = "not-found"
	Denied          Kind = "denied"
	Invalid         Kind = "invalid"
	Conflict        Kind = "conflict"
	Busy            Kind = "busy"
	TooLarge        Kind = "too-large"
	Gone            Kind = "gone"
	Expired         Kind = "expired"
	Unauthenticated Kind = "unauthenticated"
)

func (k Kind) Error() string { return string(k) }

type Refusal struct {
	Kind Kind
	Key  string
	Args []any
}

func (r *Refusal) Error() string { return fmt.Sprint(r.Key, r.Args) }
func (r *Refusal) Unwrap() error { return r.Kind }

func (o OrgID) Check() error {
	if o == "" || strings.ToLower(string(o)) != string(o) || !strings.Contains(string(o), ".") {
		return fmt.Errorf("organisation %q: %w", string(o), Invalid)
	}
	return nil
}

func (d Digest) String() string {
	if d == (Digest{}) {
		return ""
	}
	return "sha256:" + hex.EncodeToString(d[:])
}
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
func (d *Digest) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Digest{}
		return nil
	}
	v, ok := strings.CutPrefix(string(b), "sha256:")
	if !ok || len(v) != 64 || strings.ToLower(v) != v {
		return Invalid
	}
	_, err := hex.Decode(d[:], []byte(v))
	return err
}

const timeLayout = "2006-01-02T15:04:05.000Z"

func (t Time) MarshalText() ([]byte, error) {
	return []byte(t.UTC().Truncate(time.Millisecond).Format(timeLayout)), nil
}
func (t *Time) UnmarshalText(b []byte) error {
	v, err := time.Parse(timeLayout, string(b))
	*t = Time{v}
	return err
}
func (t Time) MarshalJSON() ([]byte, error) {
	b, err := t.MarshalText()
	return []byte(`"` + string(b) + `"`), err
}
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' {
		return Invalid
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}
