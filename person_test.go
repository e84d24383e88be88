package mithaq

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

func viewer(roles ...Role) Viewer {
	return Viewer{Org: atlas, Person: analyst, Roles: roles}
}

func TestTheZeroViewerMayDoNothing(t *testing.T) {
	both := viewer(Analyst, LegalOfficer, Administrator)
	both.Token = "misp"
	for _, v := range []Viewer{{}, {Roles: Roles()}, both} {
		h := &Holding{State: Held}
		if v.MayRead(h, false) || v.MayImport() || v.MayPropose() || v.MayRelease() || v.MaySign() || v.MayAdminister() ||
			v.MayAudit() || v.MayApprove(second, asof) || v.MayRecall() || v.MayDraft() || v.MayConsent() || v.MayProfile() || v.MayAssess() {
			t.Errorf("%+v may something", v)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	may := map[string]func(*Viewer) bool{
		"import":     (*Viewer).MayImport,
		"assess":     (*Viewer).MayAssess,
		"propose":    (*Viewer).MayPropose,
		"release":    (*Viewer).MayRelease,
		"approve":    func(v *Viewer) bool { return v.MayApprove(second, asof) },
		"recall":     (*Viewer).MayRecall,
		"consent":    (*Viewer).MayConsent,
		"draft":      (*Viewer).MayDraft,
		"sign":       (*Viewer).MaySign,
		"profile":    (*Viewer).MayProfile,
		"audit":      (*Viewer).MayAudit,
		"administer": (*Viewer).MayAdminister,
	}
	want := map[Role]string{
		Analyst:       "import assess propose",
		Releaser:      "import assess propose release approve recall",
		Supervisor:    "import assess propose release approve recall consent draft profile",
		LegalOfficer:  "assess recall consent draft sign profile",
		Auditor:       "audit",
		Administrator: "administer",
		Guest:         "",
	}
	for _, role := range Roles() {
		v := viewer(role)
		for verb, rule := range may {
			if expected := slices.Contains(strings.Fields(want[role]), verb); rule(&v) != expected {
				t.Errorf("%s may %s: %v", role, verb, !expected)
			}
		}
	}
}

func TestNobodyApprovesTheirOwnOrTooSoon(t *testing.T) {
	v := viewer(Supervisor)
	if v.MayApprove(analyst, asof) {
		t.Error("approves what they proposed")
	}
	if v.MayApprove("", asof) {
		t.Error("approves what nobody proposed")
	}
	v.Since = asof.Plus(-CoolingOff + time.Second)
	if v.MayApprove(second, asof) {
		t.Error("approves a second too soon")
	}
	if !v.MayApprove(second, asof.Plus(time.Second)) {
		t.Error("does not approve after a day")
	}
}

func TestAnAuditorAdministersNothing(t *testing.T) {
	v := viewer(Auditor, Administrator)
	if v.MayAdminister() {
		t.Error("an auditor changes the node")
	}
}

func TestWhoReadsWhat(t *testing.T) {
	inCase, other := idFor(TypeCase), stix.ID(TypeCase+"--2b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f")
	reasoned := func(v Viewer) Viewer {
		v.Reason, v.Purpose, v.Basis = "the match is on Sunday", EventSecurity, "MoU 2026, 4"
		return v
	}
	member := func(v Viewer) Viewer { v.Cases = []stix.ID{inCase}; return v }
	token := Viewer{Org: atlas, Token: "misp"}
	ceiling := func(v Viewer, most stix.TLP) Viewer { v.Ceiling = most; return reasoned(v) }
	for name, c := range map[string]struct {
		v        Viewer
		h        Holding
		personal bool
		want     bool
	}{
		"an analyst, of no case":              {viewer(Analyst), Holding{State: Held}, false, true},
		"an analyst, a person, no reason":     {viewer(Analyst), Holding{State: Held}, true, false},
		"an analyst, a person, a reason":      {reasoned(viewer(Analyst)), Holding{State: Held}, true, true},
		"an analyst, another's case":          {viewer(Analyst), Holding{State: Held, Case: inCase}, false, false},
		"a member":                            {member(viewer(Analyst)), Holding{State: Held, Case: inCase}, false, true},
		"a member, another case":              {member(viewer(Analyst)), Holding{State: Held, Case: other}, false, false},
		"a guest, of no case":                 {viewer(Guest), Holding{State: Held}, false, false},
		"a guest of the case":                 {member(viewer(Guest)), Holding{State: Held, Case: inCase}, false, true},
		"an auditor":                          {viewer(Auditor), Holding{State: Held}, false, false},
		"an administrator":                    {viewer(Administrator), Holding{State: Held}, false, false},
		"red, not named":                      {viewer(Analyst), Holding{State: Held, Handling: Handling{TLP: red}}, false, false},
		"red, named":                          {viewer(Analyst), Holding{State: Held, Handling: Handling{TLP: red}, Recipients: []PersonID{analyst}}, false, true},
		"erased":                              {reasoned(viewer(Analyst)), Holding{State: Erased}, false, false},
		"recalled":                            {viewer(Analyst), Holding{State: Recalled}, false, false},
		"lapsed":                              {viewer(Analyst), Holding{State: Lapsed}, false, false},
		"disputed":                            {viewer(Analyst), Holding{State: Disputed}, false, true},
		"the node itself, recalled":           {NodeViewer(atlas), Holding{State: Recalled}, false, true},
		"the node itself":                     {NodeViewer(atlas), Holding{State: Held, Case: inCase}, true, true},
		"the node itself, erased":             {NodeViewer(atlas), Holding{State: Erased}, false, false},
		"a token without reason":              {token, Holding{State: Held}, false, false},
		"a token with reason":                 {reasoned(token), Holding{State: Held}, true, true},
		"a token, TLP:RED":                    {reasoned(token), Holding{State: Held, Handling: Handling{TLP: red}}, false, false},
		"a token below its ceiling":           {ceiling(token, amber), Holding{State: Held, Handling: Handling{TLP: amber}}, false, true},
		"a token above its ceiling":           {ceiling(token, green), Holding{State: Held, Handling: Handling{TLP: amber}}, false, false},
		"a token with a ceiling, no level":    {ceiling(token, amber), Holding{State: Held}, false, false},
		"a token that only writes":            {Viewer{Org: atlas, Token: "misp", WriteOnly: true, Reason: "r", Purpose: EventSecurity, Basis: "b"}, Holding{State: Held}, false, false},
		"a partner":                           {Viewer{Org: atlas, Partner: najd}, Holding{State: Held}, false, false},
		"a person who is a partner's as well": {Viewer{Org: atlas, Person: analyst, Partner: najd, Roles: Roles()}, Holding{State: Held}, false, false},
	} {
		if got := c.v.MayRead(&c.h, c.personal); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatAnAssessmentClears(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*Assessment)
		ok, second bool
	}{
		"all clear":                    {func(*Assessment) {}, true, false},
		"one question open":            {func(a *Assessment) { a.Answers.Racial = 0 }, false, false},
		"no standing said":             {func(a *Assessment) { a.Answers.Standing = 0 }, false, false},
		"no facts":                     {func(a *Assessment) { a.Answers.Facts = "" }, false, false},
		"predominantly political":      {func(a *Assessment) { a.Answers.Political = Yes }, false, false},
		"not a matter of ordinary law": {func(a *Assessment) { a.Answers.Ordinary = No }, false, false},
		"against obligations":          {func(a *Assessment) { a.Answers.Obligations = No }, false, false},
		"doubt":                        {func(a *Assessment) { a.Answers.Religious = Doubt }, false, true},
		"a journalist":                 {func(a *Assessment) { a.Answers.Standing = StandingJournalist }, false, true},
		"refused elsewhere":            {func(a *Assessment) { a.Answers.Refused = Yes }, false, true},
		"doubt, and the second clears": {func(a *Assessment) {
			a.Answers.Religious = Doubt
			a.Second = &SecondOpinion{Person: second, Clears: Yes}
		}, true, false},
		"doubt, and the second refuses": {func(a *Assessment) {
			a.Answers.Religious = Doubt
			a.Second = &SecondOpinion{Person: second, Clears: No}
		}, false, false},
		"doubt of both": {func(a *Assessment) {
			a.Answers.Religious = Doubt
			a.Second = &SecondOpinion{Person: second, Clears: Doubt}
		}, false, true},
		"doubt, seconded by themselves": {func(a *Assessment) {
			a.Answers.Religious = Doubt
			a.Second = &SecondOpinion{Person: analyst, Clears: Yes}
		}, false, true},
		"a yes that a second overrules": {func(a *Assessment) { a.Answers.Military = Yes; a.Second = &SecondOpinion{Person: second, Clears: Yes} }, false, false},
	} {
		a := NewAssessment(idFor(TypeAssessment), asof, atlas, analyst, oneItem)
		a.Answers = clearAnswers()
		c.change(a)
		if ok, needs := a.Clears(); ok != c.ok || needs != c.second {
			t.Errorf("%s: clears %v, needs a second %v", name, ok, needs)
		}
	}
}

func TestAnAssessmentIsOfOneVersion(t *testing.T) {
	a := NewAssessment(idFor(TypeAssessment), asof, atlas, analyst, oneItem)
	later := oneItem
	later.Version = "2026-11-04T12:00:00.000Z"
	if !a.CoversVersion(oneItem) || a.CoversVersion(later) {
		t.Error("covers another version than the one assessed")
	}
}

func TestApprovalsCountPersonsOverThisRelease(t *testing.T) {
	r := NewRelease(idFor(TypeRelease), asof, atlas, agreedPact(t), analyst)
	by := func(p PersonID, org OrgID, d Digest) Approval {
		return *NewApproval(idFor(TypeApproval), asof, org, d, p, desk, SoftwareKey)
	}
	third := PersonID("person-00112233445566cc")
	approvals := []Approval{
		by(second, atlas, r.Digest()), by(second, atlas, r.Digest()), // one person, twice
		by(third, atlas, r.Digest()),
		by(analyst, atlas, r.Digest()),                  // who proposed it
		by("person-00112233445566dd", najd, r.Digest()), // of the other side
		by("person-00112233445566ee", atlas, DigestOf(nil)),
	}
	if n := CountApprovals(r, approvals); n != 2 {
		t.Errorf("%d approvals", n)
	}
	r.Purpose = Fraud
	if n := CountApprovals(r, approvals); n != 0 {
		t.Errorf("%d approvals of a release that changed", n)
	}
}

func TestANarrowingNeverWidens(t *testing.T) {
	n := NewNarrowing(idFor(TypeNarrowing), asof, atlas, idFor(TypePact), Handling{TLP: green, Onward: OnwardNever}, analyst, oneCarried)
	held := agreedHandling()
	got := n.Apply(held)
	if got.TLP != amber || got.Onward != OnwardNever {
		t.Errorf("%+v", got)
	}
}

func TestAConsentCoversWhatItSays(t *testing.T) {
	c := &Consent{Items: []ItemRef{oneItem}, For: []OrgID{anatolia}, Purpose: Fraud, Until: asof.Plus(time.Hour)}
	if !c.Covers(oneItem, anatolia, Fraud, asof) {
		t.Error("not what it says")
	}
	if c.Covers(oneItem, najd, Fraud, asof) || c.Covers(oneItem, anatolia, EventSecurity, asof) ||
		c.Covers(ItemRef{ID: oneItem.ID}, anatolia, Fraud, asof) || c.Covers(oneItem, anatolia, Fraud, asof.Plus(time.Hour)) {
		t.Error("more than it says")
	}
}

func TestASourceProfileFillsWhatIsMissing(t *testing.T) {
	s := &SourceProfile{Default: agreedHandling(), ByType: map[string]Handling{"identity": {TLP: red}}}
	if got := s.HandlingOf("identity"); got.TLP != red || got.PAP != PAPAmber {
		t.Errorf("%+v", got)
	}
	if got := s.HandlingOf("malware"); got.TLP != amber {
		t.Errorf("%+v", got)
	}
}

func TestAHoldingExpiresAtTheEarlierLimit(t *testing.T) {
	h := Holding{Received: asof, Handling: Handling{RetainDays: 10, RetainUntil: asof.Plus(days(3))}}
	if got := h.ExpiresAt(); got != asof.Plus(days(3)) {
		t.Error(got)
	}
	h.Handling.RetainUntil = asof.Plus(days(30))
	if got := h.ExpiresAt(); got != asof.Plus(days(10)) {
		t.Error(got)
	}
}

func TestKeysTellHandlingsApart(t *testing.T) {
	a := agreedHandling()
	b := agreedHandling()
	b.Purposes = []Purpose{Fraud, EventSecurity}
	if a.Key() != b.Key() {
		t.Error("the order of purposes counts")
	}
	for name, remove := range removals {
		c := agreedHandling()
		remove(&c)
		if c.Key() == a.Key() {
			t.Errorf("a missing %s does not count", name)
		}
	}
	b = agreedHandling()
	b.Restriction = "|"
	if a.Key() == b.Key() {
		t.Error("the restriction does not count")
	}
}
