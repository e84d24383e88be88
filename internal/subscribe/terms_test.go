package subscribe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/stix"
)

// Each fault of what an administrator says has its sentence.
func TestTermsThatAreNotInOrderAreRefused(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		key  string
		edit func(*subscribe.Terms, *subscribe.Secret)
	}{
		{"subscribe.name", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Name = "The hub" }},
		{"subscribe.name", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Name = "" }},
		{"subscribe.name", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Name = "-a" }},
		{"subscribe.source", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Source = "" }},
		{"gate.no-profile", func(t *subscribe.Terms, _ *subscribe.Secret) {
			t.Source = "x-mithaq-source-profile--00000000-0000-4000-8000-000000000000"
		}},
		{"subscribe.purpose", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Purpose = "" }},
		{"subscribe.basis", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Basis = "" }},
		{"subscribe.collection", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Collection = "" }},
		{"subscribe.after", func(t *subscribe.Terms, _ *subscribe.Secret) { t.After = atTime("2099-01-01T00:00:00.000Z") }},
		{"subscribe.every", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Every = 59 }},
		{"subscribe.every", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Every = 1 << 40 }},
		{"subscribe.bound", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Page = -1 }},
		{"subscribe.bound", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Rate = 1 << 30 }},
		{"subscribe.bound", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Most = -5 }},
		{"subscribe.user", func(t *subscribe.Terms, _ *subscribe.Secret) { t.User = "a:b" }},
		{"subscribe.ca", func(t *subscribe.Terms, _ *subscribe.Secret) { t.CA = "no certificate" }},
		{"subscribe.filter", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Types = []string{"a,b"} }},
		{"subscribe.filter", func(t *subscribe.Terms, _ *subscribe.Secret) { t.SpecVersions = []string{""} }},
		{"subscribe.url", func(t *subscribe.Terms, _ *subscribe.Secret) { t.URL = "hub.example" }},
		{"subscribe.url", func(t *subscribe.Terms, _ *subscribe.Secret) { t.URL = "ftp://hub.example/" }},
		{"subscribe.url", func(t *subscribe.Terms, _ *subscribe.Secret) { t.URL = "https://a:b@hub.example/" }},
		{"subscribe.url", func(t *subscribe.Terms, _ *subscribe.Secret) { t.URL = "https://hub.example/?key=1" }},
		{"subscribe.url", func(t *subscribe.Terms, _ *subscribe.Secret) { t.URL = "https://" + long + "/" }},
		{"subscribe.plain", func(t *subscribe.Terms, _ *subscribe.Secret) { t.URL = "http://hub.example/" }},
		{"subscribe.root", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Root = "https://other.example/api/" }},
		{"subscribe.root", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Root = "//other.example/api/" }},
		{"subscribe.root", func(t *subscribe.Terms, _ *subscribe.Secret) { t.Root = "/api/?x=1" }},
		{"subscribe.secret-one", func(_ *subscribe.Terms, s *subscribe.Secret) { s.Password = "" }},
		{"subscribe.secret-one", func(_ *subscribe.Terms, s *subscribe.Secret) { s.Token = "x" }},
		{"subscribe.secret-form", func(_ *subscribe.Terms, s *subscribe.Secret) { s.Password = "a\nb" }},
		{"subscribe.secret-form", func(t *subscribe.Terms, s *subscribe.Secret) { t.User, s.Password, s.Token = "", "", "a b" }},
	} {
		terms, secret := d.terms(s), subscribe.Secret{Password: password}
		c.edit(&terms, &secret)
		err := d.try(func(tx *store.Tx) error { return d.Add(tx, d.admin, terms, secret) })
		if r, ok := errors.AsType[*mithaq.Refusal](err); !ok || r.Key != c.key {
			t.Errorf("%v, want %s", err, c.key)
		}
	}
	d.see(func(tx *store.Tx) error {
		if all, _ := d.All(tx); len(all) != 0 {
			t.Errorf("there are %q", names(all))
		}
		return nil
	})
}

