package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// wordRoutes are what is said about items after they have gone: consents asked
// and given, labels made stricter, statements of erasure.
func (s *server) wordRoutes() {
	verb(s, op{http.MethodGet, "/v1/consents", "consents", "Questions whether what was given may go on, asked of us or by us", 0}, s.consents)
	verb(s, op{http.MethodPost, "/v1/consents", "ask-consent", "Ask the giver of items whether they may go on", http.StatusCreated}, s.askConsent)
	verb(s, op{http.MethodPost, "/v1/consents/{ask}/answer", "answer-consent", "Answer a partner's question", 0}, s.answerConsent)
	verb(s, op{http.MethodPost, "/v1/narrowings", "narrow", "Make the handling of items of ours stricter, everywhere", http.StatusCreated}, s.narrow)
	verb(s, op{http.MethodGet, "/v1/erasures", "erasures", "Signed statements of erasure, received or given", 0}, s.erasures)
}

type consentsIn struct {
	Ours bool `query:"ours" doc:"those we asked; else those asked of us"`
}

// Question is a question for consent, with its answer if there is one.
type Question struct {
	At     time.Time          `json:"at"`
	Ask    *mithaq.ConsentAsk `json:"question"`
	Answer *mithaq.Consent    `json:"answer,omitempty"`
}

func (s *server) consents(ctx context.Context, v mithaq.Viewer, in *consentsIn) ([]Question, error) {
	if !v.MayConsent() && !v.MayPropose() && !v.MayAudit() {
		return nil, mithaq.Refuse(mithaq.Denied, "gate.may-not-consent")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Question, error) {
		all, err := s.Gate.Questions(tx, in.Ours)
		list := []Question{}
		for _, q := range all {
			list = append(list, Question{q.At, q.Ask, q.Answer})
		}
		return list, err
	})
}

// ConsentIn asks whether items may go on.
type ConsentIn struct {
	Items      []mithaq.ItemRef `json:"items" minItems:"1"`
	Originator string           `json:"originator"`
	Pact       string           `json:"pact" doc:"under which they came"`
	For        []string         `json:"for,omitempty" doc:"to whom they would go"`
	Purpose    string           `json:"purpose"`
	Court      bool             `json:"court,omitempty" doc:"whether they would be used in court"`
	Why        string           `json:"why" minLength:"1" maxLength:"2000"`
	Until      time.Time        `json:"until,omitzero" doc:"by when an answer is needed"`
}

type askConsentIn struct{ Body ConsentIn }

func (s *server) askConsent(ctx context.Context, v mithaq.Viewer, in *askConsentIn) (*mithaq.ConsentAsk, error) {
	b := &in.Body
	return write(ctx, s, func(tx *store.Tx) (*mithaq.ConsentAsk, error) {
		ask := mithaq.NewConsentAsk(stix.NewID(mithaq.TypeConsentAsk), mithaq.At(tx.Now()), s.Org, mithaq.OrgID(b.Originator),
			stix.ID(b.Pact), mithaq.Purpose(b.Purpose), b.Why)
		ask.Items, ask.For, ask.Court = b.Items, orgs(b.For), b.Court
		if !b.Until.IsZero() {
			ask.Until = mithaq.At(b.Until)
		}
		return ask, s.Gate.AskConsent(tx, v, ask)
	})
}

func orgs(list []string) (all []mithaq.OrgID) {
	for _, o := range list {
		all = append(all, mithaq.OrgID(o))
	}
	return all
}

// GrantIn is what is consented to; empty, it refuses.
type GrantIn struct {
	Items []mithaq.ItemRef `json:"items,omitempty"`
	For   []string         `json:"for,omitempty"`
	Court bool             `json:"court,omitempty"`
	Until time.Time        `json:"until,omitzero"`
}

type answerConsentIn struct {
	Ask  string `path:"ask"`
	Body GrantIn
}

func (s *server) answerConsent(ctx context.Context, v mithaq.Viewer, in *answerConsentIn) (*mithaq.Consent, error) {
	grant := gate.Grant{Items: in.Body.Items, For: orgs(in.Body.For), Court: in.Body.Court}
	if !in.Body.Until.IsZero() {
		grant.Until = mithaq.At(in.Body.Until)
	}
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Consent, error) {
		return s.Gate.AnswerConsent(tx, v, stix.ID(in.Ask), grant)
	})
}

// NarrowIn names items and the labels to join to theirs.
type NarrowIn struct {
	Items    []mithaq.ItemRef `json:"items" minItems:"1"`
	Handling json.RawMessage  `json:"handling" doc:"a mithaq.Handling; where a label is weaker than the one held, the one held stays"`
}

type narrowIn struct{ Body NarrowIn }

func (s *server) narrow(ctx context.Context, v mithaq.Viewer, in *narrowIn) (Done, error) {
	var h mithaq.Handling
	if err := unmarshal(in.Body.Handling, &h); err != nil {
		return Done{}, err
	}
	return Done{true}, s.Gate.Narrow(ctx, v, in.Body.Items, h)
}

type erasuresIn struct {
	Partner string `query:"partner"`
	Given   bool   `query:"given" doc:"those we made; else those made to us"`
}

// A Statement of erasure names objects by their envelopes; Erased and Withheld
// are those of them that we still hold something of, under their own names.
type Statement struct {
	Statement *mithaq.Erasure  `json:"statement"`
	Erased    []mithaq.ItemRef `json:"erased"`
	Withheld  []mithaq.ItemRef `json:"withheld"`
}

func (s *server) erasures(ctx context.Context, v mithaq.Viewer, in *erasuresIn) ([]Statement, error) {
	if !v.MayRecall() && !v.MayPropose() && !v.MayAudit() {
		return nil, mithaq.Refuse(mithaq.Denied, "log.may-not-read")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Statement, error) {
		find := s.Gate.Statements
		if in.Given {
			find = s.Gate.StatementsGiven
		}
		all, err := find(tx, mithaq.OrgID(in.Partner))
		if err != nil {
			return nil, err
		}
		list := make([]Statement, len(all))
		for i, e := range all {
			if list[i], err = s.statement(tx, e); err != nil {
				return nil, err
			}
		}
		return list, nil
	})
}

func (s *server) statement(tx *store.Tx, e *mithaq.Erasure) (st Statement, err error) {
	st.Statement = e
	if st.Erased, err = s.Gate.Known(tx, e.Erased); err != nil {
		return st, err
	}
	var withheld mithaq.CarriedAll
	for i := range e.Withheld {
		withheld = append(withheld, e.Withheld[i].Items...)
	}
	st.Withheld, err = s.Gate.Known(tx, withheld)
	return st, err
}
