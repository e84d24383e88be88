package fulltext

import (
	"slices"
	"strings"
)

// mostAsked is how many words of a question count.
const mostAsked = 16

// A Query is what is looked for: items that have all of the words; or, where the
// question can be a name, items with a name that is the same in another script
// or spelling. Where that finds nothing at all, the last word is the beginning of one.
type Query struct {
	words []string // all of them
	keys  []string // or one of these
	begun bool     // the last of the words is a beginning
}

// Ask reads what a person typed.
func Ask(text string) Query {
	words := asked(split(fold(text)))
	words = words[:min(len(words), mostAsked)]
	q := Query{words: unique(words)}
	if n := len(words); n >= 1 && n <= 6 && strings.IndexFunc(text, digitRune) < 0 {
		q.keys = keysOf(text)
	}
	return q
}

// unique drops what was there before, so that the last stays the last.
func unique(words []string) (out []string) {
	for _, w := range slices.Backward(words) {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.Reverse(out)
	return out
}

func digitRune(r rune) bool { return '0' <= r && r <= '9' }

// prefix is the same question with its last word as the beginning of one.
func (q Query) prefix() Query {
	q.begun = len(q.words) > 0
	return q
}

// Empty reports that nothing is asked.
func (q Query) Empty() bool { return len(q.words) == 0 && len(q.keys) == 0 }

// fts is the question in the language of FTS5 (SQLite FTS5, 3). A word is letters
// and digits alone, so that a quote is never part of one.
func (q Query) fts() string {
	quoted := make([]string, len(q.words))
	for i, w := range q.words {
		quoted[i] = `"` + w + `"`
	}
	all := strings.Join(quoted, " AND ")
	if q.begun {
		all += " *"
	}
	if all != "" {
		all = "(" + all + ")"
	}
	return strings.Join(append(filled(all), each(q.keys, func(k string) string { return `"` + k + `"` })...), " OR ")
}

// tsquery is the question in the language of PostgreSQL's text search.
func (q Query) tsquery() string {
	all := strings.Join(each(q.words, func(w string) string { return "'" + w + "'" }), " & ")
	if q.begun {
		all += ":*"
	}
	if all != "" {
		all = "(" + all + ")"
	}
	return strings.Join(append(filled(all), each(q.keys, func(k string) string { return "'" + k + "'" })...), " | ")
}

func filled(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func each(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}
