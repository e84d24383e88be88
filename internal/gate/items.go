package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A parcel is a message of items on its way in, from Prepare to Apply.
type parcel struct {
	g       *Gate
	in      *message.Incoming
	speech  *speech
	objects []object // the items, by place after what speaks for them
	at      time.Time
	judged  *judged
}

// Clauses by which a receiver refuses beside those of the pact.
const (
	clauseRecalled = "recalled" // its giver took it back before it came
	clauseInvalid  = "invalid"  // it is not valid STIX 2.1
	clauseRedLine  = "red-line" // a rule of the receiver's own
)

// prepareItems reads, validates and decides, on all cores and outside the
// writer's transaction.
func (g *Gate) prepareItems(ctx context.Context, in *message.Incoming) error {
	s, err := readSpeech(in)
	if err != nil {
		return err
	}
	p := &parcel{g: g, in: in, speech: s, objects: make([]object, len(in.Raw)-s.objects)}
	in.Prepared = p
	err = g.read(ctx, func(tx *store.Tx) error {
		p.at = tx.Now()
		return p.readItems(ctx)
	})
	if err != nil {
		return err
	}
	return g.read(ctx, func(tx *store.Tx) error {
		p.judged, err = p.judge(tx)
		return err
	})
}

func (p *parcel) readItems(ctx context.Context) error {
	r := p.g.reading(p.at)
	return inParallel(ctx, len(p.objects), func(i int) {
		if raw := p.in.Raw[p.speech.objects+i]; raw != nil {
			p.objects[i] = r.one(raw)
		}
	})
}

// judged is what was decided about each item under one standing of the pact.
type judged struct {
	standing *pact.Standing
	failed   []mithaq.Clauses
	lines    [][]string
	verified *verified
}

// judge decides about every item as the receiver.
func (p *parcel) judge(tx *store.Tx) (*judged, error) {
	h := p.in.Header
	s, err := p.g.Pacts.Standing(tx, h.PactID, h.From)
	if err != nil {
		return nil, err
	}
	if s.Digest != h.Pact {
		// A version that was in force when the message was made; the link says whether it still carries it.
		if s.Text, err = p.g.Pacts.Text(tx, h.Pact); err != nil {
			return nil, err
		}
	}
	v, err := p.g.verify(tx, p.speech, h, p.leaves())
	if err != nil {
		return nil, err
	}
	j := &judged{standing: s, failed: make([]mithaq.Clauses, len(p.objects)), lines: make([][]string, len(p.objects)), verified: v}
	q := p.request(tx, j)
	if q.Detail, err = p.g.detail(tx, p.speech.release.Inquiry, h.PactID, h.From, p.g.Org); err != nil {
		return nil, err
	}
	p.decide(j, &q, 0, len(p.objects))
	return j, nil
}

// leaves are what stands for the items in a listing.
func (p *parcel) leaves() []mithaq.Digest {
	leaves := make([]mithaq.Digest, len(p.objects))
	for i := range p.objects {
		at := 16 * (p.speech.objects + i)
		leaves[i] = mithaq.ListedLeaf(mithaq.ObjectSalt(p.in.Salts[at:]), p.objects[i].item.Digest)
	}
	return leaves
}

func (p *parcel) request(tx *store.Tx, j *judged) mithaq.Request {
	r, h := p.speech.release, p.in.Header
	return mithaq.Request{
		From: h.From, To: p.g.Org, Purpose: r.Purpose, Basis: r.Basis, Urgency: r.Urgency, Use: r.Use, At: tx.Now(),
		Side: mithaq.Receiver, State: j.standing.State, Attended: j.verified.attended, Approvals: j.verified.approvals,
		Named: len(r.Recipients) > 0,
	}
}

// decide weighs the items from a place to another. Who made or gave the version
// before is asked later, where the store is looked at for it.
func (p *parcel) decide(j *judged, q *mithaq.Request, from, to int) {
	var f mithaq.Facts
	lines := redLines{lines: p.g.Lines}
	for i := from; i < to; i++ {
		x := &p.objects[i]
		if x.item.Raw == nil || x.fault != nil {
			continue
		}
		h := j.verified.labels[i]
		f = mithaq.Facts{
			Type: x.typ, Extensions: x.extensions, Modified: x.item.Modified, State: mithaq.Held, Personal: x.item.Personal,
			Handling: *h, Assessed: j.verified.of(ref(&x.item)), Group: p.group(j, h),
		}
		f.Handling.TLP = max(f.Handling.TLP, x.item.TLP)
		asked := *q
		if asked.Approvals > 0 && !j.verified.listed[i] {
			asked.Approvals = 0 // whoever approved did not approve this
		}
		f.Consented = len(j.verified.consents) > 0 && j.verified.consented(ref(&x.item), h, q)
		j.failed[i] = mithaq.Decide(j.standing.Rules, &f, &asked).Failed
		j.lines[i] = lines.crossed(labelsOf{h, asked.Approvals}, &f, &asked)
	}
}

