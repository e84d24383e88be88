package check

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// aboutErrors is the error resource.
func aboutErrors() []Check {
	errors := []endpoint{
		{"root", "4.2", func(*probe) string { return "/no-such-root-" + uuid() + "/" }, ""},
		{"status", "4.3", func(p *probe) string { return p.root + "status/" + uuid() + "/" }, ""},
		{"collection", "5.2", func(p *probe) string { return p.root + "collections/" + uuid() + "/" }, ""},
		{"object", "5.6", func(p *probe) string { return p.at("objects/tool--" + uuid() + "/") }, ""},
		{"parameter", "3.4", func(p *probe) string { return p.at("objects/?limit=0") }, ""},
	}
	return slices.Concat(
		each(errors, "error-media-type", Must, "3.1", "An error has the TAXII media type", func(t *try, path string) { t.taxiiMedia(t.wrong(path)) }),
		each(errors, "error-body", Should, "3.6.1", "An error's body has a title", func(t *try, path string) { t.has(t.dict(t.wrong(path)), "title") }),
		each(errors, "error-status", Must, "3.6.1", "An error's http_status is a string, and that of the answer", func(t *try, path string) {
			got := t.wrong(path)
			if len(got.body) == 0 {
				return
			}
			if s := t.text(t.dict(got), "http_status"); s != "" && s != fmt.Sprint(got.status) {
				t.failf("http_status %q with status %d", s, got.status)
			}
		}),
		each(errors, "error-properties", Must, "3.8", "An error's properties are the standard's, or named as custom ones may be", func(t *try, path string) {
			if got := t.wrong(path); len(got.body) > 0 {
				t.named(t.dict(got), "title", "description", "error_id", "error_code", "http_status", "external_details", "details")
			}
		}),
	)
}

// wrong wants an error that is the client's.
func (t *try) wrong(path string) reply {
	got := t.ask(ask{path: path})
	if got.status < 400 || got.status > 499 {
		t.failf("%s: status %d, want an error of the client", got.where(), got.status)
	}
	return got
}

