package web_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/web"
)

// With TLS the cookie can be set by this host alone, and is never sent without.
// RFC 6265, 4.1
func TestWithTLSTheCookieIsThisHostsAlone(t *testing.T) {
	h := newHouse(t)
	n := h.atlas
	h.pages = web.Handler(web.Config{
		Desk: desk.Desk{
			Org: n.Org, Store: n.Store(), Ledger: n.Ledger(), Accounts: n.Accounts(), Pacts: n.Pacts(), Peer: n.Peer(), Gate: n.Gate(),
		},
		Language: "en", Hosts: []string{"127.0.0.1"}, TLS: true, Now: n.Now, Log: slog.New(slog.DiscardHandler),
	})
	a := h.browser().post("/enter", "secret", h.link("rami"))
	set := a.Header().Get("Set-Cookie")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(set, "__Host-mithaq=") {
		t.Fatalf("%d %q", a.Code, set)
	}
	for _, want := range []string{"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("%q lacks %s", set, want)
		}
	}
	if strings.Contains(set, "Domain") || a.Header().Get("Strict-Transport-Security") == "" {
		t.Errorf("%q, %v", set, a.Header())
	}
}
