package tell

import (
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
)

func spaces(n int) string { return strings.Repeat(" ", n) }

// An Import is one file taken in under a source profile.
type Import struct {
	Org      mithaq.OrgID
	File     string
	Profile  string
	Objects  int // taken in
	Known    int // here already
	Refused  int
	Upgraded int // from STIX 2.0
}

// Imported prints what was taken in.
func (s *Story) Imported(imports []Import) {
	for _, i := range imports {
		s.Good(s.N("demo.imported", i.Objects, s.name(i.Org), i.File, i.Profile))
		s.aside("import.upgraded", i.Upgraded)
		s.aside("import.known", i.Known)
		s.aside("import.refused", i.Refused)
	}
}

// aside says a count where there is anything to count.
func (s *Story) aside(key string, n int) {
	if n > 0 {
		s.Aside(s.N(key, n))
	}
}

// A Stay is one object that stays, with the reasons.
type Stay struct {
	ID      string
	Name    string // what it is called in its own language
	Reasons []mithaq.Reason
}

// Judged is the answer to "what would a partner get, and why not the rest".
type Judged struct {
	From    mithaq.OrgID
	To      []mithaq.OrgID
	Crosses int
	Stays   []Stay
}

// Judged prints what would cross, and each refusal with its article and words.
func (s *Story) Judged(j Judged) {
	s.Say("demo.asks", s.name(j.From), s.names(j.To))
	s.Good(s.N("share.crosses", j.Crosses, s.names(j.To)))
	s.line("")
	s.Count("demo.stays", len(j.Stays), s.name(j.From))
	for _, stay := range j.Stays {
		s.Bad(s.Iso(stay.Name))
		s.Aside(s.Iso(short(stay.ID)))
		for i := range stay.Reasons {
			s.reason(&stay.Reasons[i])
		}
	}
}

// reason prints one clause that stands against a crossing: what it asks, what
// the object has, and what can be done.
func (s *Story) reason(r *mithaq.Reason) {
	key := "demo.article"
	if r.Clause.Safeguard() {
		key = "demo.safeguard"
	}
	s.para(plain, "    ", s.T(key, sayText(r.Article()), sayText(s.Message(r.Asks))))
	s.Aside(s.Message(r.Has))
	s.Aside(s.Message(r.Do))
}

// A Delivery is what one partner got.
type Delivery struct {
	To        mithaq.OrgID
	Objects   int // accepted there
	Refused   int // by the receiver's own gate
	Envelopes int
	Receipts  int       // verified
	Stored    time.Time // when the last receipt was here
}

// Delivered is a release that went.
type Delivered struct {
	From       mithaq.OrgID
	Assessed   *Person // by whom; nil where nothing concerns persons
	Proposed   Person
	Approved   *Person // a second person; nil where none was asked for
	Deliveries []Delivery
}

// Delivered prints who let it go, and the receipts.
func (s *Story) Delivered(d Delivered) {
	s.line("")
	if d.Assessed != nil {
		s.Say("demo.assessed", s.full(*d.Assessed))
	}
	if d.Approved != nil {
		s.Say("demo.approved", s.first(d.Proposed), s.full(*d.Approved))
		s.Say("demo.pseudonyms", short(string(d.Proposed.ID)), short(string(d.Approved.ID)))
	} else {
		s.Say("demo.proposed", s.first(d.Proposed))
	}
	heads := s.heads("to", "objects", "refused", "envelopes", "receipts", "stored")
	for i := range 4 {
		heads[1+i].Numbers = true
	}
	var rows [][]string
	for _, one := range d.Deliveries {
		rows = append(rows, []string{
			string(s.name(one.To)), s.Number(one.Objects), s.Number(one.Refused), s.Number(one.Envelopes),
			s.Number(one.Receipts), clock(one.Stored),
		})
	}
	s.Table(heads, rows)
	s.Say("demo.receipts", s.name(d.From))
}