// aboutStrangeness is what the open network sends.
func aboutStrangeness() []Check {
	return []Check{
		{"slash", Robust, "3.1", "A path without its slash is no fault, and leads to no page for people.", func(t *try) {
			got := t.ask(ask{path: strings.TrimSuffix(t.root, "/") + "/collections"})
			if t.calm(got); strings.Contains(got.header.Get("Content-Type"), "html") {
				t.failf("answered with %s", got.header.Get("Content-Type"))
			}
		}},
		{"method", Robust, "RFC 9110, 15.5.6", "A method that an endpoint does not have is a 405 with Allow, or a 404.", func(t *try) {
			for _, m := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
				got := t.ask(ask{method: m, path: t.root + "collections/"})
				if t.want(got, http.StatusMethodNotAllowed, http.StatusNotFound); got.status == http.StatusMethodNotAllowed && got.header.Get("Allow") == "" {
					t.failf("%s: 405 without Allow", m)
				}
			}
		}},
		{"method-override", Robust, "3.1", "A header does not turn reading into deleting.", func(t *try) {
			path := t.one("")
			t.get(path)
			t.ask(ask{path: path, header: []string{"X-HTTP-Method-Override", "DELETE"}})
			t.get(path)
		}},
		{"path-null", Robust, "3.1", "A NUL in a path is a 404 or 400.", func(t *try) { t.odd(t.root + "collections/a%00b/") }},
		{"path-utf8", Robust, "3.1", "A path that is not UTF-8 is a 404 or 400.", func(t *try) { t.odd(t.root + "collections/%ff%fe/") }},
		{"path-dots", Robust, "Appendix B", "Dots in a path lead nowhere.", func(t *try) {
			t.odd(t.root+"collections/%2e%2e%2f%2e%2e%2fetc%2fpasswd/", t.root+"status/..%5c..%5c/")
		}},
		{"path-quote", Robust, "3.1", "A quote in a path is data.", func(t *try) { t.odd(t.root+"collections/%27%20OR%20%271%27=%271/", t.root+"status/%27;--/") }},
		{"path-long", Robust, "3.1", "A very long path is a 404, 400 or 414.", func(t *try) {
			t.want(t.ask(ask{path: t.root + "collections/" + strings.Repeat("a", 6000) + "/"}), http.StatusNotFound, http.StatusBadRequest, http.StatusRequestURITooLong)
		}},
		{"path-deeper", Robust, "3.1", "What is below an endpoint is not there.", func(t *try) { t.odd(t.root+"collections/"+uuid()+"/else/", t.root+"else/") }},
		{"object-id-odd", Robust, "5.6", "An id that no object can have is a 404 or 400.", func(t *try) {
			t.odd(t.below("objects/%27;--/"), t.at("objects/tool--/"), t.at("objects/..%2f/"))
		}},
		{"value-null", Robust, "3.4", "A NUL in a filter is data or a 400.", func(t *try) {
			t.want(t.ask(ask{path: t.below("objects/?match[type]=a%00b")}), http.StatusOK, http.StatusBadRequest)
		}},
		{"value-utf8", Robust, "3.4", "A filter that is not UTF-8 is data or a 400.", func(t *try) {
			t.want(t.ask(ask{path: t.below("objects/?match[id]=%ff%fe")}), http.StatusOK, http.StatusBadRequest)
		}},
		{"value-long", Robust, "3.4", "A very long filter is no fault.", func(t *try) {
			t.calm(t.ask(ask{path: t.below("objects/?match[type]=" + strings.Repeat("a", 6000))}))
		}},
		{"limit-huge", Robust, "3.4", "A limit that fits no number is a 400, or the most there is.", func(t *try) {
			t.want(t.ask(ask{path: t.below("objects/?limit=" + strings.Repeat("9", 40))}), http.StatusOK, http.StatusBadRequest)
		}},
		{"date-far", Robust, "3.4", "Dates at the ends of time are no fault.", func(t *try) {
			for _, d := range []string{"0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.000000Z"} {
				t.want(t.ask(ask{path: t.below("objects/?limit=1&added_after=" + d)}), http.StatusOK, http.StatusBadRequest)
			}
		}},
		{"range", Robust, "1.7.1", "A Range of TAXII 2.0 is ignored.", func(t *try) {
			t.want(t.ask(ask{path: t.below("objects/"), header: []string{"Range", "items 0-1"}}), http.StatusOK)
		}},
		{"body-with-get", Robust, "RFC 9110, 9.3.1", "A GET with a body is no fault.", func(t *try) {
			t.want(t.ask(ask{path: t.root, body: strings.NewReader(`{"a":1}`), kind: "application/json"}), http.StatusOK, http.StatusBadRequest)
		}},
		{"header-long", Robust, "RFC 9110, 5.4", "A long header is no fault.", func(t *try) {
			t.calm(t.ask(ask{path: t.root, header: []string{"X-Long", strings.Repeat("a", 6000)}}))
		}},
		{"redirect", Robust, "8.2.1", "Discovery answers where it is, and sends nobody on.", func(t *try) {
			if got := t.ask(ask{path: "/taxii2/"}); got.status >= 300 && got.status < 400 {
				t.failf("status %d to %s", got.status, got.header.Get("Location"))
			}
		}},
		{"cache", Robust, "RFC 9111, 5.2", "What is read with credentials is kept by no shared cache.", func(t *try) {
			t.secret()
			if c := t.get(t.below("objects/?limit=1")).header.Get("Cache-Control"); strings.Contains(c, "public") || strings.Contains(c, "s-maxage") {
				t.failf("Cache-Control: %s", c)
			}
		}},
		{"after-error", Robust, "RFC 9112, 9.3", "After an error the next request is answered.", func(t *try) {
			t.ask(ask{path: t.root + "collections/" + uuid() + "/"})
			t.get(t.root)
		}},
		{"at-once", Robust, "3.3", "Twenty requests at once are each answered.", func(t *try) {
			got := make(chan error, 20)
			for range cap(got) {
				go func() {
					r, err := t.send(t.ctx, ask{path: t.root})
					if err == nil && r.status != http.StatusOK {
						err = fmt.Errorf("status %d", r.status)
					}
					got <- err
				}()
			}
			var bad error
			for range cap(got) {
				if err := <-got; err != nil {
					bad = err
				}
			}
			if bad != nil {
				t.failf("one was not: %v", bad)
			}
		}},
		{"hidden", Robust, "Appendix B", "What may not be read is answered as what is not there.", func(t *try) {
			path := t.where("can_read", "false")
			a, b := t.ask(ask{path: path + "objects/tool--" + uuid() + "/"}), t.ask(ask{path: path + "objects/tool--" + uuid() + "/versions/"})
			if a.status != b.status {
				t.failf("%d and %d for two things that are not there", a.status, b.status)
			}
		}},
	}
}

