package gate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// followNow makes releases of new versions for the partners who got the ones
// before, each decided again as if nobody attended: what the review rule or a
// missing assessment does not let go by itself waits for a person.
func (g *Gate) followNow(ctx context.Context, payload []byte) error {
	var prior []int64
	if err := json.Unmarshal(payload, &prior); err != nil {
		return err
	}
	var proposals []Proposal
	err := g.write(ctx, func(tx *store.Tx) (err error) {
		proposals, err = g.followAll(tx, prior)
		return err
	})
	if err != nil {
		return err
	}
	return g.sendNow(ctx, proposals)
}

// earlier is a release by which a version went to a partner.
type earlier struct {
	link
	release stix.ID
}

func (g *Gate) followAll(tx *store.Tx, prior []int64) (all []Proposal, err error) {
	groups := map[earlier][]*store.Item{}
	items, err := g.Store.Fetch(tx, g.node, prior)
	if err != nil {
		return nil, err
	}
	for i := range items {
		if err := g.sentBefore(tx, &items[i], groups); err != nil {
			return nil, err
		}
	}
	var later []int64
	for e, items := range groups {
		p, err := g.followOne(tx, e, idsOf(items))
		switch {
		case errors.Is(err, errSuspended):
			later = append(later, each(items, func(it *store.Item) int64 { return it.Seq })...)
		case errors.Is(err, mithaq.Denied), errors.Is(err, mithaq.NotFound), errors.Is(err, mithaq.Conflict): // the pact, or the inquiry, is over
		case err != nil:
			return nil, err
		}
		all = append(all, p...)
	}
	return all, g.followAt(tx, later, tx.Now().Add(followAgain))
}

// errSuspended puts off what follows until the pact is resumed.
var errSuspended = errors.New("gate: the pact is suspended")

const followAgain = 10 * time.Minute

func idsOf(items []*store.Item) (ids []stix.ID) {
	for _, it := range items {
		if !slices.Contains(ids, it.Ref.ID) {
			ids = append(ids, it.Ref.ID)
		}
	}
	return ids
}

// suspended reports whether a pact stands still between us and a partner for a purpose.
func (g *Gate) suspended(tx *store.Tx, l link, purpose mithaq.Purpose) (bool, error) {
	s, err := g.Pacts.Standing(tx, l.pact, l.to)
	if err != nil {
		return false, err
	}
	return stands(&s.State, purpose), nil
}

// stands reports whether nothing crosses for a purpose now.
func stands(s *mithaq.State, purpose mithaq.Purpose) bool {
	return slices.ContainsFunc(s.Suspended, func(stop mithaq.Stop) bool { return stop.Purpose == "" || stop.Purpose == purpose })
}

// sentBefore finds by which releases an item went out and still counts.
func (g *Gate) sentBefore(tx *store.Tx, it *store.Item, groups map[earlier][]*store.Item) error {
	given, err := g.Reach.Delivered(tx, it.Seq)
	if err != nil {
		return err
	}
	for _, d := range given {
		release, err := g.releaseBy(tx, d.Envelope)
		if errors.Is(err, mithaq.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		e := earlier{link{d.To, d.Pact}, release}
		if !slices.Contains(groups[e], it) {
			groups[e] = append(groups[e], it)
		}
	}
	return nil
}

func (g *Gate) releaseBy(tx *store.Tx, envelope stix.ID) (stix.ID, error) {
	rows, err := tx.Query("SELECT release FROM gate_delivery WHERE envelope = ?", string(envelope))
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var id string
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return "", err
		}
	}
	if id == "" {
		return "", mithaq.NotFound
	}
	return stix.ID(id), rows.Err()
}

func (g *Gate) followOne(tx *store.Tx, e earlier, ids []stix.ID) (all []Proposal, err error) {
	s, err := g.Release(tx, e.release)
	if err != nil {
		return nil, err
	}
	r := s.Release
	if still, err := g.suspended(tx, e.link, r.Purpose); err != nil || still {
		return nil, cmp.Or(err, errSuspended)
	}
	back, err := g.takenBack(tx, e.link)
	if err != nil {
		return nil, err
	}
	if ids = slices.DeleteFunc(ids, func(id stix.ID) bool { return back[id] }); len(ids) == 0 {
		return nil, nil
	}
	ask := Ask{
		Selection: Selection{IDs: ids}, Pact: e.pact, To: []mithaq.OrgID{e.to}, Purpose: r.Purpose, Basis: r.Basis,
		Urgency: r.Urgency, Case: r.Case, Recipients: r.Recipients, Use: r.Use, Inquiry: r.Inquiry,
	}
	alone, err := g.followLook(tx, e.link, &ask, false)
	if err != nil {
		return nil, err
	}
	attended, err := g.followLook(tx, e.link, &ask, true)
	if err != nil {
		return nil, err
	}
	// What may go by itself goes; what would only go because a person decides
	// waits for one.
	alone.only(func(i int) bool { return !alone.review[i] })
	sent := map[int64]bool{}
	for _, x := range alone.listed {
		sent[x.item] = true
	}
	attended.only(func(i int) bool { return !sent[attended.listed[i].item] })
	// The proposer of the release before stands for whom the new one is made.
	by := g.node
	by.Person = r.Person
	for _, look := range []*Preview{alone, attended} {
		p, err := g.propose(tx, by, &ask, look, look == attended)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, g.enterPreviews(tx, g.node, "release-followed", &ask, []Preview{*attended})
}

// followLook decides about new versions for one partner, without what the
// partner has already or what was taken back from them.
func (g *Gate) followLook(tx *store.Tx, l link, ask *Ask, attended bool) (*Preview, error) {
	looks, err := g.previews(tx, g.node, ask, attended)
	if err != nil {
		return nil, err
	}
	look := &looks[0]
	had := map[int64]bool{}
	for _, x := range look.listed {
		given, err := g.Reach.Delivered(tx, x.item)
		if err != nil {
			return nil, err
		}
		had[x.item] = slices.ContainsFunc(given, func(d Given) bool { return d.To == l.to && d.Pact == l.pact })
	}
	look.only(func(i int) bool { return !had[look.listed[i].item] })
	return look, nil
}

// only keeps those listed items of which keep says so, by their places.
func (p *Preview) only(keep func(i int) bool) {
	var listed []entry
	var digests []mithaq.Digest
	var review []bool
	for i := range p.listed {
		if keep(i) {
			listed, digests, review = append(listed, p.listed[i]), append(digests, p.digests[i]), append(review, p.review[i])
		}
	}
	p.listed, p.digests, p.review = listed, digests, review
	p.Reviews = 0
	for _, r := range review {
		if r {
			p.Reviews++
		}
	}
	p.Goes = len(listed) - p.Reviews
}

// takenBack are the ids of what we took back from a partner under a pact and
// have not erased.
func (g *Gate) takenBack(tx *store.Tx, l link) (map[stix.ID]bool, error) {
	recalls, err := storedAll[mithaq.Recall](tx, "SELECT raw FROM gate_recall WHERE kind = ? AND giver = ? AND partner = ? AND pact = ?",
		string(mithaq.MessageRecall), string(g.Org), string(l.to), string(l.pact))
	if err != nil {
		return nil, err
	}
	var items []int64
	for _, r := range recalls {
		n, err := g.meaning(tx, r.Items)
		if err != nil {
			return nil, err
		}
		items = append(items, n.numbers()...)
	}
	slices.Sort(items)
	page, err := g.Store.Fetch(tx, g.node, slices.Compact(items))
	ids := map[stix.ID]bool{}
	for i := range page {
		ids[page[i].Ref.ID] = true
	}
	return ids, err
}
