package taxii

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/internal/bubble"
)

// wire is a network of one host, without sockets, so that time can be virtual.
type wire struct{ http.Handler }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	got := httptest.NewRecorder()
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w.ServeHTTP(got, in)
	res := got.Result()
	res.Request = r
	return res, nil
}

func clientOf(h http.Handler) *Client {
	return &Client{URL: "https://taxii.example/", HTTP: &http.Client{Transport: wire{h}}}
}

// read takes everything a feed has, from a place on.
func read(t *testing.T, f *Feed, at *Cursor) (names string, err error) {
	t.Helper()
	var all []string
	for o, err := range f.Objects(t.Context(), at) {
		if err != nil {
			return strings.Join(all, " "), err
		}
		var x struct{ ID string }
		json.Unmarshal(o, &x)
		all = append(all, strings.TrimLeft(x.ID[max(0, len(x.ID)-12):], "0"))
	}
	return strings.Join(all, " "), nil
}

func TestAFeedIsReadOnceAndGoneOnWith(t *testing.T) {
	m, h := world(t, Rules{})
	h = RequireAuth(h, func(_ context.Context, c Credentials) (Caller, bool) { return "a", c.User == "a" && c.Password == "b" })
	c := clientOf(h)
	c.User, c.Password = "a", "b"
	for n := range 5 {
		m.Put("api", cid, []byte(tool(n+1, 1)))
	}
	m.Put("api", cid, []byte(address))
	d, err := c.Discover(t.Context())
	if err != nil || d.Default != "https://taxii.example/api/" {
		t.Fatalf("discover: %+v, %v", d, err)
	}
	all, err := c.Collections(t.Context(), d.Default)
	if err != nil || len(all) != 1 || all[0].ID != cid || !all[0].CanRead {
		t.Fatalf("collections: %+v, %v", all, err)
	}
	f := &Feed{Client: c, Root: d.Default, Collection: cid, Filter: Filter{Types: []string{"tool"}, Limit: 2}}
	var at Cursor
	if got, err := read(t, f, &at); got != "1 2 3 4 5" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	text, _ := at.MarshalText()
	at = Cursor{}
	if err := at.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, f, &at); got != "" || err != nil {
		t.Errorf("read again: %q, %v", got, err)
	}
	m.Put("api", cid, []byte(tool(9, 1)))
	if got, err := read(t, f, &at); got != "9" || err != nil {
		t.Errorf("what came later: %q, %v", got, err)
	}
	if err := c.Delete(t.Context(), d.Default, cid, toolID(9)); err != nil {
		t.Error(err)
	}
	c.Password = "c"
	if _, err := c.Root(t.Context(), d.Default); statusOf(err) != 401 {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestALoopLeftEarlyReadsItsPageAgain(t *testing.T) {
	m, h := world(t, Rules{})
	for n := range 5 {
		m.Put("api", cid, []byte(tool(n+1, 1)))
	}
	f := &Feed{Client: clientOf(h), Root: "/api/", Collection: cid, Filter: Filter{Limit: 2}}
	var at Cursor
	n := 0
	for _, err := range f.Objects(t.Context(), &at) {
		if n++; err != nil || n == 4 {
			break
		}
	}
	if got, err := read(t, f, &at); got != "3 4 5" || err != nil {
		t.Errorf("after leaving at the fourth: %q, %v", got, err)
	}
}

func TestAServerThatForgotItsNextIsAskedByDate(t *testing.T) {
	m, h := world(t, Rules{})
	for n := range 5 {
		m.Put("api", cid, []byte(tool(n+1, 1)))
	}
	f := &Feed{Client: clientOf(h), Root: "/api/", Collection: cid, Filter: Filter{Limit: 2}}
	var at Cursor
	for page, err := range f.Batches(t.Context(), at) {
		if err != nil {
			t.Fatal(err)
		}
		at = page.Cursor
		break
	}
	m.seal[0]++ // the server was started anew
	if got, err := read(t, f, &at); got != "2 3 4 5" || err != nil {
		t.Errorf("after the server forgot: %q, %v", got, err)
	}
}

// keeper is a server that keeps the reader's place by itself: the same next
// leads to page after page, two objects each, all added at the same time.
func keeper(n int) http.Handler {
	at := 0
	return scripted(func(r *http.Request, w http.ResponseWriter) string {
		if r.URL.Query().Get("next") == "" {
			at = 0
		}
		if after, err := time.Parse(TimeFormat, r.URL.Query().Get("added_after")); err == nil && after.Unix() >= 9 || at >= n {
			return `{}`
		}
		w.Header().Set(addedLast, time.Unix(9, 0).UTC().Format(TimeFormat))
		var page []string
		for ; at < n && len(page) < 2; at++ {
			page = append(page, tool(at+1, 1))
		}
		if at == n {
			return envelopeOf(page...)
		}
		return `{"more":true,"next":"session","objects":[` + strings.Join(page, ",") + `]}`
	})
}

func TestAServerThatKeepsThePlaceByItselfIsReadWhole(t *testing.T) {
	f := &Feed{Client: clientOf(keeper(7)), Root: "/api/", Collection: cid}
	var at Cursor
	if got, err := read(t, f, &at); got != "1 2 3 4 5 6 7" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if got, err := read(t, f, &at); got != "" || err != nil {
		t.Errorf("read again: %q, %v", got, err)
	}
}

func TestAPageThatWasNeverStoredIsReadAgain(t *testing.T) {
	for stored := 1; stored <= 3; stored++ {
		f := &Feed{Client: clientOf(keeper(7)), Root: "/api/", Collection: cid}
		var at Cursor
		n := 0
		for page, err := range f.Batches(t.Context(), at) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > stored {
				break // it came, and the power went
			}
			at = page.Cursor
		}
		got, err := read(t, f, &at)
		if want := "7 6 5 4 3 2 1"[:2*(7-2*stored)-1]; err != nil || !strings.Contains(reversed(got), want) {
			t.Errorf("after %d stored pages: %q, %v", stored, got, err)
		}
	}
}

