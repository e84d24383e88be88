package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Move says what was moved, and from where: what lies there is sealed, and not
// needed any more.
type Move struct {
	store.Moved
	Logs    int    `json:"logs"`
	Entries int64  `json:"entries"`
	From    string `json:"from"` // sqlite, or where without its password
}

// MoveTo moves what a node keeps to another database, "sqlite" in its folder or
// postgres://…, and writes it into the configuration. Every row is compared, and
// every log is recomputed there from its entries and has the root that it had
// here. Busy: a process serves the node. It can be run again after it was broken off.
func MoveTo(ctx context.Context, dir, to string, o Options) (*Move, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	next := c
	next.Store = to
	switch {
	case next.checkStore() != nil || to == c.Store:
		return nil, mithaq.Refuse(mithaq.Invalid, "node.move-where", to)
	}
	lock, err := listenSocket(Socket(dir)) // nobody serves the folder until this is over
	if err != nil {
		return nil, mithaq.Refuse(mithaq.Busy, "node.served")
	}
	defer lock.Close()
	m := &Move{From: c.shownStore()}
	m.Moved, err = store.Move(ctx, c.storeConfig(dir, &o), next.storeConfig(dir, &o), m.logs)
	if err != nil {
		return nil, err
	}
	return m, next.write(dir)
}

// shownStore is where the configuration keeps items, without its password.
func (c *Config) shownStore() string {
	head, rest, ok := strings.Cut(c.Store, "://")
	if _, host, found := strings.Cut(rest, "@"); ok && found {
		return head + "://" + host
	}
	return c.Store
}

// logs wants the logs of two databases to be the same, and recomputes those of
// the second.
func (m *Move) logs(from, to *store.Tx) error {
	was, err := ledger.Logs(from)
	if err != nil {
		return err
	}
	now, err := ledger.Logs(to)
	if err != nil {
		return err
	}
	if !slices.Equal(was, now) {
		return errors.New("the logs are not the same")
	}
	m.Logs, m.Entries = len(now), 0
	for _, l := range now {
		m.Entries += l.Size
		faults, err := ledger.Verify(to, l.ID, ledger.Checks{})
		if err != nil {
			return fmt.Errorf("verify %s: %w", l.Origin, err)
		}
		if len(faults) > 0 {
			return fmt.Errorf("log %s: %s", l.Origin, faults[0].String())
		}
	}
	return nil
}

// servingWithin is how long a process waits for a move to end before it refuses to serve.
const servingWithin = 2 * time.Second

// serves holds the node beside the other processes that serve it.
func (n *Node) serves(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, servingWithin)
	defer cancel()
	if done, err = n.store.Beside(ctx, store.Serving); errors.Is(err, context.DeadlineExceeded) {
		err = mithaq.Refuse(mithaq.Busy, "node.moving")
	}
	return done, err
}
