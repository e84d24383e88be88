package desk

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Crossing counts the objects that crossed with one partner, and those that did
// not: what the log says, without what they are.
type Crossing struct {
	Partner mithaq.OrgID
	Given   int64 // released to them, and accepted there
	Got     int64 // from them, and accepted
	Refused int64 // by us, of what they sent
	Stays   int64 // looked at for a release to them, and kept here
}

// Crossed counts what crossed since a time, by partner.
func (d *Desk) Crossed(tx *store.Tx, since time.Time) ([]Crossing, error) {
	by, err := d.given(tx, since)
	if err != nil {
		return nil, err
	}
	for kind, count := range map[string]func(c *Crossing, a *mithaq.Account){
		"release-proposed": func(c *Crossing, a *mithaq.Account) {
			c.Stays += a.Counts["items"] - a.Counts["goes"] - a.Counts["reviews"]
		},
		"review": func(c *Crossing, a *mithaq.Account) {
			c.Got += a.Counts["items"] - a.Counts["refused"]
			c.Refused += a.Counts["refused"]
		},
	} {
		if err := d.eachEntry(tx, kind, since, func(a *mithaq.Account) {
			org := cmp.Or(other(d.Org, a.To), other(d.Org, a.From))
			if org == "" {
				return
			}
			if by[org] == nil {
				by[org] = &Crossing{Partner: org}
			}
			count(by[org], a)
		}); err != nil {
			return nil, err
		}
	}
	return sorted(by), nil
}

// given counts what partners accepted of the releases since a time.
func (d *Desk) given(tx *store.Tx, since time.Time) (map[mithaq.OrgID]*Crossing, error) {
	by := map[mithaq.OrgID]*Crossing{}
	all, err := d.Gate.Releases(tx, mithaq.NodeViewer(d.Org), "")
	for _, r := range all {
		if r.Release.Created.Before(since) {
			continue
		}
		way, err := d.Gate.Delivery(tx, r.Release.ID)
		if err != nil {
			return nil, err
		}
		if by[r.To] == nil {
			by[r.To] = &Crossing{Partner: r.To}
		}
		by[r.To].Given += int64(way.Accepted)
	}
	return by, err
}

// other is an organisation that is not ours, or nobody.
func other(ours, org mithaq.OrgID) mithaq.OrgID {
	if org == ours {
		return ""
	}
	return org
}

func sorted(by map[mithaq.OrgID]*Crossing) (list []Crossing) {
	for _, c := range slices.SortedFunc(maps.Values(by), func(a, b *Crossing) int { return cmp.Compare(a.Partner, b.Partner) }) {
		list = append(list, *c)
	}
	return list
}

// eachEntry goes through the own log's entries of a kind since a time.
func (d *Desk) eachEntry(tx *store.Tx, kind string, since time.Time, do func(a *mithaq.Account)) error {
	f := ledger.Filter{Kind: kind, From: since, Limit: 1000}
	for {
		found, err := ledger.Find(tx, d.Ledger.OwnLog(), f)
		if err != nil {
			return err
		}
		list := entriesOf(found)
		for i := range list {
			do(&list[i].Account)
		}
		if len(list) < f.Limit {
			return nil
		}
		f.After = list[len(list)-1].Index + 1
	}
}
