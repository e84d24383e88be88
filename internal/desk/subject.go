package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subject"
	"github.com/mithaq-hub/mithaq/names"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// About is everything here that may be about one person.
type About struct {
	Request *subject.Request
	Deeds   []subject.Deed
	Found   []Found
	Unread  []string // values of the request that could not be looked for
}

// Found is one object, with how it was found, how it is held, where it crossed and
// who read it.
type Found struct {
	Item     store.Item // the last version that is here
	Score    float64    // how well the name agrees; 0 where a value was found
	By       string     // the value, or the name as it stands there
	Held     []store.Held
	Ways     []peer.Passage
	Readings []gate.Reading
}

// nameTypes are the types of objects that a person's name is looked for in.
var nameTypes = []stix.Type{"identity", "threat-actor", "user-account", "email-addr"}

const (
	mostFound   = 200   // objects that are shown
	mostNames   = 50000 // objects whose names are looked at
	mostRead    = 50    // readings of one object
	namesAtOnce = 1000
)

// AboutPerson is everything about the person of a request. It looks at all that is
// here, for whichever case and in whatever state, as the desk for the persons
// concerned has to; that it was looked is entered, and a deed of the request.
func (d *Desk) AboutPerson(ctx context.Context, v mithaq.Viewer, id string) (*About, error) {
	a := &About{}
	err := d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if a.Request, err = d.Subjects.Request(tx, v, id); err != nil {
			return err
		}
		for _, look := range []func(*store.Tx, *About) error{d.byValues, d.byName, d.whereabouts} {
			if err := look(tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if err := d.searched(tx, v, id); err != nil {
			return err
		}
		a.Deeds, err = d.Subjects.Deeds(tx, v, id)
		return err
	})
}

// searched notes that everything was looked for; looking again within the hour is
// the same look.
func (d *Desk) searched(tx *store.Tx, v mithaq.Viewer, id string) error {
	deeds, err := d.Subjects.Deeds(tx, v, id)
	if err != nil {
		return err
	}
	if n := len(deeds); n > 0 && deeds[n-1].What == "searched" && tx.Now().Sub(deeds[n-1].At) < time.Hour {
		return nil
	}
	return d.Subjects.Did(tx, v, id, "searched", "")
}

// byValues finds the objects with a value of the person's.
func (d *Desk) byValues(tx *store.Tx, a *About) error {
	for _, text := range a.Request.Values {
		wanted, err := Wanted("", text)
		if err != nil && !strings.Contains(text, " ") { // the name of an account has no form of its own
			wanted, err = Wanted(string(value.UserAccount), text)
		}
		if err != nil {
			a.Unread = append(a.Unread, text)
			continue
		}
		for _, w := range wanted {
			items, err := d.Store.ByValue(tx, mithaq.NodeViewer(d.Org), string(w.Kind), w.Text, mostFound)
			if err != nil {
				return err
			}
			for _, it := range items {
				a.add(Found{Item: it, By: w.Text})
			}
		}
	}
	return nil
}

// add keeps one version of each object: the last.
func (a *About) add(f Found) {
	i := slices.IndexFunc(a.Found, func(x Found) bool { return x.Item.Ref.ID == f.Item.Ref.ID })
	switch {
	case i < 0:
		if len(a.Found) < mostFound {
			a.Found = append(a.Found, f)
		}
	case a.Found[i].Item.Order <= f.Item.Order && a.Found[i].Score <= f.Score:
		a.Found[i] = f
	}
}

// byName finds the objects whose name agrees with the person's, in whatever script.
func (d *Desk) byName(tx *store.Tx, a *About) error {
	if strings.TrimSpace(a.Request.Name) == "" {
		return nil
	}
	wanted := names.ParsePerson(a.Request.Name)
	q := store.Query{Limit: namesAtOnce, Types: nameTypes}
	for range mostNames / namesAtOnce {
		page, more, err := d.Store.Page(tx, mithaq.NodeViewer(d.Org), q)
		if err != nil {
			return err
		}
		for i := range page {
			if name, score := bestName(wanted, page[i].Raw); score > 0 {
				a.add(Found{Item: page[i], Score: score, By: name})
			}
		}
		if !more || len(page) == 0 {
			return nil
		}
		q.After = page[len(page)-1].Seq
	}
	return nil
}

