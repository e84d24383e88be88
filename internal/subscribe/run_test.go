package subscribe_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/internal/testdata"
)

var quiet = slog.New(slog.DiscardHandler)

func TestACollectionIsReadOnceAndThenOnlyWhatIsNew(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		s := newServer(t)
		s.put(t, indicators(1, 250)...)
		d.add(d.terms(s))
		sub, run := d.run()
		if run.Outcome != subscribe.Ended || run.Seen != 250 || run.Taken != 250 || run.Pages != 3 || sub.Failures != 0 || sub.Why != nil {
			t.Fatalf("first run: %+v, %+v", run, sub)
		}
		if n, h := d.held(); n != 250 || h != 250 {
			t.Errorf("%d items, %d holdings", n, h)
		}
		if got := sub.Next.Sub(d.now()); got != time.Hour {
			t.Errorf("the next run is in %s", got)
		}
		s.put(t, indicators(250, 255)...)
		if _, run := d.again(); run.Seen != 5 || run.Taken != 5 || run.Pages != 1 {
			t.Errorf("second run: %+v", run)
		}
		accounts := d.entries("subscription-run")
		if len(accounts) != 2 || accounts[0].Counts["taken"] != 250 || accounts[0].Notes["subscription"] != "hub" || accounts[1].Counts["taken"] != 5 {
			t.Errorf("entries: %+v", accounts)
		}
	})
}

func TestAnEmptySyncIsOneRequest(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicators(1, 3)...)
	d.add(d.terms(s))
	d.run()
	s.asked()
	for n := int64(1); n <= 3; n++ {
		_, run := d.again()
		if got := s.asked(); len(got) != 1 || !strings.Contains(got[0], "/objects/?added_after=") {
			t.Fatalf("asked:\n%s", lines(got))
		}
		if run.Times != n || run.Requests != n || run.Seen != 0 || run.Outcome != subscribe.Ended {
			t.Errorf("runs that found nothing are one account: %+v", run)
		}
	}
	if got := d.entries("subscription-run"); len(got) != 1 {
		t.Errorf("%d entries, want the one of the run that brought something", len(got))
	}
}

func TestAnEmptyCollectionIsOneRequestFromTheSecondTimeOn(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	d.add(d.terms(s))
	d.run()
	s.asked()
	if d.again(); len(s.asked()) != 1 {
		t.Error("more than one request")
	}
}

func TestFiltersAreAskedForAndHeldTo(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicator(1), `{"type":"domain-name","spec_version":"2.1","id":"domain-name--8f1b1c3e-9f0a-5d4d-8c4e-1b2c3d4e5f6a","value":"t.example"}`)
	terms := d.terms(s)
	terms.Types, terms.SpecVersions = []string{"indicator"}, []string{"2.1"}
	d.add(terms)
	d.run()
	if got := s.asked(); !strings.Contains(got[len(got)-1], "match%5Btype%5D=indicator") || !strings.Contains(got[len(got)-1], "match%5Bspec_version%5D=2.1") {
		t.Errorf("asked %q", got)
	}
	if n, _ := d.held(); n != 1 {
		t.Errorf("%d items", n)
	}
}

func TestAServerWithoutFiltersIsPassedOver(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, scripted(page(`{"objects":[`+indicator(1)+`,{"type":"note","id":"note--1"}]}`)))
	terms := d.terms(s)
	terms.Types = []string{"indicator"}
	d.add(terms)
	if _, run := d.run(); run.Seen != 2 || run.Taken != 1 || run.Passed != 1 || run.Quarantined != 0 {
		t.Errorf("%+v", run)
	}
}

func TestARunBeginsWhereItIsTold(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	terms := d.terms(s)
	terms.After = atTime("2026-02-03T04:05:06.789Z")
	d.add(terms)
	d.run()
	if got := s.asked(); !strings.Contains(got[len(got)-1], "added_after=2026-02-03T04%3A05%3A06.789000Z") {
		t.Errorf("asked %q", got)
	}
}

