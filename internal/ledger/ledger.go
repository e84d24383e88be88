package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Config says whose logs a Ledger keeps.
type Config struct {
	Store *store.Store
	Org   mithaq.OrgID
	Key   func() (Key, error) // the newest of use log
	Now   func() time.Time    // time.Now when nil
	Log   *slog.Logger        // nothing when nil
}

// A Ledger signs for the logs that a node keeps: its own, and those of the
// lanes on which it sends. All methods may be called at once.
type Ledger struct {
	cfg Config
	own LogID
}

// New opens the ledger and begins the node's own log if it is not there.
func New(ctx context.Context, cfg Config) (*Ledger, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Ledger{cfg: cfg}
	err := cfg.Store.Write(ctx, func(tx *store.Tx) (err error) {
		l.own, err = OpenLog(tx, mithaq.OwnOrigin(cfg.Org), Kept)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return l, nil
}

// OwnLog is the node's own log.
func (l *Ledger) OwnLog() LogID { return l.own }

// Own enters an account into the node's own log, in the caller's transaction:
// a read, a refusal, a review, a change of role. It has no content. An account
// without a time gets the transaction's.
func (l *Ledger) Own(tx *store.Tx, account mithaq.Account) (int64, mithaq.Tree, error) {
	if account.At.IsZero() {
		account.At = mithaq.Time{Time: tx.Now().UTC().Truncate(time.Millisecond)}
	}
	if err := account.Check(); err != nil {
		return 0, mithaq.Tree{}, err
	}
	text, err := jcs.Marshal(&account)
	if err != nil {
		return 0, mithaq.Tree{}, fmt.Errorf("enter %s: %w", account.Kind, err)
	}
	e := &Entry{Opening: *NewOpening(text), Kind: account.Kind, Person: account.By, At: account.At.Time}
	e.Leaf = e.Opening.Leaf()
	return appendEntry(tx, l.own, e)
}
