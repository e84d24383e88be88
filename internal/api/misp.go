package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
)

func (s *server) mispRoutes() {
	s.movingRoutes()
	const one = "/v1/partners/{org}/misp"
	verb(s, op{http.MethodPut, one, "open-misp", "Say at which MISP a partner without a node is reached", 0}, s.openMISP)
	verb(s, op{http.MethodGet, one, "partner-misp", "What we saw of what a partner's MISP was sent; nobody signed it", 0}, s.partnerMISP)
}

// MISPIn is the way to a partner's MISP.
type MISPIn struct {
	URL     string `json:"url"`
	Key     string `json:"key" doc:"of a user of ours there; sealed at once and never shown"`
	Known   string `json:"known,omitempty" doc:"UUID of that organisation, by which it is a member of sharing groups"`
	Arrives int    `json:"arrives,omitempty" minimum:"0" maximum:"3" doc:"distribution there of events that say none"`
	Plain   bool   `json:"plain,omitempty" doc:"let http:// pass"`
	Inside  bool   `json:"inside,omitempty" doc:"the host may lie in our own networks"`
	CA      string `json:"ca,omitempty" doc:"PEM: the only authorities whose certificates are believed"`
	Rate    int    `json:"rate,omitempty" doc:"requests a minute at the most; 120 when not given"`
}

type openMISPIn struct {
	Org  string `path:"org"`
	Body MISPIn
}

func (s *server) openMISP(ctx context.Context, v mithaq.Viewer, in *openMISPIn) (MISP, error) {
	b := &in.Body
	return write(ctx, s, func(tx *store.Tx) (MISP, error) {
		road := mispsync.Road{
			Org: mithaq.OrgID(in.Org), URL: b.URL, Known: b.Known, Arrives: misp.Distribution(b.Arrives),
			Plain: b.Plain, Inside: b.Inside, CA: b.CA, Rate: b.Rate,
		}
		if err := s.Misps.Open(tx, v, road, b.Key); err != nil {
			return MISP{}, err
		}
		return s.mispOf(tx, v, road.Org)
	})
}

// MISP is what we saw of what a partner's MISP was sent.
type MISP struct {
	Org     mithaq.OrgID     `json:"org"`
	URL     string           `json:"url"`
	Known   string           `json:"known,omitempty"`
	Arrives int              `json:"arrives"`
	Proof   string           `json:"proof"` // observed: no receipt, only what the server answered
	Fails   int              `json:"fails"` // in a row
	Why     string           `json:"why,omitempty"`
	Waiting int64            `json:"waiting"` // messages
	Objects map[string]int64 `json:"objects"` // waiting, taken, refused, kept-back, taken-back
	Whys    []string         `json:"whys,omitempty"`
	Events  []MISPEvent      `json:"events"`
}

// MISPEvent is an event as it was pushed last.
type MISPEvent struct {
	UUID string    `json:"uuid"`
	At   time.Time `json:"at"`
}

type partnerMISPIn struct {
	Org string `path:"org"`
}

func (s *server) partnerMISP(ctx context.Context, v mithaq.Viewer, in *partnerMISPIn) (MISP, error) {
	return read(ctx, s, func(tx *store.Tx) (MISP, error) { return s.mispOf(tx, v, mithaq.OrgID(in.Org)) })
}

func (s *server) mispOf(tx *store.Tx, v mithaq.Viewer, org mithaq.OrgID) (MISP, error) {
	st, err := s.Misps.Stand(tx, v, org)
	if err != nil {
		return MISP{}, err
	}
	out := MISP{
		Org: org, URL: st.URL, Known: st.Known, Arrives: int(st.Arrives), Proof: "observed", Fails: st.Fails, Why: st.Why,
		Waiting: st.Waiting, Objects: st.Objects, Whys: st.Whys, Events: []MISPEvent{},
	}
	for _, e := range st.Events {
		out.Events = append(out.Events, MISPEvent(e))
	}
	return out, nil
}
