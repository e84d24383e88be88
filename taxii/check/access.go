package check

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// aboutAccess is authentication and rights.
func aboutAccess() []Check {
	return slices.Concat(
		each(endpoints, "no-credentials", Must, "1.6.9", "Without credentials an endpoint that asks for them answers 401 or 404", func(t *try, path string) {
			t.secret()
			t.want(t.ask(ask{path: path, auth: "-"}), http.StatusUnauthorized, http.StatusNotFound)
		}),
		each(endpoints, "wrong-credentials", Must, "1.6.9", "With wrong credentials an endpoint answers 401 or 404", func(t *try, path string) {
			t.secret()
			wrong := "Basic " + base64.StdEncoding.EncodeToString([]byte("nobody:"+uuid()))
			t.want(t.ask(ask{path: path, auth: wrong}), http.StatusUnauthorized, http.StatusNotFound)
		}),
		[]Check{
			{"challenge", Must, "1.6.9", "A 401 has a WWW-Authenticate with a challenge.", func(t *try) {
				got := t.unauthorised()
				if got.header.Get("WWW-Authenticate") == "" {
					t.failf("%s: 401 without WWW-Authenticate", got.where())
				}
			}},
			{"challenge-basic", Should, "8.2.2", "HTTP Basic is among the challenges.", func(t *try) {
				got := t.unauthorised()
				if all := strings.Join(got.header.Values("WWW-Authenticate"), ","); !strings.Contains(strings.ToLower(all), "basic") {
					t.failf("%s: challenged with %q", got.where(), all)
				}
			}},
			{"challenge-media-type", Must, "3.1", "A 401 has the TAXII media type.", func(t *try) { t.taxiiMedia(t.unauthorised()) }},
			{"credentials-garbage", Robust, "RFC 7617, 2", "Credentials that cannot be read are wrong, not a fault.", func(t *try) {
				t.secret()
				for _, header := range []string{"Basic", "Basic !!!", "Basic " + base64.StdEncoding.EncodeToString([]byte("no colon")), "Bearer ", "Unheard of"} {
					t.want(t.ask(ask{path: t.root, auth: header}), http.StatusUnauthorized, http.StatusNotFound, http.StatusBadRequest)
				}
			}},
			{"credentials-scheme-case", Robust, "RFC 9110, 11.1", "The name of the scheme is compared without regard to case.", func(t *try) {
				t.secret()
				if t.cfg.User == "" {
					t.skipf("no user and password were given")
				}
				t.okay(ask{path: t.root, auth: "bASIC " + base64.StdEncoding.EncodeToString([]byte(t.cfg.User+":"+t.cfg.Password))})
			}},
			{"post-no-credentials", Must, "5.5", "Adding without credentials is a 401 or 404.", func(t *try) {
				t.secret()
				a := t.adding(tool(uuid(), 1))
				a.auth = "-"
				t.want(t.ask(a), http.StatusUnauthorized, http.StatusNotFound)
			}},
			{"delete-no-credentials", Must, "5.7", "Deleting without credentials is a 401 or 404.", func(t *try) {
				t.secret()
				t.want(t.ask(ask{method: http.MethodDelete, path: t.one(""), auth: "-"}), http.StatusUnauthorized, http.StatusNotFound)
			}},
			{"unreadable-manifest", Must, "5.3", "The manifest of a collection that may not be read is a 403 or 404.", func(t *try) { t.barred("manifest/") }},
			{"unreadable-objects", Must, "5.4", "The objects of a collection that may not be read are a 403 or 404.", func(t *try) { t.barred("objects/") }},
			{"unreadable-object", Must, "5.6", "An object of a collection that may not be read is a 403 or 404.", func(t *try) { t.barred("objects/tool--" + uuid() + "/") }},
			{"unreadable-versions", Must, "5.8", "The versions of an object of a collection that may not be read are a 403 or 404.", func(t *try) {
				t.barred("objects/tool--" + uuid() + "/versions/")
			}},
			{"unwritable-add", Must, "5.5", "Adding to a collection that may not be written is a 403 or 404.", func(t *try) {
				a := t.adding(tool(uuid(), 1))
				if a.path == "" {
					a = ask{method: http.MethodPost, kind: "application/taxii+json;version=2.1", body: strings.NewReader(`{"objects":[` + tool(uuid(), 1) + `]}`)}
				}
				a.path = t.where("can_write", "false") + "objects/"
				t.want(t.ask(a), http.StatusForbidden, http.StatusNotFound)
			}},
			{"unwritable-delete", Must, "5.7", "Deleting from a collection that may only be read is a 403.", func(t *try) {
				path := t.where("can_read", "true", "can_write", "false") + "objects/tool--" + uuid() + "/"
				t.want(t.ask(ask{method: http.MethodDelete, path: path}), http.StatusForbidden)
			}},
			{"unreadable-delete", Must, "5.7", "Deleting from a collection that may only be written is a 403.", func(t *try) {
				path := t.where("can_read", "false", "can_write", "true") + "objects/tool--" + uuid() + "/"
				t.want(t.ask(ask{method: http.MethodDelete, path: path}), http.StatusForbidden)
			}},
		},
	)
}

// secret skips unless the server is to ask for credentials.
func (t *try) secret() {
	if t.cfg.User == "" && t.cfg.Token == "" {
		t.skipf("no credentials were given, so that the server may be open to all")
	}
}

// unauthorised is a 401 of the server, found at any endpoint.
func (t *try) unauthorised() reply {
	t.secret()
	for _, e := range endpoints {
		if path := e.path(t.probe); path != "" {
			if got := t.ask(ask{path: path, auth: "-"}); got.status == http.StatusUnauthorized {
				return got
			}
		}
	}
	t.skipf("no endpoint answers 401")
	return reply{}
}

// barred asks below a collection that may not be read.
func (t *try) barred(below string) {
	t.want(t.ask(ask{path: t.where("can_read", "false") + below}), http.StatusForbidden, http.StatusNotFound)
}

// where is a collection of the given properties, name and value in turn.
func (t *try) where(props ...string) string {
	for _, c := range t.shown {
		fits := true
		for i := 0; i < len(props); i += 2 {
			fits = fits && string(c[props[i]]) == props[i+1]
		}
		if fits {
			return t.root + "collections/" + t.text(c, "id") + "/"
		}
	}
	t.skipf("no collection is there with %s", strings.Join(props, " "))
	return ""
}
