package jcs_test

import (
	"bytes"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/jcs"
)

// The canonical form of whatever has one is its own canonical form, and a member
// taken out of it leaves one too.
func FuzzTransform(f *testing.F) {
	for _, text := range []string{`{"b":1,"a":[1.0,1e21,-0,"\u20ac\u0000é"]}`, `[]`, `"\ud83d\ude00"`, `{"a":{"a":null}}`, `1e-7`, `{"a":1,"a":2}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := jcs.Transform(raw)
		if err != nil {
			return
		}
		twice, err := jcs.Transform(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q becomes %q, which becomes %q, %v", raw, once, twice, err)
		}
		rest, _, err := jcs.Without(once, "a")
		if err != nil {
			return
		}
		if again, err := jcs.Transform(rest); err != nil || !bytes.Equal(rest, again) {
			t.Errorf("%q without a is %q, whose canonical form is %q, %v", once, rest, again, err)
		}
	})
}
