package detection

import (
	"encoding/csv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix/value"
)

var hashKinds = map[value.Kind]bool{
	value.MD5: true, value.SHA1: true, value.SHA224: true, value.SHA256: true, value.SHA384: true, value.SHA512: true,
	value.SHA3_224: true, value.SHA3_256: true, value.SHA3_384: true, value.SHA3_512: true, value.RIPEMD160: true, value.Whirlpool: true,
}

// hashes are those of whole files; a line has no room for the name of the
// algorithm, which follows from the length but for SHA-3: ask for kinds apart.
func hashes(_ *Options, _ *Entry, v value.Value, _ int) ([]string, error) {
	if !hashKinds[v.Kind] {
		return nil, errKind
	}
	return []string{v.Text}, nil
}

// text takes values that stay one line, and that are no comment.
func text(_ *Options, _ *Entry, v value.Value, _ int) ([]string, error) {
	if plain(v.Text) != v.Text || strings.HasPrefix(v.Text, "#") || strings.TrimSpace(v.Text) != v.Text {
		return nil, errChars
	}
	return []string{v.Text}, nil
}

var csvColumns = []string{"value", "kind", "indicator", "name", "valid_from", "valid_until", "tlp", "pap", "labels"}

func csvHead(*Options) string { return csvRow(csvColumns) + "\n" }

// csvLine is a row for each value of each indicator. RFC 4180, 2
func csvLine(_ *Options, e *Entry, v value.Value, _ int) ([]string, error) {
	return []string{csvRow([]string{
		v.Text, string(v.Kind), string(e.ID), e.Name, date(e.From), date(e.Until), e.TLP.String(), e.PAP, strings.Join(e.Labels, " "),
	})}, nil
}

func csvRow(cells []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = Cell(c)
	}
	_ = w.Write(safe) // a Builder takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// Cell is text that no spreadsheet takes for a formula: what begins as one gets
// an apostrophe before it, as spreadsheets themselves write text.
func Cell(s string) string {
	begin := strings.TrimLeft(s, " \t\r\n\u00a0\ufeff")
	if begin != "" && strings.ContainsAny(begin[:1], "=+-@") || begin != s && strings.ContainsAny(s[:1], "\t\r\n") {
		return "'" + s
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} { // which some spreadsheets read alike
		if strings.HasPrefix(begin, wide) {
			return "'" + s
		}
	}
	return s
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
