// Package subject is the desk for the persons concerned: what they ask of an
// organisation that holds something about them, by when it is due, what was done,
// and what went wrong. Legal officers sit at it, and nobody else reads it.
//
//	Request → identity checked → everything about the person looked at → deeds → closed
//	Breach  → the objects, and with them the pacts, that it touched
//
// What is held, given, received and read about a person is found elsewhere (see
// desk.About); this package keeps the requests.
//
// What an attacker holding it can do: whoever reads its tables learns who asked
// about themselves, which is why they are erased with the request's own retention.
package subject

import (
	"cmp"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration { return store.Embedded("subject", schema) }

// A Kind says what a person asks for.
type Kind string

// The kinds.
const (
	Access      Kind = "access"
	Correction  Kind = "correction"
	Erasure     Kind = "erasure"
	Restriction Kind = "restriction"
	Complaint   Kind = "complaint"
)

// Kinds lists them.
var Kinds = []Kind{Access, Correction, Erasure, Restriction, Complaint}

// An Outcome says how a request ended.
type Outcome string

// The outcomes.
const (
	Done     Outcome = "done"     // what was asked for was done, or is not needed
	InPart   Outcome = "in-part"  // a part of it was done
	Refused  Outcome = "refused"  // it was not done, for a reason in law
	Returned Outcome = "returned" // who asks could not be established, or it was taken back
)

// Outcomes lists them.
var Outcomes = []Outcome{Done, InPart, Refused, Returned}

// A Request is what one person asks.
type Request struct {
	ID       string          `json:"id"`
	Kind     Kind            `json:"kind"`
	Name     string          `json:"name"`               // as the person gives it
	Values   []string        `json:"values,omitempty"`   // numbers, addresses, accounts by which they are known
	Came     string          `json:"came"`               // by letter, at the counter, through whom
	Identity string          `json:"identity,omitempty"` // how it was established that they are who they say; "" not yet
	Words    string          `json:"words"`              // what they ask, in their words
	Person   mithaq.PersonID `json:"person"`             // who took it in
	At       time.Time       `json:"at"`
	Due      time.Time       `json:"due"`
	Closed   time.Time       `json:"closed,omitzero"`
	Outcome  Outcome         `json:"outcome,omitzero"`
}

// Check says what is wrong with a request, if anything.
func (r *Request) Check() error {
	switch {
	case !slices.Contains(Kinds, r.Kind):
		return mithaq.Refuse(mithaq.Invalid, "subject.kind-unknown")
	case strings.TrimSpace(r.Name) == "" && len(r.Values) == 0:
		return mithaq.Refuse(mithaq.Invalid, "subject.nobody")
	case r.Words == "", r.Came == "":
		return mithaq.Refuse(mithaq.Invalid, "subject.incomplete")
	case len(r.Words) > maxWords, len(r.Values) > maxValues, r.Due.Before(r.At):
		return mithaq.Refuse(mithaq.Invalid, "subject.too-much", maxWords, maxValues)
	}
	return nil
}

const (
	maxWords  = 20_000
	maxValues = 20
)

// Term is by when a request that came at a time is to be answered: a month.
func Term(at time.Time) time.Time { return at.AddDate(0, 1, 0) }

// A Deed is one thing that was done for a request.
type Deed struct {
	At     time.Time
	Person mithaq.PersonID
	What   string // searched, identified, restricted, disputed, lifted, corrected, erased, letter, closed
	Note   string
}

// A Breach is a time when what is held about persons got where it should not, or
// was lost.
type Breach struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`      // when it was recorded
	Noticed time.Time       `json:"noticed"` // when we came to know
	What    string          `json:"what"`
	Effect  string          `json:"effect"`          // for the persons, as far as can be said
	Steps   string          `json:"steps"`           // taken, or to be taken
	Objects []stix.ID       `json:"objects"`         // that it touched
	Pacts   []Touched       `json:"pacts,omitempty"` // under which they crossed
	Person  mithaq.PersonID `json:"person"`          // who recorded it
}

// Touched is one pact that a breach touches, with the partner who is to be told.
type Touched struct {
	Pact    stix.ID      `json:"pact"`
	Partner mithaq.OrgID `json:"partner"`
	Given   int          `json:"given"` // objects that went to them
	Got     int          `json:"got"`   // objects that came from them
}

// A Book keeps requests and breaches.
type Book struct {
	// Enter adds to the node's own log: that something was done, never about whom.
	Enter func(tx *store.Tx, account mithaq.Account) error
}

// may wants a legal officer.
func may(v mithaq.Viewer) error {
	if !v.Is(mithaq.LegalOfficer) {
		return mithaq.Refuse(mithaq.Denied, "subject.may-not")
	}
	return nil
}

func (b *Book) enter(tx *store.Tx, v mithaq.Viewer, kind, id string, notes map[string]string) error {
	a := mithaq.Account{Kind: kind, At: mithaq.At(tx.Now()), By: v.Person, Purpose: v.Purpose, Basis: v.Basis, Notes: map[string]string{"request": id}}
	maps.Copy(a.Notes, notes)
	return b.Enter(tx, a)
}

// Open takes a request in. Its clock runs from when it came, r.At, or from now.
//
// Denied: only a legal officer. Invalid: it says too little, or too much.
func (b *Book) Open(tx *store.Tx, v mithaq.Viewer, r Request) (*Request, error) {
	if err := may(v); err != nil {
		return nil, err
	}
	r.ID, r.Person = stix.NewID("request").UUID(), v.Person
	if r.At.IsZero() || r.At.After(tx.Now()) {
		r.At = tx.Now()
	}
	r.Due, r.Closed, r.Outcome = Term(r.At), time.Time{}, ""
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := keep(tx, &r); err != nil {
		return nil, err
	}
	return &r, b.enter(tx, v, "person-request", r.ID, map[string]string{"kind": string(r.Kind)})
}

func keep(tx *store.Tx, r *Request) error {
	raw, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return err
	}
	closed := int64(0)
	if !r.Closed.IsZero() {
		closed = r.Closed.UnixMicro()
	}
	_, err = tx.Exec(`INSERT INTO subject_request(id, at, due, closed, raw) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(id) DO UPDATE SET closed = excluded.closed, raw = excluded.raw`, r.ID, r.At.UnixMicro(), r.Due.UnixMicro(), closed, raw)
	return err
}

// Request is one by its id. NotFound: there is none.
func (b *Book) Request(tx *store.Tx, v mithaq.Viewer, id string) (*Request, error) {
	if err := may(v); err != nil {
		return nil, err
	}
	var raw []byte
	err := tx.QueryRow("SELECT raw FROM subject_request WHERE id = ?", id).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "subject.no-request")
	}
	if err != nil {
		return nil, err
	}
	return stored[Request](raw)
}

func stored[T any](raw []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, fmt.Errorf("as stored: %w", err)
	}
	return v, nil
}

// Requests lists all of them: the open ones by when they are due, then the closed
// ones, the newest first.
func (b *Book) Requests(tx *store.Tx, v mithaq.Viewer) (list []*Request, err error) {
	if err := may(v); err != nil {
		return nil, err
	}
	list, err = all[Request](tx, "SELECT raw FROM subject_request ORDER BY due, id")
	slices.SortStableFunc(list, func(a, b *Request) int {
		return cmp.Or(cmp.Compare(a.Closed.Unix()*truth(!a.Closed.IsZero()), b.Closed.Unix()*truth(!b.Closed.IsZero())), a.Due.Compare(b.Due))
	})
	return list, err
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func all[T any](tx *store.Tx, query string) (list []*T, err error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		one, err := stored[T](raw)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// Identify notes how it was established that the person is who they say.
func (b *Book) Identify(tx *store.Tx, v mithaq.Viewer, id, how string) error {
	if strings.TrimSpace(how) == "" {
		return mithaq.Refuse(mithaq.Invalid, "subject.incomplete")
	}
	r, err := b.open(tx, v, id)
	if err != nil {
		return err
	}
	r.Identity = how
	if err := keep(tx, r); err != nil {
		return err
	}
	return b.Did(tx, v, id, "identified", "")
}

// open wants an open request.
func (b *Book) open(tx *store.Tx, v mithaq.Viewer, id string) (*Request, error) {
	r, err := b.Request(tx, v, id)
	if err == nil && !r.Closed.IsZero() {
		err = mithaq.Refuse(mithaq.Conflict, "subject.closed")
	}
	return r, err
}

// Acts wants an open request whose person is known to be who they say, as deciding
// about what is held asks for.
func (b *Book) Acts(tx *store.Tx, v mithaq.Viewer, id string) (*Request, error) {
	r, err := b.open(tx, v, id)
	if err == nil && r.Identity == "" {
		err = mithaq.Refuse(mithaq.Denied, "subject.not-identified")
	}
	return r, err
}

// Did notes that something was done for a request.
func (b *Book) Did(tx *store.Tx, v mithaq.Viewer, id, what, note string) error {
	if _, err := b.Request(tx, v, id); err != nil {
		return err
	}
	n := 0
	if err := tx.QueryRow("SELECT COALESCE(MAX(n), 0) FROM subject_deed WHERE request = ?", id).Scan(&n); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO subject_deed(request, n, at, person, what, note) VALUES(?, ?, ?, ?, ?, ?)",
		id, n+1, tx.Now().UnixMicro(), string(v.Person), what, note)
	if err != nil {
		return err
	}
	return b.enter(tx, v, "person-request-deed", id, map[string]string{"deed": what})
}

// Deeds are what was done for a request, in order.
func (b *Book) Deeds(tx *store.Tx, v mithaq.Viewer, id string) (list []Deed, err error) {
	if err := may(v); err != nil {
		return nil, err
	}
	rows, err := tx.Query("SELECT at, person, what, note FROM subject_deed WHERE request = ? ORDER BY n", id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var d Deed
		var at int64
		if err := rows.Scan(&at, (*string)(&d.Person), &d.What, &d.Note); err != nil {
			return nil, err
		}
		d.At = time.UnixMicro(at).UTC()
		list = append(list, d)
	}
	return list, rows.Err()
}

// Close ends a request. Invalid: no such outcome.
func (b *Book) Close(tx *store.Tx, v mithaq.Viewer, id string, how Outcome, note string) error {
	r, err := b.open(tx, v, id)
	switch {
	case err != nil:
		return err
	case !slices.Contains(Outcomes, how):
		return mithaq.Refuse(mithaq.Invalid, "subject.outcome-unknown")
	}
	r.Closed, r.Outcome = tx.Now(), how
	if err := keep(tx, r); err != nil {
		return err
	}
	return b.Did(tx, v, id, "closed", note)
}

// Record keeps a breach. Invalid: it says too little, or too much.
func (b *Book) Record(tx *store.Tx, v mithaq.Viewer, x Breach) (*Breach, error) {
	if err := may(v); err != nil {
		return nil, err
	}
	if x.What == "" || x.Effect == "" || x.Steps == "" || x.Noticed.IsZero() {
		return nil, mithaq.Refuse(mithaq.Invalid, "subject.incomplete")
	}
	if len(x.What)+len(x.Effect)+len(x.Steps) > maxWords {
		return nil, mithaq.Refuse(mithaq.Invalid, "subject.too-much", maxWords, maxValues)
	}
	x.ID, x.At, x.Person = stix.NewID("breach").UUID(), tx.Now(), v.Person
	raw, err := json.Marshal(&x, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec("INSERT INTO subject_breach(id, at, raw) VALUES(?, ?, ?)", x.ID, x.At.UnixMicro(), raw); err != nil {
		return nil, err
	}
	return &x, b.enter(tx, v, "breach", x.ID, nil)
}

// Breaches lists them, the newest first.
func (b *Book) Breaches(tx *store.Tx, v mithaq.Viewer) ([]*Breach, error) {
	if err := may(v); err != nil {
		return nil, err
	}
	return all[Breach](tx, "SELECT raw FROM subject_breach ORDER BY at DESC, id")
}
