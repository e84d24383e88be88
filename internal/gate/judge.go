package gate

import (
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// judging decides, inside Put, about objects that are not kept yet: only who
// made or gave the versions before may add another.
type judging struct {
	g       *Gate
	tx      *store.Tx
	from    mithaq.OrgID // who gives now
	items   []store.NewItem
	refuse  func(i int) error // what a foreign version is told; gate.foreign-version when nil
	follows []int64           // numbers of versions that are followed by new ones
}

func (j *judging) judge(i int, prior []store.Head) error {
	it := &j.items[i]
	if it.Version == "" || len(prior) == 0 {
		return nil // objects without versions stand beside each other
	}
	givers, err := j.givers(prior)
	if err != nil {
		return err
	}
	if len(givers) > 0 && !slices.Contains(givers, j.from) {
		if j.refuse != nil {
			return j.refuse(i)
		}
		return denied("gate.foreign-version", string(it.ID), string(givers[0]))
	}
	for _, h := range prior {
		if h.Version == it.Version {
			return mithaq.Refuse(mithaq.Conflict, "gate.same-version", string(it.ID), it.Version)
		}
	}
	for _, h := range prior {
		j.follows = append(j.follows, h.Seq)
	}
	return nil
}

// givers are who made the versions before, or gave them to us first. Whoever
// gives us later what we have by then gives a holding of their own, and no say in
// what the object becomes.
func (j *judging) givers(prior []store.Head) (orgs []mithaq.OrgID, err error) {
	seqs := make([]int64, len(prior))
	for i, h := range prior {
		seqs[i] = h.Seq
	}
	held, err := j.g.Store.Holdings(j.tx, j.g.node, store.HoldingQuery{Items: seqs})
	if err != nil || len(held) == 0 {
		return nil, err
	}
	first := slices.MinFunc(held, func(a, b store.Held) int { return a.Received.Compare(b.Received) }).Received
	for i := range held {
		if held[i].Received.After(first) {
			continue
		}
		orgs = append(orgs, held[i].Giver)
		if o := held[i].Handling.Originator; o != "" {
			orgs = append(orgs, o)
		}
	}
	return orgs, nil
}
