package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// telephone gives a window an authenticator that checks its person, as those of
// telephones do.
func (w *window) telephone() {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, webauthn.Enable, webauthn.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(w.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// text is what an element of the page says.
func (w *window) text(what string) string {
	w.t.Helper()
	return eval[string](w, `document.querySelector("`+what+`")?.textContent ?? ""`)
}

// Registering a passkey, signing out, and signing in with it, in Arabic on a
// telephone. Browsers make passkeys for names alone, so the pages are opened by one.
func TestAPasskeySignsInInArabic(t *testing.T) {
	d := play(t)
	w := sit(t, browser(t), strings.Replace(d.officers[0], "127.0.0.1", "localhost", 1))
	w.size(360)
	w.view("ar", "light")
	w.telephone()
	w.open("/me")
	w.must(chromedp.SetValue(chromedp.CSS("#passkey"), "هاتفي"), chromedp.Click(chromedp.CSS("#passkeys form.stack button")),
		chromedp.WaitReady(chromedp.CSS("#passkeys tbody tr")))
	w.shoot(shots(t) + "/passkey-me.png")
	if row := w.text("#passkeys tbody tr"); !strings.Contains(row, "هاتفي") || !strings.Contains(row, "لم يُستعمل بعد") {
		t.Fatalf("the list says %q", row)
	}
	w.must(chromedp.WaitReady(chromedp.CSS("#passkeys")))
	eval[bool](w, `(document.querySelector("form[action='/sign-out']").submit(), true)`)
	w.must(chromedp.WaitReady(chromedp.CSS("form[action='/sign-in/passkey']")))
	w.shoot(shots(t) + "/passkey-sign-in.png")
	w.must(chromedp.Click(chromedp.CSS("form[action='/sign-in/passkey'] button")), chromedp.WaitReady(chromedp.CSS("nav.rail")))
	w.open("/me")
	if row := w.text("#passkeys tbody tr"); !strings.Contains(row, "هاتفي") || strings.Contains(row, "لم يُستعمل بعد") {
		t.Errorf("after signing in the list says %q", row)
	}
	for _, what := range w.serious() {
		t.Error(what)
	}
	if said := w.complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// A telephone that has no passkey leaves the person where they can go on, with a
// sentence, and a second passkey of the same telephone is not made.
func TestWhatAPasskeyDoesNotDoIsSaid(t *testing.T) {
	d := play(t)
	w := sit(t, browser(t), strings.Replace(d.officers[1], "127.0.0.1", "localhost", 1))
	w.view("en", "dark")
	w.telephone()
	for _, want := range []string{"#passkeys tbody tr", "[data-why=known]:not([hidden])"} {
		w.open("/me")
		w.must(chromedp.SetValue(chromedp.CSS("#passkey"), "telephone"), chromedp.Click(chromedp.CSS("#passkeys form.stack button")),
			chromedp.WaitVisible(chromedp.CSS(want)))
	}
	for _, what := range w.serious() {
		t.Error(what)
	}
	w.shoot(shots(t) + "/passkey-known.png")
	w.must(chromedp.Click(chromedp.CSS("#main form a")), chromedp.WaitReady(chromedp.CSS("#passkeys tbody tr")))
}
