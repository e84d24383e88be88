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
	Number  string // the victim's
	Waiting int    // messages that wait for the line
}

// Recalled prints whose number it was, and what waits.
func (s *Story) Recalled(t Taken) {
	s.Say("demo.victim", t.Number, s.name(t.Org))
	s.Count("demo.waiting", t.Waiting)
}

// An Erasure is one partner's signed statement.
type Erasure struct {
	Org       mithaq.OrgID
	At        time.Time
	Statement string // its id
}

// Healed is the line coming back, and what followed.
type Healed struct {
	Org      mithaq.OrgID // who took back
	At       time.Time    // when the line came back
	Erasures []Erasure
	Tool     string // the address the organisation's own TAXII tool reads; none where no tool was asked
	Before   int    // objects it found under the id before
	After    int    // and finds now
}

// Healed prints the statements, and what the tool finds.
func (s *Story) Healed(h Healed) {
	s.Good(s.T("demo.healed", s.at(h.Org, h.At)))
	for _, e := range h.Erasures {
		s.Good(s.T("demo.erased", s.name(e.Org), s.at(e.Org, e.At)))
		s.Aside(s.Iso(e.Statement))
	}
	s.Say("demo.statement")
	if h.Tool == "" {
		return
	}
	s.Count("demo.tool-found", h.Before, s.name(h.Org), h.Tool)
	if h.After > 0 {
		s.Bad(s.N("demo.tool-still", h.After))
		return
	}
	s.Good(s.T("demo.tool-nothing"))
}
