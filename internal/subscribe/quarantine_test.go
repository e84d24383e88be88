package subscribe_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/stix"
)

// bad are objects that cannot be taken in, each with its reason and place.
var bad = []struct{ raw, key, pointer string }{
	{indicatorWith(50, "domain-name:value = 'x.example'", `,"confidence":"certain"`), "gate.not-valid", "/confidence"},
	{`{"type":"indicator","type":"malware"}`, "gate.syntax", "/type"},
	{"{\"type\":\"note\",\"x\":\"\xff\"}", "gate.syntax", "/x"},
	{`null`, "gate.syntax", ""},
	{`"indicator"`, "gate.syntax", ""},
	{`{"type":"x-mithaq-recall","spec_version":"2.1","id":"x-mithaq-recall--00000000-0000-4000-8000-000000000001","created":"2026-01-20T10:00:00.000Z","modified":"2026-01-20T10:00:00.000Z"}`, "gate.control", ""},
}

func badPage(more ...string) string {
	for _, b := range bad {
		more = append(more, b.raw)
	}
	return `{"objects":[` + strings.Join(more, ",") + `]}`
}

func (d *desk) quarantine(v mithaq.Viewer) (list []*subscribe.Held, err error) {
	d.see(func(tx *store.Tx) error {
		list, err = d.Quarantine(tx, v, "hub", 0, 100)
		return nil
	})
	return list, err
}

func TestWhatIsNotValidIsHeldAndKeepsNothingElseBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		s := serve(t, scripted(page(badPage(indicators(1, 20)...))))
		d.add(d.terms(s))
		sub, run := d.run()
		if run.Taken != 20 || int(run.Quarantined) != len(bad) || run.Outcome != subscribe.Ended || int(sub.Held) != len(bad) {
			t.Fatalf("%+v, %+v", run, sub)
		}
		list, err := d.quarantine(d.analyst)
		must(t, err)
		for i, b := range bad {
			h := list[i]
			if h.Why.Key != b.key || h.Pointer() != b.pointer || int(h.Size) != len(b.raw) || h.Times != 1 {
				t.Errorf("%q: %+v at %q, want %s at %q", b.raw, h.Why, h.Pointer(), b.key, b.pointer)
			}
		}
		if list[0].Object != "indicator--00000000-0000-4000-8000-000000000050" {
			t.Errorf("it calls itself %q", list[0].Object)
		}
		// The server brings them again and again: each is held once.
		if sub, run = d.again(); int(run.Quarantined) != len(bad) || int(sub.Held) != len(bad) || run.Known != 20 {
			t.Errorf("again: %+v, %+v", run, sub)
		}
		if list, _ = d.quarantine(d.analyst); list[0].Times != 2 {
			t.Errorf("it came %d times, want 2", list[0].Times)
		}
	})
}

func TestAHeldObjectIsReadWithAReasonAndAnEntry(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, scripted(page(badPage())))
	d.add(d.terms(s))
	d.run()
	list, err := d.quarantine(d.analyst)
	must(t, err)
	look := func(v mithaq.Viewer) (raw []byte, err error) {
		return raw, d.try(func(tx *store.Tx) (err error) {
			_, raw, err = d.Look(tx, v, "hub", list[2].ID)
			return err
		})
	}
	if _, err := look(d.analyst); !errors.Is(err, mithaq.Denied) {
		t.Errorf("without a reason: %v", err)
	}
	reasoned := func(v mithaq.Viewer) mithaq.Viewer {
		v.Reason, v.Purpose, v.Basis = "what is wrong with it", mithaq.NetworkDefence, "MoU 4"
		return v
	}
	for _, v := range []mithaq.Viewer{d.admin, d.auditor, {Org: org, Token: "siem"}, {}} {
		if _, err := look(reasoned(v)); !errors.Is(err, mithaq.Denied) {
			t.Errorf("%+v: %v", v.Roles, err)
		}
		if _, err := d.quarantine(v); !errors.Is(err, mithaq.Denied) {
			t.Errorf("%+v lists: %v", v.Roles, err)
		}
	}
	raw, err := look(reasoned(d.analyst))
	if err != nil || !bytes.Equal(raw, []byte(bad[2].raw)) {
		t.Errorf("%q, %v", raw, err)
	}
	if e := d.entries("read"); len(e) != 1 || e[0].Notes["read"] != "quarantine" || e[0].By != d.analyst.Person || e[0].Basis != "MoU 4" {
		t.Errorf("%+v", e)
	}
}

