package mithaqtest

import (
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Purpose and Basis are what is shared for, and on which legal basis, in the
// pacts of these worlds.
const (
	Purpose = mithaq.EventSecurity
	Basis   = "MoU 4"
)

// Agree puts a pact on an event in force between nodes: drafted and proposed by
// the first, signed by all.
func (w *World) Agree(nodes ...*Node) stix.ID {
	w.t.Helper()
	return w.AgreeOn(w.Terms(mithaq.EventTemplate), nodes...)
}

// Terms are those of a template with all filled in that it leaves open.
func (w *World) Terms(kind mithaq.TemplateKind) mithaq.Terms {
	w.t.Helper()
	terms, err := mithaq.Template(kind)
	w.must(err)
	terms.Basis = []mithaq.LegalBasis{{Ref: Basis, Text: map[string]string{"en": "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Law 18-07"}, Assurances: map[string]string{"en": "Annex B"}}
	return terms
}

// AgreeOn puts a pact on terms in force between nodes, for a year where the
// terms do not say how long.
func (w *World) AgreeOn(terms mithaq.Terms, nodes ...*Node) stix.ID {
	w.t.Helper()
	first := nodes[0]
	now := first.Now()
	terms.From = mithaq.At(now.AddDate(0, 0, -1))
	if terms.Until.IsZero() {
		terms.Until = mithaq.At(now.AddDate(1, 0, 0))
	}
	p := mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(now), map[string]string{"en": "Cup final"}, w.parties(nodes), terms)
	first.Write(func(tx *store.Tx) error { return first.Pacts().Draft(tx, first.Legal(), p) })
	w.Sign(p, nodes...)
	return p.ID
}

func (w *World) parties(nodes []*Node) (list []mithaq.Party) {
	for _, n := range nodes {
		party := mithaq.Party{Org: n.Org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": string(n.Org)}}
		n.Read(func(tx *store.Tx) error {
			_, digest, err := n.Peer().Card(tx)
			if err != nil {
				return err
			}
			c, err := n.Peer().CardOf(tx, digest)
			if err == nil {
				party.Card, party.Fingerprint = digest, c.Organisation.Fingerprint()
			}
			return err
		})
		list = append(list, party)
	}
	return list
}

// Sign lets the first node propose a draft of its and all sign it.
func (w *World) Sign(p *mithaq.Pact, nodes ...*Node) {
	w.t.Helper()
	digest := p.Digest()
	proposer := nodes[0].Legal()
	nodes[0].Write(func(tx *store.Tx) error { return nodes[0].Pacts().Propose(tx, proposer, digest) })
	w.WaitFor("all hold the text", func() bool {
		return !slices.ContainsFunc(nodes, func(n *Node) bool { return !n.holds(digest) })
	})
	for _, n := range nodes {
		signer := n.Legal()
		n.Write(func(tx *store.Tx) error { return n.Pacts().Sign(tx, signer, digest) })
	}
	w.WaitFor("the pact is in force", func() bool {
		for _, n := range nodes {
			if current, err := n.inForce(p.ID); err != nil || current != digest {
				return false
			}
		}
		return true
	})
}

func (n *Node) holds(text mithaq.Digest) bool {
	return n.Store().Read(n.ctx(), func(tx *store.Tx) error {
		_, err := n.Pacts().Text(tx, text)
		return err
	}) == nil
}

// Amend puts a new version of a pact in force between its parties.
func (w *World) Amend(pact stix.ID, change func(*mithaq.Terms), nodes ...*Node) {
	w.t.Helper()
	first := nodes[0]
	v := first.Legal()
	var next *mithaq.Pact
	first.Write(func(tx *store.Tx) error {
		t, err := first.Pacts().InForce(tx, pact)
		if err != nil {
			return err
		}
		terms := t.Pact.Terms
		change(&terms)
		next = t.Pact.Next(mithaq.At(first.Now()), w.parties(nodes), terms)
		return first.Pacts().Draft(tx, v, next)
	})
	w.Sign(next, nodes...)
}

func (n *Node) inForce(pact stix.ID) (digest mithaq.Digest, err error) {
	err = n.Store().Read(n.ctx(), func(tx *store.Tx) error {
		digest, err = n.Pacts().Current(tx, pact)
		return err
	})
	return digest, err
}

// Suspend stops a pact for the node's part.
func (n *Node) Suspend(pact stix.ID) {
	n.t.Helper()
	v := n.Legal()
	n.Write(func(tx *store.Tx) error {
		_, err := n.Pacts().Suspend(tx, v, pact, "", "an audit")
		return err
	})
}

// Resume takes that back.
func (n *Node) Resume(pact stix.ID) {
	n.t.Helper()
	v := n.Legal()
	n.Write(func(tx *store.Tx) error { return n.Pacts().Resume(tx, v, pact, "") })
}
