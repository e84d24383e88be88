package check

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	first  = "X-TAXII-Date-Added-First"
	last   = "X-TAXII-Date-Added-Last"
	future = "2299-01-01T00:00:00.000000Z"
)

// aboutListings is what every listing has to hold.
func aboutListings() []Check {
	bad := func(id string, level Level, section, text string, queries ...string) []Check {
		return each(listings, id, level, section, text, func(t *try, path string) {
			for _, q := range queries {
				t.want(t.ask(ask{path: path + "?" + q}), http.StatusBadRequest)
			}
		})
	}
	return slices.Concat(
		each(listings, "date-added-first", Must, "3.2", "X-TAXII-Date-Added-First is there, and a timestamp", func(t *try, path string) {
			t.timestamp(first, t.get(path).header.Get(first))
		}),
		each(listings, "date-added-last", Must, "3.2", "X-TAXII-Date-Added-Last is there, and a timestamp", func(t *try, path string) {
			t.timestamp(last, t.get(path).header.Get(last))
		}),
		each(listings, "date-added-order", Robust, "3.2", "The first date is not after the last", func(t *try, path string) {
			h := t.get(path).header
			if h.Get(first) > h.Get(last) {
				t.failf("first %s, last %s", h.Get(first), h.Get(last))
			}
		}),
		each(listings, "limit", Must, "3.4", "A page has no more than limit", func(t *try, path string) {
			e := listingAt(t, path)
			if n := len(t.list(t.dict(t.get(path+"?limit=1&match[version]=all")), e)); n > 1 {
				t.failf("limit=1 gives %d", n)
			}
		}),
		each(listings, "limit-large", Robust, "3.4", "A limit above what the server gives is answered with what it gives", func(t *try, path string) {
			t.get(path + "?limit=9007199254740991")
		}),
		each(listings, "empty", Must, "2", "Where nothing is listed the list is left out", func(t *try, path string) {
			got := t.ask(ask{path: path + "?added_after=" + future})
			if t.want(got, http.StatusOK, http.StatusNotFound); got.status == http.StatusOK && len(t.list(t.dict(got), listingAt(t, path))) > 0 {
				t.failf("objects were added after %s", future)
			}
		}),
		each(listings, "properties", Must, "3.8", "A listing's properties are the standard's, or named as custom ones may be", func(t *try, path string) {
			t.named(t.dict(t.get(path)), "more", "next", listingAt(t, path))
		}),
		each(listings, "more", Must, "2", "more is true or false, without quotes", func(t *try, path string) {
			if d := t.dict(t.get(path + "?limit=1")); d["more"] != nil {
				t.boolean(d, "more")
			}
		}),
		bad("limit-zero", Must, "3.4", "A limit of zero is a 400", "limit=0"),
		bad("limit-negative", Must, "3.4", "A limit below zero is a 400", "limit=-1"),
		bad("limit-word", Must, "3.4", "A limit that is no whole number is a 400", "limit=many", "limit=1.5"),
		bad("added-after-word", Must, "3.4", "An added_after that is no timestamp is a 400", "added_after=yesterday", "added_after=2024-13-41T00:00:00.000000Z"),
		bad("added-after-zone", Must, "2", "An added_after in another time zone is a 400", "added_after="+url.QueryEscape("2024-01-01T00:00:00.000000+02:00")),
		bad("limit-twice", Robust, "3.4", "A limit given twice is a 400", "limit=1&limit=2"),
		bad("added-after-twice", Must, "3.4", "An added_after given twice is a 400", "added_after=2024-01-01T00:00:00.000000Z&added_after=2024-01-02T00:00:00.000000Z"),
		bad("next-made-up", Robust, "Appendix B", "A next that the server did not give is a 400", "next="+uuid(), "next=%27%3B--"),
		each(listings, "parameter-unknown", Robust, "3.4", "A parameter and a match field that are not the standard's are no fault", func(t *try, path string) {
			t.want(t.ask(ask{path: path + "?x_colour=red&match[x_colour]=red"}), http.StatusOK, http.StatusBadRequest)
		}),
		each(listings, "query-garbage", Robust, "3.4", "A query that cannot be read is a 400", func(t *try, path string) {
			t.want(t.ask(ask{path: path + "?limit=%zz"}), http.StatusBadRequest)
		}),
	)
}

