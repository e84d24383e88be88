package peer

import (
	"errors"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/fingerprint"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// refusedWith wants a refusal of a kind with a key.
func refusedWith(t *testing.T, err error, kind mithaq.Kind, key string) {
	t.Helper()
	r, ok := errors.AsType[*mithaq.Refusal](err)
	if !ok || r.Kind != kind || r.Key != key {
		t.Fatalf("got %v, want %s: %s", err, kind, key)
	}
}

func (n *node) print(t *testing.T) (p fingerprint.Print) {
	t.Helper()
	must(t, n.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		p, err = n.peer.Print(tx, n.org)
		return err
	}))
	return p
}

func TestAStrangerNeedsAnInvitationThatServesOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd, other := w.node("atlas.example"), w.node("najd.example"), w.node("other.example")
		ctx := t.Context()
		_, err := najd.peer.Introduce(ctx, person(najd.org, 1), "https://"+atlas.addr, "GUESSED")
		refusedWith(t, err, mithaq.Denied, "peer.invitation")
		if !atlas.refusedFor("peer.invitation") {
			t.Error("a stranger without an invitation left no entry")
		}
		code, err := atlas.peer.Invite(ctx, person(atlas.org, 1), "the desk in Najd")
		must(t, err)
		partner, err := najd.peer.Introduce(ctx, person(najd.org, 1), "https://"+atlas.addr, code)
		must(t, err)
		if partner.Org != atlas.org || partner.State != mithaq.PartnerIntroduced {
			t.Errorf("introduced %s as %s", partner.Org, partner.State)
		}
		_, err = other.peer.Introduce(ctx, person(other.org, 1), "https://"+atlas.addr, code)
		refusedWith(t, err, mithaq.Denied, "peer.invitation")

		late, err := atlas.peer.Invite(ctx, person(atlas.org, 1), "")
		must(t, err)
		time.Sleep(invitationLife)
		_, err = other.peer.Introduce(ctx, person(other.org, 1), "https://"+atlas.addr, late)
		refusedWith(t, err, mithaq.Denied, "peer.invitation")
		_, err = najd.peer.Introduce(ctx, mithaq.Viewer{Org: najd.org, Person: "person-0000000000000001", Roles: []mithaq.Role{mithaq.Analyst}}, "https://"+atlas.addr, code)
		refusedWith(t, err, mithaq.Denied, "peer.may-not-introduce")
	})
}

func TestTwoPersonsAcceptByWordsInAnyLanguageOrDigits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		ctx := t.Context()
		code, err := atlas.peer.Invite(ctx, person(atlas.org, 1), "")
		must(t, err)
		_, err = najd.peer.Introduce(ctx, person(najd.org, 1), "https://"+atlas.addr, code)
		must(t, err)

		print := atlas.print(t)
		arabic, digits := print.Words("ar"), print.Digits()
		heard := map[int]string{1: arabic[0], 5: arabic[4], 12: digits[11]}

		_, err = najd.peer.Accept(ctx, person(najd.org, 1), atlas.org, map[int]string{1: arabic[0], 5: arabic[5], 12: digits[11]}, "found in the directory")
		refusedWith(t, err, mithaq.Denied, "peer.misheard")
		if !najd.refusedFor("peer.misheard") {
			t.Error("a wrong word left no entry")
		}
		if _, err = najd.peer.Accept(ctx, person(najd.org, 1), atlas.org, map[int]string{1: arabic[0], 5: arabic[4]}, "directory"); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("two positions are enough: %v", err)
		}
		p, err := najd.peer.Accept(ctx, person(najd.org, 1), atlas.org, heard, "found in the directory")
		must(t, err)
		if p.State != mithaq.PartnerIntroduced {
			t.Errorf("one person made the partner %s", p.State)
		}
		_, err = najd.peer.Accept(ctx, person(najd.org, 1), atlas.org, heard, "found in the directory")
		refusedWith(t, err, mithaq.Conflict, "partner.same-person")
		_, err = najd.trySend(message.Outbound{To: atlas.org, Lane: mithaq.LaneControl, Kind: mithaq.MessageCheckpoint})
		refusedWith(t, err, mithaq.Denied, "peer.partner-state")

		p, err = najd.peer.Accept(ctx, person(najd.org, 2), atlas.org, heard, "found in the directory")
		must(t, err)
		if !p.Accepted() {
			t.Errorf("two persons made the partner %s", p.State)
		}
		if got := len(najd.entries("acceptance")); got != 2 {
			t.Errorf("%d acceptances entered, want 2", got)
		}
		// accepted on one side only: the other does not take messages yet
		sent, err := najd.trySend(message.Outbound{To: atlas.org, Lane: mithaq.LaneControl, Kind: mithaq.MessageCheckpoint})
		must(t, err)
		settle(3 * time.Second)
		if got := najd.state(sent.Envelope); got != waiting {
			t.Errorf("sent to who has not accepted us: %s", got)
		}
		atlas.accept(najd, 1)
		atlas.accept(najd, 2)
		settle(time.Minute)
		if got := najd.state(sent.Envelope); got != settled {
			t.Errorf("sent to who accepted us meanwhile: %s", got)
		}
	})
}

func TestAPlainPartnerIsAcceptedByTwoAndGetsNothingOnALane(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas := w.node("atlas.example")
		ctx := t.Context()
		must(t, atlas.peer.AddPlain(ctx, person(atlas.org, 1), "misp.example"))
		for i := 1; i <= 2; i++ {
			_, err := atlas.peer.Accept(ctx, person(atlas.org, i), "misp.example", nil, "letter of 3 March, signed")
			must(t, err)
		}
		var p *mithaq.Partner
		must(t, atlas.store.Read(ctx, func(tx *store.Tx) (err error) {
			p, err = atlas.peer.Partner(tx, "misp.example")
			return err
		}))
		if p.Kind != mithaq.Plain || !p.Accepted() {
			t.Errorf("the plain partner is %s and %s", p.Kind, p.State)
		}
		_, err := atlas.trySend(message.Outbound{To: "misp.example", Lane: mithaq.LaneBulk, Kind: mithaq.MessageItems})
		refusedWith(t, err, mithaq.Denied, "peer.plain")
	})
}
