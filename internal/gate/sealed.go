package gate

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// maxWord bounds an object of ours that speaks for a party.
const maxWord = 4 << 20

// said is a word as it came, with the bytes that its signatures cover.
type said[T any] struct {
	word   *T
	raw    []byte
	signed []byte
}

// prepare reads a message of one word.
func prepare[T any](_ context.Context, in *message.Incoming) error {
	if len(in.Raw) != 1 || in.Raw[0] == nil {
		return invalid("gate.one-object", len(in.Raw))
	}
	s, err := readWord[T](in.Raw[0])
	in.Prepared = s
	return err
}

// readWord reads a word strictly and checks its form.
func readWord[T any](raw []byte) (*said[T], error) {
	s := &said[T]{word: new(T), raw: raw}
	canonical, err := strict.Signed(raw, maxWord, s.word)
	if err != nil {
		return nil, invalid("gate.word", err.Error())
	}
	if checked, ok := any(s.word).(interface{ Check() error }); ok {
		if err := checked.Check(); err != nil {
			return nil, invalid("gate.word", err.Error())
		}
	}
	s.signed, _, err = jcs.Without(canonical, "signatures")
	return s, err
}

// signedBy wants one signature by a message key of the Card that the sender named.
func (g *Gate) signedBy(tx *store.Tx, card mithaq.Digest, at mithaq.Time, use mithaq.SignatureUse, signed []byte, list []mithaq.Signature) error {
	if len(list) != 1 {
		return invalid("gate.one-signature", len(list))
	}
	c, err := g.Cards.Card(tx, card)
	if err != nil {
		return err
	}
	return sign.VerifyBy(c, at.Time, use, signed, &list[0])
}

// seal signs an object with the node's message key and gives its bytes; into is
// where its signatures stand.
func (g *Gate) seal(object any, objectType string, into *[]mithaq.Signature) ([]byte, error) {
	*into = nil
	sig, _, err := sign.Object(g.Signer, mithaq.UseOf(objectType), object)
	if err != nil {
		return nil, err
	}
	*into = []mithaq.Signature{sig}
	return jcs.Marshal(object)
}

// tell sends one word to a partner on a pact's control lane.
func (g *Gate) tell(tx *store.Tx, to mithaq.OrgID, pact stix.ID, kind mithaq.MessageKind, raw []byte, account mithaq.Account) (message.Sent, error) {
	account.Kind, account.At = string(kind), mithaq.At(tx.Now())
	return g.Outbox.Send(tx, message.Outbound{
		To: to, Pact: pact, Lane: mithaq.LaneControl, Kind: kind, Account: account,
		Content: message.Pack([]message.Object{{Raw: raw}}),
	})
}
