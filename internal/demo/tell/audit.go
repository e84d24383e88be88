package tell

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// Audited is what the auditor of an organisation read.
type Audited struct {
	Org      mithaq.OrgID
	Auditor  Person
	Deeds    []Deed
	Entries  int // in the whole log
	Purposes []Purpose
}

// A Purpose is what for, and on which legal basis.
type Purpose struct {
	Purpose mithaq.Purpose
	Basis   string
}

// Audited prints who did what, when, and what for.
func (s *Story) Audited(a Audited) {
	s.line("")
	s.Count("demo.auditor", a.Entries, s.full(a.Auditor))
	oneDay := sameDay(a.Deeds)
	if oneDay {
		s.Aside(s.habit(a.Org).Date(a.Deeds[0].At.UTC()))
	}
	var rows [][]string
	for i := range a.Deeds {
		d := &a.Deeds[i]
		rows = append(rows, []string{s.when(a.Org, d.At, oneDay), s.who(d), s.did(d)})
	}
	s.Table(s.heads("when", "who", "did"), rows)
	for _, p := range a.Purposes {
		s.Aside(s.T("demo.purpose", say.Text(s.T("word.purpose."+string(p.Purpose))), say.Text(s.Iso(p.Basis))))
	}
}

// sameDay reports whether all was done on one day, so that the day is said once.
func sameDay(deeds []Deed) bool {
	for _, d := range deeds {
		if !d.At.UTC().Truncate(day).Equal(deeds[0].At.UTC().Truncate(day)) {
			return false
		}
	}
	return len(deeds) > 0
}

const day = 24 * time.Hour

func (s *Story) when(org mithaq.OrgID, at time.Time, oneDay bool) string {
	if oneDay {
		return whole(at.UTC().Format("15:04:05"))
	}
	return string(s.at(org, at))
}
