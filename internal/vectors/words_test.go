package vectors

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/passkey"
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

func theAssessment(credential mithaq.KeyID) *mithaq.Assessment {
	assessment := mithaq.NewAssessment(id(mithaq.TypeAssessment, 1), later, "atlas.example", clerk, theOne)
	assessment.Credential = credential
	assessment.Answers = mithaq.Answers{
		Act: "fraud", Provision: "Penal code, 540", Facts: "sold tickets that do not exist", Standing: mithaq.StandingOrdinary, Ordinary: mithaq.Yes,
		Political: mithaq.No, Military: mithaq.No, Religious: mithaq.No, Racial: mithaq.No, Source: mithaq.Yes, Refused: mithaq.No, Obligations: mithaq.Yes, Context: "none",
	}
	return assessment
}

func releaseOf(p *mithaq.Pact, assessment *mithaq.Assessment) *mithaq.Release {
	release := mithaq.NewRelease(id(mithaq.TypeRelease, 1), later, "atlas.example", p, clerk)
	release.To, release.Purpose, release.Basis = []mithaq.OrgID{"najd.example"}, mithaq.EventSecurity, "MoU 2026, 4"
	release.Holdings = []mithaq.Listing{{Item: theOne, Giver: "atlas.example", Assessment: assessment.Digest()}}
	release.Count = 1
	return release
}

func theRelease(t *testing.T) *mithaq.Release {
	t.Helper()
	return releaseOf(thePact(t), theAssessment(pair(t, 4).Public().ID()))
}

func TestVectorsOfReleases(t *testing.T) {
	key := pair(t, 4).Public()
	p, assessment := thePact(t), theAssessment(key.ID())
	credential := mithaq.NewCredential(id(mithaq.TypeCredential, 1), later, "atlas.example", second, key.Ed25519(), key.MLDSA65())
	release := releaseOf(p, assessment)
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

// A passkeyVector is a passkey's certificate, and its approval of the release of
// release.json.
type passkeyVector struct {
	Seed       string     `json:"passkey_seed_hex"` // Ed25519
	Client     string     `json:"client_data"`      // the text of client_data_json
	Credential wordVector `json:"credential"`
	Approval   wordVector `json:"approval"`
}

// Web Authentication Level 3, 5.8.1 and 6.1; RFC 9053, 7.2
func TestVectorsOfPasskeys(t *testing.T) {
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	cose := append([]byte{0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20}, secret.Public().(ed25519.PublicKey)...)
	key := &mithaq.PublicPasskey{ID: []byte("a passkey of Atlas"), Key: cose, RPID: "pages.atlas.example", Origin: "https://pages.atlas.example:7490"}
	credential := mithaq.NewPasskeyCredential(id(mithaq.TypeCredential, 2), later, "atlas.example", second, key)
	release := theRelease(t)
	approval := mithaq.NewApproval(id(mithaq.TypeApproval, 2), later, "atlas.example", release.Digest(), second, key.KeyID(), mithaq.Passkey)
	client := `{"type":"webauthn.get","challenge":"` + release.Digest().Challenge() + `","origin":"` + key.Origin + `","crossOrigin":false}`
	rp, asked := sha256.Sum256([]byte(key.RPID)), sha256.Sum256([]byte(client))
	data := append(rp[:], 0x05, 0, 0, 0, 9) // present and verified, ninth signature
	approval.Assertion = &mithaq.Assertion{ID: key.ID, Authenticator: data, Client: []byte(client), Signature: ed25519.Sign(secret, append(data[:len(data):len(data)], asked[:]...))}
	counter, err := passkey.Verify(key, release.Digest(), approval.Assertion)
	if err != nil || counter != 9 {
		t.Fatalf("%d, %v", counter, err)
	}
	Check(t, dir, "passkey", passkeyVector{
		Seed: hex.EncodeToString(secret.Seed()), Client: client,
		Credential: word(t, credential, &credential.Signatures), Approval: word(t, approval, nil),
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
