package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A window is one browser window, of one person.
type window struct {
	t    *testing.T
	ctx  context.Context
	host string

	m   sync.Mutex
	bad []string // what the browser complained about
}

// browser starts a browser that reaches this machine alone.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("MITHAQ_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"), chromedp.Flag("hide-scrollbars", true),
		chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// sit opens a window by a link, as its person does: read, then press the button.
func sit(t *testing.T, browser context.Context, link string) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	w := &window{t: t, ctx: ctx, host: link[:strings.Index(link, "/enter/")]}
	if err := chromedp.Listen(ctx, w.hear); err != nil {
		t.Fatal(err)
	}
	w.must(chromedp.Navigate(link), chromedp.Click(chromedp.CSS("#main button.go-on")), chromedp.WaitReady(chromedp.CSS("nav.rail")))
	return w
}

// hear keeps what the browser complains about: errors of scripts, refusals of the
// policy, and any request to another host.
func (w *window) hear(event any) {
	what := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		what = e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			what = "console: " + string(e.Args[0].Value)
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, w.host+"/") && !strings.HasPrefix(e.Request.URL, "data:") { // Chromium draws its own calendar by one
			what = "asked " + e.Request.URL
		}
	}
	if what != "" {
		w.m.Lock()
		defer w.m.Unlock()
		w.bad = append(w.bad, what)
	}
}

// complaints are what the browser said since the last time.
func (w *window) complaints() (all []string) {
	w.m.Lock()
	defer w.m.Unlock()
	all, w.bad = w.bad, nil
	return all
}

func (w *window) must(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		where, _ := chromedp.Run(w.ctx, chromedp.Location())
		w.t.Fatalf("at %s: %v; the browser says %s", where, err, w.complaints())
	}
}

// size sets the window to a width; a narrow one is a telephone's.
func (w *window) size(width int64) {
	w.t.Helper()
	if width < 500 {
		w.must(chromedp.EmulateViewport(width, 780, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait))
		return
	}
	w.must(chromedp.EmulateViewport(width, 900))
}

// view chooses a language and a theme, as the form does.
func (w *window) view(lang, theme string) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, network.SetCookie, network.SetCookieParams{Name: "mithaq-view", Value: lang + "." + theme + ".", URL: w.host + "/"})
	if err != nil {
		w.t.Fatal(err)
	}
}

// open goes to a page and waits until it and its fonts are there.
func (w *window) open(path string) {
	w.t.Helper()
	w.must(chromedp.Navigate(w.host+path), chromedp.WaitReady(chromedp.CSS("#main")))
	eval[bool](w, `document.fonts.ready.then(() => true)`)
}

// shoot keeps a picture of the whole page.
func (w *window) shoot(file string) {
	w.t.Helper()
	png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// eval is what a script in the page gives.
func eval[T any](w *window, script string) T {
	w.t.Helper()
	out, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%.80s: %v", script, err)
	}
	return out
}
