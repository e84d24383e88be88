package account

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

const pagesOrigin = "https://pages.atlas.example"

// newKeyOffice is an office whose pages take passkeys.
func newKeyOffice(t *testing.T) *office {
	t.Helper()
	return newKeyOfficeOn(t, store.Config{Dir: t.TempDir()})
}

func newKeyOfficeOn(t *testing.T, cfg store.Config) *office {
	t.Helper()
	o := newOfficeOn(t, cfg)
	var err error
	if o.Passkeys, err = passkey.New(pagesOrigin, "Atlas"); err != nil {
		t.Fatal(err)
	}
	return o
}

func phone() *passkeytest.Authenticator {
	return &passkeytest.Authenticator{Origin: pagesOrigin, Step: 1}
}

// add registers a passkey in a session.
func (o *office) add(cookie string, a *passkeytest.Authenticator) error {
	o.t.Helper()
	s, _, err := o.session(cookie)
	if err != nil {
		return err
	}
	var ask []byte
	if err := o.do(func(tx *store.Tx) (err error) { ask, err = o.AskNewPasskey(tx, s, "telephone"); return err }); err != nil {
		return err
	}
	answer, err := a.Create(ask)
	if err != nil {
		return err
	}
	return o.answer(s, answer)
}

func (o *office) answer(s *Session, answer []byte) error {
	var refused *mithaq.Refusal
	err := o.do(func(tx *store.Tx) (err error) { refused, err = o.AddPasskey(tx, s, answer); return err })
	if err == nil && refused != nil {
		return refused
	}
	return err
}

// ask asks a browser for a passkey.
func (o *office) ask() (ask []byte, secret string) {
	o.t.Helper()
	o.must(func(tx *store.Tx) (err error) { ask, secret, err = o.AskPasskey(tx); return err })
	return ask, secret
}

func (o *office) recognised(secret string, answer []byte) (string, error) {
	var r Recognition
	err := o.do(func(tx *store.Tx) (err error) { r, err = o.Recognise(tx, secret, answer, "a browser"); return err })
	if err == nil && r.Refused != nil {
		return r.Cookie, r.Refused
	}
	return r.Cookie, err
}

// signInWith is the cookie of a session that a passkey begins.
func (o *office) signInWith(a *passkeytest.Authenticator) (string, error) {
	o.t.Helper()
	ask, secret := o.ask()
	answer, err := a.Get(ask)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.recognised(secret, answer)
}

// withPhone is an office in which one of its people has a passkey.
func withPhone(t *testing.T, whose int) (*office, *passkeytest.Authenticator) {
	t.Helper()
	o, a := newKeyOffice(t), phone()
	if err := o.add(o.signedIn(whose), a); err != nil {
		t.Fatal(err)
	}
	return o, a
}

func (o *office) keysOf(whose int) (list []*Passkey) {
	o.t.Helper()
	o.must(func(tx *store.Tx) (err error) { list, err = o.PasskeysOf(tx, o.ids[whose]); return err })
	return list
}

func TestAPasskeySignsItsPersonIn(t *testing.T) {
	o, a := withPhone(t, 2)
	if k := o.keysOf(2); len(k) != 1 || k[0].Name != "telephone" || !k[0].Used.IsZero() {
		t.Errorf("%+v", k)
	}
	o.now = o.now.Add(time.Hour)
	cookie, err := o.signInWith(a)
	if err != nil {
		t.Fatal(err)
	}
	s, v, err := o.session(cookie)
	if err != nil || s.Means != ByPasskey || s.Registers || v.Person != o.ids[2] || !v.Is(mithaq.Releaser) {
		t.Errorf("%+v, %+v, %v", s, v, err)
	}
	if k := o.keysOf(2); !k[0].Used.Equal(o.now) {
		t.Errorf("last used %v, want %v", k[0].Used, o.now)
	}
	kinds := []string{}
	for _, e := range o.entries {
		kinds = append(kinds, e.Kind)
	}
	for _, want := range []string{"passkey-registered", "session-begun"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("%v lacks %s", kinds, want)
		}
	}
	if last := o.entries[len(o.entries)-1]; last.Notes["means"] != "passkey" || last.Notes["only"] != "" {
		t.Errorf("%+v", last)
	}
}

// Passkeys and challenges are kept alike by both engines.
func TestAPasskeyOnEachEngine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		o, a := newKeyOfficeOn(t, fresh(t)), phone()
		if err := o.add(o.signedIn(2), a); err != nil {
			t.Fatal(err)
		}
		a.Step = 5
		cookie, err := o.signInWith(a)
		if err != nil {
			t.Fatal(err)
		}
		if s, _, err := o.session(cookie); err != nil || s.Means != ByPasskey {
			t.Errorf("%+v, %v", s, err)
		}
		a.Step = -1
		_, err = o.signInWith(a)
		wants(t, "behind", err, mithaq.Denied)
	})
}

