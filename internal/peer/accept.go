package peer

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/fingerprint"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Print is the fingerprint of a partner's organisation key, or of our own, to
// be read out as words or digits.
func (p *Peer) Print(tx *store.Tx, org mithaq.OrgID) (fingerprint.Print, error) {
	theirs, err := p.cards(tx, org)
	if err != nil {
		return fingerprint.Print{}, err
	}
	key := theirs.Current().Organisation
	return fingerprint.Of(key.Ed25519, key.MLDSA65), nil
}

// Accept is one person's word that a partner's fingerprint was compared: what
// was heard, by position from 1 to 12, in whatever language or digits; and how:
// on which number, and where that was found. With the second person's the
// partner is accepted. A wrong word is refused, and entered.
func (p *Peer) Accept(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID, heard map[int]string, how string) (*mithaq.Partner, error) {
	if !v.MayAcceptPartner() {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	var partner *mithaq.Partner
	var wrong []int
	err := p.cfg.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if partner, err = p.Partner(tx, org); err != nil {
			return err
		}
		a := mithaq.Acceptance{Person: v.Person, At: mithaq.At(tx.Now()), How: how}
		if partner.Kind == mithaq.Peer {
			print, err := p.Print(tx, org)
			if err != nil {
				return err
			}
			if a.Positions, wrong = print.Check(heard); len(wrong) > 0 {
				return p.enter(tx, mithaq.Account{Kind: "refusal", By: v.Person, From: org, Notes: note("why", "peer.misheard")})
			}
		}
		return p.accept(tx, partner, a)
	})
	if err == nil && len(wrong) > 0 {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.misheard", org, wrong)
	}
	return partner, err
}

func (p *Peer) accept(tx *store.Tx, partner *mithaq.Partner, a mithaq.Acceptance) error {
	if err := addAcceptance(partner, a); err != nil {
		return err
	}
	positions, err := json.Marshal(a.Positions)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO peer_acceptance(org, person, at, how, positions) VALUES(?, ?, ?, ?, ?)",
		partner.Org, a.Person, micros(a.At.Time), a.How, string(positions))
	if err != nil {
		return named(err, "accept %s", partner.Org)
	}
	account := mithaq.Account{Kind: "acceptance", By: a.Person, From: partner.Org, Counts: map[string]int64{"positions": int64(len(a.Positions))}}
	if err := p.enter(tx, account); err != nil {
		return err
	}
	if partner.State != mithaq.PartnerAccepted {
		return nil
	}
	if err := p.Pin(tx); err != nil {
		return err
	}
	return p.setState(tx, partner.Org, mithaq.PartnerAccepted, "", a.Person)
}

// addAcceptance is Partner.Accept; a plain partner has no fingerprint to compare.
func addAcceptance(partner *mithaq.Partner, a mithaq.Acceptance) error {
	if partner.Kind != mithaq.Plain {
		return partner.Accept(a)
	}
	whole := a
	whole.Positions = []int{1, 2, 3}
	err := partner.Accept(whole)
	if err == nil {
		partner.Acceptances[len(partner.Acceptances)-1].Positions = nil
	}
	return err
}

// AddPlain makes another organisation without a node a partner: a MISP, a
// TAXII client, a mailbox. Two persons accept it too, saying how they know it.
// Nothing is sent to it on a lane.
func (p *Peer) AddPlain(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID) error {
	if !v.MayAcceptPartner() {
		return mithaq.Refuse(mithaq.Denied, "peer.may-not-introduce")
	}
	if err := org.Check(); err != nil {
		return err
	}
	return p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		known, err := partnerRow(tx, org)
		if err == nil && known.State != mithaq.PartnerEnded {
			return mithaq.Refuse(mithaq.Conflict, "peer.known", org, known.State)
		}
		if err := putPartner(tx, &mithaq.Partner{Org: org, Kind: mithaq.Plain, State: mithaq.PartnerIntroduced}); err != nil {
			return err
		}
		return p.enter(tx, mithaq.Account{Kind: "partner-introduced", By: v.Person, From: org, Notes: note("kind", "plain")})
	})
}

// moves says from where a person may move a partner to a state.
var moves = map[mithaq.PartnerState][]mithaq.PartnerState{
	mithaq.PartnerSuspended: {mithaq.PartnerAccepted},
	mithaq.PartnerAccepted:  {mithaq.PartnerSuspended},
	mithaq.PartnerEnded:     {mithaq.PartnerIntroduced, mithaq.PartnerAccepted, mithaq.PartnerSuspended, mithaq.PartnerFrozen},
	// after a freeze people compare again, both of them
	mithaq.PartnerIntroduced: {mithaq.PartnerFrozen},
}

// Suspend stops all links with a partner, but for what always passes: in the
// transaction that stores it, and its connections close at once.
func (p *Peer) Suspend(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID) error {
	return p.move(ctx, v, org, mithaq.PartnerSuspended)
}

// Resume takes a suspension back.
func (p *Peer) Resume(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID) error {
	return p.move(ctx, v, org, mithaq.PartnerAccepted)
}

// End ends the acquaintance. Whoever wants it again introduces itself anew.
func (p *Peer) End(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID) error {
	return p.move(ctx, v, org, mithaq.PartnerEnded)
}

// Thaw lets people compare again after a freeze: the partner is accepted once
// two of them have.
func (p *Peer) Thaw(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID) error {
	return p.move(ctx, v, org, mithaq.PartnerIntroduced)
}

func (p *Peer) move(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID, to mithaq.PartnerState) error {
	if !v.MayAcceptPartner() {
		return mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	return p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		partner, err := partnerRow(tx, org)
		if err != nil {
			return err
		}
		if !slices.Contains(moves[to], partner.State) {
			return mithaq.Refuse(mithaq.Conflict, "peer.partner-state", org, partner.State)
		}
		if to == mithaq.PartnerIntroduced {
			if err := thaw(tx, org); err != nil {
				return err
			}
		}
		return p.setState(tx, org, to, "", v.Person)
	})
}

func thaw(tx *store.Tx, org mithaq.OrgID) error {
	if _, err := tx.Exec("DELETE FROM peer_acceptance WHERE org = ?", org); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE peer_lane SET frozen = '' WHERE sender = ? OR receiver = ?", org, org)
	return err
}