// The disk fails at each commit in turn, before it happened or after: whatever
// was acknowledged or not, in the end everything is here, once.
func TestAKillLosesAndDoublesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		s := newServer(t)
		s.put(t, indicators(1, 60)...)
		s.put(t, indicatorWith(99, "domain-name:value = 'x.example'", `,"confidence":"certain"`))
		terms := d.terms(s)
		terms.Page = 10
		d.add(terms)
		for strike := 1; ; strike++ {
			struck := d.strike([]store.Point{store.BeforeCommit, store.AfterCommit}[strike%2], strike%4+1)
			_, _ = d.Work(context.Background())
			d.failing(nil)
			d.reopen()
			d.pass(24 * time.Hour)
			if !*struck {
				break
			}
			if strike > 100 {
				t.Fatal("it does not get on")
			}
		}
		d.run()
		if n, h := d.held(); n != 60 || h != 60 {
			t.Errorf("%d items, %d holdings, want 60 of each", n, h)
		}
		d.see(func(tx *store.Tx) error {
			runs, err := d.Runs(tx, "hub", 100)
			var sum subscribe.Count
			for _, r := range runs {
				sum.Seen, sum.Taken, sum.Quarantined, sum.Known = sum.Seen+r.Seen, sum.Taken+r.Taken, sum.Quarantined+r.Quarantined, sum.Known+r.Known
			}
			if sum.Taken != 60 || sum.Quarantined < 1 || sum.Seen != sum.Taken+sum.Known+sum.Quarantined {
				t.Errorf("accounts: %+v", sum)
			}
			list, err2 := d.Quarantine(tx, d.analyst, "hub", 0, 10)
			if len(list) != 1 {
				t.Errorf("%d in quarantine, want 1", len(list))
			}
			return firstOf(err, err2)
		})
	})
}

// strike makes the nth passing of a point fail, once.
func (d *desk) strike(point store.Point, nth int) *bool {
	struck := new(bool)
	d.failing(func(p store.Point) error {
		if p != point || *struck {
			return nil
		}
		if nth--; nth > 0 {
			return nil
		}
		*struck = true
		return errDisk
	})
	return struck
}

func TestAPauseEndsARunWithItsPage(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicators(1, 50)...)
	terms := d.terms(s)
	terms.Page = 10
	d.add(terms)
	pages := 0
	s.intercept(func(w responseWriter, r *request) bool {
		if strings.Contains(r.URL.Path, "/objects/") {
			if pages++; pages == 3 {
				d.write(func(tx *store.Tx) error { return d.Pause(tx, d.admin, "hub") })
			}
		}
		return false
	})
	sub, run := d.run()
	if sub.State != subscribe.Paused || run.Outcome != subscribe.BrokenOff || run.Taken != 20 || !sub.Next.IsZero() {
		t.Fatalf("%+v, %+v", sub, run)
	}
	if did, err := d.Work(t.Context()); did || err != nil {
		t.Errorf("a paused subscription runs: %v", err)
	}
	if err := d.try(func(tx *store.Tx) error { _, err := d.RunNow(tx, d.admin, "hub"); return err }); err == nil {
		t.Error("a paused subscription can be run")
	}
	d.write(func(tx *store.Tx) error { return d.Resume(tx, d.admin, "hub") })
	if _, run := d.run(); run.Outcome != subscribe.Ended || run.Taken != 30 {
		t.Errorf("after it was resumed: %+v", run)
	}
	for _, kind := range []string{"subscription-added", "subscription-paused", "subscription-resumed"} {
		if len(d.entries(kind)) != 1 {
			t.Errorf("no entry %s", kind)
		}
	}
}

func TestTheScheduleRunsByItself(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicators(1, 5)...)
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- d.Book.Run(ctx) }()
	d.add(d.terms(s))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, run := d.stands(); run != nil && run.Outcome == subscribe.Ended {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it never ran")
		}
	}
	stop()
	<-ran
	if n, _ := d.held(); n != 5 {
		t.Errorf("%d items", n)
	}
}