func reversed(names string) string {
	list := strings.Fields(names)
	slices.Reverse(list)
	return strings.Join(list, " ")
}

// page answers every listing with what next makes of the request.
func scripted(next func(r *http.Request, w http.ResponseWriter) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", MediaType)
		if r.URL.Path == "/taxii2/" {
			io.WriteString(w, `{"title":"t","api_roots":["/api/"]}`)
			return
		}
		body := next(r, w)
		io.WriteString(w, body)
	})
}

func TestServersThatNeverEndAreLeft(t *testing.T) {
	count := 0
	stamp := func(w http.ResponseWriter, n int) {
		w.Header().Set(addedLast, time.Unix(int64(n), 0).UTC().Format(TimeFormat))
	}
	for name, c := range map[string]struct {
		next func(r *http.Request, w http.ResponseWriter) string
		why  string
	}{
		"the same next for ever": {func(_ *http.Request, w http.ResponseWriter) string {
			stamp(w, 1)
			return `{"more":true,"next":"a","objects":[` + tool(1, 1) + `]}`
		}, "back to a page"},
		"two nexts in turn": {func(_ *http.Request, w http.ResponseWriter) string {
			return fmt.Sprintf(`{"more":true,"next":"%d","objects":[%s]}`, count%2, tool(count%2, 1))
		}, "back to a page"},
		"a clock that stands still": {func(_ *http.Request, w http.ResponseWriter) string {
			stamp(w, 1)
			return `{"more":true,"objects":[` + tool(count, 1) + `]}`
		}, "clock stands still at 1970-01-01T00:00:01"},
		"no dates and no next": {func(*http.Request, http.ResponseWriter) string {
			return `{"more":true,"objects":[` + tool(count, 1) + `]}`
		}, "clock stands still"},
		"always more of the same": {func(*http.Request, http.ResponseWriter) string {
			return fmt.Sprintf(`{"more":true,"next":"%d","objects":[%s]}`, count, tool(1, 1))
		}, "nothing new"},
		"always more of nothing": {func(*http.Request, http.ResponseWriter) string {
			return fmt.Sprintf(`{"more":true,"next":"%d"}`, count)
		}, "nothing new"},
		"a circle of ten thousand objects": {func(*http.Request, http.ResponseWriter) string {
			var list []string
			for i := range 500 {
				list = append(list, tool((count*500+i)%10_000, 1))
			}
			return fmt.Sprintf(`{"more":true,"next":"%d","objects":[%s]}`, count, strings.Join(list, ","))
		}, "nothing new"},
		"new objects for ever": {func(*http.Request, http.ResponseWriter) string {
			return fmt.Sprintf(`{"more":true,"next":"%d","objects":[%s]}`, count, tool(count, 1))
		}, "page after page"},
		"a next without end": {func(*http.Request, http.ResponseWriter) string {
			return fmt.Sprintf(`{"more":true,"next":"%s","objects":[%s]}`, strings.Repeat("x", 5000), tool(count, 1))
		}, "its next has 5000 bytes"},
		"a clock that goes back": {func(_ *http.Request, w http.ResponseWriter) string {
			stamp(w, 100-count)
			return fmt.Sprintf(`{"more":true,"next":"%d","objects":[%s]}`, count, tool(count, 1))
		}, "clock goes back"},
	} {
		count = 0
		f := &Feed{Root: "/api/", Collection: cid, MaxPages: 29, Client: clientOf(scripted(func(r *http.Request, w http.ResponseWriter) string {
			count++
			return c.next(r, w)
		}))}
		var at Cursor
		_, err := read(t, f, &at)
		if err == nil || !strings.Contains(err.Error(), c.why) || !strings.Contains(err.Error(), cid) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
		if count > 30 {
			t.Errorf("%s: %d pages were read", name, count)
		}
	}
}

