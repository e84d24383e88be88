package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// note is a note with some text in every field that takes text.
func note(n int, text string) (stix.ID, string) {
	id := stix.ID(fmt.Sprintf("note--00000000-0000-4000-8000-%012d", n))
	raw, err := json.Marshal(map[string]any{
		"type": "note", "spec_version": "2.1", "id": id, "created": "1999-11-20T10:00:00.000Z", "modified": "1999-11-20T10:00:00.000Z",
		"abstract": text, "content": text, "authors": []string{text}, "labels": []string{text}, "object_refs": []string{"indicator--00000000-0000-4000-8000-000000000001"},
		"external_references": []map[string]string{{"source_name": text, "description": text}},
	})
	if err != nil {
		panic(err)
	}
	return id, string(raw)
}

func TestTextFromElsewhereIsShownAndNeverObeyed(t *testing.T) {
	h := newHouse(t)
	salma := h.as("salma").withReason()
	for n, row := range []struct{ text, never, shown string }{
		{`<script>alert(1)</script>`, `<script>alert`, `&lt;script&gt;alert(1)&lt;/script&gt;`},
		{`"><svg onload=alert(1)>`, `<svg onload`, `&lt;svg onload=alert(1)&gt;`},
		{`' onmouseover='alert(1)`, `' onmouseover='`, `&#39; onmouseover=&#39;alert(1)`},
		{`{{.}} javascript:alert(1)`, `href="javascript:`, `{{.}} javascript:alert(1)`},
		{"ticket\u202egpj.exe", "\u202e", `ticket&lt;U&#43;202E&gt;gpj.exe`},
		{"a\u2066b\u200fc", "\u2066b", `a&lt;U&#43;2066&gt;b&lt;U&#43;200F&gt;c`},
		{"p\u0430ypal.example", "", `class="alike"`},
	} {
		id, raw := note(100+n, row.text)
		h.atlas.Import(h.profile, raw)
		for _, path := range []string{"/items/" + string(id), "/items?type=note", "/", h.preview(string(id))} {
			page := salma.page(path)
			if row.never != "" && strings.Contains(page, row.never) {
				t.Errorf("%s obeys %q", path, row.text)
			}
			if path == "/items/"+string(id) && !strings.Contains(strings.ReplaceAll(page, "+", "&#43;"), row.shown) {
				t.Errorf("%s does not show %q", path, row.shown)
			}
			for _, what := range unsound(page) {
				t.Errorf("%s with %q: %s", path, row.text, what)
			}
		}
	}
}

func TestAnAddressIsReflectedAsTextAlone(t *testing.T) {
	h := newHouse(t)
	salma := h.as("salma")
	evil := url.QueryEscape(`"><script>alert(1)</script>`)
	for _, path := range []string{
		"/items?value=" + evil, "/items?type=" + evil, "/share?under=" + evil + "&id=" + evil, "/ledger?kind=" + evil + "&person=" + evil,
		"/pacts/" + string(h.pact) + "?item=" + evil, "/me?back=" + evil, "/sign-in?next=" + evil, "/releases?new=" + evil, "/items/" + evil,
		"/partners/" + evil, "/share/preview?" + evil + "=1&pact=" + evil + "&giver=" + evil,
	} {
		if body := salma.get(path).Body.String(); strings.Contains(body, "<script>alert") {
			t.Errorf("%s", path)
		}
	}
}

func TestAVeryLongTextDoesNotFillThePage(t *testing.T) {
	h := newHouse(t)
	id, raw := note(300, "")
	raw = strings.Replace(raw, `"content":""`, `"content":"`+strings.Repeat("very long ", 700_000)+`"`, 1)
	raw = strings.ReplaceAll(strings.ReplaceAll(raw, `"abstract":"",`, ""), `"authors":[""],`, "")
	raw = strings.ReplaceAll(raw, `"labels":[""],`, "")
	raw = regexp.MustCompile(`"external_references":\[.*?\],`).ReplaceAllString(raw, "")
	h.atlas.Import(h.profile, raw)
	if page := h.as("salma").withReason().page("/items/" + string(id)); len(page) > 300_000 || !strings.Contains(page, " …") {
		t.Errorf("%d bytes", len(page))
	}
}

func TestAnotherSiteChangesNothing(t *testing.T) {
	h := newHouse(t)
	rami := h.as("rami")
	form := url.Values{"pact": {string(h.pact)}, "id": {string(h.indicator)}}.Encode()
	for name, set := range map[string]func(*http.Request){
		"a modern browser":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sibling":         func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an older browser":  func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a sandboxed frame": func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		for _, path := range []string{"/share", "/sign-out", "/me/why", "/view", "/enter", "/items/" + string(h.indicator) + "/recall", "/ledger/verify"} {
			r := httptest.NewRequest(http.MethodPost, "http://"+host+path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			set(r)
			if a := rami.do(r); a.Code != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, a.Code)
			}
		}
	}
}

