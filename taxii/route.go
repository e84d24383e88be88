package taxii

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// path is what a URL names. Only what its kind has is set.
type path struct {
	kind   string
	root   string
	id     string // of the collection or status
	object string
}

// endpoints is the table of TAXII 2.1, 3.1.
var endpoints = map[string]map[string]func(*call) error{
	"discovery":   get((*call).discovery),
	"root":        get((*call).apiRoot),
	"status":      get((*call).status),
	"collections": get((*call).collections),
	"collection":  get((*call).collection),
	"manifest":    get((*call).manifest),
	"objects":     with(get((*call).objects), http.MethodPost, (*call).add),
	"object":      with(get((*call).oneObject), http.MethodDelete, (*call).remove),
	"versions":    get((*call).versions),
}

func get(do func(*call) error) map[string]func(*call) error {
	return map[string]func(*call) error{http.MethodGet: do, http.MethodHead: do}
}

func with(m map[string]func(*call) error, method string, do func(*call) error) map[string]func(*call) error {
	m[method] = do
	return m
}

func allowed(methods map[string]func(*call) error) string {
	return strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
}

// split reads a URL's path. It is never cleaned and redirected: a client with
// a body or a signature is told, not sent elsewhere. TAXII 2.1, 3.1
func split(u *url.URL) (path, error) {
	escaped := u.EscapedPath()
	if !strings.HasSuffix(escaped, "/") {
		return path{}, Errorf(http.StatusNotFound, "a TAXII path ends in a slash")
	}
	parts := strings.Split(strings.Trim(escaped, "/"), "/")
	if len(escaped) < 2 || len(escaped) != len(strings.Join(parts, "/"))+2 {
		return path{}, NotFound("endpoint")
	}
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil || !segment(plain) {
			return path{}, NotFound("endpoint")
		}
		parts[i] = plain
	}
	return name(parts), nil
}

// segment reports whether s can name anything.
func segment(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '/'
	})
}

// name gives the parts their meaning; a kind of "" means none.
func name(parts []string) path {
	p := path{root: parts[0]}
	if len(parts) > 2 {
		p.id = parts[2]
	}
	if len(parts) > 4 {
		p.object = parts[4]
	}
	p.kind = kind(parts)
	return p
}

func kind(parts []string) string {
	if len(parts) == 1 {
		if parts[0] == "taxii2" { // TAXII 2.1, 8.2.1
			return "discovery"
		}
		return "root"
	}
	switch {
	case parts[1] == "status" && len(parts) == 3:
		return "status"
	case parts[1] != "collections":
		return ""
	case len(parts) == 2:
		return "collections"
	case len(parts) == 3:
		return "collection"
	}
	return below(parts[3:])
}

// below is the kind of what follows a collection's id.
func below(parts []string) string {
	switch {
	case len(parts) == 1 && (parts[0] == "manifest" || parts[0] == "objects"):
		return parts[0]
	case parts[0] != "objects" || len(parts) > 3:
		return ""
	case len(parts) == 2:
		return "object"
	case parts[2] == "versions":
		return "versions"
	}
	return ""
}
