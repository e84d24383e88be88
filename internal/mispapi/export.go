package mispapi

import (
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// A format writes the attributes that were found for a tool that detects.
type format struct {
	media string
	// most is the strictest PAP whose information may be used so; without a label it
	// may be used in the house. TLP's sister, the Permissible Actions Protocol.
	most   mithaq.PAP
	detect bool // attributes for detection alone, of published events unless asked for others
	begin  func(c *call, a *answer) error
	line   func(c *call, a *answer, x *hit) error
}

// formats are what attributes are exported as. A name server that lies to a client
// blocks, which takes PAP:GREEN; a rule on the network is noticed less, and PAP:RED
// forbids it still; lists carry no label with them.
var formats = map[string]format{
	"csv":      {"text/csv; charset=UTF-8", mithaq.PAPAmber, false, (*call).csvHead, (*call).csvLine},
	"text":     {inText, mithaq.PAPAmber, false, nil, textLine},
	"hashes":   {inText, mithaq.PAPAmber, true, nil, hashLine},
	"suricata": {inText, mithaq.PAPAmber, true, suricataHead, suricataLine},
	"rpz":      {inText, mithaq.PAPGreen, true, (*call).rpzHead, (*call).rpzLine},
}

const inText = "text/plain; charset=UTF-8"

// export answers a search in another format than JSON.
func (c *call) export(f *filter) error {
	name := c.format()
	if name == "stix2" {
		return c.exportSTIX(f)
	}
	how, ok := formats[name]
	if !ok {
		return bad("Invalid returnFormat %.40q: json, csv, text, suricata, rpz, hashes and stix2 are served here.", name)
	}
	if how.detect {
		yes := true
		f.toIDs, f.live, f.deleted = &yes, true, false
		if f.published == nil {
			f.published = &yes
		}
	}
	if c.path.controller == "events" { // timestamp is then the event's
		f.eventChanged, f.changed = either(f.changed, f.eventChanged), nil
	}
	return c.answer(how.media, func(l *gate.Look, a *answer) error {
		if how.begin != nil {
			if err := how.begin(c, a); err != nil {
				return err
			}
		}
		allowed := &permits{c: c, l: l, most: how.most}
		return f.attributes(l, func(x *hit) error {
			ok, err := allowed.fit(x)
			if err != nil || !ok {
				return err
			}
			l.Gave(x.part)
			return how.line(c, a, x)
		})
	})
}

func either(a, b *span) *span {
	if a != nil {
		return a
	}
	return b
}

// permits says which attributes may be used in a format: what their labels permit,
// and what is still valid.
type permits struct {
	c    *call
	l    *gate.Look
	most mithaq.PAP
	of   *held // whose holdings these are
	pap  map[int64]mithaq.PAP
}

func (p *permits) fit(x *hit) (bool, error) {
	if max(papOf(x.rec), papOf(x.e)) > p.most || lapsed(x, p.c.s.Now()) {
		return false, nil
	}
	if p.of != x.h {
		if err := p.load(x.h); err != nil {
			return false, err
		}
	}
	return p.pap[x.part.Seq] <= p.most, nil
}

// load finds under which labels the parts of an event are held. Who gave
// something under stricter labels freezes nothing that is held under others.
func (p *permits) load(h *held) error {
	seqs := make([]int64, 0, len(h.parts))
	for _, s := range h.parts {
		seqs = append(seqs, s.Seq)
	}
	all, err := p.l.Held(seqs...)
	if err != nil {
		return err
	}
	p.of, p.pap = h, map[int64]mithaq.PAP{}
	of := func(x *store.Held) int64 { return x.Item }
	slices.SortStableFunc(all, func(a, b store.Held) int { return int(of(&a) - of(&b)) })
	for i := range all {
		have, ok := p.pap[all[i].Item]
		if pap := all[i].Handling.PAP; !ok || pap < have {
			p.pap[all[i].Item] = pap
		}
	}
	return nil
}

// papOf is the strictest PAP that the tags of a record name; zero where none does.
func papOf(rec *misp.Record) (most mithaq.PAP) {
	for _, name := range tagsOf(rec) {
		level, ok := strings.CutPrefix(strings.ToUpper(name), "PAP:")
		switch {
		case !ok:
		case level == "RED":
			most = max(most, mithaq.PAPRed)
		case level == "AMBER":
			most = max(most, mithaq.PAPAmber)
		case level == "GREEN":
			most = max(most, mithaq.PAPGreen)
		default:
			most = max(most, mithaq.PAPClear)
		}
	}
	return most
}

// lapsed tells whether the indicator that an attribute is was valid once only.
func lapsed(x *hit, now time.Time) bool {
	raw := x.part.Raw
	if x.object != nil && x.object.Text("name") == "x-stix-object" {
		for _, a := range list(x.object, "Attribute") {
			if a.Text("object_relation") == "stix" {
				raw = []byte(a.Text("value"))
			}
		}
	}
	o, err := stix.Parse(raw, stix.Limits{Size: 1 << 30})
	if err != nil {
		return false
	}
	until, ok := o.Time("valid_until")
	return ok && !until.Time().After(now)
}

// exportSTIX answers with a bundle of the events, or of the attributes found.
func (c *call) exportSTIX(f *filter) error {
	return c.answer("application/json; charset=UTF-8", func(l *gate.Look, a *answer) error {
		_, _ = a.out.WriteString(`{"type":"bundle","id":"bundle--` + newUUID() + `","objects":[`)
		once := map[stix.ID]bool{}
		write := func(e *misp.Event) error { return a.objects(e, once) }
		var err error
		if c.path.controller == "events" {
			err = f.events(l, func(h *held) error {
				l.Gave(h.gave()...)
				return write(onlyLive(h.event))
			})
		} else {
			err = c.foundSTIX(f, l, write)
		}
		_, _ = a.out.WriteString("]}\n")
		return err
	})
}

// objects writes an event as STIX, without what was written before.
func (a *answer) objects(e *misp.Event, once map[stix.ID]bool) error {
	objects, _ := e.STIX(misp.Options{})
	for raw, err := range objects {
		if err != nil {
			return err
		}
		v := versionOf(raw)
		if once[v.id] {
			continue
		}
		once[v.id] = true
		if a.n++; a.n > 1 {
			_ = a.out.WriteByte(',')
		}
		_, _ = a.out.Write(raw)
	}
	return nil
}

// onlyLive is an event without what was deleted of it.
func onlyLive(e *misp.Event) *misp.Event {
	rec := e.Record.Clone()
	w := view{live: true}
	for _, name := range []string{"Attribute", "Object", "EventReport"} {
		if rec.Has(name) {
			rec.SetRecords(name, w.records(rec, name, func(*misp.Record) {}))
		}
	}
	return &misp.Event{Record: *rec}
}

// foundSTIX writes events with the attributes that were found alone.
func (c *call) foundSTIX(f *filter, l *gate.Look, write func(*misp.Event) error) error {
	var part *partial
	flush := func() error {
		if part == nil {
			return nil
		}
		return write(part.event())
	}
	err := f.attributes(l, func(x *hit) error {
		l.Gave(x.part)
		if part == nil || part.of != x.h {
			if err := flush(); err != nil {
				return err
			}
			part = &partial{of: x.h}
		}
		part.add(x)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// A partial event has only what was found in it.
type partial struct {
	of         *held
	attributes []*misp.Record
	objects    []*misp.Record
}

func (p *partial) add(x *hit) {
	switch n := len(p.objects); {
	case x.object == nil:
		p.attributes = append(p.attributes, x.rec)
	case n == 0 || p.objects[n-1].Text("uuid") != x.object.Text("uuid"):
		p.objects = append(p.objects, x.object)
	}
}

func (p *partial) event() *misp.Event {
	rec := p.of.event.Record.Clone()
	for _, name := range []string{"Attribute", "Object", "EventReport", "ShadowAttribute", "Note", "Opinion", "Relationship"} {
		rec.Delete(name)
	}
	if len(p.attributes) > 0 {
		rec.SetRecords("Attribute", p.attributes)
	}
	if len(p.objects) > 0 {
		rec.SetRecords("Object", p.objects)
	}
	return &misp.Event{Record: *rec}
}
