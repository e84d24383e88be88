package mithaq

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mithaq-hub/mithaq/stix"
)

const uuid = "--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f"

func idFor(objectType string) stix.ID { return stix.ID(objectType + uuid) }

var (
	asof       = At(noon)
	analyst    = PersonID("person-00112233445566aa")
	second     = PersonID("person-00112233445566bb")
	desk       = KeyID("0123456789abcdef")
	oneCarried = Named(idFor(TypeEnvelope), DigestOf([]byte("salted")))
	oneItem    = ItemRef{ID: stix.ID("indicator" + uuid), Version: "2026-11-03T12:00:00.000Z", Digest: DigestOf([]byte("item"))}
	anySigned  = []Signature{{Key: desk, Ed25519: make([]byte, 64), MLDSA: make([]byte, 3309)}}
)

// A checker is a message that knows what is wrong with it.
type checker interface{ Check() error }

// samples are one message of each type with every member there, and some with few.
func samples(t testing.TB) []checker {
	p := fullPact(t)
	bare := agreedPact(t)
	bare.Terms.Flows[0].FactsOnly, bare.Terms.Inquiries, bare.Terms.Match, bare.Terms.Rooms = false, nil, nil, nil
	suspension := NewSuspension(idFor(TypeSuspension), asof, p, najd, Fraud, "an enquiry is open")
	suspension.Signatures = anySigned
	resumption := NewResumption(idFor(TypeResumption), asof, suspension)
	resumption.Signatures = anySigned
	end := NewPactEnd(idFor(TypePactEnd), asof, p, najd, asof.Plus(days(30)), "the event is over")
	end.Signatures = anySigned
	file := NewCase(idFor(TypeCase), asof, "Ticket fraud", Fraud, p.Terms.Basis[0], analyst)
	file.ReviewAt, file.CloseBy, file.Closed = asof.Plus(days(30)), asof.Plus(days(90)), asof.Plus(days(60))
	whole := NewPact(idFor(TypePact), asof, p.Title, p.Parties, p.Terms)
	return slices.Concat([]checker{p, bare, whole, suspension, resumption, end, file}, decisions(p), afterwards(), before(), asked(p))
}

// fullPact has every member that a pact can have, in its second version.
func fullPact(t testing.TB) *Pact {
	first := agreedPact(t)
	parties := append(slices.Clone(first.Parties), plainParty(mailbox))
	parties[0].Contacts = []Contact{{Desk: "Liaison desk", Phone: "+213 21 00 00 00", Email: "desk@atlas.example", Always: true}}
	terms := agreedTerms(t)
	wide := terms.Flows[0]
	wide.From, wide.To = []OrgID{atlas, najd, anatolia}, []OrgID{atlas, najd, anatolia}
	wide.Extensions, wide.FactsOnly = []string{"extension-definition" + uuid}, true
	plain := wide
	plain.To, plain.Subjects, plain.Ceiling = []OrgID{mailbox}, SubjectNone, green
	terms.Flows = []Flow{wide, plain}
	terms.SuspendAll = true
	terms.Transfer.Basis.Text = Texts{"en": "Article 45"}
	terms.Inquiries.Grounds = []string{"an open proceeding"}
	terms.Rooms.Members = []OrgID{atlas, najd}
	terms.Purposes = append(terms.Purposes, "x-cup-final")
	p := first.Next(asof, parties, terms)
	p.Signatures = anySigned
	return p
}

func decisions(p *Pact) []checker {
	full := agreedHandling()
	full.Codes, full.Restriction, full.RetainUntil = H1|H2|H3, "not to the press", asof
	profile := NewSourceProfile(idFor(TypeSourceProfile), asof, "ATT&CK")
	profile.Org, profile.Default, profile.Basis, profile.Person = atlas, full, p.Terms.Basis[0], analyst
	profile.ByType = map[string]Handling{"identity": {TLP: green}}
	profile.Credited, profile.Signatures = []string{"x_mitre_contributors"}, anySigned

	assessment := NewAssessment(idFor(TypeAssessment), asof, atlas, analyst, oneItem)
	assessment.Answers, assessment.Credential, assessment.Signatures = clearAnswers(), desk, anySigned
	assessment.Second = &SecondOpinion{Person: second, Clears: Yes, Why: "ordinary law", At: asof}

	release := NewRelease(idFor(TypeRelease), asof, atlas, p, analyst)
	release.To, release.Purpose, release.Basis, release.Use = []OrgID{najd}, EventSecurity, "MoU 2026, 4", UseRoom
	release.Case, release.Recipients = idFor(TypeCase), []string{"the duty officer"}
	release.Holdings = []Listing{{Item: oneItem, Giver: atlas, Under: profile.ID, Assessment: assessment.Digest()}}
	release.Count = 1
	apart := *release
	apart.Detach()
	apart.Use, apart.Inquiry = UseInquiry, idFor(TypeInquiry)

	approval := NewApproval(idFor(TypeApproval), asof, atlas, release.Digest(), second, desk, SoftwareKey)
	approval.Signatures = anySigned
	asserted := NewApproval(idFor(TypeApproval), asof, atlas, release.Digest(), second, anyPasskey.KeyID(), Passkey)
	asserted.Assertion = &Assertion{ID: anyPasskey.ID, Authenticator: make([]byte, 37), Client: []byte("{}"), Signature: []byte{1}}
	return []checker{profile, assessment, release, &apart, approval, asserted}
}

