package inquiry

import (
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Thread is an inquiry as we hold it.
type Thread struct {
	ID        stix.ID
	Side      mithaq.InquirySide // ours
	Partner   mithaq.OrgID
	Pact      stix.ID // "" for one made elsewhere
	Case      stix.ID // ours; "" where it belongs to none yet
	Personal  bool
	Kind      string
	Purpose   mithaq.Purpose
	Urgency   mithaq.Urgencies
	Life      mithaq.Life
	Clock     mithaq.Clock
	Overdue   time.Time // since when; zero where it is not
	Late      bool      // it ever was overdue
	At        time.Time // when it came to be here
	Moved     time.Time
	Began     time.Time // when the clock began
	Ended     time.Time // when it was answered or refused
	Opened    time.Time // when a person first read it
	Ground    mithaq.Ground
	Envelope  stix.ID
	Returned  *mithaq.RefusedWhole // why the partner's gate did not take it
	Inquiry   *mithaq.Inquiry      // nil once it was taken back, and for one made elsewhere
	Elsewhere *Elsewhere           // of one made elsewhere
}

// Other is the side of the partner.
func (t *Thread) Other() mithaq.InquirySide {
	if t.Side == mithaq.Asker {
		return mithaq.Asked
	}
	return mithaq.Asker
}

// OverdueAt reports whether the answer is late at an instant.
func (t *Thread) OverdueAt(at time.Time) bool { return t.Clock.Overdue(at) }

const columns = `SELECT id, side, partner, pact, casefile, personal, kind, purpose, urgency, informs, stage, back, question, due, remaining,
	overdue, late, at, moved, began, ended, opened, ground, envelope, why, raw, elsewhere FROM inquiry `

func scan(row interface{ Scan(...any) error }) (*Thread, error) {
	t := &Thread{}
	var times [8]int64
	var left int64
	var why, raw, elsewhere []byte
	err := row.Scan((*string)(&t.ID), (*string)(&t.Side), (*string)(&t.Partner), (*string)(&t.Pact), (*string)(&t.Case), &t.Personal,
		&t.Kind, (*string)(&t.Purpose), &t.Urgency, &t.Life.Informs, (*string)(&t.Life.Stage), (*string)(&t.Life.Back), (*string)(&t.Life.Open),
		&times[0], &left, &times[1], &t.Late, &times[2], &times[3], &times[4], &times[5], &times[6], (*string)(&t.Ground), (*string)(&t.Envelope),
		&why, &raw, &elsewhere)
	if err != nil {
		return nil, err
	}
	t.Clock.Left = time.Duration(left) * time.Microsecond
	for i, at := range []*time.Time{&t.Clock.Due, &t.Overdue, &t.At, &t.Moved, &t.Began, &t.Ended, &t.Opened} {
		*at = timeOf(times[i])
	}
	return t, errors.Join(into(why, &t.Returned), into(raw, &t.Inquiry), into(elsewhere, &t.Elsewhere))
}

// into reads what is stored; nothing is nothing.
func into[T any](raw []byte, v **T) error {
	if len(raw) == 0 {
		return nil
	}
	*v = new(T)
	return json.Unmarshal(raw, *v)
}

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// find is an inquiry as it stands, whoever asks.
func (b *Book) find(tx *store.Tx, id stix.ID) (*Thread, error) {
	t, err := scan(tx.QueryRow(columns+"WHERE id = ?", string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, unknown(id)
	}
	return t, err
}

// insert keeps a new inquiry.
func (b *Book) insert(tx *store.Tx, t *Thread, raw, elsewhere []byte) error {
	_, err := tx.Exec(`INSERT INTO inquiry(id, side, partner, pact, casefile, personal, kind, purpose, urgency, informs, stage, back, question,
		due, remaining, overdue, late, at, moved, began, ended, opened, ground, envelope, why, raw, elsewhere)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', 0, 0, 0, 0, ?, ?, 0, 0, 0, '', ?, ?, ?, ?)`,
		string(t.ID), string(t.Side), string(t.Partner), string(t.Pact), string(t.Case), t.Personal, t.Kind, string(t.Purpose), int64(t.Urgency),
		t.Life.Informs, string(t.Life.Stage), micros(t.At), micros(t.At), string(t.Envelope), []byte{}, raw, elsewhere)
	return err
}

// keep stores where an inquiry stands.
func (b *Book) keep(tx *store.Tx, t *Thread) error {
	_, err := tx.Exec(`UPDATE inquiry SET casefile = ?, stage = ?, back = ?, question = ?, due = ?, remaining = ?, overdue = ?, late = ?, moved = ?,
		began = ?, ended = ?, opened = ?, ground = ?, envelope = ? WHERE id = ?`,
		string(t.Case), string(t.Life.Stage), string(t.Life.Back), string(t.Life.Open), micros(t.Clock.Due), t.Clock.Left.Microseconds(),
		micros(t.Overdue), t.Late, micros(t.Moved), micros(t.Began), micros(t.Ended), micros(t.Opened), string(t.Ground), string(t.Envelope), string(t.ID))
	if err != nil {
		return err
	}
	return tx.Change(Topic, string(t.ID), []byte(t.Life.Stage))
}

// sees wants a viewer who may read the inquiry: staff who need to know its case,
// with a reason where it concerns a person. What a viewer may not read is not there.
func (t *Thread) sees(v mithaq.Viewer) error {
	switch {
	case !t.lists(v):
		return unknown(t.ID)
	case t.Personal && !v.HasReason():
		return denied("inquiry.say-why")
	}
	return nil
}

// lists reports whether the viewer may know that the inquiry is there.
func (t *Thread) lists(v mithaq.Viewer) bool {
	h := mithaq.Holding{State: mithaq.Held, Case: t.Case, Handling: mithaq.Handling{TLP: stix.TLPAmber}}
	return v.Token == "" && v.MayRead(&h, false)
}

func (b *Book) forViewer(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Thread, error) {
	t, err := b.find(tx, id)
	if err != nil {
		return nil, err
	}
	return t, t.sees(v)
}
