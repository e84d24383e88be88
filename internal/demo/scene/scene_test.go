package scene_test

import (
	"bytes"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

var now = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// An item is one object of a part, with what a gate would know of it.
type item struct {
	*stix.Object
	part   *scene.Part
	values []value.Value
	facts  mithaq.Facts
}

func items(t *testing.T, s *scene.Scene, org mithaq.OrgID) (all []item) {
	t.Helper()
	parts := s.Parts(org)
	for i := range parts {
		all = append(all, itemsOf(t, &parts[i])...)
	}
	return all
}

func itemsOf(t *testing.T, part *scene.Part) (all []item) {
	t.Helper()
	profile := part.Profile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(now), "person-0123456789abcdef")
	if err := profile.Check(); err != nil {
		t.Fatal(err)
	}
	for o, err := range stix.NewReader(bytes.NewReader(part.Bundle), stix.Limits{}).Objects() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, known(o, part, profile))
	}
	if len(all) != part.Objects {
		t.Errorf("%s: %d objects, said %d", part.Name, len(all), part.Objects)
	}
	return all
}

func known(o *stix.Object, part *scene.Part, profile *mithaq.SourceProfile) item {
	tlp, _ := o.TLP()
	it := item{Object: o, part: part, values: value.FromObject(string(o.Type()), o.Member)}
	modified, _ := o.Modified()
	it.facts = mithaq.Facts{
		Type: string(o.Type()), Modified: modified.Time(), State: mithaq.Held,
		Handling: mithaq.Handling{TLP: tlp}.Fill(profile.HandlingOf(string(o.Type()))),
		Personal: mithaq.BearsPerson(string(o.Type())) || o.String("identity_class") == "individual" ||
			slices.ContainsFunc(it.values, func(v value.Value) bool { return v.Kind.Person() }),
	}
	if part.Concerns {
		it.facts.Assessed = mithaq.AssessedClear
	}
	return it
}

func rules(t *testing.T, s *scene.Scene) (*mithaq.Pact, *mithaq.Rules) {
	t.Helper()
	var parties []mithaq.Party
	for _, org := range scene.Orgs() {
		parties = append(parties, scene.Party(org, mithaq.DigestOf([]byte(org)), mithaq.DigestOf([]byte("card of "+org))))
	}
	p := s.Pact(stix.NewID(mithaq.TypePact), mithaq.At(now), parties...)
	r, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return p, r
}

func request(from, to mithaq.OrgID, side mithaq.Side) *mithaq.Request {
	return &mithaq.Request{
		From: from, To: to, Purpose: scene.Purpose, Basis: scene.Basis, Urgency: mithaq.Routine,
		At: now, Side: side, State: mithaq.State{Status: mithaq.InForce}, Attended: true, Approvals: 1,
	}
}

func TestAllCrossesButThreeEachByAnotherClause(t *testing.T) {
	s := scene.New(now)
	_, r := rules(t, s)
	stays := map[stix.ID]mithaq.ClauseID{}
	for _, stay := range s.Stays() {
		stays[stay.ID] = stay.Clause
	}
	if len(stays) != 3 {
		t.Fatalf("%d stay, want three", len(stays))
	}
	for _, from := range scene.Orgs() {
		for _, to := range scene.Orgs() {
			if from == to {
				continue
			}
			for _, side := range []mithaq.Side{mithaq.Sender, mithaq.Receiver} {
				kept := decide(t, r, items(t, s, from), request(from, to, side), stays)
				if want := map[bool]int{true: 3}[from == scene.Anatolia]; kept != want {
					t.Errorf("%s to %s: %d stay, want %d", from, to, kept, want)
				}
			}
		}
	}
}

// decide holds each item to what must be said of it, and counts what stays.
func decide(t *testing.T, r *mithaq.Rules, all []item, q *mithaq.Request, stays map[stix.ID]mithaq.ClauseID) (kept int) {
	t.Helper()
	for _, it := range all {
		var want mithaq.Clauses
		if clause, stay := stays[it.ID()]; stay {
			want = mithaq.ClausesOf(clause)
		}
		got := mithaq.Decide(r, &it.facts, q).Failed
		if got != want {
			t.Fatalf("%s %s to %s: fails %q, want %q", it.ID(), q.From, q.To, got, want)
		}
		if got != 0 {
			kept++
		}
	}
	return kept
}

func TestThePactReadsAsFourteenArticles(t *testing.T) {
	p, r := rules(t, scene.New(now))
	terms := r.Terms()
	if n := len(p.Articles()); n != 14 || terms.Inquiries == nil || terms.Match == nil {
		t.Errorf("%d articles, want fourteen, with inquiries and matching", n)
	}
	for _, lang := range terms.Languages {
		if scene.Title()[lang] == "" || terms.Basis[0].Text[lang] == "" || terms.Transfer.Assurances[lang] == "" {
			t.Errorf("no text in %s", lang)
		}
		for _, org := range scene.Orgs() {
			if scene.Name(org, lang) == "" {
				t.Errorf("%s has no name in %s", org, lang)
			}
		}
	}
}

