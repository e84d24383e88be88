package account

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// An office is a Book on a real store, a clock to turn, and the entries made.
type office struct {
	*Book
	t       *testing.T
	now     time.Time
	entries []mithaq.Account
	ids     []mithaq.PersonID
}

func newOffice(t *testing.T) *office { return newOfficeOn(t, store.Config{Dir: t.TempDir()}) }

// newOfficeOn is newOffice on a store of one's own.
func newOfficeOn(t *testing.T, cfg store.Config) *office {
	o := &office{t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	cfg.Migrations, cfg.Now = []store.Migration{Migration()}, func() time.Time { return o.now }
	st, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	o.Book = New(Config{Store: st, Org: "atlas.example", Enter: func(_ *store.Tx, a mithaq.Account) error {
		o.entries = append(o.entries, a)
		return nil
	}})
	o.must(func(tx *store.Tx) (err error) {
		o.ids, err = o.Found(tx, []Newcomer{
			{"Amina", []mithaq.Role{mithaq.Administrator}},
			{"Yusuf", []mithaq.Role{mithaq.Administrator, mithaq.LegalOfficer, mithaq.Supervisor}},
			{"Leïla", []mithaq.Role{mithaq.Analyst, mithaq.Releaser}},
		})
		return err
	})
	return o
}

func (o *office) do(f func(tx *store.Tx) error) error { return o.Store.Write(context.Background(), f) }

func (o *office) must(f func(tx *store.Tx) error) {
	o.t.Helper()
	if err := o.do(f); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) viewer(i int) (v mithaq.Viewer) {
	o.t.Helper()
	o.must(func(tx *store.Tx) (err error) { v, err = o.PersonViewer(tx, o.ids[i]); return err })
	return v
}

func wants(t *testing.T, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

func TestSetUpIsDoneOnceByTwo(t *testing.T) {
	o := newOffice(t)
	again := func(people ...Newcomer) error {
		return o.do(func(tx *store.Tx) error { _, err := o.Found(tx, people); return err })
	}
	wants(t, "again", again(Newcomer{Name: "x"}, Newcomer{Name: "y"}), mithaq.Conflict)
	o.must(func(tx *store.Tx) error { return tx.Unnote(setUp) })
	wants(t, "alone", again(Newcomer{Name: "x"}), mithaq.Invalid)
	wants(t, "an auditor who acts", again(Newcomer{"x", []mithaq.Role{mithaq.Auditor, mithaq.Releaser}}, Newcomer{Name: "y"}), mithaq.Invalid)
	wants(t, "a name with a bell", again(Newcomer{Name: "x\a"}, Newcomer{Name: "y"}), mithaq.Invalid)
}

func TestARoleTakesTwoAndThenADay(t *testing.T) {
	o := newOffice(t)
	amina, yusuf := o.viewer(0), o.viewer(1)
	grant := func(v mithaq.Viewer, to int, r mithaq.Role) (held bool, err error) {
		err = o.do(func(tx *store.Tx) (err error) { held, err = o.Grant(tx, v, o.ids[to], r); return err })
		return held, err
	}
	if held, err := grant(amina, 2, mithaq.Supervisor); held || err != nil {
		t.Fatalf("one person's word: held %v, %v", held, err)
	}
	_, err := grant(amina, 2, mithaq.Supervisor)
	wants(t, "the same person again", err, mithaq.Conflict)
	_, err = grant(o.viewer(2), 2, mithaq.Supervisor)
	wants(t, "for oneself", err, mithaq.Denied)
	if held, err := grant(yusuf, 2, mithaq.Supervisor); !held || err != nil {
		t.Fatalf("two persons' word: held %v, %v", held, err)
	}
	leila := o.viewer(2)
	if leila.MayApprove(o.ids[1], mithaq.At(o.now.Add(23*time.Hour))) {
		t.Error("approves within a day")
	}
	if !leila.MayApprove(o.ids[1], mithaq.At(o.now.Add(25*time.Hour))) {
		t.Error("does not approve after a day")
	}
	_, err = grant(amina, 2, mithaq.Auditor)
	wants(t, "auditor beside acting roles", err, mithaq.Invalid)
}

func TestATokenIsItsPersonUntilItEnds(t *testing.T) {
	o := newOffice(t)
	var token string
	o.must(func(tx *store.Tx) (err error) {
		token, err = o.SignIn(tx, o.ids[2], "desk", o.now.Add(time.Hour))
		return err
	})
	who := func(token string) (v mithaq.Viewer, err error) {
		err = o.do(func(tx *store.Tx) (err error) { v, err = o.Viewer(tx, token); return err })
		return v, err
	}
	v, err := who(token)
	if err != nil || v.Person != o.ids[2] || !v.Is(mithaq.Analyst) {
		t.Fatalf("%+v, %v", v, err)
	}
	_, err = who(token + "x")
	wants(t, "another token", err, mithaq.Unauthenticated)
	o.now = o.now.Add(time.Hour)
	_, err = who(token)
	wants(t, "an old token", err, mithaq.Unauthenticated)
}

func TestClosingAnAccountEndsEverything(t *testing.T) {
	o := newOffice(t)
	var token string
	pair, err := keys.NewCredential(o.Org, o.ids[2])
	if err != nil {
		t.Fatal(err)
	}
	leila := o.viewer(2)
	o.must(func(tx *store.Tx) error { return o.Register(tx, leila, o.ids[2], pair.Pair.Public()) })
	o.must(func(tx *store.Tx) (err error) {
		token, err = o.SignIn(tx, o.ids[2], "desk", o.now.Add(time.Hour))
		return err
	})
	wants(t, "closed by an analyst", o.do(func(tx *store.Tx) error { return o.Close(tx, leila, o.ids[0]) }), mithaq.Denied)
	o.must(func(tx *store.Tx) error { return o.Close(tx, o.viewerIn(tx, 0), o.ids[2]) })
	wants(t, "the token", o.do(func(tx *store.Tx) error { _, err := o.Viewer(tx, token); return err }), mithaq.Unauthenticated)
	wants(t, "the credential", o.do(func(tx *store.Tx) error {
		_, err := o.Key(tx, o.ids[2], pair.Pair.KeyID())
		return err
	}), mithaq.NotFound)
}

func (o *office) viewerIn(tx *store.Tx, i int) mithaq.Viewer {
	v, err := o.PersonViewer(tx, o.ids[i])
	if err != nil {
		o.t.Fatal(err)
	}
	return v
}

func TestAServiceReadsWithinItsBudget(t *testing.T) {
	o := newOffice(t)
	siem := Service{Name: "siem", Purpose: mithaq.NetworkDefence, Basis: "Act 5", Owner: o.ids[2], Budget: 100}
	var token string
	o.must(func(tx *store.Tx) (err error) {
		token, err = o.AddService(tx, o.viewerIn(tx, 1), siem, o.now.AddDate(1, 0, 0))
		return err
	})
	o.must(func(tx *store.Tx) error {
		v, err := o.Viewer(tx, token)
		if err == nil && (v.Token != "siem" || !v.HasReason()) {
			t.Errorf("viewer %+v", v)
		}
		return err
	})
	spend := func(n int64) error { return o.do(func(tx *store.Tx) error { return o.Spend(tx, "siem", n) }) }
	if err := errors.Join(spend(60), spend(40)); err != nil {
		t.Fatal(err)
	}
	wants(t, "the 101st object", spend(1), mithaq.Busy)
	o.now = o.now.Add(24 * time.Hour)
	if err := spend(100); err != nil {
		t.Errorf("the next day: %v", err)
	}
	o.must(func(tx *store.Tx) error { return o.DropService(tx, o.viewerIn(tx, 0), "siem") })
	wants(t, "dropped", o.do(func(tx *store.Tx) error { _, err := o.Viewer(tx, token); return err }), mithaq.Unauthenticated)
}

func TestACredentialFileOpensWithItsPassphraseOnly(t *testing.T) {
	c, err := keys.NewCredential("atlas.example", "person-0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys", "amina.key")
	seal := func(pass string) keys.Sealing { return keys.Sealing{Secret: keys.Fixed(pass), Work: 10} }
	if err := c.Save(path, seal("correct horse battery")); err != nil {
		t.Fatal(err)
	}
	_, err = keys.LoadCredential(path, seal("incorrect horse battery"))
	wants(t, "another passphrase", err, mithaq.Unauthenticated)
	again, err := keys.LoadCredential(path, seal("correct horse battery"))
	if err != nil || again.Pair.KeyID() != c.Pair.KeyID() || again.Person != c.Person {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestEveryChangeOfAnAccountIsEntered(t *testing.T) {
	o := newOffice(t)
	o.must(func(tx *store.Tx) error { _, err := o.Enrol(tx, o.viewerIn(tx, 0), "Nour"); return err })
	if len(o.entries) == 0 || o.entries[len(o.entries)-1].Kind != "person-enrolled" || o.entries[len(o.entries)-1].By != o.ids[0] {
		t.Errorf("entries %+v", o.entries)
	}
}
