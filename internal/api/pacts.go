package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) pactRoutes() {
	verb(s, op{http.MethodGet, "/v1/pacts", "pacts", "Every version of every pact held", 0}, s.pacts)
	verb(s, op{http.MethodPost, "/v1/pacts", "draft-pact", "Keep a draft", http.StatusCreated}, s.draftPact)
	verb(s, op{http.MethodGet, "/v1/pacts/{pact}", "pact", "One pact: by id its version in force or newest, by digest exactly that", 0}, s.pact)
	verb(s, op{http.MethodPost, "/v1/pacts/{pact}/propose", "propose-pact", "Send a draft to the other parties", 0}, s.proposePact)
	verb(s, op{http.MethodPost, "/v1/pacts/{pact}/sign", "sign-pact", "Sign a proposed text", 0}, s.signPact)
	verb(s, op{http.MethodPost, "/v1/pacts/{pact}/suspend", "suspend-pact", "Stop a pact for our part", 0}, s.suspendPact)
	verb(s, op{http.MethodPost, "/v1/pacts/{pact}/resume", "resume-pact", "Take our suspension back", 0}, s.resumePact)
	verb(s, op{http.MethodPost, "/v1/pacts/{pact}/end", "end-pact", "Leave a pact", 0}, s.endPact)
}

// Pact is one version of a pact and where it stands.
type Pact struct {
	ID        stix.ID           `json:"id"`
	Version   int               `json:"version"`
	Digest    mithaq.Digest     `json:"digest"`
	Status    mithaq.PactStatus `json:"status"`
	Title     map[string]string `json:"title"`
	Drafter   mithaq.OrgID      `json:"drafter"`
	Since     *time.Time        `json:"in_force_since,omitempty"`
	Signed    []PactSigned      `json:"signed"`
	Suspended []mithaq.Stop     `json:"suspended,omitempty"`
	Text      json.RawMessage   `json:"text,omitempty"` // a mithaq.Pact, in a single answer
}

// PactSigned is one party's signature.
type PactSigned struct {
	Org    mithaq.OrgID    `json:"organisation"`
	At     time.Time       `json:"at"`
	Person mithaq.PersonID `json:"person,omitempty"`
}

func (s *server) pacts(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Pact, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "pact.may-not-draft")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Pact, error) {
		texts, err := s.Pacts.Texts(tx)
		list := []Pact{}
		for _, t := range texts {
			p, err := s.pactOf(tx, t)
			if err != nil {
				return nil, err
			}
			list = append(list, p)
		}
		return list, err
	})
}

func (s *server) pactOf(tx *store.Tx, t *pact.Text) (Pact, error) {
	p := Pact{
		ID: t.Pact.ID, Version: t.Pact.Version, Digest: t.Digest, Status: t.Status,
		Title: t.Pact.Title, Drafter: t.Drafter, Signed: []PactSigned{},
	}
	if !t.Since.IsZero() {
		p.Since = &t.Since
	}
	signed, err := s.Pacts.Signatures(tx, t.Digest)
	for _, one := range signed {
		p.Signed = append(p.Signed, PactSigned{one.Org, one.At, one.Person})
	}
	if err != nil || t.Status != mithaq.InForce {
		return p, err
	}
	p.Suspended, err = s.Pacts.Suspended(tx, t.Pact.ID)
	return p, err
}

type pactIn struct {
	Pact string `path:"pact" doc:"an id, x-mithaq-pact--…, or a digest, sha256:…"`
}

func (s *server) pact(ctx context.Context, v mithaq.Viewer, in *pactIn) (Pact, error) {
	if v.Person == "" {
		return Pact{}, mithaq.Refuse(mithaq.Denied, "pact.may-not-draft")
	}
	return read(ctx, s, func(tx *store.Tx) (Pact, error) {
		t, err := s.Text(tx, in.Pact)
		if err != nil {
			return Pact{}, err
		}
		p, err := s.pactOf(tx, t)
		if err != nil {
			return p, err
		}
		p.Text, err = json.Marshal(t.Pact)
		return p, err
	})
}

type draftIn struct {
	RawBody []byte `contentType:"application/json"`
}

func (s *server) draftPact(ctx context.Context, v mithaq.Viewer, in *draftIn) (Pact, error) {
	p, err := pact.Read(in.RawBody)
	if err != nil {
		return Pact{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Pact, error) {
		if err := s.Pacts.Draft(tx, v, p); err != nil {
			return Pact{}, err
		}
		return s.answerText(tx, p.Digest())
	})
}

func (s *server) answerText(tx *store.Tx, d mithaq.Digest) (Pact, error) {
	t, err := s.Pacts.Text(tx, d)
	if err != nil {
		return Pact{}, err
	}
	return s.pactOf(tx, t)
}

// settleText runs a step of negotiation on the text that name stands for: a
// digest, or an id for the text that find gives.
func (s *server) settleText(ctx context.Context, name string, find textFinder, step func(tx *store.Tx, d mithaq.Digest) error) (Pact, error) {
	return write(ctx, s, func(tx *store.Tx) (Pact, error) {
		d, err := mithaq.ParseDigest(name)
		if err != nil {
			t, err := find(tx, stix.ID(name))
			if err != nil {
				return Pact{}, err
			}
			d = t.Digest
		}
		if err := step(tx, d); err != nil {
			return Pact{}, err
		}
		return s.answerText(tx, d)
	})
}

type textFinder func(tx *store.Tx, id stix.ID) (*pact.Text, error)

func (s *server) proposePact(ctx context.Context, v mithaq.Viewer, in *pactIn) (Pact, error) {
	return s.settleText(ctx, in.Pact, s.Pacts.Newest, func(tx *store.Tx, d mithaq.Digest) error { return s.Pacts.Propose(tx, v, d) })
}

func (s *server) signPact(ctx context.Context, v mithaq.Viewer, in *pactIn) (Pact, error) {
	return s.settleText(ctx, in.Pact, s.Pacts.ToSign, func(tx *store.Tx, d mithaq.Digest) error { return s.Pacts.Sign(tx, v, d) })
}

type stopIn struct {
	Pact string `path:"pact"`
	Body struct {
		Purpose string `json:"purpose,omitempty" doc:"empty: the whole pact"`
		Reason  string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (s *server) suspendPact(ctx context.Context, v mithaq.Viewer, in *stopIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		_, err := s.Pacts.Suspend(tx, v, stix.ID(in.Pact), mithaq.Purpose(in.Body.Purpose), in.Body.Reason)
		return Done{true}, err
	})
}

func (s *server) resumePact(ctx context.Context, v mithaq.Viewer, in *stopIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Pacts.Resume(tx, v, stix.ID(in.Pact), mithaq.Purpose(in.Body.Purpose))
	})
}

type endIn struct {
	Pact string `path:"pact"`
	Body struct {
		At     time.Time `json:"at" doc:"not sooner than the notice of the terms"`
		Reason string    `json:"reason,omitempty" maxLength:"500"`
	}
}

func (s *server) endPact(ctx context.Context, v mithaq.Viewer, in *endIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		_, err := s.Pacts.End(tx, v, stix.ID(in.Pact), in.Body.At, in.Body.Reason)
		return Done{true}, err
	})
}
