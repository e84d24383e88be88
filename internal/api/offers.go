package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// offerRoutes are the answerer's side of hit / no-hit matching.
func (s *server) offerRoutes() {
	verb(s, op{http.MethodPost, "/v1/match/offers", "offer", "Offer identifiers for a pact and a purpose", http.StatusCreated}, s.offer)
	verb(s, op{http.MethodGet, "/v1/match/offers", "offers", "What is offered", 0}, s.offers)
	verb(s, op{http.MethodPost, "/v1/match/offers/{id}/withdraw", "withdraw-offer", "Take an offer back", 0}, s.withdrawOffer)
	verb(s, op{http.MethodPost, "/v1/match/sets", "publish-sets", "Make the sets of a pact now, and not at the hour", 0}, s.publishSets)
	verb(s, op{http.MethodGet, "/v1/match/sets", "sets", "The sets that are ready, of ours and of partners", 0}, s.sets)
	verb(s, op{http.MethodGet, "/v1/match/days", "match-days", "What partners asked of us, by day", 0}, s.matchDays)
	verb(s, op{http.MethodGet, "/v1/match/tallies", "match-tallies", "What passed between us and each partner", 0}, s.tallies)
}

// OfferIn offers identifiers.
type OfferIn struct {
	Pact       stix.ID         `json:"pact"`
	Purpose    mithaq.Purpose  `json:"purpose"`
	Type       psi.Type        `json:"type" doc:"phone, email, iban, account, document, plate, name-birth, crypto-address, file-hash, domain or ip"`
	Values     []string        `json:"values" minItems:"1" maxItems:"100000"`
	Class      mithaq.Subjects `json:"class" doc:"one category of persons; none where nobody is concerned"`
	Desk       string          `json:"desk" minLength:"1" maxLength:"44" doc:"whom to ask after a hit"`
	Item       stix.ID         `json:"item,omitempty" doc:"what we hold about it"`
	Case       stix.ID         `json:"case,omitempty"`
	Assessment stix.ID         `json:"assessment,omitempty" doc:"where it concerns a person: the signed answers that cover the item"`
}

type offerIn struct{ Body OfferIn }

// OffersMade says what became of each value.
type OffersMade struct {
	Offered []OfferMade    `json:"offered"`
	Refused []OfferRefused `json:"refused"`
}

// OfferMade is a value that is offered from now on.
type OfferMade struct {
	ID    stix.ID `json:"id"`
	Value string  `json:"value"`
}

// OfferRefused is a value that is not.
type OfferRefused struct {
	Value string    `json:"value"`
	Why   *Sentence `json:"why"`
}

func (s *server) offer(ctx context.Context, v mithaq.Viewer, in *offerIn) (OffersMade, error) {
	b := &in.Body
	all, err := s.Match.Offer(ctx, v, match.Offering{
		Pact: b.Pact, Purpose: b.Purpose, Type: b.Type, Values: b.Values, Class: b.Class, Desk: b.Desk,
		Item: b.Item, Case: b.Case, Assessment: b.Assessment,
	})
	made := OffersMade{Offered: []OfferMade{}, Refused: []OfferRefused{}}
	for _, o := range all {
		if o.Why != nil {
			made.Refused = append(made.Refused, OfferRefused{o.Value, refusalSaid(o.Why)})
			continue
		}
		made.Offered = append(made.Offered, OfferMade{o.ID, o.Value})
	}
	return made, err
}

// Offer is an identifier as it is offered.
type Offer struct {
	ID      stix.ID         `json:"id"`
	Pact    stix.ID         `json:"pact"`
	Purpose mithaq.Purpose  `json:"purpose"`
	Type    psi.Type        `json:"type"`
	Value   string          `json:"value"`
	Class   mithaq.Subjects `json:"class"`
	Desk    string          `json:"desk"`
	Item    stix.ID         `json:"item,omitempty"`
	Case    stix.ID         `json:"case,omitempty"`
	Person  mithaq.PersonID `json:"person"`
	At      time.Time       `json:"at"`
}

type offersIn struct {
	Pact   string `query:"pact"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000" doc:"100 where absent"`
	Offset int    `query:"offset" minimum:"0"`
}

