package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) answerRoutes() {
	verb(s, op{http.MethodPost, "/v1/answers", "answer", "Answers about the last versions of some objects, to be signed", http.StatusCreated}, s.answer)
	verb(s, op{http.MethodGet, "/v1/answers", "unsigned-answers", "Answers that wait for a signature or a second person", 0}, s.unsigned)
	verb(s, op{http.MethodGet, "/v1/answers/{id}", "answers", "Answers that wait, as their assessment will be", 0}, s.answers)
	verb(s, op{http.MethodPost, "/v1/answers/{id}/second", "second-answer", "What a second person answers where the first is in doubt", 0}, s.secondAnswer)
	verb(s, op{http.MethodPost, "/v1/answers/{id}/sign", "sign-answers", "Add my signature; with the last one the answers are an assessment", 0}, s.signAnswers)
	verb(s, op{http.MethodPost, "/v1/answers/{id}/drop", "drop-answers", "Take back my answers, which are not signed", 0}, s.dropAnswers)
	verb(s, op{http.MethodGet, "/v1/assessors", "assessors", "How fast people assess, and with what outcome", 0}, s.assessors)
}

type answerIn struct{ RawBody []byte }

// answering is the body of a request that answers.
type answering struct {
	IDs     []stix.ID      `json:"ids"`
	Answers mithaq.Answers `json:"answers"`
}

func (s *server) answer(ctx context.Context, v mithaq.Viewer, in *answerIn) (*mithaq.Assessment, error) {
	var q answering
	if err := unmarshal(in.RawBody, &q); err != nil {
		return nil, err
	}
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Assessment, error) {
		var refs []mithaq.ItemRef
		for _, id := range q.IDs {
			it, err := s.Store.Latest(tx, v, id)
			if err != nil {
				return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
			}
			refs = append(refs, it.Ref)
		}
		return s.Gate.Answer(tx, v, q.Answers, refs...)
	})
}

// Unsigned is answers that wait, and for what.
type Unsigned struct {
	Answers *mithaq.Assessment `json:"answers"`
	Second  bool               `json:"second" doc:"for a second person"`
	Mine    bool               `json:"mine" doc:"for my signature"`
}

func unsignedOf(a *mithaq.Assessment, v mithaq.Viewer) Unsigned {
	return Unsigned{a, gate.NeedsSecond(a), gate.NeedsSignature(a, v.Person)}
}

func (s *server) unsigned(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Unsigned, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Unsigned, error) {
		all, err := s.Gate.AllUnsigned(tx, v)
		list := make([]Unsigned, len(all))
		for i := range all {
			list[i] = unsignedOf(all[i], v)
		}
		return list, err
	})
}

func (s *server) answers(ctx context.Context, v mithaq.Viewer, in *idIn) (Unsigned, error) {
	return read(ctx, s, func(tx *store.Tx) (Unsigned, error) {
		a, err := s.Gate.Unsigned(tx, v, stix.ID(in.ID))
		if err != nil {
			return Unsigned{}, err
		}
		return unsignedOf(a, v), nil
	})
}

type secondIn struct {
	ID   string `path:"id"`
	Body struct {
		Clears string `json:"clears" enum:"yes,no,doubt"`
		Why    string `json:"why" minLength:"1"`
	}
}

func (s *server) secondAnswer(ctx context.Context, v mithaq.Viewer, in *secondIn) (*mithaq.Assessment, error) {
	var clears mithaq.Answer
	if err := clears.UnmarshalText([]byte(in.Body.Clears)); err != nil {
		return nil, mithaq.Invalid
	}
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Assessment, error) {
		return s.Gate.GiveSecond(tx, v, stix.ID(in.ID), clears, in.Body.Why)
	})
}

type signIn struct {
	ID      string `path:"id"`
	RawBody []byte `contentType:"application/json" doc:"a mithaq.Signature by the person's credential"`
}

func (s *server) signAnswers(ctx context.Context, v mithaq.Viewer, in *signIn) (Assessed, error) {
	var sig mithaq.Signature
	if err := unmarshal(in.RawBody, &sig); err != nil {
		return Assessed{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Assessed, error) {
		a, err := s.Gate.SignAnswers(tx, v, stix.ID(in.ID), sig)
		if err != nil {
			return Assessed{}, err
		}
		return Assessed{ID: a.ID, Digest: a.Digest(), Verdict: a.Verdict(), Waits: a.Second != nil && len(a.Signatures) < 2}, nil
	})
}

func (s *server) dropAnswers(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Gate.DropAnswers(tx, v, stix.ID(in.ID)) })
}

// Assessor is how one person assesses.
type Assessor struct {
	Person   mithaq.PersonID `json:"person"`
	Made     int             `json:"made"`
	Items    int             `json:"items" doc:"covered"`
	Clear    int             `json:"clear"`
	Against  int             `json:"against"`
	Doubt    int             `json:"doubt"`
	Seconds  int64           `json:"seconds" doc:"from reading to answering; half of the answers came quicker"`
	Known    int             `json:"known" doc:"assessments of which that is known"`
	Agreed   int             `json:"agreed" doc:"made again by somebody else, alike"`
	Differed int             `json:"differed" doc:"made again by somebody else, otherwise"`
}

type daysIn struct {
	Days int `query:"days" default:"90" minimum:"1" maximum:"3650"`
}

func (s *server) assessors(ctx context.Context, v mithaq.Viewer, in *daysIn) ([]Assessor, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Assessor, error) {
		all, err := s.Gate.Assessors(tx, v, tx.Now().Add(-time.Duration(in.Days)*24*time.Hour))
		list := make([]Assessor, 0, len(all))
		for _, a := range all {
			list = append(list, Assessor{a.Person, a.Made, a.Items, a.Clear, a.Against, a.Doubt, int64(a.Middle.Seconds()), a.Known, a.Agreed, a.Differed})
		}
		return list, err
	})
}
