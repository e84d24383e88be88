package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// named is the name by which browsers call a node whose pages take passkeys.
const named = "localhost:7490"

// newKeyHouse is a house whose pages take passkeys.
func newKeyHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	var err error
	h.atlas.Accounts().Passkeys, err = passkey.New("http://"+named, "Atlas")
	h.must(err)
	return h
}

func telephone() *passkeytest.Authenticator {
	return &passkeytest.Authenticator{Origin: "http://" + named, Step: 1}
}

// byName is a browser that calls the node by its name, signed in by a link.
func (h *house) byName(handle string) *browser {
	h.t.Helper()
	b := h.browser()
	b.host = named
	if a := b.post("/enter", "secret", h.link(handle)); a.Code != http.StatusSeeOther {
		h.t.Fatalf("sign in: %d %s", a.Code, a.Body)
	}
	return b
}

var asked = regexp.MustCompile(`data-ask="([^"]*)"`)

// asks is what a page gives to the browser.
func (b *browser) asks(path string, fields ...string) []byte {
	b.h.t.Helper()
	a := b.post(path, fields...)
	m := asked.FindStringSubmatch(a.Body.String())
	if a.Code != http.StatusOK || m == nil {
		b.h.t.Fatalf("%s: %d %s", path, a.Code, a.Body)
	}
	return []byte(html.UnescapeString(m[1]))
}

// register adds a passkey on the page about oneself.
func (b *browser) register(p *passkeytest.Authenticator, name string) {
	b.h.t.Helper()
	answer, err := p.Create(b.asks("/me/passkeys", "name", name))
	b.h.must(err)
	if a := b.post("/me/passkeys/answer", "answer", string(answer)); a.Code != http.StatusSeeOther {
		b.h.t.Fatalf("register: %d %s", a.Code, a.Body)
	}
}

// answer is what a telephone says to the page that asks for it.
func (b *browser) answer(p *passkeytest.Authenticator) string {
	b.h.t.Helper()
	answer, err := p.Get(b.asks("/sign-in/passkey", "next", "/items"))
	b.h.must(err)
	return string(answer)
}

func TestAPersonRegistersAPasskeyAndSignsInWithIt(t *testing.T) {
	h := newKeyHouse(t)
	amal, phone := h.byName("amal"), telephone()
	amal.register(phone, "<b>telephone</b>")
	if page := amal.page("/me"); !strings.Contains(page, "&lt;b&gt;telephone&lt;/b&gt;") || !strings.Contains(page, "never yet") {
		t.Errorf("the page about oneself lacks the passkey: %s", page)
	}
	amal.post("/sign-out")
	if a := amal.get("/items"); a.Code != http.StatusSeeOther {
		t.Fatalf("signed out: %d", a.Code)
	}
	if page := amal.page("/sign-in?next=/items"); !strings.Contains(page, `action="/sign-in/passkey"`) || !strings.Contains(page, `value="/items"`) {
		t.Errorf("no way in by a passkey: %s", page)
	}
	a := amal.post("/sign-in/passkey/answer", "answer", amal.answer(phone), "next", "/items")
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/items" {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := amal.page("/me"); strings.Contains(page, "never yet") {
		t.Error("the passkey was not used")
	}
	if page := h.as("salma").page("/ledger"); !strings.Contains(page, "registered a passkey") || !strings.Contains(page, "a passkey") {
		t.Errorf("the log says nothing of it: %s", page)
	}
}

func TestTheAnswerOfAPasskeyIsTakenOnceAtTheBrowserThatWasAsked(t *testing.T) {
	h := newKeyHouse(t)
	phone := telephone()
	h.byName("amal").register(phone, "telephone")
	b, other := h.browser(), h.browser()
	b.host, other.host = named, named
	answer := b.answer(phone)
	if a := other.post("/sign-in/passkey/answer", "answer", answer); a.Code != http.StatusUnauthorized {
		t.Errorf("at another browser: %d", a.Code)
	}
	saved := b.cookies["mithaq-7490-asked"]
	if a := b.post("/sign-in/passkey/answer", "answer", answer, "next", "//evil.example"); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/" {
		t.Fatalf("%d %s to %q", a.Code, a.Body, a.Header().Get("Location"))
	}
	other.cookies["mithaq-7490-asked"] = saved
	if a := other.post("/sign-in/passkey/answer", "answer", answer); a.Code != http.StatusUnauthorized {
		t.Errorf("a second time: %d", a.Code)
	}
}

