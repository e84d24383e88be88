package gate

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// An Ask says what is to go to whom under which pact, what for and why.
type Ask struct {
	Selection  Selection
	Pact       stix.ID
	To         []mithaq.OrgID // every other peer of the pact where empty
	Purpose    mithaq.Purpose
	Basis      string // a reference of the pact's legal basis
	Urgency    mithaq.Urgencies
	Case       stix.ID
	Recipients []string // persons named, for TLP:RED
	Use        mithaq.Use
	Detail     string
	Inquiry    stix.ID // that it answers; then Use and Detail follow
	// Seen is what a person saw before they decided, by partner: Preview.Seen of
	// each. What changed since then is shown to them again before anything goes.
	Seen map[mithaq.OrgID]mithaq.Digest

	warned bool           // of values to look at twice
	draft  *pact.Standing // by which it is decided, in place of a pact in force
}

// A Preview says what one partner would get, and why not the rest.
type Preview struct {
	To       mithaq.OrgID
	Items    int       // looked at
	Goes     int       // now
	Reviews  int       // once a second person has approved
	Stays    []Stay    // what does not go, by reason; the most frequent first
	Warnings []Warning // about values of what goes, in a dry run alone; the most frequent first
	listed   []entry   // what goes or reviews
	digests  []mithaq.Digest
	review   []bool // of those listed: it waits for a second person
}

// Going says of each item that may go, by its number, whether a second person
// approves it first.
func (p *Preview) Going() map[int64]bool {
	going := make(map[int64]bool, len(p.listed))
	for i, e := range p.listed {
		going[e.item] = p.review[i]
	}
	return going
}

