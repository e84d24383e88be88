package inquiry

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Step is one step of a thread, as it is shown.
type Step struct {
	ID      stix.ID
	Kind    mithaq.StepKind
	Side    mithaq.InquirySide
	Person  mithaq.PersonID
	At      time.Time
	Crossed bool   // it crossed a step of the other side and changed nothing
	Refused string // the key of why the partner's node did not take it
	Said    mithaq.InquiryStep
}

// An Answer is items that went or came for an inquiry.
type Answer struct {
	Envelope stix.ID
	Release  stix.ID
	Items    int
	At       time.Time
}

// A View is a thread with all that was said in it.
type View struct {
	*Thread
	Steps   []Step
	Answers []Answer
	Verdict *Verdict          // of a draft of ours
	May     []mithaq.StepKind // what our side can do now
	Digest  mithaq.Digest     // which an approval signs, and an assessment covers
}

// Show is a thread with its steps. That a person first read a partner's inquiry
// is noted, and each reading is entered.
func (b *Book) Show(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*View, error) {
	t, err := b.forViewer(tx, v, id)
	if err != nil {
		return nil, err
	}
	if err := b.open(tx, v, t); err != nil {
		return nil, err
	}
	view := &View{Thread: t, May: t.Life.May(t.Side)}
	if view.Steps, err = b.steps(tx, t); err != nil {
		return nil, err
	}
	if view.Answers, err = b.answered(tx, id); err != nil {
		return nil, err
	}
	if t.Inquiry == nil {
		return view, nil
	}
	view.Digest = t.Inquiry.Digest()
	if t.Side == mithaq.Asker && (t.Life.Stage == mithaq.StageDraft || t.Life.Stage == mithaq.StageReview) {
		view.Verdict, err = b.Verdict(tx, t)
	}
	return view, err
}

func (b *Book) open(tx *store.Tx, v mithaq.Viewer, t *Thread) error {
	if v.Node {
		return nil
	}
	if t.Opened.IsZero() {
		t.Opened = tx.Now()
		if err := b.keep(tx, t); err != nil {
			return err
		}
	}
	a := mithaq.Account{About: t.ID, Case: string(t.Case), Purpose: t.Purpose}
	if v.Reason != "" {
		a.Notes = map[string]string{"reason": v.Reason}
	}
	return b.Gate.Entered(tx, v, "inquiry-read", a)
}

func (b *Book) steps(tx *store.Tx, t *Thread) (all []Step, err error) {
	rows, err := tx.Query("SELECT id, kind, side, person, at, crossed, refused, raw FROM inquiry_step WHERE inquiry = ? ORDER BY position", string(t.ID))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s Step
		var at int64
		var raw []byte
		err := rows.Scan((*string)(&s.ID), (*string)(&s.Kind), (*string)(&s.Side), (*string)(&s.Person), &at, &s.Crossed, &s.Refused, &raw)
		if err != nil {
			return nil, err
		}
		s.At = timeOf(at)
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &s.Said); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func (b *Book) answered(tx *store.Tx, id stix.ID) (all []Answer, err error) {
	rows, err := tx.Query("SELECT envelope, releaseid, items, at FROM inquiry_answer WHERE inquiry = ? ORDER BY at", string(id))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a Answer
		var at int64
		if err := rows.Scan((*string)(&a.Envelope), (*string)(&a.Release), &a.Items, &at); err != nil {
			return nil, err
		}
		a.At = timeOf(at)
		all = append(all, a)
	}
	return all, rows.Err()
}

// A Filter says which threads are wanted.
type Filter struct {
	Side    mithaq.InquirySide // both where empty
	Partner mithaq.OrgID
	Pact    stix.ID
	Case    stix.ID
	Open    bool // only those that are not over
	Overdue bool
}

// List gives the threads that the viewer may see: what is overdue first, then
// by what is due first, then the newest. It gives no texts, so that a list is no
// reading.
func (b *Book) List(tx *store.Tx, v mithaq.Viewer, f Filter) ([]*Thread, error) {
	all, err := b.threads(tx, f)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(t *Thread) bool {
		return !t.lists(v) || f.Open && t.Life.Stage.Over() || f.Overdue && !t.OverdueAt(tx.Now())
	})
	slices.SortStableFunc(all, func(x, y *Thread) int {
		return cmp.Or(cmp.Compare(x.place(), y.place()), x.Clock.Due.Compare(y.Clock.Due), y.Moved.Compare(x.Moved))
	})
	return all, nil
}

// place puts what has a running clock before what has none, and that before what is over.
func (t *Thread) place() int {
	switch {
	case t.Clock.Runs():
		return 0
	case t.Life.Stage.Over():
		return 2
	}
	return 1
}

func (b *Book) threads(tx *store.Tx, f Filter) (all []*Thread, err error) {
	rows, err := tx.Query(columns+`WHERE (? = '' OR side = ?) AND (? = '' OR partner = ?) AND (? = '' OR pact = ?) AND (? = '' OR casefile = ?) ORDER BY at, id`,
		string(f.Side), string(f.Side), string(f.Partner), string(f.Partner), string(f.Pact), string(f.Pact), string(f.Case), string(f.Case))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
