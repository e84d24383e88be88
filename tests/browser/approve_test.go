package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// waiting proposes everything that is this desk's own, and gives the path of a
// release that waits for a second person.
func (w *window) waiting() string {
	w.t.Helper()
	w.sayWhy()
	w.open(preview(w))
	w.must(chromedp.Click(chromedp.CSS(".act button.go-on")), chromedp.WaitReady(chromedp.CSS("[role=status] .st")))
	w.open("/releases")
	path := eval[string](w, `document.querySelector("tr:has(.st[data-s=wait]) a")?.getAttribute("href") ?? ""`)
	if path == "" {
		w.t.Fatalf("nothing waits for a second person: %s", w.text("#main"))
	}
	return path
}

// The second pair of eyes: a supervisor registers a passkey, reads what is
// different from what they had, and approves with a finger, in Arabic on a telephone.
func TestASecondPersonApprovesByPasskeyInArabic(t *testing.T) {
	d := play(t)
	b := browser(t)
	path := sit(t, b, d.officers[2]).waiting()
	w := sit(t, b, strings.Replace(d.chiefs[2], "127.0.0.1", "localhost", 1))
	w.sayWhy()
	w.size(360)
	w.view("ar", "light")
	w.telephone()
	w.open("/me")
	w.must(chromedp.SetValue(chromedp.CSS("#passkey"), "هاتفي"), chromedp.Click(chromedp.CSS("#passkeys form.stack button")),
		chromedp.WaitReady(chromedp.CSS("#passkeys tbody tr")))
	w.open(path)
	w.shoot(shots(t) + "/approve-review.png")
	if said := w.text("#review"); !strings.Contains(said, "لديهم") {
		t.Errorf("the review says %q", said)
	}
	for _, what := range w.serious() {
		t.Error(what)
	}
	w.must(chromedp.Click(chromedp.CSS(".act button.go-on")), chromedp.WaitReady(chromedp.CSS(`.steps li:last-child[aria-current]`)))
	w.shoot(shots(t) + "/approve-done.png")
	for range 50 {
		w.open(path)
		if eval[int64](w, `document.querySelectorAll(".head .st[data-s=ok]").length`) == 1 {
			break
		}
	}
	if state := w.text(".head .st"); eval[int64](w, `document.querySelectorAll(".head .st[data-s=ok]").length`) != 1 {
		t.Errorf("their node did not take it: %q, %s", state, w.text("#main"))
	}
	if said := w.complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}
