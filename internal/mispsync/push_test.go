package mispsync_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

const partner mithaq.OrgID = "najd.example"

// plain makes an organisation without a node a partner, with a road to its MISP
// and a pact signed by us, as four people of ours do.
func (s *site) plain(other *site, change func(*mithaq.Terms)) stix.ID {
	s.t.Helper()
	ctx := context.Background()
	must(s.t, s.node.Peer().AddPlain(ctx, s.legal, partner))
	for _, v := range []mithaq.Viewer{s.legal, s.admin} {
		_, err := s.node.Peer().Accept(ctx, v, partner, nil, "met at the ministry")
		must(s.t, err)
	}
	s.write(func(tx *store.Tx) error {
		return s.node.Misps().Open(tx, s.admin, mispsync.Road{Org: partner, URL: other.URL, Arrives: misp.CommunityOnly, Inside: true, CA: other.ca, Rate: 6000}, key)
	})
	terms, err := mithaq.Template(mithaq.FeedTemplate)
	must(s.t, err)
	terms.From, terms.Until = mithaq.At(s.now().AddDate(0, 0, -1)), mithaq.At(s.now().AddDate(1, 0, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: "MoU 4", Text: map[string]string{"en": "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Law 18-07"}, Assurances: map[string]string{"en": "Annex B"}}
	terms.Impersonal = append(terms.Impersonal, "x-misp-attribute", "x-misp-object")
	terms.Flows[0].Types = append(terms.Flows[0].Types, "x-misp-attribute", "x-misp-object")
	terms.Flows[0].Extensions = []string{string(misp.Extension)}
	if change != nil {
		change(&terms)
	}
	party := mithaq.Party{Org: partner, Kind: mithaq.Plain, Roles: mithaq.Receives, Name: map[string]string{"en": "Najd"}, Paper: mithaq.DigestOf([]byte("paper"))}
	var p *mithaq.Pact
	s.write(func(tx *store.Tx) error {
		_, digest, err := s.node.Peer().Card(tx)
		if err != nil {
			return err
		}
		c, err := s.node.Peer().CardOf(tx, digest)
		if err != nil {
			return err
		}
		us := mithaq.Party{Org: s.org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": "Atlas"}, Card: digest, Fingerprint: c.Organisation.Fingerprint()}
		p = mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(s.now()), map[string]string{"en": "A feed"}, []mithaq.Party{us, party}, terms)
		return s.node.Pacts().Draft(tx, s.legal, p)
	})
	s.write(func(tx *store.Tx) error { return s.node.Pacts().Propose(tx, s.legal, p.Digest()) })
	s.write(func(tx *store.Tx) error { return s.node.Pacts().Sign(tx, s.legal, p.Digest()) })
	return p.ID
}

// share releases what of some objects may go.
func (s *site) share(pact stix.ID, ids ...stix.ID) gate.Proposal {
	s.t.Helper()
	all, err := s.node.Gate().Propose(context.Background(), s.staff, gate.Ask{
		Selection: gate.Selection{IDs: ids}, Pact: pact, To: []mithaq.OrgID{partner}, Purpose: mithaq.NetworkDefence, Basis: "MoU 4",
	})
	must(s.t, err)
	for _, stay := range all[0].Stays {
		for _, r := range stay.Reasons() {
			s.t.Logf("stays %d: %+v", stay.Count, r)
		}
	}
	return all[0]
}

// carry pushes what waits, new versions of what went before included.
func (s *site) carry() {
	s.t.Helper()
	for range 10 {
		n, err := s.node.Gate().Work(context.Background())
		must(s.t, err)
		did, err := s.node.Misps().Work(context.Background())
		must(s.t, err)
		if n == 0 && !did {
			return
		}
	}
}

// boxes are all objects of the event that the node holds.
func (s *site) boxed(uuid string) (ids []stix.ID) {
	s.t.Helper()
	_, err := s.node.Gate().Look(context.Background(), mithaq.NodeViewer(s.org), nil, func(l *gate.Look) error {
		box, err := l.Whole(stix.ID("grouping--" + uuid))
		if err != nil || len(box) == 0 {
			return err
		}
		o, err := stix.Parse(box[0].Raw, stix.Limits{})
		ids = append(o.IDs("object_refs"), box[0].Ref.ID, o.CreatedByRef())
		return err
	})
	must(s.t, err)
	return ids
}

func TestAnEventGoesToAMISPUnderAPactAndIsEditedAndDeletedThere(t *testing.T) {
	us, them := newSite(t, "atlas.example"), newSite(t, partner)
	us.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	pact := us.plain(them, nil)
	p := us.share(pact, us.boxed(eventUUID)...)
	us.carry()
	if got, want := them.left(eventUUID), "3: a2=1 a3=5 o=1 m=5"; got != want {
		t.Fatalf("there: %s, want %s", got, want)
	}
	e := them.ask(http.MethodGet, "/events/view/"+eventUUID, "", 200)
	if at(e, "Event", "Tag", 0, "name") != "tlp:green" || at(e, "Event", "Orgc", "name") != "Maker" {
		t.Errorf("%v", at(e, "Event"))
	}
	us.see(func(tx *store.Tx) error {
		w, err := us.node.Gate().Delivery(tx, p.Release.ID)
		if err == nil && (w.State != mithaq.PartRefused || w.Accepted == 0 || len(w.Details) == 0) {
			t.Errorf("%+v", w)
		}
		return err
	})

	for _, s := range []*site{us, them} {
		s.pass(time.Hour)
	}
	us.ask(http.MethodPost, "/attributes/edit/bbbbbbbb-0000-4000-8000-000000000003", `{"comment":"edited"}`, 200)
	us.carry()
	if got, want := them.left(eventUUID), "3: a2=1 edited=5 o=1 m=5"; got != want {
		t.Errorf("after an edit: %s, want %s", got, want)
	}
	us.ask(http.MethodPost, "/attributes/delete/bbbbbbbb-0000-4000-8000-000000000002", "", 200)
	us.carry()
	if got, want := them.left(eventUUID), "3: edited=5 o=1 m=5"; got != want {
		t.Errorf("after a deletion: %s, want %s", got, want)
	}
	for _, s := range []*site{us, them} {
		s.pass(time.Hour)
	}
	us.ask(http.MethodDelete, "/events/delete/"+eventUUID, "", 200)
	us.carry()
	if got := them.left(eventUUID); got != "" {
		t.Errorf("after the event was deleted: %s", got)
	}
	them.requests()
	us.carry()
	if asked := them.requests(); len(asked) != 0 {
		t.Errorf("it does not come to rest: %q", asked)
	}
}

func TestARecallAndANarrowingDeleteThere(t *testing.T) {
	us, them := newSite(t, "atlas.example"), newSite(t, partner)
	us.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	pact := us.plain(them, nil)
	us.share(pact, us.boxed(eventUUID)...)
	us.carry()
	for _, s := range []*site{us, them} {
		s.pass(time.Hour)
	}
	_, err := us.node.Gate().Recall(context.Background(), us.staff, gate.Recalling{
		IDs: []stix.ID{"indicator--bbbbbbbb-0000-4000-8000-000000000003"}, Reason: mithaq.WrongInformation,
	})
	must(t, err)
	us.carry()
	if got, want := them.left(eventUUID), "3: a2=1 o=1 m=5"; got != want {
		t.Errorf("after a recall: %s, want %s", got, want)
	}
	for _, s := range []*site{us, them} {
		s.pass(time.Hour)
	}
	ref := us.ref("indicator--bbbbbbbb-0000-4000-8000-000000000002")
	must(t, us.node.Gate().Narrow(context.Background(), us.staff, []mithaq.ItemRef{ref}, mithaq.Handling{TLP: stix.TLPAmber}))
	us.carry()
	if got, want := them.left(eventUUID), "3: o=1 m=5"; got != want {
		t.Errorf("after a narrowing: %s, want %s", got, want)
	}
}

// ref names the last version of an object.
func (s *site) ref(id stix.ID) (ref mithaq.ItemRef) {
	s.t.Helper()
	_, err := s.node.Gate().Look(context.Background(), mithaq.NodeViewer(s.org), nil, func(l *gate.Look) error {
		seen, err := l.Whole(id)
		if err == nil && len(seen) == 1 {
			ref = seen[0].Ref
		}
		return err
	})
	must(s.t, err)
	return ref
}

func TestNothingAboveGreenGoes(t *testing.T) {
	us, them := newSite(t, "atlas.example"), newSite(t, partner)
	us.ask(http.MethodPost, "/events/add", strings.Replace(complexEvent(3, ""), "tlp:green", "tlp:amber", 1), 200)
	pact := us.plain(them, nil)
	if p := us.share(pact, us.boxed(eventUUID)...); p.Release != nil && p.Release.Count > 1 { // who made it alone bears no label of the event
		t.Errorf("%d items would go", p.Release.Count)
	}
	us.carry()
	if got := them.left(eventUUID); got != "" {
		t.Errorf("there: %s", got)
	}
}

const foreignIndicator = `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2026-11-20T10:00:00.000Z",
"modified":"%s","indicator_types":["malicious-activity"],"name":"%s","pattern":"[domain-name:value = 'foreign.example']","pattern_type":"stix","valid_from":"2026-11-20T10:00:00Z"}`

func TestSTIXFromElsewhereGoesInAnEventOfOurs(t *testing.T) {
	us, them := newSite(t, "atlas.example"), newSite(t, partner)
	take := func(modified, name string) {
		raw := strings.Replace(strings.Replace(foreignIndicator, "%s", modified, 1), "%s", name, 1)
		_, err := us.node.Gate().Intake(context.Background(), us.staff, strings.NewReader(raw), gate.Import{Profile: us.source})
		must(t, err)
	}
	take("2026-11-20T10:00:00.000Z", "one")
	pact := us.plain(them, nil)
	us.share(pact, "indicator--00000000-0000-4000-8000-000000000001")
	us.carry()
	found := func() []any {
		list, _ := at(them.ask(http.MethodPost, "/events/restSearch", `{"returnFormat":"json","value":"foreign.example"}`, 200), "response").([]any)
		return list
	}
	first := found()
	if len(first) != 1 || at(first[0], "Event", "distribution") != "1" {
		t.Fatalf("%v", first)
	}
	for _, s := range []*site{us, them} {
		s.pass(time.Hour)
	}
	take("2026-11-24T09:30:00.000Z", "two")
	us.carry()
	if second := found(); len(second) != 1 || at(second[0], "Event", "uuid") != at(first[0], "Event", "uuid") {
		t.Errorf("a new version goes in the same event: %v", second)
	}
}

func TestWhatTheServerDoesNotTakeIsSaid(t *testing.T) {
	us, them := newSite(t, "atlas.example"), newSite(t, partner)
	us.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	pact := us.plain(them, nil)
	down := true
	them.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if down {
			http.Error(w, `{"message":"down for now"}`, http.StatusServiceUnavailable)
			return true
		}
		if r.Method == http.MethodPost {
			http.Error(w, `{"name":"Could not add Event","errors":"Event blocked by event blocklist."}`, http.StatusForbidden)
			return true
		}
		return false
	})
	p := us.share(pact, us.boxed(eventUUID)...)
	us.carry()
	us.see(func(tx *store.Tx) error {
		way, err := us.node.Misps().Road(tx, partner)
		if err == nil && (way.Fails == 0 || !strings.Contains(way.Why, "503")) {
			t.Errorf("%d failures: %s", way.Fails, way.Why)
		}
		return err
	})
	down = false
	us.pass(24 * time.Hour)
	us.carry()
	us.see(func(tx *store.Tx) error {
		w, err := us.node.Gate().Delivery(tx, p.Release.ID)
		if err == nil && (len(w.Details) == 0 || !strings.Contains(w.Details[0].Text, "blocklist")) {
			t.Errorf("%+v", w)
		}
		return err
	})
}