// labelsOf stands for all that red lines see of an item's labels and approvals.
type labelsOf struct {
	labels    *mithaq.Handling
	approvals int
}

// group is the parties of this pact, when the originator is one of them.
func (p *parcel) group(j *judged, h *mithaq.Handling) []mithaq.OrgID {
	if h.Onward != mithaq.OnwardGroup || j.standing.Pact.Party(h.Originator) == nil {
		return nil
	}
	return each(j.standing.Pact.Parties, func(party mithaq.Party) mithaq.OrgID { return party.Org })
}

func ref(it *store.NewItem) mithaq.ItemRef {
	return mithaq.ItemRef{ID: it.ID, Version: it.Version, Digest: it.Digest}
}

// applyItems keeps what was decided, in the transaction that stores the message.
func (g *Gate) applyItems(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	p := in.Prepared.(*parcel)
	if err := p.stillSo(tx); err != nil {
		return message.Outcome{}, err
	}
	a := &arrival{parcel: p, tx: tx, out: message.Outcome{Items: make([]int64, len(in.Raw))}}
	for _, step := range []func() error{a.sort, a.put, a.hold, a.keepEvidence, a.keepCounters, a.answer, a.finish} {
		if err := step(); err != nil {
			return message.Outcome{}, err
		}
	}
	slices.SortFunc(a.out.Refused, func(x, y mithaq.RefusedObject) int { return x.Index - y.Index })
	return a.out, nil
}

// stillSo decides again when the pact moved since Prepare.
func (p *parcel) stillSo(tx *store.Tx) error {
	s, err := p.g.Pacts.Standing(tx, p.in.Header.PactID, p.in.Header.From)
	if err != nil {
		return err
	}
	was := p.judged.standing.State
	if s.State.Status == was.Status && slices.Equal(s.State.Suspended, was.Suspended) {
		return nil
	}
	p.judged, err = p.judge(tx)
	return err
}

// An arrival is the transaction that keeps a parcel.
type arrival struct {
	*parcel
	tx     *store.Tx
	out    message.Outcome
	good   []int // places of the items that may be kept
	puts   []store.Put
	counts map[string]int64
}

// sort tells what is refused from what may be kept.
func (a *arrival) sort() error {
	a.counts = map[string]int64{}
	buried, err := a.buried()
	if err != nil {
		return err
	}
	for i := range a.objects {
		x := &a.objects[i]
		switch {
		case x.item.Raw == nil && x.fault == nil: // taken back; the link says so itself
		case errors.Is(x.fault, mithaq.Denied):
			a.refuse(i, "", mithaq.SafeControl.String())
		case x.fault != nil:
			a.refuse(i, x.fault.Error(), clauseInvalid)
		case buried[a.in.Objects[a.speech.objects+i]]:
			a.refuse(i, "", clauseRecalled)
		case a.judged.failed[i] != 0:
			a.refuse(i, "", clauseTexts(a.judged.failed[i])...)
		case len(a.judged.lines[i]) > 0:
			for _, line := range a.judged.lines[i] {
				a.counts["red line "+line]++
			}
			a.refuse(i, "", clauseRedLine)
		default:
			a.good = append(a.good, i)
		}
	}
	return nil
}

func (a *arrival) refuse(i int, text string, clauses ...string) {
	const most = 500
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") // half a letter would make the receipt unwritable
	}
	a.out.Refused = append(a.out.Refused, mithaq.RefusedObject{Index: a.speech.objects + i, Clauses: clauses, Text: text})
}

func clauseTexts(set mithaq.Clauses) (texts []string) {
	for c := range set.All() {
		texts = append(texts, c.String())
	}
	return texts
}

// buried are those objects of the envelope that were recalled before it came.
func (a *arrival) buried() (map[mithaq.Digest]bool, error) {
	return a.g.Store.Buried(a.tx, a.in.Header.From, a.in.Header.PactID, a.in.Header.ID)
}

