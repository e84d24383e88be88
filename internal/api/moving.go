package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) movingRoutes() {
	verb(s, op{http.MethodPost, "/v1/misp/surveys", "survey-misp", "Ask a MISP which organisations and sharing groups would be partners and pacts", 0}, s.surveyMISP)
	verb(s, op{http.MethodPost, "/v1/replays", "replay", "What a draft would have let through of the events that are held, and why not the rest", 0}, s.replay)
}

// MovingIn names a MISP and what is common to the drafts.
type MovingIn struct {
	MISPIn
	Basis     string `json:"basis,omitempty" doc:"legal basis of the drafts"`
	Transfer  string `json:"transfer,omitempty" doc:"what allows data to cross the border"`
	Assurance string `json:"assurance,omitempty" doc:"and under which assurances"`
}

type movingIn struct{ Body MovingIn }

// Move is what a MISP has that would be partners and pacts here, for people to complete.
type Move struct {
	URL           string              `json:"url"`
	Version       string              `json:"version"`
	Us            string              `json:"us"` // UUID of our organisation there
	Organisations []mispsync.Newcomer `json:"organisations"`
	Pacts         []DraftPact         `json:"pacts"`
}

// DraftPact is a sharing group as a draft of a pact with plain parties.
type DraftPact struct {
	Group         string          `json:"group"`
	UUID          string          `json:"uuid"`
	Releasability string          `json:"releasability,omitempty"`
	Active        bool            `json:"active"`
	Roaming       bool            `json:"roaming"`
	Missing       []string        `json:"missing"` // before it can be kept as a draft
	Pact          json.RawMessage `json:"pact"`
}

func (s *server) surveyMISP(ctx context.Context, v mithaq.Viewer, in *movingIn) (Move, error) {
	b := &in.Body
	us, err := s.party(ctx, v, nil)
	if err != nil {
		return Move{}, err
	}
	terms, err := movingTerms(b, time.Now())
	if err != nil {
		return Move{}, err
	}
	road := mispsync.Road{URL: b.URL, Plain: b.Plain, Inside: b.Inside, CA: b.CA, Rate: b.Rate}
	m, err := s.Misps.Survey(ctx, v, road, b.Key, mispsync.Moving{Us: us, Terms: terms})
	if err != nil {
		return Move{}, err
	}
	out := Move{URL: m.URL, Version: m.Version, Us: m.Us, Organisations: m.Organisations, Pacts: []DraftPact{}}
	for _, d := range m.Pacts {
		text, err := json.Marshal(d.Pact)
		if err != nil {
			return Move{}, err
		}
		out.Pacts = append(out.Pacts, DraftPact{d.Group, d.UUID, d.Releasability, d.Active, d.Roaming, d.Missing, text})
	}
	return out, nil
}

// movingTerms are the terms from which each sharing group's draft begins.
func movingTerms(b *MovingIn, now time.Time) (mithaq.Terms, error) {
	t, err := mispsync.FeedTerms()
	if err != nil {
		return t, err
	}
	t.From, t.Until = mithaq.At(now), mithaq.At(now.AddDate(1, 0, 0))
	if b.Basis != "" {
		t.Basis = []mithaq.LegalBasis{{Ref: b.Basis, Text: map[string]string{t.Authoritative: b.Basis}}}
	}
	if b.Transfer != "" {
		t.Transfer = &mithaq.Transfer{
			Basis:      mithaq.LegalBasis{Ref: b.Transfer, Text: map[string]string{t.Authoritative: b.Transfer}},
			Assurances: map[string]string{t.Authoritative: cmp.Or(b.Assurance, b.Transfer)},
		}
	}
	return t, nil
}

// ReplayIn is a draft and what is put to it.
type ReplayIn struct {
	Pact    json.RawMessage `json:"pact" doc:"the text; it need not be whole"`
	Purpose string          `json:"purpose,omitempty" doc:"the draft's first when not given"`
	Basis   string          `json:"legal_basis,omitempty" doc:"the draft's first when not given"`
	Source  string          `json:"source,omitempty" doc:"events under this source profile"`
	Since   mithaq.Time     `json:"since,omitzero" doc:"events changed since; a year ago when not given"`
}

type replayIn struct{ Body ReplayIn }

// Replay is what one partner would have got.
type Replay struct {
	To      mithaq.OrgID `json:"to"`
	Whole   int          `json:"whole"` // events of which everything would have gone
	Part    int          `json:"part"`
	None    int          `json:"none"`
	Objects int          `json:"objects"`
	Goes    int          `json:"goes"`
	Reviews int          `json:"reviews"` // once a second person had approved
	Stays   []Stay       `json:"stays"`   // objects by reason, the most frequent first
	Events  []Replayed   `json:"events"`  // those that would not have gone whole, the newest first
}

// Replayed is an event that would not have gone whole.
type Replayed struct {
	UUID    string    `json:"uuid"`
	Info    string    `json:"info,omitempty"`
	At      time.Time `json:"at"`
	Goes    int       `json:"goes"`
	Reviews int       `json:"reviews"`
	Stays   []Stay    `json:"stays"`
}

func (s *server) replay(ctx context.Context, v mithaq.Viewer, in *replayIn) ([]Replay, error) {
	b := &in.Body
	p, err := pact.ReadDraft(b.Pact)
	if err != nil {
		return nil, err
	}
	since := b.Since.Time
	if since.IsZero() {
		since = time.Now().AddDate(-1, 0, 0)
	}
	all, err := s.Misps.Replay(ctx, v, mispsync.Replaying{
		Pact: p, Purpose: mithaq.Purpose(b.Purpose), Basis: b.Basis, Under: stix.ID(b.Source), Since: since,
	})
	list := []Replay{}
	for _, r := range all {
		list = append(list, replayOf(r))
	}
	return list, err
}

func replayOf(r *mispsync.Replay) Replay {
	out := Replay{
		To: r.To, Whole: r.Whole, Part: r.Part, None: r.None, Objects: r.Objects, Goes: r.Goes, Reviews: r.Reviews,
		Stays: staysOf(r.Stays), Events: []Replayed{},
	}
	for _, e := range r.Events {
		out.Events = append(out.Events, Replayed{e.UUID, e.Info, e.At, e.Goes, e.Reviews, staysOf(e.Stays)})
	}
	return out
}

func staysOf(all []gate.Stay) []Stay {
	list := []Stay{}
	for i := range all {
		list = append(list, stayOf(&all[i]))
	}
	return list
}
