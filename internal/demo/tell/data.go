package tell

import (
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Filed is a real file that is shared beside the story's own data.
type Filed struct {
	Org  mithaq.OrgID // who imports it
	File string
}

// Filed prints what comes now.
func (s *Story) Filed(f Filed) {
	s.line("")
	s.Say("demo.data.intro", s.name(f.Org), f.File)
}

// AgreedToo prints, in brief, a pact beside that of the scene.
func (s *Story) AgreedToo(a Agreed) {
	s.Good(s.T("demo.data.pact", s.names(a.InForce), mithaq.Texts(a.Pact.Title).In(s.Lang())))
}

// A StayGroup is how many objects stay for the same reasons.
type StayGroup struct {
	Org     mithaq.OrgID
	Count   int
	IDs     []string        // of the first of them
	Reasons []mithaq.Reason // of the first
}

// Named prints that some objects name a person whom their labels do not know of.
func (s *Story) Named(g StayGroup) {
	s.Bad(s.N("demo.data.named", g.Count))
	s.ids(&g)
	for i := range g.Reasons {
		s.reason(&g.Reasons[i])
	}
}

// AnsweredFor prints who looked at them.
func (s *Story) AnsweredFor(org mithaq.OrgID) { s.Good(s.T("demo.data.answered", s.name(org))) }

// Stay prints what stays although everybody looked.
func (s *Story) Stay(groups []StayGroup) {
	for i := range groups {
		s.Count("demo.stays", groups[i].Count, s.name(groups[i].Org))
		s.ids(&groups[i])
		for j := range groups[i].Reasons {
			s.reason(&groups[i].Reasons[j])
		}
	}
}

// mostIDs of a group are shown.
const mostIDs = 6

// ids prints which they are, the first of them.
func (s *Story) ids(g *StayGroup) {
	var list strings.Builder
	for i, id := range g.IDs[:min(len(g.IDs), mostIDs)] {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(short(id))
	}
	if g.Count > mostIDs {
		list.WriteString(" …")
	}
	s.Aside(s.Iso(list.String()))
}

// Same is what two nodes hold byte for byte alike.
type Same struct {
	From, To mithaq.OrgID
	Objects  int
	Digest   mithaq.Digest // over the digests of all of them
}

// Same prints it.
func (s *Story) Same(c Same) {
	s.Good(s.N("demo.data.same", c.Objects, s.name(c.To), s.name(c.From)))
	s.Aside(s.T("demo.data.digest", short(c.Digest.String())))
}

// Agree prints one comparison of records.
func (s *Story) Agree(v Verified) { s.verified(v) }

// ImportedAgain prints what a second import of the file did.
func (s *Story) ImportedAgain(known, added int) {
	if added > 0 {
		s.Bad(s.N("demo.data.added", added))
		return
	}
	s.Good(s.N("demo.data.again", known))
}

// A Measure is what some work took.
type Measure struct{ CPU, Wall time.Duration }

// Cost is what importing and sharing a file took.
type Cost struct {
	Import, Share    Measure
	Imported, Shared int // objects
}

// Cost prints it, for the machine that it ran on.
func (s *Story) Cost(c Cost) {
	s.Say("demo.data.import-cost", s.seconds(c.Import.Wall), s.seconds(c.Import.CPU), micros(c.Import.CPU, c.Imported))
	s.Say("demo.data.share-cost", s.seconds(c.Share.Wall), s.seconds(c.Share.CPU), micros(c.Share.CPU, c.Shared))
}

// seconds writes a duration with one decimal, behind a comma where one is used.
func (s *Story) seconds(d time.Duration) string {
	text := strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
	if s.Lang() == "fr" || s.Lang() == "tr" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func micros(d time.Duration, objects int) string {
	return strconv.FormatInt(d.Microseconds()/int64(max(objects, 1)), 10)
}