func TestARestoredNodeTakesNothingIn(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	d.add(d.terms(s))
	d.write(func(tx *store.Tx) error { return tx.Note("quarantine", "restored") })
	if did, err := d.Work(t.Context()); !did || err != nil {
		t.Fatal(did, err)
	}
	if got := s.asked(); len(got) != 0 {
		t.Errorf("asked %q", got)
	}
	if s, _ := d.stands(); s.Next.Sub(d.now()) < time.Minute {
		t.Errorf("it is tried again in %s", s.Next.Sub(d.now()))
	}
}

func TestATAXII20ServerIsRead(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, old(7))
	d.add(d.terms(s))
	sub, run := d.run()
	if run.Taken != 7 || sub.Version != "2.0" || run.Outcome != subscribe.Ended {
		t.Fatalf("%+v %+v", sub, run)
	}
	s.asked()
	if _, run := d.again(); run.Seen != 0 || len(s.asked()) != 1 {
		t.Errorf("an empty sync: %+v", run)
	}
}

func TestAServerThatMovesToAnotherVersionIsFollowed(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicators(1, 3)...)
	was := old(2)
	s.intercept(func(w responseWriter, r *request) bool { was.ServeHTTP(w, r); return true })
	d.add(d.terms(s))
	if sub, _ := d.run(); sub.Version != "2.0" {
		t.Fatalf("version %q", sub.Version)
	}
	s.intercept(nil)
	if sub, _ := d.again(); sub.Failures != 1 {
		t.Fatalf("%+v", sub)
	}
	if sub, run := d.again(); sub.Version != "2.1" || run.Outcome != subscribe.Ended || sub.Failures != 0 {
		t.Errorf("%+v %+v", sub, run)
	}
}

func names(list []*subscribe.Subscription) (all []string) {
	for _, s := range list {
		all = append(all, string(s.Name))
	}
	slices.Sort(all)
	return all
}

// attack serves ATT&CK from our own TAXII server, at most so many objects.
func attack(t testing.TB, s *server, name string, most int) (n int) {
	t.Helper()
	raw, err := testdata.Unpacked(testdata.Shared(t, "stix/"+name))
	must(t, err)
	var bundle struct {
		Objects []json.RawMessage `json:"objects"`
	}
	must(t, json.Unmarshal(raw, &bundle))
	seen := map[string]bool{}
	for _, o := range bundle.Objects[:min(most, len(bundle.Objects))] {
		if err := s.memory.Put("api", collection, o); err != nil {
			t.Logf("the server does not take %.80s: %v", o, err)
			continue
		}
		seen[string(o)] = true
	}
	return len(seen)
}

// The whole of it is taken in by BenchmarkARunAgainstAnImport.
func TestATTACKIsTakenIn(t *testing.T) {
	for _, name := range []string{"ics-attack-2.1.json.gz", "enterprise-attack-2.0.json.gz"} {
		t.Run(name, func(t *testing.T) {
			d, s := newDesk(t, "sqlite"), newServer(t)
			n := attack(t, s, name, 1500)
			terms := d.terms(s)
			terms.Page = 1000
			d.add(terms)
			sub, run := d.run()
			if run.Outcome != subscribe.Ended || int(run.Seen) != n || run.Seen != run.Taken+run.Known+run.Quarantined {
				t.Fatalf("of %d: %+v, %+v", n, run, sub.Why)
			}
			t.Logf("%d objects in %d requests: new %d, known %d, quarantined %d", run.Seen, run.Requests, run.Taken, run.Known, run.Quarantined)
			s.asked()
			if _, run := d.again(); run.Seen != 0 || len(s.asked()) != 1 {
				t.Errorf("an empty sync: %+v", run)
			}
			if run.Taken != run.Seen {
				list, err := d.quarantine(d.analyst)
				t.Errorf("held: %+v, %v", list, err)
			}
		})
	}
}
