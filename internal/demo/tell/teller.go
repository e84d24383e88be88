// Package tell tells the demonstration's story on a terminal, in plain words of
// the reader's language. It knows no node: each step takes the facts to print,
// so that what is told is what happened.
package tell

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/mithaq-hub/mithaq/internal/say"
)

// A Teller writes sentences, tables and progress.
type Teller struct {
	*say.Printer
	out    io.Writer
	width  int  // in columns
	colour bool // headings and marks may be coloured
	live   bool // a line may be written over
	blank  bool // the last line was empty
}

// Options say what the place that is written to can do.
type Options struct {
	Width  int // in columns; 80 where it is not said
	Colour bool
	Live   bool // a terminal, on which progress is shown
}

// New returns a Teller that says things as p does.
func New(out io.Writer, p *say.Printer, o Options) *Teller {
	if o.Width <= 0 {
		o.Width = 80
	}
	return &Teller{Printer: p, out: out, width: max(o.Width, 40), colour: o.Colour, live: o.Live}
}

// OptionsOf looks at a file: colour and progress are for terminals only, colour
// not where NO_COLOR is set (no-color.org) or the terminal is dumb, and lines
// are as wide as the terminal, or COLUMNS, up to 100.
func OptionsOf(f *os.File) Options {
	o := Options{Width: 80}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil {
		o.Width = n
	}
	if !term.IsTerminal(int(f.Fd())) {
		return o
	}
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
		o.Width = min(columns, 100)
	}
	o.Live = os.Getenv("TERM") != "dumb"
	o.Colour = o.Live && os.Getenv("NO_COLOR") == ""
	return o
}

// A paint is how a terminal shows something; without colour it changes nothing.
type paint string

const (
	bold  paint = "\x1b[1m"
	faint paint = "\x1b[2m"
	good  paint = "\x1b[32m"
	bad   paint = "\x1b[31m"
	plain paint = ""
)

const unpaint = "\x1b[0m"

func (t *Teller) painted(how paint, s string) string {
	if !t.colour || how == plain {
		return s
	}
	return string(how) + s + unpaint
}

// line writes one line, no second empty one; an Arabic one says that it runs
// from right to left.
func (t *Teller) line(s string) {
	if s == "" && t.blank {
		return
	}
	t.blank = s == ""
	if s != "" && t.Dir() == "rtl" {
		s = rtlMark + s
	}
	fmt.Fprintln(t.out, s)
}

// para writes a text broken into lines, with a mark before the first and the
// others indented as far.
func (t *Teller) para(how paint, mark, s string) {
	indent := columns(mark)
	for i, line := range wrap(s, t.width-indent) {
		lead := mark
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		t.line(t.painted(how, lead+line))
	}
}

// Heading writes a title, set off by a line above and a rule below.
func (t *Teller) Heading(s string) {
	t.line("")
	for _, line := range wrap(s, t.width) {
		t.line(t.painted(bold, line))
	}
	t.line(t.painted(faint, strings.Repeat("─", min(columns(s), t.width))))
}

// T is the sentence of a key, as it is spoken: in French, "de Atlas" is d’Atlas.
func (t *Teller) T(key string, args ...any) string { return t.spoken(t.Printer.T(key, args...)) }

// N is the sentence of a key for n things, as it is spoken.
func (t *Teller) N(key string, n int, args ...any) string {
	return t.spoken(t.Printer.N(key, n, args...))
}

// elided are words that lose their end before a vowel, in the names of the scene.
var elided = strings.NewReplacer(
	"de Atlas", "d’Atlas", "de Anatolie", "d’Anatolie", "que Atlas", "qu’Atlas", "que Anatolie", "qu’Anatolie",
)

func (t *Teller) spoken(s string) string {
	if t.Lang() == "fr" {
		return elided.Replace(s)
	}
	return s
}

// Say writes the sentence of a key as a paragraph.
func (t *Teller) Say(key string, args ...any) { t.para(plain, "", t.T(key, args...)) }

// Count writes the sentence of a key for n things as a paragraph.
func (t *Teller) Count(key string, n int, args ...any) { t.para(plain, "", t.N(key, n, args...)) }

// Good and Bad write how something ended, with a mark that needs no colour.
func (t *Teller) Good(s string) { t.para(good, "✓ ", s) }

// Bad is for what failed, or was refused.
func (t *Teller) Bad(s string) { t.para(bad, "✗ ", s) }

// Item writes one entry of a list.
func (t *Teller) Item(s string) { t.para(plain, "  • ", s) }

// Aside writes what belongs to the entry above it.
func (t *Teller) Aside(s string) { t.para(faint, "    ", s) }

// Command writes what the reader may type, always from left to right and never
// broken.
func (t *Teller) Command(s string) {
	t.blank = false
	fmt.Fprintln(t.out, "    "+t.painted(bold, say.Clean(s)))
}
