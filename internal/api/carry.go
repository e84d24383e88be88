package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/peer"
)

// MaxCarry is how many bytes of messages one sealed file holds at the most: what
// the other node takes in at once.
const MaxCarry = 64 << 20

// carryRoutes are streams of sealed bytes.
func (s *server) carryRoutes() {
	s.mux.HandleFunc("POST /v1/carry/out/{org}", s.carryOut)
	s.mux.HandleFunc("POST /v1/carry/in", s.carryIn)
}

// carrier is who may take files to and from a partner by hand.
func (s *server) carrier(w http.ResponseWriter, r *http.Request) (mithaq.Viewer, bool) {
	v, err := s.viewerOf(r)
	if err == nil && !v.MayRelease() && !v.MayAdminister() {
		err = mithaq.Refuse(mithaq.Denied, "api.may-not-carry")
	}
	if err != nil {
		s.answerProblem(w, r, err)
	}
	return v, err == nil
}

// carryOut answers with a sealed file of what waits for a partner.
func (s *server) carryOut(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.carrier(w, r); !ok {
		return
	}
	limit, err := strconv.ParseInt(r.URL.Query().Get("limit"), 10, 64)
	if err != nil || limit <= 0 {
		limit = MaxCarry
	}
	limit = min(limit, MaxCarry)
	out := &late{w: w}
	_, err = s.Peer.CarryOut(r.Context(), mithaq.OrgID(r.PathValue("org")), out, limit)
	if err != nil && !out.begun {
		s.answerProblem(w, r, err)
		return
	}
	if err != nil {
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
}

// late sends its header with the first byte, so that a refusal can still be one.
type late struct {
	w     http.ResponseWriter
	begun bool
}

func (l *late) Write(b []byte) (int, error) {
	if !l.begun {
		l.w.Header().Set("Content-Type", "application/octet-stream")
		l.begun = true
	}
	return l.w.Write(b)
}

// carryIn takes a sealed file in.
func (s *server) carryIn(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.carrier(w, r); !ok {
		return
	}
	c, err := s.Peer.CarryIn(r.Context(), r.Body)
	if err != nil {
		s.answerProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.carriedOf(r.Context(), &c))
}

// Carried says what was in a sealed file.
type Carried struct {
	From     mithaq.OrgID `json:"from"`
	To       mithaq.OrgID `json:"to"`
	Cards    int          `json:"cards"` // that were new
	Receipts int          `json:"receipts"`
	Messages int          `json:"messages"`
	Again    int          `json:"again"`             // seen before
	Refused  []*Problem   `json:"refused,omitempty"` // what was not taken, in order
}

func (s *server) carriedOf(ctx context.Context, c *peer.Carried) Carried {
	out := Carried{From: c.From, To: c.To, Cards: c.Cards, Receipts: c.Receipts, Messages: c.Messages, Again: c.Again}
	for _, err := range c.Refused {
		out.Refused = append(out.Refused, s.problem(ctx, err))
	}
	return out
}