// bestName is the name of an object that agrees best with one, and how well; 0
// where none agrees.
func bestName(wanted names.Name, raw []byte) (best string, score float64) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return "", 0
	}
	for _, member := range []string{"name", "display_name"} {
		text := o.String(member)
		if text == "" || len(text) > 500 {
			continue
		}
		if s := names.Match(wanted, names.ParsePerson(text), names.Options{}); s.Match && s.Value > score {
			best, score = text, s.Value
		}
	}
	return best, score
}

// whereabouts says of each object how it is held, where it crossed, and who read it.
func (d *Desk) whereabouts(tx *store.Tx, a *About) error {
	node := mithaq.NodeViewer(d.Org)
	for i := range a.Found {
		f := &a.Found[i]
		versions, err := d.Store.Versions(tx, node, f.Item.Ref.ID)
		if err != nil {
			return err
		}
		var seqs []int64
		for _, it := range versions {
			seqs = append(seqs, it.Seq)
			ways, err := d.Peer.Reached(tx, it.Seq)
			if err != nil {
				return err
			}
			f.Ways = append(f.Ways, ways...)
		}
		if len(versions) > 0 {
			f.Item = versions[len(versions)-1]
		}
		if f.Held, err = d.Store.HoldingsOf(tx, node, seqs...); err != nil {
			return err
		}
		if f.Readings, err = d.Gate.ReadingsOf(tx, mostRead, seqs...); err != nil {
			return err
		}
	}
	slices.SortStableFunc(a.Found, func(x, y Found) int { return cmp.Compare(y.Score, x.Score) })
	return nil
}

// An Act is what a legal officer decides about some objects of a request.
type Act struct {
	What    string // restrict, dispute, lift, correct, erase
	Objects []stix.ID
	Member  string // correct: the text that is put right
	Text    string // correct: what it is to say
}

// acts are what can be done, and the deed that each is.
var acts = map[string]string{"restrict": "restricted", "dispute": "disputed", "lift": "lifted", "correct": "corrected", "erase": "erased"}

// Act does what a legal officer decides about what is held of a person, here and
// with everybody who gave or got it, and notes it at their request.
//
// Denied: who the person is was not established, or what is corrected is another's.
// Invalid: no such act, or nothing chosen.
func (d *Desk) Act(ctx context.Context, v mithaq.Viewer, id string, act Act) error {
	deed, ok := acts[act.What]
	if !ok || len(act.Objects) == 0 || act.What == "correct" && len(act.Objects) > 1 {
		return mithaq.Refuse(mithaq.Invalid, "subject.nothing-chosen")
	}
	if err := d.Store.Read(ctx, func(tx *store.Tx) error { _, err := d.Subjects.Acts(tx, v, id); return err }); err != nil {
		return err
	}
	if err := d.act(ctx, v, act); err != nil {
		return err
	}
	ids := make([]string, len(act.Objects))
	for i, object := range act.Objects {
		ids[i] = string(object)
	}
	if act.What == "erase" {
		ids = nil // an id can say what was erased
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error { return d.Subjects.Did(tx, v, id, deed, strings.Join(ids, " ")) })
}

func (d *Desk) act(ctx context.Context, v mithaq.Viewer, act Act) (err error) {
	switch act.What {
	case "restrict":
		_, err = d.Gate.Mark(ctx, v, act.Objects, mithaq.Restricted)
	case "dispute":
		_, err = d.Gate.Mark(ctx, v, act.Objects, mithaq.Disputed)
	case "lift":
		_, err = d.Gate.Mark(ctx, v, act.Objects, mithaq.Held)
	case "correct":
		err = d.Gate.Correct(ctx, v, act.Objects[0], act.Member, act.Text)
	case "erase":
		err = d.Gate.EraseFor(ctx, v, act.Objects)
	}
	return err
}

