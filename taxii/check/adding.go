package check

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/taxii"
)

func number(n int) string { return strconv.Itoa(n) }

// aboutAdding is POST and the status resource.
func aboutAdding() []Check {
	return []Check{
		{"add", Must, "5.5", "Adding objects is a 202.", func(t *try) { t.add(tool(t.fresh(), 1)) }},
		{"add-media-type", Must, "3.1", "The answer to adding has the TAXII media type.", func(t *try) {
			t.taxiiMedia(t.ask(t.adding(tool(t.fresh(), 1))))
		}},
		{"add-status-required", Must, "4.3.1", "A status has id, status and the four counts.", func(t *try) {
			t.has(t.add(tool(t.fresh(), 1)), "id", "status", "total_count", "success_count", "failure_count", "pending_count")
		}},
		{"add-status-id", Must, "2", "A status's id is a UUID of version 4.", func(t *try) { t.identifier(t.text(t.add(tool(t.fresh(), 1)), "id")) }},
		{"add-status-word", Must, "4.3.1", "A status is complete or pending.", func(t *try) {
			if s := t.text(t.add(tool(t.fresh(), 1)), "status"); s != "complete" && s != "pending" {
				t.failf("status is %q", s)
			}
		}},
		{"add-status-counts", Must, "4.3.1", "A status's counts are whole numbers, none below zero, and those of its lists.", func(t *try) {
			d := t.add(tool(t.fresh(), 1), tool(t.fresh(), 1))
			for name, list := range map[string]string{"total_count": "", "success_count": "successes", "failure_count": "failures", "pending_count": "pendings"} {
				n := t.whole(d, name)
				if n < 0 || d[list] != nil && int64(len(t.list(d, list))) != n {
					t.failf("%s is %d, %s has %d", name, n, list, len(t.list(d, list)))
				}
			}
		}},
		{"add-status-sum", Should, "4.3.1", "A complete status accounts for every object.", func(t *try) {
			d := t.complete(t.add(tool(t.fresh(), 1), tool(t.fresh(), 1)))
			if n := t.whole(d, "success_count") + t.whole(d, "failure_count"); n != 2 || t.whole(d, "total_count") != 2 || t.whole(d, "pending_count") != 0 {
				t.failf("2 objects are accounted for as %s of %s, %s pending", number(int(n)), d["total_count"], d["pending_count"])
			}
		}},
		{"add-status-details", Must, "4.3.1", "A status's lines have the object's id and version.", func(t *try) {
			id := t.fresh()
			d := t.complete(t.add(tool(id, 1)))
			for _, line := range slices.Concat(t.dicts(d, "successes"), t.dicts(d, "failures")) {
				if t.text(line, "id") != "tool--"+id || t.text(line, "version") != versionAt(1) {
					t.failf("line %s, want tool--%s %s", line, id, versionAt(1))
				}
			}
		}},
		{"add-status-time", Must, "2", "A status's request_timestamp is a timestamp with six fraction digits.", func(t *try) {
			if s := t.text(t.add(tool(t.fresh(), 1)), "request_timestamp"); s != "" {
				t.timestamp("request_timestamp", s)
			}
		}},
		{"add-status-properties", Must, "3.8", "A status's properties are the standard's, or named as custom ones may be.", func(t *try) {
			t.named(t.add(tool(t.fresh(), 1)), "id", "status", "request_timestamp", "total_count", "success_count", "successes",
				"failure_count", "failures", "pending_count", "pendings")
		}},
		{"add-status-again", Must, "4.3", "A status can be asked for by its id.", func(t *try) {
			d := t.add(tool(t.fresh(), 1))
			again := t.dict(t.get(t.root + "status/" + t.text(d, "id") + "/"))
			if t.text(again, "id") != t.text(d, "id") {
				t.failf("asked for %s, got %s", d["id"], again["id"])
			}
		}},
		{"add-status-secret", Robust, "4.3", "A status is not there without credentials.", func(t *try) {
			t.secret()
			t.want(t.ask(ask{path: t.root + "status/" + t.text(t.add(tool(t.fresh(), 1)), "id") + "/", auth: "-"}), http.StatusUnauthorized, http.StatusNotFound)
		}},
		{"add-stored", Must, "5.5", "What a status calls a success is there.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			t.get(t.at("objects/tool--" + id + "/"))
		}},
		{"add-same", Robust, "3.7", "An object comes back as it went in.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			var d dict
			_ = json.Unmarshal([]byte(tool(id, 1)), &d)
			if got := t.object("tool--" + id); len(got) != len(d) || !slices.ContainsFunc([]dict{got}, func(g dict) bool { return equal(g, d) }) {
				t.failf("%s came back as %s", d, got)
			}
		}},
		{"add-bytes", Robust, "3.7", "An object comes back byte for byte.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			if got := t.get(t.at("objects/tool--" + id + "/")); !bytes.Contains(got.body, []byte(tool(id, 1))) {
				t.failf("the bytes are others: %s", got.excerpt())
			}
		}},
		{"add-listed", Must, "3.3", "What was added last is listed last.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			one := t.get(t.at("objects/tool--" + id + "/"))
			after := t.get(t.at("objects/" + t.seeds[0] + "/"))
			if one.header.Get(last) <= after.header.Get(last) {
				t.failf("added at %s, and what was there before at %s", one.header.Get(last), after.header.Get(last))
			}
		}},
		{"add-duplicate", Must, "5.5", "An exact duplicate is no failure.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			t.stored(t.add(tool(id, 1)))
		}},
		{"add-duplicate-observable", Must, "5.5", "An exact duplicate of what has no version is no failure.", func(t *try) {
			o := domain()
			t.mine = append(t.mine, idOf(o))
			t.stored(t.add(o))
			t.stored(t.add(o))
		}},
		{"add-duplicate-once", Robust, "5.5", "An exact duplicate is not listed twice.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			t.stored(t.add(tool(id, 1), tool(id, 1)))
			if n := len(t.dicts(t.dict(t.get(t.at("manifest/?match[version]=all&match[id]=tool--"+id))), "objects")); n != 1 {
				t.failf("it is listed %d times", n)
			}
		}},
		{"add-version", Must, "5.5", "A new version of an object does not take the old one away.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 1)))
			t.stored(t.add(tool(id, 2)))
			t.modified(t.dicts(t.dict(t.get(t.at("objects/tool--"+id+"/?match[version]=all"))), "objects"), 1, 2)
		}},
		{"add-version-older", Must, "3.4.1", "An older version that comes later is not the last one.", func(t *try) {
			id := t.fresh()
			t.stored(t.add(tool(id, 5)))
			t.stored(t.add(tool(id, 3)))
			t.modified(t.dicts(t.dict(t.get(t.at("objects/tool--"+id+"/"))), "objects"), 5)
		}},
		{"add-content-type", Robust, "5.5", "A body of another media type is a 415.", func(t *try) {
			a := t.adding(tool(t.fresh(), 1))
			a.kind = "text/plain"
			t.want(t.ask(a), http.StatusUnsupportedMediaType)
		}},
		{"add-content-type-none", Robust, "3.1", "A body without a media type is a 415 or a 400.", func(t *try) {
			a := t.adding(tool(t.fresh(), 1))
			a.kind = ""
			t.want(t.ask(a), http.StatusUnsupportedMediaType, http.StatusBadRequest)
		}},
		{"add-content-type-short", Must, "3.1", "A body of application/taxii+json without a version is not a 415.", func(t *try) {
			a := t.adding(tool(t.fresh(), 1))
			a.kind = "application/taxii+json"
			t.want(t.ask(a), http.StatusAccepted)
		}},
		{"add-malformed", Must, "5.5", "A body that is not JSON is a 400 or 422.", func(t *try) { t.refused(`{"objects":[`, `not json`) }},
		{"add-empty", Robust, "5.5", "An empty body is a 400 or 422.", func(t *try) { t.refused(``) }},
		{"add-no-envelope", Robust, "5.5", "A body that is not an envelope is a 400 or 422.", func(t *try) { t.refused(`[]`, `{"objects":{}}`, `"x"`) }},
		{"add-utf8", Robust, "1.6.7", "A body that is not UTF-8 is refused, or its object is.", func(t *try) {
			t.unwelcome(strings.Replace(tool(t.fresh(), 1), "é", "\xff\xfe", 1))
		}},
		{"add-no-id", Robust, "5.5", "An object without an id is refused, and nothing else is.", func(t *try) { t.unwelcome(`{"type":"tool","name":"x"}`) }},
		{"add-no-object", Robust, "5.5", "What is not an object is refused.", func(t *try) { t.unwelcome(`7`) }},
		{"add-some-bad", Robust, "4.3.1", "A bad object does not keep a good one of the same envelope out.", func(t *try) {
			id := t.fresh()
			got := t.ask(t.adding(tool(id, 1), `{"type":"tool"}`))
			if got.status == http.StatusUnprocessableEntity || got.status == http.StatusBadRequest {
				return // all of it was refused, and the sender knows
			}
			t.want(got, http.StatusAccepted)
			if d := t.complete(t.dict(got)); t.whole(d, "success_count") != 1 || t.whole(d, "failure_count") != 1 {
				t.failf("%s succeeded and %s failed, want 1 and 1", d["success_count"], d["failure_count"])
			}
			t.get(t.at("objects/tool--" + id + "/"))
		}},
		{"add-custom-property", Must, "7.1.1", "A custom property in an envelope is ignored, or a 422.", func(t *try) {
			a := t.adding(tool(t.fresh(), 1))
			raw, _ := io.ReadAll(nonNil(a.body))
			a.body = strings.NewReader(strings.Replace(string(raw), `{"objects"`, `{"x_check_custom":{"a":[1]},"objects"`, 1))
			t.want(t.ask(a), http.StatusAccepted, http.StatusUnprocessableEntity)
		}},
		{"add-chunked", Robust, "RFC 9112, 7.1", "A body without a length is taken.", func(t *try) {
			a := t.adding(tool(t.fresh(), 1))
			a.body = struct{ io.Reader }{nonNil(a.body)}
			t.want(t.ask(a), http.StatusAccepted)
		}},
		{"add-too-long", Must, "5.5", "A body longer than max_content_length is a 413.", func(t *try) { t.long(1, http.StatusRequestEntityTooLarge) }},
		{"add-just-fits", Must, "4.2.1", "A body of just less than max_content_length is not a 413.", func(t *try) { t.long(-1, http.StatusAccepted) }},
		{"add-too-long-chunked", Robust, "5.5", "A body too long that does not say its length is a 413.", func(t *try) {
			a := t.padded(1)
			a.body = struct{ io.Reader }{nonNil(a.body)}
			t.want(t.ask(a), http.StatusRequestEntityTooLarge)
		}},
		{"add-gzip", Robust, "RFC 9110, 8.4", "A compressed body is inflated, or a 415.", func(t *try) {
			id := t.fresh()
			a := t.zipped(t.adding(tool(id, 1)))
			if got := t.ask(a); got.status == http.StatusAccepted {
				t.stored(t.dict(got))
				t.get(t.at("objects/tool--" + id + "/"))
			} else {
				t.want(got, http.StatusAccepted, http.StatusUnsupportedMediaType)
			}
		}},
		{"add-bomb", Robust, "4.2.1", "A compressed body is counted after inflating.", func(t *try) {
			t.want(t.ask(t.zipped(t.padded(1))), http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
		}},
		{"add-coding", Robust, "RFC 9110, 8.4", "A body in an unheard-of coding is refused.", func(t *try) {
			a := t.adding(tool(t.fresh(), 1))
			a.header = []string{"Content-Encoding", "x-unheard-of"}
			t.want(t.ask(a), http.StatusUnsupportedMediaType, http.StatusBadRequest)
		}},
		{"add-many", Robust, "5.5", "Two hundred objects at once are taken.", func(t *try) {
			var list []string
			for range 200 {
				list = append(list, tool(t.fresh(), 1))
			}
			if d := t.complete(t.add(list...)); t.whole(d, "success_count") != 200 {
				t.failf("%s of 200 succeeded", d["success_count"])
			}
		}},
	}
}

