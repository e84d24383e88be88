package mithaq

import (
	"errors"
	"strings"
	"testing"
)

// faulty pacts each have one thing wrong, and the fault names its place.
var faulty = map[string]struct {
	spoil func(*Pact)
	place string
}{
	"one party":     {func(p *Pact) { p.Parties = p.Parties[:1] }, "parties: want at least two"},
	"a party twice": {func(p *Pact) { p.Parties[1].Org = atlas }, "parties[1]: atlas.example twice"},
	"no peer":       {func(p *Pact) { p.Parties = []Party{plainParty(atlas), plainParty(najd)} }, "parties: no peer"},
	"nobody gives": {func(p *Pact) {
		p.Parties[0].Roles, p.Parties[1].Roles, p.Parties[2].Roles = Receives, Receives, Receives
	}, "parties: want somebody who gives"},
	"a peer without a card":         {func(p *Pact) { p.Parties[2].Card = Digest{} }, "parties[2]: card: a peer has"},
	"a plain party without a paper": {func(p *Pact) { p.Parties[2] = plainParty(mailbox); p.Parties[2].Paper = Digest{} }, "parties[2]: paper"},
	"a name that is no domain":      {func(p *Pact) { p.Parties[0].Org = "Atlas" }, "parties[0]: organisation"},
	"a contact nobody can reach":    {func(p *Pact) { p.Parties[0].Contacts = []Contact{{Desk: "d"}} }, "parties[0]: contacts[0]: desk"},
	"another type":                  {func(p *Pact) { p.Type = "x-mithaq-card" }, "type: want x-mithaq-pact"},
	"another id":                    {func(p *Pact) { p.ID = idFor(TypeCard) }, "id: want"},
	"no extension":                  {func(p *Pact) { p.Extensions = nil }, "extensions: want"},
	"version 0":                     {func(p *Pact) { p.Version = 0 }, "version: 0"},
	"a second version of nothing":   {func(p *Pact) { p.Version = 2 }, "previous: the first"},
	"no title in a language":        {func(p *Pact) { p.Terms.Languages = []string{"en", "ar"} }, "title: none in ar"},
	"no legal basis":                {func(p *Pact) { p.Terms.Basis = nil }, "terms: legal_basis: none"},
	"a basis twice":                 {func(p *Pact) { p.Terms.Basis = append(p.Terms.Basis, p.Terms.Basis[0]) }, "terms: legal_basis[1]: MoU 2026, 4 twice"},
	"a basis without its text":      {func(p *Pact) { p.Terms.Basis[0].Text = nil }, "terms: legal_basis[0]: no text in en"},
	"persons without a transfer":    {func(p *Pact) { p.Terms.Transfer = nil }, "terms: flows[0]: subjects: name persons"},
	"no assurances":                 {func(p *Pact) { p.Terms.Transfer.Assurances = nil }, "terms: transfer"},
	"no end":                        {func(p *Pact) { p.Terms.Until = Time{} }, "terms: valid_from"},
	"an end before the beginning":   {func(p *Pact) { p.Terms.Until = p.Terms.From }, "terms: valid_until"},
	"a language that is none":       {func(p *Pact) { p.Terms.Languages = []string{"en", "e"} }, "terms: languages[1]"},
	"an authority in no language":   {func(p *Pact) { p.Terms.Authoritative = "fr" }, "terms: authoritative"},
	"no purpose":                    {func(p *Pact) { p.Terms.Purposes = nil }, "terms: purposes: none"},
	"a purpose of no list":          {func(p *Pact) { p.Terms.Purposes[1] = "everything" }, "terms: purposes[1]: purpose \"everything\""},
	"no flow":                       {func(p *Pact) { p.Terms.Flows = nil }, "terms: flows: nothing may cross"},
	"flows that overlap":            {func(p *Pact) { p.Terms.Flows = append(p.Terms.Flows, p.Terms.Flows[0]) }, "terms: flows: 2 from atlas.example to najd.example"},
	"a flow to a stranger":          {func(p *Pact) { p.Terms.Flows[0].To = []OrgID{"stranger.example"} }, "terms: flows[0]: from: stranger.example is not a party"},
	"no types":                      {func(p *Pact) { p.Terms.Flows[0].Types = nil }, "terms: flows[0]: types: none"},
	"a control type":                {func(p *Pact) { p.Terms.Flows[0].Types = []string{TypeRecall} }, "terms: flows[0]: types[0]"},
	"no ceiling":                    {func(p *Pact) { p.Terms.Flows[0].Ceiling = 0 }, "terms: flows[0]: tlp_ceiling"},
	"no floor":                      {func(p *Pact) { p.Terms.Flows[0].Floor = Floor{} }, "terms: flows[0]: evaluation_floor"},
	"no subjects":                   {func(p *Pact) { p.Terms.Flows[0].Subjects = 0 }, "terms: flows[0]: subjects: not said"},
	"persons to a plain party":      {func(p *Pact) { p.Parties[2] = plainParty(mailbox); p.Terms.Flows[0].Ceiling = green }, "terms: flows[0]: subjects: no personal data with a plain party"},
	"amber to a plain party":        {func(p *Pact) { p.Parties[2] = plainParty(mailbox); p.Terms.Flows[0].Subjects = SubjectNone }, "terms: flows[0]: tlp_ceiling: with a plain party at most TLP:GREEN"},
	"recall from a plain party": {func(p *Pact) {
		p.Parties = []Party{peer(atlas), plainParty(najd)}
		forPlain(&p.Terms)
		p.Terms.RecallHours = 4
	}, "terms: recall_hours: a plain party promises no recall"},
	"no recall between peers":   {func(p *Pact) { p.Terms.RecallHours = 0 }, "terms: recall_hours: want at least"},
	"a statement about notes":   {func(p *Pact) { p.Terms.Impersonal = []string{"note"} }, "terms: impersonal_types[0]"},
	"no review rule":            {func(p *Pact) { p.Terms.Review = 0 }, "terms: review"},
	"no codes":                  {func(p *Pact) { p.Terms.Codes = H1 }, "terms: codes"},
	"no urgency":                {func(p *Pact) { p.Terms.Urgencies = 0 }, "terms: urgencies"},
	"no retention":              {func(p *Pact) { p.Terms.Retention = Retention{} }, "terms: retention: want at least one day"},
	"a review after the end":    {func(p *Pact) { p.Terms.Retention.ReviewDays = 91 }, "terms: retention: a review"},
	"onward to anybody":         {func(p *Pact) { p.Terms.Onward = OnwardOpen }, "terms: onward"},
	"no court rule":             {func(p *Pact) { p.Terms.Court = 0 }, "terms: court"},
	"no rule for the end":       {func(p *Pact) { p.Terms.AtEnd = 0 }, "terms: at_end"},
	"deadlines upside down":     {func(p *Pact) { p.Terms.Inquiries.Emergency = 100 }, "terms: inquiries: routine_hours"},
	"matching without a budget": {func(p *Pact) { p.Terms.Match.PerDay = 0 }, "terms: match: questions_per_day"},
	"a stranger in the room":    {func(p *Pact) { p.Terms.Rooms.Members = []OrgID{"stranger.example"} }, "terms: rooms: members[0]"},
}

