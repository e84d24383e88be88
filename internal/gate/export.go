package gate

import (
	"context"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// An Exporting is what indicators are taken out for, by machines of our own.
type Exporting struct {
	Selection Selection
	Use       mithaq.Detecting // its purpose is the viewer's
	Format    string           // of the file, for the own log
	// Take gets each indicator that may be used, with the labels under which.
	Take func(o *stix.Object, h *mithaq.Handling)
}

// Exported counts what may be used and why the rest may not: state, tlp, pap,
// purpose, restriction by its labels; assessment, where a partner gave it, it
// concerns a person and nobody here has cleared it; revoked, not-yet, expired by itself.
type Exported struct {
	Read     int            `json:"read"`
	Taken    int            `json:"taken"`
	Personal int            `json:"personal"` // of those taken
	Left     map[string]int `json:"left"`
	TLP      stix.TLP       `json:"tlp,omitzero"` // the strictest of what was taken
	persons  []int64        // numbers of those taken that concern a person
}

// Export goes through the last versions of the indicators that a viewer may
// read, and takes those that may be used so now. It is a read with a purpose:
// the entry is durable before it returns, and nothing may be given before.
//
// Denied: the viewer says no purpose or no legal basis. Invalid: no such use.
func (g *Gate) Export(ctx context.Context, v mithaq.Viewer, how Exporting) (*Exported, error) {
	how.Use.Purpose = v.Purpose
	switch err := how.Use.Exposure.Check(); {
	case err != nil:
		return nil, invalid("gate.word", err.Error())
	case v.Purpose == "":
		return nil, denied("gate.no-purpose")
	case v.Basis == "":
		return nil, denied("gate.no-basis")
	}
	how.Selection.Types = []stix.Type{"indicator"}
	out := &Exported{Left: map[string]int{}}
	if err := g.read(ctx, func(tx *store.Tx) error { return g.export(tx, v, &how, out) }); err != nil {
		return nil, err
	}
	return out, g.enterExport(ctx, v, &how, out)
}

func (g *Gate) export(tx *store.Tx, v mithaq.Viewer, how *Exporting, out *Exported) error {
	last := &newest{}
	if err := g.pages(tx, v, &how.Selection, last.note); err != nil {
		return err
	}
	return g.pages(tx, v, &how.Selection, func(page []store.Item) error {
		held, err := g.Store.HoldingsOf(tx, v, each(page, func(it store.Item) int64 { return it.Seq })...)
		if err != nil {
			return err
		}
		groups := byItem(held)
		for i := range page {
			if !last.has(&page[i]) {
				continue
			}
			of, unassessed, err := g.usable(tx, &page[i], groups[page[i].Seq])
			if err != nil {
				return err
			}
			out.consider(&page[i], of, unassessed, how, tx.Now())
		}
		return nil
	})
}

// consider takes an indicator under the first of its holdings that permits it.
func (x *Exported) consider(it *store.Item, held, unassessed []store.Held, how *Exporting, now time.Time) {
	h, why, meant := usable(held, how)
	if !meant {
		if _, _, meant = usable(unassessed, how); !meant {
			return
		}
		why = "assessment"
	}
	x.Read++
	o, err := stix.Parse(it.Raw, stix.Limits{})
	switch {
	case why != "":
	case err != nil:
		why = "unreadable"
	default:
		why = outOfTime(o, now)
	}
	if why != "" {
		x.Left[why]++
		return
	}
	x.Taken++
	x.TLP = max(x.TLP, h.TLP)
	if it.Personal {
		x.Personal++
		x.persons = append(x.persons, it.Seq)
	}
	how.Take(o, h)
}

// usable parts the holdings of an item into those that may be used and those that
// wait for our own assessment.
func (g *Gate) usable(tx *store.Tx, it *store.Item, held []store.Held) (may, unassessed []store.Held, err error) {
	if !it.Personal {
		return held, nil, nil
	}
	for i := range held {
		ok, err := g.Usable(tx, it, &held[i])
		if err != nil {
			return nil, nil, err
		}
		if ok {
			may = append(may, held[i])
		} else {
			unassessed = append(unassessed, held[i])
		}
	}
	return may, unassessed, nil
}

// usable is the labels of a holding that permits the use; meant is false where
// the selection means none of them.
func usable(held []store.Held, how *Exporting) (h *mithaq.Handling, why string, meant bool) {
	for i := range held {
		if s := &how.Selection; s.Case != "" && held[i].Case != s.Case || s.Giver != "" && held[i].Giver != s.Giver || s.Under != "" && held[i].Under != s.Under {
			continue
		}
		meant = true
		if why = how.Use.Allows(&held[i].Handling, held[i].State); why == "" {
			return &held[i].Handling, "", true
		}
	}
	return nil, why, meant
}

// outOfTime says why an indicator does not hold now. STIX 2.1, 4.7
func outOfTime(o *stix.Object, now time.Time) string {
	from, begins := o.Time("valid_from")
	until, ends := o.Time("valid_until")
	switch {
	case o.Revoked():
		return "revoked"
	case begins && from.Time().After(now):
		return "not-yet"
	case ends && !until.Time().After(now):
		return "expired"
	}
	return ""
}

// enterExport enters what was read, even where nothing was: that somebody asked
// for everything of a kind is worth a line.
func (g *Gate) enterExport(ctx context.Context, v mithaq.Viewer, how *Exporting, x *Exported) error {
	a := mithaq.Account{
		About: how.Selection.Under, Case: string(how.Selection.Case),
		Counts: map[string]int64{"items": int64(x.Taken), "personal": int64(x.Personal)},
		Notes:  map[string]string{"read": "export", "format": how.Format, "use": string(how.Use.Exposure), "tlp": how.Use.TLP.String()},
	}
	for why, n := range x.Left {
		a.Counts["left "+why] = int64(n)
	}
	if v.Reason != "" {
		a.Notes["reason"] = v.Reason
	}
	a.Notes["looked"] = strconv.Itoa(x.Read)
	return g.write(ctx, func(tx *store.Tx) error { return g.enterReading(tx, v, a, x.persons) })
}
