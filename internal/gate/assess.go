package gate

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Assess keeps a person's signed answers about the items they cover. Each item
// must be here, in exactly the version named, and the person must be able to
// read it. Denied: the viewer may not assess, or is not who signed.
// Unauthenticated: not signed with a credential of theirs. Invalid: form.
func (g *Gate) Assess(tx *store.Tx, v mithaq.Viewer, a *mithaq.Assessment) error {
	if !v.MayAssess() || a.Person != v.Person || a.Org != g.Org {
		return denied("gate.may-not-assess")
	}
	if err := a.Check(); err != nil {
		return invalid("gate.word", err.Error())
	}
	if err := g.signedByPersons(tx, a); err != nil {
		return err
	}
	for _, ref := range a.Covers {
		if _, err := g.itemOf(tx, v, ref); err != nil {
			return err
		}
	}
	return g.keepOwn(tx, v, a)
}

// keepOwn keeps an assessment of ours, and draws some to be made again.
func (g *Gate) keepOwn(tx *store.Tx, v mithaq.Viewer, a *mithaq.Assessment) error {
	if err := g.keepAssessment(tx, a); err != nil {
		return err
	}
	if err := g.draw(tx, a); err != nil {
		return err
	}
	return g.enter(tx, v, "assessment", mithaq.Account{
		About: a.ID, Assessments: []mithaq.Digest{a.Digest()}, Counts: map[string]int64{"covers": int64(len(a.Covers))},
		Notes: map[string]string{"verdict": a.Verdict().String()},
	})
}

// signedByPersons wants the signature of the person who answered and, where a
// second person did, theirs.
func (g *Gate) signedByPersons(tx *store.Tx, a *mithaq.Assessment) error {
	if len(a.Signatures) < len(signersOf(a)) || a.Signatures[0].Key != a.Credential {
		return mithaq.Refuse(mithaq.Unauthenticated, "gate.not-signed", string(a.Person))
	}
	return g.signedSoFar(tx, a)
}

// signersOf are who is to sign an assessment, in this order.
func signersOf(a *mithaq.Assessment) []mithaq.PersonID {
	if a.Second != nil {
		return []mithaq.PersonID{a.Person, a.Second.Person}
	}
	return []mithaq.PersonID{a.Person}
}

// signedSoFar wants the signatures that are there to be those of the persons whose
// turn it was.
func (g *Gate) signedSoFar(tx *store.Tx, a *mithaq.Assessment) error {
	signed, err := wordBytes(a)
	if err != nil {
		return err
	}
	for i, person := range signersOf(a)[:min(len(a.Signatures), len(signersOf(a)))] {
		key, err := g.Credentials.Key(tx, person, a.Signatures[i].Key)
		if err != nil {
			return err
		}
		if err := key.Verify(mithaq.UseAssessment, signed, &a.Signatures[i]); err != nil {
			return err
		}
		if err := g.certify(tx, person, key); err != nil {
			return err
		}
	}
	return nil
}

// wordBytes is what the signatures of an object cover.
func wordBytes(object any) ([]byte, error) {
	raw, err := jcs.Marshal(object)
	if err != nil {
		return nil, err
	}
	signed, _, err := jcs.Without(raw, "signatures")
	return signed, err
}

func (g *Gate) keepAssessment(tx *store.Tx, a *mithaq.Assessment) error {
	raw, err := canonical(a)
	if err != nil {
		return err
	}
	digest := a.Digest()
	_, err = tx.Exec("INSERT INTO gate_assessment(digest, id, org, at, raw) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		digest[:], string(a.ID), string(a.Org), tx.Now().UnixMicro(), raw)
	if err != nil {
		return err
	}
	for _, ref := range a.Covers {
		_, err := tx.Exec("INSERT INTO gate_assessed(id, item, assessment) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
			string(ref.ID), ref.Digest[:], digest[:])
		if err != nil {
			return err
		}
	}
	return nil
}

// assessed is the best of our assessments of one version of an item.
type assessed struct {
	verdict mithaq.Assessed
	digest  mithaq.Digest
	raw     []byte
	persons []mithaq.KeyID // with what it is signed
}

// assessments finds those of our organisation that cover items, for the items
// that ask for one.
func (g *Gate) assessments(tx *store.Tx, items []store.Item) (map[mithaq.Digest]*assessed, error) {
	found := map[mithaq.Digest]*assessed{}
	for i := range items {
		it := &items[i]
		if !it.Personal && impersonal[string(it.Ref.ID.Type())] {
			continue
		}
		a, err := g.assessment(tx, it.Ref)
		if err != nil {
			return nil, err
		}
		if a != nil {
			found[it.Ref.Digest] = a
		}
	}
	return found, nil
}

var impersonal = func() map[string]bool {
	set := map[string]bool{}
	for _, t := range mithaq.ImpersonalTypes() {
		set[t] = true
	}
	return set
}()

// assessment is what is known of one version: the worst verdict of those that
// cover it exactly counts, since a later doubt is not outvoted.
func (g *Gate) assessment(tx *store.Tx, ref mithaq.ItemRef) (*assessed, error) {
	rows, err := tx.Query(`SELECT s.item, a.raw FROM gate_assessed s JOIN gate_assessment a ON a.digest = s.assessment
		WHERE s.id = ? AND a.org = ? ORDER BY a.at`, string(ref.ID), string(g.Org))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var best *assessed
	for rows.Next() {
		var item, raw []byte
		if err := rows.Scan(&item, &raw); err != nil {
			return nil, err
		}
		a, err := stored[mithaq.Assessment](raw)
		if err != nil {
			return nil, err
		}
		if string(item) != string(ref.Digest[:]) {
			if best == nil {
				best = &assessed{verdict: mithaq.AssessedOther}
			}
			continue
		}
		if best == nil || best.verdict <= mithaq.AssessedOther || worse(a.Verdict(), best.verdict) {
			best = &assessed{verdict: a.Verdict(), digest: a.Digest(), raw: raw, persons: signers(a.Signatures)}
		}
	}
	return best, rows.Err()
}

// worse orders verdicts of one version: against, doubt, clear.
func worse(a, b mithaq.Assessed) bool { return a > mithaq.AssessedOther && a < b }

func signers(list []mithaq.Signature) (keys []mithaq.KeyID) {
	for i := range list {
		keys = append(keys, list[i].Key)
	}
	return keys
}

// itemOf finds the item that a reference names exactly.
func (g *Gate) itemOf(tx *store.Tx, v mithaq.Viewer, ref mithaq.ItemRef) (*store.Item, error) {
	versions, err := g.Store.Versions(tx, v, ref.ID)
	if err != nil {
		return nil, err
	}
	for i := range versions {
		if versions[i].Ref == ref {
			return &versions[i], nil
		}
	}
	return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(ref.ID))
}

// Assessment is a stored assessment by its id.
func (g *Gate) Assessment(tx *store.Tx, id stix.ID) (*mithaq.Assessment, error) {
	all, err := storedAll[mithaq.Assessment](tx, "SELECT raw FROM gate_assessment WHERE id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = mithaq.Refuse(mithaq.NotFound, "gate.no-assessment", string(id))
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}
