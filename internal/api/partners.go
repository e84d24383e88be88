package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/fingerprint"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func (s *server) partnerRoutes() {
	verb(s, op{http.MethodGet, "/v1/node", "node", "This node: who it is and how its fingerprint reads", 0}, s.node)
	verb(s, op{http.MethodGet, "/v1/card", "card", "The node's Card", 0}, s.card)
	verb(s, op{http.MethodGet, "/v1/party", "party", "This organisation as a pact names it", 0}, s.party)
	verb(s, op{http.MethodPost, "/v1/invitations", "invite", "A code by which a stranger may introduce itself, shown once", http.StatusCreated}, s.invite)
	verb(s, op{http.MethodGet, "/v1/partners", "partners", "Every organisation whose card we hold", 0}, s.partners)
	verb(s, op{http.MethodPost, "/v1/partners", "introduce", "Introduce ourselves to a node at an address", http.StatusCreated}, s.introduce)
	verb(s, op{http.MethodPost, "/v1/cards", "add-card", "Keep a card that came by hand", http.StatusCreated}, s.addCard)
	verb(s, op{http.MethodGet, "/v1/partners/{org}", "partner", "One partner", 0}, s.partner)
	verb(s, op{http.MethodGet, "/v1/partners/{org}/party", "partner-party", "A partner as a pact names it", 0}, s.partnerParty)
	verb(s, op{http.MethodPost, "/v1/partners/{org}/accept", "accept-partner", "Say that the fingerprint was compared by voice", 0}, s.accept)
	verb(s, op{http.MethodPost, "/v1/partners/{org}/plain", "add-plain", "Add an organisation without a node", http.StatusCreated}, s.addPlain)
	verb(s, op{http.MethodPost, "/v1/partners/{org}/{step}", "settle-partner", "suspend, resume, end or thaw a partner", 0}, s.settlePartner)
	verb(s, op{http.MethodPost, "/v1/partners/{org}/verify", "verify-with", "Compare every log with a partner's", 0}, s.verifyWith)
	verb(s, op{http.MethodGet, "/v1/lanes", "lanes", "How every lane with every partner stands", 0}, s.lanes)
	verb(s, op{http.MethodPost, "/v1/partners/{org}/poll", "poll", "Fetch what waits for us at a partner's", 0}, s.poll)
}

// Node says who this node is.
type Node struct {
	Organisation mithaq.OrgID      `json:"organisation"`
	Name         map[string]string `json:"name"`
	Version      string            `json:"version"`
	Card         mithaq.Digest     `json:"card"`
	Words        []string          `json:"words"` // of the fingerprint, in the language asked for
	Digits       []string          `json:"digits"`
	Quarantine   string            `json:"quarantine,omitempty"`
}

type languageIn struct {
	Language string `query:"lang" doc:"ar, fr, en or tr"`
}

func (s *server) node(ctx context.Context, _ mithaq.Viewer, in *languageIn) (Node, error) {
	return read(ctx, s, func(tx *store.Tx) (Node, error) {
		n := Node{Organisation: s.Org, Name: s.Name, Version: s.Version}
		_, digest, err := s.Peer.Card(tx)
		if err != nil {
			return n, err
		}
		n.Card = digest
		if n.Quarantine, err = tx.Quarantined(); err != nil {
			return n, err
		}
		print, err := s.Peer.Print(tx, s.Org)
		n.Words, n.Digits = wordsOf(print, in.Language), print.Digits()
		return n, err
	})
}

func wordsOf(print fingerprint.Print, lang string) []string {
	if words := print.Words(lang); words != nil {
		return words
	}
	return print.Words("en")
}

func (s *server) card(ctx context.Context, _ mithaq.Viewer, _ *nothing) (json.RawMessage, error) {
	return read(ctx, s, func(tx *store.Tx) (json.RawMessage, error) {
		raw, _, err := s.Peer.Card(tx)
		return raw, err
	})
}

func (s *server) party(ctx context.Context, _ mithaq.Viewer, _ *nothing) (mithaq.Party, error) {
	return read(ctx, s, s.OurParty)
}

