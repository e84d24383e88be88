package web_test

import (
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func TestThePageOfAPartnerWithoutANodeSaysWhatItsMISPWasSent(t *testing.T) {
	h := newHouse(t)
	h.must(h.atlas.Peer().AddPlain(t.Context(), h.atlas.Legal(), "feed.example"))
	b := h.as("lina")
	if text := b.page("/partners/feed.example"); strings.Contains(text, "signed by nobody") {
		t.Error("a partner without a MISP has one")
	}
	admin := h.atlas.Legal()
	admin.Roles = []mithaq.Role{mithaq.Administrator}
	h.atlas.Write(func(tx *store.Tx) error {
		return h.atlas.Misps().Open(tx, admin, mispsync.Road{Org: "feed.example", URL: "https://misp.feed.example", Arrives: 1}, "key")
	})
	for _, lang := range []string{"en", "fr", "ar", "tr"} {
		b.lang = lang
		if text := b.page("/partners/feed.example"); !strings.Contains(text, "https://misp.feed.example") || strings.Contains(text, "misp.observed") {
			t.Errorf("%s: the page does not say what its MISP was sent", lang)
		}
	}
}
