package peer

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

const partnerColumns = "SELECT org, kind, state, fingerprint, card, serial FROM peer_partner "

func scanPartner(row interface{ Scan(...any) error }) (*mithaq.Partner, error) {
	var p mithaq.Partner
	var fingerprint, card []byte
	if err := row.Scan(&p.Org, &p.Kind, &p.State, &fingerprint, &card, &p.Serial); err != nil {
		return nil, err
	}
	copy(p.Fingerprint[:], fingerprint)
	copy(p.Card[:], card)
	return &p, nil
}

// partnerRow is a partner without its acceptances. NotFound: there is none.
func partnerRow(tx *store.Tx, org mithaq.OrgID) (*mithaq.Partner, error) {
	p, err := scanPartner(tx.QueryRow(partnerColumns+"WHERE org = ?", org))
	return p, named(err, "partner %s", org)
}

// Partner is one organisation and what we know of it. NotFound: a stranger.
func (p *Peer) Partner(tx *store.Tx, org mithaq.OrgID) (*mithaq.Partner, error) {
	partner, err := partnerRow(tx, org)
	if err != nil {
		return nil, err
	}
	partner.Acceptances, err = acceptances(tx, org)
	return partner, err
}

// Partners lists all of them by name.
func (p *Peer) Partners(tx *store.Tx) ([]*mithaq.Partner, error) {
	rows, err := tx.Query(partnerColumns + "ORDER BY org")
	if err != nil {
		return nil, fmt.Errorf("partners: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []*mithaq.Partner
	for rows.Next() {
		partner, err := scanPartner(rows)
		if err != nil {
			return nil, fmt.Errorf("partners: %w", err)
		}
		all = append(all, partner)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, partner := range all {
		if partner.Acceptances, err = acceptances(tx, partner.Org); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func acceptances(tx *store.Tx, org mithaq.OrgID) (all []mithaq.Acceptance, err error) {
	rows, err := tx.Query("SELECT person, at, how, positions FROM peer_acceptance WHERE org = ? ORDER BY at, person", org)
	if err != nil {
		return nil, fmt.Errorf("acceptances of %s: %w", org, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a mithaq.Acceptance
		var at int64
		var positions string
		if err := rows.Scan(&a.Person, &at, &a.How, &positions); err != nil {
			return nil, fmt.Errorf("acceptances of %s: %w", org, err)
		}
		if err := json.Unmarshal([]byte(positions), &a.Positions); err != nil {
			return nil, fmt.Errorf("acceptances of %s: %w", org, err)
		}
		a.At = mithaq.At(time.UnixMicro(at))
		all = append(all, a)
	}
	return all, rows.Err()
}

// setState moves a partner, cuts its connections once that is durable, and
// enters it. why is the key of a sentence; by may be nobody, when the node
// itself found out.
func (p *Peer) setState(tx *store.Tx, org mithaq.OrgID, state mithaq.PartnerState, why string, by mithaq.PersonID) error {
	r, err := tx.Exec("UPDATE peer_partner SET state = ?, why = ? WHERE org = ?", state, why, org)
	if err != nil {
		return named(err, "partner %s", org)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return named(mithaq.NotFound, "partner %s", org)
	}
	p.cut(tx, org)
	if err := tx.Change(TopicPartner, string(org), nil); err != nil {
		return err
	}
	return p.enter(tx, mithaq.Account{Kind: "partner-" + string(state), By: by, From: org, Notes: note("why", why)})
}

// open says whether a kind of message may pass between us and a partner in its
// present state. The pact has a say of its own.
func open(partner *mithaq.Partner, kind mithaq.MessageKind) error {
	switch {
	case partner.Kind == mithaq.Plain:
		return mithaq.Refuse(mithaq.Denied, "peer.plain", partner.Org)
	case partner.State == mithaq.PartnerAccepted:
		return nil
	case partner.State == mithaq.PartnerSuspended && kind.PassesSuspension():
		return nil
	}
	return mithaq.Refuse(mithaq.Denied, "peer.partner-state", partner.Org, partner.State)
}
