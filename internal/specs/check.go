package specs

import (
	"fmt"
	"io/fs"
)

// A Finding is a reference that the table does not bear out.
type Finding struct {
	Reference

	Why string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.cited(), f.Why)
}

func (r Reference) cited() string {
	if r.Section == "" {
		return r.Spec
	}
	return r.Spec + ", " + r.Section
}

// Check returns the references of a module that the table does not bear out:
// to a standard or a section without a line, or with one that says none.
func (t Table) Check(module fs.FS) ([]Finding, error) {
	references, err := t.References(module)
	var found []Finding
	for _, r := range references {
		if why := t.objection(r); why != "" {
			found = append(found, Finding{Reference: r, Why: why})
		}
	}
	return found, err
}

func (t Table) objection(r Reference) string {
	if !t.Knows(r.Spec) {
		return "docs/specs.tsv has no line for this standard"
	}
	if r.Section == "" {
		return ""
	}
	line, covered := t.Covers(r.Spec, r.Section)
	if !covered {
		return "docs/specs.tsv has no line for this section or one around it"
	}
	if line.Status == None {
		return fmt.Sprintf("docs/specs.tsv says of section %s that none of it is done", line.Section)
	}
	return ""
}