func TestAChallengeIsAnsweredOnceSoonAndWhereItWasAsked(t *testing.T) {
	o, a := withPhone(t, 2)
	ask, secret := o.ask()
	answer, err := a.Get(ask)
	if err != nil {
		t.Fatal(err)
	}
	_, otherBrowser := o.ask()
	_, err = o.recognised(otherBrowser, answer)
	wants(t, "at another browser", err, mithaq.Unauthenticated)
	_, err = o.recognised("", answer)
	wants(t, "at a browser that was not asked", err, mithaq.Unauthenticated)
	if _, err = o.recognised(secret, answer); err != nil {
		t.Fatal(err)
	}
	_, err = o.recognised(secret, answer)
	wants(t, "a second time", err, mithaq.Unauthenticated)
	ask, secret = o.ask()
	if answer, err = a.Get(ask); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(ChallengeLife)
	_, err = o.recognised(secret, answer)
	wants(t, "after five minutes", err, mithaq.Unauthenticated)
}

func TestAWrongAnswerUsesTheChallengeUp(t *testing.T) {
	o, a := withPhone(t, 2)
	ask, secret := o.ask()
	answer, err := a.Get(ask)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.recognised(secret, []byte("{}"))
	wants(t, "nonsense", err, mithaq.Unauthenticated)
	_, err = o.recognised(secret, answer)
	wants(t, "the right answer after it", err, mithaq.Unauthenticated)
}

// Web Authentication Level 3, 7.1 and 7.2
func TestAnAnswerFromElsewhereOrUncheckedBeginsNothing(t *testing.T) {
	for what, spoil := range map[string]func(*office, *passkeytest.Authenticator){
		"another origin":            func(_ *office, a *passkeytest.Authenticator) { a.Origin = "https://pages.atlas.example.evil.example" },
		"another RP ID":             func(_ *office, a *passkeytest.Authenticator) { a.RPID = "evil.example" },
		"nobody was checked":        func(_ *office, a *passkeytest.Authenticator) { a.Unverified = true },
		"it says it is somebody":    func(o *office, a *passkeytest.Authenticator) { a.Handle = string(o.ids[0]) },
		"a passkey nobody has here": func(o *office, a *passkeytest.Authenticator) { o.forget(2) },
	} {
		o, a := withPhone(t, 2)
		spoil(o, a)
		cookie, err := o.signInWith(a)
		if wants(t, what, err, mithaq.Unauthenticated); cookie != "" {
			t.Errorf("%s: a session", what)
		}
	}
	for what, spoil := range map[string]func(*passkeytest.Authenticator){
		"another origin":     func(a *passkeytest.Authenticator) { a.Origin = "http://pages.atlas.example" },
		"another RP ID":      func(a *passkeytest.Authenticator) { a.RPID = "evil.example" },
		"nobody was checked": func(a *passkeytest.Authenticator) { a.Unverified = true },
	} {
		o, a := newKeyOffice(t), phone()
		spoil(a)
		wants(t, "register: "+what, o.add(o.signedIn(2), a), mithaq.Unauthenticated)
		if k := o.keysOf(2); len(k) != 0 {
			t.Errorf("%s: %+v", what, k)
		}
	}
}

// forget removes somebody's passkeys behind the back of the rules.
func (o *office) forget(whose int) {
	o.must(func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM account_passkey WHERE person = ?", string(o.ids[whose]))
		return err
	})
}

func TestACounterThatGoesBackIsEnteredAndBeginsNothing(t *testing.T) {
	o, a := withPhone(t, 2)
	a.Step = 7
	if _, err := o.signInWith(a); err != nil {
		t.Fatal(err)
	}
	a.Step = -3
	cookie, err := o.signInWith(a)
	if wants(t, "behind", err, mithaq.Denied); cookie != "" {
		t.Error("a session")
	}
	if last := o.entries[len(o.entries)-1]; last.Kind != "passkey-behind" || last.Notes["person"] != string(o.ids[2]) {
		t.Errorf("%+v", last)
	}
	a.Step = 4 // past the last that was accepted
	if _, err := o.signInWith(a); err != nil {
		t.Errorf("the first one, going on: %v", err)
	}
}

