package peer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Each row is a message that is not what it should be; what it is answered, and
// that the refusal is in the receiver's own log, while the honest message still
// crosses afterwards.
func TestEachWrongMessageIsRefusedAndEntered(t *testing.T) {
	newID := func(h *mithaq.EnvelopeHeader) { h.ID = stix.NewID(mithaq.TypeEnvelope) }
	for name, c := range map[string]struct {
		forge func(t *testing.T, n *node, body []byte) []byte
		kind  mithaq.Kind
		why   string
		busy  bool // told to come again: no entry
	}{
		"ahead": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) {
				newID(h)
				h.Sequence, h.Tree.Size = 5, 5
				h.Previous = mithaq.Digest{1}
			})
		}, mithaq.Busy, "envelope.ahead", true},
		"replay of a place": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.Sequence, h.Tree.Size = 1, 1; h.Previous = mithaq.Digest{} })
		}, mithaq.Conflict, "envelope.replay", false},
		"other chain": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.Previous = mithaq.Digest{1} })
		}, mithaq.Conflict, "envelope.other-chain", false},
		"other tree": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.Tree.Root = mithaq.Digest{1} })
		}, mithaq.Conflict, "envelope.other-tree", false},
		"clock ahead": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) {
				newID(h)
				h.Created = h.Created.Plus(10 * time.Minute)
				h.Modified = h.Created
			})
		}, mithaq.Expired, "envelope.clock", false},
		"not for us": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.To = "other.example" })
		}, mithaq.Denied, "envelope.not-for-us", false},
		"from another": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.From = "other.example" })
		}, mithaq.Denied, "envelope.not-from-partner", false},
		"a card of ours we never had": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.ToCard = mithaq.Digest{1} })
		}, mithaq.Denied, "envelope.our-card", false},
		"a card of theirs we do not hold": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.FromCard = mithaq.Digest{1} })
		}, mithaq.Busy, "envelope.card-unknown", true},
		"pact version not held": {func(t *testing.T, n *node, body []byte) []byte {
			return n.forge(t, body, func(h *mithaq.EnvelopeHeader) { newID(h); h.Pact = mithaq.Digest{1} })
		}, mithaq.Busy, "pact.version", true},
		"header altered after signing": {func(t *testing.T, n *node, body []byte) []byte {
			return []byte(strings.Replace(string(body), `"basis":"article 12"`, `"basis":"article 13"`, 1))
		}, mithaq.Unauthenticated, "peer.unauthenticated", false},
		"signature stripped": {func(t *testing.T, n *node, body []byte) []byte {
			w := unwire(t, body)
			from := strings.Index(string(w.Objects[0]), `"signatures":`)
			until := strings.Index(string(w.Objects[0]), `,"spec_version"`)
			w.Objects[0] = append(w.Objects[0][:from:from], w.Objects[0][until+1:]...)
			return w.body()
		}, mithaq.Invalid, "peer.invalid", false},
		"half a signature": {func(t *testing.T, n *node, body []byte) []byte {
			w := unwire(t, body)
			from := strings.Index(string(w.Objects[0]), `"mldsa":"`) + len(`"mldsa":"`)
			w.Objects[0][from] = map[bool]byte{true: 'B', false: 'A'}[w.Objects[0][from] == 'A']
			return w.body()
		}, mithaq.Unauthenticated, "peer.unauthenticated", false},
		"signed by another node": {func(t *testing.T, n *node, body []byte) []byte {
			return n.world.nodes["najd.example:443"].forge(t, body, newID)
		}, mithaq.NotFound, "card.key-unknown", false},
		"object altered": {func(t *testing.T, n *node, body []byte) []byte {
			return []byte(strings.Replace(string(body), `"second"`, `"secund"`, 1))
		}, mithaq.Unauthenticated, "envelope.content-root", false},
		"object left out": {func(t *testing.T, n *node, body []byte) []byte {
			w := unwire(t, body)
			w.Objects = w.Objects[:2]
			return w.body()
		}, mithaq.Invalid, "peer.invalid", false},
		"cut off": {func(t *testing.T, n *node, body []byte) []byte { return body[:len(body)-7] }, mithaq.Invalid, "peer.invalid", false},
		"a name twice": {func(t *testing.T, n *node, body []byte) []byte {
			return []byte(strings.Replace(string(body), `"version":1`, `"version":1,"version":1`, 1))
		}, mithaq.Invalid, "peer.invalid", false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas, najd := w.node("atlas.example"), w.node("najd.example")
				acquaint(t, atlas, najd)
				pact := agree(atlas, najd)
				atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note","x":"first"}`)...)
				settle(2 * time.Second)
				w.line(najd, true)
				sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note","x":"second"}`)...)
				settle(time.Second)

				honest := atlas.parcel(t, sent).body()
				before := najd.trees()
				_, err := najd.peer.Receive(t.Context(), atlas.org, c.forge(t, atlas, honest))
				why, kind := reason(err)
				if kind != c.kind || why != c.why {
					t.Fatalf("answered %v, want %s: %s", err, c.kind, c.why)
				}
				if najd.refusedFor(c.why) == c.busy {
					t.Errorf("refusal entered: %t", !c.busy)
				}
				if !maps.Equal(before, najd.trees()) {
					t.Error("a refused message changed a log of the link")
				}
				if c.why == "envelope.other-chain" || c.why == "envelope.other-tree" {
					wantFrozen(t, atlas, najd, honest)
					return
				}
				_, err = najd.peer.Receive(t.Context(), atlas.org, honest)
				must(t, err)
			})
		})
	}
}

