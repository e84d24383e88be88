package subscribe_test

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/taxii"
)

type (
	responseWriter = http.ResponseWriter
	request        = http.Request
	handler        = http.HandlerFunc
)

var errDisk = errors.New("input/output error, injected")

func firstOf(errs ...error) error { return cmp.Or(errs...) }

func atTime(text string) mithaq.Time {
	t, err := mithaq.ParseTime(text)
	if err != nil {
		panic(err)
	}
	return t
}

func (d *desk) try(f func(tx *store.Tx) error) error {
	return d.node.Store().Write(context.Background(), f)
}

const addedLast = "X-TAXII-Date-Added-Last"

// scripted answers discovery as it should be, and each listing with what next makes of it.
func scripted(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		if r.URL.Path == "/taxii2/" {
			io.WriteString(w, `{"title":"t","default":"/api/","api_roots":["/api/"]}`)
			return
		}
		next(w, r)
	})
}

func page(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

// old is a TAXII 2.0 server of n objects, all in one answer.
func old(n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oasis.taxii+json; version=2.0")
		switch {
		case !strings.HasPrefix(r.Header.Get("Accept"), "application/vnd.oasis."):
			w.WriteHeader(http.StatusNotAcceptable)
		case r.URL.Path == "/taxii/":
			io.WriteString(w, `{"title":"old","default":"/api/","api_roots":["/api/"]}`)
		case r.URL.Query().Get("added_after") != "":
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		default:
			w.Header().Set("Content-Type", "application/vnd.oasis.stix+json; version=2.0")
			w.Header().Set(addedLast, "2026-02-01T00:00:00.000000Z")
			fmt.Fprintf(w, `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[%s]}`, strings.Join(indicators20(n), ","))
		}
	})
}

func indicators20(n int) (list []string) {
	for i := range n {
		list = append(list, strings.Replace(indicatorWith(i+1, "domain-name:value = 'old.example'", `,"labels":["malicious-activity"]`),
			`"spec_version":"2.1",`, "", 1))
	}
	for i := range list {
		list[i] = strings.Replace(strings.Replace(list[i], `"indicator_types":["malicious-activity"],`, "", 1), `"pattern_type":"stix",`, "", 1)
	}
	return list
}

// What servers do that they should not: each is left after a bounded number of
// requests, with a sentence, an entry and a longer wait, and the cursor stays.
func TestBadServersAreLeft(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	d, n := newDesk(t, "sqlite"), 0
	d.limits.Page, d.limits.Pages = 1<<20, 12
	d.reopen()
	for _, c := range []struct {
		name, why string
		max       int // requests
		next      http.HandlerFunc
	}{
		{"a page for people", "subscribe.why.not-taxii", 2, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>Sign in</html>")
		}},
		{"a page for people, named JSON", "subscribe.why.not-taxii", 2, page("<html>Sign in</html>")},
		{"a page cut off", "subscribe.why.not-taxii", 2, page(`{"objects":[` + indicator(1) + `,{"type":"indi`)},
		{"an answer cut off", "subscribe.why.unreachable", 2, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			io.WriteString(w, `{"objects":[`+indicator(1))
		}},
		{"another host", "subscribe.why.elsewhere", 2, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/x", http.StatusTemporaryRedirect)
		}},
		{"a bomb", "subscribe.why.not-taxii", 2, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, `{"objects":["`)
			for range 1 << 8 {
				z.Write(make([]byte, 1<<14))
			}
			z.Close()
		}},
		{"a collection that is gone", "subscribe.why.not-found", 2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		{"a server out of order", "subscribe.why.status", 3, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		{"a server that is busy", "subscribe.why.busy", 2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }},
		{"a server that is busy for a year", "subscribe.why.busy-until", 2, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", strconv.Itoa(365*86400))
			w.WriteHeader(429)
		}},
		{"the same page for ever", "subscribe.why.stuck", 10, page(`{"more":true,"next":"a","objects":[` + indicator(1) + `]}`)},
		{"nothing for ever", "subscribe.why.stuck", 10, func(w http.ResponseWriter, _ *http.Request) {
			n++
			fmt.Fprintf(w, `{"more":true,"next":"%d"}`, n)
		}},
		{"a clock that stands still", "subscribe.why.stuck", 10, func(w http.ResponseWriter, _ *http.Request) {
			n++
			w.Header().Set(addedLast, "2026-01-01T00:00:00.000000Z")
			fmt.Fprintf(w, `{"more":true,"objects":[%s]}`, indicator(n))
		}},
		{"new objects for ever", "subscribe.why.stuck", 14, func(w http.ResponseWriter, _ *http.Request) {
			n++
			fmt.Fprintf(w, `{"more":true,"next":"%d","objects":[%s]}`, n, indicator(n))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(d.entries("subscription-failed"))
			s := serve(t, scripted(c.next))
			d.add(d.terms(s))
			sub, run := d.run()
			if run.Outcome != subscribe.Failed || sub.Failures != 1 || sub.Why == nil || sub.Why.Key != c.why || sub.State != subscribe.Active {
				t.Fatalf("%+v, %+v, want %s", run, sub.Why, c.why)
			}
			if got := s.asked(); len(got) > c.max {
				t.Errorf("%d requests", len(got))
			}
			if e := d.entries("subscription-failed"); len(e) != before+1 || e[before].Notes["why"] != c.why {
				t.Errorf("entries: %+v", e)
			}
			if wait := sub.Next.Sub(d.now()); wait > 5*time.Minute && c.why != "subscribe.why.busy-until" || wait > 24*time.Hour || wait < time.Minute {
				t.Errorf("it is asked again in %s", wait)
			}
			d.write(func(tx *store.Tx) error { return d.Remove(tx, d.admin, "hub", true) })
		})
	}
}