func TestAnEmptyPageThatSaysMoreIsLetPass(t *testing.T) {
	n := 0
	f := &Feed{Root: "/api/", Collection: cid, Client: clientOf(scripted(func(*http.Request, http.ResponseWriter) string {
		n++
		return []string{`{"more":true,"next":"a","objects":[` + tool(1, 1) + `]}`, `{"more":true,"next":"b"}`, `{"objects":[` + tool(2, 1) + `]}`}[n-1]
	}))}
	if got, err := read(t, f, new(Cursor)); got != "1 2" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAnObjectThatIsBadlyMadeDoesNotSpoilItsPage(t *testing.T) {
	f := &Feed{Root: "/api/", Collection: cid, Client: clientOf(scripted(func(*http.Request, http.ResponseWriter) string {
		return "{\"objects\":[{\"id\":\"a\",\"id\":\"b\"}, {\"x\":\"\xff\"}," + tool(3, 1) + `]}`
	}))}
	var got []string
	for o, err := range f.Objects(t.Context(), new(Cursor)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(o))
	}
	if want := []string{`{"id":"a","id":"b"}`, "{\"x\":\"\xff\"}", tool(3, 1)}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestRetriesKeepToRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		retryAfter func() string
		min, max   time.Duration
	}{
		"seconds":         {429, func() string { return "7" }, 7 * time.Second, 7 * time.Second},
		"a time":          {503, func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, 8 * time.Second, 9 * time.Second},
		"a time gone by":  {503, func() string { return "Fri, 31 Dec 1999 23:59:59 GMT" }, 0, 0},
		"nothing":         {502, func() string { return "" }, 250 * time.Millisecond, 500 * time.Millisecond},
		"what is no time": {504, func() string { return "soon" }, 250 * time.Millisecond, 500 * time.Millisecond},
	} {
		bubble.Test(t, func(t *testing.T) {
			n := 0
			cl := clientOf(scripted(func(_ *http.Request, w http.ResponseWriter) string {
				if n++; n == 1 {
					w.Header().Set("Retry-After", c.retryAfter())
					w.WriteHeader(c.status)
					return ""
				}
				return `{"title":"root"}`
			}))
			cl.Version = V21
			start := time.Now()
			about, err := cl.Root(t.Context(), "/api/")
			if waited := time.Since(start); err != nil || about.Title != "root" || waited < c.min || waited > c.max {
				t.Errorf("%s: %+v, %v after %s", name, about, err, waited)
			}
		})
	}
}

