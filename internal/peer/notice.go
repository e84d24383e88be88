package peer

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// noteKeys are all keys of a use on the cards we hold that are not revoked:
// checkpoints outlive the card of their time.
func (c *chain) noteKeys(use mithaq.KeyUse) (list []*mithaq.PublicKey) {
	seen := map[mithaq.KeyID]bool{}
	for _, d := range c.Digests() {
		signed, err := c.ByDigest(d)
		if err != nil {
			continue
		}
		for i := range signed.Keys {
			k := &signed.Keys[i]
			if k.Use == use && !seen[k.ID] && c.Current().Revocation(k.ID) == nil {
				seen[k.ID] = true
				list = append(list, k)
			}
		}
	}
	return list
}

// notice keeps the checkpoints that came with a message: of the sender's own
// log, and those of others' it has seen. Two that contradict each other are
// evidence, an alarm, and freeze the party that signed both.
func (a *arrival) notice(tx *store.Tx) error {
	h := a.in.Header
	if h.Own != "" {
		if err := a.p.noticeOne(tx, h.From, h.From, h.Own); err != nil {
			return err
		}
	}
	for _, note := range h.Seen {
		cp, err := ledger.ReadCheckpoint([]byte(note))
		if err != nil {
			continue // said of others, and nothing to us
		}
		org, own := strings.CutSuffix(cp.Origin, "/mithaq/own")
		if !own || mithaq.OrgID(org) == h.From {
			continue
		}
		if err := a.p.noticeOne(tx, h.From, mithaq.OrgID(org), note); err != nil {
			return err
		}
	}
	return nil
}

// noticeOne looks at one checkpoint of org's own log that by showed us.
func (p *Peer) noticeOne(tx *store.Tx, by, org mithaq.OrgID, note string) error {
	theirs, err := p.cards(tx, org)
	if errors.Is(err, mithaq.NotFound) {
		return nil // a party whose card we do not hold
	}
	if err != nil {
		return err
	}
	v, err := ledger.LogVerifier(mithaq.OwnOrigin(org), theirs.noteKeys(mithaq.KeyLog)...)
	if err != nil {
		return err
	}
	_, err = ledger.Notice(tx, []byte(note), v)
	if caught, ok := errors.AsType[*ledger.Caught](err); ok {
		return p.alarm(tx, org, by, caught.Evidence)
	}
	if errors.Is(err, mithaq.Unauthenticated) || errors.Is(err, mithaq.Invalid) {
		return p.enter(tx, mithaq.Account{Kind: "refusal", From: by, Notes: map[string]string{"why": "peer.checkpoint", "of": string(org)}})
	}
	if errors.Is(err, ledger.ErrInconsistent) {
		return p.alarm(tx, org, by, &ledger.Equivocation{Origin: mithaq.OwnOrigin(org), First: note})
	}
	return err
}

// alarm is for a log that was signed with two histories. Our own may be the
// one: then nobody is frozen, and the people of the node are told.
func (p *Peer) alarm(tx *store.Tx, org, by mithaq.OrgID, e *ledger.Equivocation) error {
	const why = "peer.two-histories"
	proof, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := keepEvidence(tx, org, why, []byte(e.First), proof); err != nil {
		return err
	}
	if err := tx.Change(TopicAlarm, string(org), []byte(why)); err != nil {
		return err
	}
	if org == p.cfg.Org {
		return p.enter(tx, mithaq.Account{Kind: "alarm", From: by, Notes: note("why", why)})
	}
	return p.setState(tx, org, mithaq.PartnerFrozen, why, "")
}

// cards gives the cards of an organisation as we hold them, our own too.
func (p *Peer) cards(tx *store.Tx, org mithaq.OrgID) (*chain, error) {
	if org == p.cfg.Org {
		return p.ownCard(tx)
	}
	partner, err := partnerRow(tx, org)
	if err != nil {
		return nil, err
	}
	return p.chain(tx, org, partner.Card)
}