func TestOnlyAdministratorsChangeAndStaffSee(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	both := d.admin
	both.Roles = []mithaq.Role{mithaq.Administrator, mithaq.Auditor}
	steps := map[string]func(tx *store.Tx, v mithaq.Viewer) error{
		"add": func(tx *store.Tx, v mithaq.Viewer) error {
			return d.Add(tx, v, d.terms(s), subscribe.Secret{Password: password})
		},
		"pause":  func(tx *store.Tx, v mithaq.Viewer) error { return d.Pause(tx, v, "hub") },
		"resume": func(tx *store.Tx, v mithaq.Viewer) error { return d.Resume(tx, v, "hub") },
		"renew": func(tx *store.Tx, v mithaq.Viewer) error {
			return d.Renew(tx, v, "hub", "", subscribe.Secret{Token: "x"})
		},
		"remove": func(tx *store.Tx, v mithaq.Viewer) error { return d.Remove(tx, v, "hub", true) },
	}
	for _, v := range []mithaq.Viewer{d.analyst, d.legal, d.auditor, both, {Org: org, Token: "siem", Reason: "r", Purpose: mithaq.Fraud, Basis: "b"}, {}} {
		for name, step := range steps {
			if err := d.try(func(tx *store.Tx) error { return step(tx, v) }); !errors.Is(err, mithaq.Denied) {
				t.Errorf("%s by %v: %v", name, v.Roles, err)
			}
		}
	}
	for _, c := range []struct {
		roles []mithaq.Role
		want  bool
	}{{[]mithaq.Role{mithaq.Analyst}, true}, {[]mithaq.Role{mithaq.Auditor}, true}, {[]mithaq.Role{mithaq.Guest}, false}, {nil, false}} {
		if subscribe.MaySee(&mithaq.Viewer{Org: org, Person: d.admin.Person, Roles: c.roles}) != c.want {
			t.Errorf("%v sees: %v", c.roles, !c.want)
		}
	}
}

// A password is nowhere in clear: not on disk, in the log, in what is shown.
func TestCredentialsAreSealed(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	d.add(d.terms(s))
	d.run()
	sub, _ := d.stands()
	for _, shown := range []string{fmt.Sprintf("%+v", sub), fmt.Sprintf("%+v %#v %v", subscribe.Secret{Password: password}, subscribe.Secret{Password: password}, &subscribe.Secret{Password: password})} {
		if strings.Contains(shown, password) {
			t.Error("it is shown")
		}
	}
	must(t, d.node.Close())
	must(t, filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(password)) {
			t.Errorf("it is in %s", path)
		}
		return err
	}))
	d.open()
}

// New keys on the Card leave the credentials good; the keys of another node open nothing.
func TestCredentialsSurviveNewKeysAndNotOtherNodes(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicator(1))
	d.add(d.terms(s))
	ring := d.ring.(*keys.Node)
	_, err := ring.Add(mithaq.KeySeal, time.Now())
	must(t, err)
	if _, run := d.run(); run.Taken != 1 {
		t.Errorf("with a new seal key: %+v", run)
	}
	d.ring, err = keys.NewNode(org, time.Now())
	must(t, err)
	d.reopen()
	if sub, _ := d.again(); sub.State != subscribe.Stopped || sub.Why.Key != "subscribe.why.secret" {
		t.Errorf("with the keys of another node: %+v", sub.Why)
	}
	s.asked()
}

func TestTwoRunsAtOnceTakeNothingTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		s := newServer(t)
		s.put(t, indicators(1, 120)...)
		terms := d.terms(s)
		terms.Page = 10
		d.add(terms)
		other := subscribe.New(d.Config) // as another process on the same store
		var began atomic.Bool
		s.intercept(func(_ responseWriter, r *request) bool {
			if strings.Contains(r.URL.RawQuery, "next=") && !began.Swap(true) {
				d.write(func(tx *store.Tx) error { _, err := d.RunNow(tx, d.admin, "hub"); return err })
				if did, err := other.Work(context.Background()); !did || err != nil {
					t.Errorf("the other did not run: %v", err)
				}
			}
			return false
		})
		sub, _ := d.run()
		if sub.Failures != 0 || sub.State != subscribe.Active {
			t.Errorf("%+v", sub.Why)
		}
		if n, h := d.held(); n != 120 || h != 120 {
			t.Errorf("%d items, %d holdings", n, h)
		}
		d.see(func(tx *store.Tx) error {
			runs, err := d.Runs(tx, "hub", 10)
			var taken, known int64
			for _, r := range runs {
				taken, known = taken+r.Taken, known+r.Known
			}
			if taken != 120 || known != 0 {
				t.Errorf("taken %d, known %d: %+v", taken, known, runs)
			}
			return err
		})
	})
}

