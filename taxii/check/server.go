package check

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// aboutServer is discovery, the API root and its properties.
func aboutServer() []Check {
	return []Check{
		{"discovery-title", Must, "4.1.1", "Discovery has a title.", func(t *try) { t.has(t.dict(t.get("/taxii2/")), "title") }},
		{"discovery-strings", Must, "4.1.1", "Discovery's description, contact and default are strings.", func(t *try) {
			d := t.dict(t.get("/taxii2/"))
			for _, name := range []string{"description", "contact", "default"} {
				t.text(d, name)
			}
		}},
		{"discovery-roots", Must, "4.1.1", "Discovery's api_roots is a list of strings that is not empty, or not there.", func(t *try) { t.roots() }},
		{"discovery-some-root", Must, "8.2.1", "At least one API root is supported.", func(t *try) {
			if t.cfg.Root == "" && len(t.roots()) == 0 {
				t.failf("discovery names no API root")
			}
			t.get(t.root)
		}},
		{"discovery-default", Must, "4.1.1", "The default API root is one of api_roots.", func(t *try) {
			d := t.dict(t.get("/taxii2/"))
			if root := t.text(d, "default"); root != "" && !slices.Contains(t.texts(d, "api_roots"), root) {
				t.failf("default %s is not in %s", root, d["api_roots"])
			}
		}},
		{"discovery-root-urls", Must, "4.1.1", "API roots are HTTPS URLs, or paths that begin with a single slash, without a query.", func(t *try) {
			for _, root := range t.roots() {
				u, err := url.Parse(root)
				relative := strings.HasPrefix(root, "/") && !strings.HasPrefix(root, "//")
				if err != nil || u.RawQuery != "" || u.ForceQuery || !relative && (u.Scheme != "https" || u.Host == "") {
					t.failf("api_roots has %q", root)
				}
			}
		}},
		{"discovery-roots-unique", Must, "4.2", "Each API root has a URL of its own.", func(t *try) { t.unique("api_roots", t.roots()) }},
		{"discovery-properties", Must, "7.1.1", "Discovery's properties are the standard's, or named as custom ones may be.", func(t *try) {
			t.named(t.dict(t.get("/taxii2/")), "title", "description", "contact", "default", "api_roots")
		}},
		{"root-title", Must, "4.2.1", "An API root has a title.", func(t *try) { t.has(t.dict(t.get(t.root)), "title") }},
		{"root-versions", Must, "4.2.1", "An API root's versions include application/taxii+json;version=2.1.", func(t *try) {
			d := t.dict(t.get(t.root))
			t.has(d, "versions")
			all := t.texts(d, "versions")
			if !slices.ContainsFunc(all, func(v string) bool { return strings.ReplaceAll(v, " ", "") == "application/taxii+json;version=2.1" }) {
				t.failf("versions are %q", all)
			}
		}},
		{"root-versions-form", Must, "4.2.1", "Each of an API root's versions is a TAXII media type with a version.", func(t *try) {
			for _, v := range t.texts(t.dict(t.get(t.root)), "versions") {
				media, params, err := mime.ParseMediaType(v)
				if err != nil || params["version"] == "" || media != "application/taxii+json" && media != "application/vnd.oasis.taxii+json" {
					t.failf("versions has %q", v)
				}
			}
		}},
		{"root-max-content-length", Must, "4.2.1", "An API root's max_content_length is a whole number above zero.", func(t *try) {
			d := t.dict(t.get(t.root))
			t.has(d, "max_content_length")
			if n := t.whole(d, "max_content_length"); n <= 0 {
				t.failf("max_content_length is %d", n)
			}
		}},
		{"root-description", Must, "4.2.1", "An API root's description is a string, or not there.", func(t *try) { t.text(t.dict(t.get(t.root)), "description") }},
		{"root-properties", Must, "7.1.1", "An API root's properties are the standard's, or named as custom ones may be.", func(t *try) {
			t.named(t.dict(t.get(t.root)), "title", "description", "versions", "max_content_length")
		}},
		{"root-unknown", Must, "4.2", "An API root that is not there is a 404.", func(t *try) {
			t.want(t.ask(ask{path: "/no-such-root-" + uuid() + "/"}), http.StatusNotFound)
		}},
		{"root-unknown-collections", Must, "5.1", "The collections of an API root that is not there are a 404.", func(t *try) {
			t.want(t.ask(ask{path: "/no-such-root-" + uuid() + "/collections/"}), http.StatusNotFound)
		}},
		{"status-unknown", Must, "4.3", "A status that is not there is a 404.", func(t *try) {
			t.want(t.ask(ask{path: t.root + "status/" + uuid() + "/"}), http.StatusNotFound)
		}},
	}
}

func (t *try) roots() []string { return t.texts(t.dict(t.get("/taxii2/")), "api_roots") }

// has wants a required property. A string is not empty.
func (t *try) has(d dict, names ...string) {
	for _, name := range names {
		if raw := string(d[name]); raw == "" || raw == "null" || raw == `""` {
			t.failf("%s is required, and is %q", name, raw)
		}
	}
}

// whole reads a member as a whole number that fits. TAXII 2.1, 2
func (t *try) whole(d dict, name string) int64 {
	n, err := strconv.ParseInt(string(d[name]), 10, 64)
	if err != nil || n > 1<<53-1 || n < -(1<<53-1) {
		t.failf("%s is %s, want a whole number", name, d[name])
	}
	return n
}

func (t *try) unique(what string, all []string) {
	sorted := slices.Sorted(slices.Values(all))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			t.failf("%s has %q twice", what, sorted[i])
		}
	}
}

var customName = regexp.MustCompile(`^[a-z0-9_]{3,250}$`)

// named holds names that are not the standard's to the rules for custom ones.
// TAXII 2.1, 3.8 and 7.1.1
func (t *try) named(d dict, standard ...string) {
	for name, raw := range d {
		if slices.Contains(standard, name) {
			if string(raw) == "null" {
				t.failf("%s is null", name)
			}
			continue
		}
		i := slices.IndexFunc(standard, func(s string) bool {
			return strings.EqualFold(strings.ReplaceAll(s, "_", ""), strings.ReplaceAll(name, "_", ""))
		})
		if i >= 0 {
			t.failf("%q, want %q", name, standard[i])
		}
		if !customName.MatchString(name) {
			t.failf("%q is no name for a custom property", name)
		}
	}
}

// boolean reads a required member that is true or false.
func (t *try) boolean(d dict, name string) bool {
	var b bool
	if json.Unmarshal(d[name], &b) != nil || string(d[name]) == "null" {
		t.failf("%s is %s, want true or false", name, d[name])
	}
	return b
}