func (a *arrival) put() (err error) {
	items := make([]store.NewItem, len(a.good))
	for n, i := range a.good {
		items[n] = a.objects[i].item
	}
	j := &judging{g: a.g, tx: a.tx, from: a.in.Header.From, items: items}
	if a.puts, err = a.g.Store.Put(a.tx, items, j.judge); err != nil {
		return err
	}
	for n, i := range a.good {
		if a.puts[n].Refused != nil {
			a.refuse(i, "", mithaq.SafeVersion.String())
		}
		a.out.Items[a.speech.objects+i] = a.puts[n].Seq
	}
	return a.g.followLater(a.tx, j.follows)
}

// hold keeps what was accepted, with the handling that label and pact leave.
func (a *arrival) hold() error {
	labels := &labelling{arrival: a, classes: map[labelsKey]kept{}, untils: map[int64]bool{}}
	var holdings []store.NewHolding
	for n, i := range a.good {
		if a.puts[n].Seq == 0 {
			continue
		}
		h, err := labels.holding(i, a.puts[n].Seq)
		if err != nil {
			return err
		}
		h.Sole = a.puts[n].Sole
		holdings = append(holdings, h)
	}
	if err := a.relabel(holdings); err != nil {
		return err
	}
	if _, err := a.g.Store.PutHoldings(a.tx, holdings); err != nil {
		return err
	}
	return a.g.retainUntil(a.tx, labels.untils)
}

// kept is how labels are kept here: as a class, until a time.
type kept struct {
	class store.Class
	until time.Time
}

// labelsKey is the labels of the manifest and the marking of the object itself.
type labelsKey struct {
	labels *mithaq.Handling
	tlp    stix.TLP
}

type labelling struct {
	*arrival
	classes map[labelsKey]kept
	untils  map[int64]bool
}

func (l *labelling) holding(i int, seq int64) (store.NewHolding, error) {
	k, err := l.keep(labelsKey{l.judged.verified.labels[i], l.objects[i].item.TLP})
	if err != nil {
		return store.NewHolding{}, err
	}
	h := store.NewHolding{
		HoldingKey: store.HoldingKey{Item: seq, Giver: l.in.Header.From, Under: l.in.Header.PactID},
		Class:      k.class, Type: stix.Type(l.objects[i].typ), Terms: l.in.Header.Pact, Envelope: l.in.Header.ID, Until: k.until,
	}
	for _, r := range l.speech.release.Recipients {
		if person := mithaq.PersonID(r); person.Check() == nil {
			h.Recipients = append(h.Recipients, person)
		}
	}
	return h, nil
}

// keep interns labels once. The end of retention that follows from the pact is
// the holding's, so that holdings that came at other times share their labels.
func (l *labelling) keep(key labelsKey) (kept, error) {
	if k, ok := l.classes[key]; ok {
		return k, nil
	}
	h := *key.labels
	h.TLP = max(h.TLP, key.tlp)
	effective := mithaq.Effective(h, l.judged.standing.Rules, l.tx.Now())
	until := effective.RetainUntil
	effective.RetainUntil = h.RetainUntil
	class, err := l.g.Store.Class(l.tx, effective)
	k := kept{class, until.Time}
	l.classes[key], l.untils[until.UnixMicro()] = k, true
	return k, err
}

// relabel gives what the same giver gave before under the same pact the labels
// it has now: a widening is a release of its own, decided like any other.
func (a *arrival) relabel(holdings []store.NewHolding) error {
	var known []int64
	for n := range a.puts {
		if a.puts[n].Seq != 0 && !a.puts[n].Fresh {
			known = append(known, a.puts[n].Seq)
		}
	}
	if len(known) == 0 {
		return nil
	}
	held, err := a.g.Store.HoldingsOf(a.tx, a.g.node, known...)
	if err != nil {
		return err
	}
	was := map[store.HoldingKey]*store.Held{}
	for i := range held {
		was[held[i].HoldingKey] = &held[i]
	}
	for i := range holdings {
		h := was[holdings[i].HoldingKey]
		if h == nil || h.Class == holdings[i].Class || !h.State.InUse() {
			continue
		}
		if _, err := a.g.Store.SetHandling(a.tx, []store.HoldingKey{h.HoldingKey}, holdings[i].Class, holdings[i].Until); err != nil {
			return err
		}
	}
	return nil
}

func (a *arrival) keepEvidence() error {
	for i, raw := range a.speech.raws {
		_, err := a.tx.Exec("INSERT INTO gate_evidence(envelope, position, raw) VALUES(?, ?, ?)", string(a.in.Header.ID), i, raw)
		if err != nil {
			return err
		}
	}
	return nil
}

