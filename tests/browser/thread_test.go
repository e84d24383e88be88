package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// what is imported: a shop that sells forged tickets, and nobody's name.
const shop = `{"type":"domain-name","spec_version":"2.1","id":"domain-name--0d1e4b0c-9a7f-5b7a-8a3c-3a1d5d0f6b11","value":"forged-tickets.example"}`

// Importing, understanding what would go, sharing and seeing the receipt, in
// Arabic on a telephone.
func TestAnItemIsSharedInArabicOnATelephone(t *testing.T) {
	d := play(t)
	b := browser(t)
	w := sit(t, b, d.officers[2])
	w.size(360)
	w.view("ar", "light")
	w.open("/import")
	eval[bool](w, `(() => { const s = document.querySelector("#source"); s.value = [...s.options].find(o => o.textContent === "ticket-fraud-open").value; return true })()`)
	w.press("details > summary", "#text")
	w.must(chromedp.SetValue(chromedp.CSS("#text"), shop), chromedp.Click(chromedp.CSS("#main form button.go-on")), chromedp.WaitReady(chromedp.CSS("[role=status] a.go-on")))
	if said := eval[string](w, `document.querySelector("[role=status] .lead").textContent`); !strings.Contains(said, "أُدخل: عنصر واحد") {
		t.Fatalf("the import says %q: %s", said, eval[string](w, `document.querySelector("#main").textContent`))
	}
	w.open("/items?type=domain-name&value=forged-tickets.example")
	w.shoot(shots(t) + "/thread-items.png")
	w.must(chromedp.Click(chromedp.CSS("tbody input[type=checkbox]")), chromedp.Click(chromedp.CSS("section form button")), chromedp.WaitReady(chromedp.CSS("#purpose")))
	w.must(chromedp.SetValue(chromedp.CSS("#purpose"), "event-security"), chromedp.Click(chromedp.CSS(".act button")), chromedp.WaitReady(chromedp.CSS("table.matrix")))
	w.shoot(shots(t) + "/thread-preview.png")
	if eval[int64](w, `document.querySelectorAll("td.go").length`) != 2 {
		t.Fatalf("the preview says %s", eval[string](w, `document.querySelector("#main").textContent`))
	}
	w.must(chromedp.Click(chromedp.CSS(".act button.go-on")), chromedp.WaitReady(chromedp.CSS("[role=status] .st")))
	for range 50 {
		w.open("/releases")
		if eval[int64](w, `document.querySelectorAll("tbody tr .st[data-s=ok]").length`) >= 4 {
			break
		}
	}
	w.shoot(shots(t) + "/thread-releases.png")
	atlas := sit(t, b, d.officers[0])
	atlas.view("ar", "light")
	atlas.open("/items?value=forged-tickets.example")
	if found := eval[string](atlas, `document.querySelector("tbody").textContent`); !strings.Contains(found, "forged-tickets.example") || !strings.Contains(found, "الأناضول") {
		t.Errorf("at Atlas: %q", found)
	}
}

// press clicks on something until what it opens can be seen.
func (w *window) press(what, opens string) {
	w.t.Helper()
	w.must(chromedp.Click(chromedp.CSS(what)), chromedp.WaitVisible(chromedp.CSS(opens)))
}