type inviteIn struct {
	Body struct {
		Note string `json:"note,omitempty" maxLength:"200"`
	}
}

// Invitation is shown once.
type Invitation struct {
	Code string `json:"code"`
}

func (s *server) invite(ctx context.Context, v mithaq.Viewer, in *inviteIn) (Invitation, error) {
	code, err := s.Peer.Invite(ctx, v, in.Body.Note)
	return Invitation{code}, err
}

func (s *server) partners(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]*mithaq.Partner, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	return read(ctx, s, func(tx *store.Tx) ([]*mithaq.Partner, error) {
		list, err := s.Peer.Partners(tx)
		if list == nil {
			list = []*mithaq.Partner{}
		}
		return list, err
	})
}

type orgIn struct {
	Org string `path:"org"`
}

func (s *server) partner(ctx context.Context, v mithaq.Viewer, in *orgIn) (*mithaq.Partner, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	return read(ctx, s, func(tx *store.Tx) (*mithaq.Partner, error) { return s.Peer.Partner(tx, mithaq.OrgID(in.Org)) })
}

func (s *server) partnerParty(ctx context.Context, _ mithaq.Viewer, in *orgIn) (mithaq.Party, error) {
	return read(ctx, s, func(tx *store.Tx) (mithaq.Party, error) { return s.Party(tx, mithaq.OrgID(in.Org)) })
}

type introduceIn struct {
	Body struct {
		Address    string `json:"address" doc:"https://host:port"`
		Invitation string `json:"invitation"`
	}
}

func (s *server) introduce(ctx context.Context, v mithaq.Viewer, in *introduceIn) (*mithaq.Partner, error) {
	return s.Peer.Introduce(ctx, v, in.Body.Address, in.Body.Invitation)
}

type cardIn struct {
	RawBody []byte `contentType:"application/json"`
}

func (s *server) addCard(ctx context.Context, v mithaq.Viewer, in *cardIn) (Done, error) {
	return Done{true}, s.Peer.AddCard(ctx, v, in.RawBody)
}

type acceptIn struct {
	Org  string `path:"org"`
	Body struct {
		Heard map[string]string `json:"heard" doc:"what was heard, by position from 1 to 12: words of any of the four lists, or groups of digits"`
		How   string            `json:"how" minLength:"1" maxLength:"500" doc:"the number called, and where it was found"`
	}
}

func (s *server) accept(ctx context.Context, v mithaq.Viewer, in *acceptIn) (*mithaq.Partner, error) {
	heard := make(map[int]string, len(in.Body.Heard))
	for position, word := range in.Body.Heard {
		n, err := strconv.Atoi(position)
		if err != nil {
			return nil, mithaq.Refuse(mithaq.Invalid, "api.position", position)
		}
		heard[n] = word
	}
	return s.Peer.Accept(ctx, v, mithaq.OrgID(in.Org), heard, in.Body.How)
}

func (s *server) addPlain(ctx context.Context, v mithaq.Viewer, in *orgIn) (Done, error) {
	return Done{true}, s.Peer.AddPlain(ctx, v, mithaq.OrgID(in.Org))
}

type stepIn struct {
	Org  string `path:"org"`
	Step string `path:"step" enum:"suspend,resume,end,thaw"`
}

func (s *server) settlePartner(ctx context.Context, v mithaq.Viewer, in *stepIn) (Done, error) {
	steps := map[string]func(context.Context, mithaq.Viewer, mithaq.OrgID) error{
		"suspend": s.Peer.Suspend, "resume": s.Peer.Resume, "end": s.Peer.End, "thaw": s.Peer.Thaw,
	}
	return Done{true}, steps[in.Step](ctx, v, mithaq.OrgID(in.Org))
}

// Polled says how many messages came.
type Polled struct {
	Messages int `json:"messages"`
}

func (s *server) poll(ctx context.Context, v mithaq.Viewer, in *orgIn) (Polled, error) {
	if !v.MayPropose() && !v.MayAcceptPartner() { // an auditor changes nothing
		return Polled{}, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	n, err := s.Peer.Poll(ctx, mithaq.OrgID(in.Org))
	return Polled{n}, err
}
