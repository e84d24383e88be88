package tell

import (
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// sayText marks a text as our own, which goes into a sentence as it is.
func sayText(s string) say.Text { return say.Text(s) }

// A Story is told step by step: Step prints what is about to happen, and the
// methods after it what did. The order of calls is the order of the story:
//
//	Open
//	Step(Agree)    Compared, Agreed
//	Step(Share)    Imported, Judged, Delivered
//	Step(Recall)   Cut, Recalled, Healed
//	Step(Cheat)    Altered, Checked, Restored
//	Step(Question) Imported, Offered, Sealed, Matched, Counted, Inquired, Refused, Opened
//	Step(Audit)    Audited
//	Close
type Story struct {
	*Teller
}

// A Step is one chapter.
type Step int

// The steps.
const (
	Agree Step = 1 + iota
	Share
	Recall
	Cheat
	Question
	Audit
	steps = int(Audit)
)

// Step prints the heading of a step and what it is about.
func (s *Story) Step(step Step) {
	n := strconv.Itoa(int(step))
	s.Heading(s.T("demo.step", int(step), steps, sayText(s.T("demo."+n+".title"))))
	s.Say("demo."+n+".intro", s.name(scene.Atlas), s.name(scene.Najd), s.name(scene.Anatolia))
	s.line("")
}

// name returns what an organisation is called; one that the scene does not
// know by its id.
func (s *Story) name(org mithaq.OrgID) say.Text {
	if name := scene.Name(org, s.Lang()); name != "" {
		return say.Text(name)
	}
	return say.Text(s.Iso(string(org)))
}

// names lists organisations as one says it: "Atlas, Najd and Anatolia".
func (s *Story) names(orgs []mithaq.OrgID) say.Text {
	var names say.Text
	for i, org := range orgs {
		switch i {
		case 0:
			names = s.name(org)
		case len(orgs) - 1:
			names = say.Text(s.T("demo.and", names, s.name(org)))
		default:
			names = say.Text(s.T("list.pair", names, s.name(org)))
		}
	}
	return names
}

// habit returns a printer of our language that writes dates as an organisation
// does at home.
func (s *Story) habit(org mithaq.OrgID) *say.Printer {
	return s.With(say.For(scene.Locales[org]).Style())
}

// at writes an instant as an organisation does.
func (s *Story) at(org mithaq.OrgID, t time.Time) say.Text {
	if t.IsZero() {
		return "—"
	}
	return say.Text(strings.ReplaceAll(s.habit(org).DateTime(t.UTC()), " UTC", "\u00a0UTC"))
}

// A Node is one of the nodes that the story runs on.
type Node struct {
	Org         mithaq.OrgID
	Address     string   // where it serves, such as "https://127.0.0.1:7443"
	Fingerprint []string // of its card: twelve numbers, as its desk reads them aloud
}

// Opening is where the story begins.
type Opening struct {
	Today time.Time
	Final time.Time
	Nodes []Node
}

// Open prints the title and the cast.
func (s *Story) Open(o Opening) {
	s.Heading(s.T("demo.title"))
	s.Say("demo.intro", s.name(scene.Atlas), s.name(scene.Najd), s.name(scene.Anatolia), say.Text(s.Date(o.Final)))
	s.Say("demo.fiction")
	s.Say("demo.today", say.Text(s.Date(o.Today)), s.name(scene.Najd), say.Text(s.habit(scene.Najd).Date(o.Today)))
	s.line("")
	var rows [][]string
	for _, n := range o.Nodes {
		rows = append(rows, []string{string(s.name(n.Org)), s.Iso(n.Address), s.Iso(halves(n.Fingerprint))})
	}
	s.Table(s.heads("organisation", "address", "fingerprint"), rows)
}

// halves are the numbers of a fingerprint in two lines of six.
func halves(numbers []string) string {
	half := (len(numbers) + 1) / 2
	return strings.Join(numbers[:half], "\u00a0") + " " + strings.Join(numbers[half:], "\u00a0")
}

// heads are columns of text by their keys.
func (s *Story) heads(keys ...string) []Column {
	heads := make([]Column, len(keys))
	for i, key := range keys {
		heads[i].Head = s.T("demo.column." + key)
	}
	return heads
}

// A Hint is a command the reader may try, and the key of what it does.
type Hint struct {
	Key     string       // demo.try.pact, ...
	Org     mithaq.OrgID // at whose desk, for the keys that say so
	Command string       // or an address for a browser
}

// Ending is how it went.
type Ending struct {
	Took     time.Duration
	CPU      time.Duration // of this machine's processors, all nodes together
	Verified []Verified    // a last look at all the records
	Hints    []Hint        // none where the nodes stop now
}

// Close prints the last check, and what the reader may try.
func (s *Story) Close(e Ending) {
	s.Heading(s.T("demo.end"))
	for _, v := range e.Verified {
		s.verified(v)
	}
	s.Count("demo.took", int(e.Took.Round(time.Second)/time.Second), s.seconds(e.CPU))
	if len(e.Hints) == 0 {
		return
	}
	s.line("")
	s.Say("demo.try")
	for _, hint := range e.Hints {
		if hint.Org == "" {
			s.Item(s.T(hint.Key))
		} else {
			s.Item(s.T(hint.Key, s.name(hint.Org)))
		}
		s.Command(hint.Command)
	}
	s.Say("demo.stop")
}

// Stopped prints that the nodes have stopped, and where what they kept lies or lay.
func (s *Story) Stopped(dir string, kept bool) {
	s.line("")
	if kept {
		s.Say("demo.stopped-kept", dir)
		return
	}
	s.Say("demo.stopped-removed", dir)
}
