package check

import (
	"net/http"
	"slices"
)

// aboutDeleting is DELETE.
func aboutDeleting() []Check {
	return []Check{
		{"delete", Must, "5.7", "Deleting an object is a 200.", func(t *try) { t.remove(t.placed(1), "") }},
		{"delete-media-type", Must, "5.7", "The answer to deleting has the TAXII media type.", func(t *try) {
			t.taxiiMedia(t.remove(t.placed(1), ""))
		}},
		{"delete-object", Must, "5.7", "A deleted object is a 404.", func(t *try) {
			id := t.placed(1)
			t.remove(id, "")
			t.want(t.ask(ask{path: t.at("objects/" + id + "/")}), http.StatusNotFound)
		}},
		{"delete-versions", Must, "5.7", "A deleted object's versions are a 404.", func(t *try) {
			id := t.placed(1)
			t.remove(id, "")
			t.want(t.ask(ask{path: t.at("objects/" + id + "/versions/")}), http.StatusNotFound)
		}},
		{"delete-manifest", Must, "5.7", "A deleted object is in no manifest.", func(t *try) {
			id := t.placed(1)
			t.remove(id, "")
			t.gone(id, "manifest/")
		}},
		{"delete-objects", Must, "5.7", "A deleted object is in no listing.", func(t *try) {
			id := t.placed(1)
			t.remove(id, "")
			t.gone(id, "objects/")
		}},
		{"delete-all-versions", Robust, "5.7", "Without match[version] every version is deleted.", func(t *try) {
			id := t.placed(1, 2)
			t.remove(id, "")
			t.want(t.ask(ask{path: t.at("objects/" + id + "/?match[version]=all")}), http.StatusNotFound)
		}},
		{"delete-version", Must, "5.7", "match[version] deletes that version alone.", func(t *try) {
			id := t.placed(1, 2)
			t.remove(id, "?match[version]="+versionAt(1))
			t.modified(t.dicts(t.dict(t.get(t.at("objects/"+id+"/?match[version]=all"))), "objects"), 2)
		}},
		{"delete-version-404", Must, "5.7", "A deleted version is a 404.", func(t *try) {
			id := t.placed(1, 2)
			t.remove(id, "?match[version]="+versionAt(1))
			t.want(t.ask(ask{path: t.at("objects/" + id + "/?match[version]=" + versionAt(1))}), http.StatusNotFound)
		}},
		{"delete-last", Must, "5.7", "After the last version is deleted, the one before is the last.", func(t *try) {
			id := t.placed(1, 2)
			t.remove(id, "?match[version]=last")
			t.modified(t.dicts(t.dict(t.get(t.at("objects/"+id+"/"))), "objects"), 1)
		}},
		{"delete-others", Robust, "5.7", "Deleting an object leaves the others.", func(t *try) {
			a, b := t.placed(1), t.placed(1)
			t.remove(a, "")
			t.get(t.at("objects/" + b + "/"))
		}},
		{"delete-unknown", Must, "5.7", "Deleting what is not there is a 404.", func(t *try) {
			t.seeded()
			t.want(t.ask(ask{method: http.MethodDelete, path: t.at("objects/tool--" + uuid() + "/")}), http.StatusNotFound)
		}},
		{"delete-twice", Must, "5.7", "Deleting for a second time is a 404.", func(t *try) {
			id := t.placed(1)
			t.remove(id, "")
			t.want(t.ask(ask{method: http.MethodDelete, path: t.at("objects/" + id + "/")}), http.StatusNotFound)
		}},
		{"delete-version-bad", Must, "3.4", "Deleting a version that cannot be read is a 400, and deletes nothing.", func(t *try) {
			id := t.placed(1)
			t.want(t.ask(ask{method: http.MethodDelete, path: t.at("objects/" + id + "/?match[version]=newest")}), http.StatusBadRequest)
			t.get(t.at("objects/" + id + "/"))
		}},
		{"delete-again", Robust, "3.3", "What is added again after it was deleted is listed again, at the end.", func(t *try) {
			id := t.placed(1)
			before := t.get(t.at("objects/" + id + "/")).header.Get(last)
			t.remove(id, "")
			t.stored(t.add(tool(id[len("tool--"):], 1)))
			if after := t.get(t.at("objects/" + id + "/")).header.Get(last); after <= before {
				t.failf("first added at %s, again at %s", before, after)
			}
		}},
	}
}

// placed puts versions of an object there, and gives its id.
func (t *try) placed(minutes ...int) string {
	id := t.fresh()
	for _, m := range minutes {
		t.stored(t.add(tool(id, m)))
	}
	return "tool--" + id
}

func (t *try) remove(id, query string) reply {
	got := t.ask(ask{method: http.MethodDelete, path: t.at("objects/" + id + "/" + query)})
	t.want(got, http.StatusOK)
	return got
}

func (t *try) gone(id, where string) {
	if slices.Contains(t.ids(t.dicts(t.dict(t.get(t.at(where+"?match[version]=all&match[id]="+id))), "objects")), id) {
		t.failf("%s is still listed", id)
	}
}
