package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/httpsig"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// An introduction is what two nodes say before they know each other, or when
// one of them has changed its keys: the cards, oldest first, each signed by the
// organisation key, and from a stranger the invitation.
type introduction struct {
	Cards      []jsontext.Value `json:"cards"`
	Invitation string           `json:"invitation,omitempty"`
}

const (
	maxChain        = 16 // cards in an introduction, the newest
	maxIntroduction = 2 << 20
	invitationLife  = 7 * 24 * time.Hour
)

// Invite makes a code by which one stranger may introduce itself, for a week.
// It is for the telephone or a letter; only its hash is kept.
func (p *Peer) Invite(ctx context.Context, v mithaq.Viewer, note string) (code string, err error) {
	if !v.MayAcceptPartner() {
		return "", mithaq.Refuse(mithaq.Denied, "peer.may-not-invite")
	}
	code = rand.Text()
	sum := sha256.Sum256([]byte(code))
	err = p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO peer_invitation(code, person, note, expires, used_by) VALUES(?, ?, ?, ?, '')",
			sum[:], v.Person, note, micros(tx.Now().Add(invitationLife)))
		if err != nil {
			return err
		}
		return p.enter(tx, mithaq.Account{Kind: "invitation", By: v.Person})
	})
	return code, named(err, "invite")
}

// spend uses an invitation up. Denied: none, used or too old.
func spend(tx *store.Tx, code string, by mithaq.OrgID) error {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.TrimSpace(code))))
	var expires int64
	err := tx.QueryRow("SELECT expires FROM peer_invitation WHERE code = ? AND used_by = ''", sum[:]).Scan(&expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && expires <= micros(tx.Now()) {
		return mithaq.Refuse(mithaq.Denied, "peer.invitation")
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE peer_invitation SET used_by = ? WHERE code = ?", by, sum[:])
	return err
}

// Introduce calls a node at an address (https://host:port), gives it our card
// with an invitation of theirs, and keeps the card it answers with, for two
// persons to compare. Nothing is trusted yet.
func (p *Peer) Introduce(ctx context.Context, v mithaq.Viewer, address, invitation string) (*mithaq.Partner, error) {
	if !v.MayAcceptPartner() {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-introduce")
	}
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, mithaq.Refuse(mithaq.Invalid, "peer.address", address)
	}
	cards, err := p.show(ctx, address, invitation)
	if err != nil {
		return nil, noLine(err, "peer.unreachable", address)
	}
	var partner *mithaq.Partner
	err = p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		if err := p.meet(tx, cards[len(cards)-1], v.Person); err != nil {
			return err
		}
		partner, err = p.Partner(tx, cards[0].Org)
		return err
	})
	return partner, err
}

// AddCard keeps a card that came by hand, as Introduce does.
func (p *Peer) AddCard(ctx context.Context, v mithaq.Viewer, raw []byte) error {
	if !v.MayAcceptPartner() {
		return mithaq.Refuse(mithaq.Denied, "peer.may-not-introduce")
	}
	c, err := readShown(raw)
	if err != nil {
		return err
	}
	return p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := partnerRow(tx, c.Org)
		if errors.Is(err, mithaq.NotFound) {
			return p.meet(tx, c, v.Person)
		}
		if err == nil {
			_, _, err = p.learn(tx, c.Org, c)
		}
		return err
	})
}

// exchange shows a known partner our cards and looks at its own: what both do
// when a key is not that of the card held.
func (p *Peer) exchange(ctx context.Context, org mithaq.OrgID) error {
	addresses, _, err := p.reach(ctx, org)
	if err != nil {
		return err
	}
	last := errNoAddress
	for _, address := range addresses {
		cards, err := p.show(ctx, address, "")
		if err != nil {
			last = err
			continue
		}
		return p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := p.learnAll(tx, org, cards)
			return err
		})
	}
	return last
}

