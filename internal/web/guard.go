package web

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// policy lets a page load what is the node's own, and nothing else: no inline
// script or style, no other host, no frame around it. CSP Level 3
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; manifest-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// headers go with every answer.
var headers = map[string]string{
	"Content-Security-Policy":      policy,
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
	"Cache-Control":                "no-store",
}

// maxForm bounds what a form sends; files are streams of their own.
const maxForm = 1 << 20

// guarded lets through what is called by a name of ours, and what does not come
// from a page of another site. The order counts: CrossOriginProtection lets a
// page of another name that leads here through, the list of hosts does not.
func (s *site) guarded(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		if s.TLS {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000") // RFC 6797, 6.1
		}
		if !s.athome(r.Host) {
			http.Error(w, "no such host is served here", http.StatusMisdirectedRequest) // RFC 9110, 15.5.20
			return
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		next.ServeHTTP(w, r)
	})
}

// athome reports whether a host is a name by which browsers may call the node,
// so that a page with a name of its own that leads here reaches nothing.
// RFC 9110, 7.4
func (s *site) athome(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return slices.Contains(s.Hosts, strings.Trim(strings.TrimSuffix(strings.ToLower(host), "."), "[]"))
}

// local is the path that a person wanted, if it is one of this node's, else the
// first page: nobody is led elsewhere by an address that begins here.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return "/"
	}
	return path
}