// A run that is asked for while one is under way comes after it.
func TestARunAskedForMeanwhileComesAfter(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	d.add(d.terms(s))
	var once sync.Once
	s.intercept(func(responseWriter, *request) bool {
		once.Do(func() {
			d.write(func(tx *store.Tx) error { _, err := d.RunNow(tx, d.analyst, "hub"); return err })
			if did, err := d.Work(context.Background()); !did || err != nil {
				t.Errorf("%v, %v", did, err)
			}
		})
		return false
	})
	d.run()
	if sub, _ := d.stands(); sub.Next.Sub(d.now()) > 10*time.Second {
		t.Errorf("the run that was asked for comes in %s", sub.Next.Sub(d.now()))
	}
	d.again()
	if sub, run := d.stands(); run.Times+run.Number != 3 || sub.Next.Sub(d.now()) < time.Hour-time.Second {
		t.Errorf("%+v", run)
	}
}

func TestAServerThatWantsPeaceGetsIt(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, scripted(func(w responseWriter, _ *request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(429)
	}))
	d.add(d.terms(s))
	sub, _ := d.run()
	if got := sub.Next.Sub(d.now()).Round(time.Minute); got != 2*time.Hour {
		t.Errorf("it is asked again in %s", got)
	}
	if err := d.try(func(tx *store.Tx) error { _, err := d.RunNow(tx, d.analyst, "hub"); return err }); !errors.Is(err, mithaq.Busy) {
		t.Errorf("an analyst runs it: %v", err)
	}
}

func TestASlowServerIsLeft(t *testing.T) {
	d := newDesk(t, "sqlite")
	d.limits.Answer = 100 * time.Millisecond
	d.reopen()
	s := serve(t, scripted(func(w responseWriter, r *request) {
		for range 100000 { // a byte now and then
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			w.(interface{ Flush() }).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}))
	d.add(d.terms(s))
	if sub, _ := d.run(); sub.Why == nil || sub.Why.Key != "subscribe.why.unreachable" {
		t.Errorf("%+v", sub.Why)
	}
}

// What was being read when the process was killed is read on at the next start.
func TestWhatWasCutOffIsReadOnAtTheNextStart(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicators(1, 30)...)
	terms := d.terms(s)
	terms.Page = 10
	d.add(terms)
	ctx, kill := context.WithCancel(t.Context())
	n := 0
	s.intercept(func(responseWriter, *request) bool {
		if n++; n == 3 { // one page is stored; then the disk is gone, and the process
			d.failing(func(store.Point) error { return errDisk })
			kill()
		}
		return false
	})
	_, _ = d.Work(ctx)
	d.failing(nil)
	s.intercept(nil)
	d.reopen()
	if sub, run := d.stands(); run.Outcome != subscribe.Running || run.Taken != 10 || sub.Next.Sub(d.now()) < time.Minute {
		t.Fatalf("%+v, next in %s", run, sub.Next.Sub(d.now()))
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- d.Book.Run(ctx) }()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if items, _ := d.held(); items == 30 {
			break
		}
	}
	stop()
	<-ran
	d.see(func(tx *store.Tx) error {
		runs, err := d.Runs(tx, "hub", 10)
		slices.Reverse(runs)
		if len(runs) != 2 || runs[0].Outcome != subscribe.BrokenOff || runs[1].Taken != 20 {
			t.Errorf("%+v", runs)
		}
		return err
	})
}

func TestTermsThatMayChangeDo(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicator(1))
	d.add(d.terms(s))
	d.run()
	other := d.profile(stix.TLPAmber)
	change := func(v mithaq.Viewer, c subscribe.Change) error {
		return d.try(func(tx *store.Tx) error { return d.Change(tx, v, "hub", c) })
	}
	must(t, change(d.admin, subscribe.Change{Every: 600, Source: other}))
	sub, _ := d.stands()
	if sub.Every != 600 || sub.Source != other || sub.Page != 100 || sub.Next.Sub(d.now()) > 10*time.Minute {
		t.Errorf("%+v", sub.Terms)
	}
	if err := change(d.analyst, subscribe.Change{Every: 700}); !errors.Is(err, mithaq.Denied) {
		t.Errorf("an analyst: %v", err)
	}
	for _, c := range []subscribe.Change{{Every: 5}, {Page: -1}, {Source: "x-mithaq-source-profile--00000000-0000-4000-8000-000000000000"}} {
		if err := change(d.admin, c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	s.put(t, indicator(2))
	if _, run := d.again(); run.Taken != 1 {
		t.Errorf("%+v", run)
	}
	if e := d.entries("subscription-changed"); len(e) != 1 || e[0].Notes["source"] != string(other) {
		t.Errorf("%+v", e)
	}
}
