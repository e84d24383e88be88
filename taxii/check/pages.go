package check

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// mostPages are walked of a collection.
const mostPages = 30

// names reports whether the collection that is read is d, by its id or its alias.
func (t *try) names(d dict) bool {
	return t.text(d, "id") == t.collection || d["alias"] != nil && t.text(d, "alias") == t.collection
}

// aboutPages is paging by next and by date.
func aboutPages() []Check {
	both := endpoints[5:7] // manifest and objects
	return slices.Concat(
		each(both, "page-more", Must, "3.4", "Where limit cuts a listing short, more is true", func(t *try, path string) {
			t.several()
			if d := t.dict(t.get(path + "?limit=1&match[version]=all")); string(d["more"]) != "true" {
				t.failf("more is %s, with one of several objects", d["more"])
			}
		}),
		each(both, "page-end", Must, "3.5", "Where everything is listed, more is not true", func(t *try, path string) {
			t.several()
			d := t.dict(t.get(path + "?match[id]=" + url.QueryEscape(t.known())))
			if string(d["more"]) == "true" {
				t.failf("more is true, with nothing more")
			}
		}),
		each(both, "page-next", Must, "3.5", "Pages by next list each object once, in order, as one page does", func(t *try, path string) {
			t.walk(path, func(d dict, _ http.Header) string {
				if next := t.text(d, "next"); next != "" {
					return "&next=" + url.QueryEscape(next)
				}
				t.skipf("the server gives no next")
				return ""
			})
		}),
		each(both, "page-date", Robust, "3.5", "Pages by added_after list each object once, in order, as one page does", func(t *try, path string) {
			t.walk(path, func(_ dict, h http.Header) string { return "&added_after=" + url.QueryEscape(h.Get(last)) })
		}),
		each(both, "page-next-alone", Should, "3.7", "next is given only where more is true", func(t *try, path string) {
			if d := t.dict(t.get(path + "?match[id]=" + url.QueryEscape(t.known()))); d["next"] != nil && string(d["more"]) != "true" {
				t.failf("next %s without more", d["next"])
			}
		}),
		each(both, "page-next-filter", Must, "Appendix B", "A next does not widen the filter it is used with", func(t *try, path string) {
			t.several()
			next := t.text(t.dict(t.get(path+"?limit=1&match[version]=all")), "next")
			if next == "" {
				t.skipf("the server gives no next")
			}
			got := t.ask(ask{path: path + "?match[type]=x-none&next=" + url.QueryEscape(next)})
			if got.status == http.StatusOK && len(t.dicts(t.dict(got), "objects")) > 0 {
				t.failf("objects of another type are listed")
			}
		}),
		each(both, "page-next-other", Robust, "Appendix B", "A next with another filter than it was given for is no fault", func(t *try, path string) {
			t.several()
			next := t.text(t.dict(t.get(path+"?limit=1&match[version]=all")), "next")
			t.want(t.ask(ask{path: path + "?match[type]=x-none&next=" + url.QueryEscape(next+"x")}), http.StatusBadRequest)
			t.calm(t.ask(ask{path: path + "?match[type]=x-none&next=" + url.QueryEscape(next)}))
		}),
		[]Check{
			{"page-next-elsewhere", Robust, "Appendix B", "A next of one collection is refused by another.", func(t *try) {
				t.several()
				next := t.text(t.dict(t.get(t.at("objects/?limit=1&match[version]=all"))), "next")
				if next == "" {
					t.skipf("the server gives no next")
				}
				for _, d := range t.shown {
					if id := t.text(d, "id"); !t.names(d) && string(d["can_read"]) == "true" {
						t.want(t.ask(ask{path: t.root + "collections/" + id + "/objects/?next=" + url.QueryEscape(next)}), http.StatusBadRequest)
						return
					}
				}
				t.skipf("there is no second collection to read")
			}},
			{"page-versions", Must, "3.5", "Pages of an object's versions list each once.", func(t *try) {
				t.seeded()
				path := t.one("versions/")
				page := t.dict(t.get(path + "?limit=1"))
				got := t.texts(page, "versions")
				if string(page["more"]) != "true" {
					t.failf("more is %s, with one of two versions", page["more"])
				}
				next := "added_after=" + url.QueryEscape(t.get(path+"?limit=1").header.Get(last))
				if page["next"] != nil {
					next = "next=" + url.QueryEscape(t.text(page, "next"))
				}
				got = append(got, t.texts(t.dict(t.get(path+"?limit=1&"+next)), "versions")...)
				if slices.Sort(got); !slices.Equal(got, []string{versionAt(1), versionAt(2)}) {
					t.failf("versions %q", got)
				}
			}},
			{"page-stable", Robust, "3.3", "The same page asked for twice is the same.", func(t *try) {
				a, b := t.get(t.below("objects/?limit=5")), t.get(t.below("objects/?limit=5"))
				if !sameJSON(t.dict(a)["objects"], t.dict(b)["objects"]) && t.dict(a)["objects"] != nil {
					t.failf("the same request is answered in two ways")
				}
			}},
		},
	)
}

// several skips unless more than one object is there.
func (t *try) several() {
	if len(t.seeds) == 0 && len(t.entries) < 2 {
		t.skipf("fewer than two objects are there")
	}
}

// walk reads page after page, and compares with one page of as many.
func (t *try) walk(path string, on func(dict, http.Header) string) {
	t.several()
	var walked []string
	at, size := "", 2
	if len(t.entries) > 40 {
		size = len(t.entries) / 20
	}
	more := true
	for range mostPages {
		got := t.get(path + "?match[version]=all&limit=" + number(size) + at)
		d := t.dict(got)
		walked = append(walked, t.lines(d)...)
		if more = string(d["more"]) == "true"; !more {
			break
		}
		at = on(d, got.header)
	}
	t.unique("the pages", walked)
	whole := t.lines(t.dict(t.get(path + "?match[version]=all&limit=" + number(max(1, len(walked))))))
	n := min(len(whole), len(walked))
	if !slices.Equal(whole[:n], walked[:n]) || n == 0 || !more && n < len(t.seeds) {
		t.failf("%d lines by pages, %d at once, and not the same", len(walked), len(whole))
	}
}

// lines names each record and its version.
func (t *try) lines(d dict) (all []string) {
	for _, o := range t.dicts(d, "objects") {
		all = append(all, t.text(o, "id")+" "+strings.Join([]string{string(o["version"]), string(o["modified"]), string(o["created"])}, " "))
	}
	return all
}
