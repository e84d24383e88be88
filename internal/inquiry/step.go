package inquiry

import (
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Move is what a person does about an inquiry.
type Move struct {
	Step     mithaq.StepKind    `json:"step"`
	Text     string             `json:"text,omitempty"`
	Ground   mithaq.Ground      `json:"ground,omitempty"`
	Unit     string             `json:"unit,omitempty"`
	Registry string             `json:"registry,omitempty"`
	Releases []stix.ID          `json:"releases,omitempty"` // by which items of the answer went
	Granted  mithaq.Uses        `json:"granted,omitempty"`
	Worth    mithaq.Worth       `json:"worth,omitempty"`
	Case     stix.ID            `json:"case,omitempty"` // of ours, to which it belongs from now on
	Side     mithaq.InquirySide `json:"side,omitempty"` // who did it, for an exchange made elsewhere; ours where empty
}

// Act takes a step of ours and tells the partner.
//
// Denied: the viewer may not, the step is the other side's, or the pact carries
// nothing now. Conflict: it does not follow from where the inquiry stands.
// Invalid: it says too little, or a ground that neither the pact nor we know.
func (b *Book) Act(tx *store.Tx, v mithaq.Viewer, id stix.ID, m Move) (*Thread, error) {
	t, err := b.forViewer(tx, v, id)
	if err != nil {
		return nil, err
	}
	if err := mayAct(v, m.Step); err != nil {
		return nil, err
	}
	if t.Elsewhere != nil {
		return t, b.actElsewhere(tx, v, t, m)
	}
	if err := b.assign(tx, v, t, m.Case); err != nil {
		return nil, err
	}
	return t, b.act(tx, v, t, m)
}

// mayAct says who does what: whoever may propose works on an inquiry; what ends
// it, or gives away what we know, is a releaser's or a legal officer's.
func mayAct(v mithaq.Viewer, step mithaq.StepKind) error {
	weighty := []mithaq.StepKind{mithaq.StepRefuse, mithaq.StepPartial, mithaq.StepAnswer}
	switch {
	case slices.Contains(weighty, step) && v.Is(mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer):
		return nil
	case !slices.Contains(weighty, step) && (v.MayPropose() || v.Is(mithaq.LegalOfficer)):
		return nil
	}
	return denied("inquiry.may-not", mithaq.Say("word.inquiry-step."+string(step)))
}

// assign puts an inquiry of a partner's into a case of ours.
func (b *Book) assign(tx *store.Tx, v mithaq.Viewer, t *Thread, file stix.ID) error {
	if file == "" || file == t.Case {
		return nil
	}
	if t.Side == mithaq.Asker {
		return invalid("inquiry.other-case", string(t.Case))
	}
	if err := b.Gate.WantCase(tx, v, file); err != nil {
		return err
	}
	t.Case = file
	return nil
}

func (b *Book) act(tx *store.Tx, v mithaq.Viewer, t *Thread, m Move) error {
	s := mithaq.NewInquiryStep(stix.NewID(mithaq.TypeInquiryStep), mithaq.At(tx.Now()), b.named(t), b.Org, m.Step, v.Person)
	s.Text, s.Ground, s.Unit, s.Registry = m.Text, m.Ground, m.Unit, m.Registry
	s.Releases, s.Granted, s.Worth = m.Releases, m.Granted, m.Worth
	if m.Step == mithaq.StepClarify {
		s.Re = t.Life.Open
	}
	if err := s.Check(); err != nil {
		return invalid("gate.word", err.Error())
	}
	if err := b.known(tx, t, s); err != nil {
		return err
	}
	if err := b.answers(tx, t, s); err != nil {
		return err
	}
	return b.tell(tx, v, t, s)
}

// named is as much of the inquiry as a step needs, also once it was taken back.
func (b *Book) named(t *Thread) *mithaq.Inquiry {
	q := &mithaq.Inquiry{From: b.Org, To: t.Partner, Pact: t.Pact}
	q.ID = t.ID
	if t.Side == mithaq.Asked {
		q.From, q.To = t.Partner, b.Org
	}
	return q
}

// known wants a ground of refusal that the pact or our own list has.
func (b *Book) known(tx *store.Tx, t *Thread, s *mithaq.InquiryStep) error {
	if s.Step != mithaq.StepRefuse || s.Ground.BuiltIn() {
		return nil
	}
	standing, err := b.Pacts.Standing(tx, t.Pact, t.Partner)
	if err != nil {
		return err
	}
	if terms := standing.Pact.Terms.Inquiries; terms == nil || !slices.Contains(terms.Grounds, string(s.Ground)) {
		return invalid("inquiry.no-ground", string(s.Ground))
	}
	return nil
}

// answers wants releases that went to the partner for this very inquiry.
func (b *Book) answers(tx *store.Tx, t *Thread, s *mithaq.InquiryStep) error {
	for _, id := range s.Releases {
		r, err := b.Gate.Release(tx, id)
		switch {
		case err != nil:
			return err
		case r.Release.Inquiry != t.ID || r.To != t.Partner:
			return invalid("inquiry.other-release", string(id))
		case r.State != gate.Sent && r.State != gate.Sending:
			return mithaq.Refuse(mithaq.Conflict, "inquiry.release-waits", string(id))
		}
	}
	return nil
}

// tell takes a step of ours: it is signed, kept, entered, and goes to the partner.
func (b *Book) tell(tx *store.Tx, v mithaq.Viewer, t *Thread, s *mithaq.InquiryStep) error {
	after, err := t.Life.Take(s.Step, t.Side, s.ID, s.Re)
	if err != nil {
		return err
	}
	raw, err := b.Gate.Seal(s, mithaq.TypeInquiryStep, &s.Signatures)
	if err != nil {
		return err
	}
	sent, err := b.Outbox.Send(tx, message.Outbound{
		To: t.Partner, Pact: t.Pact, Lane: mithaq.LaneCase, Kind: mithaq.MessageInquiryStep,
		Account: mithaq.Account{
			Kind: string(mithaq.MessageInquiryStep), At: s.Created, By: s.Person, Purpose: t.Purpose, About: t.ID,
			Notes: map[string]string{"step": string(s.Step)},
		},
		Content: message.Pack([]message.Object{{Raw: raw}}),
	})
	if err != nil {
		return err
	}
	if err := b.advance(tx, t, after, s.Created.Time); err != nil {
		return err
	}
	if s.Step == mithaq.StepRefuse {
		t.Ground = s.Ground
	}
	step := taken{ID: s.ID, Kind: s.Step, Side: t.Side, Person: s.Person, At: s.Created.Time, Envelope: sent.Envelope, raw: raw}
	return b.note(tx, v, t, step)
}

// advance moves an inquiry on and sets its clock.
func (b *Book) advance(tx *store.Tx, t *Thread, after mithaq.Life, at time.Time) error {
	whole, err := b.hours(tx, t)
	if err != nil {
		return err
	}
	before := t.Life
	t.Clock, t.Life, t.Moved = t.Clock.After(before, after, at, whole), after, tx.Now()
	if before.Stage == mithaq.StageSent && after.Stage == mithaq.StageReceived {
		t.Began = at
	}
	if ends(after.Stage) && t.Ended.IsZero() {
		t.Ended = at
	}
	return b.setDue(tx, t)
}

func ends(s mithaq.Stage) bool { return s == mithaq.StageAnswered || s == mithaq.StageRefused }

// hours is how long the pact gives for an answer. Where no pact says, it is what
// pacts usually say.
func (b *Book) hours(tx *store.Tx, t *Thread) (time.Duration, error) {
	usual := mithaq.Terms{}
	usual.AllowInquiries(t.Kind)
	if t.Pact == "" {
		return usual.Inquiries.Hours(t.Urgency), nil
	}
	standing, err := b.Pacts.Standing(tx, t.Pact, t.Partner)
	if err != nil {
		return 0, err
	}
	if terms := standing.Pact.Terms.Inquiries; terms != nil {
		return terms.Hours(t.Urgency), nil
	}
	return usual.Inquiries.Hours(t.Urgency), nil
}

// taken is a step as kept.
type taken struct {
	ID       stix.ID
	Kind     mithaq.StepKind
	Side     mithaq.InquirySide
	Person   mithaq.PersonID
	At       time.Time
	Crossed  bool
	Envelope stix.ID
	Refused  string
	raw      []byte
}

// note keeps a step and where the inquiry stands after it, and enters it.
func (b *Book) note(tx *store.Tx, v mithaq.Viewer, t *Thread, s taken) error {
	if s.raw == nil {
		s.raw = []byte{}
	}
	_, err := tx.Exec(`INSERT INTO inquiry_step(inquiry, position, id, kind, side, person, at, crossed, envelope, refused, raw)
		VALUES(?, (SELECT count(*) FROM inquiry_step WHERE inquiry = ?), ?, ?, ?, ?, ?, ?, ?, '', ?)`,
		string(t.ID), string(t.ID), string(s.ID), string(s.Kind), string(s.Side), string(s.Person), micros(s.At), s.Crossed, string(s.Envelope), s.raw)
	if err != nil {
		return err
	}
	if err := b.keep(tx, t); err != nil {
		return err
	}
	a := mithaq.Account{
		Kind: "inquiry-step", About: t.ID, Purpose: t.Purpose, Case: string(t.Case), At: mithaq.At(tx.Now()), By: v.Person,
		Notes: map[string]string{"step": string(s.Kind), "stage": string(t.Life.Stage)},
	}
	if s.Kind == mithaq.StepRefuse {
		a.Notes["ground"] = string(t.Ground)
	}
	if s.Side == t.Side {
		a.From, a.To = b.Org, t.Partner
	} else {
		a.From, a.To = t.Partner, b.Org
	}
	return b.Enter(tx, a)
}
