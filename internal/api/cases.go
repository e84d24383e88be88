package api

import (
	"context"
	"net/http"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) caseRoutes() {
	verb(s, op{http.MethodPost, "/v1/cases", "open-case", "Open a case: why things are held, and who needs to know", http.StatusCreated}, s.openCase)
	verb(s, op{http.MethodGet, "/v1/cases", "cases", "The open cases in which I have a need to know", 0}, s.cases)
	verb(s, op{http.MethodGet, "/v1/cases/{id}", "case", "One case", 0}, s.oneCase)
	verb(s, op{http.MethodPost, "/v1/cases/{id}/close", "close-case", "Close a case", 0}, s.closeCase)
	verb(s, op{http.MethodPost, "/v1/assessments", "assess", "A person's signed answers about what concerns a person", http.StatusCreated}, s.assess)
}

type caseIn struct {
	Body struct {
		Title   string   `json:"title" minLength:"1" maxLength:"200"`
		Purpose string   `json:"purpose"`
		Basis   string   `json:"legal_basis" minLength:"1"`
		Members []string `json:"members" minItems:"1"`
	}
}

func (s *server) openCase(ctx context.Context, v mithaq.Viewer, in *caseIn) (*mithaq.Case, error) {
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Case, error) {
		c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(tx.Now()), in.Body.Title,
			mithaq.Purpose(in.Body.Purpose), mithaq.LegalBasis{Ref: in.Body.Basis})
		for _, m := range in.Body.Members {
			c.Members = append(c.Members, mithaq.PersonID(m))
		}
		return c, s.Gate.OpenCase(tx, v, c)
	})
}

func (s *server) cases(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]*mithaq.Case, error) {
	return read(ctx, s, func(tx *store.Tx) ([]*mithaq.Case, error) {
		list := []*mithaq.Case{}
		for _, id := range v.Cases {
			c, err := s.Gate.Case(tx, id)
			if err != nil {
				return nil, err
			}
			list = append(list, c)
		}
		return list, nil
	})
}

func (s *server) oneCase(ctx context.Context, v mithaq.Viewer, in *idIn) (*mithaq.Case, error) {
	if !v.Knows(stix.ID(in.ID)) && !v.MayAudit() {
		return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-case", in.ID)
	}
	return read(ctx, s, func(tx *store.Tx) (*mithaq.Case, error) { return s.Gate.Case(tx, stix.ID(in.ID)) })
}

func (s *server) closeCase(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Gate.CloseCase(tx, v, stix.ID(in.ID)) })
}

type assessIn struct {
	RawBody []byte `contentType:"application/json" doc:"a mithaq.Assessment, signed by the person's credential"`
}

// Assessed is an assessment that was kept.
type Assessed struct {
	ID      stix.ID         `json:"id"`
	Digest  mithaq.Digest   `json:"digest"`
	Verdict mithaq.Assessed `json:"verdict"`
}

func (s *server) assess(ctx context.Context, v mithaq.Viewer, in *assessIn) (Assessed, error) {
	var a mithaq.Assessment
	if err := unmarshal(in.RawBody, &a); err != nil {
		return Assessed{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Assessed, error) {
		return Assessed{a.ID, a.Digest(), a.Verdict()}, s.Gate.Assess(tx, v, &a)
	})
}
