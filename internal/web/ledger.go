package web

import (
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func mayReadLog(v mithaq.Viewer) bool { return desk.MayReadLog(v) }

// A deed is one entry of the own log, as people read it.
type deed struct {
	Index  int64
	A      mithaq.Account
	Who    string // name, where it is one of ours
	Counts []counted
	Notes  []member
}

// counted is one number of an entry, under its word.
type counted struct {
	Word string
	N    int64
}

type ledgerPage struct {
	Kind, Person, Day string
	After             int64
	Deeds             []deed
	Next              int64 // index to go on from; 0 at the end
	People            []person
	Kinds             []string
	Logs              []ledger.Log
	Verified          *Verified
	Partners          []mithaq.OrgID
}

type person struct {
	ID   mithaq.PersonID
	Name string
}

func (s *site) ledger(v *visit) error { return s.showLedger(v, nil) }

const logLines = 100

func (s *site) showLedger(v *visit, verified *Verified) error {
	if err := v.form(); err != nil {
		return err
	}
	p := ledgerPage{Kind: v.field("kind"), Person: v.field("person"), Day: v.field("day"), Kinds: kinds, Verified: verified}
	p.After, _ = strconv.ParseInt(v.field("after"), 10, 64)
	f := ledger.Filter{Kind: p.Kind, Person: mithaq.PersonID(p.Person), After: max(0, p.After), Limit: logLines}
	if day, err := time.Parse(time.DateOnly, p.Day); err == nil {
		f.From, f.Until = day, day.AddDate(0, 0, 1)
	} else {
		p.Day = ""
	}
	if p.Kind == "" && p.Person == "" && p.Day == "" && v.field("after") == "" {
		f.After = s.lastPage(v)
	}
	found, err := s.Desk.OwnLog(v.r.Context(), v.viewer, f)
	if err != nil {
		return err
	}
	if err := s.fillLedger(v, &p, found); err != nil {
		return err
	}
	return v.show("ledger", v.say.T("web.ledger"), p)
}

// lastPage is where the newest entries begin.
func (s *site) lastPage(v *visit) (after int64) {
	_ = s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		l, err := ledger.LogOf(tx, s.Desk.Ledger.OwnLog())
		after = max(0, l.Size-logLines)
		return err
	})
	return after
}

func (s *site) fillLedger(v *visit, p *ledgerPage, found []desk.Entry) error {
	return s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		called := map[mithaq.PersonID]string{}
		people, err := s.Desk.Accounts.People(tx)
		if err != nil {
			return err
		}
		for _, one := range people {
			called[one.ID] = one.Name
			p.People = append(p.People, person{one.ID, one.Name})
		}
		for _, e := range found {
			p.Deeds = append(p.Deeds, deedOf(e, called))
		}
		if len(found) == logLines {
			p.Next = found[len(found)-1].Index + 1
		}
		slices.Reverse(p.Deeds)
		p.Partners = slices.DeleteFunc(v.orgs(), func(o mithaq.OrgID) bool { return o == s.Desk.Org })
		p.Logs, err = ledger.Logs(tx)
		return err
	})
}

func deedOf(e desk.Entry, called map[mithaq.PersonID]string) deed {
	d := deed{Index: e.Index, A: e.Account, Who: called[e.Account.By]}
	for _, name := range slices.Sorted(maps.Keys(e.Account.Counts)) {
		d.Counts = append(d.Counts, counted{name, e.Account.Counts[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Account.Notes)) {
		value := e.Account.Notes[name]
		if who := called[mithaq.PersonID(value)]; who != "" {
			value = who
		}
		d.Notes = append(d.Notes, member{Name: name, Value: value})
	}
	return d
}

// countedSaid is what a number of an entry counts: a word of ours, or a clause.
func countedSaid(p *say.Printer, w string) template.HTML {
	if clause, ok := strings.CutPrefix(w, "clause "); ok {
		return template.HTML(template.HTMLEscapeString(p.T("web.article.short", clause)))
	}
	if line, ok := strings.CutPrefix(w, "red line "); ok {
		return template.HTML(template.HTMLEscapeString(p.T("web.red-line"))) + " " + foreign(line)
	}
	return foreign(p.Word("count", w))
}

// notedSaid is the value of a note: a word of ours, or as it is.
func notedSaid(p *say.Printer, m member) template.HTML {
	for _, vocabulary := range []string{m.Name, "role"} {
		if said := p.Word(vocabulary, m.Value); string(said) != say.Clean(m.Value) {
			return template.HTML(template.HTMLEscapeString(string(said)))
		}
	}
	return foreign(m.Value)
}

// An exclusive lets one at a time through.
type exclusive struct{ m sync.Mutex }

// verifyHere recomputes everything that the node keeps; one at a time.
func (s *site) verifyHere(v *visit) error {
	if !mayReadLog(v.viewer) {
		return mithaq.Refuse(mithaq.Denied, "log.may-not-read")
	}
	if !s.verifying.m.TryLock() {
		return mithaq.Busy
	}
	defer s.verifying.m.Unlock()
	found, err := s.Verify(v.r.Context())
	if err != nil {
		return err
	}
	return s.showLedger(v, &found)
}

// kinds are what an own log has entries of, as the catalogue names them.
var kinds = []string{
	"acceptance", "alarm", "approval-refused", "assessment", "backup", "breach", "card", "carry-in", "carry-out", "case", "case-closed",
	"configuration", "consent", "consent-ask", "credential-registered", "credential-revoked", "dry-run", "erasure", "erasure-received",
	"held-back", "import", "inquiry-crossed", "inquiry-drafted", "inquiry-overdue", "inquiry-read", "inquiry-step", "invitation", "learnt",
	"link-made", "log-read", "mark", "mark-settled", "match", "match-again", "match-answered", "match-auditor", "match-batch",
	"match-batch-done", "match-batch-paused", "match-batch-running", "match-batch-stopped", "match-failed", "match-key",
	"match-key-destroyed", "match-opened", "match-publish", "match-refused", "match-warning", "misp-road", "misp-survey", "narrow", "note",
	"offer", "offer-withdrawn", "openings", "pact-draft", "pact-end", "pact-in-force", "pact-propose", "pact-resume", "pact-sign",
	"pact-suspend", "partner-accepted", "partner-card", "partner-ended", "partner-frozen", "partner-introduced", "partner-suspended",
	"passkey-behind", "passkey-registered", "passkey-removed", "person-closed", "person-enrolled", "person-request", "person-request-deed",
	"put-back", "read", "recall", "refusal", "release-approved", "release-proposed", "release-refused", "release-stopped", "restore",
	"review", "role-granted", "role-proposed", "role-withdrawn", "service-added", "service-dropped", "session-begun", "session-ended",
	"sessions-ended", "signed-in", "signed-out", "source-profile", "unreadable",
}
