package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Import says how a source is taken in.
type Import struct {
	Profile stix.ID                    // the source profile that gives labels; "" for none: nothing of it ever crosses
	Case    stix.ID                    // why it is held; "" for none
	Strict  bool                       // all or nothing
	Name    string                     // of the source, for the own log: a coded word, no free text about persons
	Each    func(Result)               // called for every object, in order; may be nil
	Tell    func(objects, bytes int64) // progress, after each batch; may be nil
	Red     []mithaq.PersonID          // who may read what is marked TLP:RED
	Advise  bool                       // count departures from what the standard only advises
	Dry     bool                       // keep nothing: say what would become of each object

	with func(tx *store.Tx, results []Result) error // see Take
}

// A Fate is what became of an object that was to be taken in.
type Fate string

// The fates.
const (
	Kept    Fate = "kept"    // it is new here
	Known   Fate = "known"   // it was here already, byte for byte
	Foreign Fate = "foreign" // it is here as a partner gave it, and keeps that handling
	Refused Fate = "refused"
)

// A Result says what became of one object.
type Result struct {
	Index   int // in the source, from 0
	ID      stix.ID
	Version string
	Item    int64 // the store's number; 0 when refused
	Fate    Fate
	Why     error     // a *mithaq.Refusal that names the place
	Advice  int       // departures from what the standard only advises
	Warned  []Warning // values to look at twice
}

// A Report counts what became of an import's objects.
type Report struct {
	Read     int64 // objects in the source
	Kept     int64
	Known    int64
	Foreign  int64
	Refused  int64
	Upgraded int64 // of STIX 2.0
	Advice   int64
	Versions int64    // new versions of what was here
	Refusals []Result // the first of them
	Warned   []Result // objects with values to look at twice, the first of them
}

// maxRefusals is how many refusals a report carries; Each sees all.
const maxRefusals = 1000

func (r *Report) count(x Result) {
	switch x.Fate {
	case Kept:
		r.Kept++
	case Known:
		r.Known++
	case Foreign:
		r.Foreign++
	case Refused:
		r.Refused++
		if len(r.Refusals) < maxRefusals {
			r.Refusals = append(r.Refusals, x)
		}
	}
	if len(x.Warned) > 0 && len(r.Warned) < maxRefusals {
		r.Warned = append(r.Warned, x)
	}
	r.Advice += int64(x.Advice)
}

// Intake reads a source to its end (a bundle, an envelope, a list, or objects
// one after the other) and keeps what it can: each object by itself, in batches
// that are durable one by one, so that an import cut short is taken up by doing
// it again. With Strict nothing is kept unless everything can be.
//
// Denied: the viewer may not import. NotFound: no such profile. Invalid: with
// Strict, the first refusal; else the place at which the source cannot be read on.
func (g *Gate) Intake(ctx context.Context, v mithaq.Viewer, source io.Reader, how Import) (*Report, error) {
	in, err := g.importing(ctx, v, how)
	if err != nil {
		return nil, err
	}
	switch {
	case how.Dry:
		err = in.rehearse(ctx, source)
	case how.Strict:
		err = in.allOrNothing(ctx, source)
	default:
		err = in.stream(ctx, source, func(b *batch) error { return in.keep(ctx, b.objects) })
	}
	return &in.report, err
}

// Take keeps objects as Intake does those of a source, all in one transaction,
// in which with runs at the end: what it writes is durable with them or not at
// all. It gets what became of each object, in order, by its place in objects; of
// one of STIX 2.0 that becomes several, there are several results with one
// place. It runs without objects too, and may run again if the transaction does.
func (g *Gate) Take(ctx context.Context, v mithaq.Viewer, objects [][]byte, how Import, with func(tx *store.Tx, results []Result) error) (*Report, error) {
	how.Strict, how.with = false, with
	in, err := g.importing(ctx, v, how)
	if err != nil {
		return nil, err
	}
	read := make([][]object, len(objects))
	if err := inParallel(ctx, len(objects), func(i int) { read[i] = in.reading.objects(objects[i]) }); err != nil {
		return nil, err
	}
	var list []incoming
	for i, of := range read {
		in.bytes += int64(len(objects[i]))
		for _, x := range of {
			list = append(list, incoming{i, x})
		}
	}
	in.report.Read = int64(len(objects))
	return &in.report, in.keep(ctx, list)
}