// listingAt is the member that holds the records of the listing at a path.
func listingAt(t *try, path string) string {
	for _, e := range listings {
		if e.path(t.probe) == path {
			return e.list
		}
	}
	return "objects"
}

var stampForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)

// timestamp holds s to TAXII's form: UTC with six fraction digits. TAXII 2.1, 2
func (t *try) timestamp(what, s string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !stampForm.MatchString(s) {
		t.failf("%s is %q, want a timestamp such as %s", what, s, future)
	}
	return at
}

// aboutRecords is what manifests and envelopes have in them.
func aboutRecords() []Check {
	return []Check{
		{"manifest-required", Must, "5.3.1", "Each manifest record has id, date_added and version.", func(t *try) {
			for _, d := range t.manifest("") {
				t.has(d, "id", "date_added", "version")
			}
		}},
		{"manifest-date-added", Must, "2", "Each date_added is a timestamp with six fraction digits in UTC.", func(t *try) {
			for _, d := range t.manifest("") {
				t.timestamp("date_added", t.text(d, "date_added"))
			}
		}},
		{"manifest-order", Must, "3.3", "A manifest is in the order of date_added, the oldest first.", func(t *try) {
			if dates := t.dates(""); !slices.IsSorted(dates) {
				t.failf("date_added goes back: %q", dates)
			}
		}},
		{"manifest-dates-unique", Robust, "3.5", "No date_added occurs twice, so that a page by date loses nothing.", func(t *try) { t.unique("date_added", t.dates("?match[version]=all")) }},
		{"manifest-media-type", Must, "5.3.1", "Each media_type is one of the collection's.", func(t *try) {
			of := t.texts(t.dict(t.get(t.at(""))), "media_types")
			if of == nil {
				of = []string{"application/stix+json"}
			}
			for _, d := range t.manifest("?match[version]=all") {
				if m := t.text(d, "media_type"); m != "" && !slices.ContainsFunc(of, func(o string) bool { return squeeze(o) == squeeze(m) }) {
					t.failf("media_type %q is none of %q", m, of)
				}
			}
		}},
		{"manifest-properties", Must, "3.8", "A manifest record's properties are the standard's, or named as custom ones may be.", func(t *try) {
			for _, d := range t.manifest("") {
				t.named(d, "id", "date_added", "version", "media_type")
			}
		}},
		{"manifest-first", Must, "3.2", "X-TAXII-Date-Added-First is the first record's date_added.", func(t *try) { t.headerIs(first, 0) }},
		{"manifest-last", Must, "3.2", "X-TAXII-Date-Added-Last is the last record's date_added.", func(t *try) { t.headerIs(last, -1) }},
		{"manifest-versions", Must, "5.3.1", "A record's version is the object's modified, or created where it has none.", func(t *try) {
			for _, d := range t.manifest("?limit=20") {
				o := t.object(t.text(d, "id"))
				if want := versionOf(o); want != "" && want != t.text(d, "version") {
					t.failf("%s has version %s, want %s", d["id"], d["version"], want)
				}
			}
		}},
		{"objects-envelope", Must, "3.7", "Objects come in an envelope, and each is an object with id and type.", func(t *try) {
			for _, d := range t.objects("") {
				t.has(d, "id", "type")
			}
		}},
		{"objects-no-bundle", Must, "3.7", "An envelope is no STIX bundle.", func(t *try) {
			d := t.dict(t.get(t.at("objects/")))
			if d["type"] != nil || d["spec_version"] != nil {
				t.failf("the envelope has type %s", d["type"])
			}
		}},
		{"objects-order", Must, "3.3", "Objects are in the order in which they were added.", func(t *try) {
			added := map[string]string{}
			for _, d := range t.manifest("?limit=50") {
				added[t.text(d, "id")] = t.text(d, "date_added")
			}
			var dates []string
			for _, id := range t.ids(t.objects("?limit=50")) {
				if added[id] != "" {
					dates = append(dates, added[id])
				}
			}
			if !slices.IsSorted(dates) || len(dates) == 0 {
				t.failf("the manifest has them added at %q", dates)
			}
		}},
		{"objects-same", Robust, "3.3", "Objects are in the order of the manifest, those of one date too.", func(t *try) {
			if a, b := t.ids(t.objects("?limit=50")), t.ids(t.manifest("?limit=50")); !slices.Equal(a[:min(len(a), len(b))], b[:min(len(a), len(b))]) {
				t.failf("objects %q, manifest %q", a, b)
			}
		}},
		{"objects-dates", Must, "3.2", "The dates in the headers are the same for a manifest and for its objects.", func(t *try) {
			a, b := t.get(t.at("objects/?limit=1")), t.get(t.at("manifest/?limit=1"))
			if a.header.Get(first) != b.header.Get(first) || a.header.Get(last) != b.header.Get(last) {
				t.failf("objects %s to %s, manifest %s to %s", a.header.Get(first), a.header.Get(last), b.header.Get(first), b.header.Get(last))
			}
		}},
		{"object-id", Must, "5.6", "An object asked for by its id is that object, and no other.", func(t *try) {
			all := t.dicts(t.dict(t.get(t.one(""))), "objects")
			if len(all) == 0 {
				t.failf("nothing comes")
			}
			for _, d := range all {
				if !strings.Contains(t.one(""), "/"+t.text(d, "id")+"/") {
					t.failf("%s comes for %s", d["id"], t.one(""))
				}
			}
		}},
		{"object-unknown", Must, "5.6", "An object that is not there is a 404.", func(t *try) {
			t.want(t.ask(ask{path: t.below("objects/tool--" + uuid() + "/")}), http.StatusNotFound)
		}},
		{"versions-unknown", Must, "5.8", "The versions of an object that is not there are a 404.", func(t *try) {
			t.want(t.ask(ask{path: t.below("objects/tool--" + uuid() + "/versions/")}), http.StatusNotFound)
		}},
		{"versions-list", Must, "5.8.1", "Versions is a list of strings.", func(t *try) {
			if len(t.texts(t.dict(t.get(t.one("versions/"))), "versions")) == 0 {
				t.failf("an object that is there has no version")
			}
		}},
		{"versions-manifest", Must, "5.8", "An object's versions are those of the manifest.", func(t *try) {
			id := strings.Split(strings.TrimSuffix(t.one(""), "/"), "/")
			listed := t.texts(t.dict(t.get(t.one("versions/"))), "versions")
			var want []string
			for _, d := range t.manifest("?match[version]=all&match[id]=" + id[len(id)-1]) {
				want = append(want, t.text(d, "version"))
			}
			if slices.Sort(listed); !slices.Equal(listed, slices.Sorted(slices.Values(want))) {
				t.failf("versions %q, manifest %q", listed, want)
			}
		}},
	}
}

