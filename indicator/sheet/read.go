package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Record is what one row gives: values that share details, and doubts.
type Record struct {
	Line    int
	Found   []indicator.Found
	Details indicator.Details
	Doubts  []indicator.Doubt
}

// Read goes through a sheet, a record for each row but the header. The error
// ends it: the bytes could not be read, or the layout is wrong.
func (l *Layout) Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		d, err := l.Encoding.Decoder()
		if err = errors.Join(err, l.Check()); err != nil {
			yield(Record{}, err)
			return
		}
		s := newSplitter(d.Reader(r), l.Delimiter[0], l.Comment)
		for first := true; ; first = false {
			row, err := s.read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Record{}, fmt.Errorf("line %d: %w", s.next, err))
				return
			}
			if first && l.Header {
				continue
			}
			if !yield(l.record(row), nil) {
				return
			}
		}
	}
}

// record reads one row as the layout says.
func (l *Layout) record(r row) Record {
	rec := Record{Line: r.line}
	if strings.ContainsRune(r.text, utf8.RuneError) {
		r.bad = "a byte is no character in " + string(l.Encoding)
	}
	if r.bad != "" {
		rec.doubt(1, r.text, r.bad)
		return rec
	}
	if !l.details(&rec, r.cells) {
		return rec
	}
	for i := range l.Columns {
		if c := &l.Columns[i]; c.Use == Values {
			l.values(&rec, c, r.cells)
		}
	}
	if len(rec.Found)+len(rec.Doubts) == 0 {
		rec.doubt(1, r.text, "no value in the row")
	}
	return rec
}

func (r *Record) doubt(column int, as, why string) {
	r.Doubts = append(r.Doubts, indicator.Doubt{As: as, Line: r.Line, Column: column, Why: why})
}

func cellOf(cells []string, column int) string {
	if column > len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[column-1])
}

// details reads what a row says about its values. What cannot be read refuses
// the row: a date or a marking that was lost would be worse than a row.
func (l *Layout) details(rec *Record, cells []string) bool {
	for i := range l.Columns {
		c := &l.Columns[i]
		cell := cellOf(cells, c.Column)
		if cell == "" {
			continue
		}
		if err := rec.detail(c, cell); err != nil {
			rec.doubt(c.Column, cell, err.Error())
			return false
		}
	}
	return true
}

func (r *Record) detail(c *Column, cell string) (err error) {
	switch c.Use {
	case Description:
		r.Details.Description = cell
	case Labels:
		r.Details.Labels = append(r.Details.Labels, strings.FieldsFunc(cell, isApart)...)
	case From:
		r.Details.At, err = date(c.Format, cell)
	case Until:
		r.Details.Until, err = date(c.Format, cell)
	case TLP:
		r.Details.TLP, err = tlp(cell)
	}
	return err
}

func isApart(r rune) bool { return r == ',' || r == ';' || r == '|' || r == ' ' }

// tlp reads a label with or without its name. TLP 1's white is clear.
func tlp(cell string) (stix.TLP, error) {
	word := strings.ToUpper(cell)
	if !strings.HasPrefix(word, "TLP:") {
		word = "TLP:" + word
	}
	t, err := stix.ParseTLP(word)
	if err != nil {
		return 0, errors.New("no label of the Traffic Light Protocol")
	}
	return t, nil
}

// formats are tried where the layout names none; none of them takes a day for a month.
var formats = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05 UTC", "2006-01-02", "2006/01/02", "2 January 2006", "2 Jan 2006", "20060102"}

// date reads a date; without a zone it is UTC.
func date(format, cell string) (time.Time, error) {
	list := formats
	if format != "" {
		list = []string{format}
	}
	for _, f := range list {
		if t, err := time.Parse(f, cell); err == nil && t.Year() >= 1970 && t.Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("no date that can be read without doubt")
}

// values reads one cell of a column of values.
func (l *Layout) values(rec *Record, c *Column, cells []string) {
	cell := cellOf(cells, c.Column)
	if cell == "" {
		return
	}
	kind := c.Kind
	if kind == ByRow {
		var err error
		if kind, err = l.kindOf(cells); err != nil {
			rec.doubt(c.Column, cell, err.Error())
			return
		}
	}
	found, why := valuesIn(kind, cell)
	if why != "" {
		rec.doubt(c.Column, cell, why)
	}
	for _, f := range found {
		f.Line, f.Column = rec.Line, c.Column
		rec.Found = append(rec.Found, f)
	}
}

// valuesIn is the value that a whole cell is, or with Any those it mentions.
func valuesIn(kind value.Kind, cell string) (found []indicator.Found, why string) {
	if kind == Any {
		found, doubts := indicator.FromText(cell)
		switch {
		case len(doubts) > 0:
			return found, doubts[0].Why
		case len(found) == 0:
			return nil, "no value of a known kind"
		}
		return found, ""
	}
	whole := cell
	if indicator.Disguisable(kind) {
		whole = indicator.Mend(cell)
	}
	v, err := value.Of(kind, whole)
	if err != nil {
		return nil, strings.TrimPrefix(err.Error(), "value: ")
	}
	v.As = cell
	return []indicator.Found{{Value: v, Defanged: whole != cell}}, ""
}

// kindOf is the kind that a row names, in our words or in MISP's.
func (l *Layout) kindOf(cells []string) (value.Kind, error) {
	for _, c := range l.Columns {
		if c.Use != KindOf {
			continue
		}
		word := strings.ToLower(cellOf(cells, c.Column))
		if kind := value.Kind(word); kind.Version() > 0 {
			return kind, nil
		}
		if kind, ok := words[word]; ok {
			return kind, nil
		}
		return "", fmt.Errorf("there is no kind %q", word)
	}
	return Any, nil
}

// words are other names of kinds, most of them types of MISP's attributes.
var words = map[string]value.Kind{
	"ip": Any, "ip-src": Any, "ip-dst": Any, "ip address": Any, "ipv4-addr": value.IPv4, "ipv6-addr": value.IPv6, "ip-src|port": Any, "ip-dst|port": Any,
	"hostname": value.Domain, "domain-name": value.Domain, "fqdn": value.Domain, "domain|ip": Any, "link": value.URL, "uri": value.URL,
	"email-src": value.Email, "email-dst": value.Email, "email-addr": value.Email, "filename": value.FileName, "hash": Any,
	"sha-1": value.SHA1, "sha-256": value.SHA256, "sha-512": value.SHA512, "vulnerability": value.CVE, "mac-address": value.MAC, "mac-addr": value.MAC,
	"as": value.ASN, "btc": value.CryptoAddress, "regkey": value.RegistryKey, "phone-number": value.Phone, "user-agent": value.UserAgent,
	"filename|md5": Any, "filename|sha1": Any, "filename|sha256": Any, "imphash": value.ImpHash, "any": Any,
}