// learnAll takes a chain of cards. Those older than any we hold are passed over.
func (p *Peer) learnAll(tx *store.Tx, org mithaq.OrgID, cards []shown) (fresh bool, err error) {
	partner, err := partnerRow(tx, org)
	if err != nil {
		return false, err
	}
	theirs, err := p.chain(tx, org, partner.Card)
	if err != nil {
		return false, err
	}
	oldest, err := theirs.ByDigest(theirs.Digests()[0])
	if err != nil {
		return false, err
	}
	for _, c := range cards {
		if c.Org == org && c.Serial < oldest.Serial {
			continue
		}
		one, conflict, err := p.learn(tx, org, c)
		if err != nil || conflict {
			return false, err
		}
		fresh = fresh || one
	}
	return fresh, nil
}

// show posts our cards to an address and gives those it answers with, which
// must be of one organisation, and of the one at the other end of the line.
func (p *Peer) show(ctx context.Context, address, invitation string) (cards []shown, err error) {
	var body []byte
	err = p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		body, err = p.introduction(tx, introduction{Invitation: invitation})
		return err
	})
	if err != nil {
		return nil, err
	}
	c := p.newClient("")
	defer c.CloseIdleConnections()
	var answer introduction
	e := errand{method: http.MethodPost, path: introducePath, body: body, limit: maxIntroduction}
	_, err = p.meetingRequest(ctx, c, address, e, func(raw []byte) (keys httpsig.Keys, err error) {
		if err := strict.Decode(raw, maxIntroduction, &answer); err != nil {
			return nil, err
		}
		if cards, err = readAllShown(answer.Cards); err != nil {
			return nil, err
		}
		return p.introducer(cards)
	})
	return cards, err
}

// introducer gives the message keys of the newest of a list of cards, all of one organisation.
func (p *Peer) introducer(cards []shown) (httpsig.Keys, error) {
	newest := cards[len(cards)-1]
	for _, c := range cards {
		if c.Org != newest.Org || c.Org == p.cfg.Org {
			return nil, mithaq.Refuse(mithaq.Denied, "card.other-organisation", newest.Org, c.Org)
		}
	}
	return func(id mithaq.KeyID) (ed25519.PublicKey, error) {
		if err := newest.Usable(id, mithaq.KeyMessage, p.cfg.Now()); err != nil {
			return nil, err
		}
		return newest.Key(id).Ed25519, nil
	}, nil
}

// introduction writes our newest cards into i.
func (p *Peer) introduction(tx *store.Tx, i introduction) ([]byte, error) {
	raws, err := rawCards(tx, p.cfg.Org)
	if err != nil {
		return nil, err
	}
	if len(raws) == 0 {
		return nil, fmt.Errorf("our own card: %w", mithaq.NotFound)
	}
	for _, raw := range raws[max(0, len(raws)-maxChain):] {
		i.Cards = append(i.Cards, raw)
	}
	return json.Marshal(i)
}

// introduced answers an introduction. The body is read before its signature
// can be looked at, since the keys are in it; so it is short.
func (p *Peer) introduced(a *answer, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close") // a line that nobody answers for is not kept
	body, err := p.hearIntroduction(w, r)
	if err != nil {
		// Whose card it claims to be is not known: nobody is named for it, and no
		// stranger makes more entries by inventing names.
		a.fail(p, r, p.turnedAway(r, "", err))
		return
	}
	a.header.Set("Content-Type", "application/json")
	_, _ = a.Write(body)
}

func (p *Peer) hearIntroduction(w http.ResponseWriter, r *http.Request) (answer []byte, err error) {
	if r.Method != http.MethodPost {
		return nil, mithaq.Refuse(mithaq.Invalid, "peer.method", r.Method)
	}
	i, cards, err := p.readIntroduction(w, r)
	if err != nil {
		return nil, err
	}
	newest := cards[len(cards)-1]
	err = p.cfg.Store.Write(r.Context(), func(tx *store.Tx) error {
		_, err := partnerRow(tx, newest.Org)
		switch {
		case errors.Is(err, mithaq.NotFound):
			if err = spend(tx, i.Invitation, newest.Org); err == nil {
				err = p.meet(tx, newest, "")
			}
		case err == nil:
			_, err = p.learnAll(tx, newest.Org, cards)
		}
		if err != nil {
			return err
		}
		answer, err = p.introduction(tx, introduction{})
		return err
	})
	return answer, err
}

