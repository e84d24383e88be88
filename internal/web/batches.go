package web

import (
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

type batchesPage struct {
	matchForm
	Batches []*match.Batch
	May     bool
}

func (s *site) batches(v *visit) error {
	p := batchesPage{May: match.MayAsk(v.viewer)}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		if p.matchForm, err = s.matchForm(tx, v); err != nil {
			return err
		}
		p.Batches, err = s.Desk.Match.Batches(tx, v.viewer)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("batches", v.say.T("web.batches"), p)
}

func (s *site) askMany(v *visit) error {
	ask, err := s.asked(v)
	if err != nil {
		return err
	}
	ask.Values = eachLine(v.r.PostForm.Get("values"))
	id, err := s.Desk.Match.AskMany(v.r.Context(), v.viewer, ask)
	if err != nil {
		return err
	}
	return v.to("/batches/" + string(id))
}

type batchPage struct {
	*match.Batch
	Found []match.Hit
}

func (s *site) batch(v *visit) error {
	var p batchPage
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		if p.Batch, err = s.Desk.Match.Batch(tx, v.viewer, stix.ID(v.r.PathValue("id"))); err != nil || !v.viewer.Knows(p.Case) {
			return err
		}
		p.Found, err = s.Desk.Match.BatchHits(tx, v.viewer, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("batch", v.say.T("web.batches.one", v.names.short(p.Partner)), p)
}

// turnBatch holds a batch, or lets it go on.
func (s *site) turnBatch(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	turn := s.Desk.Match.Pause
	if v.r.PathValue("turn") == "resume" {
		turn = s.Desk.Match.Resume
	}
	if err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return turn(tx, v.viewer, id) }); err != nil {
		return err
	}
	return v.to("/batches/" + string(id))
}
