package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) accountRoutes() {
	verb(s, op{http.MethodGet, "/v1/me", "me", "Who bears this token", 0}, s.me)
	verb(s, op{http.MethodGet, "/v1/people", "people", "Everybody with an account", 0}, s.people)
	verb(s, op{http.MethodPost, "/v1/people", "enrol", "Enrol a person", http.StatusCreated}, s.enrol)
	verb(s, op{http.MethodDelete, "/v1/people/{person}", "close-account", "Close an account", 0}, s.closeAccount)
	verb(s, op{http.MethodPost, "/v1/people/{person}/roles/{role}", "grant", "Propose or confirm a role", 0}, s.grant)
	verb(s, op{http.MethodDelete, "/v1/people/{person}/roles/{role}", "withdraw", "Take a role away", 0}, s.withdraw)
	verb(s, op{http.MethodPost, "/v1/people/{person}/tokens", "sign-in-token", "A token for a person, shown once", http.StatusCreated}, s.signIn)
	verb(s, op{http.MethodDelete, "/v1/me/tokens", "sign-out", "End every token of mine", 0}, s.signOut)
	verb(s, op{http.MethodPost, "/v1/me/credentials", "register-credential", "Register the public half of my credential", http.StatusCreated}, s.register)
	verb(s, op{http.MethodDelete, "/v1/credentials/{key}", "revoke-credential", "Revoke a credential", 0}, s.revoke)
	verb(s, op{http.MethodGet, "/v1/words", "words", "Roles and sign-ins that wait for a second person's word", 0}, s.words)
	verb(s, op{http.MethodGet, "/v1/services", "services", "The tools of ours, without their tokens", 0}, s.servicesOf)
	verb(s, op{http.MethodPost, "/v1/services", "add-service", "A tool of ours and its token, shown once", http.StatusCreated}, s.addService)
	verb(s, op{http.MethodDelete, "/v1/services/{name}", "drop-service", "End a tool's access", 0}, s.dropService)
}

// Person is somebody with an account.
type Person struct {
	ID    mithaq.PersonID `json:"id"`
	Name  string          `json:"name"`
	Roles []mithaq.Role   `json:"roles"`
	Since *time.Time      `json:"since,omitempty"` // newest role granted after set-up
}

func personOf(p *account.Person) Person {
	out := Person{ID: p.ID, Name: p.Name, Roles: p.Roles}
	if out.Roles == nil {
		out.Roles = []mithaq.Role{}
	}
	if !p.Since.IsZero() {
		out.Since = &p.Since
	}
	return out
}

// Done answers a verb that has nothing else to say.
type Done struct {
	Done bool `json:"done"`
}

type nothing struct{}

func (s *server) me(ctx context.Context, v mithaq.Viewer, _ *nothing) (Person, error) {
	if v.Person == "" {
		return Person{Name: v.Token, Roles: []mithaq.Role{}}, nil
	}
	return read(ctx, s, func(tx *store.Tx) (Person, error) {
		p, err := s.Accounts.Person(tx, v.Person)
		if err != nil {
			return Person{}, err
		}
		return personOf(p), nil
	})
}

func (s *server) people(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Person, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Person, error) {
		all, err := s.Accounts.People(tx)
		list := make([]Person, 0, len(all))
		for _, p := range all {
			list = append(list, personOf(p))
		}
		return list, err
	})
}

type enrolIn struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200"`
	}
}

func (s *server) enrol(ctx context.Context, v mithaq.Viewer, in *enrolIn) (Person, error) {
	return write(ctx, s, func(tx *store.Tx) (Person, error) {
		id, err := s.Accounts.Enrol(tx, v, in.Body.Name)
		return Person{ID: id, Name: in.Body.Name, Roles: []mithaq.Role{}}, err
	})
}

type personIn struct {
	Person string `path:"person"`
}

func (s *server) closeAccount(ctx context.Context, v mithaq.Viewer, in *personIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Accounts.Close(tx, v, mithaq.PersonID(in.Person))
	})
}

type roleIn struct {
	Person string `path:"person"`
	Role   string `path:"role"`
}

// Granted says whether a role is held, or waits for a second person.
type Granted struct {
	Held bool `json:"held"`
}

func (s *server) grant(ctx context.Context, v mithaq.Viewer, in *roleIn) (Granted, error) {
	return write(ctx, s, func(tx *store.Tx) (Granted, error) {
		held, err := s.Accounts.Grant(tx, v, mithaq.PersonID(in.Person), mithaq.Role(in.Role))
		return Granted{held}, err
	})
}