// An importing is one import under way.
type importing struct {
	g       *Gate
	v       mithaq.Viewer
	how     Import
	profile *mithaq.SourceProfile
	terms   mithaq.Digest
	reading *reading
	labels  map[labelKey]mithaq.Handling
	report  Report
	bytes   int64
	caution func(kind, text string) []Caution
}

// labelKey is all that the labels of an imported object depend on.
type labelKey struct {
	typ string
	tlp stix.TLP
}

func (g *Gate) importing(ctx context.Context, v mithaq.Viewer, how Import) (*importing, error) {
	if !v.MayImport() {
		return nil, denied("gate.may-not-import")
	}
	in := &importing{g: g, v: v, how: how, labels: map[labelKey]mithaq.Handling{}}
	err := g.read(ctx, func(tx *store.Tx) (err error) {
		in.reading = g.reading(tx.Now())
		if how.Case != "" {
			if err := g.openCase(tx, v, how.Case); err != nil {
				return err
			}
		}
		if how.Profile != "" {
			if in.profile, err = g.Profile(tx, how.Profile); err != nil {
				return err
			}
		}
		in.caution, err = g.cautions(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if how.Profile == "" {
		in.profile = &mithaq.SourceProfile{}
	} else {
		in.terms = in.profile.Digest()
	}
	in.reading.upgrade, in.reading.advise = true, how.Advise
	in.reading.credited = map[string]bool{}
	for _, field := range in.profile.Credited {
		in.reading.credited[field] = true
	}
	return in, nil
}

// handling is the labels of an object: those of its source, made stricter by
// its own markings.
func (in *importing) handling(x *object) mithaq.Handling {
	key := labelKey{x.typ, x.item.TLP}
	h, ok := in.labels[key]
	if !ok {
		h = mithaq.Strictest(mithaq.Handling{TLP: x.item.TLP}, in.profile.HandlingOf(x.typ))
		in.labels[key] = h
	}
	return h
}

// An incoming is one object of a source with its place there.
type incoming struct {
	index int
	object
}

// A batch is some objects of a source, which one goroutine reads while the
// batch before is written.
type batch struct {
	raws    [][]byte
	faults  []error // by index in raws: the source itself could not be read here
	first   int     // index of the first in the source
	objects []incoming
	done    chan struct{}
	err     error // ends the source
}

const perBatch = 256 // objects that one goroutine reads on end

// stream reads a source and hands its objects to keep, in order, in batches.
func (in *importing) stream(ctx context.Context, source io.Reader, keep func(*batch) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := runtime.GOMAXPROCS(0)
	work, order := make(chan *batch, workers), make(chan *batch, 2*workers+in.g.Batch/perBatch)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		in.split(ctx, source, work, order)
	}()
	for range workers {
		go func() {
			for b := range work {
				in.readBatch(b)
				close(b.done)
			}
		}()
	}
	err := in.collect(order, keep)
	stop()
	for range order { // what was read ahead
	}
	<-finished
	return err
}

// split cuts a source into batches.
func (in *importing) split(ctx context.Context, source io.Reader, work, order chan<- *batch) {
	defer close(order)
	defer close(work)
	r := stix.NewReader(source, in.reading.limits)
	for ctx.Err() == nil {
		b := &batch{first: r.Index(), done: make(chan struct{})}
		b.fill(r)
		work <- b
		order <- b
		if b.err != nil {
			return
		}
	}
}

// fill takes objects from the source until the batch is full or the source ends.
func (b *batch) fill(r *stix.Reader) {
	for len(b.raws) < perBatch {
		raw, err := r.Next()
		s, ok := errors.AsType[*stix.SyntaxError](err)
		if err != nil && (!ok || s.Fatal) {
			b.err = err
			return
		}
		b.raws = append(b.raws, raw)
		if err != nil {
			b.faults = append(b.faults, make([]error, len(b.raws)-len(b.faults))...)
			b.faults[len(b.raws)-1] = syntax(err)
		}
	}
}

func (in *importing) readBatch(b *batch) {
	b.objects = make([]incoming, 0, len(b.raws))
	for i, raw := range b.raws {
		if i < len(b.faults) && b.faults[i] != nil {
			b.objects = append(b.objects, incoming{b.first + i, object{fault: b.faults[i]}})
			continue
		}
		for _, x := range in.reading.objects(raw) {
			b.objects = append(b.objects, incoming{b.first + i, x})
		}
	}
}

// collect joins batches up to the size of a transaction.
func (in *importing) collect(order <-chan *batch, keep func(*batch) error) error {
	joined := &batch{}
	for b := range order {
		<-b.done
		in.report.Read += int64(len(b.raws))
		for _, raw := range b.raws {
			in.bytes += int64(len(raw))
		}
		joined.objects = append(joined.objects, b.objects...)
		if len(joined.objects) >= in.g.Batch || b.err != nil {
			if err := keep(joined); err != nil {
				return err
			}
			joined = &batch{}
		}
		if b.err != nil {
			return endOf(b.err)
		}
	}
	return nil
}

func endOf(err error) error {
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if s, ok := errors.AsType[*stix.SyntaxError](err); ok {
		return invalid("gate.cut-off", s.Offset, s.Text)
	}
	return fmt.Errorf("read the source: %w", err)
}

// allOrNothing reads the whole source before anything is written, and writes it
// in one transaction.
func (in *importing) allOrNothing(ctx context.Context, source io.Reader) error {
	var all []incoming
	err := in.stream(ctx, source, func(b *batch) error {
		all = append(all, b.objects...)
		if len(all) > in.g.Strict {
			return mithaq.Refuse(mithaq.TooLarge, "gate.strict-too-large", in.g.Strict)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.fault != nil {
			return fmt.Errorf("object %d: %w", x.index, x.fault)
		}
	}
	return in.keep(ctx, all)
}

// keep writes some objects in one transaction and reports on them.
func (in *importing) keep(ctx context.Context, list []incoming) error {
	if len(list) == 0 && in.how.with == nil {
		return nil
	}
	k := &keeping{importing: in, list: list}
	err := in.g.write(ctx, k.apply)
	if err != nil {
		return err
	}
	in.report.Upgraded += k.upgraded
	in.report.Versions += int64(len(k.versions))
	for i, r := range k.results {
		in.tell(r, &list[i])
	}
	if in.how.Tell != nil {
		in.how.Tell(in.report.Read, in.bytes)
	}
	return nil
}

// tell counts a result, and hands it on.
func (in *importing) tell(r Result, x *incoming) {
	if in.caution != nil && r.Fate != Refused {
		r.Warned = in.warnings(x)
	}
	in.report.count(r)
	if in.how.Each != nil {
		in.how.Each(r)
	}
}

// warnings are the values of an object that are to be looked at twice.
func (in *importing) warnings(x *incoming) (all []Warning) {
	for _, v := range x.item.Values {
		if why := in.caution(v.Kind, v.Text); len(why) > 0 {
			all = append(all, Warning{Kind: v.Kind, Value: v.Text, Why: why, Count: 1})
		}
	}
	return all
}

// A keeping is the transaction that keeps one batch.
type keeping struct {
	*importing
	list     []incoming
	tx       *store.Tx
	good     []int // indexes into list of what is to be kept
	puts     []store.Put
	results  []Result
	versions []int64 // of what new versions follow
	upgraded int64
}

func (k *keeping) apply(tx *store.Tx) error {
	k.tx, k.results, k.versions, k.upgraded = tx, make([]Result, len(k.list)), nil, 0
	steps := []func() error{k.put, k.hold, k.originals, k.follow, k.finish}
	if len(k.list) == 0 {
		steps = nil
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if k.how.with == nil {
		return nil
	}
	return k.how.with(tx, k.results)
}

func (k *keeping) put() (err error) {
	k.good = k.good[:0]
	items := make([]store.NewItem, 0, len(k.list))
	for i := range k.list {
		x := &k.list[i]
		k.results[i] = Result{Index: x.index, ID: x.item.ID, Version: x.item.Version, Advice: x.advice}
		if x.fault != nil {
			k.results[i].Fate, k.results[i].Why = Refused, x.fault
			continue
		}
		k.good = append(k.good, i)
		items = append(items, x.item)
	}
	j := &judging{g: k.g, tx: k.tx, from: k.g.Org, items: items}
	if k.puts, err = k.g.Store.Put(k.tx, items, j.judge); err != nil {
		return err
	}
	k.versions = j.follows
	for n, i := range k.good {
		k.results[i].Item = k.puts[n].Seq
		k.results[i].Fate = Kept
		switch {
		case k.puts[n].Refused != nil:
			k.results[i].Fate, k.results[i].Why = Refused, k.puts[n].Refused
			if k.how.Strict {
				return fmt.Errorf("object %d: %w", k.list[i].index, k.puts[n].Refused)
			}
		case !k.puts[n].Fresh:
			k.results[i].Fate = Known
		}
	}
	return nil
}

// hold keeps a holding of each object, but not of what is here from partners
// alone: what is exported and imported again meets its old handling.
func (k *keeping) hold() error {
	foreign, err := k.foreign()
	if err != nil {
		return err
	}
	classes := map[labelKey]store.Class{}
	untils := map[int64]bool{}
	holdings := make([]store.NewHolding, 0, len(k.good))
	for n, i := range k.good {
		if k.puts[n].Seq == 0 {
			continue
		}
		if foreign[k.puts[n].Seq] {
			k.results[i].Fate = Foreign
			continue
		}
		h, err := k.holding(classes, &k.list[i].object, k.puts[n].Seq)
		if err != nil {
			return err
		}
		h.Sole = k.puts[n].Sole
		holdings = append(holdings, h)
		if !h.Until.IsZero() {
			untils[h.Until.UnixMicro()] = true
		}
	}
	if _, err := k.g.Store.PutHoldings(k.tx, holdings); err != nil {
		return err
	}
	if err := k.g.Store.Unsay(k.tx, each(k.good, func(i int) stix.ID { return k.list[i].item.ID })); err != nil {
		return err
	}
	return k.g.retainUntil(k.tx, untils)
}

func (k *keeping) holding(classes map[labelKey]store.Class, x *object, seq int64) (store.NewHolding, error) {
	key := labelKey{x.typ, x.item.TLP}
	h := k.handling(x)
	class, ok := classes[key]
	if !ok {
		var err error
		if class, err = k.g.Store.Class(k.tx, h); err != nil {
			return store.NewHolding{}, err
		}
		classes[key] = class
	}
	n := store.NewHolding{
		HoldingKey: store.HoldingKey{Item: seq, Giver: k.g.Org, Under: k.profile.ID, Case: k.how.Case},
		Class:      class, Type: stix.Type(x.typ), Terms: k.terms, Until: expires(h, k.tx.Now()),
	}
	if h.TLP == stix.TLPRed {
		n.Recipients = k.how.Red
	}
	return n, nil
}

// expires is when the retention that labels ask for ends, for what is held from now.
func expires(h mithaq.Handling, now time.Time) time.Time {
	held := mithaq.Holding{Handling: h, Received: mithaq.At(now)}
	return held.ExpiresAt().Time
}

// foreign are those of the known items that only partners gave.
func (k *keeping) foreign() (map[int64]bool, error) {
	var known []int64
	for _, p := range k.puts {
		if p.Seq != 0 && !p.Fresh {
			known = append(known, p.Seq)
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	held, err := k.g.Store.HoldingsOf(k.tx, k.g.node, known...)
	if err != nil {
		return nil, err
	}
	foreign, ours := map[int64]bool{}, map[int64]bool{}
	for i := range held {
		if held[i].Giver == k.g.Org {
			ours[held[i].Item] = true
		} else {
			foreign[held[i].Item] = true
		}
	}
	for item := range ours {
		delete(foreign, item)
	}
	return foreign, nil
}

func (k *keeping) originals() error {
	for n, i := range k.good {
		x := &k.list[i]
		if x.original == nil {
			continue
		}
		k.upgraded++
		if !k.puts[n].Fresh {
			continue
		}
		if _, err := k.tx.Exec("INSERT INTO gate_original(item, raw) VALUES(?, ?) ON CONFLICT(item) DO NOTHING", k.puts[n].Seq, x.original); err != nil {
			return err
		}
	}
	return nil
}

// follow sees to it that new versions of what partners hold are proposed to them.
func (k *keeping) follow() error { return k.g.followLater(k.tx, k.versions) }

// finish enters the batch into the own log.
func (k *keeping) finish() error {
	counts := map[string]int64{}
	for i := range k.results {
		counts[string(k.results[i].Fate)]++
	}
	if n := counts[string(Kept)]; n > 0 {
		if err := k.tx.Change(TopicItems, string(k.profile.ID), fmt.Append(nil, n)); err != nil {
			return err
		}
	}
	a := mithaq.Account{
		About: k.profile.ID, Case: string(k.how.Case), Counts: counts, Basis: k.profile.Basis.Ref,
		Notes: map[string]string{"profile": k.terms.String()},
	}
	if k.how.Profile == "" {
		a.Notes["profile"] = "none"
	}
	if k.how.Name != "" {
		a.Notes["source"] = k.how.Name
	}
	return k.g.enter(k.tx, k.v, "import", a)
}
