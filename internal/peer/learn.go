package peer

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A shown card is one that somebody gave us, verified but not yet held to what we hold.
type shown struct {
	*card.Signed
	raw []byte
}

func readShown(raw []byte) (shown, error) {
	c, err := card.Read(raw)
	return shown{c, raw}, err
}

func readAllShown(raws []jsontext.Value) (list []shown, err error) {
	if len(raws) == 0 || len(raws) > maxChain {
		return nil, mithaq.Refuse(mithaq.Invalid, "card.count", len(raws), maxChain)
	}
	for _, raw := range raws {
		c, err := readShown(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// ownCard is the chain of our own cards. NotFound: none was published.
func (p *Peer) ownCard(tx *store.Tx) (*chain, error) {
	var digest []byte
	err := tx.QueryRow("SELECT digest FROM peer_card WHERE org = ? ORDER BY serial DESC, at LIMIT 1", p.cfg.Org).Scan(&digest)
	if err != nil {
		return nil, named(err, "our own card")
	}
	return p.chain(tx, p.cfg.Org, digestOf(digest))
}

// Card is our current card as JSON, and its digest. NotFound: none was published.
func (p *Peer) Card(tx *store.Tx) (raw []byte, digest mithaq.Digest, err error) {
	var d []byte
	err = tx.QueryRow("SELECT raw, digest FROM peer_card WHERE org = ? ORDER BY serial DESC, at LIMIT 1", p.cfg.Org).Scan(&raw, &d)
	return raw, digestOf(d), named(err, "our own card")
}

// CardOf is a card by its digest, whoever's.
func (p *Peer) CardOf(tx *store.Tx, digest mithaq.Digest) (*card.Signed, error) {
	var raw []byte
	if err := tx.QueryRow("SELECT raw FROM peer_card WHERE digest = ?", digest[:]).Scan(&raw); err != nil {
		return nil, named(err, "card %s", digest)
	}
	return card.Read(raw)
}

// publish sends the new card by the old one, which partners know, and goes by
// the new one from then on.
func (p *Peer) publish(ctx context.Context, raw []byte) error {
	raw, err := jcs.Transform(raw) // a file may have spaces around it, which no message carries
	if err != nil {
		return err
	}
	c, err := readShown(raw)
	if err != nil {
		return err
	}
	if c.Org != p.cfg.Org {
		return mithaq.Refuse(mithaq.Denied, "card.other-organisation", p.cfg.Org, c.Org)
	}
	content := message.Pack([]message.Object{{Raw: raw}})
	return p.cfg.Store.Write(ctx, func(tx *store.Tx) error { return p.publishIn(tx, c, content) })
}

func (p *Peer) publishIn(tx *store.Tx, c shown, content *message.Packed) error {
	ours, err := p.ownCard(tx)
	switch {
	case errors.Is(err, mithaq.NotFound):
	case err != nil:
		return err
	default:
		next, err := readChain(tx, p.cfg.Org, ours.Current().Digest)
		if err != nil {
			return err
		}
		if fresh, err := next.Accept(c.Signed); err != nil || !fresh {
			return err
		}
		if err := p.announce(tx, content); err != nil {
			return err
		}
	}
	if err := keepCard(tx, c.Signed, c.raw); err != nil {
		return err
	}
	if err := p.Pin(tx); err != nil {
		return err
	}
	tx.Wakes(topicCard)
	return p.enter(tx, mithaq.Account{Kind: "card", From: p.cfg.Org, Counts: map[string]int64{"serial": c.Serial}, Notes: note("digest", c.Digest.String())})
}

// announce sends a card of ours to every partner that runs a node.
func (p *Peer) announce(tx *store.Tx, content *message.Packed) error {
	if why, err := tx.Quarantined(); err != nil || why != "" {
		return err // they learn it by the exchange of cards, when a key is not known
	}
	partners, err := p.Partners(tx)
	if err != nil {
		return err
	}
	for _, partner := range partners {
		if open(partner, mithaq.MessageCard) != nil {
			continue
		}
		_, err := p.Send(tx, message.Outbound{To: partner.Org, Lane: mithaq.LaneControl, Kind: mithaq.MessageCard, Content: content})
		if err != nil {
			return err
		}
	}
	return nil
}

func prepareCard(_ context.Context, in *message.Incoming) error {
	var list []shown
	for _, raw := range in.Raw {
		c, err := readShown(raw)
		if err != nil {
			return err
		}
		list = append(list, c)
	}
	in.Prepared = list
	return nil
}

func (p *Peer) applyCard(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	for _, c := range in.Prepared.([]shown) {
		_, conflict, err := p.learn(tx, in.Header.From, c)
		if err != nil {
			return message.Outcome{}, err
		}
		if conflict {
			return message.Outcome{Whole: &mithaq.RefusedWhole{Kind: mithaq.Conflict, Key: whyCards}}, nil
		}
	}
	return message.Outcome{Items: make([]int64, len(in.Raw))}, nil
}

// whyCards: two cards of one serial, both signed by the organisation key.
const whyCards = "card.two"

// learn holds a card to those we have of a partner, and goes by it if it is the
// next. A conflict is not an error, since freezing the partner has to last.
func (p *Peer) learn(tx *store.Tx, org mithaq.OrgID, c shown) (fresh, conflict bool, err error) {
	partner, err := partnerRow(tx, org)
	if err != nil {
		return false, false, err
	}
	theirs, err := readChain(tx, org, partner.Card)
	if err != nil {
		return false, false, err
	}
	fresh, err = theirs.Accept(c.Signed)
	if two, ok := errors.AsType[*card.Conflict](err); ok {
		return false, true, p.conflict(tx, two, c)
	}
	if err != nil || !fresh {
		return false, false, err
	}
	return true, false, p.goBy(tx, c)
}

func (p *Peer) goBy(tx *store.Tx, c shown) error {
	if err := keepCard(tx, c.Signed, c.raw); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE peer_partner SET card = ?, serial = ? WHERE org = ?", c.Digest[:], c.Serial, c.Org); err != nil {
		return err
	}
	p.cutSoon(tx, c.Org)
	if err := dueNow(tx, "sender = ? AND receiver = ?", p.cfg.Org, c.Org); err != nil {
		return err
	}
	if err := tx.Change(TopicPartner, string(c.Org), nil); err != nil {
		return err
	}
	return p.enter(tx, mithaq.Account{
		Kind: "partner-card", From: c.Org, Counts: map[string]int64{"serial": c.Serial, "revoked": int64(len(c.Revoked))},
		Notes: note("digest", c.Digest.String()),
	})
}

// hangupSoon leaves time for the answer that tells of the receipt.
func (p *Peer) hangupSoon(org mithaq.OrgID) {
	time.AfterFunc(500*time.Millisecond, func() { p.Hangup(org) })
}

// conflict freezes a partner whose organisation key signed two cards of one
// serial: the key is copied, or somebody there plays two games.
func (p *Peer) conflict(tx *store.Tx, two *card.Conflict, c shown) error {
	org := two.Held.Org
	var held []byte
	if err := tx.QueryRow("SELECT raw FROM peer_card WHERE digest = ?", two.Held.Digest[:]).Scan(&held); err != nil {
		return named(err, "card %s", two.Held.Digest)
	}
	return errors.Join(
		keepEvidence(tx, org, whyCards, held, c.raw),
		tx.Change(TopicAlarm, string(org), []byte(whyCards)),
		p.setState(tx, org, mithaq.PartnerFrozen, whyCards, ""),
	)
}
