package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// A Report is what came out. It marshals to JSON as it stands.
type Report struct {
	URL        string    `json:"url"`
	Root       string    `json:"root"`
	Collection string    `json:"collection"`
	Writable   string    `json:"writable,omitempty"`
	Started    time.Time `json:"started"`
	Results    []Result  `json:"results"`
}

// Count is how many checks of a level ended so.
func (r *Report) Count(l Level, o Outcome) (n int) {
	for _, one := range r.Results {
		if one.Level == l && one.Outcome == o {
			n++
		}
	}
	return n
}

// Conforms reports whether no MUST failed.
func (r *Report) Conforms() bool { return r.Count(Must, Fail) == 0 }

// Print writes a table of what failed and what was skipped, and the sums.
// Text from the server is stripped of control characters.
func (r *Report) Print(w io.Writer) error {
	fmt.Fprintf(w, "%s\nAPI root %s, collection %s\n", plain(r.URL), plain(r.Root), plain(cmp.Or(r.Collection, "none")))
	if r.Writable == "" {
		fmt.Fprintln(w, "no collection to write to was named: what writing has to hold is skipped")
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, one := range r.Results {
		if one.Outcome != Pass {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", one.Outcome, one.Level, one.Section, one.ID, plain(one.Text))
			fmt.Fprintf(table, "\t\t\t\t  %s\n", plain(one.Detail))
		}
	}
	fmt.Fprintf(table, "\nlevel\tpass\tfail\tskip\n")
	for _, l := range []Level{Must, Should, Robust} {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", l, r.Count(l, Pass), r.Count(l, Fail), r.Count(l, Skip))
	}
	return table.Flush()
}

// PrintJSON writes the report as JSON.
func (r *Report) PrintJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(r)
}

// plain shows control characters rather than obeying them.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '·'
		}
		return r
	}, s)
}
