package mispapi

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// A keeping writes the objects of an event over those that are held: what did not
// change is left alone, and what did becomes a new version.
type keeping struct {
	c       *call
	old     map[stix.ID]bool // the records of the event as held
	uuids   map[string]bool  // and their UUIDs
	box     stix.ID
	refs    []stix.ID           // of the new box
	dropped map[string]bool     // UUIDs of records that are another's
	refused map[string][]string // by UUID: why a record was not kept
	failed  error               // why the box was not
	pulled  bool                // of another server's event: what is no newer is left as it is
	had     []stix.ID           // where pulled: what the box holds, and goes on to hold
}

// unchanging are objects that every event brings along, and that no event changes.
var unchanging = map[stix.ID]bool{misp.Extension: true, misp.CustomObjects: true, misp.Maker: true}

// convert is how events are written as STIX here.
var convert = misp.Options{Lean: true, Kept: true}

// keep takes the objects of an event in. old are the records that are held of it.
func (c *call) keep(objects iter.Seq2[[]byte, error], old []gate.Seen) (*keeping, error) {
	k := c.keeping(old)
	return k, k.intake(func(w io.Writer) error { return k.write(w, objects, old) })
}

func (c *call) keeping(old []gate.Seen) *keeping {
	k := &keeping{c: c, old: map[stix.ID]bool{}, uuids: map[string]bool{}, dropped: map[string]bool{}, refused: map[string][]string{}}
	for _, s := range old {
		k.old[s.Ref.ID], k.uuids[s.Ref.ID.UUID()] = true, true
	}
	return k
}

// intake gives the gate what write writes.
func (k *keeping) intake(write func(w io.Writer) error) error {
	c := k.c
	src, err := c.source()
	if err != nil {
		return err
	}
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := write(w)
		_ = w.CloseWithError(err)
		done <- err
	}()
	how := gate.Import{Profile: src.Profile, Name: "misp", Red: src.Red, Each: k.became}
	if len(c.v.Cases) == 1 {
		how.Case = c.v.Cases[0]
	}
	_, err = c.s.Gate.Intake(c.ctx, c.v, r, how)
	_ = r.CloseWithError(io.ErrClosedPipe)
	if wrote := <-done; wrote != nil && !isClosed(wrote) {
		return wrote
	}
	if err == nil {
		err = k.failed
	}
	return err
}

func isClosed(err error) bool { return err == io.ErrClosedPipe } //nolint:errorlint // the pipe gives it bare

func (c *call) source() (Source, error) {
	src, err := c.s.Source(c.ctx, c.v)
	if err != nil {
		return src, err
	}
	if src.Profile == "" || !c.v.MayImport() {
		return src, forbidden("This token only reads: it has no source profile under which anything could be taken in.")
	}
	return src, nil
}

// became notes what the gate refused.
func (k *keeping) became(r gate.Result) {
	if r.Fate != gate.Refused {
		return
	}
	if r.ID == k.box {
		k.failed = unsaved("save the event", r.Why.Error())
		return
	}
	k.refuse(r.ID, r.Why.Error())
}

func (k *keeping) refuse(id stix.ID, why string) {
	k.refused[id.UUID()] = append(k.refused[id.UUID()], why)
}

const perBatch = 500 // objects that are compared at once

