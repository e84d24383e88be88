package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A page answers one kind of visit, or says why not.
type page func(v *visit) error

// A visit is one request, by whom, and how they read.
type visit struct {
	site    *site
	w       http.ResponseWriter
	r       *http.Request
	say     *say.Printer
	view    view
	viewer  mithaq.Viewer
	session *account.Session // nil for whoever is not signed in
	person  *account.Person  // likewise
	names   names
	waiting int // releases that this person may approve
}

func (s *site) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{site: s, w: w, r: r, view: viewOf(r)}
	v.say = v.view.printer(r, s.Language)
	return v
}

// open serves a page to anybody.
func (s *site) open(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		if err := p(v); err != nil {
			v.fail(err)
		}
	})
}

// signedIn serves a page to whoever is signed in, and sends the others to where
// they learn how.
func (s *site) signedIn(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		err := v.recognise()
		if errors.Is(err, mithaq.Unauthenticated) && r.Method == http.MethodGet {
			http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		if err == nil {
			err = v.whole()
		}
		if errors.Is(err, errElsewhere) {
			http.Redirect(w, r, "/me", http.StatusSeeOther)
			return
		}
		if err == nil {
			err = p(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// recognise finds out whose session the browser has, as they are now.
func (v *visit) recognise() error {
	cookie, err := v.r.Cookie(v.site.cookieName(v.r))
	if err != nil {
		return mithaq.Refuse(mithaq.Unauthenticated, "account.session")
	}
	d := &v.site.Desk
	stale := false
	err = d.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		if v.session, v.viewer, err = d.Accounts.Session(tx, cookie.Value); err != nil {
			return err
		}
		stale = tx.Now().Sub(v.session.Seen) >= time.Minute
		if v.person, err = d.Accounts.Person(tx, v.session.Person); err != nil {
			return err
		}
		return v.lookAround(tx)
	})
	if err != nil || !stale {
		return err
	}
	return d.Store.Write(v.r.Context(), func(tx *store.Tx) error { return d.Accounts.Seen(tx, v.session.ID) })
}

// A fault is the page that says what went wrong.
type fault struct {
	Sentence string
	Ours     bool
	Why      bool // reading what concerns persons was not asked for with a reason
}

// fail turns an error into a page: the sentence of a refusal, or a calm one, and
// what is ours to fix into the log.
func (v *visit) fail(err error) {
	status, f := http.StatusInternalServerError, fault{Ours: true, Sentence: v.say.T("error.ours")}
	if kind, ok := errors.AsType[mithaq.Kind](err); ok {
		status, f = desk.Statuses[kind], fault{Sentence: v.sentence(err)}
		f.Why = kind == mithaq.NotFound && v.session != nil && !v.viewer.HasReason()
	} else {
		v.site.Log.LogAttrs(v.r.Context(), slog.LevelError, "page", slog.String("path", v.r.URL.Path), slog.Any("error", err))
	}
	v.showAs(status, "fault", v.say.T("web.fault"), f)
}

// sentence is what an error says to a person.
func (v *visit) sentence(err error) string {
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return v.say.T(r.Key, r.Args...)
	}
	if kind, ok := errors.AsType[mithaq.Kind](err); ok {
		return v.say.T("error." + string(kind))
	}
	return v.say.T("error.ours")
}

// nowhere is the page that is not there.
func (s *site) nowhere(*visit) error { return mithaq.NotFound }

// to sends the browser to another page of this node, after something was done.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, local(path), http.StatusSeeOther)
	return nil
}