func afterwards() []checker {
	recall := NewRecall(idFor(TypeRecall), asof, atlas, idFor(TypePact), ProtectedPerson, analyst, oneCarried)
	recall.Signatures = anySigned
	narrowing := NewNarrowing(idFor(TypeNarrowing), asof, atlas, idFor(TypePact), Handling{TLP: red}, analyst, oneCarried)
	narrowing.Signatures = anySigned
	erasure := NewErasure(idFor(TypeErasure), asof, najd, atlas, idFor(TypePact), ErasedByRecall)
	erasure.Answers, erasure.BackupsEnd, erasure.Signatures = recall.ID, asof.Plus(days(30)), anySigned
	erasure.Erased, erasure.NotHeld = oneCarried, oneCarried
	erasure.Withheld = []Withheld{{Items: oneCarried, Authority: "court of Algiers", Until: asof}}
	ask := NewConsentAsk(idFor(TypeConsentAsk), asof, najd, atlas, idFor(TypePact), Fraud, "the bank is there")
	ask.Items, ask.For, ask.Court, ask.Until, ask.Signatures = []ItemRef{oneItem}, []OrgID{anatolia}, true, asof, anySigned
	refusal := NewConsent(idFor(TypeConsent), asof, ask, analyst)
	granted := *refusal
	granted.Items, granted.For, granted.Court, granted.Until, granted.Signatures = ask.Items, ask.For, true, asof, anySigned
	mark := NewMark(idFor(TypeMark), asof, najd, idFor(TypePact), Disputed, analyst, oneCarried)
	mark.Signatures = anySigned
	return []checker{recall, narrowing, erasure, ask, refusal, &granted, mark}
}

var anyPasskey = &PublicPasskey{ID: []byte{1}, Key: []byte{2}, RPID: "atlas.example", Origin: "https://pages.atlas.example:7490"}

// before are what goes before the items of an envelope.
func before() []checker {
	credential := NewCredential(idFor(TypeCredential), asof, atlas, analyst, make([]byte, 32), make([]byte, SizeMLDSA65Public))
	credential.Signatures = anySigned
	passkey := NewPasskeyCredential(idFor(TypeCredential), asof, atlas, analyst, anyPasskey)
	passkey.Signatures = anySigned
	release := &Release{Head: Head{ID: idFor(TypeRelease)}}
	manifest := NewManifest(idFor(TypeManifest), asof, release, 0)
	manifest.Add(Handling{TLP: green}, -1)
	manifest.List([]Digest{oneItem.Digest}, []Digest{oneItem.Digest, oneItem.Digest})
	manifest.Left = []int{1}
	return []checker{credential, passkey, manifested{manifest}}
}

// asked are a question, information, and the fullest and the barest step.
func asked(p *Pact) []checker {
	q := NewInquiry(idFor(TypeInquiry), asof, atlas, najd, p, analyst)
	q.Kind, q.Case, q.Registry, q.Purpose, q.Basis = "identity-check", idFor(TypeCase), "2026/114", Fraud, "MoU 2026, 4"
	q.Urgency, q.Urgent, q.Act, q.Provision, q.Date = Emergency, "the match is tonight", "sale of forged tickets", "Penal code, 222", "2026-11"
	q.Facts, q.Sought, q.Question, q.Link = "sold at the gate", SoughtIdentity|SoughtAccount, "Who holds the account?", "the account is in your country"
	q.Use, q.Subjects, q.Codes, q.Language = UsedAsIntelligence|UsedInCourt, SubjectSuspect, H0|H1, "en"
	q.Names = []string{"سمير حموشي"}
	q.References, q.Signatures = []string{"00112233445566778899aabbccddeeff"}, anySigned
	told := NewInquiry(idFor(TypeInquiry), asof, atlas, najd, p, analyst)
	told.Kind, told.Case, told.Purpose, told.Basis, told.Facts = InquiryInformation, idFor(TypeCase), Fraud, "MoU 2026, 4", "seen"
	told.Link, told.Use, told.Subjects, told.Codes, told.Language = "the site is yours", UsedForDefence, SubjectNone, H0, "ar"
	bare := NewInquiryStep(idFor(TypeInquiryStep), asof, q, najd, StepReceive, "")
	full := NewInquiryStep(idFor(TypeInquiryStep), asof, q, najd, StepAnswer, analyst)
	full.Re, full.Text, full.Ground, full.Unit, full.Registry = bare.ID, "He does.", GroundPolitical, "the bank desk", "N-7"
	full.Releases, full.Granted, full.Worth, full.Opened, full.Signatures = []stix.ID{idFor(TypeRelease)}, UsedInCourt, WorthMuch, true, anySigned
	return []checker{q, told, bare, full}
}