func TestAServersOwnClockMeasuresItsRetryAfter(t *testing.T) {
	h := http.Header{"Retry-After": {"Wed, 24 Jun 2026 10:00:30 GMT"}, "Date": {"Wed, 24 Jun 2026 10:00:00 GMT"}}
	if d, ok := retryAfter(h, time.Unix(0, 0)); !ok || d != 30*time.Second {
		t.Errorf("%s, %v", d, ok)
	}
	if d, ok := retryAfter(http.Header{"Retry-After": {"99999999999999999999"}}, time.Time{}); !ok || d < 24*time.Hour {
		t.Errorf("very long: %s, %v", d, ok)
	}
}

func TestABusyServerIsLeftAlone(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		n := 0
		cl := clientOf(scripted(func(_ *http.Request, w http.ResponseWriter) string {
			n++
			w.Header().Set("Retry-After", map[bool]string{true: "3600", false: ""}[n == 1])
			w.WriteHeader(http.StatusServiceUnavailable)
			return ""
		}))
		cl.Version = V21
		_, err := cl.Root(t.Context(), "/api/")
		busy, ok := errors.AsType[*BusyError](err)
		if !ok || time.Until(busy.Until) != time.Hour || n != 1 {
			t.Errorf("%v after %d tries", err, n)
		}
		_, err = cl.Root(t.Context(), "/api/")
		if busy, ok = errors.AsType[*BusyError](err); !ok || !busy.Until.IsZero() || n != 6 || statusOf(err) != 503 {
			t.Errorf("%v after %d tries", err, n)
		}
	})
}

func TestWhatCannotHelpIsNotRepeated(t *testing.T) {
	n := 0
	cl := clientOf(scripted(func(_ *http.Request, w http.ResponseWriter) string {
		n++
		w.WriteHeader(http.StatusForbidden)
		return `{"title":"no","details":{"a":1}}`
	}))
	cl.Version = V21
	_, err := cl.Root(t.Context(), "/api/")
	if e, ok := errors.AsType[*Error](err); !ok || e.Title != "no" || n != 1 {
		t.Errorf("%v after %d tries", err, n)
	}
}

func TestTheRateHolds(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		cl := clientOf(scripted(func(*http.Request, http.ResponseWriter) string { return `{"title":"r"}` }))
		cl.Version, cl.Rate, cl.Burst = V21, 2, 3
		start := time.Now()
		for range 9 {
			if _, err := cl.Root(t.Context(), "/api/"); err != nil {
				t.Fatal(err)
			}
		}
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("9 requests at 2 a second, 3 at once, took %s, want 3s", got)
		}
	})
}