// What is of tomorrow today is good the day after.
func TestAHeldObjectIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		tomorrow := d.now().Add(24 * time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
		early := strings.ReplaceAll(indicator(7), `"modified":"2026-01-20T10:00:00.000Z"`, `"modified":"`+tomorrow+`"`)
		s := serve(t, scripted(page(badPage(early))))
		d.add(d.terms(s))
		d.run()
		retry := func(v mithaq.Viewer, ids ...int64) (subscribe.Count, error) {
			return d.Retry(t.Context(), v, "hub", ids...)
		}
		if c, err := retry(d.analyst); err != nil || int(c.Quarantined) != len(bad)+1 || c.Taken != 0 {
			t.Fatalf("today: %+v, %v", c, err)
		}
		d.pass(48 * time.Hour)
		list, err := d.quarantine(d.analyst)
		must(t, err)
		if list[0].Why.Key != "gate.future" {
			t.Fatalf("%+v", list[0].Why)
		}
		if _, err := retry(d.admin, list[0].ID); !errors.Is(err, mithaq.Denied) {
			t.Errorf("an administrator: %v", err)
		}
		if _, err := retry(d.analyst, 12345); !errors.Is(err, mithaq.NotFound) {
			t.Errorf("one that is not there: %v", err)
		}
		struck := d.strike(store.BeforeCommit, 1)
		if _, err := retry(d.analyst, list[0].ID); err == nil || !*struck {
			t.Errorf("on a failing disk: %v", err)
		}
		d.failing(nil)
		if c, err := retry(d.analyst, list[0].ID); err != nil || c.Taken != 1 {
			t.Errorf("%+v, %v", c, err)
		}
		if n, _ := d.held(); n != 1 {
			t.Errorf("%d items", n)
		}
		if left, _ := d.quarantine(d.analyst); len(left) != len(bad) {
			t.Errorf("%d left, want %d", len(left), len(bad))
		}
	})
}

func TestRetryingAllGoesThroughAll(t *testing.T) {
	d := newDesk(t, "sqlite")
	var list []string
	for n := range 250 {
		list = append(list, fmt.Sprintf(`{"type":"note","n":%d}`, n))
	}
	s := serve(t, scripted(page(`{"objects":[`+strings.Join(list, ",")+`]}`)))
	d.add(d.terms(s))
	d.run()
	if c, err := d.Retry(t.Context(), d.analyst, "hub"); err != nil || c.Seen != 250 || c.Quarantined != 250 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestAHeldObjectIsDroppedWithAnEntry(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, scripted(page(badPage())))
	d.add(d.terms(s))
	d.run()
	list, err := d.quarantine(d.analyst)
	must(t, err)
	drop := func(v mithaq.Viewer, id int64) error {
		return d.try(func(tx *store.Tx) error { return d.Drop(tx, v, "hub", id) })
	}
	if err := drop(d.admin, list[0].ID); !errors.Is(err, mithaq.Denied) {
		t.Errorf("an administrator: %v", err)
	}
	must(t, drop(d.analyst, list[0].ID))
	if err := drop(d.analyst, list[0].ID); !errors.Is(err, mithaq.NotFound) {
		t.Errorf("twice: %v", err)
	}
	if e := d.entries("subscription-dropped"); len(e) != 1 || e[0].Notes["why"] != "gate.not-valid" {
		t.Errorf("%+v", e)
	}
	// A subscription whose quarantine is not empty is not removed by accident.
	remove := func(all bool) error {
		return d.try(func(tx *store.Tx) error { return d.Remove(tx, d.admin, "hub", all) })
	}
	if err := remove(false); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("removed: %v", err)
	}
	must(t, remove(true))
	if e := d.entries("subscription-removed"); len(e) != 1 || int(e[0].Counts["dropped"]) != len(bad)-1 {
		t.Errorf("%+v", e)
	}
	if did, err := d.Work(t.Context()); did || err != nil {
		t.Errorf("something is due of what was removed: %v", err)
	}
}

