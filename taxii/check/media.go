package check

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/taxii"
)

// aboutMedia is content negotiation.
func aboutMedia() []Check {
	return slices.Concat(
		each(endpoints, "media-type", Must, "3.1", "A response has the TAXII media type with its version in Content-Type", func(t *try, path string) {
			t.taxiiMedia(t.get(path))
		}),
		each(endpoints, "accept-without-version", Must, "3.1", "An Accept of application/taxii+json without a version is not refused", func(t *try, path string) {
			t.taxiiMedia(t.okay(ask{path: path, accept: "application/taxii+json"}))
		}),
		each(endpoints, "accept-list", Must, "3.1", "An Accept that names the TAXII media type among others is not refused", func(t *try, path string) {
			t.okay(ask{path: path, accept: "application/stix+json;version=2.1, application/taxii+json; version=2.1"})
		}),
		each(endpoints, "json", Must, "1.6.7", "A response is one JSON object in UTF-8 without a name twice", func(t *try, path string) {
			got := t.get(path)
			if t.dict(got); !strict(got.body) {
				t.failf("%s: not UTF-8, or a name occurs twice", got.where())
			}
		}),
		each(endpoints, "head", Robust, "RFC 9110, 9.3.2", "HEAD is answered as GET is, without a body", func(t *try, path string) {
			got := t.ask(ask{method: http.MethodHead, path: path})
			if got.status == http.StatusMethodNotAllowed {
				return
			}
			if t.want(got, http.StatusOK); len(got.body) > 0 {
				t.failf("HEAD %s: %d bytes of body", path, len(got.body))
			}
			t.taxiiMedia(got)
		}),
		each(endpoints, "accept-other", Robust, "3.1", "An Accept that admits nothing of TAXII is a 406, or is answered with TAXII", func(t *try, path string) {
			got := t.ask(ask{path: path, accept: "image/png"})
			t.want(got, http.StatusNotAcceptable, http.StatusOK)
			t.taxiiMedia(got)
		}),
		[]Check{
			{"accept-old-version", Robust, "1.6.8.2", "A version that the server may not have is a 406 or answered in that version, never by a fault.", func(t *try) {
				t.want(t.ask(ask{path: "/taxii2/", accept: "application/taxii+json;version=9.9"}), http.StatusNotAcceptable, http.StatusOK)
			}},
			{"accept-garbage", Robust, "RFC 9110, 12.5.1", "An Accept that cannot be read is no fault of the server.", func(t *try) {
				t.calm(t.ask(ask{path: "/taxii2/", accept: `;;;,,/"`}))
			}},
			{"accept-quality", Robust, "RFC 9110, 12.5.1", "A quality in Accept does not make the media type unknown.", func(t *try) {
				t.okay(ask{path: "/taxii2/", accept: "text/html;q=0.2, application/taxii+json;version=2.1;q=0.9"})
			}},
			{"accept-case", Robust, "RFC 9110, 8.3.1", "Media types are compared without regard to case.", func(t *try) {
				t.okay(ask{path: "/taxii2/", accept: "Application/TAXII+JSON;Version=2.1"})
			}},
			{"accept-quoted", Robust, "RFC 9110, 5.6.6", "A version in quotes is the version.", func(t *try) {
				t.okay(ask{path: "/taxii2/", accept: `application/taxii+json; version="2.1"`})
			}},
			{"user-agent", Should, "8.2.1", "A request without User-Agent is not refused.", func(t *try) {
				t.okay(ask{path: "/taxii2/", header: []string{"User-Agent", ""}})
			}},
		},
	)
}

// okay asks and wants a 200.
func (t *try) okay(a ask) reply {
	got := t.ask(a)
	t.want(got, http.StatusOK)
	return got
}

// calm fails at a 500 and its like.
func (t *try) calm(got reply) {
	if got.status >= 500 {
		t.failf("%s: status %d: %s", got.where(), got.status, got.excerpt())
	}
}

// taxiiMedia holds Content-Type to the media type with its version.
func (t *try) taxiiMedia(got reply) {
	said := got.header.Values("Content-Type")
	media, params, err := mime.ParseMediaType(strings.Join(said, ","))
	if err != nil || media != "application/taxii+json" || params["version"] != "2.1" {
		t.failf("%s: Content-Type %q, want %q", got.where(), said, taxii.MediaType)
	}
}
