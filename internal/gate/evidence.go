package gate

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// A speech is what speaks for the items of an envelope, as the receiver reads
// it: nothing in it counts before it is verified.
type speech struct {
	manifest    *mithaq.Manifest
	release     *mithaq.Release
	credentials map[mithaq.KeyID]*said[mithaq.Credential]
	approvals   []*said[mithaq.Approval]
	assessments []*said[mithaq.Assessment]
	consents    []*said[mithaq.Consent]
	raws        [][]byte // as they came, for keeping
	objects     int      // of ours, before the first item
}

// readers read one object of ours each, by type.
var readers = map[string]func(*speech, []byte) error{
	mithaq.TypeManifest: func(s *speech, raw []byte) error {
		s.manifest = new(mithaq.Manifest)
		return strict.Decode(raw, maxWord, s.manifest)
	},
	mithaq.TypeRelease: func(s *speech, raw []byte) error {
		w, err := readWord[mithaq.Release](raw)
		if err == nil {
			s.release = w.word
		}
		return err
	},
	mithaq.TypeCredential: func(s *speech, raw []byte) error {
		w, err := readWord[mithaq.Credential](raw)
		if err == nil {
			s.credentials[w.word.Key] = w
		}
		return err
	},
	mithaq.TypeApproval:   reader(func(s *speech) *[]*said[mithaq.Approval] { return &s.approvals }),
	mithaq.TypeAssessment: reader(func(s *speech) *[]*said[mithaq.Assessment] { return &s.assessments }),
	mithaq.TypeConsent:    reader(func(s *speech) *[]*said[mithaq.Consent] { return &s.consents }),
}

func reader[T any](into func(*speech) *[]*said[T]) func(*speech, []byte) error {
	return func(s *speech, raw []byte) error {
		w, err := readWord[T](raw)
		if err == nil {
			list := into(s)
			*list = append(*list, w)
		}
		return err
	}
}

// readSpeech reads the objects that come before the items.
func readSpeech(in *message.Incoming) (*speech, error) {
	s := &speech{credentials: map[mithaq.KeyID]*said[mithaq.Credential]{}}
	for _, raw := range in.Raw {
		read, ok := readers[typeOf(raw)]
		if !ok {
			break
		}
		if s.objects++; s.objects > maxEvidence {
			return nil, mithaq.Refuse(mithaq.TooLarge, "gate.too-much-evidence", s.objects, maxEvidence)
		}
		if err := read(s, raw); err != nil {
			return nil, err
		}
		s.raws = append(s.raws, raw)
	}
	if s.manifest == nil || s.release == nil {
		return nil, invalid("gate.no-speech")
	}
	return s, s.check(in.Header, len(in.Raw)-s.objects)
}

// typeOf is the type of one of our objects, which begin with it or have it
// among their first members; "" for anything else.
func typeOf(raw []byte) string {
	if raw == nil || !strings.Contains(string(raw[:min(len(raw), 16)]), "{") {
		return ""
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return ""
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return ""
		}
		if string(name) != `"type"` {
			if dec.SkipValue() != nil {
				return ""
			}
			continue
		}
		var t string
		if v, err := dec.ReadValue(); err != nil || json.Unmarshal(v, &t) != nil {
			return ""
		}
		return t
	}
	return ""
}

// check holds the release to the envelope that it came in.
func (s *speech) check(h *mithaq.EnvelopeHeader, items int) error {
	if err := s.manifest.Check(items); err != nil {
		return invalid("gate.word", err.Error())
	}
	r := s.release
	switch {
	case r.Org != h.From, r.Pact != h.PactID, s.manifest.Release != r.ID:
		return denied("gate.speaks-for-another", string(h.From))
	case len(r.To) != 1 || r.To[0] != h.To:
		return denied("gate.release-for-another", string(r.ID))
	case r.Purpose != h.Account.Purpose, r.Basis != h.Account.Basis:
		return denied("gate.other-purpose", string(r.ID))
	}
	return nil
}

// A verified is what of a speech the receiver believes.
type verified struct {
	approvals int    // by different persons
	listed    []bool // of each item: it is what they approved
	attended  bool
	assessed  map[mithaq.Digest]mithaq.Assessed // by digest of the item's bytes
	ids       map[stix.ID]bool                  // of which any version was assessed
	consents  []*mithaq.Consent
	labels    []*mithaq.Handling // of each item
	stands    []stand            // of the passkeys that approved
}

// verify checks who signed what. items are the leaves of the items that came.
func (g *Gate) verify(tx *store.Tx, s *speech, h *mithaq.EnvelopeHeader, items []mithaq.Digest) (*verified, error) {
	v := &verified{
		attended: h.Account.By != "" && h.Account.By == s.release.Person,
		assessed: map[mithaq.Digest]mithaq.Assessed{}, ids: map[stix.ID]bool{},
	}
	for _, r := range s.manifest.Runs {
		for range r.Count {
			v.labels = append(v.labels, &s.manifest.Classes[r.Class])
		}
	}
	keys, err := g.certified(tx, s, h)
	if err != nil {
		return nil, err
	}
	if s.release.Terms == h.Pact && len(s.approvals) > 0 {
		v.listed = s.manifest.Lists(s.release, items)
		if err := v.countApprovals(tx, s, keys); err != nil {
			return nil, err
		}
	}
	s.believeAssessments(v, h, keys)
	return v, g.believeConsents(tx, s, v)
}

