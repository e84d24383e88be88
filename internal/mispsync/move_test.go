package mispsync_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/internal/testdata"
)

// groups makes a site list organisations and sharing groups, as a real MISP did.
func (s *site) groups(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(testdata.Shared(t, "misp"), "sharing_groups.json"))
	must(t, err)
	s.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasPrefix(r.URL.Path, "/sharing_groups/index"):
			_, _ = fmt.Fprintf(w, `{"response":%s}`, raw)
		case strings.HasPrefix(r.URL.Path, "/organisations/index"):
			_, _ = fmt.Fprint(w, `[{"Organisation":{"id":"1","name":"CIRCL","uuid":"55f6ea5e-2c60-40e5-964f-47a8950d210f","nationality":"LU","contacts":"info@circl.example","local":true}},
				{"Organisation":{"id":"2","name":"najd.example","uuid":"66f6ea5e-2c60-40e5-964f-47a8950d210f"}},
				{"Organisation":{"id":"3","name":"Müdürlük 7","uuid":"77f6ea5e-2c60-40e5-964f-47a8950d210f"}}]`)
		default:
			return false
		}
		return true
	})
}

func (s *site) moving(basis string) mispsync.Moving {
	s.t.Helper()
	terms, err := mispsync.FeedTerms()
	must(s.t, err)
	terms.From, terms.Until = mithaq.At(s.now().AddDate(0, 0, -1)), mithaq.At(s.now().AddDate(1, 0, 0))
	if basis != "" {
		terms.Basis = []mithaq.LegalBasis{{Ref: basis, Text: map[string]string{"en": basis}}}
	}
	return mispsync.Moving{Us: s.us(), Terms: terms}
}

// us is the site's organisation as a pact names it.
func (s *site) us() (p mithaq.Party) {
	s.t.Helper()
	s.see(func(tx *store.Tx) error {
		_, digest, err := s.node.Peer().Card(tx)
		if err != nil {
			return err
		}
		c, err := s.node.Peer().CardOf(tx, digest)
		if err == nil {
			p = mithaq.Party{Org: s.org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": "Atlas"}, Card: digest, Fingerprint: c.Organisation.Fingerprint()}
		}
		return err
	})
	return p
}

func TestAMISPMovesIn(t *testing.T) {
	us, old := newSite(t, "atlas.example"), newSite(t, "old.example")
	old.groups(t)
	m, err := us.node.Misps().Survey(t.Context(), us.admin, mispsync.Road{URL: old.URL, Inside: true, CA: old.ca}, key, us.moving("MoU 4"))
	must(t, err)
	var orgs []string
	for _, n := range m.Organisations {
		orgs = append(orgs, string(n.Org))
	}
	for _, want := range []string{"circl.example", "najd.example", "m-d-rl-k-7.invalid"} {
		if !slices.Contains(orgs, want) {
			t.Errorf("no %s among %v", want, orgs)
		}
	}
	if len(m.Pacts) == 0 || m.Pacts[0].Group != "PrivateTrustedGroup" || m.Pacts[0].Pact.Party("circl.example") == nil {
		t.Fatalf("%+v", m.Pacts)
	}
	if all := fmt.Sprint(m.Pacts[0].Missing); !strings.Contains(all, "paper") || strings.Contains(all, "legal_basis") {
		t.Errorf("missing: %s", all)
	}
	if _, err := us.node.Misps().Survey(t.Context(), us.staff, mispsync.Road{URL: old.URL}, key, us.moving("")); err == nil {
		t.Error("an analyst may ask")
	}
}

func TestAReplaySaysWhatADraftWouldHaveLetThrough(t *testing.T) {
	us, old := newSite(t, "atlas.example"), newSite(t, "old.example")
	green := complexEvent(3, "")
	amber := strings.NewReplacer("tlp:green", "tlp:amber", "-0000-4000-", "-1111-4000-").Replace(green)
	for _, e := range []string{green, amber} {
		old.ask(http.MethodPost, "/events/add", e, 200)
	}
	us.reads(old, func(t *subscribe.Terms) { t.Own = true })
	us.pull("old")
	old.groups(t)
	m, err := us.node.Misps().Survey(t.Context(), us.admin, mispsync.Road{URL: old.URL, Inside: true, CA: old.ca}, key, us.moving("MoU 4"))
	must(t, err)
	before := us.items()
	all, err := us.node.Misps().Replay(context.Background(), us.staff, mispsync.Replaying{Pact: m.Pacts[0].Pact, Under: us.source, Since: us.now().AddDate(-1, 0, 0)})
	must(t, err)
	if len(all) != len(m.Pacts[0].Pact.Parties)-1 {
		t.Fatalf("%d replays", len(all))
	}
	r := all[0]
	if r.Whole != 1 || r.Whole+r.Part+r.None != 2 || len(r.Events) != 1 || r.Events[0].Info != "Complex Event" || len(r.Stays) == 0 {
		t.Fatalf("%+v", r)
	}
	var clauses []string
	for _, s := range r.Events[0].Stays {
		for c := range s.Clauses.All() {
			clauses = append(clauses, c.String())
		}
		if len(s.Reasons()) == 0 {
			t.Error("no reason is given")
		}
	}
	if !slices.Contains(clauses, mithaq.SafePlainTLP.String()) {
		t.Errorf("the amber event stays by %v", clauses)
	}
	if us.items() != before {
		t.Error("a replay keeps something")
	}
	late, err := us.node.Misps().Replay(context.Background(), us.staff, mispsync.Replaying{Pact: m.Pacts[0].Pact, Since: us.now().AddDate(1, 0, 0)})
	if err != nil || len(late) != 0 {
		t.Errorf("events before the time are replayed: %+v %v", late, err)
	}
	if _, err := us.node.Misps().Replay(context.Background(), us.admin, mispsync.Replaying{Pact: m.Pacts[0].Pact}); err == nil {
		t.Error("an administrator may replay")
	}
}