func wantFrozen(t *testing.T, atlas, najd *node, honest []byte) {
	t.Helper()
	_, err := najd.peer.Receive(t.Context(), atlas.org, honest)
	refusedWith(t, err, mithaq.Denied, "peer.link-frozen")
	var n int
	must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM peer_evidence WHERE org = ?", atlas.org).Scan(&n)
	}))
	if n != 1 {
		t.Errorf("%d pieces of evidence, want 1", n)
	}
}

func TestTheSameMessageGetsTheSameReceiptAndAnotherUnderItsIDIsEvidence(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		sent := atlas.send(najd, pact, mithaq.LaneCase, atlas.put(`{"type":"note"}`)...)
		body := atlas.parcel(t, sent).body()
		first, err := najd.peer.Receive(t.Context(), atlas.org, body)
		must(t, err)
		again, err := najd.peer.Receive(t.Context(), atlas.org, body)
		must(t, err)
		if string(first) != string(again) || len(najd.received()) != 1 {
			t.Errorf("twice the same: %d acted on, receipts equal: %t", len(najd.received()), string(first) == string(again))
		}
		_, err = najd.peer.Receive(t.Context(), atlas.org, atlas.forge(t, body, func(h *mithaq.EnvelopeHeader) { h.NotAfter = h.NotAfter.Plus(time.Hour) }))
		refusedWith(t, err, mithaq.Conflict, "envelope.equivocation")
		if !najd.refusedFor("envelope.equivocation") {
			t.Error("equivocation left no entry")
		}
		w.line(najd, false)
		settle(15 * time.Minute)
		if got := atlas.state(sent.Envelope); got != settled || len(najd.received()) != 1 {
			t.Errorf("after the line healed: %s, acted on %d times", got, len(najd.received()))
		}
	})
}

// What is refused with a receipt leaves the lane free for what follows.
func TestARefusedMessageIsReceiptedAndTheLaneGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(atlas, najd *node, pact stix.ID)
		kind  mithaq.MessageKind
		why   string
	}{
		"pact suspended by the receiver": {func(_, najd *node, pact stix.ID) { najd.pacts.stop(pact, true) }, mithaq.MessageItems, "pact.suspended"},
		"late":                           {func(_, _ *node, _ stix.ID) { time.Sleep(3 * time.Hour) }, mithaq.MessageItems, "envelope.late"},
		"nobody for this kind":           {func(_, _ *node, _ stix.ID) {}, mithaq.MessageConsentAsk, "peer.kind-unknown"},
		"the handler refuses": {func(_, najd *node, _ stix.ID) {
			najd.peer.Handle(mithaq.MessageItems, message.Handler{Apply: func(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
				out, err := najd.keep(tx, in)
				if err != nil {
					return out, err
				}
				return out, mithaq.Refuse(mithaq.Denied, "gate.no")
			}})
		}, mithaq.MessageItems, "gate.no"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas, najd := w.node("atlas.example"), w.node("najd.example")
				acquaint(t, atlas, najd)
				pact := agree(atlas, najd)
				w.line(najd, true)
				sent, err := atlas.trySend(message.Outbound{
					To: najd.org, Pact: pact, Lane: mithaq.LaneBulk, Kind: c.kind,
					Content: message.Pack(atlas.put(`{"type":"note"}`)), NotAfter: 2 * time.Hour,
				})
				must(t, err)
				next, err := atlas.trySend(message.Outbound{
					To: najd.org, Pact: pact, Lane: mithaq.LaneBulk, Kind: mithaq.MessageRecall,
					Content: message.Pack([]message.Object{{Raw: []byte(`{"type":"x-mithaq-recall"}`)}}), NotAfter: 100 * 24 * time.Hour,
				})
				must(t, err)
				c.spoil(atlas, najd, pact)
				w.line(najd, false)
				settle(15 * time.Minute)
				if a, b := atlas.state(sent.Envelope), najd.state(sent.Envelope); a != refused || b != refused {
					t.Errorf("at the sender %s, at the receiver %s, want refused", a, b)
				}
				if !najd.refusedFor(c.why) {
					t.Errorf("no entry for %s", c.why)
				}
				if got := atlas.state(next.Envelope); got != settled {
					t.Errorf("the message after it is %s", got)
				}
				if !maps.Equal(atlas.trees(), najd.trees()) {
					t.Error("trees differ")
				}
				for _, in := range najd.received() {
					if in.Header.ID == sent.Envelope {
						t.Error("the refused message was acted on")
					}
				}
			})
		})
	}
}

// A busy handler keeps the place: nothing is stored, and the message comes again.
func TestABusyHandlerIsAskedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		times := 0
		najd.peer.Handle(mithaq.MessageItems, message.Handler{Apply: func(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
			if times++; times < 4 {
				return message.Outcome{}, mithaq.Refuse(mithaq.Busy, "gate.later")
			}
			return najd.keep(tx, in)
		}})
		sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(time.Minute)
		if got := atlas.state(sent.Envelope); got != settled || times != 4 {
			t.Errorf("%s after %d times", got, times)
		}
	})
}

// The sender fills the sentence of a refusal with what the receiver named.
func TestARefusalKeepsItsArguments(t *testing.T) {
	whole := wholeOf(fmt.Errorf("read: %w", mithaq.Refuse(mithaq.TooLarge, "gate.too-much-evidence", 1001, 1000)))
	if whole.Key != "gate.too-much-evidence" || !slices.Equal(whole.Args, []string{"1001", "1000"}) {
		t.Errorf("%+v", whole)
	}
}