func squeeze(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

// below skips without a collection.
func (t *try) below(path string) string {
	if t.collection == "" {
		t.skipf("no collection can be read")
	}
	return t.at(path)
}

// manifest is the records of a page; a check without any is skipped.
func (t *try) manifest(query string) []dict { return t.some("manifest/", query) }

// objects is the objects of a page.
func (t *try) objects(query string) []dict { return t.some("objects/", query) }

func (t *try) some(what, query string) []dict {
	all := t.dicts(t.dict(t.get(t.below(what)+query)), "objects")
	if len(all) == 0 && len(t.entries) == 0 && len(t.seeds) == 0 {
		t.skipf("the collection is empty")
	}
	return all
}

func (t *try) dates(query string) (all []string) {
	for _, d := range t.manifest(query) {
		all = append(all, t.text(d, "date_added"))
	}
	return all
}

func (t *try) ids(list []dict) (all []string) {
	for _, d := range list {
		all = append(all, t.text(d, "id"))
	}
	return all
}

// headerIs compares a header with a record, the first or the last.
func (t *try) headerIs(name string, at int) {
	got := t.get(t.below("manifest/"))
	all := t.dicts(t.dict(got), "objects")
	if len(all) == 0 {
		t.skipf("the collection is empty")
	}
	if want := t.text(all[(at+len(all))%len(all)], "date_added"); got.header.Get(name) != want {
		t.failf("%s is %q, want %q", name, got.header.Get(name), want)
	}
}

// object is the last version of one.
func (t *try) object(id string) dict {
	all := t.dicts(t.dict(t.get(t.at("objects/"+url.PathEscape(id)+"/"))), "objects")
	if len(all) != 1 {
		t.failf("%d objects come for %s", len(all), id)
	}
	return all[0]
}

// versionOf is an object's modified, or created.
func versionOf(d dict) (v string) {
	for _, name := range []string{"created", "modified"} {
		if d[name] != nil {
			_ = json.Unmarshal(d[name], &v)
		}
	}
	return v
}

// sameJSON compares values as they are meant.
func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
