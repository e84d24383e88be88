// Package desk is what people do at a node, whichever face they do it at: the
// pages and the JSON API call the same verbs, so that neither can do what the
// other cannot. A verb that is one call of a capability needs nothing here; those
// that join several, or ask who may, are here.
package desk

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/fulltext"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/lists"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/notes"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subject"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// A Desk is the capabilities that faces call; node wires them.
type Desk struct {
	Version  string
	Org      mithaq.OrgID
	Name     map[string]string // of the organisation, by language
	Store    *store.Store
	Ledger   *ledger.Ledger
	Accounts *account.Book
	Pacts    *pact.Book
	Peer     *peer.Peer
	Gate     *gate.Gate
	Lists    *lists.Book
	Feeds    *subscribe.Book
	Words    *fulltext.Index
	Notes    *notes.Book
	Subjects *subject.Book
	Match    *match.Book
	Misps    *mispsync.Book
	Asks     *inquiry.Book
}

// Read runs f on a snapshot.
func Read[T any](ctx context.Context, d *Desk, f func(tx *store.Tx) (T, error)) (t T, err error) {
	err = d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = f(tx)
		return err
	})
	return t, err
}

// Write runs f in a transaction of its own.
func Write[T any](ctx context.Context, d *Desk, f func(tx *store.Tx) (T, error)) (t T, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		t, err = f(tx)
		return err
	})
	return t, err
}