func (s *server) offers(ctx context.Context, v mithaq.Viewer, in *offersIn) ([]Offer, error) {
	if in.Limit == 0 {
		in.Limit = 100
	}
	return read(ctx, s, func(tx *store.Tx) ([]Offer, error) {
		all, err := s.Match.Offers(tx, v, stix.ID(in.Pact), in.Limit, in.Offset)
		list := make([]Offer, 0, len(all))
		for _, o := range all {
			list = append(list, Offer{o.ID, o.Pact, o.Purpose, o.Input.Type(), o.Input.Value(), o.Class, o.Desk, o.Item, o.Case, o.Person, o.At})
		}
		return list, err
	})
}

func (s *server) withdrawOffer(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Match.Withdraw(tx, v, stix.ID(in.ID)) })
}

type publishIn struct {
	Body struct {
		Pact stix.ID `json:"pact"`
	}
}

func (s *server) publishSets(ctx context.Context, v mithaq.Viewer, in *publishIn) (Done, error) {
	return Done{true}, s.Match.PublishNow(ctx, v, in.Body.Pact)
}

// Shelf is a set as it stands: what can be asked of whom.
type Shelf struct {
	Answerer mithaq.OrgID   `json:"answerer"`
	Asker    mithaq.OrgID   `json:"asker"`
	Pact     stix.ID        `json:"pact"`
	Purpose  mithaq.Purpose `json:"purpose"`
	Type     psi.Type       `json:"type"`
	Rows     int64          `json:"rows" doc:"dummies among them"`
	Serial   int64          `json:"serial"`
	At       mithaq.Time    `json:"at"`
	Until    mithaq.Time    `json:"until" doc:"when its key is destroyed"`
}

func (s *server) sets(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Shelf, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.sign-in")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Shelf, error) {
		all, err := s.Match.Shelves(tx)
		list := make([]Shelf, 0, len(all))
		for _, f := range all {
			list = append(list, Shelf{f.Answerer, f.Asker, f.Pact, f.Purpose, psi.Scheme(f.Scheme).Type(), f.Rows, f.Serial, f.At, f.Until})
		}
		return list, err
	})
}

// MatchDay is what a partner asked of us in a day of UTC.
type MatchDay struct {
	Partner   mithaq.OrgID `json:"partner"`
	Pact      stix.ID      `json:"pact"`
	Day       string       `json:"day"`
	Questions int          `json:"questions"`
	Spent     int          `json:"spent" doc:"elements, dummies among them"`
	Refused   int          `json:"refused"`
	Warned    bool         `json:"warned"`
}

func (s *server) matchDays(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]MatchDay, error) {
	if !v.Is(mithaq.Supervisor, mithaq.LegalOfficer, mithaq.Auditor, mithaq.Administrator) {
		return nil, mithaq.Refuse(mithaq.Denied, "match.may-not-see")
	}
	return read(ctx, s, func(tx *store.Tx) ([]MatchDay, error) {
		all, err := s.Match.Days(tx, tx.Now().AddDate(0, 0, -90))
		list := make([]MatchDay, 0, len(all))
		for _, d := range all {
			list = append(list, MatchDay(d))
		}
		return list, err
	})
}

// MatchTally is what passed between us and a partner under a pact.
type MatchTally struct {
	Partner     mithaq.OrgID `json:"partner"`
	Pact        stix.ID      `json:"pact"`
	Asked       int          `json:"asked"`
	Identifiers int          `json:"identifiers"`
	Hits        int          `json:"hits"`
	Canaries    int          `json:"canaries"`
	Caught      int          `json:"caught" doc:"canaries that hit: the set may be stuffed"`
	Refused     int          `json:"refused"`
	Questions   int          `json:"questions" doc:"of theirs"`
	Elements    int          `json:"elements" doc:"in them"`
	Repeats     int          `json:"repeats"`
	Over        int          `json:"over_budget"`
	Warnings    int          `json:"warnings"`
}

func (s *server) tallies(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]MatchTally, error) {
	return read(ctx, s, func(tx *store.Tx) ([]MatchTally, error) {
		all, err := s.Match.Tallies(tx, v)
		list := make([]MatchTally, 0, len(all))
		for _, t := range all {
			list = append(list, MatchTally(t))
		}
		return list, err
	})
}

// refusalSaid is the sentence of a refusal.
func refusalSaid(err error) *Sentence {
	r, ok := errors.AsType[*mithaq.Refusal](err)
	if !ok {
		return &Sentence{Key: "kind.internal"}
	}
	return wholeSaid(r.Whole())
}

func wholeSaid(w *mithaq.RefusedWhole) *Sentence {
	if w == nil {
		return nil
	}
	return &Sentence{w.Key, w.Args}
}
