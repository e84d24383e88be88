package mispsync

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// isBox tells the grouping that is an event of MISP.
func isBox(o *stix.Object) bool {
	list, ours := misp.PartOf(o)
	return ours && list == "Event"
}

// A whole is one event with all that a partner has, or is to have, of it.
type whole struct {
	event   *misp.Event // nil where nothing goes
	gone    bool        // it is to be deleted there
	same    bool        // it stands there as it is
	last    there       // as it was pushed before
	now     there       // as it is pushed
	parcels []*parcel
	why     map[*parcel]string
}

func (w *whole) all(state, why string) {
	for _, x := range w.parcels {
		x.state, w.why[x] = state, why
	}
}

// buried says of what the partner was told to delete that it was.
func (w *whole) buried() {
	for _, x := range w.parcels {
		x.state = stateTakenBack
		if x.stix.Revoked() && !x.back {
			x.state = stateTaken // the partner was told, by this version
		}
	}
}

// compose puts an event together of the last version of each object that was
// handed over. What was revoked or is taken back stands in it as deleted, which
// is how MISP tells others.
func (p *pushing) compose(ctx context.Context, uuid string) (w *whole, err error) {
	w = &whole{why: map[*parcel]string{}}
	var level stix.TLP
	err = p.b.Store.Read(ctx, func(tx *store.Tx) error {
		if w.parcels, err = p.parcels(tx, "org = ? AND event = ?", string(p.out.org), uuid); err != nil {
			return err
		}
		if w.last, err = thereOf(tx, p.out.org, uuid); err != nil {
			return err
		}
		level, err = p.strictest(tx, w.parcels)
		return err
	})
	if err != nil || len(w.parcels) == 0 {
		return w, err
	}
	last, dead := latest(w.parcels)
	if w.gone = dead[stix.ID("grouping--"+uuid)] || dead[stix.ID("report--"+uuid)] || len(dead) == len(last); w.gone {
		return w, nil
	}
	e, err := eventOf(last)
	if err != nil {
		return w, err
	}
	return w, p.dress(w, e, uuid, last, dead, level)
}

// latest is the last version of each object that says something, and which objects
// are no more.
func latest(all []*parcel) (last []*parcel, dead map[stix.ID]bool) {
	dead = map[stix.ID]bool{}
	by := map[stix.ID]*parcel{}
	for _, x := range all { // in the order of the store
		if x.back || x.stix.Revoked() {
			dead[x.object] = true
		}
		if old := by[x.object]; old == nil || !x.stix.Revoked() && (old.stix.Revoked() || x.stix.Version().Compare(old.stix.Version()) >= 0) {
			by[x.object] = x
		}
	}
	for _, x := range all {
		if by[x.object] == x {
			last = append(last, x)
		}
	}
	return last, dead
}

func eventOf(last []*parcel) (*misp.Event, error) {
	e, _, err := misp.FromSTIX(func(yield func([]byte, error) bool) {
		for _, x := range last {
			if !yield(x.raw, nil) {
				return
			}
		}
	})
	return e, err
}

// strictest is the strictest label under which the items are held here.
func (p *pushing) strictest(tx *store.Tx, all []*parcel) (level stix.TLP, err error) {
	seqs := make([]int64, 0, len(all))
	for _, x := range all {
		seqs = append(seqs, x.item)
	}
	for some := range slices.Chunk(seqs, perQuery) {
		held, err := p.b.Store.HoldingsOf(tx, mithaq.NodeViewer(p.b.Org), some...)
		if err != nil {
			return 0, err
		}
		for i := range held {
			if held[i].State.InUse() {
				level = max(level, held[i].Handling.TLP)
			}
		}
	}
	return min(level, stix.TLPGreen), nil // a holding above may be beside the one that was released
}

// dress makes of an event what goes to the partner, and notes what stays.
func (p *pushing) dress(w *whole, e *misp.Event, uuid string, last []*parcel, dead map[stix.ID]bool, level stix.TLP) error {
	boxed := slices.ContainsFunc(last, func(x *parcel) bool { return isBox(x.stix) })
	rec := &e.Record
	if !boxed {
		rec.SetText("uuid", uuid)
		if !slices.ContainsFunc(last, func(x *parcel) bool { return x.object.UUID() == uuid }) {
			rec.SetText("info", p.b.Name)
		}
		rec.SetText("distribution", strconv.Itoa(int(p.way.Arrives)))
		orgc := new(misp.Record)
		orgc.SetText("name", p.b.Name)
		orgc.SetText("uuid", p.b.held.OrgUUID())
		rec.Set("Orgc", orgc.AppendJSON(nil))
	}
	label(rec, level)
	rec.Set("published", []byte("true"))
	p.bury(rec, dead, p.b.Now().Unix())
	hop := p.way.hop()
	if boxed && !hop.Whole(e) {
		w.all(stateKeptBack, "distribution")
		return nil
	}
	w.event = e
	w.stamp(rec)
	p.judge(w, uuidsOf(rec), dead)
	return nil
}

