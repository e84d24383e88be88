package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subject"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) personRoutes() {
	verb(s, op{http.MethodPost, "/v1/requests", "open-request", "Take in what a person asks about what is held on them", http.StatusCreated}, s.openRequest)
	verb(s, op{http.MethodGet, "/v1/requests", "requests", "The requests of persons concerned", 0}, s.requests)
	verb(s, op{http.MethodGet, "/v1/requests/{id}", "about-person", "Everything held, given, received and read about the person of a request", 0}, s.aboutPerson)
	verb(s, op{http.MethodPost, "/v1/requests/{id}/identity", "identify-person", "Note how it was established who the person is", 0}, s.identify)
	verb(s, op{http.MethodPost, "/v1/requests/{id}/act", "act-for-person", "Restrict, dispute, lift, correct or erase, here and with everybody who gave or got it", 0}, s.actFor)
	verb(s, op{http.MethodPost, "/v1/requests/{id}/close", "close-request", "Close a request", 0}, s.closeRequest)
	verb(s, op{http.MethodPost, "/v1/breaches", "record-breach", "Record a breach, with the pacts that it touches", http.StatusCreated}, s.recordBreach)
	verb(s, op{http.MethodGet, "/v1/breaches", "breaches", "The breaches recorded, the newest first", 0}, s.breaches)
	verb(s, op{http.MethodGet, "/v1/claims", "claims", "Marks of partners on what we gave them, which wait", 0}, s.claims)
	verb(s, op{http.MethodPost, "/v1/claims/{id}/settle", "settle-claim", "Take a partner's mark off the list of those that wait", 0}, s.settleClaim)
	verb(s, op{http.MethodGet, "/v1/processing", "processing", "The record of processing", 0}, s.processing)
}

type requestIn struct {
	Body struct {
		Kind     string    `json:"kind" enum:"access,correction,erasure,restriction,complaint"`
		Name     string    `json:"name,omitempty"`
		Values   []string  `json:"values,omitempty" doc:"numbers, addresses, accounts by which they are known"`
		Came     string    `json:"came" minLength:"1" doc:"by letter, at the counter, through whom"`
		At       time.Time `json:"at,omitzero" doc:"when it came; now where not said"`
		Identity string    `json:"identity,omitempty" doc:"how it was established who they are"`
		Words    string    `json:"words" minLength:"1"`
	}
}

func (s *server) openRequest(ctx context.Context, v mithaq.Viewer, in *requestIn) (*subject.Request, error) {
	b := &in.Body
	return write(ctx, s, func(tx *store.Tx) (*subject.Request, error) {
		return s.Subjects.Open(tx, v, subject.Request{
			Kind: subject.Kind(b.Kind), Name: b.Name, Values: b.Values, Came: b.Came, At: b.At, Identity: b.Identity, Words: b.Words,
		})
	})
}

func (s *server) requests(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]*subject.Request, error) {
	return read(ctx, s, func(tx *store.Tx) ([]*subject.Request, error) {
		list, err := s.Subjects.Requests(tx, v)
		return append([]*subject.Request{}, list...), err
	})
}

// About is everything here that may be about one person.
type About struct {
	Request *subject.Request `json:"request"`
	Found   []FoundAbout     `json:"found"`
	Unread  []string         `json:"unread" doc:"values that could not be looked for"`
}

// FoundAbout is one object that may be about a person.
type FoundAbout struct {
	ID       stix.ID   `json:"id"`
	By       string    `json:"by" doc:"the value, or the name as it stands there"`
	Score    float64   `json:"score" doc:"how well the name agrees; 0 where a value was found"`
	Held     []Holding `json:"held"`
	Has      []Has     `json:"has" doc:"where it went and came from"`
	Readings []Reading `json:"readings"`
}

// Reading is one time that somebody read it.
type Reading struct {
	At     time.Time       `json:"at"`
	Person mithaq.PersonID `json:"person,omitzero"`
	Token  string          `json:"token,omitzero"`
	What   string          `json:"what"`
	Reason string          `json:"reason,omitzero"`
}

func (s *server) aboutPerson(ctx context.Context, v mithaq.Viewer, in *idIn) (*About, error) {
	all, err := s.AboutPerson(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	a := &About{Request: all.Request, Found: []FoundAbout{}, Unread: append([]string{}, all.Unread...)}
	for i := range all.Found {
		a.Found = append(a.Found, foundAbout(&all.Found[i]))
	}
	return a, nil
}

func foundAbout(f *desk.Found) FoundAbout {
	one := FoundAbout{ID: f.Item.Ref.ID, By: f.By, Score: f.Score, Held: []Holding{}, Has: []Has{}, Readings: []Reading{}}
	for i := range f.Held {
		one.Held = append(one.Held, holdingOf(f.Held[i]))
	}
	for _, w := range f.Ways {
		one.Has = append(one.Has, Has{w.Partner, w.Out, w.Pact, w.Envelope, w.Lane, w.Sequence, w.State})
	}
	for _, r := range f.Readings {
		one.Readings = append(one.Readings, Reading{r.At, r.Person, r.Token, r.What, r.Reason})
	}
	return one
}

type identifyIn struct {
	ID   string `path:"id"`
	Body struct {
		How string `json:"how" minLength:"1"`
	}
}

func (s *server) identify(ctx context.Context, v mithaq.Viewer, in *identifyIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Subjects.Identify(tx, v, in.ID, in.Body.How) })
}

