package tell

import (
	"strings"
)

// A Column is the head of one column of a table.
type Column struct {
	Head    string
	Numbers bool // aligned at the end
}

// gap stands between two columns.
const gap = "  "

// least is how narrow a column may become before the table grows too wide.
const least = 8

// Table writes rows under their heads. Columns are as wide as what is in them;
// where the line is too short, the widest columns of text give way and their
// cells are broken, between words as long as that is possible. Every cell is isolated, and in Arabic the first column
// stands on the right.
func (t *Teller) Table(heads []Column, rows [][]string) {
	widths := t.widths(heads, rows)
	titles, rules := make([]string, len(heads)), make([]string, len(heads))
	for i, head := range heads {
		titles[i], rules[i] = head.Head, strings.Repeat("─", widths[i])
	}
	t.row(bold, heads, widths, titles)
	t.line(t.painted(faint, strings.Join(rules, gap)))
	for _, row := range rows {
		t.row(plain, heads, widths, row)
	}
}

func (t *Teller) widths(heads []Column, rows [][]string) []int {
	widths := make([]int, len(heads))
	for i, head := range heads {
		widths[i] = columns(head.Head)
		for _, row := range rows {
			widths[i] = max(widths[i], columns(row[i]))
		}
	}
	t.narrow(heads, widths, words(heads, rows))
	t.narrow(heads, widths, nil)
	return widths
}

// narrow takes from the widest columns until the table fits, but not below the
// floor of each, or least where there is none.
func (t *Teller) narrow(heads []Column, widths, floor []int) {
	for over := t.excess(widths); over > 0; over = t.excess(widths) {
		i := widest(heads, widths, floor)
		if i < 0 {
			return
		}
		widths[i]--
	}
}

// words are the columns that the longest word of each column needs.
func words(heads []Column, rows [][]string) []int {
	floor := make([]int, len(heads))
	for i, head := range heads {
		floor[i] = max(least, longest(head.Head))
		for _, row := range rows {
			floor[i] = max(floor[i], longest(row[i]))
		}
	}
	return floor
}

func longest(s string) (n int) {
	for word := range strings.FieldsFuncSeq(s, breaks) {
		n = max(n, columns(word))
	}
	return n
}

func (t *Teller) excess(widths []int) int {
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	return total - t.width
}

// widest returns the column of text that has most to give, or -1.
func widest(heads []Column, widths, floor []int) int {
	found := -1
	for i, w := range widths {
		lowest := least
		if floor != nil {
			lowest = floor[i]
		}
		if !heads[i].Numbers && w > lowest && (found < 0 || w > widths[found]) {
			found = i
		}
	}
	return found
}

// row writes one row, as many lines high as its highest cell.
func (t *Teller) row(how paint, heads []Column, widths []int, cells []string) {
	broken := make([][]string, len(cells))
	height := 1
	for i, cell := range cells {
		broken[i] = wrap(cell, widths[i])
		height = max(height, len(broken[i]))
	}
	for n := range height {
		var line strings.Builder
		for i := range cells {
			if i > 0 {
				line.WriteString(gap)
			}
			cell := ""
			if n < len(broken[i]) {
				cell = broken[i][n]
			}
			line.WriteString(t.cell(heads[i], widths[i], cell))
		}
		t.line(t.painted(how, strings.TrimRight(line.String(), " ")))
	}
}

// cell isolates a text and fills it up to its column's width.
func (t *Teller) cell(head Column, width int, s string) string {
	space := strings.Repeat(" ", max(width-columns(s), 0))
	if s == "" {
		return space
	}
	if t.Dir() == "rtl" && !isolated(s) {
		s = string(isolate) + s + string(endIsolate)
	}
	if head.Numbers {
		return space + s
	}
	return s + space
}

// isolated reports whether a text is one isolate from beginning to end.
func isolated(s string) bool {
	depth := 0
	for i, r := range s {
		switch r {
		case isolate:
			depth++
		case endIsolate:
			depth--
		}
		if depth == 0 {
			return r == endIsolate && i+len(string(endIsolate)) == len(s)
		}
	}
	return false
}