func (k *keeping) write(w io.Writer, objects iter.Seq2[[]byte, error], old []gate.Seen) error {
	var batch [][]byte
	for raw, err := range objects {
		if err != nil {
			return bad("%s", err)
		}
		batch = append(batch, slices.Clone(raw))
		if len(batch) >= perBatch && versionOf(raw).modified != "" { // what is observed comes before its record
			if err := k.changed(w, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := k.changed(w, batch); err != nil {
		return err
	}
	if k.pulled {
		var err error
		if old, err = k.another(); err != nil {
			return err
		}
	}
	return k.retire(w, old)
}

// changed writes those of a batch that are not held as they are.
func (k *keeping) changed(w io.Writer, batch [][]byte) error {
	heads := make([]version, len(batch))
	ids := make([]stix.ID, len(batch))
	for i, raw := range batch {
		heads[i] = versionOf(raw)
		ids[i] = heads[i].id
	}
	was, err := k.c.heldAs(ids)
	if err != nil {
		return err
	}
	for _, versioned := range []bool{true, false} { // what belongs to a record that is refused, after it
		for i := range heads {
			if (heads[i].modified != "") != versioned {
				continue
			}
			if err := k.noteBox(&heads[i]); err != nil {
				return err
			}
			batch[i] = k.next(&heads[i], was[ids[i]])
		}
	}
	for _, raw := range batch {
		if raw == nil {
			continue
		}
		if _, err := w.Write(append(raw, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// heldAs is what is held under ids, in whatever state.
func (c *call) heldAs(ids []stix.ID) (map[stix.ID]gate.Seen, error) {
	was := make(map[stix.ID]gate.Seen, len(ids))
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		seen, err := l.Whole(ids...)
		for _, s := range seen {
			was[s.Ref.ID] = s
		}
		return err
	})
	return was, err
}

// noteBox remembers what the new box holds, and takes out of it what is not to be
// in it.
func (k *keeping) noteBox(v *version) error {
	if t := v.id.Type(); t != "grouping" && t != "report" {
		return nil
	}
	o, err := stix.Parse(v.raw, stix.Limits{Size: 1 << 30})
	if err != nil {
		return fmt.Errorf("read the box of an event: %w", err)
	}
	k.box = v.id
	refs := o.IDs("object_refs")
	more := k.goesOn(refs)
	if len(k.dropped)+len(more) > 0 {
		refs = slices.DeleteFunc(append(refs, more...), func(id stix.ID) bool { return k.dropped[id.UUID()] })
		if *v, err = k.without(v.raw, refs, o.CreatedByRef()); err != nil {
			return err
		}
	}
	k.refs = append(k.refs, refs...)
	return nil
}

// without is a box with these references alone; its maker where none is left, since
// there must be one. STIX 2.1, 4.4
func (k *keeping) without(raw []byte, refs []stix.ID, maker stix.ID) (version, error) {
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: 1 << 30})
	if err != nil {
		return version{}, fmt.Errorf("read the box of an event: %w", err)
	}
	if len(refs) == 0 {
		refs = []stix.ID{maker}
	}
	list, err := json.Marshal(refs)
	if err != nil {
		return version{}, err
	}
	rec.Set("object_refs", list)
	return versionOf(rec.AppendJSON(nil)), nil
}

// next is an object as it is to be written, nil where it is not to be.
func (k *keeping) next(v *version, was gate.Seen) []byte {
	_, tlp := stix.TLPOf(v.id)
	switch {
	case v.modified == "" && k.dropped[v.id.UUID()]:
		return nil
	case was.Seq == 0:
		return v.raw
	case unchanging[v.id], tlp, bytes.Equal(v.raw, was.Raw):
		return nil
	case v.modified == "":
		return v.raw
	}
	before := versionOf(was.Raw)
	same := bytes.Equal(v.at(before.modified), was.Raw)
	list, ours := partOf(v.raw)
	oldList, oldOurs := partOf(was.Raw)
	if k.pulled && !newerSecond(v.modified, before.modified) && k.old[v.id] {
		return nil
	}
	switch {
	case ours && list == "" && (same || !oldOurs || oldList != ""): // it only says again what others say
		return nil
	case same && sameSecond(v.modified, before.modified):
		return nil
	case ours && list != "" && !k.old[v.id] && !(oldOurs && oldList == "" && k.uuids[v.id.UUID()]):
		k.refuse(v.id, "A record with this UUID is held already, of another event or deleted.")
		k.dropped[v.id.UUID()] = true
		return nil
	case revoked(was.Raw):
		if !revoked(v.raw) {
			k.refuse(v.id, "It was deleted. A deletion is for good.")
		}
		return nil
	}
	return v.after(before.modified)
}

func partOf(raw []byte) (list string, ours bool) {
	o, err := stix.Parse(raw, stix.Limits{Size: 1 << 30})
	if err != nil {
		return "", false
	}
	return misp.PartOf(o)
}

func revoked(raw []byte) bool {
	o, err := stix.Parse(raw, stix.Limits{Size: 1 << 30})
	return err == nil && o.Revoked()
}

// A version is where an object says which object it is, and of when.
type version struct {
	raw      []byte
	id       stix.ID
	modified string
	from, to int // where modified stands in raw, with its quotes
}

func versionOf(raw []byte) version {
	v := version{raw: raw}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return v
	}
	for (v.id == "" || v.modified == "") && d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return v
		}
		text := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return v
		}
		if value.Kind() != '"' || text != "id" && text != "modified" {
			continue
		}
		said := string(value[1 : len(value)-1])
		if text == "id" {
			v.id = stix.ID(said)
			continue
		}
		v.modified, v.to = said, int(d.InputOffset())
		v.from = v.to - len(value)
	}
	return v
}

