package web

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/mithaq-hub/mithaq/internal/say"
)

// A view is how a person reads: chosen by them, and kept in their browser.
type view struct {
	Lang     string // "" where the browser's languages decide
	Theme    string // light, dark, or "" where the system decides
	Contrast string // more, or ""
}

// viewCookie keeps it; it says nothing about who reads.
const viewCookie = "mithaq-view"

var (
	themes    = []string{"", "light", "dark"}
	contrasts = []string{"", "more"}
)

func viewOf(r *http.Request) (v view) {
	c, err := r.Cookie(viewCookie)
	if err != nil {
		return v
	}
	parts := strings.Split(c.Value, ".")
	for i, field := range []struct {
		to *string
		of []string
	}{{&v.Lang, say.Languages}, {&v.Theme, themes}, {&v.Contrast, contrasts}} {
		if i < len(parts) && slices.Contains(field.of, parts[i]) {
			*field.to = parts[i]
		}
	}
	return v
}

func (v view) String() string { return v.Lang + "." + v.Theme + "." + v.Contrast }

// printer speaks the language chosen, else the first of the browser's that is one
// of ours, else the node's own. The browser's region decides how dates are written.
func (v view) printer(r *http.Request, fallback string) *say.Printer {
	wanted, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	for _, tag := range wanted {
		base, _ := tag.Base()
		if lang := base.String(); v.Lang == lang || v.Lang == "" && slices.Contains(say.Languages, lang) {
			return say.For(tag.String())
		}
	}
	if v.Lang != "" {
		return say.For(v.Lang)
	}
	return say.For(fallback)
}

// setView keeps what was chosen. What the form does not name stays.
func (s *site) setView(v *visit) error {
	chosen := v.view
	for name, to := range map[string]*string{"lang": &chosen.Lang, "theme": &chosen.Theme, "contrast": &chosen.Contrast} {
		if v.r.PostForm == nil {
			if err := v.form(); err != nil {
				return err
			}
		}
		if v.r.PostForm.Has(name) {
			*to = v.r.PostForm.Get(name)
		}
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: viewCookie, Value: viewOf(&http.Request{Header: http.Header{"Cookie": {viewCookie + "=" + chosen.String()}}}).String(),
		Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.TLS, SameSite: http.SameSiteLaxMode,
	})
	return v.to(v.r.PostForm.Get("back"))
}
