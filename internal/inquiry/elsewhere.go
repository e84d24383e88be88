package inquiry

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Channel is a way by which questions go that is not ours.
type Channel string

// The channels.
const (
	I247      Channel = "i-24-7"
	Egmont    Channel = "egmont-secure-web"
	Siena     Channel = "siena"
	Telephone Channel = "telephone"
	Paper     Channel = "paper"
	Mail      Channel = "mail"
	Other     Channel = "other"
)

// Channels lists them.
func Channels() []Channel { return []Channel{I247, Egmont, Siena, Telephone, Paper, Mail, Other} }

// An Elsewhere is an exchange that was made on another channel and registered
// here. It gets a clock; nothing of it is proven by us.
type Elsewhere struct {
	Side      mithaq.InquirySide `json:"side"` // ours
	Partner   mithaq.OrgID       `json:"partner"`
	Channel   Channel            `json:"channel"`
	Reference string             `json:"reference"` // there
	Kind      string             `json:"kind"`
	Case      stix.ID            `json:"case,omitzero"`
	Purpose   mithaq.Purpose     `json:"purpose"`
	Urgency   mithaq.Urgencies   `json:"urgency"`
	Subjects  mithaq.Subjects    `json:"subjects"`
	Text      string             `json:"text"` // what was asked
	At        mithaq.Time        `json:"at"`   // when it was received there
	Person    mithaq.PersonID    `json:"person"`
}

func (e *Elsewhere) check(now time.Time) error {
	switch {
	case e.Side != mithaq.Asker && e.Side != mithaq.Asked:
		return invalid("inquiry.elsewhere", "side")
	case e.Partner.Check() != nil:
		return invalid("inquiry.elsewhere", "partner")
	case !slices.Contains(Channels(), e.Channel):
		return invalid("inquiry.elsewhere", "channel")
	case e.Reference == "" || len(e.Reference) > 512:
		return invalid("inquiry.elsewhere", "reference")
	case e.Kind == "" || e.Text == "" || len(e.Text) > mithaq.MaxInquiryText:
		return invalid("inquiry.elsewhere", "text")
	case e.Purpose.Check() != nil:
		return invalid("inquiry.elsewhere", "purpose")
	case len(e.Urgency.Words()) != 1:
		return invalid("inquiry.elsewhere", "urgency")
	case e.Subjects == 0:
		return invalid("inquiry.elsewhere", "subjects")
	case e.At.IsZero() || e.At.After(now.Add(mithaq.Skew)):
		return invalid("inquiry.elsewhere", "at")
	}
	return nil
}

// Register keeps an exchange made elsewhere, and starts its clock.
func (b *Book) Register(tx *store.Tx, v mithaq.Viewer, e Elsewhere) (*Thread, error) {
	if !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return nil, denied("inquiry.may-not-ask")
	}
	if err := e.check(tx.Now()); err != nil {
		return nil, err
	}
	if e.Case != "" {
		if err := b.Gate.WantCase(tx, v, e.Case); err != nil {
			return nil, err
		}
	}
	e.Person = v.Person
	raw, err := json.Marshal(&e, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	life := mithaq.NewLife(e.Kind == mithaq.InquiryInformation)
	life.Stage = mithaq.StageSent
	t := &Thread{
		ID: stix.NewID(mithaq.TypeInquiry), Side: e.Side, Partner: e.Partner, Case: e.Case, Personal: e.Subjects.Persons() != 0,
		Kind: e.Kind, Purpose: e.Purpose, Urgency: e.Urgency, Life: life, At: tx.Now(), Elsewhere: &e,
	}
	if err := b.insert(tx, t, []byte{}, raw); err != nil {
		return nil, err
	}
	return t, b.record(tx, v, t, Move{Step: mithaq.StepReceive, Side: mithaq.Asked}, e.At.Time)
}

// actElsewhere records a step that was taken on the other channel, by either side.
func (b *Book) actElsewhere(tx *store.Tx, v mithaq.Viewer, t *Thread, m Move) error {
	if m.Side == "" {
		m.Side = t.Side
	}
	if err := b.record(tx, v, t, m, tx.Now()); err != nil || t.Life.Stage != mithaq.StageClarified {
		return err
	}
	return b.record(tx, v, t, Move{Step: mithaq.StepReceive, Side: mithaq.Asked}, tx.Now())
}

func (b *Book) record(tx *store.Tx, v mithaq.Viewer, t *Thread, m Move, at time.Time) error {
	id := stix.NewID(mithaq.TypeInquiryStep)
	after, err := t.Life.Take(m.Step, m.Side, id, t.Life.Open)
	if err != nil {
		return err
	}
	if err := b.advance(tx, t, after, at); err != nil {
		return err
	}
	if m.Step == mithaq.StepRefuse {
		t.Ground = m.Ground
	}
	raw, err := json.Marshal(&recorded{m.Text, m.Ground, m.Unit, m.Worth}, json.Deterministic(true))
	if err != nil {
		return err
	}
	return b.note(tx, v, t, taken{ID: id, Kind: m.Step, Side: m.Side, Person: v.Person, At: at, raw: raw})
}

// recorded is what a person wrote down of a step made elsewhere.
type recorded struct {
	Text   string        `json:"text,omitempty"`
	Ground mithaq.Ground `json:"ground,omitempty"`
	Unit   string        `json:"unit,omitempty"`
	Worth  mithaq.Worth  `json:"worth,omitempty"`
}