func TestTheClientGoesNowhereElse(t *testing.T) {
	to := ""
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "taxii.example" && r.Host != "taxii.example" {
			t.Errorf("a request to %s, with %q", r.URL, r.Header.Get("Authorization"))
		}
		if r.URL.Path == "/api/" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
		w.Header().Set("Content-Type", MediaType)
		io.WriteString(w, `{"title":"r"}`)
	})
	cl := clientOf(h)
	cl.Version, cl.Token = V21, "secret"
	for _, to = range []string{"https://evil.example/", "http://taxii.example/x/", "//evil.example/", "https://taxii.example:444/", "/api/"} {
		if _, err := cl.Root(t.Context(), "/api/"); !errors.Is(err, ErrElsewhere) {
			t.Errorf("a redirect to %s: %v", to, err)
		}
	}
	to = "/other/"
	if about, err := cl.Root(t.Context(), "/api/"); err != nil || about.Title != "r" {
		t.Errorf("a redirect on the same host: %+v, %v", about, err)
	}
	for _, root := range []string{"https://evil.example/api/", "http://taxii.example/api/", "file:///etc/", "https://taxii.example@evil.example/"} {
		if _, err := cl.Root(t.Context(), root); !errors.Is(err, ErrElsewhere) {
			t.Errorf("root %s: %v", root, err)
		}
	}
	for _, root := range []string{"//taxii.example/api/", "/api/?x=1"} {
		if _, err := cl.Root(t.Context(), root); !isAnswer(err) {
			t.Errorf("root %s: %v", root, err)
		}
	}
}

func TestAnswersAreCountedAfterInflating(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", MediaType)
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, zip(`{"title":"`+strings.Repeat("x", 1<<20)+`"}`))
	}))
	defer srv.Close()
	cl := &Client{URL: srv.URL, Plain: true, Version: V21, MaxBody: 1 << 20}
	if _, err := cl.Root(t.Context(), "/api/"); !isAnswer(err) || !strings.Contains(err.Error(), "longer than 1048576") {
		t.Errorf("a bomb: %v", err)
	}
	cl.MaxBody = 2 << 20
	if _, err := cl.Root(t.Context(), "/api/"); err != nil {
		t.Error(err)
	}
}

func TestHTMLIsNoAnswer(t *testing.T) {
	cl := clientOf(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>sign in")
	}))
	if _, err := cl.Discover(t.Context()); !isAnswer(err) {
		t.Errorf("%v", err)
	}
}

func TestPushesAreSplitAndFollowed(t *testing.T) {
	m, h := world(t, Rules{})
	f := &Feed{Client: clientOf(h), Root: "/api/", Collection: cid}
	var list []jsontext.Value
	for n := range 100 {
		list = append(list, jsontext.Value(tool(n+1, 1)))
	}
	list = append(list, jsontext.Value(`{"type":"tool","x":"`+strings.Repeat("x", limit)+`"}`), jsontext.Value(`{"type":"tool","id":"tool--1"}`))
	done, err := f.Push(t.Context(), list)
	if err != nil || done.Stored != 100 || !slices.Equal(done.TooLong, []int{100}) || len(done.Refused) != 1 || done.Refused[0].ID != "tool--1" {
		t.Errorf("%+v, %v", done, err)
	}
	if n := len(done.Status); n < 4 || n > 6 {
		t.Errorf("%d envelopes of at most %d bytes for %d", n, limit, 100*len(list[0]))
	}
	page, _ := m.Records(t.Context(), "api", cid, Query{Limit: 1000})
	for i, r := range page.Records {
		if !bytes.Equal(r.Raw, list[i]) {
			t.Fatalf("object %d arrived as %s", i, r.Raw)
		}
	}
	if again, err := f.Push(t.Context(), list[:100]); err != nil || again.Stored != 100 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestAPendingStatusIsFollowedToItsEnd(t *testing.T) {
	for name, ends := range map[string]bool{"it ends": true, "it never ends": false} {
		bubble.Test(t, func(t *testing.T) {
			n := 0
			cl := clientOf(scripted(func(r *http.Request, w http.ResponseWriter) string {
				switch {
				case r.Method == http.MethodPost:
					w.WriteHeader(http.StatusAccepted)
					return `{"id":"s","status":"pending","total_count":1,"pending_count":1}`
				case strings.Contains(r.URL.Path, "/status/s/"):
					if n++; ends && n == 4 {
						return `{"id":"s","status":"complete","total_count":2,"success_count":1,"failure_count":1,"failures":[{"id":"x","version":"v","message":"bad"}],"pending_count":0}`
					}
					return `{"id":"s","status":"pending","total_count":1,"pending_count":1}`
				}
				return `{"title":"r","max_content_length":1000}`
			}))
			start := time.Now()
			done, err := (&Feed{Client: cl, Root: "/api/", Collection: cid}).Push(t.Context(), []jsontext.Value{[]byte(tool(1, 1))})
			if ends && (err != nil || done.Stored != 1 || done.Refused[0].Message != "bad" || n != 4) {
				t.Errorf("%s: %+v, %v", name, done, err)
			}
			if !ends && (!Stuck(err) || time.Since(start) > 16*time.Minute || n > 60) {
				t.Errorf("%s: %v after %s, %d polls", name, err, time.Since(start), n)
			}
		})
	}
}

// old is a TAXII 2.0 server of some objects.
func old(t *testing.T, objects []string, posted *string) http.Handler {
	t.Helper()
	const media = "application/vnd.oasis.taxii+json; version=2.0"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		listing := strings.HasSuffix(r.URL.Path, "/objects/")
		if r.URL.Path == "/taxii2/" || !strings.HasPrefix(r.Header.Get("Accept"), "application/vnd.oasis.") {
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		switch {
		case r.URL.Path == "/taxii/":
			io.WriteString(w, `{"title":"old","api_roots":["/api/"]}`)
		case listing && r.Method == http.MethodPost:
			raw, _ := io.ReadAll(r.Body)
			*posted = r.Header.Get("Content-Type") + " " + string(raw)
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, `{"id":"s","status":"complete","total_count":1,"success_count":1,"successes":["tool--1"],"failure_count":0,"pending_count":0}`)
		case listing:
			oldPage(w, r, objects)
		default:
			io.WriteString(w, `{"title":"root","max_content_length":1000}`)
		}
	})
}

