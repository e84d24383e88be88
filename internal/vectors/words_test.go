package vectors

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

// A wordVector is one object of ours as its sender signs it. What no signature
// covers (a case, a release, which an approval signs by its digest) has none.
type wordVector struct {
	Type   string              `json:"type"`
	Use    mithaq.SignatureUse `json:"use"`
	Signer string              `json:"signer_seed_hex,omitempty"`
	Object string              `json:"object"` // its JCS form
	Signed string              `json:"signed"` // its JCS form without signatures
	Digest mithaq.Digest       `json:"digest"`
}

var (
	later  = mithaq.At(noon.Add(time.Hour))
	theOne = mithaq.ItemRef{ID: "indicator--00000001-0000-4000-8000-000000000000", Version: "2026-11-01T08:00:00.000Z", Digest: mithaq.DigestOf([]byte("the bytes of an indicator"))}
)

const (
	clerk  mithaq.PersonID = "person-0000000000000001"
	second mithaq.PersonID = "person-0000000000000002"
)

func thePact(t *testing.T) *mithaq.Pact {
	t.Helper()
	terms := ok[mithaq.Terms](t)(mithaq.Template(mithaq.EventTemplate))
	terms.From, terms.Until = mithaq.At(noon), mithaq.At(noon.AddDate(0, 2, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: "MoU 2026, 4", Text: map[string]string{"en": "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Law 18-07, 45"}, Assurances: map[string]string{"en": "Annex B"}}
	party := func(org mithaq.OrgID, name string) mithaq.Party {
		return mithaq.Party{
			Org: org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": name},
			Fingerprint: mithaq.DigestOf([]byte("fingerprint " + org)), Card: mithaq.DigestOf([]byte("card " + org)),
		}
	}
	p := mithaq.NewPact(id(mithaq.TypePact, 1), mithaq.At(noon), map[string]string{"en": "Cup final"},
		[]mithaq.Party{party("atlas.example", "Atlas"), party("najd.example", "Najd")}, terms)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

func word(t *testing.T, object any, signatures *[]mithaq.Signature) wordVector {
	t.Helper()
	raw := ok[[]byte](t)(jcs.Marshal(object))
	text, digest, err := sign.Bytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	o := ok[*stix.Object](t)(stix.Parse(raw, stix.Limits{}))
	v := wordVector{Type: string(o.Type()), Use: mithaq.UseOf(string(o.Type())), Object: string(raw), Signed: string(text), Digest: digest}
	if signatures == nil {
		return v
	}
	s := ok[mithaq.Signature](t)(pair(t, 2).Sign(v.Use, text))
	*signatures = []mithaq.Signature{s}
	v.Signer, v.Object = hexSeed(2), string(ok[[]byte](t)(jcs.Marshal(object)))
	return v
}

func TestVectorsOfPactMessages(t *testing.T) {
	p := thePact(t)
	stop := mithaq.NewSuspension(id(mithaq.TypeSuspension, 1), later, p, "najd.example", mithaq.Fraud, "an enquiry is open")
	on := mithaq.NewResumption(id(mithaq.TypeResumption, 1), later, stop)
	end := mithaq.NewPactEnd(id(mithaq.TypePactEnd, 1), later, p, "najd.example", mithaq.At(noon.AddDate(0, 1, 1)), "the event is over")
	Check(t, dir, "pact", []wordVector{
		word(t, p, &p.Signatures), word(t, stop, &stop.Signatures), word(t, on, &on.Signatures), word(t, end, &end.Signatures),
	})
}

func TestVectorsOfReleases(t *testing.T) {
	p := thePact(t)
	key := pair(t, 4).Public()
	credential := mithaq.NewCredential(id(mithaq.TypeCredential, 1), later, "atlas.example", second, key.Ed25519(), key.MLDSA65())
	assessment := mithaq.NewAssessment(id(mithaq.TypeAssessment, 1), later, "atlas.example", clerk, theOne)
	assessment.Credential = key.ID()
	assessment.Answers = mithaq.Answers{
		Act: "fraud", Provision: "Penal code, 540", Facts: "sold tickets that do not exist", Standing: mithaq.StandingOrdinary, Ordinary: mithaq.Yes,
		Political: mithaq.No, Military: mithaq.No, Religious: mithaq.No, Racial: mithaq.No, Source: mithaq.Yes, Refused: mithaq.No, Obligations: mithaq.Yes, Context: "none",
	}
	release := mithaq.NewRelease(id(mithaq.TypeRelease, 1), later, "atlas.example", p, clerk)
	release.To, release.Purpose, release.Basis = []mithaq.OrgID{"najd.example"}, mithaq.EventSecurity, "MoU 2026, 4"
	release.Holdings = []mithaq.Listing{{Item: theOne, Giver: "atlas.example", Assessment: assessment.Digest()}}
	release.Count = 1
	approval := mithaq.NewApproval(id(mithaq.TypeApproval, 1), later, "atlas.example", release.Digest(), second, key.ID(), mithaq.SoftwareKey)
	manifest := mithaq.NewManifest(id(mithaq.TypeManifest, 1), later, release, 0)
	manifest.Add(mithaq.Handling{
		TLP: stix.TLPAmber, PAP: mithaq.PAPAmber, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info2, Subjects: mithaq.SubjectSuspect,
		Nature: mithaq.Fact, Purposes: []mithaq.Purpose{mithaq.EventSecurity}, Originator: "atlas.example", RetainDays: 60, Onward: mithaq.OnwardConsent,
	}, -1)
	Check(t, dir, "release", []wordVector{
		word(t, credential, &credential.Signatures), word(t, assessment, &assessment.Signatures), word(t, release, nil),
		word(t, approval, &approval.Signatures), word(t, manifest, nil),
	})
}

func TestVectorsOfWhatFollows(t *testing.T) {
	pact := id(mithaq.TypePact, 1)
	carried := mithaq.Named(id(mithaq.TypeEnvelope, 1), mithaq.ObjectDigest(mithaq.ObjectSalt{1}, []byte("the bytes of an indicator")))
	recall := mithaq.NewRecall(id(mithaq.TypeRecall, 1), later, "atlas.example", pact, mithaq.ProtectedPerson, clerk, carried)
	narrowing := mithaq.NewNarrowing(id(mithaq.TypeNarrowing, 1), later, "atlas.example", pact, mithaq.Handling{TLP: stix.TLPRed}, clerk, carried)
	erasure := mithaq.NewErasure(id(mithaq.TypeErasure, 1), later, "najd.example", "atlas.example", pact, mithaq.ErasedByRecall)
	erasure.Answers, erasure.Erased, erasure.BackupsEnd = recall.ID, carried, mithaq.At(noon.AddDate(0, 0, 30))
	mark := mithaq.NewMark(id(mithaq.TypeMark, 1), later, "najd.example", pact, mithaq.Disputed, clerk, carried)
	ask := mithaq.NewConsentAsk(id(mithaq.TypeConsentAsk, 1), later, "najd.example", "atlas.example", pact, mithaq.Fraud, "the bank is there")
	ask.Items, ask.For = []mithaq.ItemRef{theOne}, []mithaq.OrgID{"anatolia.example"}
	Check(t, dir, "recall", []wordVector{
		word(t, recall, &recall.Signatures), word(t, narrowing, &narrowing.Signatures),
		word(t, erasure, &erasure.Signatures), word(t, ask, &ask.Signatures), word(t, mark, &mark.Signatures),
	})
}

func hexSeed(b byte) string { return hex.EncodeToString(seed(b, sign.SeedSize)) }
