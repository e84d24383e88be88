package misp

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// Options say how an event is written as STIX.
type Options struct {
	// Lean leaves out the observed-data and observables beside an indicator,
	// which say again what its pattern says.
	Lean bool
	// Refs bounds the object_refs of one object, 100,000 by default. What an
	// event has beyond that goes into groupings that its report refers to.
	Refs int
	// Kept is for whoever keeps the objects one by one and writes a changed event
	// over them: its grouping has the same id published or not, and each record
	// is read back from its own object alone, whatever others have become
	// meanwhile. So an observation carries its value, and the event who made it.
	Kept bool
}

// errStop ends a conversion whose reader has gone.
var errStop = errors.New("stop")

// A source is an event whose long lists are read one record at a time.
type source struct {
	event   *Record                                     // without the lists that records reads
	records func(list string) iter.Seq2[*Record, error] // Attribute and Object
}

// STIX goes through the objects of STIX 2.1 that say what the event says, each
// as JSON: first what others refer to, at the end the report (of a published
// event) or grouping that holds all. The same event gives the same bytes.
// The Report is complete when the last object has come.
func (e *Event) STIX(opts Options) (iter.Seq2[[]byte, error], *Report) {
	return convert(func() (source, error) {
		return source{event: &e.Record, records: e.Records}, nil
	}, opts)
}

func convert(open func() (source, error), opts Options) (iter.Seq2[[]byte, error], *Report) {
	or(&opts.Refs, 100_000)
	report := new(Report)
	return func(yield func([]byte, error) bool) {
		*report = Report{}
		src, err := open()
		if err != nil {
			yield(nil, err)
			return
		}
		c := newConverter(src, opts, report, yield)
		if err := c.run(); err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}, report
}

// A converter writes one event as STIX.
type converter struct {
	source
	opts   Options
	report *Report
	yield  func([]byte, error) bool

	uuid      string // of the event
	container stix.ID
	maker     stix.ID // the organisation that made the event
	date, at  time.Time
	level     stix.TLP

	refs    []stix.ID            // of what the report holds, since the last grouping
	parts   []stix.ID            // groupings before
	used    map[string]bool      // UUIDs that records have taken
	anchors map[string]stix.ID   // from UUIDs of MISP to objects
	once    map[stix.ID]struct{} // objects that several refer to
	links   []link

	foreignAt int      // where the objects begin that are STIX kept whole, -1 for nowhere
	doneLists []string // lists of the event that have objects of their own
}

// A link is a reference of MISP whose target may come later.
type link struct {
	from         stix.ID
	target, verb string
	at           time.Time
}

func newConverter(src source, opts Options, report *Report, yield func([]byte, error) bool) *converter {
	c := &converter{
		source: src, opts: opts, report: report, yield: yield,
		used: map[string]bool{}, anchors: map[string]stix.ID{}, once: map[stix.ID]struct{}{},
	}
	c.uuid = src.event.Text("uuid")
	if !usable(c.uuid) {
		c.uuid = uuid5("event", string(src.event.Raw("uuid")), src.event.Text("info"), src.event.Text("date"))
	}
	c.times()
	c.container = stix.ID("grouping--" + c.uuid)
	if src.event.Bool("published") && !opts.Kept {
		c.container = stix.ID("report--" + c.uuid)
	}
	_, c.level = marked(tagNames(src.event))
	return c
}

// times finds when the event is from: its date, and its last change.
func (c *converter) times() {
	day, err := time.Parse(time.DateOnly, c.event.Text("date"))
	at, ok := unix(c.event.Text("timestamp"))
	switch {
	case !ok && err != nil:
		day, at = time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC()
	case !ok:
		at = day
	case err != nil || day.Year() < 1970 || day.After(at):
		day = at
	}
	c.date, c.at = day, at
}

