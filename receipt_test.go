package mithaq_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
)

func TestARefusalGoesIntoAReceiptWithItsArguments(t *testing.T) {
	args := []any{"atlas.example", 7, mithaq.Denied, strings.Repeat("ميثاق", 100), "\xff", 6, 7, 8, "the ninth"}
	w := (&mithaq.Refusal{Kind: mithaq.Denied, Key: "gate.speaks-for-another", Args: args}).Whole()
	if w.Kind != mithaq.Denied || w.Key != "gate.speaks-for-another" || len(w.Args) != 8 {
		t.Fatalf("%+v", w)
	}
	if !slices.Equal(w.Args[:3], []string{"atlas.example", "7", "denied"}) {
		t.Errorf("%q", w.Args[:3])
	}
	for _, arg := range w.Args {
		if len(arg) > 512 || !utf8.ValidString(arg) {
			t.Errorf("%d bytes: %q", len(arg), arg)
		}
	}
	if long := w.Args[3]; len(long) < 510 || !strings.HasPrefix(strings.Repeat("ميثاق", 100), long) {
		t.Errorf("cut off at %d bytes", len(long))
	}
}
