package match

import (
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Commitment is what a reference stands for that an inquiry quotes.
type Commitment struct {
	Offer Offer
	Since time.Time // when the set that has it was committed
	Gone  bool      // a later set has it no more
}

// Committed says what we committed to a partner under a pact by a reference,
// before it could ask. NotFound: nothing; an inquiry that quotes it is refused.
func (b *Book) Committed(tx *store.Tx, pact stix.ID, partner mithaq.OrgID, reference psi.Reference) (*Commitment, error) {
	var offer string
	var gone, since int64
	err := tx.QueryRow(`SELECT m.offer, m.gone, m.since FROM match_member m JOIN match_offer o ON o.id = m.offer
		WHERE m.reference = ? AND m.asker = ? AND m.came > 0 AND o.pact = ?`, reference[:], string(partner), string(pact)).Scan(&offer, &gone, &since)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("match.not-committed", string(partner))
	}
	if err != nil {
		return nil, err
	}
	o, err := b.OfferBy(tx, stix.ID(offer))
	return &Commitment{Offer: o, Since: timeOf(since), Gone: gone > 0}, err
}

// Quotable reports whether an inquiry between us and a partner under a pact may
// quote a reference: we committed it to them, or a hit of ours at theirs had it.
func (b *Book) Quotable(tx *store.Tx, pact stix.ID, partner mithaq.OrgID, reference psi.Reference) (bool, error) {
	_, err := b.Committed(tx, pact, partner, reference)
	if err == nil || !errors.Is(err, mithaq.NotFound) {
		return err == nil, err
	}
	var n int
	err = tx.QueryRow(`SELECT count(*) FROM match_hit h JOIN match_question q ON q.id = h.question
		WHERE h.reference = ? AND q.partner = ? AND q.pact = ?`, reference[:], string(partner), string(pact)).Scan(&n)
	return n > 0, err
}
