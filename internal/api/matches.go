package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// matchRoutes are the asker's side of hit / no-hit matching.
func (s *server) matchRoutes() {
	verb(s, op{http.MethodPost, "/v1/match/questions", "match", "Ask a partner, blinded, whether it has offered something about identifiers", http.StatusCreated}, s.askMatch)
	verb(s, op{http.MethodGet, "/v1/match/questions", "match-questions", "Questions of my cases", 0}, s.matchQuestions)
	verb(s, op{http.MethodGet, "/v1/match/questions/{id}", "match-question", "One question, with its hits", 0}, s.matchQuestion)
	verb(s, op{http.MethodPost, "/v1/match/questions/{id}/again", "match-again", "Send a question once more, byte for byte", 0}, s.askMatchAgain)
	verb(s, op{http.MethodPost, "/v1/match/questions/{id}/opening", "match-opening", "What opens a question, sealed to the auditor", 0}, s.matchOpening)
	verb(s, op{http.MethodPost, "/v1/match/auditors", "match-auditor", "Seal the openings of questions to an auditor's recipient from now on", http.StatusCreated}, s.matchAuditor)
	verb(s, op{http.MethodPost, "/v1/match/batches", "match-batch", "Ask about many identifiers, as one job", http.StatusCreated}, s.askMany)
	verb(s, op{http.MethodGet, "/v1/match/batches", "match-batches", "Batches of my cases", 0}, s.batches)
	verb(s, op{http.MethodGet, "/v1/match/batches/{id}", "match-batch-one", "One batch: how far it is, and its hits", 0}, s.batch)
	verb(s, op{http.MethodPost, "/v1/match/batches/{id}/pause", "match-batch-pause", "Hold a batch", 0}, s.pauseBatch)
	verb(s, op{http.MethodPost, "/v1/match/batches/{id}/resume", "match-batch-resume", "Let a batch go on", 0}, s.resumeBatch)
}

// MatchIn asks about identifiers of one type.
type MatchIn struct {
	Partner mithaq.OrgID   `json:"partner"`
	Pact    stix.ID        `json:"pact"`
	Purpose mithaq.Purpose `json:"purpose,omitempty" doc:"the case's where absent"`
	Type    psi.Type       `json:"type"`
	Values  []string       `json:"values" minItems:"1" maxItems:"1048576"`
	Case    stix.ID        `json:"case"`
}

type matchIn struct{ Body MatchIn }

// matchFor fills in the purpose of the case.
func (s *server) matchFor(ctx context.Context, in *MatchIn) (match.Ask, error) {
	ask := match.Ask{Partner: in.Partner, Pact: in.Pact, Purpose: in.Purpose, Type: in.Type, Values: in.Values, Case: in.Case}
	if ask.Purpose != "" {
		return ask, nil
	}
	return read(ctx, s, func(tx *store.Tx) (match.Ask, error) {
		c, err := s.Gate.Case(tx, ask.Case)
		if err == nil {
			ask.Purpose = c.Purpose
		}
		return ask, err
	})
}

// MatchQuestion is one of our questions. Beyond its hits, what was asked is
// sealed to the auditor.
type MatchQuestion struct {
	ID          stix.ID         `json:"id"`
	Partner     mithaq.OrgID    `json:"partner"`
	Pact        stix.ID         `json:"pact"`
	Purpose     mithaq.Purpose  `json:"purpose"`
	Type        psi.Type        `json:"type"`
	Case        stix.ID         `json:"case"`
	Person      mithaq.PersonID `json:"person"`
	At          time.Time       `json:"at"`
	Identifiers int             `json:"identifiers"`
	Elements    int             `json:"elements" doc:"what it cost of the budget"`
	State       string          `json:"state" enum:"asked,answered,refused,failed"`
	Why         *Sentence       `json:"why,omitempty"`
	Answered    time.Time       `json:"answered,omitzero"`
	Hits        []MatchHit      `json:"hits"`
}

// MatchHit is an identifier that the partner has offered, and whom to ask.
type MatchHit struct {
	Value     string          `json:"value"`
	Reference string          `json:"reference" doc:"what an inquiry quotes; 32 hex digits"`
	Class     mithaq.Subjects `json:"class"`
	Desk      string          `json:"desk"`
}

func questionOf(q *match.Question) MatchQuestion {
	return MatchQuestion{
		ID: q.ID, Partner: q.Partner, Pact: q.Pact, Purpose: q.Purpose, Type: q.Scheme.Type(), Case: q.Case, Person: q.Person, At: q.At,
		Identifiers: q.Inputs, Elements: q.Elements, State: q.State, Answered: q.Answered, Hits: hitsOf(q.Hits), Why: wholeSaid(q.Why),
	}
}

func hitsOf(hits []match.Hit) []MatchHit {
	list := make([]MatchHit, 0, len(hits))
	for _, h := range hits {
		list = append(list, MatchHit{h.Value, hex.EncodeToString(h.Reference[:]), h.Class, h.Desk})
	}
	return list
}

func (s *server) askMatch(ctx context.Context, v mithaq.Viewer, in *matchIn) (m MatchQuestion, err error) {
	ask, err := s.matchFor(ctx, &in.Body)
	if err != nil {
		return m, err
	}
	id, err := s.Match.Ask(ctx, v, ask)
	if err != nil {
		return m, err
	}
	return s.matchQuestion(ctx, v, &idIn{ID: string(id)})
}

