// Package specs keeps docs/specs.tsv true: every reference to a standard in a
// comment of the Go code has a line there that says how far we go.
//
// The table has five columns, separated by tabs, below a line of their names:
//
//	spec     the name as comments write it, such as "STIX 2.1" or "RFC 9421"
//	title    what the standard is called
//	section  a section such as "3.2" or "B.2.5", or "*" for the whole
//	status   full, partial, none or n/a
//	note     what is done or left out
//
// A line for a section covers the sections inside it, and "*" covers all.
//
// A comment refers by name, comma and section: "TAXII 2.1, 5.4". The words
// section, article, annex, appendix and part may stand before the section, and
// several sections may follow each other: "sections 3.2, 3.4 and 5".
package specs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A Status says how much of a section the code does.
type Status string

const (
	Full          Status = "full"
	Partial       Status = "partial"
	None          Status = "none" // not done; code must not cite it
	NotApplicable Status = "n/a"  // not ours to do: left to a library, or another party's duty
)

// A Line is one row of the table.
type Line struct {
	Spec    string
	Title   string
	Section string // "3", "3.2", "B.2.5", or "*" for the whole
	Status  Status
	Note    string
}

// A Table is what docs/specs.tsv says, in its order.
type Table []Line

const (
	header = "spec\ttitle\tsection\tstatus\tnote"
	whole  = "*"
)

var sectionForm = regexp.MustCompile(`^(?:[0-9]+|[A-Z])(?:\.[0-9]+)*$`)

// Read reads a table and reports all its malformed lines at once.
func Read(r io.Reader) (Table, error) {
	var (
		table Table
		errs  []error
		seen  = map[[2]string]int{}
	)
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		if number == 1 {
			if lines.Text() != header {
				return nil, fmt.Errorf("line 1: want the columns %q", header)
			}
			continue
		}
		line, err := parseLine(lines.Text())
		key := [2]string{line.Spec, line.Section}
		if err == nil && seen[key] != 0 {
			err = fmt.Errorf("%s, %s stands on line %d already", line.Spec, line.Section, seen[key])
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		seen[key] = number
		table = append(table, line)
	}
	return table, errors.Join(append(errs, lines.Err())...)
}

func parseLine(text string) (Line, error) {
	cells := strings.Split(text, "\t")
	if len(cells) != 5 {
		return Line{}, fmt.Errorf("%d columns, want 5", len(cells))
	}
	line := Line{Spec: cells[0], Title: cells[1], Section: cells[2], Status: Status(cells[3]), Note: cells[4]}
	switch {
	case line.Spec == "" || line.Title == "":
		return Line{}, errors.New("spec and title want a text")
	case line.Section != whole && !sectionForm.MatchString(line.Section):
		return Line{}, fmt.Errorf("section %q: want a number such as 3.2, or *", line.Section)
	case !line.Status.known():
		return Line{}, fmt.Errorf("status %q: want full, partial, none or n/a", line.Status)
	case line.Status == Partial && line.Note == "":
		return Line{}, errors.New("partial wants a note that says what is missing")
	}
	return line, nil
}

func (s Status) known() bool {
	return s == Full || s == Partial || s == None || s == NotApplicable
}

// Knows says whether the table has any line for a spec.
func (t Table) Knows(spec string) bool {
	for _, line := range t {
		if line.Spec == spec {
			return true
		}
	}
	return false
}

// Covers returns the line that says most exactly how far we go with a section:
// its own, else that of the nearest section around it, else that of the whole.
func (t Table) Covers(spec, section string) (Line, bool) {
	for at := section; ; at = parent(at) {
		for _, line := range t {
			if line.Spec == spec && line.Section == at {
				return line, true
			}
		}
		if at == whole {
			return Line{}, false
		}
	}
}

// parent returns "3" for "3.2", and "*" for "3".
func parent(section string) string {
	if cut := strings.LastIndexByte(section, '.'); cut >= 0 {
		return section[:cut]
	}
	return whole
}