type actIn struct {
	ID   string `path:"id"`
	Body struct {
		What    string    `json:"what" enum:"restrict,dispute,lift,correct,erase"`
		Objects []stix.ID `json:"objects" minItems:"1"`
		Member  string    `json:"member,omitempty" doc:"correct: the text that is put right"`
		Text    string    `json:"text,omitempty" doc:"correct: what it is to say"`
	}
}

func (s *server) actFor(ctx context.Context, v mithaq.Viewer, in *actIn) (Done, error) {
	return Done{true}, s.Act(ctx, v, in.ID, desk.Act{What: in.Body.What, Objects: in.Body.Objects, Member: in.Body.Member, Text: in.Body.Text})
}

type closeIn struct {
	ID   string `path:"id"`
	Body struct {
		Outcome string `json:"outcome" enum:"done,in-part,refused,returned"`
		Note    string `json:"note,omitempty"`
	}
}

func (s *server) closeRequest(ctx context.Context, v mithaq.Viewer, in *closeIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Subjects.Close(tx, v, in.ID, subject.Outcome(in.Body.Outcome), in.Body.Note)
	})
}

type breachIn struct {
	Body struct {
		Noticed time.Time `json:"noticed"`
		What    string    `json:"what" minLength:"1"`
		Effect  string    `json:"effect" minLength:"1"`
		Steps   string    `json:"steps" minLength:"1"`
		Objects []stix.ID `json:"objects,omitempty"`
	}
}

func (s *server) recordBreach(ctx context.Context, v mithaq.Viewer, in *breachIn) (*subject.Breach, error) {
	b := &in.Body
	return s.Breach(ctx, v, subject.Breach{Noticed: b.Noticed, What: b.What, Effect: b.Effect, Steps: b.Steps, Objects: b.Objects})
}

func (s *server) breaches(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]*subject.Breach, error) {
	return read(ctx, s, func(tx *store.Tx) ([]*subject.Breach, error) {
		list, err := s.Subjects.Breaches(tx, v)
		return append([]*subject.Breach{}, list...), err
	})
}

// Claim is a mark of a partner's on what we gave it.
type Claim struct {
	ID    stix.ID          `json:"id"`
	By    mithaq.OrgID     `json:"by"`
	Pact  stix.ID          `json:"pact"`
	State string           `json:"state" enum:"held,restricted,disputed"`
	At    time.Time        `json:"at"`
	Items []mithaq.ItemRef `json:"items"`
}

func (s *server) claims(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Claim, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Claim, error) {
		all, err := s.Gate.Claims(tx, v)
		list := make([]Claim, 0, len(all))
		for _, c := range all {
			list = append(list, claimOf(c))
		}
		return list, err
	})
}

func claimOf(c gate.Claim) Claim {
	return Claim{c.ID, c.By, c.Pact, c.State.String(), c.At, append([]mithaq.ItemRef{}, c.Items...)}
}

func (s *server) settleClaim(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Gate.SettleClaim(tx, v, stix.ID(in.ID)) })
}

// Processing is the record of processing.
type Processing struct {
	At      time.Time               `json:"at"`
	Pacts   []UnderPact             `json:"pacts" doc:"in force"`
	Cases   []CaseKind              `json:"cases"`
	Sources []*mithaq.SourceProfile `json:"sources"`
}

// UnderPact is what a pact in force lets cross, and for how long it is kept.
type UnderPact struct {
	ID       stix.ID          `json:"id"`
	Title    mithaq.Texts     `json:"title"`
	With     []mithaq.OrgID   `json:"with"`
	Purposes []mithaq.Purpose `json:"purposes"`
	Basis    []string         `json:"legal_basis"`
	Days     int              `json:"retention_days"`
}

func underPact(p *mithaq.Pact) UnderPact {
	out := UnderPact{ID: p.ID, Title: p.Title, With: p.Peers(), Purposes: p.Terms.Purposes, Basis: []string{}, Days: p.Terms.Retention.Days}
	for _, b := range p.Terms.Basis {
		out.Basis = append(out.Basis, b.Ref)
	}
	return out
}

// CaseKind counts the open cases for a purpose on a legal basis.
type CaseKind struct {
	Purpose mithaq.Purpose `json:"purpose"`
	Basis   string         `json:"legal_basis"`
	Count   int            `json:"count"`
}

func (s *server) processing(ctx context.Context, v mithaq.Viewer, _ *nothing) (*Processing, error) {
	p, err := s.Processing(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &Processing{At: p.At, Pacts: []UnderPact{}, Cases: []CaseKind{}, Sources: append([]*mithaq.SourceProfile{}, p.Sources...)}
	for _, t := range p.Pacts {
		out.Pacts = append(out.Pacts, underPact(t.Pact))
	}
	for _, c := range p.Cases {
		out.Cases = append(out.Cases, CaseKind(c))
	}
	return out, nil
}
