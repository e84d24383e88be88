package inquiry

import (
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix/pattern"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// valuesOf are the values in an inquiry's texts, and in patterns that they quote,
// each once.
func valuesOf(q *mithaq.Inquiry) []value.Value {
	return valuesIn(strings.Join([]string{q.Act, q.Facts, q.Question, q.Link, q.Urgent, q.Registry}, "\n"))
}

func valuesIn(text string) (all []value.Value) {
	found := value.FromText(text)
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "[")
		if !ok {
			break
		}
		if inside, _, closed := strings.Cut(after, "]"); closed {
			if p, err := pattern.Parse("[" + inside + "]"); err == nil {
				found = append(found, value.FromPattern(p)...)
			}
		}
		rest = after
	}
	found = append(found, domains(text)...)
	for _, v := range found {
		same := func(o value.Value) bool { return o.Kind == v.Kind && o.Text == v.Text }
		if !slices.ContainsFunc(all, same) {
			all = append(all, v)
		}
	}
	return all
}

// values are those of a thread, made elsewhere or not.
func (t *Thread) values() []value.Value {
	switch {
	case t.Inquiry != nil:
		return valuesOf(t.Inquiry)
	case t.Elsewhere != nil:
		return valuesIn(t.Elsewhere.Text)
	}
	return nil
}

// domains are the words that have the shape of a domain, in a zone that is
// delegated or not: to look one up in vain costs nothing.
func domains(text string) (all []value.Value) {
	for word := range strings.FieldsSeq(text) {
		word = strings.Trim(word, ".,;:!?()[]'\"«»،؛؟")
		if !strings.Contains(word, ".") {
			continue
		}
		if name, err := value.Normalise(value.Domain, word); err == nil {
			all = append(all, value.Value{Kind: value.Domain, Text: name, As: word})
		}
	}
	return all
}
