package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func (s *server) sessionRoutes() {
	verb(s, op{http.MethodPost, "/v1/people/{person}/links", "link", "A link by which a person signs in at a browser, once and within an hour", http.StatusCreated}, s.link)
	verb(s, op{http.MethodGet, "/v1/me/sessions", "sessions", "The browsers in which I am signed in", 0}, s.sessions)
	verb(s, op{http.MethodDelete, "/v1/me/sessions", "end-sessions", "End every session of mine in a browser", 0}, s.endSessions)
}

// Link is shown once.
type Link struct {
	Path    string    `json:"path,omitempty"` // below the address of the pages
	Expires time.Time `json:"expires,omitzero"`
	Waits   bool      `json:"waits,omitempty"` // for a second person's word
}

func (s *server) link(ctx context.Context, v mithaq.Viewer, in *personIn) (Link, error) {
	return write(ctx, s, func(tx *store.Tx) (Link, error) {
		secret, err := s.Accounts.LinkFor(tx, v, mithaq.PersonID(in.Person))
		if secret == "" {
			return Link{Waits: true}, err
		}
		return Link{Path: account.LinkPath(secret), Expires: tx.Now().Add(account.LinkLife)}, err
	})
}

// Session is a browser in which a person is signed in.
type Session struct {
	ID      string        `json:"id"`
	Means   account.Means `json:"means"` // by which they were recognised
	Agent   string        `json:"agent"`
	Created time.Time     `json:"created"`
	Seen    time.Time     `json:"seen"`
}

func (s *server) sessions(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Session, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Session, error) {
		all, err := s.Accounts.Sessions(tx, v.Person)
		list := []Session{}
		for _, one := range all {
			list = append(list, Session{one.ID, one.Means, one.Agent, one.Created, one.Seen})
		}
		return list, err
	})
}

func (s *server) endSessions(ctx context.Context, v mithaq.Viewer, _ *nothing) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Accounts.EndSessions(tx, v.Person) })
}
