package bench

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// A Figure is one thing measured.
type Figure struct {
	Part   string  `json:"part"`
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target float64 `json:"target,omitzero"` // at the most; none where 0
	Limits []Limit `json:"limits,omitempty"`
	Note   string  `json:"note,omitzero"`
}

// A Limit is what this machine needs for a part of the work that cannot be
// spared, measured in the same process as the figure beside it.
type Limit struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Ratio float64 `json:"ratio"` // of the figure to it
}

// Met reports whether a figure is within its target; a figure without a target is.
func (f *Figure) Met() bool { return f.Target == 0 || f.Value <= f.Target }

// beside puts a limit beside a figure, in the figure's own unit.
func (f *Figure) beside(name string, value float64) {
	if value > 0 {
		f.Limits = append(f.Limits, Limit{Name: name, Value: value, Unit: f.Unit, Ratio: f.Value / value})
	}
}

// Medians are the medians, figure by figure, of several rounds of a part.
func Medians(rounds [][]Figure) []Figure {
	if len(rounds) == 0 {
		return nil
	}
	out := slices.Clone(rounds[0])
	for i := range out {
		var all []Figure
		for _, r := range rounds {
			if i < len(r) && r[i].Name == out[i].Name {
				all = append(all, r[i])
			}
		}
		slices.SortFunc(all, func(a, b Figure) int { return cmp.Compare(a.Value, b.Value) })
		out[i] = all[len(all)/2] // with the limits of its own round
	}
	return out
}

// Table prints figures for people.
func Table(w io.Writer, list []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tmeasured\ttarget\t\tagainst what cannot be spared")
	part := ""
	for i := range list {
		f := &list[i]
		if f.Part != part {
			part = f.Part
			fmt.Fprintf(t, "%s\t\t\t\t\n", part)
		}
		fmt.Fprintf(t, "  %s\t%s %s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, f.target(), f.verdict(), f.against())
	}
	return t.Flush()
}

func (f *Figure) target() string {
	if f.Target == 0 {
		return ""
	}
	return "≤ " + number(f.Target)
}

func (f *Figure) verdict() string {
	switch {
	case f.Target == 0:
		return ""
	case f.Met():
		return "met"
	}
	return "MISSED"
}

func (f *Figure) against() string {
	var parts []string
	for _, l := range f.Limits {
		parts = append(parts, fmt.Sprintf("%s× %s (%s %s)", number(l.Ratio), l.Name, number(l.Value), l.Unit))
	}
	if f.Note != "" {
		parts = append(parts, f.Note)
	}
	return strings.Join(parts, ", ")
}

// number shows three figures that count.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