// at is the object as of another time.
func (v *version) at(modified string) []byte {
	return slices.Concat(v.raw[:v.from+1], []byte(modified), v.raw[v.to-1:])
}

const millis = "2006-01-02T15:04:05.000Z"

// after is the object as a version that follows one. Within one second, which is
// all that MISP tells apart, it moves on by a millisecond.
func (v *version) after(before string) []byte {
	now, err := time.Parse(time.RFC3339Nano, v.modified)
	then, fault := time.Parse(time.RFC3339Nano, before)
	if err != nil || fault != nil || now.After(then) {
		return v.raw
	}
	return v.at(then.Truncate(time.Millisecond).Add(time.Millisecond).UTC().Format(millis))
}

func sameSecond(a, b string) bool {
	const digits = len("2006-01-02T15:04:05")
	return len(a) > digits && len(b) > digits && a[:digits] == b[:digits]
}

// retire ends objects whose record is written as another type of object from now
// on: an indicator that is one no more stays as something that was valid.
func (k *keeping) retire(w io.Writer, old []gate.Seen) error {
	now := map[string]stix.ID{k.box.UUID(): k.box}
	for _, id := range k.refs {
		if records[id.Type()] {
			now[id.UUID()] = id
		}
	}
	for _, s := range old {
		id := s.Ref.ID
		if to, ok := now[id.UUID()]; !ok || to == id || slices.Contains(k.refs, id) {
			continue
		}
		raw, err := retired(s.Raw, k.c.s.Now())
		if err != nil {
			return err
		}
		if _, err := w.Write(append(raw, '\n')); err != nil {
			return err
		}
	}
	return nil
}

const onlyView = `{"extension_type":"property-extension","view":true}`

// retired is an object that says nothing of MISP any more.
func retired(raw []byte, now time.Time) ([]byte, error) {
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: 1 << 30})
	if err != nil {
		return nil, fmt.Errorf("retire an object: %w", err)
	}
	next := moved(rec, now)
	onlyRepeats(rec)
	if rec.Text("type") == "indicator" {
		until := now
		if from, err := time.Parse(time.RFC3339Nano, rec.Text("valid_from")); err == nil && !until.After(from) {
			until = from.Add(time.Millisecond)
		}
		rec.SetText("valid_until", until.UTC().Format(millis))
	}
	rec.SetText("modified", next)
	return rec.AppendJSON(nil), nil
}

// moved is the time of a version that follows what rec says, and is not before now.
func moved(rec *misp.Record, now time.Time) string {
	then, err := time.Parse(time.RFC3339Nano, rec.Text("modified"))
	if err == nil && !now.After(then) {
		now = then.Add(time.Millisecond)
	}
	return now.UTC().Format(millis)
}

// onlyRepeats marks an object as one that carries no record.
func onlyRepeats(rec *misp.Record) {
	ext := rec.Record("extensions")
	if ext == nil {
		ext = new(misp.Record)
	}
	ext.Set(string(misp.Extension), []byte(onlyView))
	rec.Set("extensions", ext.AppendJSON(nil))
}
