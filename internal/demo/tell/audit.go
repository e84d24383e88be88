package tell

import (
	"time"

	"github.com/mithaq-hub/mithaq"
)

// A Deed is one entry that the auditor reads.
type Deed struct {
	At    time.Time
	Who   string // a person's pseudonym, a service, or an organisation
	Did   string // a kind of account: "share", "read", "recall", ...
	What  string
	Items int
	Why   string // purpose and basis
}

// deeds are the kinds of account that have a word of their own.
var deeds = map[string]bool{
	"accept": true, "approve": true, "assess": true, "dry-run": true, "erase": true, "import": true,
	"propose": true, "read": true, "recall": true, "refuse": true, "receive": true, "share": true, "sign": true,
}

// Audited is what the auditor of an organisation read.
type Audited struct {
	Org     mithaq.OrgID
	Auditor string
	Deeds   []Deed
	Entries int // in the whole log
}

// Audited prints who did what, and why.
func (s *Story) Audited(a Audited) {
	s.line("")
	s.Count("demo.auditor", a.Entries, a.Auditor, s.name(a.Org))
	clock := sameDay(a.Deeds)
	if clock {
		s.Aside(s.habit(a.Org).Date(a.Deeds[0].At.UTC()))
	}
	heads := s.heads("when", "who", "did", "what", "items", "why")
	heads[4].Numbers = true
	var rows [][]string
	for _, d := range a.Deeds {
		rows = append(rows, []string{
			s.when(a.Org, d.At, clock), s.Iso(d.Who), s.did(d.Did), s.Iso(d.What), s.items(d.Items), s.Iso(d.Why),
		})
	}
	s.Table(heads, rows)
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

func (s *Story) when(org mithaq.OrgID, at time.Time, clock bool) string {
	if clock {
		return at.UTC().Format("15:04:05 MST")
	}
	return string(s.at(org, at))
}

// did says what was done; what has no word of ours is shown as it is.
func (s *Story) did(kind string) string {
	if deeds[kind] {
		return s.T("demo.did." + kind)
	}
	return s.Iso(kind)
}

func (s *Story) items(n int) string {
	if n == 0 {
		return ""
	}
	return s.Number(n)
}
