package account

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func (o *office) signInFor(by, whose int) (token string, err error) {
	err = o.do(func(tx *store.Tx) (err error) {
		token, err = o.SignInFor(tx, o.viewerIn(tx, by), o.ids[whose], "desk", o.now.Add(30*24*time.Hour))
		return err
	})
	return token, err
}

func (o *office) bears(token string) error {
	return o.do(func(tx *store.Tx) error { _, err := o.Viewer(tx, token); return err })
}

// Whoever holds a stolen token and registers a key of their own signs nothing with
// it for a day.
func TestACredentialRegisteredAfterSetUpSignsNothingForADay(t *testing.T) {
	o := newOffice(t)
	pair, err := keys.NewCredential(o.Org, o.ids[2])
	if err != nil {
		t.Fatal(err)
	}
	o.must(func(tx *store.Tx) error { return o.Register(tx, o.viewerIn(tx, 2), o.ids[2], pair.Pair.Public()) })
	key := func() error {
		return o.do(func(tx *store.Tx) error { _, err := o.Key(tx, o.ids[2], pair.Pair.KeyID()); return err })
	}
	wants(t, "at once", key(), mithaq.Denied)
	o.now = o.now.Add(24 * time.Hour)
	if err := key(); err != nil {
		t.Errorf("after a day: %v", err)
	}
}

// An administrator who makes a sign-in for somebody with roles would act as them.
func TestNobodyActsAsAnotherByATokenMadeForThem(t *testing.T) {
	o := newOffice(t)
	if token, err := o.signInFor(0, 2); token != "" || err != nil {
		t.Fatalf("one administrator made %q for a releaser, %v", token, err)
	}
	if token, err := o.signInFor(0, 2); token != "" || err != nil {
		t.Fatalf("the same administrator again made %q, %v", token, err)
	}
	_, err := o.signInFor(2, 1)
	wants(t, "an analyst for somebody else", err, mithaq.Denied)
	token, err := o.signInFor(1, 2)
	if err != nil || o.bears(token) != nil {
		t.Fatalf("two persons: %q, %v", token, err)
	}
	if last := o.entries[len(o.entries)-1]; last.Kind != "signed-in" || last.By != o.ids[1] {
		t.Errorf("entered as %+v", last)
	}
	own, err := o.signInFor(2, 2)
	if err != nil || o.bears(own) != nil {
		t.Fatalf("a further one: %v", err)
	}
	wants(t, "what another made, after one of one's own", o.bears(token), mithaq.Unauthenticated)
}

func TestAFirstTokenEndsWhenItsPersonGetsARole(t *testing.T) {
	o := newOffice(t)
	o.must(func(tx *store.Tx) error {
		id, err := o.Enrol(tx, o.viewerIn(tx, 0), "Nour")
		o.ids = append(o.ids, id)
		return err
	})
	token, err := o.signInFor(0, 3)
	if err != nil || o.bears(token) != nil {
		t.Fatalf("first token: %v", err)
	}
	for _, by := range []int{0, 1} {
		o.must(func(tx *store.Tx) error {
			_, err := o.Grant(tx, o.viewerIn(tx, by), o.ids[3], mithaq.Releaser)
			return err
		})
	}
	wants(t, "the administrator's token, once there are roles", o.bears(token), mithaq.Unauthenticated)
}

// The word of somebody who may not grant any more, or of long ago, is no first word.
func TestAStaleWordGrantsNothing(t *testing.T) {
	o := newOffice(t)
	grant := func(by int) (held bool) {
		o.must(func(tx *store.Tx) (err error) {
			held, err = o.Grant(tx, o.viewerIn(tx, by), o.ids[2], mithaq.Supervisor)
			return err
		})
		return held
	}
	if grant(0) {
		t.Fatal("held by one word")
	}
	o.now = o.now.Add(8 * 24 * time.Hour)
	if grant(1) {
		t.Error("a word of last week counted")
	}
	o.must(func(tx *store.Tx) error { return o.Withdraw(tx, o.viewerIn(tx, 0), o.ids[1], mithaq.Administrator) })
	o.must(func(tx *store.Tx) error { return o.Withdraw(tx, o.viewerIn(tx, 0), o.ids[1], mithaq.LegalOfficer) })
	if grant(0) {
		t.Error("the word of somebody who may not grant any more counted")
	}
}

// An administrator reads no content; nor through a tool that they add.
func TestAnAdministratorGetsNoServiceToken(t *testing.T) {
	o := newOffice(t)
	siem := Service{Name: "siem", Purpose: mithaq.NetworkDefence, Basis: "Act 5", Owner: o.ids[2], Budget: 100}
	add := func(by int) (token string, err error) {
		err = o.do(func(tx *store.Tx) (err error) {
			token, err = o.AddService(tx, o.viewerIn(tx, by), siem, o.now.AddDate(1, 0, 0))
			return err
		})
		return token, err
	}
	_, err := add(0)
	wants(t, "an administrator", err, mithaq.Denied)
	siem.Case = "x-mithaq-case--00000000-0000-4000-8000-000000000001"
	_, err = add(1)
	wants(t, "for a case they do not know", err, mithaq.Denied)
	siem.Case = ""
	token, err := add(1)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "a service that signs out", o.do(func(tx *store.Tx) error { return o.SignOut(tx, "") }), mithaq.Denied)
	if err := o.bears(token); err != nil {
		t.Fatalf("the service: %v", err)
	}
	o.must(func(tx *store.Tx) error { return o.Close(tx, o.viewerIn(tx, 0), o.ids[2]) })
	wants(t, "a tool whose owner left", o.bears(token), mithaq.Unauthenticated)
}
