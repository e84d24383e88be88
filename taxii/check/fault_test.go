package check

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq/taxii"
)

// answer is what a fault may spoil.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// fault is a server's mistake: it changes what is asked, or what is answered.
// before may answer by itself.
type fault struct {
	name   string
	checks string // that have to find it
	before func(*http.Request) *answer
	after  func(*http.Request, *answer)
}

// wrap puts the fault before a handler.
func (f fault) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var a *answer
		if f.before != nil {
			a = f.before(r)
		}
		if a == nil {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			a = &answer{rec.Code, rec.Header().Clone(), rec.Body.Bytes()}
		}
		if f.after != nil {
			f.after(r, a)
		}
		maps.Copy(w.Header(), a.header)
		w.Header().Del("Content-Length")
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	})
}

// on limits a fault to paths that match.
func on(path string, spoil func(*answer)) func(*http.Request, *answer) {
	form := regexp.MustCompile(path)
	return func(r *http.Request, a *answer) {
		if form.MatchString(r.URL.Path) {
			spoil(a)
		}
	}
}

// swap replaces text in what is answered.
func swap(form, with string) func(*answer) {
	re := regexp.MustCompile(form)
	return func(a *answer) { a.body = re.ReplaceAll(a.body, []byte(with)) }
}

// turn makes one status another.
func turn(from, to int, body string) func(*answer) {
	return func(a *answer) {
		if a.status == from {
			a.status, a.body = to, []byte(body)
		}
	}
}

func header(name, value string) func(*answer) {
	return func(a *answer) {
		if a.header.Del(name); value != "" {
			a.header.Set(name, value)
		}
	}
}