func TestTheWaitGrowsWithEachFailure(t *testing.T) {
	d := newDesk(t, "sqlite")
	s := serve(t, scripted(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }))
	d.add(d.terms(s))
	sub, _ := d.run()
	for n := 1; n <= 12; n++ {
		most := min(24*time.Hour, 5*time.Minute<<(n-1))
		if wait := sub.Next.Sub(d.now()); wait > most || wait < most/2-time.Second || sub.Failures != n {
			t.Errorf("after %d failures it is asked again in %s, want up to %s", sub.Failures, wait, most)
		}
		sub, _ = d.again()
	}
	d.see(func(tx *store.Tx) error {
		runs, err := d.Runs(tx, "hub", 10)
		if len(runs) != 1 || runs[0].Times != 13 {
			t.Errorf("%d accounts of what failed alike", len(runs))
		}
		return err
	})
}

func TestACertificateOfAnotherAuthorityIsNotBelieved(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	terms := d.terms(s)
	terms.CA = ""
	d.add(terms)
	sub, _ := d.run()
	if sub.Why == nil || sub.Why.Key != "subscribe.why.certificate" || len(s.asked()) != 0 {
		t.Errorf("%+v", sub.Why)
	}
}

func TestAnAddressInsideIsDialledOnlyIfNamed(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	terms := d.terms(s)
	terms.Inside = false
	d.add(terms)
	sub, _ := d.run()
	if sub.Why == nil || sub.Why.Key != "subscribe.why.address" || len(s.asked()) != 0 {
		t.Errorf("%+v", sub.Why)
	}
}

func TestNobodyAnswers(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	d.add(d.terms(s))
	s.Close()
	if sub, run := d.run(); sub.Why == nil || sub.Why.Key != "subscribe.why.unreachable" || run.Outcome != subscribe.Failed {
		t.Errorf("%+v", sub.Why)
	}
}

func TestWrongCredentialsStopItUntilThereAreOthers(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	s.put(t, indicator(1))
	d.write(func(tx *store.Tx) error { return d.Add(tx, d.admin, d.terms(s), subscribe.Secret{Password: "wrong"}) })
	sub, run := d.run()
	if got := s.asked(); len(got) != 1 || sub.State != subscribe.Stopped || sub.Why.Key != "subscribe.why.credentials" || run.Outcome != subscribe.Failed {
		t.Fatalf("%q, %+v", got, sub)
	}
	d.pass(365 * 24 * time.Hour)
	if did, _ := d.Work(t.Context()); did || len(s.asked()) != 0 {
		t.Error("it hammers")
	}
	if e := d.entries("subscription-stopped"); len(e) != 1 || e[0].Notes["why"] != "subscribe.why.credentials" {
		t.Errorf("%+v", e)
	}
	d.write(func(tx *store.Tx) error {
		return d.Renew(tx, d.admin, "hub", "atlas", subscribe.Secret{Password: password})
	})
	if sub, run := d.run(); sub.State != subscribe.Active || run.Taken != 1 || sub.Why != nil {
		t.Errorf("with others: %+v %+v", sub, run)
	}
}

func TestDatesInTheFutureHideNothing(t *testing.T) {
	d := newDesk(t, "sqlite")
	at := []string{"2026-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"}
	objects := []string{indicator(1), indicator(2)}
	s := serve(t, scripted(func(w http.ResponseWriter, r *http.Request) {
		after := r.URL.Query().Get("added_after")
		var list []string
		for i, o := range objects {
			if at[i] > after {
				list = append(list, o)
				w.Header().Set(addedLast, max(at[i], w.Header().Get(addedLast)))
			}
		}
		fmt.Fprintf(w, `{"objects":[%s]}`, strings.Join(list, ","))
	}))
	d.add(d.terms(s))
	sub, run := d.run()
	if run.Taken != 2 || sub.Place.After.After(d.now()) || d.now().Sub(sub.Place.After) > 25*time.Hour {
		t.Fatalf("%+v at %s", run, sub.Place.After)
	}
	at, objects = append(at, taxiiTime(d.now())), append(objects, indicator(3))
	sub, run = d.again()
	if run.Taken != 1 || run.Known != 1 {
		t.Errorf("what came later: %+v", run)
	}
	if next, run := d.again(); run.Taken != 0 || next.Place.After.Before(sub.Place.After) {
		t.Errorf("the place goes back from %s to %s", sub.Place.After, next.Place.After)
	}
}

func taxiiTime(t time.Time) string { return t.UTC().Format(taxii.TimeFormat) }

func TestMoreWithoutEndIsCutAndThenStopped(t *testing.T) {
	d := newDesk(t, "sqlite")
	n := 0
	s := serve(t, scripted(func(w http.ResponseWriter, _ *http.Request) {
		n++
		fmt.Fprintf(w, `{"more":true,"next":"%d","objects":[%s]}`, n, indicator(n))
	}))
	terms := d.terms(s)
	terms.Most = 5
	d.add(terms)
	sub, run := d.run()
	if run.Outcome != subscribe.Cut || run.Taken != 5 || sub.State != subscribe.Active || sub.Next.Sub(d.now()) != time.Hour {
		t.Fatalf("%+v %+v", run, sub)
	}
	d.again()
	if sub, _ = d.again(); sub.State != subscribe.Stopped || sub.Why.Key != "subscribe.why.endless" {
		t.Errorf("%+v", sub)
	}
}