// Breach records a breach, with the pacts under which the objects it touched crossed.
func (d *Desk) Breach(ctx context.Context, v mithaq.Viewer, x subject.Breach) (*subject.Breach, error) {
	return Write(ctx, d, func(tx *store.Tx) (*subject.Breach, error) {
		x.Pacts = nil
		for _, id := range x.Objects {
			versions, err := d.Store.Versions(tx, mithaq.NodeViewer(d.Org), id)
			if err == nil && len(versions) == 0 {
				err = mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
			}
			if err != nil {
				return nil, err
			}
			if err := d.touched(tx, &x, versions); err != nil {
				return nil, err
			}
		}
		return d.Subjects.Record(tx, v, x)
	})
}

// touched counts one object at each pact under which it crossed.
func (d *Desk) touched(tx *store.Tx, x *subject.Breach, versions []store.Item) error {
	type key struct {
		partner mithaq.OrgID
		pact    stix.ID
		out     bool
	}
	seen := map[key]bool{}
	for _, it := range versions {
		ways, err := d.Peer.Reached(tx, it.Seq)
		if err != nil {
			return err
		}
		for _, w := range ways {
			if k := (key{w.Partner, w.Pact, w.Out}); !seen[k] {
				seen[k] = true
				count(x, k.partner, k.pact, k.out)
			}
		}
	}
	return nil
}

func count(x *subject.Breach, partner mithaq.OrgID, pact stix.ID, out bool) {
	i := slices.IndexFunc(x.Pacts, func(t subject.Touched) bool { return t.Pact == pact && t.Partner == partner })
	if i < 0 {
		i, x.Pacts = len(x.Pacts), append(x.Pacts, subject.Touched{Pact: pact, Partner: partner})
	}
	if out {
		x.Pacts[i].Given++
	} else {
		x.Pacts[i].Got++
	}
}

// Processing is the record of processing: under which agreements, for which
// purposes and from which sources what concerns persons is held, and for how long.
type Processing struct {
	At      time.Time
	Pacts   []*pact.Text
	Cases   []CaseKind
	Sources []*mithaq.SourceProfile
}

// A CaseKind counts the open cases for a purpose on a legal basis; which they are
// is their members' to know.
type CaseKind struct {
	Purpose mithaq.Purpose
	Basis   string
	Count   int
}

// Processing makes the record. Denied: it is for legal officers and auditors.
func (d *Desk) Processing(ctx context.Context, v mithaq.Viewer) (*Processing, error) {
	if !v.Is(mithaq.LegalOfficer) && !v.MayAudit() {
		return nil, mithaq.Refuse(mithaq.Denied, "subject.may-not")
	}
	return Read(ctx, d, func(tx *store.Tx) (*Processing, error) {
		p := &Processing{At: tx.Now()}
		texts, err := d.Pacts.Texts(tx)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			if t.Status == mithaq.InForce {
				p.Pacts = append(p.Pacts, t)
			}
		}
		if p.Sources, err = d.Gate.Profiles(tx); err != nil {
			return nil, err
		}
		slices.SortFunc(p.Sources, func(a, b *mithaq.SourceProfile) int { return cmp.Compare(a.Name, b.Name) })
		p.Cases, err = d.caseKinds(tx)
		return p, err
	})
}

func (d *Desk) caseKinds(tx *store.Tx) (list []CaseKind, err error) {
	all, err := d.Gate.OpenCases(tx)
	for _, c := range all {
		i := slices.IndexFunc(list, func(k CaseKind) bool { return k.Purpose == c.Purpose && k.Basis == c.Basis.Ref })
		if i < 0 {
			i, list = len(list), append(list, CaseKind{Purpose: c.Purpose, Basis: c.Basis.Ref})
		}
		list[i].Count++
	}
	slices.SortFunc(list, func(a, b CaseKind) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Basis, b.Basis))
	})
	return list, err
}
