package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// A lexeme is one name or word in its attested spellings, per habit.
type lexeme struct {
	role, group, sex string
	scholarly        string
	forms            map[string][]string // "ar", "fr", "en", "tr"
}

type lexicon struct {
	given, family, org []*lexeme
	tables             map[string]*strings.Replacer // published romanisation tables over the scholarly form
}

// load reads the word lists.
func load(dir string) (*lexicon, error) {
	l := &lexicon{}
	var err error
	if l.given, err = readList(filepath.Join(dir, "given.tsv"), 3, func(f []string) *lexeme {
		return &lexeme{group: f[0], sex: f[1], scholarly: f[2]}
	}); err != nil {
		return nil, err
	}
	if l.family, err = readList(filepath.Join(dir, "family.tsv"), 2, func(f []string) *lexeme {
		return &lexeme{group: f[0], scholarly: f[1]}
	}); err != nil {
		return nil, err
	}
	if l.org, err = readList(filepath.Join(dir, "org.tsv"), 2, func(f []string) *lexeme {
		return &lexeme{role: f[0], group: f[1]}
	}); err != nil {
		return nil, err
	}
	l.tables, err = readTables(filepath.Join(dir, "romanisation.tsv"))
	return l, err
}

func readRows(file string) ([][]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for n, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if n > 0 && line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows, nil
}

// readList reads lexemes whose spellings begin in column at.
func readList(file string, at int, head func([]string) *lexeme) ([]*lexeme, error) {
	rows, err := readRows(file)
	if err != nil {
		return nil, err
	}
	var all []*lexeme
	for n, row := range rows {
		if len(row) != at+4 {
			return nil, fmt.Errorf("%s: entry %d has %d columns", file, n+1, len(row))
		}
		x := head(row)
		x.forms = map[string][]string{}
		for i, habit := range []string{"ar", "fr", "en", "tr"} {
			if row[at+i] != "-" {
				x.forms[habit] = strings.Split(row[at+i], "|")
			}
		}
		all = append(all, x)
	}
	return all, nil
}

// readTables reads the letters of the published romanisations; the column
// "ala-lc" and so on replace the scholarly letter of the first.
func readTables(file string) (map[string]*strings.Replacer, error) {
	rows, err := readRows(file)
	if err != nil {
		return nil, err
	}
	tables := map[string]*strings.Replacer{}
	for i, name := range []string{"ala-lc", "bgn-pcgn", "plain", "french"} {
		var pairs []string
		for _, row := range rows {
			from, to := row[0], row[i+1]
			pairs = append(pairs, from, to)
			if up := upper(from); up != from {
				pairs = append(pairs, up, upper(to))
			}
		}
		tables[name] = strings.NewReplacer(pairs...)
	}
	return tables, nil
}

func upper(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

// in says whether a lexeme serves a split. Common given names, whose group
// begins with *, serve both; all others one, by the hash of their group.
func (x *lexeme) in(split string) bool {
	return strings.HasPrefix(x.group, "*") || splitOf(x.group) == split
}

func splitOf(group string) string {
	h := fnv.New32a()
	h.Write([]byte("mithaq/" + group))
	if h.Sum32()>>8%2 == 0 {
		return "dev"
	}
	return "test"
}

// turkish says whether a lexeme is a Turkish name without an Arabic original.
func (x *lexeme) turkish() bool { return x.scholarly == "-" }