// forget drops a parameter for which odd holds.
func forget(name string, odd func(string) bool) func(*http.Request) *answer {
	return func(r *http.Request) *answer {
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err == nil && q.Has(name) && odd(q.Get(name)) {
			q.Del(name)
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}
}

// rewrite changes a parameter.
func rewrite(name string, change func(string) string) func(*http.Request) *answer {
	return func(r *http.Request) *answer {
		q := r.URL.Query()
		if q.Has(name) {
			q.Set(name, change(q.Get(name)))
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}
}

func always(string) bool { return true }

func is(value string) func(string) bool { return func(s string) bool { return s == value } }

// shifted moves a date.
func shifted(by time.Duration) func(string) string {
	return func(s string) string {
		t, _ := time.Parse(time.RFC3339Nano, s)
		return t.Add(by).Format(taxii.TimeFormat)
	}
}

func said(status int, body string) *answer {
	return &answer{status, http.Header{"Content-Type": {taxii.MediaType}}, []byte(body)}
}

// members edits a body that is a JSON object.
func members(edit func(map[string]any)) func(*answer) {
	return func(a *answer) {
		var m map[string]any
		if json.Unmarshal(a.body, &m) == nil {
			edit(m)
			a.body, _ = json.Marshal(m)
		}
	}
}

func reversed(name string) func(*answer) {
	return members(func(m map[string]any) {
		if list, ok := m[name].([]any); ok {
			slices.Reverse(list)
		}
	})
}

func let(name string, value any) func(*answer) {
	return members(func(m map[string]any) {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	})
}

func good(r *http.Request) *answer { r.SetBasicAuth("reader", password); return nil }

func when(method string, do func(*http.Request) *answer) func(*http.Request) *answer {
	return func(r *http.Request) *answer {
		if r.Method == method {
			return do(r)
		}
		return nil
	}
}

var posts atomic.Int64

// faults are mistakes of servers, many of them seen in the wild.
var faults = []fault{
	{"plain JSON as media type", "media-type.objects media-type.discovery add-media-type head.root", nil, on("", header("Content-Type", "application/json"))},
	{"media type without its version", "media-type.manifest", nil, on("", header("Content-Type", "application/taxii+json"))},
	{"media type missing on errors", "error-media-type.object error-media-type.root", nil, func(_ *http.Request, a *answer) {
		if a.status >= 400 {
			a.header.Set("Content-Type", "text/html")
		}
	}},
	{"Accept without a version refused", "accept-without-version.root accept-without-version.versions", func(r *http.Request) *answer {
		if r.Header.Get("Accept") == "application/taxii+json" {
			return said(406, `{"title":"no"}`)
		}
		return nil
	}, nil},
	{"Accept compared as text", "accept-list.manifest accept-quality accept-case accept-quoted", func(r *http.Request) *answer {
		if !strings.HasPrefix(r.Header.Get("Accept"), "application/taxii+json") || strings.ContainsAny(r.Header.Get("Accept"), `",`) {
			return said(406, `{"title":"no"}`)
		}
		return nil
	}, nil},
	{"Accept not looked at, and a crash at what is strange", "accept-garbage accept-old-version", func(r *http.Request) *answer {
		if a := r.Header.Get("Accept"); strings.HasPrefix(a, ";") || strings.HasSuffix(a, "9.9") {
			return said(500, ``)
		}
		return nil
	}, nil},
	{"a name twice", "json.objects json.root", nil, on("", swap(`^\{"`, `{"x_a":1,"x_a":2,"`))},
	{"HEAD unheard of", "head.objects", when("HEAD", func(*http.Request) *answer { return said(500, "") }), nil},
	{"User-Agent required", "user-agent", func(r *http.Request) *answer {
		if r.UserAgent() == "" {
			return said(403, `{"title":"bot"}`)
		}
		return nil
	}, nil},
	{"open to all", "no-credentials.objects no-credentials.status wrong-credentials.root post-no-credentials delete-no-credentials add-status-secret", good, nil},
	{"any password", "wrong-credentials.manifest", func(r *http.Request) *answer {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Basic ") {
			return good(r)
		}
		return nil
	}, nil},
	{"403 for who is not signed in", "no-credentials.collections", nil, on("", turn(401, 403, `{"title":"no"}`))},
	{"401 without a challenge", "challenge", nil, on("", header("WWW-Authenticate", ""))},
	{"Basic not offered", "challenge-basic", nil, on("", header("WWW-Authenticate", `Bearer realm="x"`))},
	{"a crash at garbage credentials", "credentials-garbage", func(r *http.Request) *answer {
		if r.Header.Get("Authorization") == "Basic !!!" {
			return said(500, "")
		}
		return nil
	}, nil},
	{"what may not be read is read", "unreadable-objects unreadable-manifest unreadable-object unreadable-versions", nil, func(r *http.Request, a *answer) {
		if r.Method == http.MethodGet {
			turn(403, 200, `{}`)(a)
			if strings.Contains(r.URL.Path, "/objects/tool--") {
				turn(404, 200, `{}`)(a)
			}
		}
	}},
	{"what may not be written is written", "unwritable-add", nil, on("", turn(403, 202, `{}`))},
	{"deletes refused with 404 alone", "unwritable-delete unreadable-delete", nil, on("", turn(403, 404, `{}`))},
	{"discovery without a title", "discovery-title", nil, on("^/taxii2/", let("title", nil))},
	{"discovery in another case", "discovery-properties", nil, on("^/taxii2/", swap(`"api_roots"`, `"apiRoots"`))},
	{"contact as a list", "discovery-strings", nil, on("^/taxii2/", let("contact", []string{"a"}))},
	{"a default that is no root", "discovery-default", nil, on("^/taxii2/", let("default", "/other/"))},
	{"a root with two slashes", "discovery-root-urls", nil, on("^/taxii2/", let("api_roots", []string{"/api/", "//x.example/api/"}))},
	{"a root with a query", "discovery-root-urls", nil, on("^/taxii2/", let("api_roots", []string{"/api/", "https://x.example/api/?a=b"}))},
	{"a root twice", "discovery-roots-unique", nil, on("^/taxii2/", let("api_roots", []string{"/api/", "/api/"}))},
	{"no root as an empty list", "discovery-roots", nil, on("^/taxii2/", let("api_roots", []string{}))},
	{"versions of its own", "root-versions root-versions-form", nil, on("^/api/$", let("versions", []string{"taxii-2.1"}))},
	{"no length", "root-max-content-length", nil, on("^/api/$", let("max_content_length", nil))},
	{"a length in quotes", "root-max-content-length", nil, on("^/api/$", let("max_content_length", "1048576"))},
	{"a length of zero", "root-max-content-length", nil, on("^/api/$", let("max_content_length", 0))},
	{"every root is there", "root-unknown root-unknown-collections error-media-type.root error-body.root", func(r *http.Request) *answer {
		if strings.HasPrefix(r.URL.Path, "/no-such") {
			return said(200, `{}`)
		}
		return nil
	}, nil},
	{"every status is there", "status-unknown", nil, on("/status/", turn(404, 200, `{}`))},
	{"no collection as an empty list", "collections-list", nil, on("/collections/$", let("collections", []any{}))},
	{"rights that are null", "collection-required collection-rights", nil, on("/collections/", swap(`"can_read":(true|false)`, `"can_read":null`))},
	{"rights in quotes", "collection-rights", nil, on("/collections/", swap(`"can_read":(true|false)`, `"can_read":"$1"`))},
	{"rights in another case", "collection-properties", nil, on("/collections/", swap(`"can_read"`, `"canRead"`))},
	{"ids that are no UUID", "collection-id", nil, on("/collections/$", swap(`"id":"(.)`, `"id":"c$1`))},
	{"media types as an empty list", "collection-media-types", nil, on("/collections/", swap(`"media_types":\[[^]]*\]`, `"media_types":[]`))},
	{"one alias for all", "collection-aliases-unique", nil, on("/collections/$", swap(`"can_read"`, `"alias":"a","can_read"`))},
	{"an alias that leads nowhere", "collection-alias", nil, on("/collections/desk/", turn(200, 404, `{}`))},
	{"collections in any order", "collections-order", nil, on("/collections/$", func(a *answer) {
		if posts.Add(1)%2 == 0 {
			reversed("collections")(a)
		}
	})},
	{"rights that differ between the list and the one", "collection-same", nil, on("/collections/$", swap(`"can_write":true`, `"can_write":false`))},
	{"every collection is there", "collection-unknown collection-unknown-objects collection-unknown-manifest", nil, on("/collections/", turn(404, 200, `{}`))},
	{"no dates in the headers", "date-added-first.objects date-added-last.objects date-added-first.manifest date-added-last.object date-added-last.versions", nil, on("", func(a *answer) {
		header(first, "")(a)
		header(last, "")(a)
	})},
	{"dates with milliseconds", "date-added-first.manifest", nil, func(_ *http.Request, a *answer) {
		if s := a.header.Get(first); s != "" {
			a.header.Set(first, s[:23]+"Z")
		}
	}},
	{"dates changed round", "date-added-order.objects manifest-first manifest-last", nil, func(_ *http.Request, a *answer) {
		from, to := a.header.Get(first), a.header.Get(last)
		header(first, to)(a)
		header(last, from)(a)
	}},
	{"limit not looked at", "limit.objects limit.manifest limit.versions limit-zero.objects limit-negative.objects limit-word.manifest limit-twice.object", forget("limit", always), nil},
	{"a limit of zero means all", "limit-zero.objects limit-zero.versions", forget("limit", is("0")), nil},
	{"a limit below zero means all", "limit-negative.manifest", forget("limit", is("-1")), nil},
	{"a large limit refused", "limit-large.objects", func(r *http.Request) *answer {
		if len(r.URL.Query().Get("limit")) > 9 {
			return said(400, `{"title":"too much"}`)
		}
		return nil
	}, nil},
	{"no objects as an empty list", "empty.objects empty.manifest", nil, on("/(objects|manifest)/$", swap(`^\{\}$`, `{"objects":[]}`))},
	{"no versions as an empty list", "empty.versions", nil, on("/versions/$", swap(`^\{\}$`, `{"versions":[]}`))},
	{"more in quotes", "more.objects", nil, on("/objects/$", swap(`"more":true`, `"more":"true"`))},
	{"what cannot be read is not looked at", "added-after-word.objects added-after-word.manifest", forget("added_after", func(s string) bool { return !strings.HasSuffix(s, "Z") || strings.Contains(s, "-13-") }), nil},
	{"the first of two", "added-after-twice.objects limit-twice.objects field-twice.objects", func(r *http.Request) *answer {
		if q, err := url.ParseQuery(r.URL.RawQuery); err == nil {
			for name := range q {
				q[name] = q[name][:1]
			}
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}, nil},
	{"a next that is made up means the start", "next-made-up.objects next-made-up.versions", forget("next", func(s string) bool { return strings.Contains(s, "-") }), nil},
	{"unknown parameters crash", "parameter-unknown.objects", func(r *http.Request) *answer {
		if r.URL.Query().Has("match[x_colour]") {
			return said(500, "")
		}
		return nil
	}, nil},
	{"queries that cannot be read are read anyway", "query-garbage.objects", func(r *http.Request) *answer {
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "%zz", "1")
		return nil
	}, nil},
	{"a manifest from the newest on", "manifest-order objects-same", nil, on("/manifest/$", reversed("objects"))},
	{"objects from the newest on", "objects-order objects-same", nil, on("/objects/$", reversed("objects"))},
	{"date_added without a fraction", "manifest-date-added", nil, on("/manifest/$", swap(`("date_added":"[^".]*)\.\d+Z`, `${1}Z`))},
	{"one date for all", "manifest-dates-unique", nil, on("/manifest/$", swap(`"date_added":"[^"]*"`, `"date_added":"2026-01-01T00:00:00.000000Z"`))},
	{"media types that the collection has not", "manifest-media-type", nil, on("/manifest/$", swap(`"media_type":"[^"]*"`, `"media_type":"application/vnd.oasis.stix+json; version=2.0"`))},
	{"the type in place of the version", "manifest-versions version-manifest versions-manifest", nil, on("/manifest/$", swap(`"version":"[^"]*"`, `"version":"tool"`))},
	{"manifest records without a date", "manifest-required", nil, on("/manifest/$", swap(`"date_added":"[^"]*",`, ``))},
	{"a bundle in place of an envelope", "objects-no-bundle", nil, on("/objects/$", let("type", "bundle"))},
	{"strings in place of objects", "objects-envelope", nil, on("/objects/$", let("objects", []string{"{}"}))},
	{"objects' dates other than the manifest's", "objects-dates", nil, on("/objects/$", header(last, future))},
	{"another object than was asked for", "object-id", nil, on("/objects/tool--[^/]*/$", swap(`"id":"tool--[0-9a-f]{8}`, `"id":"tool--00000000`))},
	{"every object is there", "object-unknown versions-unknown delete-object delete-versions delete-version-404 error-status.object", nil, on("/objects/tool--", func(a *answer) {
		if a.status == 404 {
			a.status, a.body = 200, []byte(`{"http_status":"404"}`)
		}
	})},
	{"versions as objects", "versions-list", nil, on("/versions/$", swap(`"versions":\["([^"]*)".*\]`, `"versions":[{"version":"$1"}]`))},
	{"match[type] not looked at", "match-type-other.objects match-type-other.manifest page-next-filter.objects field-twice.manifest", forget("match[type]", always), nil},
	{"match[id] not looked at", "match-id.objects match-id-unknown.manifest", forget("match[id]", always), nil},
	{"values parted by a comma are one value", "match-type-or.objects", func(r *http.Request) *answer {
		if strings.Contains(r.URL.Query().Get("match[type]"), ",") {
			return said(200, `{}`)
		}
		return nil
	}, nil},
	{"match[version] not looked at", "version-all version-first version-exact version-several version-unknown version-all-alone.objects version-twice.objects version-word.manifest", forget("match[version]", always), nil},
	{"all versions by default", "version-default.objects version-default.manifest", func(r *http.Request) *answer {
		if q := r.URL.Query(); r.Method == http.MethodGet && !q.Has("match[version]") {
			q.Set("match[version]", "all")
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}, nil},
	{"match[spec_version] not looked at", "spec-version-other spec-version.objects", forget("match[spec_version]", always), nil},
	{"types that the server does not have are errors", "type-standard.objects", func(r *http.Request) *answer {
		if strings.Contains(r.URL.Query().Get("match[type]"), "language-content") {
			return said(400, `{"title":"unknown type"}`)
		}
		return nil
	}, nil},
	{"added_after includes the moment", "added-after.objects added-after.manifest", rewrite("added_after", shifted(-time.Microsecond)), nil},
	{"added_after in whole seconds", "added-after-lost.objects page-date.objects page-date.manifest", rewrite("added_after", func(s string) string { return shifted(time.Second)(s[:19] + "Z") }), nil},
	{"a quote breaks the query", "quote.objects", func(r *http.Request) *answer {
		if strings.Contains(r.URL.Query().Get("match[type]"), "'") {
			return said(500, `syntax error`)
		}
		return nil
	}, nil},
	{"a quote opens everything", "quote.manifest", forget("match[type]", func(s string) bool { return strings.Contains(s, "OR") }), nil},
	{"many values crash", "many-values.objects", func(r *http.Request) *answer {
		if len(r.URL.RawQuery) > 2000 {
			return said(500, "")
		}
		return nil
	}, nil},
	{"never more", "page-more.objects page-more.manifest page-versions", nil, on("", members(func(m map[string]any) { delete(m, "more") }))},
	{"more for ever", "page-end.objects page-end.manifest", nil, on("/(objects|manifest)/$", let("more", true))},
	{"next leads to the start", "page-next.objects page-next.manifest page-versions", forget("next", always), nil},
	{"next skips one", "page-next.objects", func(r *http.Request) *answer {
		if q := r.URL.Query(); q.Has("next") && q.Get("limit") == "2" {
			raw, err := base64.RawURLEncoding.DecodeString(q.Get("next"))
			if err == nil && len(raw) == 24 {
				q.Set("added_after", shifted(40*time.Microsecond)(time.UnixMicro(int64(raw[6])<<8|int64(raw[7])|int64(raw[5])<<16|int64(raw[4])<<24|int64(raw[3])<<32|int64(raw[2])<<40|int64(raw[1])<<48).UTC().Format(taxii.TimeFormat)))
				r.URL.RawQuery = q.Encode()
			}
		}
		return nil
	}, nil},
	{"a next with another filter crashes", "page-next-other.objects page-next-other.manifest", func(r *http.Request) *answer {
		if q := r.URL.Query(); q.Has("next") && q.Get("match[type]") == "x-none" {
			return said(500, ``)
		}
		return nil
	}, nil},
	{"next without more", "page-next-alone.objects", nil, on("/objects/$", let("next", "x"))},
	{"cursors of any collection", "page-next-elsewhere", forget("next", always), nil},
	{"a page that is another each time", "page-stable", nil, on("/objects/$", func(a *answer) {
		a.body = bytes.Replace(a.body, []byte(`"name":"`), fmt.Appendf(nil, `"name":"%d`, posts.Add(1)), 1)
	})},
	{"200 for what was added", "add", nil, on("/objects/$", func(a *answer) { turn(202, 200, string(a.body))(a) })},
	{"a status without counts", "add-status-required", nil, on("/objects/$", swap(`"failure_count":0,`, ``))},
	{"statuses that are done", "add-status-word", nil, on("/objects/$", swap(`"complete"`, `"done"`))},
	{"statuses with other ids", "add-status-id add-status-again", nil, on("/objects/$", swap(`"status":"complete"`, `"status":"complete","id":"7"`))},
	{"counts that are not those of the lists", "add-status-counts add-status-sum", nil, on("/objects/$", swap(`"success_count":2`, `"success_count":3`))},
	{"lines without their version", "add-status-details", nil, on("/objects/$", swap(`"version":"2024[^"]*"`, `"version":""`))},
	{"a request_timestamp of its own", "add-status-time", nil, on("/objects/$", swap(`"request_timestamp":"[^"]*"`, `"request_timestamp":"today"`))},
	{"statuses that are not kept", "add-status-again", nil, on("/status/", turn(200, 404, `{"title":"gone"}`))},
	{"successes that are not stored", "add-stored", when("POST", func(*http.Request) *answer {
		return said(202, `{"id":"`+uuid()+`","status":"complete","total_count":1,"success_count":1,"failure_count":0,"pending_count":0}`)
	}), nil},
	{"objects written anew", "add-bytes", nil, on("/objects/", members(func(map[string]any) {}))},
	{"objects changed on the way", "add-same", nil, on("/objects/tool--", swap(`"name":"[^"]*`, `"name":"changed`))},
	{"duplicates that fail", "add-duplicate add-duplicate-observable add-duplicate-once", failDuplicates(), nil},
	{"the last to come is the last version", "add-version-older", nil, on("/objects/tool--[^/]*/$", swap(`2024-01-01T00:05`, `2024-01-01T00:03`))},
	{"media types of bodies not looked at", "add-content-type add-content-type-none", when("POST", func(r *http.Request) *answer {
		r.Header.Set("Content-Type", taxii.MediaType)
		return nil
	}), nil},
	{"a version demanded of bodies", "add-content-type-short", when("POST", func(r *http.Request) *answer {
		if r.Header.Get("Content-Type") == "application/taxii+json" {
			return said(415, `{"title":"no"}`)
		}
		return nil
	}), nil},
	{"bodies that cannot be read crash", "add-malformed add-no-envelope add-empty", nil, on("", turn(422, 500, ``))},
	{"everything is welcome", "add-utf8 add-no-id add-no-object add-malformed", when("POST", func(r *http.Request) *answer {
		return said(202, `{"id":"x","status":"complete","success_count":1,"failure_count":0}`)
	}), nil},
	{"one bad object spoils all, silently", "add-some-bad", nil, on("/objects/$", swap(`"success_count":1,(.*)"failure_count":1`, `"success_count":0,$1"failure_count":2`))},
	{"too long is let in", "add-too-long add-too-long-chunked add-bomb", nil, on("", turn(413, 202, `{}`))},
	{"long is too long", "add-just-fits", when("POST", func(r *http.Request) *answer {
		if r.ContentLength > 1<<19 {
			return said(413, `{"title":"too long"}`)
		}
		return nil
	}), nil},
	{"a length demanded", "add-chunked", when("POST", func(r *http.Request) *answer {
		if r.ContentLength < 0 {
			return said(411, `{"title":"length"}`)
		}
		return nil
	}), nil},
	{"compressed bodies taken for JSON", "add-gzip add-coding", when("POST", func(r *http.Request) *answer {
		if r.Header.Get("Content-Encoding") != "" {
			return said(500, ``)
		}
		return nil
	}), nil},
	{"only the first hundred", "add-many", nil, on("/objects/$", swap(`"success_count":200`, `"success_count":100`))},
	{"custom properties crash", "add-custom-property", when("POST", func(r *http.Request) *answer {
		raw, _ := io.ReadAll(r.Body)
		if r.Body = io.NopCloser(bytes.NewReader(raw)); bytes.Contains(raw, []byte("x_check_custom")) {
			return said(500, ``)
		}
		return nil
	}), nil},
	{"deletes that do nothing", "delete-object delete-manifest delete-objects delete-versions delete-version delete-version-404 delete-last delete-all-versions delete-twice delete-again", when("DELETE", func(*http.Request) *answer { return said(200, `{}`) }), nil},
	{"204 for what was deleted", "delete", nil, func(r *http.Request, a *answer) {
		if r.Method == http.MethodDelete && a.status == 200 {
			a.status, a.body = 204, nil
		}
	}},
	{"every version deleted, whichever was named", "delete-version delete-last delete-version-bad", when("DELETE", forget("match[version]", always)), nil},
	{"only the last version deleted", "delete-all-versions", when("DELETE", func(r *http.Request) *answer {
		if r.URL.RawQuery == "" {
			r.URL.RawQuery = "match[version]=last"
		}
		return nil
	}), nil},
	{"what is not there is deleted", "delete-unknown delete-twice", nil, func(r *http.Request, a *answer) {
		if r.Method == http.MethodDelete {
			turn(404, 200, `{}`)(a)
		}
	}},
	{"errors that name another status", "error-status.collection error-status.parameter", nil, on("", swap(`"http_status":"\d+"`, `"http_status":"500"`))},
	{"http_status as a number", "error-status.root", nil, on("", swap(`"http_status":"(\d+)"`, `"http_status":$1`))},
	{"errors without a title", "error-body.object", nil, on("", swap(`"title":"Not Found"`, `"message":"Not Found"`))},
	{"errors in another case", "error-properties.root", nil, on("", swap(`"http_status"`, `"httpStatus"`))},
	{"a page for people where a slash is missing", "slash", func(r *http.Request) *answer {
		if !strings.HasSuffix(r.URL.Path, "/") {
			return &answer{301, http.Header{"Content-Type": {"text/html"}, "Location": {r.URL.Path + "/"}}, []byte("<a>")}
		}
		return nil
	}, nil},
	{"405 without Allow", "method", nil, on("", header("Allow", ""))},
	{"every method reads", "method", func(r *http.Request) *answer {
		if r.Method == http.MethodPut {
			r.Method = "GET"
		}
		return nil
	}, nil},
	{"a header that changes the method", "method-override", func(r *http.Request) *answer {
		if m := r.Header.Get("X-HTTP-Method-Override"); m != "" {
			r.Method = m
		}
		return nil
	}, nil},
	{"strange paths crash", "path-null path-utf8 path-quote path-dots path-long path-deeper object-id-odd", func(r *http.Request) *answer {
		if !utf8.ValidString(r.URL.Path) || strings.ContainsAny(r.URL.Path, "\x00'.\\") || len(r.URL.Path) > 5000 || strings.Contains(r.URL.Path, "else") {
			return said(500, ``)
		}
		return nil
	}, nil},
	{"strange values crash", "value-null value-utf8 value-long limit-huge date-far", func(r *http.Request) *answer {
		if q := r.URL.RawQuery; strings.Contains(q, "%00") || strings.Contains(q, "%ff") || len(q) > 5000 || strings.Contains(q, "9999999999") || strings.Contains(q, "=9999-") {
			return said(500, ``)
		}
		return nil
	}, nil},
	{"Range taken at its word", "range", func(r *http.Request) *answer {
		if r.Header.Get("Range") != "" {
			return said(206, `{}`)
		}
		return nil
	}, nil},
	{"discovery elsewhere", "redirect", func(r *http.Request) *answer {
		if r.URL.Path == "/taxii2/" {
			return &answer{302, http.Header{"Location": {"/taxii/"}}, nil}
		}
		return nil
	}, nil},
	{"kept by anyone", "cache", nil, on("", header("Cache-Control", "public, max-age=60"))},
	{"what is hidden can be told", "hidden", nil, on("/versions/$", turn(403, 404, `{}`))},
}

// failDuplicates lets an object in once.
func failDuplicates() func(*http.Request) *answer {
	seen := map[string]bool{}
	return when("POST", func(r *http.Request) *answer {
		raw, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(raw))
		if seen[string(raw)] || bytes.Count(raw, []byte(`"type"`)) == 2 {
			return said(202, `{"id":"`+uuid()+`","status":"complete","total_count":1,"success_count":0,"failure_count":1,"pending_count":0}`)
		}
		seen[string(raw)] = true
		return nil
	})
}

func TestEachFaultIsFound(t *testing.T) {
	if len(faults) < 40 {
		t.Fatalf("%d faults", len(faults))
	}
	found := 0
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			h, both := library(t)
			srv := httptest.NewServer(f.wrap(h))
			defer srv.Close()
			cfg := configOf(srv, both)
			cfg.Root, cfg.Only = "/api/", strings.Fields(f.checks)
			report, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				if found++; r.Outcome != Fail || r.Detail == "" {
					t.Errorf("%s: %s %s", r.ID, r.Outcome, r.Detail)
				}
			}
		})
	}
	t.Logf("%d faults, found by %d checks", len(faults), found)
}

