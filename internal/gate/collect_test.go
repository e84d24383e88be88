package gate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (n *node) tool() mithaq.Viewer {
	return mithaq.Viewer{Org: n.org, Token: "siem", Reason: "service siem", Purpose: mithaq.NetworkDefence, Basis: "MoU 4"}
}

// collect is the last digits of the ids in a collection, in order.
func (n *node) collect(src Source) string {
	n.w.t.Helper()
	page, _, err := n.Collect(context.Background(), n.tool(), src, []store.Query{{Limit: 100}}, nil)
	if err != nil {
		n.w.t.Fatal(err)
	}
	var ids []string
	for _, l := range page {
		id := string(l.Ref.ID[len(l.Ref.ID)-1:])
		if l.Ref.ID.Type() == "note" {
			_, of, _ := strings.Cut(string(l.Raw), `"object_refs":["indicator--`)
			id = "withdrawn " + of[35:36]
		}
		if strings.Contains(string(l.Raw), `"revoked":true`) {
			id += " revoked"
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, ",")
}

func (w *world) inbox() Source {
	return Source{Collection: store.Collection{Name: "inbox", Filter: store.Filter{Under: w.pact.ID}}}
}

func (w *world) outbox() Source {
	return Source{Collection: Outbox(w.pact.ID)}
}

func TestWhatIsDiscardedIsTakenBackFromWhomItWentTo(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	w.toolsRead = true
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, ""))
	a.propose(a.ask(profile))
	w.carry()
	own := Source{Collection: store.Collection{Name: "own"}}
	for _, c := range []struct{ what, got, want string }{
		{"what went out", a.collect(w.outbox()), "1,2"},
		{"what came", b.collect(w.inbox()), "1,2"},
		{"what came, elsewhere", a.collect(w.inbox()), ""},
		{"all of it", b.collect(own), "1,2"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	discard := func(n *node, owner mithaq.Viewer, id int) error {
		return n.Discard(context.Background(), n.tool(), Discarding{
			Source: own, Queries: []store.Query{{Limit: 10, IDs: []stix.ID{indicatorID(id)}}}, Profile: profile, Owner: owner,
		})
	}
	if err := discard(a, a.analyst(), 1); !errors.Is(err, mithaq.Denied) {
		t.Errorf("for an owner who may not recall: %v", err)
	}
	if err := errors.Join(discard(a, a.legal(), 1), discard(b, b.legal(), 2)); err != nil {
		t.Fatal(err)
	}
	w.carry()
	for _, c := range []struct{ what, got, want string }{
		{"what went out, and that it was taken back", a.collect(w.outbox()), "2,1 revoked"},
		{"for whoever discarded it", a.collect(own), "2"},
		{"under its profile", a.collect(Source{Collection: store.Collection{Name: "x", Filter: store.Filter{Under: profile}}}), "2,1 revoked"},
		{"what came: one taken back by its giver, one hidden elsewhere", b.collect(w.inbox()), "2,withdrawn 1"},
		{"all but what is hidden", b.collect(own), "withdrawn 1"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 1 || len(list[0].Erased) != 1 {
			t.Errorf("statements: %+v", list)
		}
		return err
	})
	w.now = w.now.Add(tellFor + time.Second)
	if err := b.Lapse(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := b.collect(w.inbox()); strings.Contains(got, "withdrawn") {
		t.Errorf("after a month: %s", got)
	}
	if err := discard(a, a.legal(), 9); !errors.Is(err, mithaq.NotFound) {
		t.Errorf("what is not there: %v", err)
	}
}

// The object's own marking is no label of ours.
func TestWithoutASourceProfileNothingCrosses(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	marked := indicator(1, `,"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]`)
	if r := a.take21("", marked, indicator(2, "")); r.Kept != 2 {
		t.Fatalf("%+v", r)
	}
	ask := a.ask("")
	ask.Selection = Selection{Giver: atlas}
	look, err := a.Preview(context.Background(), a.analyst(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if look[0].Goes != 0 || len(look[0].Stays) == 0 || look[0].Reviews != 0 {
		t.Errorf("%d go, %d wait; %v", look[0].Goes, look[0].Reviews, stays(look[0]))
	}
}

// Each kind of object that can be revoked has a last word that the standard lets pass.
func TestLastWordsAreValid(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	for _, typ := range []string{
		"attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure", "intrusion-set", "location",
		"malware", "malware-analysis", "note", "observed-data", "opinion", "relationship", "report", "sighting", "threat-actor", "tool", "vulnerability",
	} {
		raw := `{"type":"` + typ + `","spec_version":"2.1","id":"` + typ + `--00000000-0000-4000-8000-000000000001","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z","name":"secret"}`
		last := a.revoked(&store.Item{Raw: []byte(raw), Order: w.now.UnixMicro()}, w.now)
		if x := a.reading(w.now).one(last); x.fault != nil || !x.revoked || strings.Contains(string(last), "secret") {
			t.Errorf("%s: %v: %s", typ, x.fault, last)
		}
	}
	if last := a.revoked(&store.Item{Raw: []byte(`{"type":"x-thing","id":"x-thing--00000000-0000-4000-8000-000000000001"}`)}, w.now); last != nil {
		t.Errorf("of an unknown type: %s", last)
	}
}
