package web

import (
	"net"
	"net/http"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// cookieName is that of the session: with TLS one that no other host and no
// unprotected page can set (RFC 6265bis, 4.1.3.2); without, on loopback, one for
// the port, since browsers share cookies between ports.
func (s *site) cookieName(r *http.Request) string {
	if s.TLS {
		return "__Host-mithaq"
	}
	_, port, _ := net.SplitHostPort(r.Host)
	return "mithaq-" + port
}

func (v *visit) setCookie(value string, maxAge int) {
	v.keepCookie(v.site.cookieName(v.r), value, maxAge)
}

func (v *visit) keepCookie(name, value string, maxAge int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: v.site.TLS, SameSite: http.SameSiteStrictMode,
	})
}

// An entry is the page for whoever is not signed in.
type entry struct {
	Dir, Next string
	Passkeys  passkeys
}

// signIn says how to sign in.
func (s *site) signIn(v *visit) error {
	v.showAs(http.StatusOK, "signin", v.say.T("web.signin"), entry{s.Dir, local(v.r.URL.Query().Get("next")), v.passkeys()})
	return nil
}

// An entrance is the page that a link opens.
type entrance struct {
	Secret string
	Name   string
}

// enterForm asks before a link is used up: opening it alone, as previews of
// messages do, must not.
func (s *site) enterForm(v *visit) error {
	secret := v.r.PathValue("secret")
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (*account.Person, error) { return s.Desk.Accounts.Linked(tx, secret) })
	if err != nil {
		return err
	}
	v.showAs(http.StatusOK, "enter", v.say.T("web.signin"), entrance{secret, p.Name})
	return nil
}

// enter begins a session. The browser gets a new secret, whatever it had.
func (s *site) enter(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	cookie, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (string, error) {
		return s.Desk.Accounts.Redeem(tx, v.r.PostForm.Get("secret"), v.r.UserAgent())
	})
	if err != nil {
		return err
	}
	v.setCookie(cookie, int(account.SessionLife.Seconds()))
	return v.to("/")
}

// mine is the page about oneself.
type mine struct {
	Person   *account.Person
	Viewer   *mithaq.Viewer
	Sessions []*account.Session
	This     string
	Why      account.Why
	Purposes []mithaq.Purpose
	Back     string
	Passkeys passkeys
	Keys     []*account.Passkey
	Only     bool // this session only serves to register a passkey
}

func (s *site) me(v *visit) error {
	var keys []*account.Passkey
	list, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (list []*account.Session, err error) {
		if keys, err = s.Desk.Accounts.PasskeysOf(tx, v.viewer.Person); err != nil {
			return nil, err
		}
		return s.Desk.Accounts.Sessions(tx, v.viewer.Person)
	})
	if err != nil {
		return err
	}
	return v.show("me", v.say.T("web.me"), mine{
		Passkeys: v.passkeys(), Keys: keys, Only: v.session.Registers,
		Person: v.person, Viewer: &v.viewer, Sessions: list, This: v.session.ID, Why: v.session.Why,
		Purposes: mithaq.Purposes(), Back: local(v.r.URL.Query().Get("back")),
	})
}

// sayWhy keeps what this person reads for today, and goes back.
func (s *site) sayWhy(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	why := account.Why{Reason: v.field("reason"), Purpose: mithaq.Purpose(v.field("purpose")), Basis: v.field("basis")}
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Accounts.SayWhy(tx, v.session.ID, why) })
	if err != nil {
		return err
	}
	return v.to(v.r.PostForm.Get("back"))
}

// endSessions ends one session of mine, or all of them everywhere.
func (s *site) endSessions(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	one := v.field("session")
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		if one == "" {
			return s.Desk.Accounts.EndSessions(tx, v.viewer.Person)
		}
		return s.Desk.Accounts.EndSession(tx, v.viewer.Person, one)
	})
	if err != nil {
		return err
	}
	return v.to("/me")
}

// signOut ends this session.
func (s *site) signOut(v *visit) error {
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		return s.Desk.Accounts.EndSession(tx, v.viewer.Person, v.session.ID)
	})
	if err != nil {
		return err
	}
	v.setCookie("", -1)
	return v.to("/sign-in")
}
