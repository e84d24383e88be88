package web

import (
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// An asking is the page on which a browser asks for a passkey: passkey.js gives
// what is asked to the browser, and the answer to the form.
type asking struct {
	For    string   // get, create, approve or confirm: what it says
	Do     string   // create or get
	Ask    string   // JSON
	Post   string   // where the answer goes
	Next   string   // where the person goes then
	Fields []member // of the form that is confirmed
}

// passkeys is what pages say of them.
type passkeys struct {
	Origin string // where they work; "" for nowhere
	Here   bool   // this page is there
}

func (v *visit) passkeys() (p passkeys) {
	party := v.site.Desk.Accounts.Passkeys
	if party == nil {
		return p
	}
	p.Origin = party.Origin
	u, err := url.Parse(p.Origin)
	p.Here = err == nil && u.Host == bare(v.r.Host, u.Scheme)
	return p
}

// bare is a host without the port that its scheme has anyway, as origins are written.
func bare(host, scheme string) string {
	h, port, err := net.SplitHostPort(host)
	if err == nil && (scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		return h
	}
	return host
}

// askedName is that of the cookie by which a browser is known again when its
// passkey answers.
func (s *site) askedName(r *http.Request) string { return s.cookieName(r) + "-asked" }

// askPasskey asks whoever is there for a passkey.
func (s *site) askPasskey(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	var secret string
	ask, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (ask []byte, err error) {
		ask, secret, err = s.Desk.Accounts.AskPasskey(tx)
		return ask, err
	})
	if err != nil {
		return err
	}
	v.keepCookie(s.askedName(v.r), secret, int(account.ChallengeLife.Seconds()))
	v.showAs(http.StatusOK, "passkey", v.say.T("web.signin"), asking{
		For: "get", Do: "get", Ask: string(ask), Post: "/sign-in/passkey/answer", Next: local(v.r.PostForm.Get("next")),
	})
	return nil
}

// enterByPasskey begins a session for whoever's passkey answered.
func (s *site) enterByPasskey(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	secret := ""
	if c, err := v.r.Cookie(s.askedName(v.r)); err == nil {
		secret = c.Value
	}
	who, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (account.Recognition, error) {
		return s.Desk.Accounts.Recognise(tx, secret, []byte(v.r.PostForm.Get("answer")), v.r.UserAgent())
	})
	if err := refusedOr(who.Refused, err); err != nil {
		return err
	}
	v.keepCookie(s.askedName(v.r), "", -1)
	v.setCookie(who.Cookie, int(account.SessionLife.Seconds()))
	return v.to(v.r.PostForm.Get("next"))
}

// refusedOr is what stopped: an error, or a refusal whose transaction lasts.
func refusedOr(r *mithaq.Refusal, err error) error {
	if err == nil && r != nil {
		return r
	}
	return err
}

// askNewPasskey asks for a passkey of whoever is signed in; where they have one
// already, for that first.
func (s *site) askNewPasskey(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	must, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (bool, error) { return s.Desk.Accounts.MustConfirmKey(tx, v.session) })
	if err != nil {
		return err
	}
	if must {
		if done, err := v.confirm("/me"); !done {
			return err
		}
	}
	name := v.field("name")
	ask, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) ([]byte, error) {
		return s.Desk.Accounts.AskNewPasskey(tx, v.session, name)
	})
	if err != nil {
		return err
	}
	return v.show("passkey", v.say.T("web.passkeys"), asking{For: "create", Do: "create", Ask: string(ask), Post: "/me/passkeys/answer", Next: "/me"})
}

// addPasskey keeps the passkey that answered.
func (s *site) addPasskey(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	refused, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (*mithaq.Refusal, error) {
		return s.Desk.Accounts.AddPasskey(tx, v.session, []byte(v.r.PostForm.Get("answer")))
	})
	if err := refusedOr(refused, err); err != nil {
		return err
	}
	return v.to("/me")
}

// removePasskey removes one of mine.
func (s *site) removePasskey(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		return s.Desk.Accounts.RemovePasskey(tx, v.session, v.field("passkey"))
	})
	if err != nil {
		return err
	}
	return v.to("/me")
}

// registering are the pages of a session that only serves to register a passkey.
var registering = map[string]bool{
	"GET /me": true, "POST /me/passkeys": true, "POST /me/passkeys/answer": true, "POST /sign-out": true,
}

// errElsewhere sends a person to the page where they go on.
var errElsewhere = errors.New("another page")

// whole refuses what a session that only serves to register a passkey may not do,
// and leads its person to where they can.
func (v *visit) whole() error {
	switch {
	case !v.session.Registers || registering[v.r.Pattern]:
		return nil
	case v.r.Method == http.MethodGet:
		return errElsewhere
	}
	return mithaq.Refuse(mithaq.Denied, "passkey.only")
}
