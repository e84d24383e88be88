package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// keyed is somebody's browser with a passkey.
func (h *house) keyed(handle string) (*browser, *passkeytest.Authenticator) {
	h.t.Helper()
	b, p := h.byName(handle), telephone()
	b.register(p, "telephone")
	return b, p
}

// confirmed sends a form, and what the passkey answers to the page that asks for it.
func (b *browser) confirmed(p *passkeytest.Authenticator, path string, fields ...string) *httptest.ResponseRecorder {
	b.h.t.Helper()
	return b.post(path, append(fields, "answer", b.signed(p, path, fields...))...)
}

// gives adds a role as if it had been given at set-up.
func (h *house) gives(handle string, role mithaq.Role) {
	h.t.Helper()
	h.atlas.Write(func(tx *store.Tx) error {
		id := string(h.atlas.Person(handle).ID)
		_, err := tx.Exec("INSERT INTO account_role(person, role, first, second, since) VALUES(?, ?, ?, ?, 0) ON CONFLICT DO NOTHING", id, string(role), id, id)
		return err
	})
}

var pre = regexp.MustCompile(`<pre[^>]*>([^<]+)</pre>`)

func TestSomebodyIsInvitedByALinkThatIsShownOnce(t *testing.T) {
	h := newKeyHouse(t)
	h.gives("rami", mithaq.Administrator)
	rami, phone := h.keyed("rami")
	a := rami.confirmed(phone, "/settings/people", "name", "<i>Nour</i>")
	m := pre.FindStringSubmatch(a.Body.String())
	if a.Code != http.StatusOK || m == nil || a.Header().Get("Content-Encoding") != "" {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	page := rami.page("/settings/people")
	if !strings.Contains(page, "&lt;i&gt;Nour&lt;/i&gt;") || strings.Contains(page, m[1]) {
		t.Error("the list lacks the person, or shows the link again")
	}
	_, secret, _ := strings.Cut(m[1], "/enter/")
	nour := h.browser()
	if a := nour.post("/enter", "secret", secret); a.Code != http.StatusSeeOther {
		t.Errorf("the link: %d", a.Code)
	}
	if a := nour.post("/settings/people", "name", "Friend"); a.Code != http.StatusForbidden {
		t.Errorf("without a role: %d", a.Code)
	}
}

func TestARoleOnThePageTakesTwoPersonsAndAPasskeyEach(t *testing.T) {
	h := newKeyHouse(t)
	h.gives("rami", mithaq.Administrator)
	rami, hisPhone := h.keyed("rami")
	lina, herPhone := h.keyed("lina")
	amal := string(h.atlas.Person("amal").ID)
	path, role := "/settings/people/"+amal+"/grant", []string{"role", string(mithaq.Releaser)}
	if a := rami.post(path, role...); !strings.Contains(a.Body.String(), "Is it you?") {
		t.Fatalf("not confirmed: %d", a.Code)
	}
	if a := rami.confirmed(hisPhone, path, role...); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := lina.page("/settings/people"); !strings.Contains(page, "second word missing") || !strings.Contains(page, "I say so too") {
		t.Errorf("the second person does not see it: %s", page)
	}
	if page := rami.page("/settings/people"); strings.Contains(page, "I say so too") {
		t.Error("the first person is asked for the second word")
	}
	if a := rami.confirmed(hisPhone, path, role...); a.Code != http.StatusConflict {
		t.Errorf("both words by one person: %d", a.Code)
	}
	answer := lina.signed(herPhone, path, role...)
	if a := lina.post(path, "role", string(mithaq.Administrator), "answer", answer); a.Code != http.StatusUnauthorized {
		t.Errorf("confirmed for another role: %d", a.Code)
	}
	if a := lina.confirmed(herPhone, path, role...); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := h.as("salma").page("/settings/people"); !strings.Contains(page, "The newest was granted:") {
		t.Error("the page does not say since when")
	}
	own := "/settings/people/" + string(h.atlas.Person("lina").ID) + "/grant"
	if a := lina.confirmed(herPhone, own, role...); a.Code != http.StatusForbidden {
		t.Errorf("for oneself: %d", a.Code)
	}
}

func TestATokenIsShownOnceAndEnds(t *testing.T) {
	h := newKeyHouse(t)
	salma, phone := h.keyed("salma")
	form := []string{"name", "siem", "purpose", "network-defence", "basis", "MoU 4", "access", "read", "budget", "50", "days", "30", "tlp", "TLP:GREEN", "case", "", "source", ""}
	a := salma.confirmed(phone, "/settings/tools", form...)
	m := pre.FindStringSubmatch(a.Body.String())
	if a.Code != http.StatusOK || m == nil || !strings.HasPrefix(m[1], "mithaq_") {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := salma.page("/settings/tools"); !strings.Contains(page, "siem") || strings.Contains(page, m[1]) || !strings.Contains(page, "0 / 50") {
		t.Errorf("%s", page)
	}
	bears := func() error {
		return h.atlas.Store().Read(t.Context(), func(tx *store.Tx) error {
			_, err := h.atlas.Accounts().Viewer(tx, m[1])
			return err
		})
	}
	if err := bears(); err != nil {
		t.Error(err)
	}
	if a := h.as("amal").post("/settings/tools/drop", "name", "siem"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst ends it: %d", a.Code)
	}
	if a := salma.post("/settings/tools/drop", "name", "siem"); a.Code != http.StatusSeeOther || bears() == nil {
		t.Errorf("it did not end: %d", a.Code)
	}
	for what, change := range map[string][2]string{"days": {"days", "400"}, "budget": {"budget", "-1"}, "purpose": {"purpose", "x"}, "name": {"name", "a b"}} {
		bad := append([]string{}, form...)
		for i := 0; i < len(bad); i += 2 {
			if bad[i] == change[0] {
				bad[i+1] = change[1]
			}
		}
		if a := salma.confirmed(phone, "/settings/tools", bad...); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, a.Code)
		}
	}
	if a := h.as("amal").get("/settings/tools"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst reads the tools: %d", a.Code)
	}
}

