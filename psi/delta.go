package psi

import (
	"encoding/binary"
	"fmt"
	"io"
	"iter"

	"github.com/mithaq-hub/mithaq"
)

const kindDelta = "psi-delta"

const placeSize = 4

type deltaHeader struct {
	Version int           `json:"v"`
	Kind    string        `json:"kind"`
	From    mithaq.Digest `json:"from"` // of the header of the set that it is applied to
	To      mithaq.Digest `json:"to"`   // of the header of the set that it gives
	Gone    int           `json:"gone"`
	Come    int           `json:"come"`
}

// A delta takes one set of an epoch to the next: the places of the rows that
// go, and the rows that come, both in order.
type delta struct {
	from, to mithaq.Digest
	gone     []uint32
	come     []row
}

func (d *delta) bytes() []byte {
	out := frame(deltaHeader{Version, kindDelta, d.from, d.to, len(d.gone), len(d.come)}, len(d.gone)*placeSize+len(d.come)*RowSize)
	for _, place := range d.gone {
		out = binary.BigEndian.AppendUint32(out, place)
	}
	for i := range d.come {
		out = append(out, d.come[i][:]...)
	}
	return out
}

func readDelta(raw []byte) (*delta, error) {
	var h deltaHeader
	body, err := unframe(raw, &h)
	if err != nil {
		return nil, fmt.Errorf("delta: %w", err)
	}
	if err := wantVersion(h.Version, h.Kind, kindDelta); err != nil {
		return nil, fmt.Errorf("delta: %w", err)
	}
	size := int64(h.Gone)*placeSize + int64(h.Come)*RowSize
	if h.Gone < 0 || h.Gone > MaxSet || h.Come < 0 || h.Come > MaxSet || int64(len(body)) != size {
		return nil, fmt.Errorf("delta of %d and %d rows in %d bytes: %w", h.Gone, h.Come, len(body), WrongCount)
	}
	d := &delta{from: h.From, to: h.To}
	return d, d.read(h, body)
}

func (d *delta) read(h deltaHeader, body []byte) error {
	d.gone = make([]uint32, h.Gone)
	for i := range d.gone {
		d.gone[i] = binary.BigEndian.Uint32(body[i*placeSize:])
		if i > 0 && d.gone[i] <= d.gone[i-1] {
			return fmt.Errorf("delta: place %d is not sorted: %w", i, Malformed)
		}
	}
	body = body[h.Gone*placeSize:]
	d.come = make([]row, h.Come)
	for i := range d.come {
		copy(d.come[i][:], body[i*RowSize:])
		if i > 0 && d.come[i-1].tag().compare(d.come[i].tag()) >= 0 {
			return fmt.Errorf("delta: row %d is not sorted: %w", i, Malformed)
		}
	}
	return nil
}

// Apply writes the rows of the next set, made of those of a set and a delta, and
// holds them to the next header. What was written counts only when there is no
// error.
func Apply(s *Set, next Header, raw []byte, rows io.Writer) error {
	if err := next.Check(); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if err := next.Follows(s.header); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	d, err := readDelta(raw)
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if d.from != s.header.Digest() || d.to != next.Digest() {
		return fmt.Errorf("apply: a delta from %s to %s: %w", d.from, d.to, SetChanged)
	}
	if err := d.fits(s.header.Count, next.Count); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	root, err := writeRows(rows, d.over(s.all()))
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if root != next.Root {
		return fmt.Errorf("apply: root %s, committed %s: %w", root, next.Root, SetChanged)
	}
	return nil
}

// fits says whether a delta of a set of so many rows gives so many.
func (d *delta) fits(before, after int64) error {
	if n := len(d.gone); n > 0 && int64(d.gone[n-1]) >= before || before-int64(len(d.gone))+int64(len(d.come)) != after {
		return fmt.Errorf("from %d rows, %d go and %d come, which is not %d: %w", before, len(d.gone), len(d.come), after, WrongCount)
	}
	return nil
}

// over gives the rows that are there afterwards, in order.
func (d *delta) over(rows iter.Seq2[row, error]) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		gone, come, place := d.gone, d.come, uint32(0)
		for r, err := range rows {
			if err != nil {
				yield(r, err)
				return
			}
			goes := len(gone) > 0 && gone[0] == place
			place++
			if goes {
				gone = gone[1:]
				continue
			}
			for len(come) > 0 && come[0].tag().compare(r.tag()) < 0 {
				if !yield(come[0], nil) {
					return
				}
				come = come[1:]
			}
			if !yield(r, nil) {
				return
			}
		}
		for i := range come {
			if !yield(come[i], nil) {
				return
			}
		}
	}
}