func TestANameThatOnlyLeadsHereReachesNothing(t *testing.T) {
	h := newHouse(t)
	rami := h.as("rami")
	for name, want := range map[string]int{
		"evil.example": http.StatusMisdirectedRequest, "evil.example:7490": http.StatusMisdirectedRequest, "127.0.0.1.evil.example": http.StatusMisdirectedRequest,
		"": http.StatusMisdirectedRequest, "localhost:7490": http.StatusSeeOther, "[::1]:7490": http.StatusOK, "127.0.0.1:7490": http.StatusOK,
	} {
		r := newRequest("/")
		r.Host = name
		if a := rami.do(r); a.Code != want && !(want == http.StatusSeeOther && a.Code == http.StatusOK) {
			t.Errorf("%q: %d, want %d", name, a.Code, want)
		}
	}
}

func TestASessionIsAlwaysANewSecret(t *testing.T) {
	h := newHouse(t)
	planted := h.browser()
	planted.cookies["mithaq-7490"] = "planted"
	if a := planted.get("/"); a.Code != http.StatusSeeOther {
		t.Errorf("a planted cookie: %d", a.Code)
	}
	secret := h.link("rami")
	a := planted.post("/enter", "secret", secret)
	got := planted.cookies["mithaq-7490"]
	if a.Code != http.StatusSeeOther || got == "planted" || got == secret || len(got) < 40 {
		t.Errorf("after signing in: %d %q", a.Code, got)
	}
	set := a.Header().Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("cookie %q lacks %s", set, want)
		}
	}
	stolen := h.browser()
	stolen.cookies["mithaq-7490"] = secret
	if a := stolen.get("/"); a.Code != http.StatusSeeOther {
		t.Errorf("the link as a cookie: %d", a.Code)
	}
}

func TestOpeningALinkDoesNotUseItUp(t *testing.T) {
	h := newHouse(t)
	secret := h.link("rami")
	preview := h.browser()
	for range 2 {
		if page := preview.page("/enter/" + secret); !strings.Contains(page, "Sign in as rami?") {
			t.Errorf("%s", page)
		}
	}
	if a := h.browser().post("/enter", "secret", secret); a.Code != http.StatusSeeOther {
		t.Errorf("%d", a.Code)
	}
	if a := h.browser().post("/enter", "secret", secret); a.Code != http.StatusUnauthorized {
		t.Errorf("a second time: %d", a.Code)
	}
	used, never := h.browser().get("/enter/"+secret), h.browser().get("/enter/never")
	if used.Code != never.Code || strings.ReplaceAll(used.Body.String(), secret, "never") != never.Body.String() {
		t.Error("a used link and one that never was are told apart")
	}
}

func TestNobodyIsLedElsewhere(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal")
	for _, back := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", "/\tevil", "", "evil"} {
		for _, a := range []*httptest.ResponseRecorder{
			amal.post("/view", "lang", "fr", "back", back),
			amal.post("/me/why", "reason", "x", "purpose", "fraud", "basis", "y", "back", back),
		} {
			if to := a.Header().Get("Location"); to != "/" {
				t.Errorf("%q leads to %q", back, to)
			}
		}
	}
	if to := amal.post("/view", "lang", "fr", "back", "/items?type=note").Header().Get("Location"); to != "/items?type=note" {
		t.Errorf("a page of ours leads to %q", to)
	}
}

func TestWhatBelongsToOthersLooksAsIfItWereNotThere(t *testing.T) {
	h := newHouse(t)
	lina := h.atlas.Legal()
	file := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(h.atlas.Now()), "theirs", mithaq.Fraud, mithaq.LegalBasis{Ref: "Act 1"}, lina.Person, h.atlas.Analyst().Person)
	h.atlas.Write(func(tx *store.Tx) error { return h.atlas.Gate().OpenCase(tx, lina, file) })
	id, raw := note(500, "secret")
	_, err := h.atlas.Gate().Intake(context.Background(), h.atlas.Analyst(), strings.NewReader(raw), gate.Import{Profile: h.profile, Case: file.ID})
	h.must(err)
	absent := "note--00000000-0000-4000-8000-000000000999"
	salma := h.as("salma").withReason()
	for _, path := range []string{"/items/", "/share?id=", "/pacts/" + string(h.pact) + "?to=najd.example&purpose=event-security&item="} {
		there, not := salma.get(path+string(id)), salma.get(path+absent)
		a, b := strings.ReplaceAll(there.Body.String(), string(id), absent), not.Body.String()
		if there.Code != not.Code || a != b {
			t.Errorf("%s: told apart (%d, %d)", path, there.Code, not.Code)
		}
	}
	if page := h.as("amal").withReason().page("/items/" + string(id)); !strings.Contains(page, "secret") {
		t.Error("a member of the case does not see it")
	}
}

func TestARoleThatIsTakenAwayCountsAtOnce(t *testing.T) {
	h := newHouse(t)
	salma := h.as("salma")
	salma.page("/ledger")
	h.atlas.Write(func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM account_role WHERE person = ?", string(h.atlas.Person("salma").ID))
		return err
	})
	if a := salma.get("/ledger"); a.Code != http.StatusForbidden {
		t.Errorf("ledger: %d", a.Code)
	}
	if page := salma.page("/items"); strings.Contains(page, string(h.indicator)) {
		t.Error("still reads items")
	}
}
