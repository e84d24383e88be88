package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func (s *server) logRoutes() {
	verb(s, op{http.MethodGet, "/v1/log", "log", "The node's own log: who did, read and was refused what, and why", 0}, s.ownLog)
	verb(s, op{http.MethodGet, "/v1/logs", "logs", "Every log kept, with its size and root", 0}, s.logs)
	verb(s, op{http.MethodGet, "/v1/logs/proof", "proof", "The .tlog-proof of an entry", 0}, s.proof)
}

type logIn struct {
	Kind   string    `query:"kind"`
	Person string    `query:"person"`
	From   time.Time `query:"from"`
	Until  time.Time `query:"until"`
	After  int64     `query:"after" minimum:"0" doc:"index of the last entry had, plus one"`
	Limit  int       `query:"limit" minimum:"0" maximum:"1000"`
}

// Entry is one line of the node's own log.
type Entry struct {
	Index   int64          `json:"index"`
	Leaf    mithaq.Digest  `json:"leaf"`
	Account mithaq.Account `json:"account"`
}

func (s *server) ownLog(ctx context.Context, v mithaq.Viewer, in *logIn) ([]Entry, error) {
	found, err := s.OwnLog(ctx, v, ledger.Filter{
		Kind: in.Kind, Person: mithaq.PersonID(in.Person), From: in.From, Until: in.Until, After: in.After, Limit: in.Limit,
	})
	list := make([]Entry, 0, len(found))
	for _, e := range found {
		list = append(list, Entry(e))
	}
	return list, err
}

// Log is one log as it stands.
type Log struct {
	Origin string         `json:"origin"`
	Kind   ledger.LogKind `json:"kind"`
	Size   int64          `json:"size"`
	Root   mithaq.Digest  `json:"root"`
}

func (s *server) logs(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Log, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "log.may-not-read")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Log, error) {
		all, err := ledger.Logs(tx)
		list := []Log{}
		for _, l := range all {
			list = append(list, Log{l.Origin, l.Kind, l.Size, l.Root})
		}
		return list, err
	})
}

type proofIn struct {
	Origin string `query:"origin" required:"true"`
	Index  int64  `query:"index" minimum:"0"`
}

// Proof is a .tlog-proof, for anybody who has the log's card.
type Proof struct {
	Proof string `json:"proof"`
}

func (s *server) proof(ctx context.Context, v mithaq.Viewer, in *proofIn) (Proof, error) {
	if v.Person == "" {
		return Proof{}, mithaq.Refuse(mithaq.Denied, "log.may-not-read")
	}
	l, err := read(ctx, s, func(tx *store.Tx) (ledger.Log, error) { return ledger.FindLog(tx, in.Origin) })
	if err != nil {
		return Proof{}, err
	}
	proof, err := s.Ledger.Proof(ctx, l.ID, in.Index)
	return Proof{string(proof)}, err
}
