package account

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// ChallengeLife is how long a passkey may take to answer.
const ChallengeLife = 5 * time.Minute

// maxChallenges bounds what strangers leave unanswered.
const maxChallenges = 10_000

// A challenge waits for its answer, once.
type challenge struct {
	name  string
	state []byte
}

// toSession binds a challenge to a session, toBrowser to a secret that a browser
// keeps before it has one.
func toSession(s *Session) string { return "session " + s.ID }

func toBrowser(secret string) string {
	hash := sha256.Sum256([]byte(secret))
	return "browser " + hex.EncodeToString(hash[:])
}

// keep keeps a challenge in place of an earlier one. Busy: too many wait.
func (b *Book) keep(tx *store.Tx, bound string, c challenge) error {
	now := tx.Now()
	if _, err := tx.Exec("DELETE FROM account_challenge WHERE expires <= ? OR bound = ?", now.UnixMicro(), bound); err != nil {
		return err
	}
	var waiting int64
	if err := tx.QueryRow("SELECT count(*) FROM account_challenge").Scan(&waiting); err != nil {
		return err
	}
	if waiting >= maxChallenges {
		return mithaq.Busy
	}
	_, err := tx.Exec("INSERT INTO account_challenge(bound, name, state, expires) VALUES (?, ?, ?, ?)",
		bound, c.name, c.state, now.Add(ChallengeLife).UnixMicro())
	return err
}

// take uses a challenge up. Unauthenticated: none was kept, it was answered
// already, or its time is over; they are not told apart.
func (b *Book) take(tx *store.Tx, bound string) (c challenge, err error) {
	var expires int64
	err = tx.QueryRow("SELECT name, state, expires FROM account_challenge WHERE bound = ?", bound).Scan(&c.name, &c.state, &expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && tx.Now().UnixMicro() >= expires {
		return c, mithaq.Refuse(mithaq.Unauthenticated, "passkey.again")
	}
	if err != nil {
		return c, err
	}
	res, err := tx.Exec("DELETE FROM account_challenge WHERE bound = ?", bound)
	if err != nil {
		return c, err
	}
	if n, _ := res.RowsAffected(); n != 1 {
		return c, mithaq.Refuse(mithaq.Unauthenticated, "passkey.again") // another request was quicker
	}
	return c, nil
}
