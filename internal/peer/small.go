package peer

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Topics of the change table under which this package writes.
const (
	TopicPartner  = "partner"       // key: organisation
	TopicEnvelope = "peer.envelope" // key: envelope id; settled, refused or stored
	TopicAlarm    = "alarm"         // key: organisation; note: key of a sentence
)

// named says what an error is about, and turns "no rows" into NotFound.
func named(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = mithaq.NotFound
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// note is the notes of an account with one word; none when it is empty.
func note(name, word string) map[string]string {
	if word == "" {
		return nil
	}
	return map[string]string{name: word}
}

// enter writes an entry into the node's own log.
func (p *Peer) enter(tx *store.Tx, a mithaq.Account) error {
	if a.At.IsZero() {
		a.At = mithaq.At(tx.Now())
	}
	_, _, err := p.cfg.Journal.Own(tx, a)
	return named(err, "enter %s", a.Kind)
}

func micros(t time.Time) int64 { return t.UnixMicro() }

// digestOf reads a stored digest; the zero one when there is none.
func digestOf(b []byte) (d mithaq.Digest) {
	copy(d[:], b)
	return d
}
