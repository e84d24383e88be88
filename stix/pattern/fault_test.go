package pattern_test

import (
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq/stix/pattern"
)

func TestFaultsAreWhatTheTextForbids(t *testing.T) {
	const mixed, types = "the list after IN mixes kinds of constants", "AND joins comparisons of objects of different types"
	for text, want := range map[string][]pattern.Fault{
		"[a:b IN ('x', 'y')]":                           nil,
		"[a:b IN (1, 2.5)]":                             nil,
		"[a:b IN (h'00', b'AAAA')]":                     nil,
		"[a:b IN ()]":                                   nil,
		"[a:b IN ('x', 1)]":                             {{1, mixed}},
		"[a:b IN (true, t'2016-06-01T00:00:00Z')]":      {{1, mixed}},
		"[a:b = 1 AND a:c = 1]":                         nil,
		"[a:b = 1 OR c:d = 1]":                          nil,
		"[a:b = 1 AND c:d = 1]":                         {{13, types}},
		"[a:b = 1 AND (c:d = 1 OR a:c = 2)]":            nil,
		"[(a:b = 1 OR c:d = 1) AND EXISTS e:f]":         {{26, types}},
		"[a:b = 1 AND c:d = 1 AND e:f = 1]":             {{13, types}},
		"[a:b = 1] AND [c:d = 1]":                       nil,
		"[a:b = 1] OR ([a:b[-1] = 1]) WITHIN 5 SECONDS": {{15, "the index -1 is negative"}},
	} {
		if got := parse(t, text).Faults(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
