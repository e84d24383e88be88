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
