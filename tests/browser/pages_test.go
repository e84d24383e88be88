package browser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed axe/axe.min.js
var axe string

// A stop is one page on the way through all of them.
type stop struct{ name, path string }

// tour is every page that this person can open, with real things on it.
func tour(w *window) []stop {
	w.open("/items?type=indicator")
	item := eval[string](w, `document.querySelector("tbody th a").getAttribute("href")`)
	w.open("/pacts")
	pact := eval[string](w, `document.querySelector("main .rows a").getAttribute("href")`)
	w.open("/releases")
	release := eval[string](w, `document.querySelector("tbody a")?.getAttribute("href") ?? ""`)
	w.open("/partners")
	partner := eval[string](w, `document.querySelector("tbody a").getAttribute("href")`)
	stops := []stop{
		{"today", "/"},
		{"items", "/items"},
		{"found", "/items?value=tickets"},
		{"inquiries", "/inquiries"},
		{"ask", "/ask"},
		{"match", "/match"},
		{"offers", "/offers"},
		{"batches", "/batches"},
		{"item", item},
		{"import", "/import"},
		{"share", "/share"},
		{"preview", preview(w)},
		{"releases", "/releases"},
		{"partners", "/partners"},
		{"partner", partner},
		{"pacts", "/pacts"},
		{"pact", pact},
		{"me", "/me"},
		{"absent", "/items/indicator--00000000-0000-4000-8000-000000000009"},
	}
	if release != "" {
		stops = append(stops, stop{"release", release})
	}
	return stops
}

// preview is the address of a preview of everything that is the desk's own.
func preview(w *window) string {
	w.open("/share")
	get := func(script string) string { return eval[string](w, script) }
	q := url.Values{
		"pact": {get(`document.querySelector("[name=pact]").value`)}, "giver": {get(`document.querySelector("header b").textContent`)},
		"purpose": {get(`document.querySelector("#purpose option:nth-child(2)").value`)}, "basis": {get(`document.querySelector("#basis").value`)},
	}
	q.Set("giver", get(`[...document.querySelectorAll("#giver option")].find(o => o.textContent.includes(document.querySelector("header b").textContent.trim()))?.value ?? ""`))
	return "/share/preview?" + q.Encode()
}

// sayWhy says why this person reads, so that what concerns persons is shown too.
func (w *window) sayWhy() {
	w.t.Helper()
	w.open("/me")
	w.must(chromedp.SetValue(chromedp.CSS("#reason"), "Complaint 0417"), chromedp.SetValue(chromedp.CSS("#purpose"), "event-security"),
		chromedp.SetValue(chromedp.CSS("#basis"), "Protocol on the Final, 3"), chromedp.Click(chromedp.CSS("#why button")),
		chromedp.WaitReady(chromedp.CSS(`li a[href="/"][aria-current]`)))
}

// offices are the pages of those who decide.
var offices = []stop{
	{"ledger", "/ledger"}, {"draft", "/pacts/draft"}, {"settings", "/settings"}, {"people", "/settings/people"}, {"tools", "/settings/tools"},
}

func shots(t *testing.T) string {
	dir := os.Getenv("MITHAQ_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func languages() []string {
	if l := os.Getenv("MITHAQ_LANGS"); l != "" {
		return strings.Fields(l)
	}
	return []string{"ar", "en"}
}

func TestEveryPageIsSoundInEveryView(t *testing.T) {
	d := play(t)
	b := browser(t)
	w := sit(t, b, d.officers[2])
	w.sayWhy()
	stops := tour(w)
	chief := sit(t, b, d.chiefs[2])
	desk := desks(chief)
	for _, lang := range languages() {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360} {
				name := func(s stop) string { return fmt.Sprintf("%s-%s-%s-%d.png", s.name, lang, theme, width) }
				w.visit(stops, lang, theme, width, name)
				chief.visit(desk, lang, theme, width, name)
				chief.visit(offices, lang, theme, width, name)
			}
		}
	}
}

// visit looks at pages in one view: they fit, nothing complains, and axe finds
// nothing serious.
func (w *window) visit(stops []stop, lang, theme string, width int64, name func(stop) string) {
	w.t.Helper()
	w.size(width)
	w.view(lang, theme)
	dir := shots(w.t)
	for _, s := range stops {
		w.complaints()
		w.open(s.path)
		w.shoot(filepath.Join(dir, name(s)))
		if wide := eval[int64](w, "document.documentElement.scrollWidth"); wide > width {
			w.t.Errorf("%s: %d pixels wide; sticks out: %s", name(s), wide, eval[string](w, widest))
		}
		if got := eval[string](w, `document.documentElement.lang + " " + getComputedStyle(document.body).direction`); got != lang+" "+map[bool]string{true: "rtl", false: "ltr"}[lang == "ar"] {
			w.t.Errorf("%s: %s", name(s), got)
		}
		for _, what := range w.serious() {
			w.t.Errorf("%s: %s", name(s), what)
		}
		for _, what := range w.complaints() {
			w.t.Errorf("%s: the browser says %s", name(s), what)
		}
	}
}

const widest = `[...document.querySelectorAll("main *")].filter(e => { const r = e.getBoundingClientRect(); return (r.right > innerWidth + 1 || r.left < -1) && !e.closest(".scroll, pre") }).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ")`

// A finding is one rule that axe sees broken.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML string }
}

// serious is what axe finds that keeps somebody from using the page.
func (w *window) serious() (list []string) {
	raw := eval[string](w, axe+`; axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`)
	var found []finding
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		w.t.Fatal(err)
	}
	for _, f := range found {
		if slices.Contains([]string{"serious", "critical"}, f.Impact) {
			list = append(list, fmt.Sprintf("%s (%s): %s", f.ID, f.Help, f.Nodes[0].HTML))
		}
	}
	return list
}
