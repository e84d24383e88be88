package store_test

import (
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

// many is a Put large enough for the writer to keep a filter of the names.
const many = 2000

func objects(from, to, version int) (list []store.NewItem) {
	for n := from; n < to; n++ {
		list = append(list, object(n, version))
	}
	return list
}

func fresh(puts []store.Put) (n int) {
	for _, p := range puts {
		if p.Fresh {
			n++
		}
	}
	return n
}

func TestALargePutKnowsWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, cfg store.Config) {
		first := put(t, s, objects(0, many, 0)...)
		want(t, "new of the first", fresh(first), many)
		put(t, s, objects(many, many+10, 0)...) // few, after the filter was made

		again := put(t, s, objects(0, many+20, 0)...)
		want(t, "new when ten are", fresh(again), 10)
		want(t, "the same items", slices.Equal(again[:many], asKnown(first)), true)
		later := put(t, s, objects(0, many, 1)...)
		want(t, "new versions", fresh(later), many)
	})
}

// asKnown is what a Put says when it comes again.
func asKnown(puts []store.Put) []store.Put {
	puts = slices.Clone(puts)
	for i := range puts {
		puts[i].Fresh, puts[i].Sole = false, false
	}
	return puts
}

func TestALargePutKnowsWhatAnotherProcessStored(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, cfg store.Config) {
		put(t, s, objects(0, many, 0)...)
		other := storetest.Open(t, cfg)
		theirs := put(t, other, objects(many, many+10, 0)...)
		want(t, "new of theirs", fresh(theirs), 10)

		ours := put(t, s, objects(many-many/2, many+many/2, 0)...)
		want(t, "new of ours", fresh(ours), many/2-10)
		want(t, "the same items", slices.Equal(ours[many/2:many/2+10], asKnown(theirs)), true)
	})
}

func TestALargePutKnowsWhatOutgrewTheFilter(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, cfg store.Config) {
		s.NamesFor(many)
		put(t, s, objects(0, many, 0)...)
		put(t, s, objects(many, 2*many, 0)...)
		again := put(t, s, objects(0, 2*many, 0)...)
		want(t, "new of what is there", fresh(again), 0)
	})
}

func TestALargePutAfterReindex(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, cfg store.Config) {
		put(t, s, objects(0, many, 0)...)
		_, err := s.Reindex(t.Context(), func([]byte) (store.Derived, error) { return store.Derived{}, nil }, nil)
		must(t, err)
		want(t, "new of what is there", fresh(put(t, s, objects(0, many, 0)...)), 0)
	})
}
