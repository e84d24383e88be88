package node

import (
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// links is the peer as the book of pacts and the gate know it, so that all can
// be made one after the other.
type links struct {
	*peer.Peer
	plain *mispsync.Book // the way to partners that run no node
}

// Send puts a message on its lane, or hands it to the MISP of a partner that has no lanes.
func (l *links) Send(tx *store.Tx, m message.Outbound) (message.Sent, error) {
	if p, err := l.Partner(tx, m.To); err == nil && p.Kind == mithaq.Plain {
		return l.plain.Send(tx, m)
	}
	return l.Peer.Send(tx, m)
}

// Card is the Card with a digest.
func (l *links) Card(tx *store.Tx, digest mithaq.Digest) (*mithaq.Card, error) {
	c, err := l.CardOf(tx, digest)
	if err != nil {
		return nil, err
	}
	return &c.Card, nil
}

// Current is the digest of an accepted partner's present Card, or of ours.
func (l *links) Current(tx *store.Tx, org mithaq.OrgID) (mithaq.Digest, error) {
	_, ours, err := l.Peer.Card(tx)
	if err != nil {
		return mithaq.Digest{}, err
	}
	if c, err := l.CardOf(tx, ours); err == nil && c.Org == org {
		return ours, nil
	}
	p, err := l.Partner(tx, org)
	if err != nil {
		return mithaq.Digest{}, err
	}
	if !p.Accepted() {
		return mithaq.Digest{}, mithaq.Refuse(mithaq.NotFound, "partner.not-accepted", string(org))
	}
	return p.Card, nil
}

// Delivered lists the messages in which we sent an item, for the gate.
func (l *links) Delivered(tx *store.Tx, item int64) ([]gate.Given, error) {
	all, err := l.Reached(tx, item)
	var given []gate.Given
	for _, p := range all {
		if p.Out {
			given = append(given, gate.Given{
				To: p.Partner, Pact: p.Pact, Envelope: p.Envelope, Lane: p.Lane, Sequence: p.Sequence, Index: p.Position, Object: p.Object, State: p.State,
			})
		}
	}
	if err != nil {
		return nil, err
	}
	plain, err := l.plain.Delivered(tx, item)
	return append(given, plain...), err
}

// Came lists the messages in which an item came, for the gate.
func (l *links) Came(tx *store.Tx, item int64) ([]gate.Came, error) {
	all, err := l.Reached(tx, item)
	var came []gate.Came
	for _, p := range all {
		if !p.Out {
			came = append(came, gate.Came{From: p.Partner, Pact: p.Pact, Envelope: p.Envelope, Object: p.Object})
		}
	}
	return came, err
}

// Inside is what a message carried, for the gate.
func (l *links) Inside(tx *store.Tx, envelope stix.ID) (*gate.Inside, error) {
	c, err := l.Contents(tx, envelope)
	if errors.Is(err, mithaq.NotFound) {
		return l.plain.Inside(tx, envelope)
	}
	if err != nil {
		return nil, err
	}
	return &gate.Inside{From: c.From, To: c.To, Pact: c.Pact, Objects: c.Objects, Items: c.Items}, nil
}

// Forget erases what messages keep of items.
func (l *links) Forget(tx *store.Tx, items ...int64) error { return l.Erase(tx, items...) }

// journal is the node's own log as the links know it.
type journal struct{ *ledger.Ledger }

// Pin is the newest signed checkpoint of the own log.
func (j journal) Pin(tx *store.Tx) (string, error) { return j.Ledger.Pin(tx) }