func nonNil(r io.Reader) io.Reader {
	if r == nil {
		return strings.NewReader("")
	}
	return r
}

// fresh is the UUID of an object to be, which is taken out again.
func (t *try) fresh() string {
	id := uuid()
	t.mine = append(t.mine, "tool--"+id)
	return id
}

// add wants a 202 and reads its status resource.
func (t *try) add(objects ...string) dict {
	got := t.ask(t.adding(objects...))
	t.want(got, http.StatusAccepted)
	return t.dict(got)
}

// complete follows a status to its end.
func (t *try) complete(d dict) dict {
	for t.text(d, "status") == "pending" {
		select {
		case <-t.ctx.Done():
			t.failf("status %s is still pending", d["id"])
		case <-time.After(200 * time.Millisecond):
		}
		d = t.dict(t.get(t.root + "status/" + t.text(d, "id") + "/"))
	}
	return d
}

// stored wants no failure.
func (t *try) stored(d dict) {
	if d = t.complete(d); t.whole(d, "failure_count") != 0 || t.whole(d, "success_count") == 0 {
		t.failf("%s succeeded, %s failed: %s", d["success_count"], d["failure_count"], d["failures"])
	}
}

// refused wants each body to be refused as a whole.
func (t *try) refused(bodies ...string) {
	for _, body := range bodies {
		a := t.adding()
		a.body = strings.NewReader(body)
		t.want(t.ask(a), http.StatusBadRequest, http.StatusUnprocessableEntity)
	}
}

