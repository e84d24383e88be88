package taxii

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	cid     = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
	objects = "/api/collections/" + cid + "/objects/"
	limit   = 4000 // bytes of a body
)

// world is a Memory with one root and one collection, and a handler before it.
func world(t testing.TB, rules Rules) (*Memory, http.Handler) {
	t.Helper()
	m := NewMemory(Discovery{Title: "shelf"})
	if err := m.AddRoot("api", APIRoot{Title: "api", MaxContentLength: limit}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.AddCollection("api", Collection{ID: cid, Title: "c", Alias: "all-of-it"}, rules); err != nil {
		t.Fatal(err)
	}
	return m, Handler(m, slog.New(slog.DiscardHandler))
}

func toolID(n int) string { return fmt.Sprintf("tool--00000000-0000-4000-8000-%012d", n) }

// tool is a STIX object, of the same length for each n and minute.
func tool(n, minute int) string {
	return fmt.Sprintf(`{"type":"tool","spec_version":"2.1","id":"%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:%02d:00.000Z","name":"é 1.0"}`, toolID(n), minute)
}

func envelopeOf(list ...string) string { return `{"objects":[` + strings.Join(list, ",") + `]}` }

type asked struct {
	method, path, accept, contentType, body string
}

func ask(t testing.TB, h http.Handler, a asked, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(a.method, a.path, strings.NewReader(a.body))
	r.Header.Set("Accept", a.accept)
	if a.contentType != "" {
		r.Header.Set("Content-Type", a.contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func fetch(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, h, asked{"GET", path, MediaType, "", ""}, headers...)
}

func send(t testing.TB, h http.Handler, list ...string) Status {
	t.Helper()
	w := ask(t, h, asked{"POST", objects, MediaType, MediaType, envelopeOf(list...)})
	var st Status
	if err := json.Unmarshal(w.Body.Bytes(), &st); err != nil || w.Code != http.StatusAccepted {
		t.Fatalf("POST: %d %s", w.Code, w.Body)
	}
	return st
}

func TestEachRequestGetsItsStatus(t *testing.T) {
	_, h := world(t, Rules{})
	one := objects + toolID(1) + "/"
	for _, c := range []struct {
		asked
		want int
	}{
		{asked{"GET", "/taxii2/", MediaType, "", ""}, 200},
		{asked{"HEAD", "/taxii2/", MediaType, "", ""}, 200},
		{asked{"GET", "/taxii2/", "*/*", "", ""}, 200},
		{asked{"GET", "/taxii2/", "application/taxii+json", "", ""}, 200},
		{asked{"GET", "/taxii2/", `application/taxii+json; version="2.1", application/stix+json;version=2.1`, "", ""}, 200},
		{asked{"GET", "/taxii2/", "application/taxii+json;version=2.0", "", ""}, 406},
		{asked{"GET", "/taxii2/", "application/taxii+json;version=2.1;q=0", "", ""}, 406},
		{asked{"GET", "/taxii2/", "*/*, application/taxii+json;version=2.1;q=0.0", "", ""}, 406},
		{asked{"GET", "/taxii2/", "text/html, */*;q=0.1", "", ""}, 200},
		{asked{"GET", "/taxii2/", "text/html", "", ""}, 406},
		{asked{"GET", "/taxii2/", "", "", ""}, 406},
		{asked{"GET", "/taxii2", MediaType, "", ""}, 404},
		{asked{"GET", "/", MediaType, "", ""}, 404},
		{asked{"GET", "//", MediaType, "", ""}, 404},
		{asked{"GET", "/api//collections/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/../taxii2/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/", MediaType, "", ""}, 200},
		{asked{"GET", "/api/collections/all-of-it/", MediaType, "", ""}, 200},
		{asked{"GET", "/api/collections/" + cid + "%2fobjects/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/collections/a%00b/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/collections/%ff/", MediaType, "", ""}, 404},
		{asked{"GET", "/other/", MediaType, "", ""}, 404},
		{asked{"GET", "/other/collections/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/else/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/collections/d/objects/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/status/d/", MediaType, "", ""}, 404},
		{asked{"GET", objects + "?limit=0", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=000", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=-1", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=%2B1", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=1.0", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=99999999999999999999", MediaType, "", ""}, 200},
		{asked{"GET", objects + "?limit=1&limit=2", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=%zz", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=yesterday", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=2026-01-01T00:00:00.000000Z", MediaType, "", ""}, 200},
		{asked{"GET", objects + "?added_after=2026-01-01T00:00:00.0000001Z", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=2026-01-01T00:00:00,5Z", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=2026-01-01T00:00:00%2B00:00", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=2026-01-01T0:00:00Z", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=2026-13-01T00:00:00Z", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?next=made-up", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?next=", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[version]=all,last", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[version]=last,last", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[version]=newest", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[type]=a,,b", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[type]=a&match[type]=b", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[type]=%ff", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[id]=a'%3Bdrop", MediaType, "", ""}, 200},
		{asked{"GET", objects + "?match[colour]=red", MediaType, "", ""}, 200},
		{asked{"POST", objects, MediaType, "application/json", "{}"}, 415},
		{asked{"POST", objects, MediaType, "", "{}"}, 415},
		{asked{"POST", objects, MediaType, "application/taxii+json;version=2.0", "{}"}, 415},
		{asked{"POST", objects, MediaType, MediaType, ``}, 422},
		{asked{"POST", objects, MediaType, MediaType, `{`}, 422},
		{asked{"POST", objects, MediaType, MediaType, `[]`}, 422},
		{asked{"POST", objects, MediaType, MediaType, `{"objects":{}}`}, 422},
		{asked{"POST", objects, MediaType, MediaType, envelopeOf(tool(1, 1)) + `{}`}, 422},
		{asked{"POST", objects, MediaType, MediaType, envelopeOf("\"\xff\"")}, 422},
		{asked{"POST", objects, MediaType, MediaType, `{"objects":[` + strings.Repeat(" ", limit) + `]}`}, 413},
		{asked{"POST", objects, MediaType, MediaType, `{"x":"` + strings.Repeat(" ", limit-len(tool(0, 0))-22) + `","objects":[` + tool(0, 0) + `]}`}, 202},
		{asked{"POST", objects, MediaType, "application/taxii+json", `{"x_new":1,"objects":[` + tool(1, 1) + `]}`}, 202},
		{asked{"GET", one, MediaType, "", ""}, 200},
		{asked{"GET", objects + toolID(9) + "/", MediaType, "", ""}, 404},
		{asked{"GET", objects + toolID(9) + "/?match[version]=all", MediaType, "", ""}, 404},
		{asked{"GET", one + "?match[version]=2026-01-01T00:01:00Z", MediaType, "", ""}, 200},
		{asked{"GET", one + "?match[version]=2020-01-01T00:01:00Z", MediaType, "", ""}, 404},
		{asked{"GET", one + "?added_after=2300-01-01T00:00:00Z", MediaType, "", ""}, 200},
		{asked{"GET", one + "?match[spec_version]=2.0", MediaType, "", ""}, 200},
		{asked{"GET", one + "versions/", MediaType, "", ""}, 200},
		{asked{"GET", objects + toolID(9) + "/versions/", MediaType, "", ""}, 404},
		{asked{"DELETE", one + "?match[version]=2020-01-01T00:01:00Z", MediaType, "", ""}, 404},
		{asked{"DELETE", one, MediaType, "", ""}, 200},
		{asked{"DELETE", one, MediaType, "", ""}, 404},
		{asked{"PUT", objects, MediaType, MediaType, "{}"}, 405},
		{asked{"POST", "/taxii2/", MediaType, MediaType, "{}"}, 405},
		{asked{"DELETE", objects, MediaType, "", ""}, 405},
	} {
		w := ask(t, h, c.asked)
		if w.Code != c.want {
			t.Errorf("%s %s (Accept %s): %d, want %d: %s", c.method, c.path, c.accept, w.Code, c.want, w.Body)
		}
		checkAnswer(t, c.asked, w)
	}
}

// checkAnswer holds what every answer has to be.
func checkAnswer(t *testing.T, a asked, w *httptest.ResponseRecorder) {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != MediaType {
		t.Errorf("%s %s: Content-Type %q", a.method, a.path, got)
	}
	if a.method == "HEAD" {
		if w.Body.Len() > 0 {
			t.Errorf("HEAD %s has a body", a.path)
		}
		return
	}
	if w.Code == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
		t.Errorf("%s %s: 405 without Allow", a.method, a.path)
	}
	var e Error
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Errorf("%s %s: %v: %s", a.method, a.path, err, w.Body)
	}
	if w.Code >= 400 && (e.Title == "" || e.HTTPStatus != fmt.Sprint(w.Code)) {
		t.Errorf("%s %s: error says %q %q", a.method, a.path, e.Title, e.HTTPStatus)
	}
	if w.Code == 400 && strings.Contains(e.Description, ": ") && e.Details["parameter"] == nil && !strings.Contains(a.path, "%zz") {
		t.Errorf("%s %s: no parameter is named: %s", a.method, a.path, w.Body)
	}
}

func TestPagesFollowEachOtherByteForByte(t *testing.T) {
	_, h := world(t, Rules{})
	odd := strings.Replace(tool(2, 0), `"name":`, `"x" : [ ],  "name": `, 1)
	send(t, h, tool(1, 0), odd, tool(3, 0))
	first := fetch(t, h, objects+"?limit=2")
	var page struct{ Next string }
	if err := json.Unmarshal(first.Body.Bytes(), &page); err != nil || page.Next == "" {
		t.Fatalf("first page: %v %s", err, first.Body)
	}
	if want := `{"more":true,"next":"` + page.Next + `","objects":[` + tool(1, 0) + "," + odd + `]}`; first.Body.String() != want {
		t.Fatalf("first page\n%s\nwant\n%s", first.Body, want)
	}
	rest := fetch(t, h, objects+"?limit=2&next="+page.Next)
	if want := envelopeOf(tool(3, 0)); rest.Body.String() != want {
		t.Errorf("second page %s, want %s", rest.Body, want)
	}
	after := fetch(t, h, objects+"?added_after="+first.Header().Get(addedLast))
	if after.Body.String() != rest.Body.String() {
		t.Errorf("by date %s, by next %s", after.Body, rest.Body)
	}
}

func TestEmptyPagesSayWhereTheyStand(t *testing.T) {
	_, h := world(t, Rules{})
	none := fetch(t, h, objects)
	if none.Body.String() != `{}` || none.Header().Get(addedLast) != "1970-01-01T00:00:00.000000Z" {
		t.Errorf("an empty collection is %s at %s", none.Body, none.Header().Get(addedLast))
	}
	send(t, h, tool(1, 0))
	const far = "2300-01-01T00:00:00.000000Z"
	for _, path := range []string{objects, objects + toolID(1) + "/", objects + toolID(1) + "/versions/", "/api/collections/" + cid + "/manifest/"} {
		w := fetch(t, h, path+"?added_after="+far)
		if w.Code != 200 || w.Body.String() != `{}` || w.Header().Get(addedFirst) != far || w.Header().Get(addedLast) != far {
			t.Errorf("%s: %d %s %v", path, w.Code, w.Body, w.Header())
		}
	}
}

func TestWhoIsNotSignedInIsToldHow(t *testing.T) {
	_, h := world(t, Rules{Rights: func(c Caller) Rights { return Rights{Read: c == "amal"} }})
	h = RequireAuth(h, func(_ context.Context, c Credentials) (Caller, bool) {
		return "amal", c == Credentials{User: "amal", Password: "s:x"} || c == Credentials{Token: "t"}
	})
	for _, c := range []struct {
		header string
		want   int
	}{
		{"", 401},
		{"Basic", 401},
		{"Basic !", 401},
		{"Bearer ", 401},
		{"Bearer u", 401},
		{"Digest x", 401},
		{"basic YW1hbDpzOng=", 200},
		{"bearer t", 200},
		{"Basic YW1hbDpzOnk=", 401},
	} {
		w := fetch(t, h, objects, "Authorization", c.header)
		if w.Code != c.want {
			t.Errorf("%q: %d, want %d", c.header, w.Code, c.want)
		}
		challenges := w.Header().Get("WWW-Authenticate")
		if w.Code == 401 && (!strings.Contains(challenges, "Basic ") || !strings.Contains(challenges, "Bearer ")) {
			t.Errorf("%q: challenged with %q", c.header, challenges)
		}
		checkAnswer(t, asked{method: "GET", path: objects}, w)
	}
}

func TestDeletingTakesBothRights(t *testing.T) {
	rights := Rights{}
	m, h := world(t, Rules{Rights: func(Caller) Rights { return rights }})
	if err := m.Put("api", cid, []byte(tool(1, 1))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rights Rights
		want   int
	}{
		{Rights{}, 404},
		{Rights{See: true}, 404},
		{Rights{Read: true}, 403},
		{Rights{Write: true}, 403},
		{Rights{Read: true, Write: true}, 200},
	} {
		rights = c.rights
		if w := ask(t, h, asked{"DELETE", objects + toolID(1) + "/", MediaType, "", ""}); w.Code != c.want {
			t.Errorf("%+v: %d, want %d", c.rights, w.Code, c.want)
		}
	}
}

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func TestBodiesAreCountedAfterInflating(t *testing.T) {
	_, h := world(t, Rules{})
	for name, c := range map[string]struct {
		body, coding string
		want         int
	}{
		"gzip":          {zip(envelopeOf(tool(1, 0))), "gzip", 202},
		"bomb":          {zip(envelopeOf(tool(1, 0)) + strings.Repeat(" ", limit)), "gzip", 413},
		"no gzip":       {envelopeOf(tool(1, 0)), "gzip", 422},
		"cut short":     {zip(envelopeOf(tool(1, 0)))[:60], "gzip", 422},
		"nothing":       {"", "gzip", 422},
		"other coding":  {envelopeOf(tool(1, 0)), "br", 415},
		"twice":         {zip(zip(envelopeOf(tool(1, 0)))), "gzip, gzip", 415},
		"no coding":     {envelopeOf(tool(1, 0)), "identity", 202},
		"just the most": {zip(envelopeOf(tool(1, 0)) + strings.Repeat(" ", limit-len(envelopeOf(tool(1, 0))))), "gzip", 202},
	} {
		w := ask(t, h, asked{"POST", objects, MediaType, MediaType, c.body}, "Content-Encoding", c.coding)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, c.want, w.Body)
		}
	}
}

func TestABodyWithoutALengthIsTaken(t *testing.T) {
	_, h := world(t, Rules{})
	srv := httptest.NewServer(h)
	defer srv.Close()
	for n, want := range map[int]int{0: 202, limit: 413} {
		body := io.MultiReader(strings.NewReader(envelopeOf(tool(1, 0))), strings.NewReader(strings.Repeat(" ", n)))
		r, _ := http.NewRequest(http.MethodPost, srv.URL+objects, body)
		r.Header.Set("Accept", MediaType)
		r.Header.Set("Content-Type", MediaType)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("chunked, %d more: %d, want %d", n, res.StatusCode, want)
		}
	}
}

// dull is a Backend with one very long page.
type dull struct {
	Memory
	page Page
}

func (d *dull) Collection(context.Context, string, string) (Collection, error) {
	return Collection{ID: cid, CanRead: true}, nil
}

func (d *dull) Records(context.Context, string, string, Query) (Page, error) { return d.page, nil }

func TestAClientThatTakesNothingIsCutOff(t *testing.T) {
	d := &dull{}
	raw := []byte(`{"x":"` + strings.Repeat("x", 1<<20) + `"}`)
	for range 64 {
		d.page.Records = append(d.page.Records, Record{Raw: raw})
	}
	done := make(chan struct{})
	s := &Server{Backend: d, Log: slog.New(slog.DiscardHandler), Stall: 200 * time.Millisecond}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r)
		close(done)
	}))
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\n\r\n", objects, MediaType)
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the handler still waits for a client that takes nothing")
	}
}

