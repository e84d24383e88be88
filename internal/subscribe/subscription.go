package subscribe

import (
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A State is what a subscription does.
type State string

// The states of a subscription.
const (
	Active  State = "active"
	Paused  State = "paused"  // by a person
	Stopped State = "stopped" // by itself, until a person resumes it
)

// A Subscription is one as it stands.
type Subscription struct {
	Terms
	Method   string // none, password or token
	State    State
	Place    taxii.Cursor // of a TAXII collection
	Mark     string       // where the reader of another kind of server goes on; its own words
	Root     string       // in use; "" until it is known
	Version  string       // of TAXII in use; "" until it is known
	Failures int          // in a row
	Why      *Why         // why the last run failed, or why it stands; nil: nothing is wrong
	Added    time.Time
	Next     time.Time // when it runs next; zero when it does not
	Running  bool
	Held     int64 // objects in its quarantine

	sealed []byte
	turn   int64
	run    int64
	cuts   int
}

// A Why is a sentence of the catalogue with what goes into it.
type Why struct {
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"`
}

// JobRun is the kind of due job that is a run; its key is the subscription.
const JobRun = "subscribe-run"

const columns = "SELECT name, terms, method, secret, state, place, root, version, turn, run, failures, cuts, why, added FROM subscribe_feed "

func scan(row interface{ Scan(...any) error }) (*Subscription, error) {
	s := &Subscription{}
	var terms, why []byte
	var name, place string
	var added int64
	err := row.Scan(&name, &terms, &s.Method, &s.sealed, (*string)(&s.State), &place, &s.Root, &s.Version, &s.turn, &s.run, &s.Failures, &s.cuts, &why, &added)
	if err != nil {
		return nil, err
	}
	s.Added = micros(added)
	if s.Why, err = readWhy(why); err != nil {
		return nil, err
	}
	return s, errors.Join(strict.Decode(terms, 1<<20, &s.Terms), s.readPlace(place))
}

// readPlace reads how far the server was read.
func (s *Subscription) readPlace(text string) error {
	if s.Kind != TAXII {
		s.Mark = text
		return nil
	}
	return s.Place.UnmarshalText([]byte(text))
}

// place is how far the server was read, as it is stored.
func (s *Subscription) place() (string, error) {
	if s.Kind != TAXII {
		return s.Mark, nil
	}
	text, err := s.Place.MarshalText()
	return string(text), err
}

func readWhy(raw []byte) (*Why, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	w := &Why{}
	return w, strict.Decode(raw, 1<<20, w)
}

func (w *Why) bytes() ([]byte, error) {
	if w == nil {
		return []byte{}, nil
	}
	return jcs.Marshal(w)
}

func micros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// One is a subscription. NotFound: there is none of that name.
func (b *Book) One(tx *store.Tx, name Name) (*Subscription, error) {
	s, err := scan(tx.QueryRow(columns+"WHERE name = ?", string(name)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "subscribe.none", string(name))
	}
	if err != nil {
		return nil, err
	}
	return s, b.surround(tx, s)
}

// All is every subscription, by name.
func (b *Book) All(tx *store.Tx) ([]*Subscription, error) {
	rows, err := tx.Query(columns + "ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []*Subscription
	for rows.Next() {
		s, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, s := range list {
		if err := b.surround(tx, s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// surround adds what is kept elsewhere.
func (b *Book) surround(tx *store.Tx, s *Subscription) (err error) {
	if s.Running, err = tx.Claimed(JobRun, string(s.Name)); err != nil {
		return err
	}
	if err := tx.QueryRow("SELECT count(*) FROM subscribe_quarantine WHERE name = ?", string(s.Name)).Scan(&s.Held); err != nil {
		return err
	}
	at, ok, err := tx.DueAt(JobRun, string(s.Name))
	if ok && s.State == Active {
		s.Next = at
	}
	return err
}
