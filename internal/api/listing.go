package api

import (
	"context"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Word is one person's, which waits for a second's.
type Word struct {
	Person mithaq.PersonID `json:"person"`
	Role   mithaq.Role     `json:"role,omitempty"` // none: a way to sign in again
	First  mithaq.PersonID `json:"first"`
	At     time.Time       `json:"at"`
}

func (s *server) words(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Word, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Word, error) {
		all, err := s.Accounts.Words(tx)
		list := []Word{}
		for _, w := range all {
			list = append(list, Word(w))
		}
		return list, err
	})
}

// Service is a tool of ours.
type Service struct {
	Name    string          `json:"name"`
	Purpose mithaq.Purpose  `json:"purpose"`
	Basis   string          `json:"basis"`
	Case    stix.ID         `json:"case,omitempty"`
	Owner   mithaq.PersonID `json:"owner"`
	Budget  int64           `json:"budget"`
	Used    int64           `json:"used"` // objects today
	Access  account.Access  `json:"access"`
	TLP     string          `json:"tlp,omitempty"`
	Source  stix.ID         `json:"source,omitempty"`
	Expires *time.Time      `json:"expires,omitempty"`
}

func (s *server) servicesOf(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Service, error) {
	if !v.MayProfile() && !v.MayAdminister() && !v.MayAudit() {
		return nil, mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Service, error) {
		all, err := s.Accounts.Services(tx)
		list := []Service{}
		for i := range all {
			list = append(list, serviceOf(&all[i]))
		}
		return list, err
	})
}

func serviceOf(l *account.Listed) Service {
	out := Service{
		Name: l.Name, Purpose: l.Purpose, Basis: l.Basis, Case: l.Case, Owner: l.Owner, Budget: l.Budget, Used: l.Used,
		Access: l.Access, Source: l.Profile,
	}
	if l.Ceiling != 0 {
		out.TLP = l.Ceiling.String()
	}
	if !l.Expires.IsZero() {
		out.Expires = &l.Expires
	}
	return out
}

// Reviewed is one item of a release beside what its recipient had of it.
type Reviewed struct {
	Item   mithaq.ItemRef  `json:"item"`
	Before *mithaq.ItemRef `json:"before,omitempty"` // the last version that they got
	Same   bool            `json:"same,omitempty"`   // they have this very version
}

type reviewIn struct {
	Release string `path:"release"`
	After   int    `query:"after" minimum:"0" doc:"how many to pass over"`
}

// reviewLines are how many items of a release one answer has.
const reviewLines = 100

func (s *server) review(ctx context.Context, v mithaq.Viewer, in *reviewIn) ([]Reviewed, error) {
	if !v.MayAssess() {
		return nil, mithaq.Refuse(mithaq.Denied, "gate.may-not-propose")
	}
	all, err := s.Gate.Beside(ctx, v, stix.ID(in.Release), in.After, reviewLines)
	list := []Reviewed{}
	for i := range all {
		one := Reviewed{Item: all[i].Ref, Same: all[i].Same}
		if all[i].Before != nil {
			one.Before = &all[i].Before.Ref
		}
		list = append(list, one)
	}
	return list, err
}
