// Package strict reads untrusted JSON into a Go value, or says where it cannot.
//
// Refused: unknown members, members in another letter case, duplicate names,
// invalid UTF-8, anything after the value, and texts longer than the caller
// allows. Signed objects are held to more: they have one encoding.
package strict

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
)

// Decode reads raw, at most limit bytes of it, into v.
// Errors unwrap to mithaq.Invalid or mithaq.TooLarge and name the JSON pointer.
func Decode(raw []byte, limit int, v any) error {
	if len(raw) > limit {
		return fmt.Errorf("%d bytes, at most %d: %w", len(raw), limit, mithaq.TooLarge)
	}
	err := json.Unmarshal(raw, v,
		json.RejectUnknownMembers(true),
		jsontext.AllowDuplicateNames(false),
		jsontext.AllowInvalidUTF8(false))
	if err != nil {
		return fmt.Errorf("%w: %w", err, mithaq.Invalid)
	}
	return nil
}

// Signed reads an object of ours that has exactly one encoding: writing v out
// again must give the canonical form of what came in. So no member is read
// that was not signed, and none signed that was not read. It gives back that
// canonical form.
func Signed(raw []byte, limit int, v any) (canonical []byte, err error) {
	if err := Decode(raw, limit, v); err != nil {
		return nil, err
	}
	canonical, err = jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mithaq.Invalid)
	}
	again, err := jcs.Marshal(v)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(canonical, again) {
		return nil, fmt.Errorf("written otherwise than it is read, from %q: %w", firstDifference(canonical, again), mithaq.Invalid)
	}
	return canonical, nil
}

// firstDifference quotes a little of a from where b leaves it.
func firstDifference(a, b []byte) []byte {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[max(0, n-24):min(len(a), n+24)]
}
