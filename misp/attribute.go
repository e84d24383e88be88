package misp

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/pattern"
	"github.com/mithaq-hub/mithaq/stix/value"
)

func (c *converter) attributes() error {
	i := 0
	for rec, err := range c.records("Attribute") {
		if err != nil {
			return err
		}
		if err := c.attribute(rec, i); err != nil {
			return err
		}
		i++
	}
	return nil
}

// A draft is an object under construction and those beside it.
type draft struct {
	o     builder
	id    stix.ID
	sides []side // written before the object
	after []side // written after it
}

// A side is an object beside another.
type side struct {
	id   stix.ID
	raw  []byte
	held bool // whether the report refers to it
}

func (d *draft) find(id stix.ID) *stix.Object {
	for _, s := range d.sides {
		if s.id == id {
			o, err := stix.Parse(s.raw, written)
			if err != nil {
				return nil
			}
			return o
		}
	}
	return nil
}

// attribute writes an attribute in the first form that conforms: its own, or
// the custom object that takes everything.
func (c *converter) attribute(rec *Record, position int) error {
	it := c.item(rec, "Attribute", position, "", "timestamp")
	if err := c.mark(it.level); err != nil {
		return err
	}
	for _, form := range []func(*item) *draft{c.ownForm, c.customAttribute} {
		if d := form(it); d != nil {
			if done, err := c.publish(d, it); done || err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("misp: attribute %d: it cannot be written as STIX", position)
}

// publish writes a draft, and what belongs to the record. done is false where
// the draft does not conform.
func (c *converter) publish(d *draft, it *item) (done bool, err error) {
	kids, handled := c.children(it, d.id)
	raw, ok := c.finish(&d.o, it, handled, d.find)
	if !ok {
		return false, nil
	}
	if uuid := it.rec.Text("uuid"); uuid != "" {
		c.anchors[uuid] = d.id
	}
	c.note(it)
	if d.id.Type() == "x-misp-attribute" || d.id.Type() == "x-misp-object" {
		count(&c.report.custom, it.carriage.record, it.rec.Text("type")+it.rec.Text("name"), it.rec.Text("uuid"))
	}
	all := append(append(d.sides, side{d.id, raw, true}), d.after...)
	for _, s := range append(all, kids...) {
		if err := c.emit(s.raw); err != nil {
			return true, err
		}
		if s.held {
			if err := c.hold(s.id); err != nil {
				return true, err
			}
		}
	}
	c.link(it.rec, d.id, it)
	return true, c.galaxies(it.rec, d.id)
}

func (it *item) ownLabels() []string {
	labels := []string{
		mispLabel("type", it.rec.Text("type")),
		mispLabel("category", it.rec.Text("category")),
	}
	if it.rec.Bool("to_ids") {
		labels = append(labels, mispLabel("to_ids", "True"))
	}
	return labels
}

// ownForm is the form that STIX has for a type of attribute, nil where it has
// none, or the value does not suit it.
func (c *converter) ownForm(it *item) *draft {
	typ := it.rec.Text("type")
	switch {
	case typ == "campaign-name":
		return c.named(it, "campaign")
	case typ == "vulnerability":
		return c.named(it, "vulnerability")
	case rules[typ] != "":
		return c.rule(it, rules[typ])
	}
	f, ok := forms[typ]
	if !ok {
		return nil
	}
	all, ok := f.findings(typ, it.rec.Text("value"), it.uuid)
	if !ok {
		return nil
	}
	if it.rec.Bool("to_ids") || f.tests {
		return c.indicator(it, all, !f.tests && c.beside(it))
	}
	return c.observation(it, all)
}

// named is a domain object whose name is the value.
func (c *converter) named(it *item, typ string) *draft {
	name := it.rec.Text("value")
	if name == "" {
		return nil
	}
	d := new(draft)
	d.id = c.open(&d.o, it, typ)
	d.o.text("name", name)
	d.o.some("description", it.rec.Text("comment"))
	if typ == "vulnerability" {
		d.o.cve(name)
	}
	d.o.marks(it, it.ownLabels()...)
	return d
}

// cve refers to the list of vulnerabilities that has the name.
func (o *builder) cve(name string) {
	if _, err := value.Normalise(value.CVE, name); err != nil {
		return
	}
	o.raw("external_references", append(append([]byte(`[{"source_name":"cve","external_id":`), quote(name)...), "}]"...))
}

// rule is an attribute that is a pattern itself.
func (c *converter) rule(it *item, language string) *draft {
	text := it.rec.Text("value")
	if text == "" || language == "stix" && !isPattern(text) {
		return nil
	}
	return c.indicates(it, text, language)
}

func isPattern(text string) bool {
	_, err := pattern.Parse(text)
	return err == nil
}

// indicates is an indicator with a pattern.
func (c *converter) indicates(it *item, text, language string) *draft {
	d := new(draft)
	d.id = c.open(&d.o, it, "indicator")
	d.o.some("description", it.rec.Text("comment"))
	d.o.text("pattern", text)
	d.o.text("pattern_type", language)
	if language == "stix" {
		d.o.text("pattern_version", "2.1")
	}
	d.o.text("valid_from", it.at.Format(toSeconds))
	c.phase(&d.o, it.rec.Text("category"))
	d.o.marks(it, it.ownLabels()...)
	return d
}

// phase says the category of an attribute again, for readers that group
// indicators by kill chain.
func (c *converter) phase(o *builder, category string) {
	if category == "" {
		return
	}
	var p builder
	p.text("kill_chain_name", "misp-category")
	p.text("phase_name", category)
	o.raw("kill_chain_phases", append(append([]byte{'['}, p.done()...), ']'))
}

// indicator tests for the findings. What it would be to observe them stands
// beside it where that is wanted and possible.
func (c *converter) indicator(it *item, all []finding, beside bool) *draft {
	text := patternOf(all)
	if !isPattern(text) {
		return nil
	}
	d := c.indicates(it, text, "stix")
	if beside {
		c.besideIndicator(d, it, all)
	}
	return d
}

// beside tells whether an indicator has an observation beside it.
func (c *converter) beside(it *item) bool { return !c.opts.Lean && !it.rec.Bool("deleted") }

func (c *converter) besideIndicator(d *draft, it *item, all []finding) {
	sides, refs, ok := c.observables(it, all)
	if !ok {
		return
	}
	var o builder
	id := c.observed(&o, it, refs)
	o.marking(it.level)
	o.view(false)
	if check(o.done()) == nil {
		return
	}
	d.sides = append(sides, side{id, o.done(), true})
	based := relation("based-on", d.id, id, it.created, it.at, it.level)
	d.after = append(d.after, based)
}

// relation is a relationship that repeats what MISP says otherwise.
func relation(verb string, from, to stix.ID, created, at time.Time, level stix.TLP) side {
	id := stix.ID("relationship--" + uuid5(verb, string(from), string(to)))
	var o builder
	o.open(id, "", created, at)
	o.text("relationship_type", verb)
	o.id("source_ref", from)
	o.id("target_ref", to)
	o.marking(level)
	o.view(false)
	return side{id, o.done(), false}
}

// observation says that the findings were seen.
func (c *converter) observation(it *item, all []finding) *draft {
	sides, refs, ok := c.observables(it, all)
	if !ok {
		return nil
	}
	d := &draft{sides: sides}
	d.id = c.observed(&d.o, it, refs)
	d.o.marks(it, it.ownLabels()...)
	return d
}

func (c *converter) observed(o *builder, it *item, refs []stix.ID) stix.ID {
	id := c.open(o, it, "observed-data")
	o.text("first_observed", it.at.Format(toSeconds))
	o.text("last_observed", it.at.Format(toSeconds))
	o.number("number_observed", 1)
	o.ids("object_refs", refs)
	return id
}

// observables are the objects that hold the findings, marked as the item is.
func (c *converter) observables(it *item, all []finding) ([]side, []stix.ID, bool) {
	g, ok := graphOf(it.uuid, append(all, c.payload(it)...))
	if !ok {
		return nil, nil, false
	}
	var sides []side
	var refs []stix.ID
	for _, n := range g.nodes {
		raw := n.json(it.level)
		if check(raw) == nil {
			return nil, nil, false
		}
		sides = append(sides, side{n.id, raw, !c.opts.Kept})
		refs = append(refs, n.id)
	}
	return sides, refs, true
}

func (n *node) json(level stix.TLP) []byte {
	var o builder
	o.text("type", n.typ)
	o.text("spec_version", "2.1")
	o.id("id", n.id)
	for i, name := range n.props.names {
		o.value(name, n.props.values[i])
	}
	o.marking(level)
	return o.done()
}

var (
	payloadAt = parsePath("file:content_ref.payload_bin")
	sampleAt  = []finding{
		{at: parsePath("file:content_ref.mime_type"), value: "application/zip"},
		{at: parsePath("file:content_ref.encryption_algorithm"), value: "mime-type-indicated"},
		{at: parsePath("file:content_ref.decryption_key"), value: "infected"},
	}
)

// payload is what an attachment or a sample contains. MISP keeps samples in
// archives with a password that everybody knows.
func (c *converter) payload(it *item) []finding {
	data := it.rec.Text("data")
	typ := it.rec.Text("type")
	if data == "" || typ != "attachment" && typ != "malware-sample" {
		return nil
	}
	if _, err := base64.StdEncoding.DecodeString(data); err != nil {
		return nil
	}
	all := []finding{{payloadAt, data, it.uuid}}
	if typ == "malware-sample" {
		all = append(all, sampleAt...)
	}
	return all
}

// customAttribute takes any attribute.
func (c *converter) customAttribute(it *item) *draft {
	d := new(draft)
	d.id = c.open(&d.o, it, "x-misp-attribute")
	d.o.some("x_misp_type", it.rec.Text("type"))
	d.o.some("x_misp_category", it.rec.Text("category"))
	d.o.some("x_misp_value", it.rec.Text("value"))
	d.o.some("x_misp_comment", it.rec.Text("comment"))
	d.o.marks(it, it.ownLabels()...)
	return d
}