// TestEveryCheckCanFail lets a server go wrong in general ways once the checker
// knows it: no check but those of the connection may pass each of them.
func TestEveryCheckCanFail(t *testing.T) {
	h, both := library(t)
	var bad atomic.Pointer[answer]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := bad.Load(); a != nil {
			fault{after: func(_ *http.Request, got *answer) { *got = *a }}.wrap(http.NotFoundHandler()).ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
	defer srv.Close()
	p, err := newProbe(configOf(srv, both))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{"hidden": true} // needs two different answers, which a fault above gives
	for _, a := range []*answer{
		{500, http.Header{}, nil},
		{200, http.Header{"Content-Type": {"text/html"}, "Cache-Control": {"public"}}, []byte("hello")},
		{200, http.Header{"Content-Type": {taxii.MediaType}}, []byte(`{"objects":[],"versions":[],"collections":[],"http_status":7}`)},
		{302, http.Header{"Location": {"/"}}, nil},
		{401, http.Header{}, nil},
		{405, http.Header{"Content-Type": {"text/html"}}, []byte(`{"title":""}`)},
	} {
		bad.Store(a)
		for _, c := range All() {
			if r := p.do(t.Context(), c); r.Outcome == Fail {
				failed[c.ID] = true
			}
		}
	}
	for _, c := range All() {
		if !failed[c.ID] && !strings.HasPrefix(c.ID, "tls-") && c.ID != "https" {
			t.Errorf("%s fails at nothing", c.ID)
		}
	}
}

func TestConnectionsThatTheStandardDoesNotWantAreFound(t *testing.T) {
	h, _ := library(t)
	for want, c := range map[string]*tls.Config{
		"https tls-1.2 tls-1.3": {MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11}, // a fault
		"tls-old":               {MinVersion: tls.VersionTLS10},                               // a fault
		"tls-ciphers":           {},
	} {
		srv := httptest.NewUnstartedServer(h)
		srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		srv.TLS = c
		srv.StartTLS()
		p, err := newProbe(Config{URL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		checks, err := chosen(strings.Fields(want))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range checks {
			if r := p.do(context.Background(), one); r.Outcome != Fail {
				t.Errorf("%s: %s %s", one.ID, r.Outcome, r.Detail)
			}
		}
		srv.Close()
	}
}
