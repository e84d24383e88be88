package psi

import (
	"bufio"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A sorter sorts rows outside of memory: it writes sorted runs to the scratch and
// merges them.
type sorter struct {
	scratch Scratch
	run     []row
	runs    []int // rows of each run in the scratch
}

func newSorter(scratch Scratch) *sorter { return &sorter{scratch: scratch} }

// add takes one row. Without a scratch the one run grows as it must.
func (s *sorter) add(r row) error {
	s.run = append(s.run, r)
	if s.scratch == nil || len(s.run) < runSize {
		return nil
	}
	return s.spill()
}

func (s *sorter) spill() error {
	sortRows(s.run)
	out := bufio.NewWriterSize(s.scratch, 1<<16)
	for i := range s.run {
		if _, err := out.Write(s.run[i][:]); err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
	}
	s.runs = append(s.runs, len(s.run))
	s.run = s.run[:0]
	if err := out.Flush(); err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	return nil
}

// all gives every row in order.
func (s *sorter) all() iter.Seq2[row, error] {
	sortRows(s.run)
	return func(yield func(row, error) bool) {
		m := merger{{rest: s.run}}
		from := int64(0)
		for _, n := range s.runs {
			size := int64(n) * RowSize
			m = append(m, &source{file: bufio.NewReaderSize(io.NewSectionReader(s.scratch, from, size), 1<<15)})
			from += size
		}
		m.merge(yield)
	}
}

// A source is a sorted run, in memory or in the scratch, with its next row.
type source struct {
	rest []row
	file *bufio.Reader
	next row
}

// advance reads the next row; io.EOF ends the run.
func (s *source) advance() error {
	if s.file == nil {
		if len(s.rest) == 0 {
			return io.EOF
		}
		s.next, s.rest = s.rest[0], s.rest[1:]
		return nil
	}
	_, err := io.ReadFull(s.file, s.next[:])
	return err
}

// A merger is a heap of runs by their next rows.
type merger []*source

func (m merger) Len() int           { return len(m) }
func (m merger) Less(i, j int) bool { return m[i].next.tag().compare(m[j].next.tag()) < 0 }
func (m merger) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *merger) Push(x any)        { *m = append(*m, x.(*source)) }

// Pop takes off the last.
func (m *merger) Pop() any {
	last := len(*m) - 1
	s := (*m)[last]
	*m = (*m)[:last]
	return s
}

// merge gives the rows of all runs in order.
func (m merger) merge(yield func(row, error) bool) {
	runs, err := m.begin()
	for err == nil && len(runs) > 0 {
		if !yield(runs[0].next, nil) {
			return
		}
		if err = runs[0].advance(); errors.Is(err, io.EOF) {
			heap.Pop(&runs)
			err = nil
		} else if err == nil {
			heap.Fix(&runs, 0)
		}
	}
	if err != nil {
		yield(row{}, fmt.Errorf("scratch: %w", err))
	}
}

// begin reads the first row of each run, and makes a heap of those that have one.
func (m merger) begin() (merger, error) {
	full := m[:0]
	for _, s := range m {
		err := s.advance()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err == nil {
			full = append(full, s)
		}
	}
	heap.Init(&full)
	return full, nil
}
