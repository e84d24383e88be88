// Package message has the types by which what people decide and the lines
// between nodes meet, so that neither imports the other: the gate and the pact
// book hand an Outbound to an Outbox inside their own transaction, and a Handler
// acts on an Incoming inside the transaction that stores it.
package message

import (
	"context"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Outbound is a message before it has a place on a lane.
type Outbound struct {
	To       mithaq.OrgID
	Pact     stix.ID // "" for the acquaintance
	Lane     mithaq.Lane
	Kind     mithaq.MessageKind
	Account  mithaq.Account // what the entry says; the Outbox fills From, To and Pact
	NotAfter time.Duration  // how long it may take to arrive; zero for the link's default
	Content  *Packed        // nil for a message without objects
}

// Sent is the place a message got.
type Sent struct {
	Envelope stix.ID
	Digest   mithaq.Digest // of the signed header
	To       mithaq.OrgID
	Pact     stix.ID
	Lane     mithaq.Lane
	Sequence int64
}

// An Outbox puts a message on its lane, signed and entered in the lane's log,
// in the caller's transaction: it goes out if, and only if, that commits.
//
// Errors: Denied when the pact does not carry it now (suspended, ended, not a
// party), NotFound for an organisation that is no accepted partner.
type Outbox interface {
	Send(tx *store.Tx, m Outbound) (Sent, error)
}

// Incoming is a message whose signatures, place and content root were checked.
type Incoming struct {
	Header *mithaq.EnvelopeHeader
	Digest mithaq.Digest // of the signed header
	// Raw holds each object's exact bytes; nil where the sender took the object
	// back before it was delivered.
	Raw     [][]byte
	Objects []mithaq.Digest // salted, of each object
	Salts   []byte          // 16 bytes an object; zeros where Raw is nil
	// Prepared is the Handler's own, from Prepare to Apply.
	Prepared any
}

// Outcome says what became of each object.
type Outcome struct {
	Items   []int64                // the store's number of each object that was kept; 0 for the others
	Refused []mithaq.RefusedObject // ascending by index
	Whole   *mithaq.RefusedWhole   // set when nothing was taken
}

// A Handler acts on one kind of message.
type Handler struct {
	// Prepare does what needs no transaction: parsing, validation. It may be
	// nil, and its error refuses the whole message.
	Prepare func(ctx context.Context, in *Incoming) error
	// Apply runs in the transaction that stores the message, its leaf and its
	// receipt. A *mithaq.Refusal of kind Busy makes the sender try again; any
	// other refusal is receipted and the lane goes on; any other error is ours
	// and takes the transaction back.
	Apply func(tx *store.Tx, in *Incoming) (Outcome, error)
	// Receipted runs at the sender in the transaction that settles the
	// message; it may be nil.
	Receipted func(tx *store.Tx, sent Sent, r *mithaq.Receipt) error
	// Forgotten runs at the sender that was restored from a backup made before
	// the message, in the transaction that enters it again: what it did to us it
	// does again. It may be nil. Prepare has run.
	Forgotten func(tx *store.Tx, in *Incoming) error
}

// Handlers by kind of message.
type Handlers map[mithaq.MessageKind]Handler
