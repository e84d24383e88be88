package pact

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// What we said about a pact after the backup from which we were restored, and
// learn from a partner, holds again. That we signed it, whoever enters the message
// has verified; whether the pact is in force is not asked, since we may learn that
// later.

func (b *Book) stopAgain(tx *store.Tx, in *message.Incoming) error {
	return b.keepStop(tx, in.Prepared.(said[mithaq.Suspension]).word)
}

func (b *Book) resumeAgain(tx *store.Tx, in *message.Incoming) error {
	return dropStop(tx, in.Prepared.(said[mithaq.Resumption]).word.Suspension, b.Org)
}

func (b *Book) endAgain(tx *store.Tx, in *message.Incoming) error {
	return b.keepEnd(tx, in.Prepared.(said[mithaq.PactEnd]).word)
}
