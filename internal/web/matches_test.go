package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// matching lets the house match: Najd has offered a domain, and Atlas has a case
// and an auditor.
func (h *house) matching() (casefile stix.ID) {
	h.t.Helper()
	h.w.Amend(h.pact, func(terms *mithaq.Terms) {
		terms.Match = &mithaq.MatchTerms{Identifiers: []string{"domain", "phone"}, PerDay: 100, SetSize: 100}
	}, h.atlas, h.najd)
	made, err := h.najd.Match().Offer(h.t.Context(), h.najd.Releaser(), match.Offering{
		Pact: h.pact, Purpose: mithaqtest.Purpose, Type: psi.Domain, Values: []string{"tickets.example"}, Class: mithaq.SubjectNone, Desk: "مكتب الاحتيال",
	})
	h.must(err)
	h.must(made[0].Why)
	h.must(h.najd.Match().PublishNow(h.t.Context(), h.najd.Supervisor(), h.pact))
	h.w.WaitFor("the set is here", func() (there bool) {
		h.atlas.Read(func(tx *store.Tx) error {
			sets, err := h.atlas.Match().Shelves(tx)
			there = len(sets) == 1
			return err
		})
		return there
	})
	return h.askers()
}

// askers gives Atlas' analyst a case, and Atlas an auditor.
func (h *house) askers() stix.ID {
	id, err := age.GenerateX25519Identity()
	h.must(err)
	auditor := mithaq.Viewer{Org: h.atlas.Org, Person: "person-00112233445566ff", Roles: []mithaq.Role{mithaq.Auditor}}
	analyst := h.atlas.Analyst()
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(h.atlas.Now()), "Tickets", mithaqtest.Purpose, mithaq.LegalBasis{Ref: mithaqtest.Basis})
	c.Members = []mithaq.PersonID{analyst.Person}
	h.atlas.Write(func(tx *store.Tx) error {
		if err := h.atlas.Match().SealTo(tx, auditor, id.Recipient().String()); err != nil {
			return err
		}
		return h.atlas.Gate().OpenCase(tx, analyst, c)
	})
	return c.ID
}

// keep leaves a page where MITHAQ_PAGES says, to be looked at.
func keep(t *testing.T, name, page string) {
	if dir := os.Getenv("MITHAQ_PAGES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// until looks at a page until it says something.
func (b *browser) until(path, want string) (page string) {
	b.h.t.Helper()
	b.h.w.WaitFor(path+" says "+want, func() bool {
		page = b.page(path)
		return strings.Contains(page, want)
	})
	return page
}

func TestAQuestionIsAskedInTheBrowser(t *testing.T) {
	h := newHouse(t)
	c := h.matching()
	b := h.as("amal")
	table := string(h.najd.Org) + " " + string(h.pact)
	for lang, words := range map[string][2]string{
		"en": {"Not among what they offered for this purpose", "Offered by them"}, "fr": {"Pas parmi ce qu’ils ont proposé", "Proposé par eux"},
		"ar": {"ليس بين ما عرضوه لهذا الغرض", "معروض لديهم"}, "tr": {"Bu amaçla sunduklarının arasında değil", "Onlarca sunulmuş"},
	} {
		b.lang = lang
		for i, value := range []string{"elsewhere.example", "tickets.example"} {
			a := b.post("/match", "table", table, "type", "domain", "case", string(c), "value", value)
			if a.Code != http.StatusSeeOther {
				t.Fatalf("%s: ask: %d %s", lang, a.Code, a.Body)
			}
			page := b.until(a.Header().Get("Location"), words[i])
			if hit := strings.Contains(page, "tickets.example"); hit != (i == 1) {
				t.Errorf("%s: the page of %s shows the value: %v", lang, value, hit)
			}
			keep(t, lang+"-question-"+value, page)
		}
		keep(t, lang+"-match", b.page("/match"))
		keep(t, lang+"-batches", b.page("/batches"))
	}
	b.lang = "en"
	if a := b.post("/match", "table", table, "type", "domain", "case", string(c), "value", "no domain"); a.Code != http.StatusUnprocessableEntity ||
		!strings.Contains(a.Body.String(), "nothing was sent") {
		t.Errorf("a malformed identifier: %d %s", a.Code, a.Body)
	}
	if a := h.as("rami").get("/match"); !strings.Contains(a.Body.String(), say.For("en").T("web.match.no-cases")) {
		t.Error("who is in no case is told so")
	}
}

func TestABatchIsAskedInTheBrowser(t *testing.T) {
	h := newHouse(t)
	c := h.matching()
	b := h.as("amal")
	a := b.post("/batches", "table", string(h.najd.Org)+" "+string(h.pact), "type", "domain", "case", string(c), "values", "one.example\r\n\r\ntickets.example\r\n")
	if a.Code != http.StatusSeeOther {
		t.Fatalf("begin: %d %s", a.Code, a.Body)
	}
	page := b.until(a.Header().Get("Location"), "finished")
	if !strings.Contains(page, "tickets.example") || strings.Contains(page, "one.example") {
		t.Errorf("hits alone are shown: %s", page)
	}
	keep(t, "en-batch", page)
	if a := h.as("rami").get(a.Header().Get("Location")); a.Code != http.StatusNotFound {
		t.Errorf("who has no need to know: %d", a.Code)
	}
}

func TestIdentifiersAreOfferedAndWithdrawnInTheBrowser(t *testing.T) {
	h := newHouse(t)
	h.matching()
	b := h.as("rami")
	a := b.post("/offers", "pact", string(h.pact), "purpose", string(mithaqtest.Purpose), "type", "domain", "class", "none", "desk", "fraud desk",
		"values", "seller.example\nno domain")
	if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "seller.example") || !strings.Contains(a.Body.String(), "No identifier of this type") {
		t.Fatalf("offer: %d %s", a.Code, a.Body)
	}
	for _, lang := range say.Languages {
		b.lang = lang
		keep(t, lang+"-offers", b.page("/offers"))
	}
	_, after, _ := strings.Cut(b.page("/offers"), `action="/offers/x-mithaq-offer`)
	id, _, _ := strings.Cut(after, `/withdraw"`)
	if a := h.as("amal").post("/offers/x-mithaq-offer" + id + "/withdraw"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst withdraws: %d", a.Code)
	}
	if a := b.post("/offers/x-mithaq-offer" + id + "/withdraw"); a.Code != http.StatusSeeOther {
		t.Fatalf("withdraw: %d %s", a.Code, a.Body)
	}
	if strings.Contains(b.page("/offers"), "seller.example") {
		t.Error("what was withdrawn is still offered")
	}
	if a := h.as("salma").post("/offers/sets", "pact", string(h.pact)); a.Code != http.StatusSeeOther {
		t.Errorf("a supervisor publishes: %d %s", a.Code, a.Body)
	}
}
