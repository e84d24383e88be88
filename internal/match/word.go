package match

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// TypeMatch is the type of the one object that a message of matching carries. It
// has no signature of its own: the envelope's header covers it.
const TypeMatch = "x-mithaq-match"

// maxWord bounds such an object.
const maxWord = 8 << 20

// A word is psi's bytes on their way.
type word struct {
	Type        string        `json:"type"`
	SpecVersion string        `json:"spec_version"`
	ID          stix.ID       `json:"id"`
	Set         mithaq.Digest `json:"set,omitzero"`   // of the header of the set that a piece belongs to
	Delta       bool          `json:"delta,omitzero"` // the pieces are a delta, not the rows
	Part        int           `json:"part,omitzero"`  // from 0
	Parts       int           `json:"parts,omitzero"`
	Bytes       []byte        `json:"bytes"` // base64
}

func newWord(raw []byte) *word {
	return &word{Type: TypeMatch, SpecVersion: "2.1", ID: stix.NewID(TypeMatch), Bytes: raw}
}

// maxParts bounds the pieces of a set.
const maxParts = 1 << 16

func readWord(raw []byte) (*word, error) {
	w := new(word)
	if err := strict.Decode(raw, maxWord, w); err != nil {
		return nil, invalid("match.word", err.Error())
	}
	pieces := w.Parts != 0 || w.Part != 0 || w.Delta || !w.Set.IsZero()
	switch {
	case w.Type != TypeMatch || w.SpecVersion != "2.1" || w.ID.Type() != TypeMatch || !w.ID.Valid():
		return nil, invalid("match.word", "type, spec_version, id")
	case pieces && (w.Set.IsZero() || w.Parts < 1 || w.Parts > maxParts || w.Part < 0 || w.Part >= w.Parts):
		return nil, invalid("match.word", "set, part, parts")
	case len(w.Bytes) == 0:
		return nil, invalid("match.word", "bytes")
	}
	return w, nil
}

// said is what a message says.
func said(in *message.Incoming) (*word, error) {
	if len(in.Raw) != 1 || in.Raw[0] == nil {
		return nil, invalid("match.one-object", len(in.Raw))
	}
	return readWord(in.Raw[0])
}

func prepareWord(_ context.Context, in *message.Incoming) error {
	w, err := said(in)
	in.Prepared = w
	return err
}

// done is the outcome of a message that was taken.
var done = message.Outcome{Items: []int64{0}}

// refused is the outcome of one that was not, where what we noted of it lasts.
func refused(err *mithaq.Refusal) message.Outcome { return message.Outcome{Whole: err.Whole()} }

// send puts a word on a lane.
func (b *Book) send(tx *store.Tx, to mithaq.OrgID, pact stix.ID, lane mithaq.Lane, kind mithaq.MessageKind, w *word, a mithaq.Account) (message.Sent, error) {
	raw, err := jcs.Marshal(w)
	if err != nil {
		return message.Sent{}, err
	}
	a.Kind, a.At = string(kind), mithaq.At(tx.Now())
	return b.Outbox.Send(tx, message.Outbound{
		To: to, Pact: pact, Lane: lane, Kind: kind, Account: a, Content: message.Pack([]message.Object{{Raw: raw}}),
	})
}
