package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func (s *server) quarantineRoutes() {
	verb(s, op{http.MethodGet, "/v1/quarantine", "quarantine", "Whether the node is in quarantine after a restore, and from whom it has learnt", 0}, s.quarantine)
	verb(s, op{http.MethodPost, "/v1/quarantine/learn", "learn", "Take in from partners what our restored records lack", 0}, s.learn)
	verb(s, op{http.MethodPost, "/v1/quarantine/end", "end-quarantine", "Say, as one of two persons, that the quarantine may end", 0}, s.endQuarantine)
}

// Notes of the store about a quarantine.
const (
	noteLearnt = "quarantine-learnt/" // and the partner's name: when
	noteEnding = "quarantine-ending"  // the person who said first that it may end
)

// Quarantine says how far a quarantine has come.
type Quarantine struct {
	Reason  string                     `json:"reason"` // "" when there is none
	Learnt  map[mithaq.OrgID]time.Time `json:"learnt"`
	Missing []mithaq.OrgID             `json:"missing"`          // partners from whom nothing was learnt yet
	Ending  mithaq.PersonID            `json:"ending,omitempty"` // who said first that it may end
}

func (s *server) quarantine(ctx context.Context, v mithaq.Viewer, _ *nothing) (Quarantine, error) {
	if v.Person == "" {
		return Quarantine{}, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	return read(ctx, s, s.quarantineOf)
}

func (s *server) quarantineOf(tx *store.Tx) (Quarantine, error) {
	q := Quarantine{Learnt: map[mithaq.OrgID]time.Time{}, Missing: []mithaq.OrgID{}}
	var err error
	if q.Reason, err = tx.Quarantined(); err != nil || q.Reason == "" {
		return q, err
	}
	ending, err := tx.Noted(noteEnding)
	if err != nil {
		return q, err
	}
	q.Ending = mithaq.PersonID(ending)
	partners, err := s.Peer.Partners(tx)
	if err != nil {
		return q, err
	}
	for _, p := range partners {
		if p.Kind != mithaq.Peer || p.State == mithaq.PartnerIntroduced {
			continue
		}
		when, err := tx.Noted(noteLearnt + string(p.Org))
		if err != nil {
			return q, err
		}
		if at, err := time.Parse(time.RFC3339, when); err == nil {
			q.Learnt[p.Org] = at
		} else {
			q.Missing = append(q.Missing, p.Org)
		}
	}
	return q, nil
}

// Learnt says what came back from one partner.
type Learnt struct {
	Partner  mithaq.OrgID `json:"partner"`
	Sent     int          `json:"sent"`              // messages of ours, entered again
	Received int          `json:"received"`          // messages of theirs, taken again
	Waiting  int          `json:"waiting"`           // that they still hold for us
	Trouble  *Problem     `json:"trouble,omitempty"` // why not all was learnt
}

func (s *server) learn(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Learnt, error) {
	if !v.MayAcceptPartner() {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	q, err := read(ctx, s, s.quarantineOf)
	if err != nil {
		return nil, err
	}
	if q.Reason == "" {
		return nil, mithaq.Refuse(mithaq.Conflict, "quarantine.none")
	}
	orgs := slices.Clone(q.Missing)
	for org := range q.Learnt {
		orgs = append(orgs, org)
	}
	slices.Sort(orgs)
	list := []Learnt{}
	for _, org := range orgs {
		one, err := s.learnFrom(ctx, v, org)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func (s *server) learnFrom(ctx context.Context, v mithaq.Viewer, org mithaq.OrgID) (Learnt, error) {
	out := Learnt{Partner: org}
	l, err := s.Peer.Relearn(ctx, org)
	if l == nil {
		l = &peer.Learnt{}
	}
	out.Sent, out.Received, out.Waiting = l.Sent, l.Received, l.Waiting
	if err != nil {
		out.Trouble = s.problem(ctx, err)
	}
	_, err = write(ctx, s, func(tx *store.Tx) (Done, error) {
		if out.Trouble == nil {
			if err := tx.Note(noteLearnt+string(org), tx.Now().UTC().Format(time.RFC3339)); err != nil {
				return Done{}, err
			}
		}
		_, _, err := s.Ledger.Own(tx, mithaq.Account{
			Kind: "learnt", At: mithaq.At(tx.Now()), By: v.Person, From: org,
			Counts: map[string]int64{"sent": int64(out.Sent), "received": int64(out.Received), "waiting": int64(out.Waiting)},
		})
		return Done{}, err
	})
	return out, err
}

type endQuarantineIn struct {
	Body struct {
		Without []string `json:"without,omitempty" doc:"partners who could not be reached, each named"`
		Reason  string   `json:"reason,omitempty" maxLength:"500"`
	}
}

// endQuarantine wants two persons, and every partner learnt from or named.
func (s *server) endQuarantine(ctx context.Context, v mithaq.Viewer, in *endQuarantineIn) (Quarantine, error) {
	if !v.MayAcceptPartner() {
		return Quarantine{}, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	return write(ctx, s, func(tx *store.Tx) (Quarantine, error) {
		q, err := s.quarantineOf(tx)
		if err != nil {
			return q, err
		}
		var left []string
		for _, org := range q.Missing {
			if !slices.Contains(in.Body.Without, string(org)) {
				left = append(left, string(org))
			}
		}
		switch {
		case q.Reason == "":
			return q, mithaq.Refuse(mithaq.Conflict, "quarantine.none")
		case len(left) > 0:
			return q, mithaq.Refuse(mithaq.Conflict, "quarantine.not-learnt", strings.Join(left, ", "))
		case q.Ending == "":
			q.Ending = v.Person
			return q, s.enterQuarantine(tx, v, "quarantine-ending", in.Body.Reason, in.Body.Without, func() error { return tx.Note(noteEnding, string(v.Person)) })
		case q.Ending == v.Person:
			return q, mithaq.Refuse(mithaq.Conflict, "quarantine.second")
		}
		err = s.enterQuarantine(tx, v, "quarantine-ended", in.Body.Reason, in.Body.Without, func() error { return s.endIn(tx, q) })
		return Quarantine{Learnt: q.Learnt, Missing: []mithaq.OrgID{}}, err
	})
}

func (s *server) enterQuarantine(tx *store.Tx, v mithaq.Viewer, kind, why string, without []string, do func() error) error {
	if err := do(); err != nil {
		return err
	}
	notes := map[string]string{}
	if why != "" {
		notes["why"] = why
	}
	if len(without) > 0 {
		notes["without"] = strings.Join(without, " ")
	}
	_, _, err := s.Ledger.Own(tx, mithaq.Account{Kind: kind, At: mithaq.At(tx.Now()), By: v.Person, Notes: notes})
	return err
}

func (s *server) endIn(tx *store.Tx, q Quarantine) error {
	for org := range q.Learnt {
		if err := tx.Unnote(noteLearnt + string(org)); err != nil {
			return err
		}
	}
	if err := tx.Unnote(noteEnding); err != nil {
		return err
	}
	return s.Peer.Release(tx)
}
