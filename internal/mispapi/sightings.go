package mispapi

import (
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// addSighting says of an attribute, or of every attribute with a value, that it was
// seen (0), is a false positive (1), or is no longer so (2).
func (c *call) addSighting() error {
	in, err := c.unwrapped("Sighting")
	if err != nil {
		return err
	}
	s, err := c.sightingSent(in)
	if err != nil {
		return err
	}
	if _, err := c.source(); err != nil {
		return err
	}
	places, err := c.sighted(in)
	if err != nil {
		return err
	}
	var shown []*misp.Record
	for _, p := range places {
		one := s.Clone()
		one.SetText("uuid", newUUID())
		if err := c.saveSighting(p, one); err != nil {
			return err
		}
		shown = append(shown, one)
	}
	if len(shown) == 1 {
		shown[0].SetText("attribute_uuid", places[0].uuid)
		return c.ok(map[string]any{"Sighting": shown[0]})
	}
	text := strconv.Itoa(len(shown)) + " sightings successfully added."
	return c.ok(map[string]any{"saved": true, "success": true, "name": text, "message": text, "url": c.r.URL.Path})
}

// sightingSent makes a sighting of a request.
func (c *call) sightingSent(in *misp.Record) (*misp.Record, error) {
	s := new(misp.Record)
	typ := in.Text("type")
	if typ == "" {
		typ = "0"
	}
	if !slices.Contains([]string{"0", "1", "2"}, typ) {
		return nil, bad("type: want 0 (seen), 1 (false positive) or 2 (expired), have %.40q.", typ)
	}
	at := in.Text("date_sighting")
	if at == "" {
		at = in.Text("timestamp")
	}
	f := &filter{now: c.s.Now()}
	seconds := c.s.Now().Unix()
	if at != "" {
		n, err := f.instant(at)
		if err != nil {
			return nil, bad("timestamp: %s", err)
		}
		seconds = n
	}
	s.SetText("type", typ)
	s.SetText("source", in.Text("source"))
	s.SetText("date_sighting", strconv.FormatInt(seconds, 10))
	org := new(misp.Record)
	org.SetText("name", c.s.org.Name)
	org.SetText("uuid", c.s.org.UUID)
	s.Set("Organisation", org.AppendJSON(nil))
	return s, nil
}

// sighted are the attributes that a sighting is of.
func (c *call) sighted(in *misp.Record) ([]place, error) {
	one := c.path.arg(0)
	for _, name := range []string{"uuid", "id", "attribute_uuid", "attribute_id"} {
		if one == "" {
			one = in.Text(name)
		}
	}
	values := append(texts(in.Raw("values")), texts(in.Raw("value"))...)
	switch {
	case one != "":
		p, err := c.place("attribute", one)
		return []place{p}, err
	case len(values) == 0:
		return nil, bad("Want an attribute, or values.")
	}
	f := &filter{now: c.s.Now(), live: true, value: &words{}}
	f.traces = tracesOf(values)
	for _, v := range values {
		f.value.any = append(f.value.any, func(s string) bool { return s == v })
	}
	var places []place
	err := c.look(func(l *gate.Look) error {
		return f.attributes(l, func(x *hit) error {
			l.Gave(x.part)
			places = append(places, place{x.e.Text("uuid"), x.rec.Text("uuid")})
			return nil
		})
	})
	if err == nil && len(places) == 0 {
		err = &fault{status: 404, name: "Could not add Sighting", message: "No valid attributes found that match the criteria."}
	}
	return places, err
}

// saveSighting keeps a sighting: in the event where that is ours, by itself where a
// partner gave it.
func (c *call) saveSighting(p place, s *misp.Record) error {
	foreign, err := c.foreign(p.event)
	if err != nil {
		return err
	}
	if foreign {
		return c.sightAlone(p, s)
	}
	k, d, _, err := c.change(p.event, func(h *held, d *drafting) error { return addTo(h, d, p, s) })
	if err != nil {
		return err
	}
	return c.kept("Sighting", s.Text("uuid"), k, d)
}

func addTo(h *held, d *drafting, p place, s *misp.Record) error {
	f := find(&h.event.Record, p.uuid)
	if f == nil || f.kind != "Attribute" || d.hidden[p.uuid] {
		return absent("attribute")
	}
	f.rec.SetRecords("Sighting", append(list(f.rec, "Sighting"), s))
	replace(&h.event.Record, f)
	return nil
}

// foreign tells whether an event is here as partners gave it alone.
func (c *call) foreign(event string) (foreign bool, err error) {
	_, err = c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		b, err := boxOf(l.Last, event)
		if err != nil || b == nil {
			return orAbsent(err, "event")
		}
		held, err := l.Held(b.Seq)
		foreign = true
		for i := range held {
			foreign = foreign && held[i].Giver != c.s.Org
		}
		return err
	})
	return foreign, err
}

