package mithaq

import (
	"errors"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

var envelopeNoon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func exampleHeader() EnvelopeHeader {
	return EnvelopeHeader{
		Head:    NewHead(TypeEnvelope, "x-mithaq-envelope--00000001-0000-4000-8000-000000000000", At(envelopeNoon)),
		Version: 1, Kind: MessageItems, Pact: Digest{1}, PactID: "x-mithaq-pact--00000001-0000-4000-8000-000000000000",
		From: "atlas.example", To: "najd.example", FromCard: Digest{2}, ToCard: Digest{3}, Lane: LaneCase, Sequence: 7, Previous: Digest{4},
		NotAfter: At(envelopeNoon.Add(time.Hour)), Account: Account{Kind: "release", At: At(envelopeNoon)}, AccountSalt: CommitmentSalt{5},
		ContentRoot: Digest{6}, Objects: 2, Tree: Tree{Size: 7, Root: Digest{8}},
		Signatures: []Signature{{Key: "0123456789abcdef", Ed25519: make([]byte, 64), MLDSA: make([]byte, SizeMLDSA65)}},
	}
}

func TestAHeaderKeepsItsRules(t *testing.T) {
	whole := exampleHeader()
	if err := whole.Check(); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(h *EnvelopeHeader){
		"another type":              func(h *EnvelopeHeader) { h.Type = TypeReceipt },
		"id of another type":        func(h *EnvelopeHeader) { h.ID = "x-mithaq-card--00000001-0000-4000-8000-000000000000" },
		"a UUID that is not random": func(h *EnvelopeHeader) { h.ID = "x-mithaq-envelope--00000001-0000-1000-8000-000000000000" },
		"no extension":              func(h *EnvelopeHeader) { h.Extensions = nil },
		"version":                   func(h *EnvelopeHeader) { h.Version = 2 },
		"kind":                      func(h *EnvelopeHeader) { h.Kind = "gossip" },
		"to itself":                 func(h *EnvelopeHeader) { h.To = h.From },
		"no Card":                   func(h *EnvelopeHeader) { h.ToCard = Digest{} },
		"pact without id":           func(h *EnvelopeHeader) { h.PactID = "" },
		"items without a pact":      func(h *EnvelopeHeader) { h.PactID, h.Pact = "", Digest{} },
		"lane":                      func(h *EnvelopeHeader) { h.Lane = "fast" },
		"sequence 0":                func(h *EnvelopeHeader) { h.Sequence = 0 },
		"no previous":               func(h *EnvelopeHeader) { h.Previous = Digest{} },
		"a previous of the first":   func(h *EnvelopeHeader) { h.Sequence, h.Tree.Size = 1, 1 },
		"another tree size":         func(h *EnvelopeHeader) { h.Tree.Size = 8 },
		"past at birth":             func(h *EnvelopeHeader) { h.NotAfter = h.Created },
		"modified":                  func(h *EnvelopeHeader) { h.Modified = h.NotAfter },
		"too many objects":          func(h *EnvelopeHeader) { h.Objects = MaxEnvelopeObjects + 1 },
		"objects of an empty tree":  func(h *EnvelopeHeader) { h.ContentRoot = TreeRoot(nil) },
		"no objects of a tree":      func(h *EnvelopeHeader) { h.Objects = 0 },
		"no salt":                   func(h *EnvelopeHeader) { h.AccountSalt = CommitmentSalt{} },
		"account without time":      func(h *EnvelopeHeader) { h.Account.At = Time{} },
		"a count no JSON can carry": func(h *EnvelopeHeader) { h.Account.Counts = map[string]int64{"x": 1 << 53} },
		"an empty checkpoint":       func(h *EnvelopeHeader) { h.Seen = []string{""} },
		"no signature":              func(h *EnvelopeHeader) { h.Signatures = nil },
		"half a signature":          func(h *EnvelopeHeader) { h.Signatures[0].MLDSA = nil },
		"two signatures":            func(h *EnvelopeHeader) { h.Signatures = append(h.Signatures, h.Signatures[0]) },
	} {
		h := exampleHeader()
		change(&h)
		if err := h.Check(); !errors.Is(err, Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAHeaderAgainstWhatIsExpected(t *testing.T) {
	expected := func() *Expected {
		return &Expected{
			Me: "najd.example", From: "atlas.example", Pact: Digest{1}, PactID: "x-mithaq-pact--00000001-0000-4000-8000-000000000000",
			MyCards: []Digest{{3}}, Cards: []Digest{{9}, {2}}, Sequence: 7, Previous: Digest{4}, Now: envelopeNoon, Skew: time.Minute,
		}
	}
	h := exampleHeader()
	if err := h.Against(expected()); err != nil {
		t.Fatal(err)
	}
	check := func(what string, kind Kind, change func(e *Expected)) {
		t.Helper()
		e := expected()
		change(e)
		if err := h.Against(e); !errors.Is(err, kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("not for us", Denied, func(e *Expected) { e.Me = "anatolia.example" })
	check("from another than is on the line", Denied, func(e *Expected) { e.From = "anatolia.example" })
	check("of another pact", Denied, func(e *Expected) { e.PactID = stix.ID("") })
	check("a version we do not hold", Busy, func(e *Expected) { e.Pact = Digest{2} })
	check("a Card we do not hold", Busy, func(e *Expected) { e.Cards = nil })
	check("a Card of ours we do not know", Busy, func(e *Expected) { e.MyCards = nil })
	check("runs ahead", Busy, func(e *Expected) { e.Sequence = 6 })
	check("a place already taken", Conflict, func(e *Expected) { e.Sequence = 8 })
	check("another chain", Conflict, func(e *Expected) { e.Previous = Digest{5} })
	check("from the future", Expired, func(e *Expected) { e.Now = envelopeNoon.Add(-2 * time.Minute) })
	check("too late", Expired, func(e *Expected) { e.Now = envelopeNoon.Add(62 * time.Minute) })
	e := expected()
	e.Now = envelopeNoon.Add(-10 * time.Minute)
	refusal, ok := errors.AsType[*Refusal](h.Against(e))
	if !ok || len(refusal.Args) != 2 || !refusal.Args[0].(Time).Equal(envelopeNoon) || !refusal.Args[1].(Time).Equal(e.Now) {
		t.Fatalf("both clocks are named: %v", refusal)
	}
}

func TestWhatPassesASuspendedLink(t *testing.T) {
	for _, k := range MessageKinds {
		stops := k == MessageItems || k == MessageConsentAsk || k == MessageConsent || k == MessageInquiry || k == MessageInquiryStep || k.Matching()
		if k.PassesSuspension() == stops {
			t.Error(k)
		}
	}
}

func TestTwoPersonsAcceptAPartner(t *testing.T) {
	p := Partner{Org: "najd.example", Kind: Peer, State: PartnerIntroduced}
	how := "+966 11 000 0000, from the ministry's printed directory"
	a := Acceptance{Person: "x-person--a", At: At(envelopeNoon), How: how, Positions: []int{1, 5, 12}}
	b := Acceptance{Person: "x-person--b", At: At(envelopeNoon.Add(time.Hour)), How: how, Positions: []int{2, 3, 4, 2}}
	few, outside, silent := a, a, a
	few.Positions, outside.Positions, silent.How = []int{1, 1, 2}, []int{1, 2, 13}, ""
	for _, bad := range []Acceptance{few, outside, silent} {
		if err := p.Accept(bad); !errors.Is(err, Invalid) {
			t.Error(bad, err)
		}
	}
	if err := p.Accept(a); err != nil || p.Accepted() {
		t.Fatal("one person is enough:", err)
	}
	if err := p.Accept(a); !errors.Is(err, Conflict) {
		t.Fatal("the same person twice:", err)
	}
	if err := p.Accept(b); err != nil || !p.Accepted() || !p.Since().Equal(b.At.Time) {
		t.Fatal(err)
	}
	if err := p.Accept(a); !errors.Is(err, Conflict) {
		t.Fatal("accepted twice:", err)
	}
}

func TestOriginsAreTheSameAtBothEnds(t *testing.T) {
	pact := stix.ID("x-mithaq-pact--00000001-0000-4000-8000-000000000000")
	a := LaneOrigin(pact, "atlas.example", "najd.example", LaneBulk)
	if a == LaneOrigin(pact, "najd.example", "atlas.example", LaneBulk) || a == LaneOrigin(pact, "atlas.example", "najd.example", LaneCase) {
		t.Fatal("two logs, one origin")
	}
	if want := "atlas.example/mithaq/ae02af153b49526f/bulk"; a != want {
		t.Fatalf("%s, want %s", a, want)
	}
	if got := OwnOrigin("atlas.example"); got != "atlas.example/mithaq/own" {
		t.Fatal(got)
	}
}