// finish enters into the own log what was decided about the message; what was
// refused, with the clauses. The link enters the message itself in its own log.
func (a *arrival) finish() error {
	fresh := int64(0)
	for n := range a.puts {
		if a.puts[n].Fresh {
			fresh++
		}
	}
	if fresh > 0 {
		if err := a.tx.Change(TopicItems, string(a.in.Header.ID), fmt.Append(nil, fresh)); err != nil {
			return err
		}
	}
	for _, r := range a.out.Refused {
		for _, c := range r.Clauses {
			a.counts["clause "+c]++
		}
	}
	a.counts["items"], a.counts["refused"], a.counts["new"] = int64(len(a.objects)), int64(len(a.out.Refused)), fresh
	h := a.in.Header
	return a.g.Enter(a.tx, mithaq.Account{
		Kind: "review", At: mithaq.At(a.tx.Now()), From: h.From, To: h.To, Pact: h.Pact, Purpose: h.Account.Purpose, Basis: h.Account.Basis,
		About: h.ID, Counts: a.counts,
	})
}

// receipted notes at the sender what became of an envelope.
func (g *Gate) receipted(tx *store.Tx, sent message.Sent, r *mithaq.Receipt) error {
	state := mithaq.Acknowledged
	refused := len(r.Refused)
	detail, err := json.Marshal(r.Refused)
	if err != nil {
		return err
	}
	switch {
	case r.RefusedAll != nil:
		state = mithaq.Refused
		if detail, err = json.Marshal(r.RefusedAll); err != nil {
			return err
		}
	case refused > 0:
		state = mithaq.PartRefused
	}
	_, err = tx.Exec(`UPDATE gate_delivery SET state = ?, refused = CASE WHEN ? <> 0 THEN objects ELSE ? END,
		accepted = CASE WHEN ? <> 0 THEN 0 ELSE objects - ? END, at = ?, detail = ? WHERE envelope = ?`,
		int(state), r.RefusedAll != nil, refused, r.RefusedAll != nil, refused, tx.Now().UnixMicro(), detail, string(sent.Envelope))
	if err != nil {
		return err
	}
	return tx.Change(TopicDelivery, string(sent.Envelope), []byte(state.String()))
}

// A Way is how far a release has come to its partner.
type Way struct {
	mithaq.Delivery
	Items   int // handed over so far
	Details []mithaq.RefusedObject
	Whole   *mithaq.RefusedWhole
}

// Delivery is how far a release has come.
func (g *Gate) Delivery(tx *store.Tx, release stix.ID) (*Way, error) {
	s, err := g.Release(tx, release)
	if err != nil {
		return nil, err
	}
	w := &Way{Delivery: mithaq.Delivery{Release: release, To: s.To}}
	rows, err := tx.Query("SELECT envelope, state, objects, accepted, refused, at, detail FROM gate_delivery WHERE release = ? ORDER BY part", string(release))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := w.scan(rows); err != nil {
			return nil, err
		}
	}
	if s.State == Stopped {
		w.State = mithaq.Stopped
	}
	return w, rows.Err()
}

func (w *Way) scan(rows *store.Rows) error {
	var envelope string
	var state, objects, accepted, refused, at int64
	var detail []byte
	if err := rows.Scan(&envelope, &state, &objects, &accepted, &refused, &at, &detail); err != nil {
		return err
	}
	w.Envelopes = append(w.Envelopes, stix.ID(envelope))
	w.Items += int(objects)
	w.Accepted += int(accepted)
	w.Refused += int(refused)
	w.State = joined(w.State, mithaq.DeliveryState(state), len(w.Envelopes) == 1)
	if t := mithaq.At(time.UnixMicro(at)); w.At.Before(t.Time) {
		w.At = t
	}
	return w.detail(mithaq.DeliveryState(state), detail)
}

func (w *Way) detail(state mithaq.DeliveryState, detail []byte) error {
	switch state {
	case mithaq.Refused:
		w.Whole = new(mithaq.RefusedWhole)
		return json.Unmarshal(detail, w.Whole)
	case mithaq.PartRefused:
		var list []mithaq.RefusedObject
		err := json.Unmarshal(detail, &list)
		w.Details = append(w.Details, list...)
		return err
	}
	return nil
}

// joined is the state of several envelopes together: waiting while any waits,
// refused when all are, in part when some objects are.
func joined(a, b mithaq.DeliveryState, first bool) mithaq.DeliveryState {
	switch {
	case first || a == b:
		return b
	case a == mithaq.Waiting || b == mithaq.Waiting:
		return mithaq.Waiting
	}
	return mithaq.PartRefused
}
