package account

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// approve asks for an approval and verifies what a telephone answers.
func (o *office) approve(whose int, a *passkeytest.Authenticator, digest mithaq.Digest) error {
	return o.do(func(tx *store.Tx) error {
		ask, err := o.AskApproval(tx, o.ids[whose], digest)
		if err != nil {
			return err
		}
		answer, err := a.Get(ask)
		if err != nil {
			return err
		}
		assertion, err := passkey.AssertionOf(answer)
		if err != nil {
			return err
		}
		key, err := o.Asserts(tx, o.ids[whose], assertion)
		if err != nil {
			return err
		}
		_, err = o.Asserted(tx, o.ids[whose], key, digest, assertion)
		return err
	})
}

func TestAPasskeyApprovesAfterItsRest(t *testing.T) {
	o, founders := withPhone(t, 2)
	digest := mithaq.DigestOf([]byte("a release"))
	if err := o.approve(2, founders, digest); err != nil {
		t.Errorf("a founder's first, in the first day: %v", err)
	}
	o.now = o.now.Add(25 * time.Hour)
	later := phone()
	if err := o.add(o.signedIn(1), later); err != nil {
		t.Fatal(err)
	}
	wants(t, "a later one", o.approve(1, later, digest), mithaq.Denied)
	o.now = o.now.Add(mithaq.CoolingOff)
	if err := o.approve(1, later, digest); err != nil {
		t.Errorf("a day later: %v", err)
	}
	wants(t, "who has none", o.approve(0, later, digest), mithaq.Denied)
	wants(t, "another's", o.approve(2, later, digest), mithaq.Unauthenticated)
	copied := later.Copy()
	if err := o.approve(1, later, digest); err != nil {
		t.Fatal(err)
	}
	wants(t, "a copy, whose counter stood still", o.approve(1, copied, digest), mithaq.Denied)
}

func TestAnActIsConfirmedOnceAndForItself(t *testing.T) {
	o, a := withPhone(t, 2)
	s, _, err := o.session(o.signedIn(2))
	if err != nil {
		t.Fatal(err)
	}
	act, other := mithaq.DigestOf([]byte("an act")), mithaq.DigestOf([]byte("another"))
	asked := func(act mithaq.Digest) (answer []byte) {
		o.must(func(tx *store.Tx) error {
			ask, err := o.AskAgain(tx, s, act)
			if err == nil {
				answer, err = a.Get(ask)
			}
			return err
		})
		return answer
	}
	confirm := func(act mithaq.Digest, answer []byte) error {
		var refused *mithaq.Refusal
		err := o.do(func(tx *store.Tx) (err error) { refused, err = o.Confirm(tx, s, act, answer); return err })
		if err == nil && refused != nil {
			return refused
		}
		return err
	}
	answer := asked(act)
	if err := confirm(act, answer); err != nil {
		t.Fatal(err)
	}
	wants(t, "again", confirm(act, answer), mithaq.Unauthenticated)
	wants(t, "for another act", confirm(other, asked(act)), mithaq.Unauthenticated)
	old := asked(act)
	asked(act)
	wants(t, "of an earlier question", confirm(act, old), mithaq.Unauthenticated)
	answer = asked(act)
	o.now = o.now.Add(ChallengeLife)
	wants(t, "too late", confirm(act, answer), mithaq.Unauthenticated)
	stranger := newKeyOffice(t)
	if err := stranger.add(stranger.signedIn(1), phone()); err != nil {
		t.Fatal(err)
	}
	none, _, err := stranger.session(stranger.signedIn(0))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "without a passkey", stranger.do(func(tx *store.Tx) error { _, err := stranger.AskAgain(tx, none, act); return err }), mithaq.Denied)
}