// unwelcome wants an object to be refused, alone or with its envelope.
func (t *try) unwelcome(object string) {
	got := t.ask(t.adding(object))
	if t.want(got, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusAccepted); got.status == http.StatusAccepted {
		if d := t.complete(t.dict(got)); t.whole(d, "success_count") != 0 {
			t.failf("it was stored: %s", got.excerpt())
		}
	}
}

// long sends a body longer than max_content_length by some bytes.
func (t *try) long(by int, want int) { t.want(t.ask(t.padded(by)), want) }

// padded is an envelope longer than max_content_length by some bytes.
func (t *try) padded(by int) ask {
	a := t.adding(tool(t.fresh(), 1))
	if a.path == "" {
		return a
	}
	most := t.whole(t.dict(t.get(t.root)), "max_content_length")
	if most > 16<<20 {
		t.skipf("max_content_length is %d: too much to send for a check", most)
	}
	raw, _ := io.ReadAll(a.body)
	pad := int(most) + by - len(raw)
	if pad < 0 {
		t.skipf("max_content_length is %d: less than one object", most)
	}
	a.body = bytes.NewReader(append(raw, bytes.Repeat([]byte{' '}, pad)...))
	return a
}

// zipped compresses a request's body.
func (t *try) zipped(a ask) ask {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.Copy(z, nonNil(a.body))
	_ = z.Close()
	a.body, a.header, a.kind = &b, []string{"Content-Encoding", "gzip"}, taxii.MediaType
	return a
}

// equal compares objects member by member.
func equal(a, b dict) bool {
	for name := range b {
		var x, y any
		if json.Unmarshal(a[name], &x) != nil || json.Unmarshal(b[name], &y) != nil || x != y {
			return false
		}
	}
	return len(a) == len(b)
}