// A signer is a person with a credential that their organisation certified: a
// software key or a passkey.
type signer struct {
	person  mithaq.PersonID
	key     *sign.Public
	passkey *mithaq.PublicPasskey
}

// signed reports whether a software key signed for a use.
func (s *signer) signed(use mithaq.SignatureUse, message []byte, list []mithaq.Signature) bool {
	return s.key != nil && len(list) == 1 && s.key.Verify(use, message, &list[0]) == nil
}

func (g *Gate) certified(tx *store.Tx, s *speech, h *mithaq.EnvelopeHeader) (map[mithaq.KeyID]signer, error) {
	keys := map[mithaq.KeyID]signer{}
	for id, c := range s.credentials {
		if c.word.Org != h.From {
			return nil, denied("gate.speaks-for-another", string(h.From))
		}
		if err := g.signedBy(tx, h.FromCard, c.word.Created, mithaq.UseOf(mithaq.TypeCredential), c.signed, c.word.Signatures); err != nil {
			return nil, err
		}
		by := signer{person: c.word.Person, passkey: c.word.Passkey}
		if by.passkey == nil {
			var err error
			if by.key, err = sign.ParsePublic(c.word.Ed25519, c.word.MLDSA65); err != nil {
				return nil, err
			}
		}
		keys[id] = by
	}
	return keys, nil
}

// countApprovals counts the persons whose approvals hold.
func (v *verified) countApprovals(tx *store.Tx, s *speech, keys map[mithaq.KeyID]signer) error {
	var good []mithaq.Approval
	for _, a := range s.approvals {
		by, ok := keys[a.word.Credential]
		if !ok || by.person != a.word.Person || !a.word.Approves(s.release) {
			continue
		}
		holds, err := v.holds(tx, &by, a)
		if err != nil {
			return err
		}
		if holds {
			good = append(good, *a.word)
		}
	}
	v.approvals = mithaq.CountApprovals(s.release, good)
	return nil
}

// holds reports whether an approval is made with its signer's credential.
func (v *verified) holds(tx *store.Tx, by *signer, a *said[mithaq.Approval]) (bool, error) {
	if a.word.Kind == mithaq.Passkey && by.passkey != nil {
		return v.asserts(tx, by, a.word)
	}
	return a.word.Kind == mithaq.SoftwareKey && by.signed(mithaq.UseApproval, a.signed, a.word.Signatures), nil
}

// signedApprovals are those of something that is no release, signed by whom they name.
func (s *speech) signedApprovals(keys map[mithaq.KeyID]signer) (good []mithaq.Approval) {
	for _, a := range s.approvals {
		by, ok := keys[a.word.Credential]
		if ok && by.person == a.word.Person && a.word.Kind == mithaq.SoftwareKey && by.signed(mithaq.UseApproval, a.signed, a.word.Signatures) {
			good = append(good, *a.word)
		}
	}
	return good
}

func (s *speech) believeAssessments(v *verified, h *mithaq.EnvelopeHeader, keys map[mithaq.KeyID]signer) {
	for _, a := range s.assessments {
		if a.word.Org != h.From || !signedByAll(a, keys) {
			continue
		}
		for _, ref := range a.word.Covers {
			v.ids[ref.ID] = true
			if was, ok := v.assessed[ref.Digest]; !ok || worse(a.word.Verdict(), was) {
				v.assessed[ref.Digest] = a.word.Verdict()
			}
		}
	}
}

// signedByAll wants an assessment signed by each person who answered.
func signedByAll(a *said[mithaq.Assessment], keys map[mithaq.KeyID]signer) bool {
	persons := []mithaq.PersonID{a.word.Person}
	if a.word.Second != nil {
		persons = append(persons, a.word.Second.Person)
	}
	for i, person := range persons {
		if i >= len(a.word.Signatures) {
			return false
		}
		by, ok := keys[a.word.Signatures[i].Key]
		if !ok || by.person != person || !by.signed(mithaq.UseAssessment, a.signed, a.word.Signatures[i:i+1]) {
			return false
		}
	}
	return true
}

// believeConsents takes those consents whose originator we know and whose
// signature is theirs; the others are as if they were not there.
func (g *Gate) believeConsents(tx *store.Tx, s *speech, v *verified) error {
	for _, c := range s.consents {
		card, err := g.Cards.Current(tx, c.word.By)
		if err != nil {
			continue
		}
		if g.signedBy(tx, card, c.word.Created, mithaq.UseOf(mithaq.TypeConsent), c.signed, c.word.Signatures) == nil {
			v.consents = append(v.consents, c.word)
		}
	}
	return nil
}

func (v *verified) consented(ref mithaq.ItemRef, h *mithaq.Handling, q *mithaq.Request) bool {
	return slices.ContainsFunc(v.consents, func(c *mithaq.Consent) bool {
		return c.By == h.Originator && c.To == q.From && c.Covers(ref, q.To, q.Purpose, mithaq.At(q.At))
	})
}

func (v *verified) of(ref mithaq.ItemRef) mithaq.Assessed {
	if a, ok := v.assessed[ref.Digest]; ok {
		return a
	}
	if v.ids[ref.ID] {
		return mithaq.AssessedOther
	}
	return mithaq.AssessedNot
}
