package web

import (
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A peoplePage is everybody with an account, and what waits for a second person.
type peoplePage struct {
	People []colleague
	Words  []waitingWord
	Roles  []mithaq.Role
	Enrols bool
	Grants bool
	Me     mithaq.PersonID
}

// colleague is one person, and the roles that they could get.
type colleague struct {
	*account.Person
	Could []mithaq.Role
}

// waitingWord is one person's word, with names.
type waitingWord struct {
	account.Word
	Name, By string
	Mine     bool // it was this viewer's, or is about them: another confirms it
}

func (s *site) people(v *visit) error {
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (p peoplePage, err error) {
		p = peoplePage{Roles: mithaq.Roles(), Enrols: v.viewer.MayAdminister(), Grants: v.viewer.MayAdminister() || v.viewer.Is(mithaq.LegalOfficer), Me: v.viewer.Person}
		all, err := s.Desk.Accounts.People(tx)
		for _, one := range all {
			p.People = append(p.People, colleague{one, slices.DeleteFunc(mithaq.Roles(), func(r mithaq.Role) bool { return slices.Contains(one.Roles, r) })})
		}
		if err != nil {
			return p, err
		}
		words, err := s.Desk.Accounts.Words(tx)
		for _, w := range words {
			p.Words = append(p.Words, waitingWord{w, s.personName(tx, w.Person), s.personName(tx, w.First), w.First == v.viewer.Person || w.Person == v.viewer.Person})
		}
		return p, err
	})
	if err != nil {
		return err
	}
	return v.show("people", v.say.T("web.people"), p)
}

// A secret is shown once, on a page of its own.
type secret struct {
	What string // link or token
	Name string // whose
	Text string
	Back string
}

// enrol adds a person and shows the link by which they sign in once.
func (s *site) enrol(v *visit) error {
	if done, err := v.again("/settings/people"); !done {
		return err
	}
	name := v.field("name")
	return s.showLink(v, name, func(tx *store.Tx) (string, error) {
		id, err := s.Desk.Accounts.Enrol(tx, v.viewer, name)
		if err != nil {
			return "", err
		}
		return s.Desk.Accounts.LinkFor(tx, v.viewer, id)
	})
}

// linkPerson shows a new link for somebody, once two persons have said so.
func (s *site) linkPerson(v *visit) error {
	if done, err := v.again("/settings/people"); !done {
		return err
	}
	id := mithaq.PersonID(v.r.PathValue("person"))
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (*account.Person, error) { return s.Desk.Accounts.Person(tx, id) })
	if err != nil {
		return err
	}
	return s.showLink(v, p.Name, func(tx *store.Tx) (string, error) { return s.Desk.Accounts.LinkFor(tx, v.viewer, id) })
}

func (s *site) showLink(v *visit, name string, link func(*store.Tx) (string, error)) error {
	made, err := desk.Write(v.r.Context(), &s.Desk, link)
	if err != nil {
		return err
	}
	if made == "" {
		return v.to("/settings/people")
	}
	scheme := "http://"
	if s.TLS {
		scheme = "https://"
	}
	return v.show("secret", v.say.T("web.secret.link"), secret{"link", name, scheme + v.r.Host + account.LinkPath(made), "/settings/people"})
}

// grant is one person's word for a role, or the second's.
func (s *site) grant(v *visit) error {
	return s.aboutPerson(v, func(tx *store.Tx, id mithaq.PersonID) error {
		_, err := s.Desk.Accounts.Grant(tx, v.viewer, id, mithaq.Role(v.field("role")))
		return err
	})
}

// withdraw takes a role away.
func (s *site) withdraw(v *visit) error {
	return s.aboutPerson(v, func(tx *store.Tx, id mithaq.PersonID) error {
		return s.Desk.Accounts.Withdraw(tx, v.viewer, id, mithaq.Role(v.field("role")))
	})
}

// closeAccount ends a person's account.
func (s *site) closeAccount(v *visit) error {
	return s.aboutPerson(v, func(tx *store.Tx, id mithaq.PersonID) error { return s.Desk.Accounts.Close(tx, v.viewer, id) })
}

// aboutPerson does something to somebody's account, once it is confirmed.
func (s *site) aboutPerson(v *visit, do func(*store.Tx, mithaq.PersonID) error) error {
	if done, err := v.again("/settings/people"); !done {
		return err
	}
	id := mithaq.PersonID(v.r.PathValue("person"))
	if err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return do(tx, id) }); err != nil {
		return err
	}
	return v.to("/settings/people")
}
