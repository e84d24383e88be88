package desk

import (
	"context"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/notes"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Casefile is a case with what belongs to it.
type Casefile struct {
	Case     *mithaq.Case
	Notes    [][]notes.Note // each in all its versions; nil without a reason
	Releases []Release      // made for it; for those who have a part in releases
	Readings []gate.Reading // of what is held for it; for those who watch
	Held     Held
}

// Held counts what is held for a case, and says what its closing means for it.
type Held struct {
	Items   int       // held for it, in use
	Persons int       // of those, what concerns a person
	Also    int       // of those, what is held otherwise too, and is read on without the case
	First   time.Time // when the first of them lapses; zero: none does
	Last    time.Time // when the last of them lapses
	Endless int       // without an end of their retention: nobody reads them, and nothing erases them
	More    bool      // the counts are of the first ones alone
}

// mostHeld is how many holdings of a case are counted.
const mostHeld = 10_000

// CasesOf lists the cases of a person of ours, open ones first, by the date of review.
func (d *Desk) CasesOf(tx *store.Tx, v mithaq.Viewer) ([]*mithaq.Case, error) {
	if v.Person == "" {
		return nil, nil
	}
	all, err := d.Gate.CasesOf(tx, v.Person)
	slices.SortStableFunc(all, func(a, b *mithaq.Case) int { return reviewed(a).Compare(reviewed(b)) })
	return all, err
}

// reviewed orders cases: what is to be reviewed first, then those without a date, then the closed ones.
func reviewed(c *mithaq.Case) time.Time {
	switch {
	case !c.Closed.IsZero():
		return c.Closed.AddDate(2000, 0, 0)
	case c.ReviewAt.IsZero():
		return c.Created.AddDate(1000, 0, 0)
	}
	return c.ReviewAt.Time
}

// mayWatch reports whether a viewer may see who read what is held for their case.
func mayWatch(v mithaq.Viewer) bool { return v.Is(mithaq.Supervisor, mithaq.LegalOfficer) }

// Casefile is one case of the viewer's with what belongs to it. NotFound: there is
// none, or it is others'.
func (d *Desk) Casefile(ctx context.Context, v mithaq.Viewer, id stix.ID) (*Casefile, error) {
	return Write(ctx, d, func(tx *store.Tx) (f *Casefile, err error) {
		f = &Casefile{}
		if f.Case, err = d.Gate.KnownCase(tx, v, id); err != nil {
			return nil, err
		}
		for _, part := range []func(*store.Tx, mithaq.Viewer, *Casefile) error{d.heldFor, d.releasesFor, d.notesFor} {
			if err := part(tx, v, f); err != nil {
				return nil, err
			}
		}
		return f, nil
	})
}

// notesFor reads the notes, for those who have said why.
func (d *Desk) notesFor(tx *store.Tx, v mithaq.Viewer, f *Casefile) (err error) {
	if v.HasReason() {
		f.Notes, err = d.Notes.Read(tx, v, f.Case.ID)
	}
	return err
}

func (d *Desk) releasesFor(tx *store.Tx, v mithaq.Viewer, f *Casefile) error {
	if !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return nil
	}
	all, err := d.Gate.Releases(tx, v, "")
	for _, r := range all {
		if r.Release.Case != f.Case.ID {
			continue
		}
		way, err := d.Gate.Delivery(tx, r.Release.ID)
		if err != nil {
			return err
		}
		f.Releases = append(f.Releases, Release{r, way})
	}
	slices.Reverse(f.Releases)
	return err
}

// heldFor counts what is held for a case, as the node sees it.
func (d *Desk) heldFor(tx *store.Tx, v mithaq.Viewer, f *Casefile) error {
	node := mithaq.NodeViewer(d.Org)
	held, err := d.Store.Holdings(tx, node, store.HoldingQuery{
		Case: f.Case.ID, Limit: mostHeld, States: []mithaq.HoldingState{mithaq.Held, mithaq.Restricted, mithaq.Disputed},
	})
	if err != nil {
		return err
	}
	seqs := make([]int64, len(held))
	for i := range held {
		seqs[i] = held[i].Item
		f.Held.until(held[i].Until)
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	f.Held.Items, f.Held.More = len(seqs), len(held) == mostHeld
	if err := d.besides(tx, f, seqs); err != nil {
		return err
	}
	if !mayWatch(v) {
		return nil
	}
	f.Readings, err = d.Gate.ReadingsOf(tx, 100, seqs[:min(len(seqs), 1000)]...)
	return err
}

// besides counts what concerns a person, and what is held for something else too.
func (d *Desk) besides(tx *store.Tx, f *Casefile, seqs []int64) error {
	node := mithaq.NodeViewer(d.Org)
	items, err := d.Store.Fetch(tx, node, seqs)
	if err != nil {
		return err
	}
	for i := range items {
		if items[i].Personal {
			f.Held.Persons++
		}
	}
	all, err := d.Store.HoldingsOf(tx, node, seqs...)
	last := int64(0)
	for i := range all {
		if all[i].Case != f.Case.ID && all[i].State.InUse() && all[i].Item != last {
			last = all[i].Item
			f.Held.Also++
		}
	}
	return err
}

// until takes one end of retention into account.
func (h *Held) until(t time.Time) {
	switch {
	case t.IsZero():
		h.Endless++
		return
	case h.First.IsZero() || t.Before(h.First):
		h.First = t
	}
	if t.After(h.Last) {
		h.Last = t
	}
}
