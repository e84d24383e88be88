package gate

import (
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Word is an object of ours that crosses by itself, such as an inquiry, and
// for which persons answer as they do for items.
type Word struct {
	Ref    mithaq.ItemRef  // its digest is that of what its signature covers
	Org    mithaq.OrgID    // who says it
	Person mithaq.PersonID // who proposed it
}

// AssessWord keeps a person's signed answers over a word of ours, and over
// nothing else. Errors are those of Assess.
func (g *Gate) AssessWord(tx *store.Tx, v mithaq.Viewer, w Word, a *mithaq.Assessment) error {
	if !v.MayAssess() || a.Person != v.Person || a.Org != g.Org {
		return denied("gate.may-not-assess")
	}
	if err := a.Check(); err != nil {
		return invalid("gate.word", err.Error())
	}
	if len(a.Covers) != 1 || a.Covers[0] != w.Ref {
		return mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(a.Covers[0].ID))
	}
	if err := g.signedByPersons(tx, a); err != nil {
		return err
	}
	if err := g.keepAssessment(tx, a); err != nil {
		return err
	}
	return g.enter(tx, v, "assessment", mithaq.Account{
		About: w.Ref.ID, Assessments: []mithaq.Digest{a.Digest()}, Counts: map[string]int64{"covers": 1},
		Notes: map[string]string{"verdict": a.Verdict().String()},
	})
}

// WordAssessed is what the answers over a word of ours amount to.
func (g *Gate) WordAssessed(tx *store.Tx, w Word) (mithaq.Assessed, error) {
	a, err := g.assessment(tx, w.Ref)
	if err != nil || a == nil {
		return mithaq.AssessedNot, err
	}
	return a.verdict, nil
}

// ApproveWord verifies a second person's approval of a word of ours, and gives
// the bytes by which it is kept. Errors are those of Approve.
func (g *Gate) ApproveWord(tx *store.Tx, v mithaq.Viewer, w Word, a *mithaq.Approval) ([]byte, error) {
	switch {
	case !v.MayApprove(w.Person, mithaq.At(tx.Now())), a.Person != v.Person:
		return nil, denied("gate.may-not-approve", string(w.Ref.ID))
	case a.Check() != nil:
		return nil, invalid("gate.word", a.Check().Error())
	case mithaq.ApprovedBy(g.Org, w.Ref.Digest, w.Person, []mithaq.Approval{*a}) == 0:
		return nil, denied("gate.approves-another", string(w.Ref.ID))
	}
	if err := g.signedApproval(tx, a); err != nil {
		return nil, err
	}
	return canonical(a)
}

// WordEvidence is what speaks for a word of ours, to cross after it: the
// credentials, the approvals given, and the assessment.
func (g *Gate) WordEvidence(tx *store.Tx, w Word, approvals [][]byte) ([][]byte, error) {
	e := &evidence{p: &part{g: g}, tx: tx, keys: map[mithaq.KeyID]bool{}}
	for _, raw := range approvals {
		a, err := stored[mithaq.Approval](raw)
		if err != nil {
			return nil, err
		}
		if err := e.credential(a.Credential); err != nil {
			return nil, err
		}
		e.list = append(e.list, raw)
	}
	a, err := g.assessment(tx, w.Ref)
	if err != nil || a == nil || a.raw == nil {
		return e.list, err
	}
	if err := e.credential(a.persons...); err != nil {
		return nil, err
	}
	e.list = append(e.list, a.raw)
	return e.list, nil
}

// A Spoken is what of a partner's evidence we believe.
type Spoken struct {
	Approvals int
	Assessed  mithaq.Assessed
}

// Believe reads what came after a partner's word and says what of it is proven.
// An object that nobody expects there is refused.
func (g *Gate) Believe(tx *store.Tx, h *mithaq.EnvelopeHeader, w Word, raws [][]byte) (Spoken, error) {
	s := &speech{credentials: map[mithaq.KeyID]*said[mithaq.Credential]{}}
	for _, raw := range raws {
		typ := typeOf(raw)
		if typ != mithaq.TypeCredential && typ != mithaq.TypeApproval && typ != mithaq.TypeAssessment {
			return Spoken{}, denied("gate.control", typ)
		}
		if err := readers[typ](s, raw); err != nil {
			return Spoken{}, err
		}
	}
	keys, err := g.certified(tx, s, h)
	if err != nil {
		return Spoken{}, err
	}
	v := &verified{assessed: map[mithaq.Digest]mithaq.Assessed{}, ids: map[stix.ID]bool{}}
	s.believeAssessments(v, h, keys)
	return Spoken{
		Approvals: mithaq.ApprovedBy(w.Org, w.Ref.Digest, w.Person, s.signedApprovals(keys)), Assessed: v.of(w.Ref),
	}, nil
}

// ReadWord reads a word strictly and checks its form; signed is what its
// signatures cover.
func ReadWord[T any](raw []byte) (word *T, signed []byte, err error) {
	s, err := readWord[T](raw)
	if err != nil {
		return nil, nil, err
	}
	return s.word, s.signed, nil
}

// SignedBy wants one signature by a message key of the Card that the sender
// named. Denied: it is not there, or not theirs; the message is then receipted as
// refused, and the lane goes on.
func (g *Gate) SignedBy(tx *store.Tx, h *mithaq.EnvelopeHeader, objectType string, signed []byte, list []mithaq.Signature) error {
	err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(objectType), signed, list)
	if kind, ok := errors.AsType[mithaq.Kind](err); ok && kind != mithaq.Busy {
		return denied("gate.not-signed", string(h.From))
	}
	return err
}

// Seal signs an object with the node's message key and gives its bytes; into is
// where its signatures stand.
func (g *Gate) Seal(object any, objectType string, into *[]mithaq.Signature) ([]byte, error) {
	return g.seal(object, objectType, into)
}

// Entered enters what a viewer did into the own log.
func (g *Gate) Entered(tx *store.Tx, v mithaq.Viewer, kind string, a mithaq.Account) error {
	return g.enter(tx, v, kind, a)
}

// WantCase wants an open case in which the viewer has a need to know.
func (g *Gate) WantCase(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	return g.openCase(tx, v, id)
}

// Free refuses while the node is in quarantine after a restore.
func (g *Gate) Free(tx *store.Tx) error { return free(tx) }
