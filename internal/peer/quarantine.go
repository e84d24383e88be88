package peer

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A node restored from a backup does not know what happened since: it would
// give numbers to messages that are taken, and answer without the recalls it
// forgot. Until people end its quarantine nothing is sent, taken or cosigned.
// Partners may still read its logs, and it may read theirs, so that both see
// what is missing.

// free is nil when the node is not in quarantine, or tx is one in which it learns.
func (p *Peer) free(tx *store.Tx) error {
	why, err := tx.Quarantined()
	if err != nil || why == "" || p.learning.Load() == tx {
		return err
	}
	return mithaq.Refuse(mithaq.Busy, "peer.quarantine", string(p.cfg.Org))
}

// freeNow is free by itself.
func (p *Peer) freeNow(ctx context.Context) error {
	return p.cfg.Store.Read(ctx, p.free)
}

// guarded answers partners while the node is in quarantine: about logs alone.
func (p *Peer) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, logPath) {
			if err := p.freeNow(r.Context()); err != nil {
				w.(*answer).fail(p, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Release ends the quarantine: what waits goes out from now on.
func (p *Peer) Release(tx *store.Tx) error {
	if err := tx.Quarantine(""); err != nil {
		return fmt.Errorf("end of quarantine: %w", err)
	}
	return dueNow(tx, "sender = ?", p.cfg.Org)
}
