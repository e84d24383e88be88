package account

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

func (o *office) linkFor(by, whose int) (secret string, err error) {
	err = o.do(func(tx *store.Tx) (err error) {
		secret, err = o.LinkFor(tx, o.viewerIn(tx, by), o.ids[whose])
		return err
	})
	return secret, err
}

func (o *office) redeem(secret string) (cookie string, err error) {
	err = o.do(func(tx *store.Tx) (err error) { cookie, err = o.Redeem(tx, secret, "a browser"); return err })
	return cookie, err
}

func (o *office) session(cookie string) (s *Session, v mithaq.Viewer, err error) {
	err = o.do(func(tx *store.Tx) (err error) { s, v, err = o.Session(tx, cookie); return err })
	return s, v, err
}

// signedIn is the cookie of a session of one of the office's people.
func (o *office) signedIn(whose int) string {
	o.t.Helper()
	secret, err := o.linkFor(whose, whose)
	if err != nil {
		o.t.Fatal(err)
	}
	cookie, err := o.redeem(secret)
	if err != nil {
		o.t.Fatal(err)
	}
	return cookie
}

func TestALinkSignsInOnceAndWithinAnHour(t *testing.T) {
	o := newOffice(t)
	secret, err := o.linkFor(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	o.must(func(tx *store.Tx) error {
		p, err := o.Linked(tx, secret)
		if err == nil && p.ID != o.ids[2] {
			t.Errorf("a link for %s", p.ID)
		}
		return err
	})
	cookie, err := o.redeem(secret)
	if err != nil {
		t.Fatal(err)
	}
	_, v, err := o.session(cookie)
	if err != nil || v.Person != o.ids[2] || !v.Is(mithaq.Releaser) || v.HasReason() {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = o.redeem(secret)
	wants(t, "a second time", err, mithaq.Unauthenticated)
	_, _, err = o.session(secret)
	wants(t, "the link as a cookie", err, mithaq.Unauthenticated)
	late, err := o.linkFor(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(LinkLife)
	_, err = o.redeem(late)
	wants(t, "after an hour", err, mithaq.Unauthenticated)
}

func TestNobodyEntersAsAnotherByALinkMadeForThem(t *testing.T) {
	o := newOffice(t)
	if secret, err := o.linkFor(0, 2); secret != "" || err != nil {
		t.Fatalf("one administrator made %q for a releaser, %v", secret, err)
	}
	_, err := o.linkFor(2, 1)
	wants(t, "an analyst for somebody else", err, mithaq.Denied)
	secret, err := o.linkFor(1, 2)
	if err != nil || secret == "" {
		t.Fatalf("two persons: %q, %v", secret, err)
	}
	cookie, err := o.redeem(secret)
	if err != nil {
		t.Fatal(err)
	}
	o.signedIn(2)
	_, _, err = o.session(cookie)
	wants(t, "what another made, after a link of one's own", err, mithaq.Unauthenticated)
}

func TestASessionEndsWhenItIsIdleAndAfterAShift(t *testing.T) {
	o := newOffice(t)
	idle, busy := o.signedIn(2), o.signedIn(2)
	for range 5 {
		o.now = o.now.Add(SessionIdle - time.Minute)
		s, _, err := o.session(busy)
		if err != nil {
			t.Fatal(err)
		}
		o.must(func(tx *store.Tx) error { return o.Seen(tx, s.ID) })
	}
	_, _, err := o.session(idle)
	wants(t, "idle", err, mithaq.Unauthenticated)
	o.now = o.now.Add(SessionIdle - time.Minute)
	if _, _, err = o.session(busy); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(time.Hour)
	_, _, err = o.session(busy)
	wants(t, "after a shift", err, mithaq.Unauthenticated)
}

func TestARoleThatIsTakenAwayIsGoneFromASessionAtOnce(t *testing.T) {
	o := newOffice(t)
	cookie := o.signedIn(2)
	o.must(func(tx *store.Tx) error { return o.Withdraw(tx, o.viewerIn(tx, 0), o.ids[2], mithaq.Releaser) })
	if _, v, err := o.session(cookie); err != nil || v.Is(mithaq.Releaser) || !v.Is(mithaq.Analyst) {
		t.Errorf("%+v, %v", v, err)
	}
	o.must(func(tx *store.Tx) error { return o.Close(tx, o.viewerIn(tx, 0), o.ids[2]) })
	_, _, err := o.session(cookie)
	wants(t, "closed", err, mithaq.Unauthenticated)
}

func TestSessionsAreListedAndEndedByTheirPersonAlone(t *testing.T) {
	o := newOffice(t)
	first, second := o.signedIn(2), o.signedIn(2)
	foreign := o.signedIn(1)
	s, _, err := o.session(first)
	if err != nil {
		t.Fatal(err)
	}
	o.must(func(tx *store.Tx) error {
		list, err := o.Sessions(tx, o.ids[2])
		if len(list) != 2 {
			t.Errorf("%d sessions", len(list))
		}
		return err
	})
	wants(t, "ended by another", o.do(func(tx *store.Tx) error { return o.EndSession(tx, o.ids[1], s.ID) }), mithaq.NotFound)
	o.must(func(tx *store.Tx) error { return o.EndSession(tx, o.ids[2], s.ID) })
	_, _, err = o.session(first)
	wants(t, "ended", err, mithaq.Unauthenticated)
	secret, err := o.linkFor(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	o.must(func(tx *store.Tx) error { return o.EndSessions(tx, o.ids[2]) })
	_, _, err = o.session(second)
	wants(t, "all ended", err, mithaq.Unauthenticated)
	_, err = o.redeem(secret)
	wants(t, "a link that was open", err, mithaq.Unauthenticated)
	if _, _, err = o.session(foreign); err != nil {
		t.Errorf("another person's session: %v", err)
	}
}

func TestAReasonIsRememberedForItsDay(t *testing.T) {
	o := newOffice(t)
	o.now = time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
	cookie := o.signedIn(2)
	s, _, err := o.session(cookie)
	if err != nil {
		t.Fatal(err)
	}
	why := Why{"the final", mithaq.EventSecurity, "Act 5"}
	wants(t, "without a basis", o.do(func(tx *store.Tx) error { return o.SayWhy(tx, s.ID, Why{Reason: "x", Purpose: mithaq.Fraud}) }), mithaq.Invalid)
	o.must(func(tx *store.Tx) error { return o.SayWhy(tx, s.ID, why) })
	if _, v, err := o.session(cookie); err != nil || !v.HasReason() || v.Basis != "Act 5" {
		t.Errorf("%+v, %v", v, err)
	}
	o.now = o.now.Add(time.Hour)
	if _, v, err := o.session(cookie); err != nil || v.HasReason() {
		t.Errorf("the day after: %+v, %v", v, err)
	}
}

func TestNoSecretIsKept(t *testing.T) {
	o := newOffice(t)
	secret, err := o.linkFor(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	cookie := o.signedIn(2)
	o.must(func(tx *store.Tx) error {
		for _, q := range []string{"SELECT count(*) FROM account_link WHERE hash = ?", "SELECT count(*) FROM account_session WHERE hash = ?"} {
			for _, text := range []string{secret, cookie} {
				var n int64
				if err := tx.QueryRow(q, []byte(text)).Scan(&n); err != nil {
					return err
				}
				if n != 0 {
					t.Errorf("%s: the secret itself is kept", q)
				}
			}
		}
		return nil
	})
}

// Links and sessions are kept alike by both engines.
func TestALinkAndItsSessionOnEachEngine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		o := newOfficeOn(t, fresh(t))
		cookie := o.signedIn(2)
		s, _, err := o.session(cookie)
		if err != nil {
			t.Fatal(err)
		}
		o.must(func(tx *store.Tx) error { return o.SayWhy(tx, s.ID, Why{"the final", mithaq.EventSecurity, "Act 5"}) })
		o.now = o.now.Add(time.Hour)
		o.must(func(tx *store.Tx) error { return o.Seen(tx, s.ID) })
		s, v, err := o.session(cookie)
		if err != nil || !v.HasReason() || !s.Seen.Equal(o.now) || s.Agent != "a browser" {
			t.Errorf("%+v, %+v, %v", s, v, err)
		}
		o.must(func(tx *store.Tx) error {
			list, err := o.Sessions(tx, o.ids[2])
			if len(list) != 1 {
				t.Errorf("%d sessions", len(list))
			}
			return err
		})
		o.must(func(tx *store.Tx) error { return o.EndSession(tx, o.ids[2], s.ID) })
		_, _, err = o.session(cookie)
		wants(t, "ended", err, mithaq.Unauthenticated)
	})
}
