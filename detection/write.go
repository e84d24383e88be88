package detection

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Format is a kind of file.
type Format string

// The formats.
const (
	Suricata Format = "suricata" // rules of Suricata 6 and later
	RPZ      Format = "rpz"      // a response policy zone
	CSV      Format = "csv"
	Hashes   Format = "hashes" // one a line
	Text     Format = "text"   // one value a line
)

// An Entry is one indicator, as far as it is written.
type Entry struct {
	ID          stix.ID
	Name        string
	Values      []value.Value // any of them is enough
	From, Until time.Time     // Until is zero for no end
	TLP         stix.TLP
	PAP         string
	Labels      []string
}

// Options say how a file is written.
type Options struct {
	Format     Format
	Head       []string     // comments at the beginning, where the format has any
	Kinds      []value.Kind // these alone; all where empty
	Subdomains bool         // names below a domain count too
	Action     string       // of Suricata rules: alert where empty, drop or reject
	FirstSID   int          // number of the first rule; 1000000, where local rules begin, when zero
	Zone       string       // of RPZ: its name, mithaq.rpz where empty
	Policy     string       // of RPZ: nxdomain where empty, nodata or drop
	Serial     uint32       // of RPZ
}

// A Left is a value that a file does not have, and why.
type Left struct {
	ID   stix.ID `json:"id"`
	Kind string  `json:"kind,omitempty"`
	Why  string  `json:"why"`
}

// A Report says what a file has and what it has not.
type Report struct {
	Values int    // written, each once
	Lines  int    // of the file, but for comments
	Left   []Left // in the order of entries
}

// Reasons why a value is left out.
var (
	ErrFormat  = errors.New("want suricata, rpz, csv, hashes or text")
	errKind    = errors.New("this format has no place for values of this kind")
	errChars   = errors.New("the value has characters that this format could misread")
	errLong    = errors.New("the value is too long for this format")
	errUnasked = errors.New("values of this kind were not asked for")
)

// A form is how one format is written.
type form struct {
	check func(*Options) error
	head  func(*Options) string
	lines func(o *Options, e *Entry, v value.Value, n int) ([]string, error) // n lines stand before
	whole bool                                                               // an entry has its lines even where its values stand before
}

var forms = map[Format]form{
	Suricata: {checkSuricata, commented("#"), suricata, false},
	RPZ:      {checkRPZ, zoneHead, rpz, false},
	CSV:      {nil, csvHead, csvLine, true},
	Hashes:   {nil, commented("#"), hashes, false},
	Text:     {nil, commented("#"), text, false},
}

// Check says what is wrong with options, if anything.
func (o *Options) Check() error {
	f, ok := forms[o.Format]
	if !ok {
		return ErrFormat
	}
	for _, k := range o.Kinds {
		if k.Version() == 0 {
			return fmt.Errorf("there is no kind %q", k)
		}
	}
	if f.check == nil {
		return nil
	}
	return f.check(o)
}

// Write writes entries to a file. The error is that of the options or of w.
func Write(w io.Writer, o Options, entries []Entry) (Report, error) {
	if err := o.Check(); err != nil {
		return Report{}, err
	}
	f := forms[o.Format]
	b := bufio.NewWriter(w)
	wr := &writing{o: &o, f: f, out: b, seen: map[key]bool{}}
	if _, err := b.WriteString(f.head(&o)); err != nil {
		return wr.report, err
	}
	for i := range entries {
		if err := wr.entry(&entries[i]); err != nil {
			return wr.report, err
		}
	}
	return wr.report, b.Flush()
}

type key struct {
	kind value.Kind
	text string
}

type writing struct {
	o      *Options
	f      form
	out    *bufio.Writer
	seen   map[key]bool
	report Report
}

func (w *writing) entry(e *Entry) error {
	for _, v := range e.Values {
		k := key{v.Kind, v.Text}
		if w.seen[k] && !w.f.whole {
			continue
		}
		lines, err := w.lines(e, v)
		if err != nil {
			w.report.Left = append(w.report.Left, Left{e.ID, string(v.Kind), err.Error()})
			continue
		}
		if !w.seen[k] {
			w.report.Values++
		}
		w.seen[k] = true
		for _, line := range lines {
			w.report.Lines++
			if _, err := w.out.WriteString(line + "\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writing) lines(e *Entry, v value.Value) ([]string, error) {
	if len(w.o.Kinds) > 0 && !slices.Contains(w.o.Kinds, v.Kind) {
		return nil, errUnasked
	}
	return w.f.lines(w.o, e, v, w.report.Lines)
}

// commented makes comments of the head's lines.
func commented(mark string) func(*Options) string {
	return func(o *Options) string {
		var b strings.Builder
		for _, line := range o.Head {
			b.WriteString(mark + " " + plain(line) + "\n")
		}
		return b.String()
	}
}

// plain keeps a line one line: control characters become spaces.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