func TestAClientThatSendsNothingIsToldSo(t *testing.T) {
	m, _ := world(t, Rules{})
	srv := httptest.NewServer(&Server{Backend: m, Log: slog.New(slog.DiscardHandler), Stall: 100 * time.Millisecond})
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\n{", objects, MediaType, MediaType)
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	head := make([]byte, 12)
	if _, err := io.ReadFull(conn, head); err != nil || string(head) != "HTTP/1.1 408" {
		t.Errorf("%q, %v", head, err)
	}
}

// broken panics, or fails with an error that names a secret.
type broken struct{ Memory }

func (*broken) Discovery(context.Context) (Discovery, error) { panic("secret") }
func (*broken) Root(context.Context, string) (APIRoot, error) {
	return APIRoot{}, fmt.Errorf("secret")
}

func (*broken) Collections(context.Context, string) ([]Collection, error) {
	e := Errorf(http.StatusTooManyRequests, "today's objects are used up")
	e.RetryAfter = 90*time.Second + 1
	return nil, fmt.Errorf("list: %w", e)
}

func TestWhoIsTooEagerIsToldWhenToComeBack(t *testing.T) {
	w := fetch(t, Handler(&broken{}, slog.New(slog.DiscardHandler)), "/api/collections/")
	if w.Code != 429 || w.Header().Get("Retry-After") != "91" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestWhatIsOursToFixIsHidden(t *testing.T) {
	var log bytes.Buffer
	h := Handler(&broken{}, slog.New(slog.NewTextHandler(&log, nil)))
	for _, path := range []string{"/taxii2/", "/api/"} {
		log.Reset()
		w := fetch(t, h, path)
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(log.String(), "secret") {
			t.Errorf("%s: %d %s, log %s", path, w.Code, w.Body, log.String())
		}
		checkAnswer(t, asked{method: "GET", path: path}, w)
	}
}

func TestAcceptNeverPanics(t *testing.T) {
	for _, header := range []string{",", ";", "q=", `a/b;"`, "*/*;q=x", strings.Repeat(",", 5000), "\x00"} {
		acceptable(header)
	}
	if !acceptable("*/*;q=x") || acceptable("*;q=1") {
		t.Error("*/*;q=x or *;q=1 is read wrongly")
	}
}

func BenchmarkPagesOf1000(b *testing.B) {
	m := NewMemory(Discovery{Title: "bench"})
	_ = m.AddRoot("api", APIRoot{Title: "api"})
	id, _ := m.AddCollection("api", Collection{Title: "c"}, Rules{})
	raws := make([][]byte, 100_000)
	for i := range raws {
		t := tool(i, 0)
		raws[i] = []byte(strings.Replace(t, `"é`, `"`+strings.Repeat("x", 560-len(t))+`é`, 1))
	}
	if err := m.Put("api", id, raws...); err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(Handler(m, slog.New(slog.DiscardHandler)))
	defer srv.Close()
	b.ReportAllocs()
	next, start := "", cpuTime()
	pages := 0
	for b.Loop() {
		r, _ := http.NewRequest(http.MethodGet, srv.URL+"/api/collections/"+id+"/objects/?limit=1000"+next, nil)
		r.Header.Set("Accept", MediaType)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		head := make([]byte, 200)
		n, _ := io.ReadFull(res.Body, head)
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		next = ""
		if _, rest, ok := strings.Cut(string(head[:n]), `"next":"`); ok {
			next = "&next=" + rest[:strings.IndexByte(rest, '"')]
		}
		pages++
	}
	b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(pages)/1000, "cpu-ns/object")
}

func BenchmarkAddingOf1000(b *testing.B) {
	m := NewMemory(Discovery{Title: "bench"})
	_ = m.AddRoot("api", APIRoot{Title: "api"})
	id, _ := m.AddCollection("api", Collection{Title: "c"}, Rules{})
	h := Handler(m, slog.New(slog.DiscardHandler))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		list := make([]string, 1000)
		for i := range list {
			t := tool(n, 0)
			list[i] = strings.Replace(t, `"é`, `"`+strings.Repeat("x", 560-len(t))+`é`, 1)
			n++
		}
		w := ask(b, h, asked{"POST", "/api/collections/" + id + "/objects/", MediaType, MediaType, envelopeOf(list...)})
		if w.Code != 202 || !strings.Contains(w.Body.String(), `"success_count":1000`) {
			b.Fatal(w.Code)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/object")
}

func BenchmarkRequests(b *testing.B) {
	_, h := world(b, Rules{})
	send(b, h, tool(1, 0))
	runtime.GC()
	for name, path := range map[string]string{
		"one":   objects + toolID(1) + "/",
		"empty": objects + "?added_after=2300-01-01T00:00:00Z",
		"root":  "/api/",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := fetch(b, h, path); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

func TestEndpointsAllowWhatTheyTake(t *testing.T) {
	if got := allowed(endpoints["objects"]); got != "GET, HEAD, POST" {
		t.Errorf("objects allow %q", got)
	}
	if got := slices.Sorted(func(yield func(string) bool) {
		for k := range endpoints {
			if !yield(k) {
				return
			}
		}
	}); len(got) != 9 {
		t.Errorf("%d kinds of endpoint, want the 9 of the standard: %v", len(got), got)
	}
}

func BenchmarkOverHTTP(b *testing.B) {
	_, h := world(b, Rules{})
	send(b, h, tool(1, 0))
	srv := httptest.NewServer(h)
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	for name, path := range map[string]string{"one": objects + toolID(1) + "/", "empty": objects + "?added_after=2300-01-01T00:00:00Z"} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r, _ := http.NewRequest(http.MethodGet, srv.URL+path, nil)
					r.Header.Set("Accept", MediaType)
					res, err := client.Do(r)
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
