package account

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// How long a session lasts: without a request, and in all: a shift.
const (
	SessionIdle = 2 * time.Hour
	SessionLife = 12 * time.Hour
)

// Means is how a person was recognised when a session began.
type Means string

// The means there are.
const (
	ByLink    Means = "link"
	ByPasskey Means = "passkey"
)

// A Session is a browser in which a person is signed in.
type Session struct {
	ID      string // for listing and ending; not the secret
	Person  mithaq.PersonID
	Means   Means
	Agent   string // what the browser calls itself
	Created time.Time
	Seen    time.Time // when it was last used, to the minute
	Why     Why       // as said today, if it was
	// Registers says that the session only serves to register a passkey again: its
	// person decides things, has one, and came by a link all the same.
	Registers bool
}

// Why is what reading of personal data is for, in the person's words.
type Why struct {
	Reason  string
	Purpose mithaq.Purpose
	Basis   string
}

// A Beginning says whose session begins, and how they were recognised. Whatever
// recognises a person begins their session with Begin.
type Beginning struct {
	Person mithaq.PersonID
	Means  Means
	Agent  string
}

// Begin begins a session for a person who was recognised, and gives the secret
// that the browser keeps. It is always a new one: what a browser brought along
// is never made good.
func (b *Book) Begin(tx *store.Tx, s Beginning) (cookie string, err error) {
	return b.begin(tx, s, s.Person)
}

func (b *Book) begin(tx *store.Tx, s Beginning, maker mithaq.PersonID) (string, error) {
	if _, err := b.Person(tx, s.Person); err != nil {
		return "", err
	}
	if err := b.forgetOld(tx); err != nil {
		return "", err
	}
	notes := map[string]string{"means": string(s.Means)}
	switch only, err := b.registers(tx, &Session{Person: s.Person, Means: s.Means, Created: tx.Now()}); {
	case err != nil:
		return "", err
	case only:
		notes["only"] = "passkey"
	}
	cookie, hash := newToken()
	now := tx.Now().UnixMicro()
	_, err := tx.Exec("INSERT INTO account_session(hash, id, person, maker, means, agent, created, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		hash[:], hex.EncodeToString(hash[:8]), string(s.Person), string(maker), string(s.Means), agentOf(s.Agent), now, now)
	if err != nil {
		return "", err
	}
	return cookie, b.enter(tx, "session-begun", s.Person, s.Person, notes)
}

// agentOf bounds what a browser says of itself.
func agentOf(text string) string {
	const most = 200
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// forgetOld removes what is good no more.
func (b *Book) forgetOld(tx *store.Tx) error {
	now := tx.Now()
	_, err := tx.Exec("DELETE FROM account_session WHERE created <= ? OR seen <= ?",
		now.Add(-SessionLife).UnixMicro(), now.Add(-SessionIdle).UnixMicro())
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM account_link WHERE expires <= ?", now.UnixMicro())
	return err
}

const sessionColumns = "SELECT id, person, means, agent, created, seen, reason, purpose, basis, said FROM account_session "

func scanSession(tx *store.Tx, row interface{ Scan(...any) error }) (*Session, error) {
	s := &Session{}
	var created, seen, said int64
	w := &s.Why
	err := row.Scan(&s.ID, (*string)(&s.Person), (*string)(&s.Means), &s.Agent, &created, &seen, &w.Reason, (*string)(&w.Purpose), &w.Basis, &said)
	if err != nil {
		return nil, err
	}
	s.Created, s.Seen = time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC()
	if said/microsADay != tx.Now().UnixMicro()/microsADay {
		s.Why = Why{} // a reason is remembered for its day
	}
	return s, nil
}

func (s *Session) over(now time.Time) bool {
	return !now.Before(s.Created.Add(SessionLife)) || !now.Before(s.Seen.Add(SessionIdle))
}

// Session says whose session a browser's secret is of, and who they are now:
// a role that was taken away a moment ago is not among theirs, and none is where
// the session only serves to register a passkey.
// Unauthenticated: no such session, ended, or its time is over; they are not told apart.
func (b *Book) Session(tx *store.Tx, cookie string) (*Session, mithaq.Viewer, error) {
	hash := sha256.Sum256([]byte(cookie))
	s, err := scanSession(tx, tx.QueryRow(sessionColumns+"WHERE hash = ?", hash[:]))
	if errors.Is(err, sql.ErrNoRows) || err == nil && s.over(tx.Now()) {
		return nil, mithaq.Viewer{}, mithaq.Refuse(mithaq.Unauthenticated, "account.session")
	}
	if err != nil {
		return nil, mithaq.Viewer{}, err
	}
	v, err := b.PersonViewer(tx, s.Person)
	if err != nil {
		return nil, mithaq.Viewer{}, err
	}
	v.Reason, v.Purpose, v.Basis = s.Why.Reason, s.Why.Purpose, s.Why.Basis
	if s.Registers, err = b.registers(tx, s); s.Registers {
		v.Roles, v.Cases = nil, nil
	}
	return s, v, err
}

// Seen notes that a session was used just now.
func (b *Book) Seen(tx *store.Tx, id string) error {
	_, err := tx.Exec("UPDATE account_session SET seen = ? WHERE id = ?", tx.Now().UnixMicro(), id)
	return err
}

// SayWhy keeps what a person reads personal data for, until the day is over.
// The reads themselves are entered with it, one by one.
func (b *Book) SayWhy(tx *store.Tx, id string, w Why) error {
	if w.Reason == "" || w.Basis == "" || len(w.Reason) > 500 || len(w.Basis) > 500 {
		return mithaq.Refuse(mithaq.Invalid, "account.why", 500)
	}
	if err := w.Purpose.Check(); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE account_session SET reason = ?, purpose = ?, basis = ?, said = ? WHERE id = ?",
		w.Reason, string(w.Purpose), w.Basis, tx.Now().UnixMicro(), id)
	return err
}

// Sessions lists a person's sessions that are good, the newest first.
func (b *Book) Sessions(tx *store.Tx, id mithaq.PersonID) ([]*Session, error) {
	rows, err := tx.Query(sessionColumns+"WHERE person = ? ORDER BY created DESC, id", string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []*Session{}
	for rows.Next() {
		s, err := scanSession(tx, rows)
		if err != nil {
			return nil, err
		}
		if !s.over(tx.Now()) {
			list = append(list, s)
		}
	}
	return list, rows.Err()
}

// EndSession ends one session of a person. NotFound: they have no such session.
func (b *Book) EndSession(tx *store.Tx, person mithaq.PersonID, id string) error {
	res, err := tx.Exec("DELETE FROM account_session WHERE id = ? AND person = ?", id, string(person))
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.NotFound, "account.no-session")
	}
	return b.enter(tx, "session-ended", person, person, nil)
}

// EndSessions ends a person's sessions everywhere, and the links to new ones.
// Denied: a service, which has none.
func (b *Book) EndSessions(tx *store.Tx, person mithaq.PersonID) error {
	if person == "" {
		return mithaq.Refuse(mithaq.Denied, "account.persons-only")
	}
	if err := b.dropSessions(tx, person); err != nil {
		return err
	}
	return b.enter(tx, "sessions-ended", person, person, nil)
}

func (b *Book) dropSessions(tx *store.Tx, person mithaq.PersonID) error {
	_, err := tx.Exec("DELETE FROM account_session WHERE person = ?", string(person))
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM account_link WHERE person = ?", string(person))
	return err
}
