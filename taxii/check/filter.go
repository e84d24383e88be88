package check

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// aboutFilters is match and added_after.
func aboutFilters() []Check {
	both := endpoints[5:7] // manifest and objects
	bad := func(id string, level Level, section, text string, queries ...string) []Check {
		return each(both, id, level, section, text, func(t *try, path string) {
			for _, q := range queries {
				t.want(t.ask(ask{path: path + "?" + q}), http.StatusBadRequest)
			}
		})
	}
	return slices.Concat(
		bad("version-all-alone", Must, "3.4.1", "match[version]=all with another version is a 400", "match[version]=all,last", "match[version]=first,all"),
		bad("version-twice", Must, "3.4.1", "A version named twice is a 400", "match[version]=last,last", "match[version]=first,last,first"),
		bad("version-word", Must, "3.4.1", "A version that is neither a word of the standard nor a timestamp is a 400", "match[version]=newest"),
		bad("field-twice", Must, "3.4", "A match field given twice is a 400", "match[type]=tool&match[type]=malware", "match[version]=last&match[version]=first"),
		each(both, "match-id", Must, "3.4.1", "match[id] lists that object alone", func(t *try, path string) {
			id := t.known()
			if got := t.ids(t.dicts(t.dict(t.get(path+"?match[id]="+url.QueryEscape(id))), "objects")); !slices.Equal(got, []string{id}) {
				t.failf("match[id]=%s lists %q", id, got)
			}
		}),
		each(both, "match-id-unknown", Must, "3.4.1", "match[id] of what is not there lists nothing", func(t *try, path string) {
			if got := t.dicts(t.dict(t.get(path+"?match[id]=tool--"+uuid())), "objects"); len(got) > 0 {
				t.failf("%d are listed", len(got))
			}
		}),
		each(both, "match-type", Must, "3.4.1", "match[type] lists objects of that type alone", func(t *try, path string) {
			kind, _, _ := strings.Cut(t.known(), "--")
			t.types(t.dicts(t.dict(t.get(path+"?match[type]="+kind)), "objects"), kind)
		}),
		each(both, "match-type-other", Must, "3.4.1", "match[type] of another type does not list an object", func(t *try, path string) {
			id := t.known()
			other := "intrusion-set"
			if strings.HasPrefix(id, other) {
				other = "malware"
			}
			if got := t.dicts(t.dict(t.get(path+"?match[type]="+other+"&match[id]="+id)), "objects"); len(got) > 0 {
				t.failf("%s is listed as %s: the fields are not ANDed", id, other)
			}
		}),
		each(both, "match-type-or", Must, "3.4", "Values parted by a comma are ORed", func(t *try, path string) {
			kind, _, _ := strings.Cut(t.known(), "--")
			if got := t.dicts(t.dict(t.get(path+"?match[type]=x-none,"+kind+"&match[id]="+t.known())), "objects"); len(got) != 1 {
				t.failf("%d are listed, want 1", len(got))
			}
		}),
		each(both, "spec-version", Must, "3.4.1", "match[spec_version] lists objects of that version alone", func(t *try, path string) {
			for _, o := range t.objectsOf(path, "?limit=50&match[spec_version]=2.0") {
				if v := t.text(o, "spec_version"); v != "" && v != "2.0" {
					t.failf("%s of spec_version %s is listed as 2.0", o["id"], v)
				}
			}
		}),
		each(both, "added-after", Must, "3.4", "added_after lists only what was added after it, strictly", func(t *try, path string) {
			dates := t.dates("")
			if len(dates) == 0 {
				t.skipf("the collection is empty")
			}
			after := dates[len(dates)/2]
			got := t.get(path + "?limit=1&added_after=" + after)
			if len(t.dicts(t.dict(got), "objects")) > 0 && got.header.Get(first) <= after {
				t.failf("after %s comes what was added at %s", after, got.header.Get(first))
			}
		}),
		each(both, "added-after-lost", Must, "3.4", "added_after loses nothing of what was added after it", func(t *try, path string) {
			dates := slices.Compact(t.dates("?limit=20"))
			if len(dates) < 2 {
				t.skipf("the collection has fewer than two objects that were not added at once")
			}
			if got := t.get(path + "?limit=1&added_after=" + dates[0]).header.Get(first); got != dates[1] {
				t.failf("after %s comes %s, want %s", dates[0], got, dates[1])
			}
		}),
		each(both, "version-default", Must, "3.4.1", "Without match[version] each object comes once, in its last version", func(t *try, path string) {
			plain, lasts := t.get(path+"?limit=50"), t.get(path+"?limit=50&match[version]=last")
			if t.unique("objects", t.ids(t.dicts(t.dict(plain), "objects"))); !sameJSON(t.dict(plain)["objects"], t.dict(lasts)["objects"]) && t.dict(plain)["objects"] != nil {
				t.failf("with match[version]=last other objects come than without")
			}
		}),
		each(both, "type-standard", Must, "3.4.1", "A type of STIX 2.1 is no error", func(t *try, path string) {
			t.get(path + "?match[type]=" + strings.Join(stixTypes, ","))
		}),
		each(both, "quote", Robust, "3.4", "A quote in a filter is data", func(t *try, path string) {
			for _, v := range []string{"'", `"`, "';--", "' OR '1'='1", `\`, "%25", "*"} {
				got := t.ask(ask{path: path + "?match[type]=" + url.QueryEscape(v)})
				if t.want(got, http.StatusOK, http.StatusBadRequest); got.status == http.StatusOK && len(t.dicts(t.dict(got), "objects")) > 0 {
					t.failf("match[type]=%s lists objects", v)
				}
			}
		}),
		each(both, "many-values", Robust, "3.4", "Many values in a filter are no fault", func(t *try, path string) {
			var list []string
			for range 60 {
				list = append(list, "tool--"+uuid())
			}
			t.want(t.ask(ask{path: path + "?match[id]=" + strings.Join(list, ",")}), http.StatusOK, http.StatusBadRequest, http.StatusRequestURITooLong)
		}),
		aboutVersions(),
	)
}

// aboutVersions needs an object of two versions that it put there.
func aboutVersions() []Check {
	versions := func(id, text string, query string, want ...int) Check {
		return Check{id, Must, "3.4.1", text, func(t *try) {
			t.seeded()
			for _, path := range []string{t.one(""), t.at("objects/")} {
				q := query
				if path == t.at("objects/") {
					q += "&match[id]=" + t.seeds[0]
				}
				t.modified(t.dicts(t.dict(t.get(path+q)), "objects"), want...)
			}
		}}
	}
	return []Check{
		versions("version-last", "match[version]=last lists the last version.", "?match[version]=last", 2),
		versions("version-first", "match[version]=first lists the first version.", "?match[version]=first", 1),
		versions("version-all", "match[version]=all lists all versions.", "?match[version]=all", 1, 2),
		versions("version-both", "match[version]=first,last lists both.", "?match[version]=first,last", 1, 2),
		versions("version-exact", "match[version] with a timestamp lists that version.", "?match[version]="+versionAt(1), 1),
		versions("version-several", "Several versions may be named at once.", "?match[version]="+versionAt(1)+","+versionAt(2), 1, 2),
		versions("version-mixed", "A timestamp and a word may be named at once.", "?match[version]="+versionAt(1)+",last", 1, 2),
		versions("version-spec", "match[spec_version] and match[version] hold together.", "?match[spec_version]=2.1&match[version]=all", 1, 2),
		{"version-unknown", Must, "3.4.1", "A version that is not there is not listed.", func(t *try) {
			t.seeded()
			if got := t.dicts(t.dict(t.get(t.at("objects/?match[id]="+t.seeds[0]+"&match[version]="+versionAt(59)))), "objects"); len(got) > 0 {
				t.failf("%d versions come", len(got))
			}
		}},
		{"version-manifest", Must, "5.3.1", "A manifest has a record for each version.", func(t *try) {
			t.seeded()
			var got []string
			for _, d := range t.dicts(t.dict(t.get(t.at("manifest/?match[version]=all&match[id]="+t.seeds[0]))), "objects") {
				got = append(got, t.text(d, "version"))
			}
			if slices.Sort(got); !slices.Equal(got, []string{versionAt(1), versionAt(2)}) {
				t.failf("versions %q", got)
			}
		}},
		{"spec-version-given", Must, "3.4.1", "match[spec_version]=2.1 lists what is of 2.1.", func(t *try) {
			t.seeded()
			if got := t.dicts(t.dict(t.get(t.at("objects/?match[spec_version]=2.1&match[id]="+strings.Join(t.seeds, ",")))), "objects"); len(got) != 3 {
				t.failf("%d of 3 come", len(got))
			}
		}},
		{"spec-version-other", Must, "3.4.1", "match[spec_version]=2.0 does not list what is of 2.1.", func(t *try) {
			t.seeded()
			if got := t.dicts(t.dict(t.get(t.at("objects/?match[spec_version]=2.0&match[id]="+strings.Join(t.seeds, ",")))), "objects"); len(got) != 0 {
				t.failf("%d come", len(got))
			}
		}},
		{"version-observable", Should, "5.3.1", "What has no version of its own has one that stays the same.", func(t *try) {
			t.seeded()
			path := t.at("objects/" + t.seeds[2] + "/versions/")
			a, b := t.texts(t.dict(t.get(path)), "versions"), t.texts(t.dict(t.get(path)), "versions")
			if len(a) != 1 || !slices.Equal(a, b) {
				t.failf("versions %q, then %q", a, b)
			}
		}},
	}
}

// stixTypes are some of STIX 2.1's.
var stixTypes = []string{
	"attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure",
	"intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion", "report", "threat-actor",
	"tool", "vulnerability", "relationship", "sighting", "marking-definition", "language-content", "extension-definition",
	"ipv4-addr", "domain-name", "file", "url", "x509-certificate",
}

// seeded skips unless objects were put there.
func (t *try) seeded() {
	if len(t.seeds) == 0 {
		t.skipf("no collection to write to was named, or it took nothing")
	}
}

// known is the id of an object that is there.
func (t *try) known() string {
	switch {
	case len(t.seeds) > 0:
		return t.seeds[0]
	case len(t.entries) > 0:
		return t.entries[0].ID
	}
	t.skipf("no object is known to be there")
	return ""
}

func (t *try) types(list []dict, kind string) {
	if len(list) == 0 {
		t.failf("nothing of type %s is listed", kind)
	}
	for _, id := range t.ids(list) {
		if !strings.HasPrefix(id, kind+"--") {
			t.failf("%s is listed as %s", id, kind)
		}
	}
}

// objectsOf is the objects that a listing has, themselves, where it is a manifest.
func (t *try) objectsOf(path, query string) []dict {
	if path == t.at("objects/") {
		return t.dicts(t.dict(t.get(path+query)), "objects")
	}
	ids := t.ids(t.dicts(t.dict(t.get(path+query)), "objects"))
	if len(ids) == 0 {
		return nil
	}
	return t.dicts(t.dict(t.get(t.at("objects/?match[spec_version]=2.0&match[id]="+strings.Join(ids[:min(20, len(ids))], ",")))), "objects")
}

// modified wants these minutes as versions, in any order.
func (t *try) modified(list []dict, minutes ...int) {
	var got, want []string
	for _, d := range list {
		got = append(got, t.text(d, "modified"))
	}
	for _, m := range minutes {
		want = append(want, versionAt(m))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.failf("versions %q come, want %q", got, want)
	}
}