func TestWhatIsNoAnswerBeginsNoSession(t *testing.T) {
	h := newKeyHouse(t)
	phone := telephone()
	h.byName("amal").register(phone, "telephone")
	for what, spoil := range map[string]func(p *passkeytest.Authenticator){
		"another origin":     func(p *passkeytest.Authenticator) { p.Origin = "http://" + host },
		"another RP ID":      func(p *passkeytest.Authenticator) { p.RPID = "atlas.example" },
		"nobody was checked": func(p *passkeytest.Authenticator) { p.Unverified = true },
	} {
		wrong := *phone
		spoil(&wrong)
		b := h.browser()
		b.host = named
		a := b.post("/sign-in/passkey/answer", "answer", b.answer(&wrong))
		if a.Code != http.StatusUnauthorized || !strings.Contains(a.Body.String(), "This passkey was not accepted") || b.cookies["mithaq-7490"] != "" {
			t.Errorf("%s: %d %s", what, a.Code, a.Body)
		}
	}
	if a := h.browser().post("/sign-in/passkey/answer", "answer", strings.Repeat("{", 1<<18)); a.Code != http.StatusUnauthorized {
		t.Errorf("noise: %d", a.Code)
	}
}

func TestByALinkWhoDecidesOnlyRegistersAgain(t *testing.T) {
	h := newKeyHouse(t)
	h.byName("rami").register(telephone(), "telephone")
	rami := h.byName("rami")
	for _, path := range h.paths() {
		if a := rami.get(path); path != "/me" && (a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/me") {
			t.Errorf("%s: %d %s", path, a.Code, a.Header().Get("Location"))
		}
	}
	for _, path := range []string{"/share", "/import", "/me/why", "/me/sessions/end", "/me/passkeys/remove", "/releases/" + string(h.waits) + "/refuse"} {
		if a := rami.post(path); a.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
	page := rami.page("/me")
	if !strings.Contains(page, "only serves to register a new one") || strings.Contains(page, "/me/why") || strings.Contains(page, "/me/passkeys/remove") {
		t.Errorf("the page about oneself: %s", page)
	}
	second := telephone()
	rami.register(second, "another")
	if a := rami.post("/sign-in/passkey/answer", "answer", rami.answer(second)); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if a := rami.get("/share"); a.Code != http.StatusOK {
		t.Errorf("with the new passkey: %d", a.Code)
	}
}

func TestPasskeysAreOfferedWhereTheyWork(t *testing.T) {
	h := newKeyHouse(t)
	at := `href="http://` + named + `/sign-in"`
	if page := h.browser().page("/sign-in"); !strings.Contains(page, at) || strings.Contains(page, `action="/sign-in/passkey"`) {
		t.Errorf("by address: %s", page)
	}
	if page := h.as("amal").page("/me"); !strings.Contains(page, at) || strings.Contains(page, `action="/me/passkeys"`) {
		t.Errorf("by address: %s", page)
	}
	h.atlas.Accounts().Passkeys = nil
	if page := h.browser().page("/sign-in"); strings.Contains(page, "passkey</button>") || strings.Contains(page, "asskeys work") {
		t.Errorf("without passkeys: %s", page)
	}
	if a := h.browser().post("/sign-in/passkey"); a.Code != http.StatusServiceUnavailable {
		t.Errorf("without passkeys: %d", a.Code)
	}
}

func TestAPasskeyIsAskedForFromOurPagesAlone(t *testing.T) {
	h := newKeyHouse(t)
	amal := h.byName("amal")
	for _, path := range []string{"/sign-in/passkey", "/sign-in/passkey/answer", "/me/passkeys", "/me/passkeys/answer", "/me/passkeys/remove"} {
		r := newRequest(path)
		r.Method = http.MethodPost
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := amal.do(r); a.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
	for _, name := range []string{"", strings.Repeat("x", 101), "a\nb"} {
		if a := amal.post("/me/passkeys", "name", name); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", name, a.Code)
		}
	}
	var waiting int64
	h.atlas.Write(func(tx *store.Tx) error { return tx.QueryRow("SELECT count(*) FROM account_challenge").Scan(&waiting) })
	if waiting != 0 {
		t.Errorf("%d challenges wait", waiting)
	}
}