func TestAFaultyPactNamesThePlace(t *testing.T) {
	if err := agreedPact(t).Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range faulty {
		p := agreedPact(t)
		c.spoil(p)
		err := p.Check()
		if err == nil || !strings.Contains(err.Error(), c.place) || !errors.Is(err, Invalid) {
			t.Errorf("%s: %v, want %q", name, err, c.place)
		}
		if _, err := p.Compile(); err == nil {
			t.Errorf("%s: compiles", name)
		}
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	p := agreedPact(t)
	p.Terms.Review, p.Terms.Purposes, p.Parties[0].Name = 0, nil, nil
	err := p.Check()
	for _, place := range []string{"review", "purposes", "parties[0]: name"} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("%s is not named in: %v", place, err)
		}
	}
}

func TestATemplateIsCompleteButForWhatThePartiesKnow(t *testing.T) {
	for _, kind := range Templates() {
		terms, err := Template(kind)
		if err != nil {
			t.Fatal(err)
		}
		parties := []Party{peer(atlas), peer(najd)}
		if kind == FeedTemplate {
			parties = []Party{peer(atlas), plainParty(najd)}
		}
		if terms.check(parties) == nil {
			t.Errorf("%s: checks without a legal basis or a term", kind)
		}
		agreed := agreedTerms(t)
		terms.Basis, terms.Transfer, terms.From, terms.Until = agreed.Basis, agreed.Transfer, agreed.From, agreed.Until
		if err := terms.check(parties); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := Template("anything"); !errors.Is(err, Invalid) {
		t.Error(err)
	}
}

func TestTheNextVersionNamesTheOneBefore(t *testing.T) {
	p := agreedPact(t)
	p.Signatures = anySigned
	next := p.Next(asof, p.Parties, p.Terms)
	if next.Version != 2 || next.Previous != p.Digest() || next.Signatures != nil || next.ID != p.ID {
		t.Errorf("%+v", next)
	}
	if err := next.Check(); err != nil {
		t.Error(err)
	}
}

func TestADigestLeavesSignaturesOut(t *testing.T) {
	p := agreedPact(t)
	before := p.Digest()
	p.Signatures = anySigned
	if p.Digest() != before {
		t.Error("a signature changes what is signed")
	}
	p.Terms.Retention.Days++
	if p.Digest() == before {
		t.Error("a term changes nothing")
	}
}

func TestTextFormsAreExact(t *testing.T) {
	for _, text := range []string{"2026-11-03T12:00:00Z", "2026-11-03T12:00:00.0000Z", "2026-11-03T13:00:00.000+01:00", "2026-13-03T12:00:00.000Z", "x"} {
		if _, err := ParseTime(text); !errors.Is(err, Invalid) {
			t.Errorf("time %q: %v", text, err)
		}
	}
	full := DigestOf(nil).String()
	for _, text := range []string{full[1:], full[:70], strings.ToUpper(full), full + "0", "sha256:" + strings.Repeat("g", 64)} {
		if _, err := ParseDigest(text); !errors.Is(err, Invalid) {
			t.Errorf("digest %q: %v", text, err)
		}
	}
	for _, name := range []string{"", "atlas", "Atlas.example", "-a.example", "a..example", "a_b.example", "a.example.", strings.Repeat("a", 64) + ".example"} {
		if OrgID(name).Check() == nil {
			t.Errorf("organisation %q passes", name)
		}
	}
	for _, raw := range []string{`["nobody"]`, `"none"`, `[""]`, `[1]`, `["none",null]`} {
		var s Subjects
		if err := s.UnmarshalJSON([]byte(raw)); err == nil {
			t.Errorf("subjects %s pass as %v", raw, s.Words())
		}
	}
}

func TestEveryClauseHasItsNumber(t *testing.T) {
	seen := map[string]bool{}
	for c := range AllClauses() {
		back, err := ParseClause(c.String())
		if err != nil || back != c || seen[c.String()] {
			t.Errorf("%d %q: %d, %v", c, c, back, err)
		}
		seen[c.String()] = true
		if c.Safeguard() != strings.HasPrefix(c.String(), "S") || c.Safeguard() != (c.Article() == 0) {
			t.Errorf("%s: safeguard %v, article %d", c, c.Safeguard(), c.Article())
		}
	}
	if clauseLimit > 64 {
		t.Error("more clauses than a set holds")
	}
	for name, c := range map[string]ClauseID{"1.1": ClauseParties, "5.4": ClauseTLP, "10.2": ClauseCourt, "15.1": ClauseRooms, "S1": SafePurpose, "S15": SafeControl} {
		if c.String() != name {
			t.Errorf("%s is called %s", name, c)
		}
	}
	if _, err := ParseClause(""); err == nil {
		t.Error("no text is a clause")
	}
}