func TestWhatIsHeldLapses(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		s := serve(t, scripted(page(badPage())))
		d.add(d.terms(s))
		d.run()
		d.write(func(tx *store.Tx) error { return d.Pause(tx, d.admin, "hub") })
		d.pass(29 * 24 * time.Hour)
		if did, err := d.Work(t.Context()); did || err != nil {
			t.Fatalf("something is due: %v", err)
		}
		d.pass(2 * 24 * time.Hour)
		if did, err := d.Work(t.Context()); !did || err != nil {
			t.Fatalf("nothing is due: %v", err)
		}
		if list, _ := d.quarantine(d.analyst); len(list) != 0 {
			t.Errorf("%d are held", len(list))
		}
		if e := d.entries("subscription-lapsed"); len(e) != 1 || int(e[0].Counts["dropped"]) != len(bad) {
			t.Errorf("%+v", e)
		}
	})
}

// A server that sends nothing but rubbish fills a bounded quarantine, and its
// cursor stays before what did not fit.
func TestAFullQuarantineStopsASubscription(t *testing.T) {
	d := newDesk(t, "sqlite")
	d.limits.Held = 10
	d.reopen()
	n, perPage := 0, 4
	s := serve(t, scripted(func(w responseWriter, r *request) {
		var list []string
		for range perPage {
			n++
			list = append(list, fmt.Sprintf(`{"type":"note","n":%d}`, n))
		}
		fmt.Fprintf(w, `{"more":true,"next":"%d","objects":[%s]}`, n, strings.Join(list, ","))
	}))
	d.add(d.terms(s))
	sub, run := d.run()
	if sub.State != subscribe.Stopped || sub.Why.Key != "subscribe.why.full" || sub.Held != 8 || run.Quarantined != 8 || sub.Place.Next != "8" {
		t.Errorf("%+v, %+v", run, sub.Why)
	}
}

// What came for a case is handled by those who know it.
func TestTheCaseOfASubscriptionHolds(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, scripted(page(badPage(indicator(1)))))
	var matter *mithaq.Case
	d.write(func(tx *store.Tx) error {
		matter = mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(tx.Now()), "Tickets", mithaq.NetworkDefence, mithaq.LegalBasis{Ref: "MoU 4"}, d.analyst.Person, d.legal.Person)
		return d.node.Gate().OpenCase(tx, d.analyst, matter)
	})
	terms := d.terms(s)
	terms.Case = matter.ID
	add := func(v mithaq.Viewer) error {
		return d.try(func(tx *store.Tx) error { return d.Add(tx, v, terms, subscribe.Secret{Password: password}) })
	}
	if err := add(d.admin); !errors.Is(err, mithaq.Denied) {
		t.Fatalf("an administrator who does not know the case: %v", err)
	}
	knows := d.admin
	knows.Cases = []stix.ID{matter.ID}
	must(t, add(knows))
	if sub, run := d.run(); run.Taken != 1 || sub.State != subscribe.Active {
		t.Fatalf("%+v %+v", run, sub.Why)
	}
	if _, err := d.quarantine(d.legal); !errors.Is(err, mithaq.Denied) {
		t.Errorf("somebody who does not know the case: %v", err)
	}
	analyst := d.analyst
	analyst.Cases = []stix.ID{matter.ID}
	if list, err := d.quarantine(analyst); err != nil || len(list) != len(bad) {
		t.Errorf("%v", err)
	}
	d.write(func(tx *store.Tx) error { return d.node.Gate().CloseCase(tx, d.legal, matter.ID) })
	if sub, _ := d.again(); sub.State != subscribe.Stopped || sub.Why.Key != "gate.case-closed" {
		t.Errorf("the case is closed: %+v %+v", sub.State, sub.Why)
	}
}