func TestWhoDecidesAndHasAPasskeyRegistersByALinkAndNoMore(t *testing.T) {
	o, a := withPhone(t, 2)
	o.now = o.now.Add(time.Minute)
	byLink := o.signedIn(2)
	s, v, err := o.session(byLink)
	if err != nil || !s.Registers || len(v.Roles) > 0 {
		t.Fatalf("%+v, %+v, %v", s, v, err)
	}
	if last := o.entries[len(o.entries)-1]; last.Kind != "session-begun" || last.Notes["only"] != "passkey" {
		t.Errorf("%+v", last)
	}
	wants(t, "remove", o.do(func(tx *store.Tx) error { return o.RemovePasskey(tx, s, o.keysOfIn(tx, 2)[0].ID) }), mithaq.Denied)
	second := phone()
	if err := o.add(byLink, second); err != nil {
		t.Fatal(err)
	}
	if s, _, err = o.session(byLink); err != nil || !s.Registers {
		t.Errorf("after registering again: %+v, %v", s, err)
	}
	for _, one := range []*passkeytest.Authenticator{a, second} {
		if _, err := o.signInWith(one); err != nil {
			t.Error(err)
		}
	}
}

func (o *office) keysOfIn(tx *store.Tx, whose int) []*Passkey {
	list, err := o.PasskeysOf(tx, o.ids[whose])
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

func TestARoleGivenLaterAsksForThePasskeyToo(t *testing.T) {
	o := newKeyOffice(t)
	o.must(func(tx *store.Tx) error {
		id, err := o.Enrol(tx, o.viewerIn(tx, 0), "Nour")
		o.ids = append(o.ids, id)
		return err
	})
	if err := o.add(o.signedIn(3), phone()); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(time.Minute)
	cookie := o.signedIn(3)
	if s, _, err := o.session(cookie); err != nil || s.Registers {
		t.Fatalf("nothing to decide yet: %+v, %v", s, err)
	}
	for by := range 2 {
		o.must(func(tx *store.Tx) error {
			_, err := o.Grant(tx, o.viewerIn(tx, by), o.ids[3], mithaq.Releaser)
			return err
		})
	}
	if s, v, err := o.session(cookie); err != nil || !s.Registers || v.Is(mithaq.Releaser) {
		t.Errorf("%+v, %+v, %v", s, v, err)
	}
}

func TestANewPasskeyEndsTheOtherSessions(t *testing.T) {
	o := newKeyOffice(t)
	first, second := o.signedIn(2), o.signedIn(2)
	link, err := o.linkFor(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.add(second, phone()); err != nil {
		t.Fatal(err)
	}
	if s, _, err := o.session(second); err != nil || s.Registers {
		t.Errorf("this session: %+v, %v", s, err)
	}
	_, _, err = o.session(first)
	wants(t, "another session", err, mithaq.Unauthenticated)
	_, err = o.redeem(link)
	wants(t, "a link", err, mithaq.Unauthenticated)
}

func TestTheLastPasskeyOfWhoDecidesStays(t *testing.T) {
	o, a := withPhone(t, 2)
	cookie, err := o.signInWith(a)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := o.session(cookie)
	if err != nil {
		t.Fatal(err)
	}
	id := o.keysOf(2)[0].ID
	remove := func() error { return o.do(func(tx *store.Tx) error { return o.RemovePasskey(tx, s, id) }) }
	wants(t, "the last one", remove(), mithaq.Conflict)
	o.now = o.now.Add(time.Second)
	if err := o.add(cookie, phone()); err != nil {
		t.Fatal(err)
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	_, err = o.signInWith(a)
	wants(t, "with the one removed", err, mithaq.Unauthenticated)
	wants(t, "again", o.do(func(tx *store.Tx) error { return o.RemovePasskey(tx, &Session{Person: o.ids[0]}, id) }), mithaq.NotFound)
}

func TestAClosedAccountHasNoPasskey(t *testing.T) {
	o, a := withPhone(t, 2)
	o.must(func(tx *store.Tx) error { return o.Close(tx, o.viewerIn(tx, 0), o.ids[2]) })
	_, err := o.signInWith(a)
	wants(t, "after closing", err, mithaq.Unauthenticated)
}

func TestStrangersCannotFillTheStoreWithChallenges(t *testing.T) {
	o := newKeyOffice(t)
	o.must(func(tx *store.Tx) error {
		for i := range maxChallenges {
			_, err := tx.Exec("INSERT INTO account_challenge(bound, name, state, expires) VALUES (?, '', ?, ?)", string(rune(i+0x10000)), []byte{}, o.now.Add(time.Minute).UnixMicro())
			if err != nil {
				return err
			}
		}
		return nil
	})
	err := o.do(func(tx *store.Tx) error { _, _, err := o.AskPasskey(tx); return err })
	wants(t, "one more", err, mithaq.Busy)
	o.now = o.now.Add(time.Minute)
	o.ask()
}

func TestWithoutPagesThereAreNoPasskeys(t *testing.T) {
	o := newOffice(t)
	err := o.do(func(tx *store.Tx) error { _, _, err := o.AskPasskey(tx); return err })
	if !errors.Is(err, mithaq.Unavailable) {
		t.Error(err)
	}
}
