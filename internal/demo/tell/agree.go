package tell

import (
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// A Comparison is one desk hearing another read from its fingerprint.
type Comparison struct {
	Listener, Reader mithaq.OrgID
	Heard            []string // digits or words with their positions, as typed
	Accepted         []Person // the two
	At               time.Time
}

// Compared prints who heard whom.
func (s *Story) Compared(comparisons []Comparison) {
	var rows [][]string
	for _, c := range comparisons {
		rows = append(rows, []string{
			string(s.name(c.Listener)), string(s.name(c.Reader)), s.Iso(wholes(c.Heard)), s.both(c.Accepted), clock(c.At),
		})
	}
	s.Table(s.heads("listens", "reads", "heard", "accepted-by", "when"), rows)
	s.Good(s.N("demo.compared", len(comparisons)))
}

// wholes joins texts between which alone a line may break.
func wholes(list []string) string {
	kept := make([]string, len(list))
	for i, one := range list {
		kept[i] = whole(one)
	}
	return strings.Join(kept, " ")
}

// A Signature is one party's under the pact.
type Signature struct {
	Org mithaq.OrgID
	At  time.Time
}

// Agreed is the pact as it stands.
type Agreed struct {
	Pact       *mithaq.Pact
	Signatures []Signature
	InForce    []mithaq.OrgID // the nodes on which it is in force
}

// mostLines of a clause are shown; the whole text is a command away.
const mostLines = 2

// Agreed prints the articles of the pact and who signed them.
func (s *Story) Agreed(a Agreed) {
	articles := a.Pact.Articles()
	s.line("")
	s.Count("demo.pact", len(articles), mithaq.Texts(a.Pact.Title).In(s.Lang()))
	for _, article := range articles {
		s.para(bold, s.Number(article.Number)+". ", s.Message(article.Title))
		for _, clause := range article.Clauses {
			s.brief(clause.ID.String()+" ", s.Message(clause.Sentence))
		}
	}
	s.line("")
	for _, signature := range a.Signatures {
		s.Good(s.T("pact.signed", s.name(signature.Org), s.at(signature.Org, signature.At)))
	}
	s.Count("demo.in-force", len(a.InForce), s.names(a.InForce))
}

// brief writes a clause, cut off with an ellipsis where it is long.
func (s *Story) brief(mark, text string) {
	mark = "  " + mark
	lines := wrap(text, s.width-columns(mark)-2)
	if len(lines) > mostLines {
		lines = append(lines[:mostLines-1:mostLines-1], lines[mostLines-1]+" …")
	}
	for i, line := range lines {
		if i > 0 {
			mark = spaces(columns(mark))
		}
		s.line(mark + line)
	}
}