func oldPage(w http.ResponseWriter, r *http.Request, objects []string) {
	if after := r.URL.Query().Get("added_after"); after != "" {
		n, _ := time.Parse(TimeFormat, after)
		objects = objects[min(len(objects), int(n.Unix())):]
	}
	var from, to int
	if equals, ok := strings.CutPrefix(r.Header.Get("Range"), "items="); ok {
		r.Header.Set("Range", "items "+equals)
	} else if r.URL.Query().Get("match[type]") == "strict" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if n, err := fmt.Sscanf(r.Header.Get("Range"), "items %d-%d", &from, &to); n != 2 || err != nil {
		from, to = 0, len(objects)
	}
	if from >= len(objects) {
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	to = min(to, from+1, len(objects)-1) // two at a time
	w.Header().Set("Content-Type", "application/vnd.oasis.stix+json; version=2.0")
	w.Header().Set("Content-Range", "items "+strconv.Itoa(from)+"-"+strconv.Itoa(to)+"/"+strconv.Itoa(len(objects)))
	w.Header().Set(addedLast, time.Unix(int64(to+1), 0).UTC().Format(TimeFormat))
	w.WriteHeader(http.StatusPartialContent)
	io.WriteString(w, `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[`+strings.Join(objects[from:to+1], ",")+`]}`)
}

func TestATAXII20ServerIsReadAndWritten(t *testing.T) {
	posted := ""
	list := []string{tool(1, 1), tool(2, 1), tool(3, 1), tool(4, 1), tool(5, 1)}
	f := &Feed{Client: clientOf(old(t, list, &posted)), Root: "/api/", Collection: cid}
	var at Cursor
	if got, err := read(t, f, &at); got != "1 2 3 4 5" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if f.Client.Speaks() != V20 {
		t.Errorf("it speaks %q", f.Client.Speaks())
	}
	if at.After != time.Unix(5, 0).UTC() || at.resumes() {
		t.Errorf("cursor %+v", at)
	}
	if got, err := read(t, f, &at); got != "" || err != nil {
		t.Errorf("again: %q, %v", got, err)
	}
	at = Cursor{Skip: 3}
	if got, err := read(t, f, &at); got != "4 5" || err != nil {
		t.Errorf("from the fourth: %q, %v", got, err)
	}
	f.Filter.Types = []string{"strict"}
	if got, err := read(t, f, new(Cursor)); got != "1 2 3 4 5" || err != nil {
		t.Errorf("from a server that wants HTTP's own Range: %q, %v", got, err)
	}
	done, err := f.Push(t.Context(), []jsontext.Value{[]byte(tool(1, 1))})
	if err != nil || done.Stored != 1 || !strings.HasPrefix(posted, "application/vnd.oasis.stix+json; version=2.0 {\"type\":\"bundle\"") {
		t.Errorf("%+v, %v, %s", done, err, posted)
	}
}

func TestCursorsAreText(t *testing.T) {
	for _, c := range []Cursor{{}, {After: time.Unix(1, 5000).UTC()}, {Next: "a&b=c", Skip: 7, Last: time.Unix(2, 0).UTC()}} {
		text, err := c.MarshalText()
		var back Cursor
		if err := errors.Join(err, back.UnmarshalText(text)); err != nil || back != c {
			t.Errorf("%s: %+v, %v", text, back, err)
		}
	}
	for _, bad := range []string{"x", "v=2", "v=1&after=now", "v=1&skip=-1", "%"} {
		if err := new(Cursor).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

type records []*net.SRV

func (r records) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if service != "taxii2" || proto != "tcp" || name != "example.com" {
		return "", nil, errors.New("asked for something else")
	}
	return "", r, nil
}

func TestServersAreFoundInDNS(t *testing.T) {
	got, err := Lookup(t.Context(), records{{Target: "hub.example.com.", Port: 443}, {Target: ".", Port: 0}}, "example.com")
	if err != nil || !slices.Equal(got, []string{"https://hub.example.com:443/taxii2/"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAClientWorksOverTLS(t *testing.T) {
	m, h := world(t, Rules{})
	m.Put("api", cid, []byte(tool(1, 1)))
	srv := httptest.NewTLSServer(h)
	defer srv.Close()
	cl := &Client{URL: srv.URL, HTTP: srv.Client()}
	if got, err := read(t, &Feed{Client: cl, Root: "/api/", Collection: "all-of-it"}, new(Cursor)); got != "1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// final is an error that no repeating helps, as a guarded dialler's is.
type final struct{ error }

func (final) Permanent() bool { return true }

type failing struct {
	err error
	n   int
}

func (f *failing) RoundTrip(*http.Request) (*http.Response, error) {
	f.n++
	return nil, f.err
}

func TestARefusedAddressIsNotTriedAgain(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		for err, want := range map[error]int{
			final{errors.New("refused")}: 1, &tls.CertificateVerificationError{Err: errors.New("unknown")}: 1, errors.New("reset"): 5,
		} {
			f := &failing{err: err}
			c := &Client{URL: "https://taxii.example/", Version: V21, HTTP: &http.Client{Transport: f}}
			if _, got := c.Root(t.Context(), "/api/"); got == nil || f.n != want {
				t.Errorf("%v: %d tries, want %d", got, f.n, want)
			}
		}
	})
}

func TestAnAnswerThatTakesTooLongIsNotTakenForWhole(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", MediaType)
		io.WriteString(w, "{}")
		w.(http.Flusher).Flush()
		<-r.Context().Done() // and then the answer ends as if it were whole
	}))
	defer srv.Close()
	for range 50 {
		cl := &Client{URL: srv.URL, HTTP: srv.Client(), Version: V21, Timeout: 20 * time.Millisecond, Tries: 1}
		if _, err := cl.Root(t.Context(), "/api/"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	}
}