// odd wants each path to be not there, or a bad one.
func (t *try) odd(paths ...string) {
	for _, path := range paths {
		t.want(t.ask(ask{path: path}), http.StatusNotFound, http.StatusBadRequest)
	}
}

// aboutTLS is the connection.
func aboutTLS() []Check {
	return []Check{
		{"https", Must, "8.2.2", "Requests are accepted over HTTPS.", func(t *try) { t.shake(tls.VersionTLS12, tls.VersionTLS13) }},
		{"tls-1.2", Must, "8.2.2", "TLS 1.2 is accepted.", func(t *try) { t.shake(tls.VersionTLS12, tls.VersionTLS12) }},
		{"tls-1.3", Should, "8.2.2", "TLS 1.3 is accepted.", func(t *try) { t.shake(tls.VersionTLS13, tls.VersionTLS13) }},
		{"tls-old", Robust, "RFC 8996, 5", "TLS 1.0 and 1.1 are not accepted.", func(t *try) {
			if _, err := t.handshake(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil { // that is the question
				t.failf("a handshake of TLS 1.1 or older succeeds")
			}
		}},
		{"tls-ciphers", Should, "8.2.2", "TLS 1.2 does not use a cipher suite that HTTP/2 forbids.", func(t *try) {
			var old []uint16
			for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
				if !strings.Contains(c.Name, "ECDHE") || strings.Contains(c.Name, "_CBC_") || strings.Contains(c.Name, "RC4") {
					old = append(old, c.ID)
				}
			}
			got, err := t.handshake(&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: old})
			if err == nil {
				t.failf("%s is used", tls.CipherSuiteName(got.CipherSuite))
			}
		}},
	}
}

func (t *try) shake(from, to uint16) {
	if _, err := t.handshake(&tls.Config{MinVersion: from, MaxVersion: to}); err != nil { // versions are the question
		t.failf("no handshake: %v", err)
	}
}

// handshake connects. The certificate is for whoever reads: the HTTP client has
// judged it.
func (t *try) handshake(c *tls.Config) (tls.ConnectionState, error) {
	if t.base.Scheme != "https" {
		t.skipf("the server is asked over plain HTTP")
	}
	c.InsecureSkipVerify, c.ServerName = true, t.base.Hostname() // nothing is sent
	dial := t.cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	port := t.base.Port()
	if port == "" {
		port = "443"
	}
	raw, err := dial(t.ctx, "tcp", net.JoinHostPort(t.base.Hostname(), port))
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer raw.Close()
	_ = raw.SetDeadline(time.Now().Add(10 * time.Second))
	conn := tls.Client(raw, c)
	err = conn.HandshakeContext(t.ctx)
	return conn.ConnectionState(), err
}