// readIntroduction wants the cards of one organisation, whose message key
// signed the request and whose TLS key holds the line.
func (p *Peer) readIntroduction(w http.ResponseWriter, r *http.Request) (*introduction, []shown, error) {
	line, err := lineKey(r)
	if err != nil {
		return nil, nil, err
	}
	done := p.inTime(w, r)
	body, err := io.ReadAll(io.LimitReader(r.Body, maxIntroduction+1))
	done()
	if err != nil {
		return nil, nil, fmt.Errorf("introduction: %w", err)
	}
	var i introduction
	if err := strict.Decode(body, maxIntroduction, &i); err != nil {
		return nil, nil, err
	}
	cards, err := readAllShown(i.Cards)
	if err != nil {
		return nil, nil, err
	}
	keys, err := p.introducer(cards)
	if err != nil {
		return nil, nil, err
	}
	r.Body = readCloser{bytes.NewReader(body)}
	if _, err := p.verifier(maxIntroduction).Request(r, keys); err != nil {
		return nil, nil, err
	}
	return &i, cards, cards[len(cards)-1].Usable(line, mithaq.KeyTLS, p.cfg.Now())
}

func lineKey(r *http.Request) (mithaq.KeyID, error) {
	if r.TLS == nil {
		return "", mithaq.Refuse(mithaq.Unauthenticated, "peer.no-certificate")
	}
	return tlsKey(*r.TLS)
}

// meet keeps a stranger's card for people to compare. One whose acquaintance
// had ended may be met again, with another organisation key too.
func (p *Peer) meet(tx *store.Tx, c shown, by mithaq.PersonID) error {
	if c.Org == p.cfg.Org {
		return mithaq.Refuse(mithaq.Denied, "peer.ourselves")
	}
	known, err := partnerRow(tx, c.Org)
	if err == nil && known.State != mithaq.PartnerEnded {
		return mithaq.Refuse(mithaq.Conflict, "peer.known", c.Org, known.State)
	}
	if err != nil && !errors.Is(err, mithaq.NotFound) {
		return err
	}
	if err := keepCard(tx, c.Signed, c.raw); err != nil {
		return err
	}
	fingerprint := c.Organisation.Fingerprint()
	if err := putPartner(tx, &mithaq.Partner{
		Org: c.Org, Kind: mithaq.Peer, State: mithaq.PartnerIntroduced, Fingerprint: fingerprint, Card: c.Digest, Serial: c.Serial,
	}); err != nil {
		return err
	}
	if err := tx.Change(TopicPartner, string(c.Org), nil); err != nil {
		return err
	}
	return p.enter(tx, mithaq.Account{Kind: "partner-introduced", By: by, From: c.Org, Notes: note("digest", c.Digest.String())})
}

func putPartner(tx *store.Tx, n *mithaq.Partner) error {
	fingerprint, card := n.Fingerprint[:], n.Card[:]
	if n.Kind == mithaq.Plain {
		fingerprint, card = []byte{}, []byte{}
	}
	if _, err := tx.Exec("DELETE FROM peer_acceptance WHERE org = ?", n.Org); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO peer_partner(org, kind, state, why, fingerprint, card, serial, introduced, pinned) VALUES(?, ?, ?, '', ?, ?, ?, ?, 0)
		ON CONFLICT(org) DO UPDATE SET kind = excluded.kind, state = excluded.state, why = '', fingerprint = excluded.fingerprint,
			card = excluded.card, serial = excluded.serial, introduced = excluded.introduced, pinned = 0`,
		n.Org, n.Kind, n.State, fingerprint, card, n.Serial, micros(tx.Now()))
	return named(err, "keep partner %s", n.Org)
}
