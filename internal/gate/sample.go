package gate

import (
	"crypto/rand"
	"math/big"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// draw takes one assessment in Limits.Sample, at random, to be made a second time.
// Whoever assesses cannot know which.
func (g *Gate) draw(tx *store.Tx, a *mithaq.Assessment) error {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(g.Sample)))
	if err != nil || n.Sign() != 0 {
		return err
	}
	digest := a.Digest()
	_, err = tx.Exec("INSERT INTO gate_sample(assessment, at) VALUES(?, ?) ON CONFLICT DO NOTHING", digest[:], tx.Now().UnixMicro())
	return err
}

func (g *Gate) drawn(tx *store.Tx, a *mithaq.Assessment) (bool, error) {
	digest, n := a.Digest(), 0
	err := tx.QueryRow("SELECT COUNT(*) FROM gate_sample WHERE assessment = ?", digest[:]).Scan(&n)
	return n > 0, err
}

// again are later assessments by other persons of the version that one covers first.
func (g *Gate) again(tx *store.Tx, a *mithaq.Assessment) (list []*mithaq.Assessment, err error) {
	ref := a.Covers[0]
	all, err := storedAll[mithaq.Assessment](tx, `SELECT a.raw FROM gate_assessed s JOIN gate_assessment a ON a.digest = s.assessment
		WHERE s.id = ? AND s.item = ? AND a.org = ? ORDER BY a.at`, string(ref.ID), ref.Digest[:], string(g.Org))
	for _, b := range all {
		if b.Person != a.Person && b.Created.After(a.Created.Time) {
			list = append(list, b)
		}
	}
	return list, err
}

// ToAssess are the versions that wait for a person's answers: what partners gave
// that concerns a person and nobody here has assessed, and what was drawn to be
// assessed again by somebody else than the first time. They are told apart by
// nothing that this person sees.
func (g *Gate) ToAssess(tx *store.Tx, v mithaq.Viewer, limit int) (list []store.Item, err error) {
	if !v.MayAssess() {
		return nil, denied("gate.may-not-assess")
	}
	page, _, err := g.Store.Page(tx, v, store.Query{Limit: mostWaiting, Newest: true})
	if err != nil {
		return nil, err
	}
	mine, err := g.drawnFor(tx, v)
	if err != nil {
		return nil, err
	}
	for i := range page {
		if it := &page[i]; it.Personal && len(list) < limit {
			waits, err := g.waits(tx, it, mine)
			if err != nil {
				return nil, err
			}
			if waits {
				list = append(list, *it)
			}
		}
	}
	return list, nil
}

// mostWaiting is how many of the newest items are looked through.
const mostWaiting = 2000

func (g *Gate) waits(tx *store.Tx, it *store.Item, drawn map[mithaq.Digest]bool) (bool, error) {
	if drawn[it.Ref.Digest] {
		return true, nil
	}
	held, err := g.Store.HoldingsOf(tx, g.node, it.Seq)
	if err != nil || !onlyGiven(g.Org, held) {
		return false, err
	}
	a, err := g.assessment(tx, it.Ref)
	return a == nil || a.verdict <= mithaq.AssessedOther, err
}

// onlyGiven reports whether something is held as partners gave it alone.
func onlyGiven(org mithaq.OrgID, held []store.Held) bool {
	for i := range held {
		if held[i].Giver == org && held[i].State.InUse() {
			return false
		}
	}
	return true
}

// drawnFor are the versions that somebody else assessed, whose assessment was
// drawn, and that nobody has assessed again.
func (g *Gate) drawnFor(tx *store.Tx, v mithaq.Viewer) (map[mithaq.Digest]bool, error) {
	all, err := storedAll[mithaq.Assessment](tx, "SELECT a.raw FROM gate_sample s JOIN gate_assessment a ON a.digest = s.assessment ORDER BY s.at DESC LIMIT 200")
	if err != nil {
		return nil, err
	}
	drawn := map[mithaq.Digest]bool{}
	for _, a := range all {
		if a.Person == v.Person || a.Second != nil && a.Second.Person == v.Person {
			continue
		}
		later, err := g.again(tx, a)
		if err != nil {
			return nil, err
		}
		if len(later) == 0 {
			drawn[a.Covers[0].Digest] = true
		}
	}
	return drawn, nil
}

// Usable reports whether an item may be used here at all: what a partner gave that
// concerns a person may not before a person of ours has assessed this version and
// cleared it. The recipient's assessment stands beside the sender's: who they are
// to each other, and what is done with them here, the sender could not know.
func (g *Gate) Usable(tx *store.Tx, it *store.Item, held *store.Held) (bool, error) {
	if !it.Personal || held.Giver == g.Org {
		return true, nil
	}
	a, err := g.assessment(tx, it.Ref)
	return a != nil && a.verdict == mithaq.AssessedClear, err
}
