package psi

import (
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
)

// A Change is what the persons offered and withdrew since the set before. To
// change a record, withdraw and offer the identifier at once.
type Change struct {
	Withdrawn []Input
	Offered   []Offer
}

// Update writes the rows of the next set of an epoch, and gives its header and
// the delta for the asker. For each row that goes another comes, dummies for
// what is withdrawn and the other way round, and both are filled up to a
// thousandth of the set, so that the asker sees about how much changed, and
// not what. The set grows to the next power of two when it has too few
// dummies left; within an epoch it never shrinks.
func (k *Key) Update(s *Set, change Change, rows io.Writer, how Building) (next Header, raw []byte, err error) {
	next = s.header
	next.Serial, next.At, next.Previous = s.header.Serial+1, how.At, s.header.Digest()
	maker, err := k.rowMaker(next.Info, how)
	if err != nil {
		return next, nil, fmt.Errorf("update set: %w", err)
	}
	defer maker.prf.forget()
	d, err := maker.delta(s, change, uint32(next.Serial))
	if err != nil {
		return next, nil, fmt.Errorf("update set: %w", err)
	}
	next.Count = s.header.Count - int64(len(d.gone)) + int64(len(d.come))
	next.Root, err = writeRows(rows, d.over(s.all()))
	if err != nil {
		return next, nil, fmt.Errorf("update set: %w", err)
	}
	d.from, d.to = s.header.Digest(), next.Digest()
	return next, d.bytes(), next.Check()
}

func (m *rowMaker) delta(s *Set, change Change, serial uint32) (*delta, error) {
	come, err := m.makeAll(change.Offered)
	if err != nil {
		return nil, err
	}
	withdrawn, err := m.tags(change.Withdrawn)
	if err != nil {
		return nil, err
	}
	gone, spare, err := m.places(s, withdrawn)
	if err != nil {
		return nil, err
	}
	plan := planOf(s.header.Count, len(spare), len(gone), len(come))
	if err := choose(spare, plan.spared, m.how.Random); err != nil {
		return nil, err
	}
	d := &delta{gone: append(gone, spare[:plan.spared]...), come: come}
	err = m.dummies.each(serial, plan.dummies, func(r row) error {
		d.come = append(d.come, r)
		return nil
	})
	slices.Sort(d.gone)
	sortRows(d.come)
	return d, err
}

// places finds the rows of what is withdrawn, and those of all dummies.
func (m *rowMaker) places(s *Set, withdrawn []tag) (gone, spare []uint32, err error) {
	wanted := make(map[tag]struct{}, len(withdrawn))
	for _, t := range withdrawn {
		wanted[t] = struct{}{}
	}
	if len(wanted) != len(withdrawn) {
		return nil, nil, fmt.Errorf("withdrawn twice: %w", Duplicate)
	}
	for r, err := range numbered(s.all()) {
		if err != nil {
			return nil, nil, err
		}
		if _, ok := wanted[r.row.tag()]; ok {
			gone = append(gone, r.place)
		} else if m.dummies.has(r.row.tag()) {
			spare = append(spare, r.place)
		}
	}
	if len(gone) != len(wanted) {
		return nil, nil, fmt.Errorf("%d of %d withdrawn identifiers are not in the set: %w", len(wanted)-len(gone), len(wanted), NotOffered)
	}
	return gone, spare, nil
}

type placed struct {
	place uint32
	row   *row
}

func numbered(rows iter.Seq2[row, error]) iter.Seq2[placed, error] {
	return func(yield func(placed, error) bool) {
		place := uint32(0)
		for r, err := range rows {
			if !yield(placed{place, &r}, err) {
				return
			}
			place++
		}
	}
}

// A plan says how many dummies go and how many come.
type plan struct{ spared, dummies int }

// planOf keeps the count or, where the dummies do not suffice, doubles it as
// often as needed. As many rows go as come, a multiple of a step while there are
// dummies to fill it up with.
func planOf(count int64, dummies, gone, come int) plan {
	identifiers := count - int64(dummies) - int64(gone) + int64(come)
	after := max(count, padded(identifiers))
	step := max(16, int(count/1024))
	moved := (max(gone, come) + step - 1) / step * step
	spared := min(dummies, max(0, moved-gone))
	return plan{spared, int(after-identifiers) - (dummies - spared)}
}

// choose brings n places, drawn evenly, to the front.
func choose(places []uint32, n int, random io.Reader) error {
	for i := range n {
		j, err := drawBelow(uint32(len(places)-i), random)
		if err != nil {
			return err
		}
		places[i], places[i+int(j)] = places[i+int(j)], places[i]
	}
	return nil
}

// drawBelow draws a number below n evenly, from 4 random bytes at a time.
func drawBelow(n uint32, random io.Reader) (uint32, error) {
	var b [4]byte
	for limit := -n % n; ; { // 2^32 mod n: what lies below is drawn again
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("randomness: %w", err)
		}
		if x := binary.BigEndian.Uint32(b[:]); x >= limit {
			return x % n, nil
		}
	}
}
