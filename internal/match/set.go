package match

import (
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// The states of a set.
const (
	setBuilding  = "building"
	setAnnounced = "announced" // its header came, its rows are on their way
	setReady     = "ready"
	setPast      = "past" // another came, or the epoch is over
	setRefused   = "refused"
)

// A line is what one asker can ask of one answerer under one info.
type line struct {
	answerer, asker mithaq.OrgID
	pact            stix.ID
	purpose         mithaq.Purpose
	scheme          psi.Scheme
	epoch           int64
}

const ofLine = "answerer = ? AND asker = ? AND pact = ? AND purpose = ? AND scheme = ? AND epoch = ?"

func (l *line) args(more ...any) []any {
	return append([]any{string(l.answerer), string(l.asker), string(l.pact), string(l.purpose), string(l.scheme), l.epoch}, more...)
}

// info is the line in the words of the PRF, under a version of the pact.
func (l *line) info(t *pact.Text) (psi.Info, error) {
	asker, answerer := t.Pact.Party(l.asker), t.Pact.Party(l.answerer)
	if asker == nil || answerer == nil {
		return psi.Info{}, denied("pact.no-party", string(l.asker))
	}
	i := psi.Info{
		Version: psi.Version, Pact: t.Digest, Asker: asker.Card, Answerer: answerer.Card,
		Scheme: l.scheme, Purpose: l.purpose, Epoch: l.epoch,
	}
	return i, faulty(i.Check())
}

// A set is one version of the rows of a line.
type set struct {
	line
	id     int64
	serial int64
	digest mithaq.Digest
	header psi.Header
	state  string
	parts  int
	at     time.Time
}

const setColumns = "id, answerer, asker, pact, purpose, scheme, epoch, serial, digest, header, state, parts, at"

func scanSet(scan func(...any) error) (s *set, err error) {
	s = &set{}
	var digest, header []byte
	var at int64
	err = scan(&s.id, (*string)(&s.answerer), (*string)(&s.asker), (*string)(&s.pact), (*string)(&s.purpose), (*string)(&s.scheme), &s.epoch,
		&s.serial, &digest, &header, &s.state, &s.parts, &at)
	if err != nil {
		return nil, err
	}
	s.digest, s.at = digestOf(digest), timeOf(at)
	if len(header) > 0 {
		s.header, err = psi.ReadHeader(header)
	}
	return s, err
}

// setWhere is the newest set of which something holds. NotFound: there is none.
func setWhere(tx *store.Tx, where string, args ...any) (*set, error) {
	s, err := scanSet(tx.QueryRow("SELECT "+setColumns+" FROM match_set WHERE "+where+" ORDER BY serial DESC, id DESC LIMIT 1", args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("match.no-set")
	}
	return s, err
}

func readySet(tx *store.Tx, l line) (*set, error) {
	return setWhere(tx, ofLine+" AND state = '"+setReady+"'", l.args()...)
}

func (s *set) insert(tx *store.Tx) (err error) {
	if s.id, err = tx.Seq(); err != nil {
		return err
	}
	header := []byte{}
	if s.serial > 0 {
		header = s.header.Bytes()
	}
	s.at = tx.Now()
	_, err = tx.Exec("INSERT INTO match_set("+setColumns+") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.id, string(s.answerer), string(s.asker), string(s.pact), string(s.purpose), string(s.scheme), s.epoch,
		s.serial, s.digest[:], header, s.state, s.parts, micro(s.at))
	return err
}

// become gives a set its header and makes it the one that counts in its line.
func (s *set) become(tx *store.Tx, h psi.Header) error {
	s.header, s.serial, s.digest, s.state = h, h.Serial, h.Digest(), setReady
	before, err := collectSets(tx, ofLine+" AND state = '"+setReady+"' AND id <> ?", s.args(s.id)...)
	if err != nil {
		return err
	}
	for _, old := range before {
		if err := old.past(tx, setPast); err != nil {
			return err
		}
	}
	_, err = tx.Exec("UPDATE match_set SET serial = ?, digest = ?, header = ?, state = ?, at = ? WHERE id = ?",
		s.serial, s.digest[:], h.Bytes(), s.state, micro(tx.Now()), s.id)
	if err != nil {
		return err
	}
	return tx.Change(TopicSet, string(s.pact), []byte(s.state))
}

// past takes the rows of a set away.
func (s *set) past(tx *store.Tx, state string) error {
	for _, table := range []string{"match_row", "match_delta"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE owner = ?", s.id); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE match_set SET state = ? WHERE id = ?", state, s.id)
	return err
}

func collectSets(tx *store.Tx, where string, args ...any) ([]*set, error) {
	rows, err := tx.Query("SELECT "+setColumns+" FROM match_set WHERE "+where+" ORDER BY id", args...)
	return collect(rows, err, scanSet)
}
