package web

import (
	"errors"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A link is how the line to a partner stands.
type link struct {
	Partner *mithaq.Partner
	State   string // ok, wait, warn or bad
	Waiting int64
	Lanes   []peer.LaneStatus
}

type partnersPage struct {
	Links []link
	Print []position // of our own fingerprint
	May   bool       // this person may introduce and invite
}

func (s *site) partners(v *visit) error {
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (p partnersPage, err error) {
		if p.Links, err = s.links(tx); err != nil {
			return p, err
		}
		p.May = v.viewer.MayAcceptPartner()
		p.Print, err = s.fingerprint(tx, v, s.Desk.Org)
		return p, err
	})
	if err != nil {
		return err
	}
	return v.show("partners", v.say.T("web.partners"), p)
}

// A position of a fingerprint is a word, and the same as four digits.
type position struct{ Word, Digits string }

// fingerprint reads an organisation's in the reader's words, and in digits.
func (s *site) fingerprint(tx *store.Tx, v *visit, org mithaq.OrgID) (list []position, err error) {
	print, err := s.Desk.Peer.Print(tx, org)
	if err != nil {
		return nil, err
	}
	digits := print.Digits()
	for i, word := range print.Words(v.say.Lang()) {
		list = append(list, position{word, digits[i]})
	}
	return list, nil
}

func (s *site) links(tx *store.Tx) ([]link, error) {
	partners, err := s.Desk.Peer.Partners(tx)
	if err != nil {
		return nil, err
	}
	lanes, err := s.Desk.Peer.Status(tx)
	list := make([]link, 0, len(partners))
	for _, p := range partners {
		list = append(list, linkOf(p, lanes))
	}
	return list, err
}

func linkOf(p *mithaq.Partner, lanes []peer.LaneStatus) link {
	l := link{Partner: p, State: "ok"}
	for _, one := range lanes {
		if one.Partner != p.Org {
			continue
		}
		l.Lanes = append(l.Lanes, one)
		l.Waiting += one.Waiting
		switch {
		case one.Frozen != "":
			l.State = "bad"
		case one.Trouble != "" && one.Waiting > 0 && l.State != "bad":
			l.State = "warn"
		}
	}
	if !p.Accepted() {
		l.State = "wait"
	}
	return l
}

// stuck reports whether something of ours waits too long, and since when.
func (l *link) stuck(now time.Time) (since time.Time, stuck bool) {
	for _, one := range l.Lanes {
		if one.Waiting > 0 && now.Sub(one.Since) > late && (since.IsZero() || one.Since.Before(since)) {
			since = one.Since
		}
	}
	return since, !since.IsZero()
}

type partnerPage struct {
	Link      link
	Print     []position
	Accepted  []accepted
	Pacts     []*pact.Text
	Recalls   []gate.RecallState
	Erasures  []*mithaq.Erasure
	Compared  *peer.Comparison
	Compares  bool
	Questions []gate.Question
	Heard     []int           // positions to type as heard; none where this person has nothing to accept
	MISP      *mispsync.Stand // of a partner without a node; nil for none
}

// accepted is one person's word that the fingerprint was compared.
type accepted struct {
	mithaq.Acceptance
	Name string
}

func (s *site) partner(v *visit) error { return s.showPartner(v, nil) }

func (s *site) showPartner(v *visit, compared *peer.Comparison) error {
	org := mithaq.OrgID(v.r.PathValue("org"))
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (partnerPage, error) { return s.partnerOf(tx, v, org) })
	if err != nil {
		return err
	}
	p.Compared = compared
	return v.show("partner", v.names.of(org), p)
}

func (s *site) partnerOf(tx *store.Tx, v *visit, org mithaq.OrgID) (p partnerPage, err error) {
	partner, err := s.Desk.Peer.Partner(tx, org)
	if err != nil {
		return p, err
	}
	lanes, err := s.Desk.Peer.Status(tx)
	if err != nil {
		return p, err
	}
	p.Link, p.Compares = linkOf(partner, lanes), partner.Accepted()
	if partner.Kind == mithaq.Peer {
		if p.Print, err = s.fingerprint(tx, v, org); err != nil {
			return p, err
		}
	}
	if partner.Kind == mithaq.Plain {
		if p.MISP, err = s.misp(tx, v, org); err != nil {
			return p, err
		}
	}
	for _, a := range partner.Acceptances {
		p.Accepted = append(p.Accepted, accepted{a, s.personName(tx, a.Person)})
	}
	said := slices.ContainsFunc(partner.Acceptances, func(a mithaq.Acceptance) bool { return a.Person == v.viewer.Person })
	if v.viewer.MayAcceptPartner() && partner.State == mithaq.PartnerIntroduced && !said {
		p.Print = nil // what is compared is typed as heard, not read from here
		for i := range positions {
			p.Heard = append(p.Heard, i+1)
		}
	}
	return p, s.dealings(tx, v, org, &p)
}

// misp is what we saw of what a partner's MISP was sent, where it has one and the
// reader may know.
func (s *site) misp(tx *store.Tx, v *visit, org mithaq.OrgID) (*mispsync.Stand, error) {
	stand, err := s.Desk.Misps.Stand(tx, v.viewer, org)
	if errors.Is(err, mithaq.NotFound) || errors.Is(err, mithaq.Denied) {
		return nil, nil
	}
	return stand, err
}

// dealings are the pacts with a partner, what was taken back, and its statements.
func (s *site) dealings(tx *store.Tx, v *visit, org mithaq.OrgID, p *partnerPage) error {
	texts, err := s.Desk.Pacts.Texts(tx)
	if err != nil {
		return err
	}
	p.Pacts = slices.DeleteFunc(texts, func(t *pact.Text) bool { return t.Pact.Party(org) == nil || t.Status != mithaq.InForce })
	recalls, err := s.Desk.Gate.Recalls(tx, false)
	if err != nil {
		return err
	}
	p.Recalls = slices.DeleteFunc(recalls, func(r gate.RecallState) bool { return r.Partner != org && r.Giver != org })
	if v.viewer.MayRecall() || v.viewer.MayPropose() || v.viewer.MayAudit() {
		p.Erasures, err = s.Desk.Gate.Statements(tx, org)
	}
	return err
}

// verifyWith compares all records with a partner's, and shows what differs.
func (s *site) verifyWith(v *visit) error {
	c, err := s.Desk.Peer.VerifyWith(v.r.Context(), mithaq.OrgID(v.r.PathValue("org")))
	if err != nil {
		return err
	}
	return s.showPartner(v, c)
}