func (c *converter) run() error {
	for _, step := range []func() error{
		c.head, c.attributes, c.objects, c.eventChildren, c.eventGalaxies, c.followLinks, c.foot,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *converter) emit(raw []byte) error {
	c.report.Objects++
	if !c.yield(raw, nil) {
		return errStop
	}
	return nil
}

// emitOnce is emit for what several objects refer to.
func (c *converter) emitOnce(id stix.ID, raw func() []byte) error {
	if _, done := c.once[id]; done {
		return nil
	}
	c.once[id] = struct{}{}
	return c.emit(raw())
}

// head writes what all the rest refers to.
func (c *converter) head() error {
	for _, raw := range preamble {
		if err := c.emit([]byte(raw)); err != nil {
			return err
		}
	}
	if org := c.event.Record("Orgc"); org != nil {
		id, err := c.organisation(org)
		if err != nil {
			return err
		}
		c.maker = id
	}
	return c.mark(c.level)
}

// mark writes the marking definition of a level, once.
func (c *converter) mark(level stix.TLP) error {
	if level == 0 {
		return nil
	}
	return c.emitOnce(stix.MarkingID(level), func() []byte { return stix.MarkingDefinition(level) })
}

// organisation writes an organisation of MISP as an identity. Its times are
// fixed, since it is the same in every event.
func (c *converter) organisation(org *Record) (stix.ID, error) {
	name, uuid := org.Text("name"), org.Text("uuid")
	if name == "" {
		return "", nil
	}
	if !usable(uuid) {
		uuid = uuid5("organisation", name)
	}
	id := stix.ID("identity--" + uuid)
	return id, c.emitOnce(id, func() []byte {
		var o builder
		o.open(id, "", epoch, epoch)
		o.text("name", name)
		o.text("identity_class", "organization")
		o.view(false)
		return o.done()
	})
}

var epoch = time.Unix(0, 0).UTC()

// open writes what every object begins with.
func (o *builder) open(id, by stix.ID, created, modified time.Time) {
	o.text("type", string(id.Type()))
	o.text("spec_version", "2.1")
	o.id("id", id)
	o.id("created_by_ref", by)
	o.text("created", created.Format(toMillis))
	o.text("modified", modified.Format(toMillis))
}

// An item is a record on its way to STIX.
type item struct {
	rec      *Record
	carriage carriage
	uuid     string
	created  time.Time
	at       time.Time
	labels   []string // its tags
	level    stix.TLP // its own, or the event's
}

// item prepares a record of a list. timestamp names the member that says when
// it was changed.
func (c *converter) item(rec *Record, list string, position int, parent stix.ID, timestamp string) *item {
	it := &item{rec: rec, carriage: carriage{record: list, position: position, parent: parent}}
	it.uuid = rec.Text("uuid")
	if !usable(it.uuid) || c.used[it.uuid] {
		it.uuid = uuid5(c.uuid, list, string(parent), fmt.Sprint(position), string(rec.Raw("value")))
	}
	c.used[it.uuid] = true
	at, ok := unix(rec.Text(timestamp))
	if !ok {
		at = c.at
	}
	it.at, it.created = at, c.date
	if at.Before(c.date) {
		it.created = at
	}
	var level stix.TLP
	if rec.Has("Tag") {
		it.labels, level = marked(tagNames(rec))
	}
	if it.level = level; level == 0 {
		it.level = c.level
	}
	return it
}

// open begins the object of an item.
func (c *converter) open(o *builder, it *item, typ string) stix.ID {
	id := stix.ID(typ + "--" + it.uuid)
	o.open(id, c.maker, it.created, it.at)
	if it.rec.Bool("deleted") {
		o.truth("revoked", true)
	}
	return id
}

// marks writes the labels and the marking of an item.
func (o *builder) marks(it *item, own ...string) {
	o.texts("labels", append(own, it.labels...))
	o.marking(it.level)
}

func (o *builder) marking(level stix.TLP) {
	if level != 0 {
		o.ids("object_marking_refs", []stix.ID{stix.MarkingID(level)})
	}
}

// written is big enough for whatever a record within the limits becomes.
var written = stix.Limits{Size: 1 << 30}

// check reads what was built. It is nil where the result would not conform to
// the standard, so that another form is tried.
func check(raw []byte) *stix.Object {
	o, err := stix.Parse(raw, written)
	if err != nil || len(stix.Validate(o, stix.Options{})) > 0 {
		return nil
	}
	return o
}

// finish closes the object of an item with the extension that carries the rest.
func (c *converter) finish(o *builder, it *item, handled map[string]bool, find lookup) ([]byte, bool) {
	obj := check(o.done())
	if obj == nil {
		return nil, false
	}
	if c.opts.Kept {
		find = alone
	}
	it.carriage.compare(it.rec, rebuild(it.carriage.record, obj, c.level, find), handled)
	if c.opts.Kept && it.carriage.record == "Object" {
		it.carriage.parts = partsOf(it.rec)
	}
	it.carriage.extend(o, strings.HasPrefix(string(obj.Type()), "x-misp-"))
	return o.done(), true
}

// partsOf names the attributes of an object, which have no object of their own, so
// that it is found by them.
func partsOf(rec *Record) (ids []stix.ID) {
	for _, part := range rec.list("Attribute") {
		if uuid := part.Text("uuid"); usable(uuid) {
			ids = append(ids, stix.ID("x-misp-attribute--"+uuid))
		}
	}
	return ids
}

// alone finds nothing: what an object says without others.
func alone(stix.ID) *stix.Object { return nil }

// note reports what the extension carries.
func (c *converter) note(it *item) {
	for _, m := range it.carriage.carried.members {
		count(&c.report.carried, it.carriage.record, m.name, it.rec.Text("uuid"))
	}
	for _, name := range it.carriage.absent {
		count(&c.report.carried, it.carriage.record, "no "+name, it.rec.Text("uuid"))
	}
}

// hold puts an object among those of the report; where there are too many for
// one object, a grouping takes them.
func (c *converter) hold(ids ...stix.ID) error {
	for _, id := range ids {
		if len(c.refs) >= c.opts.Refs {
			if err := c.part(); err != nil {
				return err
			}
		}
		c.refs = append(c.refs, id)
	}
	return nil
}

func (c *converter) part() error {
	id := stix.ID("grouping--" + uuid5(c.uuid, "part", fmt.Sprint(len(c.parts))))
	var o builder
	o.open(id, c.maker, c.date, c.at)
	o.text("name", fmt.Sprintf("%s (part %d)", c.event.Text("info"), len(c.parts)+1))
	o.text("context", "suspicious-activity")
	o.ids("object_refs", c.refs)
	o.marking(c.level)
	o.view(false)
	c.parts, c.refs = append(c.parts, id), c.refs[:0]
	return c.emit(o.done())
}
