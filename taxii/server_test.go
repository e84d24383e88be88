package taxii

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// shelf is a Backend of one root and one collection in memory. It teaches what
// a Backend owes: strict order, strictly-after paging, not-found for strangers.
type shelf struct{ records []Record }

func (s *shelf) Discovery(context.Context) (Discovery, error) {
	return Discovery{Title: "shelf", APIRoots: []string{"/api/"}, Default: "/api/"}, nil
}

func (s *shelf) Root(_ context.Context, root string) (APIRoot, error) {
	if root != "api" {
		return APIRoot{}, NotFound("API root")
	}
	return APIRoot{Title: "api", Versions: []string{MediaType}, MaxContentLength: 1000}, nil
}

func (s *shelf) Collections(ctx context.Context, root string) ([]Collection, error) {
	c, err := s.Collection(ctx, root, "c")
	return []Collection{c}, err
}

func (s *shelf) Collection(_ context.Context, root, id string) (Collection, error) {
	if root != "api" || id != "c" {
		return Collection{}, NotFound("collection")
	}
	return Collection{ID: id, Title: "c", CanRead: true, CanWrite: true}, nil
}

func (s *shelf) Records(_ context.Context, _, _ string, q Query) (Page, error) {
	var page Page
	for _, r := range s.records {
		if !r.DateAdded.After(q.AddedAfter) || (q.IDs != nil && !slices.Contains(q.IDs, r.ID)) || (q.Next != "" && r.added() <= q.Next) {
			continue
		}
		if len(page.Records) == q.Limit {
			page.More, page.Next = true, page.Records[q.Limit-1].added()
			break
		}
		page.Records = append(page.Records, r)
	}
	return page, nil
}

func (s *shelf) Add(_ context.Context, _, _ string, body io.Reader) (Status, error) {
	var env struct{ Objects []json.RawMessage }
	raw, err := io.ReadAll(body)
	if err != nil {
		return Status{}, err
	}
	if err := json.Unmarshal(raw, &env); err != nil {
		return Status{}, Errorf(http.StatusBadRequest, "%v", err)
	}
	for _, o := range env.Objects {
		n := len(s.records)
		s.records = append(s.records, Record{
			ID: fmt.Sprintf("tool--%d", n), Version: "2026-01-01T00:00:00.000Z", Raw: o,
			DateAdded: time.UnixMicro(int64(1e15 + n)),
		})
	}
	return Status{ID: "s", Status: "complete", TotalCount: len(env.Objects), SuccessCount: len(env.Objects)}, nil
}

func (s *shelf) Status(context.Context, string, string) (Status, error) {
	return Status{}, NotFound("status")
}

func (s *shelf) Delete(_ context.Context, _, _ string, q Query) error {
	n := len(s.records)
	s.records = slices.DeleteFunc(s.records, func(r Record) bool { return r.ID == q.IDs[0] })
	if len(s.records) == n {
		return NotFound("object")
	}
	return nil
}

type asked struct {
	method, path, accept, contentType, body string
}

func ask(t *testing.T, h http.Handler, a asked) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(a.method, a.path, strings.NewReader(a.body))
	r.Header.Set("Accept", a.accept)
	if a.contentType != "" {
		r.Header.Set("Content-Type", a.contentType)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEachRequestGetsItsStatus(t *testing.T) {
	h := Handler(&shelf{}, slog.New(slog.DiscardHandler))
	objects := "/api/collections/c/objects/"
	for _, c := range []struct {
		asked
		want int
	}{
		{asked{"GET", "/taxii2/", MediaType, "", ""}, 200},
		{asked{"GET", "/taxii2/", "*/*", "", ""}, 200},
		{asked{"GET", "/taxii2/", "application/taxii+json", "", ""}, 200},
		{asked{"GET", "/taxii2/", "application/taxii+json;version=2.0", "", ""}, 406},
		{asked{"GET", "/taxii2/", "application/taxii+json;version=2.1;q=0", "", ""}, 406},
		{asked{"GET", "/taxii2/", "text/html", "", ""}, 406},
		{asked{"GET", "/taxii2", MediaType, "", ""}, 404},
		{asked{"GET", "/other/", MediaType, "", ""}, 404},
		{asked{"GET", "/api/collections/d/objects/", MediaType, "", ""}, 404},
		{asked{"GET", objects + "?limit=0", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=-1", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?limit=99999999999999999999", MediaType, "", ""}, 200},
		{asked{"GET", objects + "?limit=1&limit=2", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?added_after=yesterday", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[version]=all,last", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[version]=last,last", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[type]=a,,b", MediaType, "", ""}, 400},
		{asked{"GET", objects + "?match[colour]=red", MediaType, "", ""}, 200},
		{asked{"POST", objects, MediaType, "application/json", "{}"}, 415},
		{asked{"POST", objects, MediaType, MediaType, `{"objects":[` + strings.Repeat(" ", 1000) + `]}`}, 413},
		{asked{"POST", objects, MediaType, MediaType, `{"objects":[{"a":1},{"b":2},{"c":3}]}`}, 202},
		{asked{"GET", objects + "tool--1/", MediaType, "", ""}, 200},
		{asked{"GET", objects + "tool--9/", MediaType, "", ""}, 404},
		{asked{"GET", objects + "tool--1/versions/", MediaType, "", ""}, 200},
		{asked{"DELETE", objects + "tool--1/", MediaType, "", ""}, 200},
		{asked{"DELETE", objects + "tool--1/", MediaType, "", ""}, 404},
		{asked{"PUT", objects, MediaType, MediaType, "{}"}, 405},
	} {
		w := ask(t, h, c.asked)
		if w.Code != c.want {
			t.Errorf("%s %s (Accept %s): %d, want %d: %s", c.method, c.path, c.accept, w.Code, c.want, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != MediaType {
			t.Errorf("%s %s: Content-Type %q", c.method, c.path, got)
		}
	}
}

func TestPagesFollowEachOtherByteForByte(t *testing.T) {
	h := Handler(&shelf{}, slog.New(slog.DiscardHandler))
	objects := "/api/collections/c/objects/"
	ask(t, h, asked{"POST", objects, MediaType, MediaType, `{"objects":[{"z":1.0},{"y":"é"},{"x":[ ]}]}`})
	first := ask(t, h, asked{"GET", objects + "?limit=2", MediaType, "", ""})
	want := `{"more":true,"next":"2001-09-09T01:46:40.000001Z","objects":[{"z":1.0},{"y":"é"}]}`
	if first.Body.String() != want {
		t.Fatalf("first page\n%s\nwant\n%s", first.Body, want)
	}
	if got := first.Header().Get("X-TAXII-Date-Added-Last"); got != "2001-09-09T01:46:40.000001Z" {
		t.Errorf("last added %q", got)
	}
	rest := ask(t, h, asked{"GET", objects + "?limit=2&next=2001-09-09T01:46:40.000001Z", MediaType, "", ""})
	if want := `{"objects":[{"x":[ ]}]}`; rest.Body.String() != want {
		t.Errorf("second page %s, want %s", rest.Body, want)
	}
	none := ask(t, h, asked{"GET", objects + "?added_after=2030-01-01T00:00:00Z", MediaType, "", ""})
	if none.Body.String() != `{}` {
		t.Errorf("an empty page is %s", none.Body)
	}
}