func TestObjectsConformToTheStandard(t *testing.T) {
	s := scene.New(now)
	for _, org := range scene.Orgs() {
		seen := map[stix.ID]bool{}
		for _, it := range items(t, s, org) {
			for _, problem := range stix.Validate(it.Object, stix.Options{Should: true}) {
				t.Errorf("%s: %+v", it.ID(), problem)
			}
			if len(stix.Future(it.Object, now)) > 0 {
				t.Errorf("%s is of the future", it.ID())
			}
			if seen[it.ID()] {
				t.Errorf("%s twice", it.ID())
			}
			seen[it.ID()] = true
		}
	}
}

func TestReferencesResolve(t *testing.T) {
	s := scene.New(now)
	for _, org := range scene.Orgs() {
		all := items(t, s, org)
		have := map[stix.ID]bool{}
		for _, it := range all {
			have[it.ID()] = true
		}
		for _, it := range all {
			for pointer, ref := range it.Refs() {
				if _, marking := stix.TLPOf(ref); !marking && !have[ref] {
					t.Errorf("%s %s: nothing has the id %s", it.ID(), pointer, ref)
				}
			}
		}
	}
}

func TestThereAreAFewThousandInFourLanguages(t *testing.T) {
	s := scene.New(now)
	langs := map[string]int{}
	for org, want := range map[mithaq.OrgID]int{scene.Anatolia: 2400, scene.Atlas: 687, scene.Najd: 557} {
		all := items(t, s, org)
		if len(all) != want {
			t.Errorf("%s has %d objects, want %d", org, len(all), want)
		}
		for _, it := range all {
			langs[it.Lang()]++
		}
	}
	for _, lang := range []string{"ar", "fr", "en", "tr"} {
		if langs[lang] < 50 {
			t.Errorf("%d objects in %s", langs[lang], lang)
		}
	}
}

func TestASceneIsTheSameAllDay(t *testing.T) {
	one, other := scene.New(now), scene.New(now.Add(13*time.Hour))
	for _, org := range scene.Orgs() {
		a, b := one.Parts(org), other.Parts(org)
		for i := range a {
			if !bytes.Equal(a[i].Bundle, b[i].Bundle) {
				t.Errorf("%s differs", a[i].Name)
			}
		}
	}
	if days := one.Final().Sub(now).Hours() / 24; days < 6 || days > 7 {
		t.Errorf("the final is %v days away", days)
	}
}

func TestTheVictimsNumberIsInOneObject(t *testing.T) {
	s := scene.New(now)
	id, number := s.Victim()
	for _, org := range scene.Orgs() {
		for _, it := range items(t, s, org) {
			if has := bytes.Contains(it.Raw(), []byte(number)); has != (it.ID() == id) {
				t.Errorf("%s has the number: %v", it.ID(), has)
			}
		}
	}
}

// The ranges that are kept for documentation and drama.
var (
	nets   = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	zones  = regexp.MustCompile(`(^|[.@/-])[a-z0-9.-]*\.example(\.(com|net|org))?$|example\.(com|net|org)$`)
	drama  = regexp.MustCompile(`^\+(447700900\d{3}|1\d{3}55501\d{2}|3363998\d{4})$`)
	nobank = regexp.MustCompile(`^TR\d{2}000000\d{16}$`)
	macs   = regexp.MustCompile(`^00:00:5e:00:53:[0-9a-f]{2}$`)
)

func fictional(v value.Value) bool {
	switch v.Kind {
	case value.IPv4, value.IPv6:
		return slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Contains(netip.MustParseAddr(v.Text)) })
	case value.URL:
		host, _, _ := strings.Cut(strings.TrimPrefix(v.Text, "https://"), "/")
		return zones.MatchString(host)
	case value.Domain, value.Email:
		return zones.MatchString(v.Text)
	case value.Phone:
		return drama.MatchString(v.Text)
	case value.IBAN:
		return nobank.MatchString(v.Text)
	case value.MAC:
		return macs.MatchString(v.Text)
	}
	return false
}

func TestNoValueIsRealAndEachIsOneValue(t *testing.T) {
	s := scene.New(now)
	for _, org := range scene.Orgs() {
		counts := map[value.Kind]int{}
		seen := map[string]stix.ID{}
		for _, it := range items(t, s, org) {
			if it.Type() == "indicator" && len(it.values) != 1 {
				t.Errorf("%s: %d values in %s", it.ID(), len(it.values), it.String("pattern"))
			}
			for _, v := range it.values {
				counts[v.Kind]++
				if !fictional(v) {
					t.Errorf("%s: %s %s may be real", it.ID(), v.Kind, v.Text)
				}
				key := string(it.Type()) + v.Text
				if other, twice := seen[key]; twice {
					t.Errorf("%s and %s have %s", other, it.ID(), v.Text)
				}
				seen[key] = it.ID()
			}
		}
		t.Log(org, counts)
	}
}
