package say

import (
	"github.com/mithaq-hub/mithaq"
)

// Message says a message of the spine's words, such as a clause of a pact or a
// reason. A message without a key is foreign text.
func (p *Printer) Message(m mithaq.Message) string {
	switch {
	case m.Key == "" && len(m.Args) == 1:
		return p.argument(m.Args[0])
	case m.Count != nil:
		return p.N(m.Key, *m.Count, m.Args...)
	}
	return p.T(m.Key, m.Args...)
}

// list says messages one after another, as the language sets a list apart.
func (p *Printer) list(of []mithaq.Message) string {
	if len(of) == 0 {
		return p.T("list.none")
	}
	said := p.Message(of[0])
	for _, m := range of[1:] {
		said = p.T("list.pair", Text(said), Text(p.Message(m)))
	}
	return said
}