// manifested is the manifest of one item.
type manifested struct{ *Manifest }

func (m manifested) Check() error { return m.Manifest.Check(1) }

func clearAnswers() Answers {
	return Answers{
		Act: "sale of forged tickets", Provision: "Penal code, 222", Facts: "sold at the gate on 1 November",
		Ordinary: Yes, Standing: StandingOrdinary, Political: No, Military: No, Religious: No, Racial: No,
		Source: Yes, Refused: No, Obligations: Yes, Context: "none",
	}
}

// schemas compiles docs/schemas; nothing is loaded from anywhere else.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // no scheme: nothing is loaded that is not added
	c.AssertFormat()
	names, err := filepath.Glob(filepath.Join("docs", "schemas", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal("no schemas", err)
	}
	urls := map[string]string{}
	for _, name := range names {
		doc := readSchema(t, name)
		url := doc.(map[string]any)["$id"].(string)
		if err := c.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
		urls[strings.TrimSuffix(filepath.Base(name), ".json")] = url
	}
	compiled := map[string]*jsonschema.Schema{}
	for name, url := range urls {
		if compiled[name], err = c.Compile(url); err != nil {
			t.Fatal(err)
		}
	}
	return compiled
}

func readSchema(t *testing.T, name string) any {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc
}

// members returns a message as its JSON form, decoded.
func membersOf(t *testing.T, message any) (string, map[string]any) {
	t.Helper()
	raw, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	object := doc.(map[string]any)
	return object["type"].(string), object
}

func TestMessagesMeetTheirSchemas(t *testing.T) {
	all := schemas(t)
	for _, message := range samples(t) {
		objectType, object := membersOf(t, message)
		if err := message.Check(); err != nil {
			t.Errorf("%s does not check: %v", objectType, err)
		}
		if err := all[objectType].Validate(object); err != nil {
			t.Errorf("%s: %v", objectType, err)
		}
	}
}

func TestSchemasAreStrict(t *testing.T) {
	all := schemas(t)
	for _, message := range samples(t) {
		objectType, object := membersOf(t, message)
		for _, name := range all[objectType].Required {
			less := maps.Clone(object)
			delete(less, name)
			if all[objectType].Validate(less) == nil {
				t.Errorf("%s: passes without %s", objectType, name)
			}
		}
		for name := range object {
			other := maps.Clone(object)
			other[name] = json.Number("7.5")
			if all[objectType].Validate(other) == nil {
				t.Errorf("%s: passes with 7.5 as %s", objectType, name)
			}
		}
		more := maps.Clone(object)
		more["unheard_of"] = "x"
		if all[objectType].Validate(more) == nil {
			t.Errorf("%s: passes with a member unheard of", objectType)
		}
	}
}

// TestSchemasAndTypesHaveTheSameMembers holds that no schema names a member
// that the types do not have: between them, the samples show every one.
func TestSchemasAndTypesHaveTheSameMembers(t *testing.T) {
	seen := map[string]map[string]bool{}
	for _, message := range samples(t) {
		objectType, object := membersOf(t, message)
		if seen[objectType] == nil {
			seen[objectType] = map[string]bool{}
		}
		for name := range object {
			seen[objectType][name] = true
		}
	}
	for name, schema := range schemas(t) {
		for member := range schema.Properties {
			if name != "common" && !seen[name][member] {
				t.Errorf("%s: no sample shows %s", name, member)
			}
		}
	}
}

func TestEveryMessageOfOursHasASchemaAndADefinition(t *testing.T) {
	shown := map[string]bool{}
	for _, message := range samples(t) {
		objectType, _ := membersOf(t, message)
		shown[objectType] = true
	}
	page, err := os.ReadFile(filepath.Join("docs", "schemas", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[stix.ID]bool{}
	for _, objectType := range SpineTypes() {
		id, ok := DefinitionOf(objectType)
		if row := "| `" + objectType + "` | `" + string(id) + "` |"; !strings.Contains(string(page), row) {
			t.Errorf("docs/schemas/README.md has no row %s", row)
		}
		if !ok || ids[id] || !id.Valid() {
			t.Errorf("%s: definition %q is missing, invalid or another's", objectType, id)
		}
		ids[id] = true
		if ofLinks := objectType == TypeCard || objectType == TypeEnvelope || objectType == TypeReceipt; !ofLinks && !shown[objectType] {
			t.Errorf("%s: no sample", objectType)
		}
	}
}