// sightAlone keeps the sighting of what a partner gave as an object of ours.
func (c *call) sightAlone(p place, s *misp.Record) error {
	var h *held
	d := &drafting{now: c.s.Now()}
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) (err error) {
		if h, err = load(l.Last, p.event); err == nil && h == nil {
			err = absent("event")
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := addTo(h, d, p, s); err != nil {
		return err
	}
	objects, _ := h.event.STIX(convert)
	k, err := c.keep(func(yield func([]byte, error) bool) {
		for raw, err := range objects {
			if v := versionOf(raw); err == nil && v.id.UUID() != s.Text("uuid") {
				continue
			}
			if !yield(raw, err) {
				return
			}
		}
	}, nil)
	if err != nil {
		return err
	}
	return c.kept("Sighting", s.Text("uuid"), k, d)
}

// listSightings lists the sightings of one event or attribute.
func (c *call) listSightings() error {
	if _, err := c.body(); err != nil {
		return err
	}
	arg := c.param("id")
	if arg == "" {
		arg = c.path.arg(0)
	}
	shown, err := c.sightingsOf([]string{arg})
	if err != nil {
		return err
	}
	return c.ok(shown)
}

// searchSightings is what a server that pulls asks, of events or attributes.
func (c *call) searchSightings() error {
	rec, err := c.params()
	if err != nil {
		return err
	}
	ids := append(texts(rec.Raw("id")), texts(rec.Raw("uuid"))...)
	if len(ids) == 0 {
		return bad("id: want an event or attribute, or a list of them.")
	}
	shown, err := c.sightingsOf(ids)
	if err != nil {
		return err
	}
	all := []any{}
	for _, s := range shown {
		if want := rec.Text("type"); want != "" && s.Text("type") != want {
			continue
		}
		all = append(all, map[string]any{"Sighting": s})
	}
	return c.ok(map[string]any{"response": all})
}

// sightingsOf are the sightings of events or attributes, those kept in events and those
// of what partners gave.
func (c *call) sightingsOf(args []string) (all []*misp.Record, err error) {
	all = []*misp.Record{}
	err = c.look(func(l *gate.Look) error {
		for _, arg := range args {
			p, err := placeOf(l, "target", arg)
			if err != nil {
				return err
			}
			h, err := load(l.Last, p.event)
			if err != nil || h == nil {
				return orAbsent(err, "event")
			}
			found, err := c.sightingsIn(l, h, p)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return all, err
}

func (c *call) sightingsIn(l *gate.Look, h *held, p place) (all []*misp.Record, err error) {
	e := c.s.shown(h, view{live: true})
	f := find(e, p.uuid)
	if f == nil {
		return nil, absent("target")
	}
	for _, a := range attributesOf(f) {
		for _, s := range list(a, "Sighting") {
			l.Gave(h.parts[s.Text("uuid")])
			all = append(all, sightingOf(s, a, e))
		}
		lone, err := c.lone(l, h, a)
		if err != nil {
			return nil, err
		}
		for _, s := range lone {
			all = append(all, sightingOf(s, a, e))
		}
	}
	return all, nil
}

// attributesOf are the attributes of an event or object, or the one that was found.
func attributesOf(f *found) (all []*misp.Record) {
	if f.kind == "Attribute" {
		return []*misp.Record{f.rec}
	}
	all = list(f.rec, "Attribute")
	for _, o := range list(f.rec, "Object") {
		all = append(all, list(o, "Attribute")...)
	}
	return all
}

// lone are sightings that are in no event.
func (c *call) lone(l *gate.Look, h *held, a *misp.Record) (all []*misp.Record, err error) {
	part, ok := h.parts[a.Text("uuid")]
	if !ok {
		return nil, nil
	}
	refer, err := l.Referring(part.Ref.ID, 100)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, s := range list(a, "Sighting") {
		have[s.Text("uuid")] = true
	}
	for _, n := range refer {
		o, err := stix.Parse(n.Raw, stix.Limits{Size: 1 << 30})
		if err != nil {
			return nil, err
		}
		p, _ := misp.ReadPart(o, 0)
		if uuid := n.Ref.ID.UUID(); p != nil && p.List == "Sighting" && !have[uuid] && !o.Revoked() {
			have[uuid] = true
			l.Gave(gate.Seen{Item: n.Item, First: n.Seq})
			all = append(all, p.Record)
		}
	}
	return all, nil
}

// sightingOf shows a sighting with what it is of.
func sightingOf(s, a, e *misp.Record) *misp.Record {
	s.SetText("attribute_id", a.Text("id"))
	s.SetText("attribute_uuid", a.Text("uuid"))
	s.SetText("event_id", e.Text("id"))
	if !s.Has("org_id") {
		s.SetText("org_id", "1")
	}
	return s
}

// saveSightings takes the sightings that another server pushes, for one event.
func (c *call) saveSightings() error {
	sent, err := c.listSent()
	if err != nil {
		return err
	}
	n := 0
	for _, s := range sent {
		if inner := s.Record("Sighting"); inner != nil {
			s = inner
		}
		p, err := c.place("attribute", s.Text("attribute_uuid"))
		if err != nil {
			continue // of what is not here, as MISP passes it over
		}
		d := &drafting{now: c.s.Now()}
		d.sighting(s)
		if known, err := c.hasSighting(p, s); err != nil || known {
			if err != nil {
				return err
			}
			continue
		}
		if err := c.saveSighting(p, s); err != nil {
			return err
		}
		n++
	}
	text := strconv.Itoa(n) + " sightings successfully added."
	return c.ok(map[string]any{"saved": true, "success": true, "name": text, "message": text, "url": c.r.URL.Path})
}

func (c *call) hasSighting(p place, s *misp.Record) (has bool, err error) {
	_, err = c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		h, err := load(l.Last, p.event)
		if err != nil || h == nil {
			return orAbsent(err, "event")
		}
		if f := find(&h.event.Record, p.uuid); f != nil {
			has = slices.ContainsFunc(list(f.rec, "Sighting"), func(r *misp.Record) bool { return r.Text("uuid") == s.Text("uuid") })
		}
		return nil
	})
	return has, err
}
