package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// preview is the address of a preview of items.
func (h *house) preview(ids ...string) string {
	q := url.Values{"pact": {string(h.pact)}, "purpose": {string(mithaqtest.Purpose)}, "basis": {mithaqtest.Basis}, "id": ids}
	return "/share/preview?" + q.Encode()
}

// paths are every page that somebody who is signed in can open.
func (h *house) paths() []string {
	return []string{
		"/", "/items", "/items?value=tickets1.example", "/items?type=indicator", "/items?value=%2A", "/items/" + string(h.indicator), "/items/" + string(h.stays),
		"/items/" + string(h.person), "/import", "/share", "/share?id=" + string(h.indicator), h.preview(string(h.indicator), string(h.stays), string(h.person)),
		"/share/preview?under=" + string(h.profile) + "&" + strings.SplitN(h.preview(), "?", 2)[1],
		"/releases", "/releases/" + string(h.release), "/releases/" + string(h.waits), "/partners", "/partners/najd.example", "/pacts", "/pacts/" + string(h.pact),
		"/pacts/" + string(h.pact) + "?item=" + string(h.person) + "&to=najd.example&purpose=" + string(mithaqtest.Purpose),
		"/ledger", "/ledger?kind=read", "/me", "/cases", "/cases/new", h.casefile(), "/assess", "/assess/new?id=" + string(h.person), h.doubt(),
		"/pacts/draft", "/pacts/draft?template=case-work", "/pacts/draft?from=" + string(h.pact), "/settings", "/settings/people", "/settings/tools",
		"/inquiries", "/inquiries/" + string(h.drafted), "/inquiries/" + string(h.theirs), "/ask",
	}
}

// missing is what a page shows where the catalogue lacks a sentence, an argument
// is missing, or the template lacks a value.
var missing = regexp.MustCompile(`\b(case|notes|assess|subject|letter|web|word|said|cli|error|gate|pact|peer|clause|article|asks|has|do|time|account|passkey)\.[a-z0-9]+[a-z0-9.-]*[a-z0-9]\b|\{[0-9n]\}|&lt;no value&gt;|%!|ZgotmplZ`)

// ours are the parts of a page that are not text from elsewhere.
var foreignText = regexp.MustCompile(`(?s)<bdi.*?</bdi>|<pre.*?</pre>|<[^>]*>|<time.*?</time>`)

func TestEveryPageIsWholeInEveryLanguage(t *testing.T) {
	h := newHouse(t)
	salma := h.as("salma").withReason() // a supervisor reads everything
	for _, lang := range say.Languages {
		salma.post("/view", "lang", lang, "back", "/")
		for _, path := range h.paths() {
			page := salma.page(path)
			if found := missing.FindAllString(foreignText.ReplaceAllString(page, " "), 5); found != nil {
				t.Errorf("%s in %s: %q", path, lang, found)
			}
			for _, what := range unsound(page) {
				t.Errorf("%s in %s: %s", path, lang, what)
			}
		}
	}
}

// unsound is what no page of ours may have.
func unsound(page string) (all []string) {
	for what, pattern := range map[string]string{
		"an inline script": `<script(?:[^>]*)>[^<]`, "a handler": `\son[a-z]+\s*=\s*"`, "an inline style": `<style|\sstyle\s*=`,
		"another host": `(?:src|href|action)="(?:https?:)?//`, "a data address": `="data:`, "a javascript address": `="\s*javascript:`,
	} {
		if m := regexp.MustCompile(pattern).FindString(page); m != "" {
			all = append(all, what+": "+m)
		}
	}
	return all
}

// physical are properties and values that mean a side of the screen rather than
// of the text.
var physical = regexp.MustCompile(`(?:^|[;{\s])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|float\s*:\s*(?:left|right)|text-align\s*:\s*(?:left|right)|clear\s*:\s*(?:left|right))\s*:`)

func TestTheStyleSheetKnowsNoLeftOrRight(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("static", "look.css"))
	if err != nil {
		t.Fatal(err)
	}
	css := regexp.MustCompile(`(?s)/\*.*?\*/|@media[^{]*`).ReplaceAllString(string(raw), "")
	for _, found := range physical.FindAllString(css, -1) {
		t.Errorf("physical: %q", strings.TrimSpace(found))
	}
	for _, bad := range []string{"{margin-left:1px", "a{left:0", ";width:3px", "text-align:right:"} {
		if !physical.MatchString(bad) {
			t.Errorf("the guard does not see %q", bad)
		}
	}
	if regexp.MustCompile(`url\((?:"|')?(?:https?:|//|data:)`).Match(raw) {
		t.Error("the style sheet asks another host, or has data in it")
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for _, path := range []string{"/", "/sign-in", "/enter/x", "/static/x/look.css", "/nothing", "/app.webmanifest"} {
		header := b.get(path).Header()
		if p := header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", path, p)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, header)
		}
	}
}

func TestWhoIsNotSignedInSeesNothing(t *testing.T) {
	h := newHouse(t)
	for _, path := range h.paths() {
		a := h.browser().get(path)
		if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "/sign-in?next=") {
			t.Errorf("%s: %d %s", path, a.Code, a.Header().Get("Location"))
		}
	}
	if a := h.browser().post("/share"); a.Code != http.StatusUnauthorized {
		t.Errorf("share: %d", a.Code)
	}
}

func TestTheFirstPageIsSmall(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal")
	for _, lang := range say.Languages {
		amal.post("/view", "lang", lang, "back", "/")
		page := amal.page("/")
		wanted := map[string]bool{"/": true}
		for _, m := range regexp.MustCompile(`(?:href|src)="((/static/[^/]+/)[^"]+)"`).FindAllStringSubmatch(page, -1) {
			wanted[m[1]] = true
			for _, font := range []string{"latin-400", "latin-600", "mono-400"} { // names and values of any language
				wanted[m[2]+"fonts/"+font+".woff2"] = true
			}
		}
		total := 0
		for path := range wanted {
			r := newRequest(path)
			r.Header.Set("Accept-Encoding", "gzip")
			a := amal.do(r)
			if a.Code != http.StatusOK {
				t.Errorf("%s: %d", path, a.Code)
			}
			total += a.Body.Len()
		}
		if t.Logf("%s: %d bytes", lang, total); total > 150_000 {
			t.Errorf("%s: %d bytes", lang, total)
		}
	}
}
