package peer

import (
	"fmt"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func entryAt(t *testing.T, tx *store.Tx, l *lane, index int64) *ledger.Entry {
	t.Helper()
	e, err := ledger.EntryAt(tx, l.log, index)
	must(t, err)
	return e
}

func (n *node) exec(query string, args ...any) {
	n.t.Helper()
	must(n.t, n.store.Write(n.t.Context(), func(tx *store.Tx) error {
		r, err := tx.Exec(query, args...)
		if err != nil {
			return err
		}
		if k, err := r.RowsAffected(); err != nil || k != 1 {
			return fmt.Errorf("%d rows altered: %w", k, err)
		}
		return nil
	}))
}

func TestVerifyWithNamesEachDifference(t *testing.T) {
	for name, c := range map[string]struct {
		alter func(atlas, najd *node)
		what  string
		index int64
	}{
		"nothing altered": {func(_, _ *node) {}, "", 0},
		"an account altered by hand": {func(atlas, _ *node) {
			atlas.exec("UPDATE entry SET account = CAST(replace(CAST(account AS TEXT), 'article 12', 'article 99') AS BLOB) WHERE idx = 3 AND log = (SELECT id FROM log WHERE origin LIKE 'atlas.example/mithaq/%/bulk')")
		}, DifferLeaf, 3},
		"a leaf altered at the partner": {func(_, najd *node) {
			najd.exec("UPDATE entry SET account_salt = zeroblob(32) WHERE idx = 2 AND log = (SELECT id FROM log WHERE origin LIKE 'atlas.example/mithaq/%/bulk')")
		}, DifferLeaf, 2},
		"an entry taken out": {func(atlas, _ *node) {
			atlas.exec("DELETE FROM entry WHERE idx = 4 AND log = (SELECT id FROM log WHERE origin LIKE 'atlas.example/mithaq/%/bulk')")
		}, DifferMissing, 4},
		"the last entry taken out at the receiver": {func(_, najd *node) {
			najd.exec("DELETE FROM entry WHERE idx = 5 AND log = (SELECT id FROM log WHERE origin LIKE 'atlas.example/mithaq/%/bulk')")
		}, DifferMissing, 5},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas, najd := w.node("atlas.example"), w.node("najd.example")
				acquaint(t, atlas, najd)
				pact := agree(atlas, najd)
				var ids []stix.ID
				for range 6 {
					ids = append(ids, atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...).Envelope)
				}
				najd.send(atlas, pact, mithaq.LaneBulk, najd.put(`{"type":"note"}`)...)
				settle(5 * time.Second)
				c.alter(atlas, najd)
				w.line(najd, true)
				atlas.send(najd, pact, mithaq.LaneCase, atlas.put(`{"type":"note"}`)...) // waits
				settle(time.Second)
				w.mu.Lock()
				w.cut[najd.addr] = false
				w.mu.Unlock()
				for _, side := range []*node{atlas, najd} {
					other := najd
					if side == najd {
						other = atlas
					}
					v, err := side.peer.VerifyWith(t.Context(), other.org)
					must(t, err)
					if c.what == "" {
						if len(v.Differences) != 0 || v.Entries != 7 || v.Lanes < 2 {
							t.Errorf("%s: %+v; ours %v, theirs %v", side.org, v, side.trees(), other.trees())
						}
						continue
					}
					if len(v.Differences) != 1 {
						t.Fatalf("%s: %d differences: %+v", side.org, len(v.Differences), v.Differences)
					}
					d := v.Differences[0]
					if d.What != c.what || d.Index != c.index || d.From != atlas.org || d.Lane != mithaq.LaneBulk {
						t.Errorf("%s: %+v, want %s at %d", side.org, d, c.what, c.index)
					}
					if id := idOf(d); id != ids[c.index] {
						t.Errorf("%s: the difference names message %s, want %s", side.org, id, ids[c.index])
					}
				}
			})
		})
	}
}

func idOf(d Difference) stix.ID {
	if d.Ours != nil && d.Ours.Envelope != "" {
		return d.Ours.Envelope
	}
	if d.Theirs != nil {
		return d.Theirs.Envelope
	}
	return ""
}

func TestCheckNamesWhatIsNotWhatCrossed(t *testing.T) {
	for name, c := range map[string]struct {
		alter func(n *node)
		what  string
		pos   int
	}{
		"nothing": {func(*node) {}, "", 0},
		"a bit of an item": {func(n *node) {
			n.exec("UPDATE test_item SET raw = CAST(replace(CAST(raw AS TEXT), 'two', 'twe') AS BLOB) WHERE CAST(raw AS TEXT) LIKE '%two%'")
		}, DifferObject, 1},
		"a header": {func(n *node) {
			n.exec("UPDATE peer_envelope SET header = CAST(replace(CAST(header AS TEXT), 'article 12', 'article 99') AS BLOB) WHERE kind = 'items'")
		}, DifferEnvelope, -1},
		"an opening": {func(n *node) {
			n.exec("UPDATE entry SET content_salt = zeroblob(32) WHERE idx = 0 AND log = (SELECT id FROM log WHERE origin LIKE 'atlas.example/mithaq/%/bulk')")
		}, DifferOpening, -1},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas, najd := w.node("atlas.example"), w.node("najd.example")
				acquaint(t, atlas, najd)
				pact := agree(atlas, najd)
				sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"x":"one"}`, `{"x":"two"}`)...)
				settle(time.Second)
				for _, n := range []*node{atlas, najd} {
					c.alter(n)
					list, err := n.peer.Check(t.Context())
					must(t, err)
					if c.what == "" {
						if len(list) != 0 {
							t.Errorf("%s: %+v", n.org, list)
						}
						continue
					}
					if len(list) != 1 || list[0].What != c.what || list[0].Position != c.pos || list[0].Ours.Envelope != sent.Envelope {
						t.Errorf("%s: %+v, want one %s at %d", n.org, list, c.what, c.pos)
					}
				}
			})
		})
	}
}