// stamp gives an event a time that is newer than that under which it was pushed
// before, where it says something else: no other is an edit for MISP.
func (w *whole) stamp(rec *misp.Record) {
	at := newest(rec)
	rec.Delete("timestamp")
	w.now.digest = mithaq.DigestOf(rec.AppendJSON(nil))
	if w.same = w.now.digest == w.last.digest; w.same {
		w.now.stamp = w.last.stamp
	} else {
		w.now.stamp = max(at, w.last.stamp+1)
	}
	rec.SetText("timestamp", strconv.FormatInt(w.now.stamp, 10))
}

// bury marks what is no more as deleted.
func (p *pushing) bury(rec *misp.Record, dead map[stix.ID]bool, now int64) {
	uuids := map[string]bool{}
	for id := range dead {
		uuids[id.UUID()] = true
	}
	for _, list := range []string{"Attribute", "Object", "EventReport"} {
		all := recordsOf(rec, list)
		for _, r := range all {
			if !uuids[r.Text("uuid")] {
				continue
			}
			buryOne(r, now)
			inner := recordsOf(r, "Attribute")
			for _, a := range inner {
				buryOne(a, now)
			}
			if len(inner) > 0 {
				r.SetRecords("Attribute", inner)
			}
		}
		if len(all) > 0 {
			rec.SetRecords(list, all)
		}
	}
}

// buryOne marks a record as deleted, later than whatever it said before. A time
// in the record that the deletion brought stays, so that the event says the same again.
func buryOne(rec *misp.Record, now int64) {
	if rec.Bool("deleted") {
		return
	}
	at, _ := rec.Int("timestamp")
	rec.Set("deleted", []byte("true"))
	rec.SetText("timestamp", strconv.FormatInt(max(now, at+1), 10))
}

// judge says of each item that goes that it was taken, until the server says otherwise.
func (p *pushing) judge(w *whole, there map[string]bool, dead map[stix.ID]bool) {
	for _, x := range w.parcels {
		list, ours := misp.PartOf(x.stix)
		record := ours && (list == "Attribute" || list == "Object" || list == "EventReport")
		switch {
		case dead[x.object]:
			x.state = stateTakenBack
			if x.stix.Revoked() && !x.back {
				x.state = stateTaken
			}
		case record && !there[x.object.UUID()]:
			x.state, w.why[x] = stateKeptBack, "distribution"
		default:
			x.state = stateTaken
		}
	}
}

func recordsOf(rec *misp.Record, name string) (all []*misp.Record) {
	for item, err := range rec.Records(name) {
		if err != nil {
			return nil
		}
		all = append(all, item)
	}
	return all
}

// uuidsOf are the records that an event has.
func uuidsOf(rec *misp.Record) map[string]bool {
	all := map[string]bool{}
	for _, list := range []string{"Attribute", "Object", "EventReport"} {
		for _, r := range recordsOf(rec, list) {
			all[r.Text("uuid")] = true
		}
	}
	return all
}

// newest is the latest timestamp in an event.
func newest(rec *misp.Record) int64 {
	at, _ := rec.Int("timestamp")
	for _, list := range []string{"Attribute", "Object", "EventReport"} {
		for _, r := range recordsOf(rec, list) {
			t, _ := r.Int("timestamp")
			at = max(at, t)
		}
	}
	return at
}

// label puts the label under which an event goes in place of its own.
func label(rec *misp.Record, level stix.TLP) {
	kept := slices.DeleteFunc(recordsOf(rec, "Tag"), func(t *misp.Record) bool {
		return strings.HasPrefix(strings.ToLower(t.Text("name")), "tlp:")
	})
	tag := new(misp.Record)
	tag.SetText("name", cmp.Or(map[stix.TLP]string{stix.TLPClear: "tlp:clear"}[level], "tlp:green"))
	rec.SetRecords("Tag", append(kept, tag))
}
