package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A task is something that waits: for this person, or for somebody they should ask.
type task struct {
	What    string // a word of the catalogue: web.task.WHAT
	Href    string
	Org     mithaq.OrgID
	Count   int
	Title   string // of a pact
	By      time.Time
	Since   time.Time
	Late    bool
	Seconds int64 // until By
}

// crossed counts what crossed with one partner in the last day.
type crossed struct {
	Org                        mithaq.OrgID
	Given, Refused, Got, Stays int64
}

type todayPage struct {
	Now     time.Time
	Tasks   []task
	New     []row
	Crossed []crossed
	Lines   []link
	Reads   bool // this person reads content
}

// lines are how many new items the first page shows.
const newLines = 8

func (s *site) today(v *visit) error {
	p := todayPage{Now: s.Now().UTC(), Reads: v.viewer.MayAssess()}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		for _, look := range []func(*store.Tx, *visit) error{p.reviews, p.recalls, p.consents, p.silences, p.endings, p.crossings, p.caseReviews, p.seconds, p.requests} {
			if err := look(tx, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.Reads {
		if p.New, err = s.newest(v.r.Context(), v); err != nil {
			return err
		}
	}
	slices.SortStableFunc(p.Tasks, func(a, b task) int { return cmp.Compare(a.order(p.Now), b.order(p.Now)) })
	return v.show("today", v.say.T("web.today"), p)
}

// order puts what is due first first, and what has no time last.
func (t *task) order(now time.Time) int64 {
	if t.By.IsZero() {
		return now.AddDate(100, 0, 0).UnixMicro() - t.Since.UnixMicro()/1e6
	}
	return t.By.UnixMicro()
}

func (p *todayPage) add(t task) {
	if !t.By.IsZero() {
		t.Late, t.Seconds = p.Now.After(t.By), int64(t.By.Sub(p.Now).Seconds())
	}
	p.Tasks = append(p.Tasks, t)
}

// reviews are releases that wait for this person's approval.
func (p *todayPage) reviews(tx *store.Tx, v *visit) error {
	if v.waiting == 0 {
		return nil
	}
	all, err := v.site.Desk.Gate.Releases(tx, v.viewer, gate.Proposed)
	for _, r := range all {
		if v.viewer.MayApprove(r.Release.Person, mithaq.At(p.Now)) {
			p.add(task{What: "review", Href: "/releases/" + string(r.Release.ID), Org: r.To, Count: r.Release.Count, Since: r.Release.Created.Time})
		}
	}
	return err
}

// recalls are those that a partner has not answered, or that we have not.
func (p *todayPage) recalls(tx *store.Tx, v *visit) error {
	all, err := v.site.Desk.Gate.Recalls(tx, true)
	for _, r := range all {
		what, org := "recall", r.Partner
		if r.Giver != v.site.Desk.Org {
			what, org = "recalled", r.Giver
		}
		p.add(task{What: what, Href: "/partners/" + string(org), Org: org, By: r.Due, Since: r.At})
	}
	return err
}

// consents are questions of partners that nobody has answered.
func (p *todayPage) consents(tx *store.Tx, v *visit) error {
	if !v.viewer.MayConsent() {
		return nil
	}
	all, err := v.site.Desk.Gate.Questions(tx, false)
	for _, q := range all {
		if q.Answer == nil {
			p.add(task{What: "consent", Href: "/partners/" + string(q.Ask.From), Org: q.Ask.From, Count: len(q.Ask.Items), By: q.Ask.Until.Time, Since: q.At})
		}
	}
	return err
}

// late is how old a message may be whose receipt is missing before people hear of it.
const late = 10 * time.Minute

// silences are lanes on which something of ours waits too long, or that stand still.
func (p *todayPage) silences(tx *store.Tx, v *visit) (err error) {
	if p.Lines, err = v.site.links(tx); err != nil {
		return err
	}
	for _, l := range p.Lines {
		since, stuck := l.stuck(p.Now)
		what := "silent"
		if l.State == "bad" {
			what = "frozen"
		}
		if stuck || what == "frozen" {
			p.add(task{What: what, Href: "/partners/" + string(l.Partner.Org), Org: l.Partner.Org, Count: int(l.Waiting), Since: since})
		}
	}
	return nil
}

// soon is how long before its end a pact is named.
const soon = 30 * 24 * time.Hour

// endings are pacts that end soon, and texts that wait for our signature.
func (p *todayPage) endings(tx *store.Tx, v *visit) error {
	texts, err := v.site.Desk.Pacts.Texts(tx)
	for _, t := range texts {
		href, title := "/pacts/"+string(t.Pact.ID), mithaq.Texts(t.Pact.Title).In(v.say.Lang())
		switch {
		case t.Status == mithaq.Proposed && v.viewer.MaySign():
			signed, err := v.site.signedByUs(tx, t.Digest)
			if err != nil {
				return err
			}
			if !signed {
				p.add(task{What: "sign", Href: "/pacts/" + t.Digest.String(), Org: t.Drafter, Title: title})
			}
		case t.Status == mithaq.InForce && t.Pact.Terms.Until.Sub(p.Now) < soon:
			p.add(task{What: "ends", Href: href, Title: title, By: t.Pact.Terms.Until.Time})
		}
	}
	return err
}

func (s *site) signedByUs(tx *store.Tx, d mithaq.Digest) (bool, error) {
	signed, err := s.Desk.Pacts.Signatures(tx, d)
	return slices.ContainsFunc(signed, func(one signedText) bool { return one.Org == s.Desk.Org }), err
}

// caseReviews are cases of this person's whose day of review or closing is near.
func (p *todayPage) caseReviews(tx *store.Tx, v *visit) error {
	all, err := v.site.Desk.CasesOf(tx, v.viewer)
	for _, c := range all {
		by := c.ReviewAt.Time
		if end := c.CloseBy.Time; by.IsZero() || !end.IsZero() && end.Before(by) {
			by = end
		}
		if c.Closed.IsZero() && !by.IsZero() && by.Sub(p.Now) < near {
			p.add(task{What: "case", Href: "/cases/" + string(c.ID), Title: c.Title, By: by})
		}
	}
	return err
}

// seconds are answers in doubt that wait for another person.
func (p *todayPage) seconds(tx *store.Tx, v *visit) error {
	if !v.viewer.MayAssess() {
		return nil
	}
	all, err := v.site.Desk.Gate.AllUnsigned(tx, v.viewer)
	for _, a := range all {
		if gate.NeedsSecond(a) && a.Person != v.viewer.Person {
			p.add(task{What: "second", Href: "/assess/" + string(a.ID), Since: a.Created.Time})
		}
	}
	return err
}

// requests are those of persons concerned, by when they are due, and marks of
// partners that wait.
func (p *todayPage) requests(tx *store.Tx, v *visit) error {
	if !mayServePersons(v.viewer) {
		return nil
	}
	all, err := v.site.Desk.Subjects.Requests(tx, v.viewer)
	for _, r := range all {
		if r.Closed.IsZero() {
			p.add(task{What: "person", Href: "/persons/" + r.ID, By: r.Due, Since: r.At})
		}
	}
	if err != nil {
		return err
	}
	claims, err := v.site.Desk.Gate.Claims(tx, v.viewer)
	for _, c := range claims {
		p.add(task{What: "claim", Href: "/persons", Org: c.By, Since: c.At})
	}
	return err
}

// near is how long before its day of review a case is named.
const near = 7 * 24 * time.Hour

// crossings counts the last day by partner, from the releases and the messages.
func (p *todayPage) crossings(tx *store.Tx, v *visit) error {
	counts, err := v.site.Desk.Crossed(tx, p.Now.Add(-24*time.Hour))
	for _, c := range counts {
		p.Crossed = append(p.Crossed, crossed{Org: c.Partner, Given: c.Given, Refused: c.Refused, Got: c.Got, Stays: c.Stays})
	}
	return err
}

// newest is the last items that this person may read.
func (s *site) newest(ctx context.Context, v *visit) ([]row, error) {
	page, _, err := s.Desk.Gate.Page(ctx, v.viewer, store.Query{Limit: newLines, Newest: true})
	if err != nil {
		return nil, err
	}
	return s.rows(ctx, v, page)
}

// taskSaid names a task, with the partner it is about.
func taskSaid(f frame, t task) string {
	return f.v.say.N("web.task."+t.What, t.Count, say.Text(f.Name(t.Org)), t.Title)
}