// Seen is a digest of all that would go to the partner, and how.
func (p *Preview) Seen() mithaq.Digest {
	b := append([]byte(p.To), 0)
	for i := range p.digests {
		b = append(b, p.digests[i][:]...)
		if p.review[i] {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return mithaq.DigestOf(b)
}

// asSeen refuses where a person saw something else than what would go now.
func (ask *Ask) asSeen(all []Preview) error {
	for i := range all {
		if seen, ok := ask.Seen[all[i].To]; ok && seen != all[i].Seen() {
			return mithaq.Refuse(mithaq.Conflict, "gate.seen-other", string(all[i].To))
		}
	}
	return nil
}

// A Stay is why some items do not go.
type Stay struct {
	Clauses mithaq.Clauses // of the pact, and safeguards
	Lines   []string       // red lines of our own, by policy
	Count   int
	Items   []mithaq.ItemRef // the first of them
	// Facts and Request are what the first of them was decided by, for explaining.
	Facts   mithaq.Facts
	Request mithaq.Request
	Pact    *mithaq.Pact
}

// Reasons says, clause by clause, why the first of the items stays; for the
// others with the same clauses it is the same but for their labels.
func (s *Stay) Reasons() []mithaq.Reason {
	return mithaq.Decision{Failed: s.Clauses}.Reasons(s.Pact, &s.Facts, &s.Request)
}

// Preview says what each partner would get, without sending anything. It is a
// dry run, and enters the own log as one.
//
// Denied: the viewer may not propose. NotFound: no such pact, or not in force.
func (g *Gate) Preview(ctx context.Context, v mithaq.Viewer, ask Ask) (all []Preview, err error) {
	if err := mayAsk(v, &ask); err != nil {
		return nil, err
	}
	ask.warned = true
	err = g.read(ctx, func(tx *store.Tx) error {
		all, err = g.previews(tx, v, &ask, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, g.write(ctx, func(tx *store.Tx) error { return g.enterPreviews(tx, v, "dry-run", &ask, all) })
}

func (g *Gate) enterPreviews(tx *store.Tx, v mithaq.Viewer, kind string, ask *Ask, all []Preview) error {
	for i := range all {
		p := &all[i]
		a := mithaq.Account{
			To: p.To, About: ask.Pact, Purpose: ask.Purpose, Basis: ask.Basis, Case: string(ask.Case),
			Counts: map[string]int64{"items": int64(p.Items), "goes": int64(p.Goes), "reviews": int64(p.Reviews)},
		}
		for _, s := range p.Stays {
			for c := range s.Clauses.All() {
				a.Counts["clause "+c.String()] += int64(s.Count)
			}
			if len(s.Lines) > 0 {
				a.Counts["red line "+strings.Join(s.Lines, " ")] += int64(s.Count)
			}
		}
		if err := g.enter(tx, v, kind, a); err != nil {
			return err
		}
	}
	return nil
}

func mayAsk(v mithaq.Viewer, ask *Ask) error {
	switch {
	case !v.MayPropose():
		return denied("gate.may-not-propose")
	case ask.Purpose == "":
		return denied("gate.no-purpose")
	case ask.Basis == "":
		return denied("gate.no-basis")
	}
	if ask.Urgency == 0 {
		ask.Urgency = mithaq.Routine
	}
	if ask.Inquiry != "" {
		ask.Use = mithaq.UseInquiry
	}
	return nil
}

// previews decides about a selection for each partner.
func (g *Gate) previews(tx *store.Tx, v mithaq.Viewer, ask *Ask, attended bool) ([]Preview, error) {
	if ask.Case != "" && !v.Node {
		if err := g.openCase(tx, v, ask.Case); err != nil {
			return nil, err
		}
	}
	to, err := g.partners(tx, ask)
	if err != nil {
		return nil, err
	}
	last := &newest{all: ask.Selection.All || len(ask.Selection.Items)+len(ask.Selection.IDs) > 0}
	if !last.all {
		if err := g.pages(tx, v, &ask.Selection, func(page []store.Item) error { return last.note(page) }); err != nil {
			return nil, err
		}
	}
	looks := make([]*looking, len(to))
	for i, org := range to {
		if looks[i], err = g.looking(tx, ask, org, attended); err != nil {
			return nil, err
		}
	}
	err = g.pages(tx, v, &ask.Selection, func(page []store.Item) error { return g.look(tx, v, ask, page, last, looks) })
	if err != nil {
		return nil, err
	}
	return each(looks, (*looking).result), nil
}

func (n *newest) note(page []store.Item) error {
	for i := range page {
		n.add(&page[i])
	}
	return nil
}

// partners are whom an ask is for.
func (g *Gate) partners(tx *store.Tx, ask *Ask) ([]mithaq.OrgID, error) {
	if len(ask.To) > 0 {
		return ask.To, nil
	}
	t, err := g.Pacts.InForce(tx, ask.Pact)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(t.Pact.Peers(), func(o mithaq.OrgID) bool { return o == g.Org }), nil
}

// looking is a preview for one partner in the making.
type looking struct {
	Preview
	w     *weighing
	most  int // examples for each reason
	stays map[stayKey]*Stay

	cautious func(kind, text string) []Caution // nil: nothing is warned of
	warnings map[[2]string]*Warning
}

type stayKey struct {
	clauses mithaq.Clauses
	lines   string
}

func (g *Gate) looking(tx *store.Tx, ask *Ask, to mithaq.OrgID, attended bool) (*looking, error) {
	detail, err := g.detail(tx, ask.Inquiry, ask.Pact, g.Org, to)
	if err != nil {
		return nil, err
	}
	w, err := g.weighingFor(tx, ask, mithaq.Request{
		To: to, Purpose: ask.Purpose, Basis: ask.Basis, Urgency: ask.Urgency, Use: ask.Use, Detail: cmp.Or(detail, ask.Detail),
		Attended: attended, Named: len(ask.Recipients) > 0,
	})
	if err != nil {
		return nil, err
	}
	l := &looking{
		Preview: Preview{To: to}, w: w, most: g.Reasons, stays: map[stayKey]*Stay{}, warnings: map[[2]string]*Warning{},
	}
	if ask.warned {
		l.cautious, err = g.cautions(tx)
	}
	return l, err
}

// look decides about one page of items for all partners.
func (g *Gate) look(tx *store.Tx, v mithaq.Viewer, ask *Ask, page []store.Item, last *newest, looks []*looking) error {
	page = slices.DeleteFunc(page, func(it store.Item) bool { return !last.has(&it) })
	held, err := g.Store.HoldingsOf(tx, v, each(page, func(it store.Item) int64 { return it.Seq })...)
	if err != nil {
		return err
	}
	known, err := g.assessments(tx, page)
	if err != nil {
		return err
	}
	groups := byItem(held)
	for _, l := range looks {
		for i := range page {
			of := ask.drawsOn(groups[page[i].Seq])
			if len(of) == 0 {
				continue
			}
			if err := l.add(&page[i], of, known[page[i].Ref.Digest]); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawsOn keeps the holdings that an ask means: as selected, and those that
// belong to its case or to none.
func (ask *Ask) drawsOn(held []store.Held) []store.Held {
	s, file := &ask.Selection, cmp.Or(ask.Selection.Case, ask.Case)
	if s.Giver == "" && s.Under == "" && file == "" {
		return held
	}
	return slices.DeleteFunc(slices.Clone(held), func(h store.Held) bool {
		return s.Giver != "" && h.Giver != s.Giver || s.Under != "" && h.Under != s.Under || s.Case != "" && h.Case != s.Case ||
			file != "" && h.Case != "" && h.Case != file
	})
}

func (l *looking) add(it *store.Item, held []store.Held, a *assessed) error {
	x, err := l.w.weigh(it, held, a)
	if err != nil {
		return err
	}
	l.Items++
	switch {
	case x.allowed():
		l.Goes++
	case x.needsReview():
		l.Reviews++
	default:
		l.stay(it, &x)
		return nil
	}
	l.warn(it)
	l.listed = append(l.listed, entry{it.Seq, x.held.HoldingKey})
	l.digests = append(l.digests, it.Ref.Digest)
	l.review = append(l.review, !x.allowed())
	return nil
}

func (l *looking) stay(it *store.Item, x *weight) {
	key := stayKey{x.decision.Failed, strings.Join(x.lines, "\n")}
	s := l.stays[key]
	if s == nil {
		s = &Stay{Clauses: x.decision.Failed, Lines: x.lines, Facts: l.w.facts, Request: l.w.q, Pact: l.w.standing.Pact}
		s.Facts.Handling, s.Facts.State = x.held.Handling, x.held.State
		l.stays[key] = s
	}
	s.Count++
	if len(s.Items) < l.most {
		s.Items = append(s.Items, it.Ref)
	}
}

func (l *looking) result() Preview {
	for _, s := range slices.SortedFunc(maps.Values(l.stays), func(a, b *Stay) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Clauses, b.Clauses))
	}) {
		l.Stays = append(l.Stays, *s)
	}
	l.Warnings = sortedWarnings(l.warnings)
	return l.Preview
}
