package tell

import (
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Cut is the line going down.
type Cut struct {
	Org mithaq.OrgID // whose lines are cut
	At  time.Time
}

// Cut prints that nobody reaches anybody.
func (s *Story) Cut(c Cut) { s.Bad(s.T("demo.cut", s.name(c.Org), s.at(c.Org, c.At))) }

// Taken is what an organisation takes back while the line is cut.
type Taken struct {
	Org     mithaq.OrgID
	By      Person
	Number  string // the victim's
	Waiting int    // messages that wait for the line
}

// Recalled prints whose number it was, and what waits.
func (s *Story) Recalled(t Taken) {
	s.Say("demo.victim", t.Number, s.full(t.By))
	s.Count("demo.waiting", t.Waiting)
}

// An Event is what happened at one node, by its own log.
type Event struct {
	Org mithaq.OrgID
	Deed
}

// Healed is the line coming back, and what followed.
type Healed struct {
	Org    mithaq.OrgID // who took back
	At     time.Time    // when the line came back
	Events []Event      // since the line was cut, in the order of time
	Tool   string       // the address the organisation's own TAXII tool reads; none where no tool was asked
	Before int          // objects it found under the id before
	After  int          // and finds now
}

// Healed prints what happened where, and what the tool finds.
func (s *Story) Healed(h Healed) {
	s.Good(s.T("demo.healed", s.at(h.Org, h.At)))
	s.line("")
	s.Say("demo.timeline")
	var rows [][]string
	for i := range h.Events {
		e := &h.Events[i]
		rows = append(rows, []string{e.At.UTC().Format("15:04:05.000"), string(s.name(e.Org)), s.who(&e.Deed), s.did(&e.Deed)})
	}
	s.Table(s.heads("when", "where", "who", "did"), rows)
	s.Say("demo.statement")
	if h.Tool == "" {
		return
	}
	s.line("")
	s.Count("demo.tool-found", h.Before, s.name(h.Org), h.Tool)
	if h.After > 0 {
		s.Bad(s.N("demo.tool-still", h.After))
		return
	}
	s.Good(s.T("demo.tool-nothing"))
}