func TestRedLinesAreCheckedAsTyped(t *testing.T) {
	h := newHouse(t)
	salma := h.as("salma")
	for text, want := range map[string]string{
		`@id("no-victims") forbid (principal, action, resource) when { resource.subjects.contains("victim") };`: "1 line, and it is sound",
		`permit (principal, action, resource);`:                                                        `id="cedar-fault"`,
		`@id("x") forbid (principal, action, resource) when { resource.subjetcs.contains("victim") };`: `id="cedar-fault"`,
		`</textarea><script>alert(1)</script>`:                                                         `id="cedar-fault"`,
	} {
		page := salma.post("/settings/lines", "cedar", text).Body.String()
		if !strings.Contains(page, want) || strings.Contains(page, "<script>alert") {
			t.Errorf("%s: %s", text, page)
		}
		for _, what := range unsound(page) {
			t.Error(what)
		}
	}
}

func TestAPartnerIsAcceptedByWhatWasHeard(t *testing.T) {
	h := newKeyHouse(t)
	sahel := h.w.Node("sahel.example")
	lina, herPhone := h.keyed("lina")
	a := lina.confirmed(herPhone, "/partners/invite", "note", "Sahel desk")
	code := pre.FindStringSubmatch(a.Body.String())
	if code == nil {
		t.Fatalf("no invitation: %d %s", a.Code, a.Body)
	}
	h.meets(sahel, code[1])
	path := "/partners/sahel.example"
	page := lina.page(path)
	said := sahel.Reads(1, 5, 9)
	for _, digits := range said {
		if strings.Contains(page, ">"+digits+"<") {
			t.Errorf("the page shows what is to be heard: %s", digits)
		}
	}
	if a := lina.confirmed(herPhone, path+"/accept", "heard1", "0000", "heard5", said[5], "heard9", said[9], "how", "directory"); a.Code < 400 {
		t.Errorf("a wrong word: %d", a.Code)
	}
	if a := lina.confirmed(herPhone, path+"/accept", "heard1", said[1], "how", "directory"); a.Code < 400 {
		t.Errorf("one word alone: %d", a.Code)
	}
	fields := []string{"how", "number in the national directory"}
	for at, digits := range said {
		fields = append(fields, "heard"+strconv.Itoa(at), digits)
	}
	if a := h.as("amal").post(path+"/accept", fields...); a.Code != http.StatusForbidden {
		t.Errorf("an analyst: %d", a.Code)
	}
	salma, hisPhone := h.keyed("salma")
	for i, by := range []*browser{lina, salma} {
		phone := []*passkeytest.Authenticator{herPhone, hisPhone}[i]
		if a := by.confirmed(phone, path+"/accept", fields...); a.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
	}
	if !h.atlas.Partner(sahel).Accepted() {
		t.Error("two words did not accept it")
	}
}

// meets introduces another node to the house with an invitation of its.
func (h *house) meets(other *mithaqtest.Node, code string) {
	h.t.Helper()
	_, err := other.Peer().Introduce(h.t.Context(), other.Legal(), "https://"+string(h.atlas.Org)+":7443", code)
	h.must(err)
}
