package tell

import (
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// Offered is what an organisation offers for matching, as it lies at a partner.
type Offered struct {
	By    Person
	To    mithaq.OrgID
	Sites int
	Rows  int       // blinded, dummies among them
	Until time.Time // when the key is destroyed
}

// Offered prints what is offered, and what of it the partner gets.
func (s *Story) Offered(o Offered) {
	s.Count("demo.offered", o.Sites, s.full(o.By))
	s.Count("demo.rows", o.Rows, s.name(o.To), s.name(o.By.Org), s.at(o.By.Org, o.Until))
}

// Sealed prints that no question goes out that an auditor could not open.
func (s *Story) Sealed(asker, auditor Person) { s.Say("demo.sealed", s.first(asker), s.full(auditor)) }

// A Hit is what was found, whom to ask about it, and what to quote.
type Hit struct{ Value, Desk, Reference string }

// Matched is a blinded question about one value, with its answer.
type Matched struct {
	By    Person
	To    mithaq.OrgID
	Value string
	Hits  []Hit
}

// Matched prints whether it was offered.
func (s *Story) Matched(m Matched) {
	if len(m.Hits) == 0 {
		s.Good(s.T("demo.miss", s.first(m.By), s.name(m.To), m.Value))
	}
	for _, hit := range m.Hits {
		s.Good(s.T("demo.hit", s.first(m.By), s.name(m.To), hit.Value))
		s.Aside(s.T("demo.hit-desk", hit.Desk, hit.Reference))
	}
}

// Counted is what an organisation knows of the questions it answered.
type Counted struct {
	Org, Asker mithaq.OrgID
	Questions  int
}

// Counted prints it.
func (s *Story) Counted(c Counted) {
	s.Count("demo.counted", c.Questions, s.name(c.Org), s.name(c.Asker))
}

// An Inquiry is an open question with all that followed.
type Inquiry struct {
	By    Person
	To    mithaq.OrgID
	Due   time.Time
	Left  int64 // seconds, while the clock stood still
	Moves []Move
	Items int // objects that came with the answer
}

// A Move is one step of either side.
type Move struct {
	Org  mithaq.OrgID
	By   *Person // nil where the node itself told it
	At   time.Time
	Step mithaq.StepKind
	Text string
}

// Inquired prints the clock, and every step.
func (s *Story) Inquired(q Inquiry) {
	s.line("")
	s.Say("demo.inquires", s.full(q.By), s.name(q.To), s.at(q.By.Org, q.Due))
	s.line("")
	var rows [][]string
	for _, m := range q.Moves {
		who := s.T("demo.node")
		if m.By != nil {
			who = string(s.first(*m.By))
		}
		said := s.T("demo.did." + string(m.Step))
		if m.Text != "" {
			said = s.T("demo.said", say.Text(said), m.Text)
		}
		rows = append(rows, []string{m.At.UTC().Format("15:04:05.000"), string(s.name(m.Org)), who, said})
	}
	s.Table(s.heads("when", "where", "who", "did"), rows)
	const hour = 3600
	s.Count("demo.clock-stood", int((q.Left+hour/2)/hour))
	s.Good(s.N("demo.came", q.Items))
}

// Refused is an inquiry that got no answer.
type Refused struct {
	By, Refuser Person
	Text        string
	Ground      mithaq.Ground
}

// Refused prints the ground.
func (s *Story) Refused(r Refused) {
	s.line("")
	s.Say("demo.asks-again", s.first(r.By), r.Text)
	s.Bad(s.T("demo.refused", s.full(r.Refuser), s.Word("ground", string(r.Ground))))
	if r.Ground.BuiltIn() {
		s.Aside(s.T("demo.refused-why"))
	}
}

// Opened is a question as its auditor reads it.
type Opened struct {
	Auditor Person
	To      mithaq.OrgID
	Values  []string
	Entries int // of openings, in the log
}

// Opened prints what was asked.
func (s *Story) Opened(o Opened) {
	s.line("")
	s.Good(s.T("demo.opened", s.full(o.Auditor), strings.Join(o.Values, ", ")))
	s.Aside(s.N("demo.opened-entry", o.Entries, s.name(o.To), s.name(o.Auditor.Org)))
}
