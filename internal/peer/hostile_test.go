package peer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Strangers who invent a name for each knock make as many entries as one who
// knocks as often, and nobody is named for what they said.
func TestInventedNamesMakeNoEntriesOfTheirOwn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas := w.node("atlas.example")
		for i := range 5 {
			stranger := w.node(mithaq.OrgID(fmt.Sprintf("stranger%d.example", i)))
			_, err := stranger.peer.Introduce(t.Context(), person(stranger.org, 1), "https://"+atlas.addr, "GUESSED")
			refusedWith(t, err, mithaq.Denied, "peer.invitation")
		}
		list := atlas.entries("refusal")
		if len(list) != 1 || list[0].From != "" {
			t.Errorf("five names left %+v", list)
		}
		settle(3 * time.Minute)
		if list = atlas.entries("refusal"); len(list) != 2 || list[1].Counts["more"] != 4 {
			t.Errorf("and later %+v", list)
		}
	})
}

// A partner who repeats the same fault fills nobody's log.
func TestAPartnersManyFaultsOfOneSortAreCounted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		before := len(najd.entries("refusal"))
		for range 20 {
			if _, err := najd.peer.Receive(t.Context(), atlas.org, []byte(`{"objects":[{"type":"x"}]}`)); err == nil {
				t.Fatal("taken")
			}
		}
		if got := len(najd.entries("refusal")) - before; got != 1 {
			t.Errorf("twenty faults left %d entries", got)
		}
	})
}

func TestEvidenceOfOneSortIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas := w.node("atlas.example")
		must(t, atlas.store.Write(t.Context(), func(tx *store.Tx) error {
			for range maxEvidence + 20 {
				if err := keepEvidence(tx, "najd.example", "envelope.equivocation", nil, []byte("{}")); err != nil {
					return err
				}
			}
			var n int
			if err := tx.QueryRow("SELECT count(*) FROM peer_evidence").Scan(&n); err != nil || n != maxEvidence {
				t.Errorf("%d kept, %v", n, err)
			}
			return nil
		}))
	})
}

// What a partner answers goes into our entries and terminals: it has the form of
// a key, or is not repeated.
func TestAnAnswerIsNoPlaceForText(t *testing.T) {
	for _, title := range []string{"\x1b[2Jpwned", "a sentence", strings.Repeat("a", 65), "", "réponse"} {
		err := heard(403, fmt.Appendf(nil, `{"title":%q,"error_code":"denied"}`, title))
		if _, ok := errors.AsType[*mithaq.Refusal](err); ok {
			t.Errorf("%q was taken as a key", title)
		}
	}
	err := heard(403, []byte(`{"title":"pact.suspended","error_code":"denied","details":{"args":["`+strings.Repeat("x", 1000)+`"]}}`))
	r, ok := errors.AsType[*mithaq.Refusal](err)
	if !ok || r.Key != "pact.suspended" || len(r.Args) != 1 || len(fmt.Sprint(r.Args[0])) != 200 {
		t.Errorf("%v", err)
	}
}

// A partner that lists roots without end keeps us asking about our own pacts only.
func TestOnlyRootsOfPactsHeldHereArePolled(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		listed := []string{"/acquaintance/", "/" + pact.UUID() + "/", "/" + pact.UUID() + "/", "/00000000-0000-4000-8000-000000000009/", "/nonsense/"}
		roots, err := atlas.peer.ours(t.Context(), listed)
		must(t, err)
		if len(roots) != 2 || roots[0] != "acquaintance" || roots[1] != pact.UUID() {
			t.Errorf("%v", roots)
		}
	})
}