func (s *server) withdraw(ctx context.Context, v mithaq.Viewer, in *roleIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Accounts.Withdraw(tx, v, mithaq.PersonID(in.Person), mithaq.Role(in.Role))
	})
}

type signInIn struct {
	Person string `path:"person"`
	Body   struct {
		Label string `json:"label" maxLength:"100"`
		Days  int    `json:"days" minimum:"1" maximum:"90"`
	}
}

// Token is shown once.
type Token struct {
	Token   string    `json:"token,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Waits   bool      `json:"waits,omitempty"` // for a second person's word
}

// signIn gives a person a token: oneself a further one, an administrator a first
// one to somebody enrolled, two persons one to somebody who lost theirs.
func (s *server) signIn(ctx context.Context, v mithaq.Viewer, in *signInIn) (Token, error) {
	return write(ctx, s, func(tx *store.Tx) (Token, error) {
		until := tx.Now().AddDate(0, 0, in.Body.Days)
		token, err := s.Accounts.SignInFor(tx, v, mithaq.PersonID(in.Person), in.Body.Label, until)
		if token == "" {
			return Token{Waits: true}, err
		}
		return Token{Token: token, Expires: until}, err
	})
}

func (s *server) signOut(ctx context.Context, v mithaq.Viewer, _ *nothing) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Accounts.SignOut(tx, v.Person) })
}

type registerIn struct {
	Body struct {
		Ed25519 []byte `json:"ed25519"`
		MLDSA65 []byte `json:"mldsa65"`
	}
}

// Credential is a registered key.
type Credential struct {
	Key mithaq.KeyID `json:"key"`
}

func (s *server) register(ctx context.Context, v mithaq.Viewer, in *registerIn) (Credential, error) {
	public, err := sign.ParsePublic(in.Body.Ed25519, in.Body.MLDSA65)
	if err != nil {
		return Credential{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Credential, error) {
		return Credential{public.ID()}, s.Accounts.Register(tx, v, v.Person, public)
	})
}

type keyIn struct {
	Key string `path:"key"`
}

func (s *server) revoke(ctx context.Context, v mithaq.Viewer, in *keyIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Accounts.Revoke(tx, v, mithaq.KeyID(in.Key))
	})
}

type serviceIn struct {
	Body struct {
		Name    string `json:"name" minLength:"1" maxLength:"64"`
		Purpose string `json:"purpose"`
		Basis   string `json:"basis" minLength:"1"`
		Case    string `json:"case,omitempty"`
		Budget  int64  `json:"budget" minimum:"1" doc:"objects a day"`
		Days    int    `json:"days" minimum:"1" maximum:"366"`
		Access  string `json:"access,omitempty" enum:"read,write,read-write" doc:"read where absent"`
		TLP     string `json:"tlp,omitempty" doc:"reads nothing above this level, nor what has none"`
		Source  string `json:"source,omitempty" doc:"id of the source profile of what it brings; without one nothing of it crosses"`
	}
}

func (s *server) addService(ctx context.Context, v mithaq.Viewer, in *serviceIn) (Token, error) {
	b := &in.Body
	service := account.Service{
		Name: b.Name, Purpose: mithaq.Purpose(b.Purpose), Basis: b.Basis, Case: stix.ID(b.Case), Owner: v.Person, Budget: b.Budget,
		Access: account.Access(b.Access), Profile: stix.ID(b.Source),
	}
	if b.TLP != "" {
		var err error
		if service.Ceiling, err = stix.ParseTLP(b.TLP); err != nil {
			return Token{}, mithaq.Refuse(mithaq.Invalid, "shelf.tlp", b.TLP)
		}
	}
	return write(ctx, s, func(tx *store.Tx) (Token, error) {
		if service.Profile != "" {
			if _, err := s.Gate.Profile(tx, service.Profile); err != nil {
				return Token{}, err
			}
		}
		until := tx.Now().AddDate(0, 0, b.Days)
		token, err := s.Accounts.AddService(tx, v, service, until)
		return Token{Token: token, Expires: until}, err
	})
}

type nameIn struct {
	Name string `path:"name"`
}

func (s *server) dropService(ctx context.Context, v mithaq.Viewer, in *nameIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Accounts.DropService(tx, v, in.Name) })
}
