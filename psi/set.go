package psi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Set is the committed rows as the asker holds them, or the answerer keeps
// them to update. Several may look things up in it at once, if the rows allow
// that.
type Set struct {
	header Header
	rows   io.ReaderAt
}

// OpenSet reads all rows once and holds them to the header. The rows must not
// change afterwards.
func OpenSet(h Header, rows io.ReaderAt) (*Set, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	s := &Set{h, rows}
	root, err := writeRows(io.Discard, s.all())
	if err != nil {
		return nil, fmt.Errorf("open set: %w", err)
	}
	if root != h.Root {
		return nil, fmt.Errorf("open set: root %s, committed %s: %w", root, h.Root, SetChanged)
	}
	if n, err := rows.ReadAt(make([]byte, 1), h.Count*RowSize); n != 0 || !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("open set: more rows than %d: %w", h.Count, SetChanged)
	}
	return s, nil
}

// Header is what the set was committed by.
func (s *Set) Header() Header { return s.header }

// all gives the rows in their order, as many as the header says.
func (s *Set) all() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in := bufio.NewReaderSize(io.NewSectionReader(s.rows, 0, s.header.Count*RowSize), 1<<16)
		var r row
		for i := range s.header.Count {
			_, err := io.ReadFull(in, r[:])
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = fmt.Errorf("%d rows, committed %d: %w", i, s.header.Count, SetChanged)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// find looks for a tag by halving.
func (s *Set) find(t tag) (r row, found bool, err error) {
	low, high := int64(0), s.header.Count
	for low < high {
		middle := (low + high) / 2
		var at tag
		if err := readAt(s.rows, at[:], middle*RowSize); err != nil {
			return r, false, err
		}
		switch at.compare(t) {
		case 0:
			return r, true, readAt(s.rows, r[:], middle*RowSize)
		case -1:
			low = middle + 1
		default:
			high = middle
		}
	}
	return r, false, nil
}

func readAt(from io.ReaderAt, b []byte, offset int64) error {
	if n, err := from.ReadAt(b, offset); n < len(b) {
		return fmt.Errorf("rows of the set: %w", err)
	}
	return nil
}

// look finds and unseals what a PRF output leads to.
func (s *Set) look(output []byte) (record Record, hit bool, err error) {
	t, seal, err := rowKeys(output)
	if err != nil {
		return record, false, err
	}
	r, hit, err := s.find(t)
	if err != nil || !hit {
		return record, false, err
	}
	record, err = r.unseal(seal, s.header.Info.Epoch)
	return record, err == nil, err
}