func (s *server) matchQuestion(ctx context.Context, v mithaq.Viewer, in *idIn) (MatchQuestion, error) {
	return read(ctx, s, func(tx *store.Tx) (m MatchQuestion, err error) {
		q, err := s.Match.Question(tx, v, stix.ID(in.ID))
		if err != nil {
			return m, err
		}
		return questionOf(q), nil
	})
}

type pageIn struct {
	Limit  int `query:"limit" minimum:"0" maximum:"1000" doc:"100 where absent"`
	Offset int `query:"offset" minimum:"0"`
}

func (s *server) matchQuestions(ctx context.Context, v mithaq.Viewer, in *pageIn) ([]MatchQuestion, error) {
	if in.Limit == 0 {
		in.Limit = 100
	}
	return read(ctx, s, func(tx *store.Tx) ([]MatchQuestion, error) {
		all, err := s.Match.Questions(tx, v, in.Limit, in.Offset)
		list := make([]MatchQuestion, 0, len(all))
		for _, q := range all {
			list = append(list, questionOf(q))
		}
		return list, err
	})
}

func (s *server) askMatchAgain(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Match.Again(tx, v, stix.ID(in.ID)) })
}

// MatchOpening is what opens a question for an auditor.
type MatchOpening struct {
	Question     stix.ID `json:"question"`
	Announcement []byte  `json:"announcement"`
	Bytes        []byte  `json:"bytes" doc:"the question as it was sent"`
	Sealed       []byte  `json:"sealed" doc:"an age file"`
}

func (s *server) matchOpening(ctx context.Context, v mithaq.Viewer, in *idIn) (MatchOpening, error) {
	return write(ctx, s, func(tx *store.Tx) (m MatchOpening, err error) {
		o, err := s.Match.Opening(tx, v, stix.ID(in.ID))
		if err != nil {
			return m, err
		}
		return MatchOpening(*o), nil
	})
}

type auditorIn struct {
	Body struct {
		To string `json:"to" doc:"the age recipient of the auditor, age1…"`
	}
}

func (s *server) matchAuditor(ctx context.Context, v mithaq.Viewer, in *auditorIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Match.SealTo(tx, v, in.Body.To) })
}

// MatchBatch is many questions as one job.
type MatchBatch struct {
	ID          stix.ID         `json:"id"`
	Partner     mithaq.OrgID    `json:"partner"`
	Pact        stix.ID         `json:"pact"`
	Purpose     mithaq.Purpose  `json:"purpose"`
	Type        psi.Type        `json:"type"`
	Case        stix.ID         `json:"case"`
	Person      mithaq.PersonID `json:"person"`
	At          time.Time       `json:"at"`
	Identifiers int             `json:"identifiers"`
	Answered    int             `json:"answered"`
	Found       int             `json:"found" doc:"hits so far"`
	State       string          `json:"state" enum:"running,paused,waiting,done,stopped"`
	Why         *Sentence       `json:"why,omitempty"`
	Next        time.Time       `json:"next,omitzero" doc:"when it goes on, if it waits for the next day's budget"`
	Ended       time.Time       `json:"ended,omitzero"`
	Hits        []MatchHit      `json:"hits,omitempty"`
}

func batchOf(j *match.Batch) MatchBatch {
	return MatchBatch{
		ID: j.ID, Partner: j.Partner, Pact: j.Pact, Purpose: j.Purpose, Type: j.Scheme.Type(), Case: j.Case, Person: j.Person, At: j.At,
		Identifiers: j.Inputs, Answered: j.Answered, Found: j.Hits, State: j.State, Next: j.Next, Ended: j.Ended, Why: wholeSaid(j.Why),
	}
}

func (s *server) askMany(ctx context.Context, v mithaq.Viewer, in *matchIn) (m MatchBatch, err error) {
	ask, err := s.matchFor(ctx, &in.Body)
	if err != nil {
		return m, err
	}
	id, err := s.Match.AskMany(ctx, v, ask)
	if err != nil {
		return m, err
	}
	return s.batch(ctx, v, &idIn{ID: string(id)})
}

func (s *server) batch(ctx context.Context, v mithaq.Viewer, in *idIn) (MatchBatch, error) {
	return read(ctx, s, func(tx *store.Tx) (m MatchBatch, err error) {
		j, err := s.Match.Batch(tx, v, stix.ID(in.ID))
		if err != nil {
			return m, err
		}
		m = batchOf(j)
		if !v.Knows(j.Case) {
			return m, nil // an auditor sees how many, not what
		}
		hits, err := s.Match.BatchHits(tx, v, j.ID)
		m.Hits = hitsOf(hits)
		return m, err
	})
}

func (s *server) batches(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]MatchBatch, error) {
	return read(ctx, s, func(tx *store.Tx) ([]MatchBatch, error) {
		all, err := s.Match.Batches(tx, v)
		list := make([]MatchBatch, 0, len(all))
		for _, j := range all {
			list = append(list, batchOf(j))
		}
		return list, err
	})
}

func (s *server) pauseBatch(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Match.Pause(tx, v, stix.ID(in.ID)) })
}

func (s *server) resumeBatch(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Match.Resume(tx, v, stix.ID(in.ID)) })
}
