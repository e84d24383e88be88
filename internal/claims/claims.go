// Package claims keeps docs/claims.tsv true: each thing that the README or a
// page promises, with the command that shows it.
//
// The table has four columns, separated by tabs, below a line of their names:
//
//	claim    what is promised, in a sentence
//	where    where it is promised: a file, with a section if it has any
//	command  what shows it, for sh, from the module's root; exit code 0 is yes
//	quick    yes where the tests run it, no where a person does
package claims

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Claim is one row of the table.
type Claim struct {
	Text    string
	Where   string // the file that promises it, then perhaps a comma and more
	Command string
	Quick   bool
}

// File is the path of the file that promises the claim, from the module's root.
func (c Claim) File() string {
	file, _, _ := strings.Cut(c.Where, ",")
	return file
}

const header = "claim\twhere\tcommand\tquick"

// Read reads a table and reports all its malformed lines at once.
func Read(r io.Reader) ([]Claim, error) {
	var (
		claims []Claim
		errs   []error
	)
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		if number == 1 {
			if lines.Text() != header {
				return nil, fmt.Errorf("line 1: want the columns %q", header)
			}
			continue
		}
		claim, err := parse(lines.Text())
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		claims = append(claims, claim)
	}
	return claims, errors.Join(append(errs, lines.Err())...)
}

func parse(line string) (Claim, error) {
	cells := strings.Split(line, "\t")
	if len(cells) != 4 {
		return Claim{}, fmt.Errorf("%d columns, want 4", len(cells))
	}
	for i, name := range strings.Split(header, "\t") {
		if strings.TrimSpace(cells[i]) == "" {
			return Claim{}, fmt.Errorf("%s is empty", name)
		}
	}
	if quick := cells[3]; quick != "yes" && quick != "no" {
		return Claim{}, fmt.Errorf("quick %q: want yes or no", quick)
	}
	return Claim{Text: cells[0], Where: cells[1], Command: cells[2], Quick: cells[3] == "yes"}, nil
}
