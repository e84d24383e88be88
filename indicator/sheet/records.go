package sheet

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// A splitter cuts text into records of cells. RFC 4180, 2
//
// A quotation mark that is never closed makes one bad record of its line, and
// reading goes on with the next: a stray mark does not swallow a sheet.
type splitter struct {
	in      *bufio.Reader
	comma   byte
	comment string
	line    int      // of the record read last
	next    int      // of the line read next
	ahead   []string // lines read in search of a closing mark
}

const maxQuotedLines = 64 // of one cell

func newSplitter(r io.Reader, comma byte, comment string) *splitter {
	return &splitter{in: bufio.NewReaderSize(r, 1<<16), comma: comma, comment: comment, next: 1}
}

// A row is one record, or the text of a line that is none.
type row struct {
	line  int
	cells []string
	bad   string // why there are no cells
	text  string
}

// read gives the next row; io.EOF at the end. Empty lines and comments are no rows.
func (s *splitter) read() (row, error) {
	for {
		line, err := s.readLine()
		if err != nil {
			return row{}, err
		}
		s.line = s.next
		s.next++
		if strings.TrimSpace(line) == "" || s.comment != "" && strings.HasPrefix(line, s.comment) {
			continue
		}
		return s.record(line)
	}
}

// record reads on while a mark is open.
func (s *splitter) record(first string) (row, error) {
	r := row{line: s.line, text: first}
	if len(first) > MaxRow {
		r.text, r.bad = first[:200], "longer than a row may be"
		return r, nil
	}
	text := first
	var more []string
	for {
		cells, closed := s.cells(text)
		if closed {
			r.cells, r.text = cells, text
			s.next += len(more)
			return r, nil
		}
		line, err := s.readLine()
		if err != nil || len(more) >= maxQuotedLines || len(text)+len(line) > MaxRow {
			if err == nil {
				more = append(more, line)
			}
			s.ahead = append(more, s.ahead...)
			r.bad = "a quotation mark is never closed"
			return r, nil
		}
		more = append(more, line)
		text += "\n" + line
	}
}

// readLine is the next line without its end. What is longer than a row is cut,
// and its rest passed over.
func (s *splitter) readLine() (string, error) {
	if len(s.ahead) > 0 {
		line := s.ahead[0]
		s.ahead = s.ahead[1:]
		return line, nil
	}
	var b []byte
	for {
		part, err := s.in.ReadSlice('\n')
		if len(b) <= MaxRow {
			b = append(b, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(b) == 0) {
			return "", err
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), nil
	}
}

// cells cuts a record; closed is false while a quoted cell goes on.
func (s *splitter) cells(text string) (cells []string, closed bool) {
	for {
		cell, rest, more, closed := s.cell(text)
		if !closed {
			return nil, false
		}
		cells = append(cells, cell)
		if !more {
			return cells, true
		}
		text = rest
	}
}

// cell cuts the first cell off. Marks within a cell that does not begin with one
// stand for themselves.
func (s *splitter) cell(text string) (cell, rest string, more, closed bool) {
	if !strings.HasPrefix(text, `"`) {
		cell, rest, more = strings.Cut(text, string(s.comma))
		return cell, rest, more, true
	}
	var b strings.Builder
	text = text[1:]
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return "", "", false, false
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		if !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
		text = text[1:]
	}
	behind, rest, more := strings.Cut(text, string(s.comma))
	return b.String() + behind, rest, more, true
}
