package check

import (
	"bytes"
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// aboutCollections is the collections resource and each collection.
func aboutCollections() []Check {
	return []Check{
		{"collections-list", Must, "5.1.1", "collections is a list that is not empty, or not there.", func(t *try) { t.collections() }},
		{"collections-properties", Must, "7.1.1", "The collections resource has the standard's properties, or custom ones.", func(t *try) {
			t.named(t.dict(t.get(t.root+"collections/")), "collections")
		}},
		{"collection-required", Must, "5.2.1", "Each collection has id, title, can_read and can_write.", func(t *try) {
			t.all(func(d dict) { t.has(d, "id", "title", "can_read", "can_write") })
		}},
		{"collection-id", Must, "2", "Each collection's id is a UUID of version 4.", func(t *try) {
			t.all(func(d dict) { t.identifier(t.text(d, "id")) })
		}},
		{"collection-ids-unique", Must, "5.2.1", "Each collection's id is its own.", func(t *try) { t.unique("id", t.each("id")) }},
		{"collection-rights", Must, "2", "can_read and can_write are true or false, without quotes.", func(t *try) {
			t.all(func(d dict) { t.boolean(d, "can_read"); t.boolean(d, "can_write") })
		}},
		{"collection-strings", Must, "5.2.1", "Each collection's title, description and alias are strings.", func(t *try) {
			t.all(func(d dict) { t.text(d, "title"); t.text(d, "description"); t.text(d, "alias") })
		}},
		{"collection-aliases-unique", Must, "5.2.1", "An alias is unique within its API root.", func(t *try) { t.unique("alias", t.each("alias")) }},
		{"collection-alias", Should, "5.2.1", "A collection is found by its alias.", func(t *try) {
			for _, d := range t.collections() {
				if alias := t.text(d, "alias"); alias != "" {
					got := t.dict(t.get(t.root + "collections/" + alias + "/"))
					if !bytes.Equal(got["id"], d["id"]) {
						t.failf("alias %s finds %s, want %s", alias, got["id"], d["id"])
					}
					return
				}
			}
			t.skipf("no collection has an alias")
		}},
		{"collection-media-types", Must, "5.2.1", "media_types is a list of strings that is not empty, or not there.", func(t *try) {
			t.all(func(d dict) { t.texts(d, "media_types") })
		}},
		{"collection-properties", Must, "7.1.1", "A collection's properties are the standard's, or named as custom ones may be.", func(t *try) {
			t.all(func(d dict) {
				t.named(d, "id", "title", "description", "alias", "can_read", "can_write", "media_types")
			})
		}},
		{"collections-order", Must, "3.3", "Collections come in the same order each time.", func(t *try) {
			first := t.each("id")
			for range 3 {
				if again := t.each("id"); !slices.Equal(first, again) {
					t.failf("%q, then %q", first, again)
				}
			}
		}},
		{"collection-same", Robust, "5.2", "A collection says the same of itself as the list of collections does.", func(t *try) {
			for _, d := range t.collections() {
				alone := t.dict(t.get(t.root + "collections/" + t.text(d, "id") + "/"))
				if !maps.EqualFunc(d, alone, sameJSON) {
					t.failf("in the list %s, alone %s", d, alone)
				}
			}
		}},
		{"collection-unknown", Must, "5.2", "A collection that is not there is a 404.", func(t *try) {
			t.want(t.ask(ask{path: t.root + "collections/" + uuid() + "/"}), http.StatusNotFound)
		}},
		{"collection-unknown-objects", Must, "5.4", "The objects of a collection that is not there are a 404.", func(t *try) {
			t.want(t.ask(ask{path: t.root + "collections/" + uuid() + "/objects/"}), http.StatusNotFound)
		}},
		{"collection-unknown-manifest", Must, "5.3", "The manifest of a collection that is not there is a 404.", func(t *try) {
			t.want(t.ask(ask{path: t.root + "collections/" + uuid() + "/manifest/"}), http.StatusNotFound)
		}},
	}
}

func (t *try) collections() []dict {
	return t.dicts(t.dict(t.get(t.root+"collections/")), "collections")
}

// all looks at each collection, in the list and the one that is read alone.
func (t *try) all(look func(dict)) {
	for _, d := range t.collections() {
		look(d)
	}
	if t.collection != "" {
		look(t.dict(t.get(t.at(""))))
	}
}

// each is one property of each collection that has it.
func (t *try) each(name string) (all []string) {
	for _, d := range t.collections() {
		if s := t.text(d, name); s != "" {
			all = append(all, s)
		}
	}
	return all
}

var version4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// identifier holds s to a UUID of version 4. RFC 4122, 4.4
func (t *try) identifier(s string) {
	if !version4.MatchString(s) {
		t.failf("%q is no UUID of version 4", s)
	}
}
