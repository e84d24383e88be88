package gate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Recalling says what is taken back and why.
type Recalling struct {
	Items  []mithaq.ItemRef
	IDs    []stix.ID // every version of each
	Reason mithaq.RecallReason
	Only   []mithaq.OrgID // from these partners only; our own holdings then stay in use
}

// A Taken says from whom what was taken back.
type Taken struct {
	Recall *mithaq.Recall
	To     mithaq.OrgID
	Items  []mithaq.ItemRef
}

// Recall takes back what we gave: the holdings by which it is ours are recalled
// in this transaction, what waits in an outbox loses its bytes, and every
// partner who got it is told at once. Their statements of erasure follow.
//
// Denied: the viewer may not. NotFound: an item that is not here.
func (g *Gate) Recall(ctx context.Context, v mithaq.Viewer, what Recalling) (taken []Taken, err error) {
	if !v.MayRecall() {
		return nil, denied("gate.may-not-recall")
	}
	err = g.write(ctx, func(tx *store.Tx) error {
		taken, err = g.recall(tx, v, &what)
		return err
	})
	return taken, err
}

func (g *Gate) recall(tx *store.Tx, v mithaq.Viewer, what *Recalling) ([]Taken, error) {
	items, err := g.meant(tx, what)
	if err != nil {
		return nil, err
	}
	taken, err := g.takeBack(tx, items, what, v.Person, nil)
	if err != nil {
		return nil, err
	}
	if len(what.Only) == 0 {
		if err := g.recallOurs(tx, items); err != nil {
			return nil, err
		}
		if err := g.Reach.Forget(tx, each(items, func(it store.Item) int64 { return it.Seq })...); err != nil {
			return nil, err
		}
		if _, err := g.withdraw(tx, items); err != nil {
			return nil, err
		}
	}
	return taken, g.enter(tx, v, "recall", mithaq.Account{
		Counts: map[string]int64{"items": int64(len(items)), "partners": int64(len(taken))}, Notes: map[string]string{"reason": string(what.Reason)},
	})
}

// meant finds the items to take back, in whatever state we hold them.
func (g *Gate) meant(tx *store.Tx, what *Recalling) (items []store.Item, err error) {
	for _, ref := range what.Items {
		it, err := g.itemOf(tx, g.node, ref)
		if err != nil {
			return nil, err
		}
		items = append(items, *it)
	}
	for _, id := range what.IDs {
		versions, err := g.Store.Versions(tx, g.node, id)
		if err != nil {
			return nil, err
		}
		if len(versions) == 0 {
			return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
		}
		items = append(items, versions...)
	}
	if len(items) == 0 {
		return nil, invalid("gate.empty-selection")
	}
	return items, nil
}

// A link names the pact under which something went to a partner.
type link struct {
	to   mithaq.OrgID
	pact stix.ID
}

// A drawing says which holdings releases drew on.
type drawing struct {
	g        *Gate
	tx       *store.Tx
	on       map[store.HoldingKey]bool // those asked about; every one when nil
	listings map[stix.ID][]entry
}

// holds reports whether an envelope carried an item out of one of the holdings
// asked about.
func (d *drawing) holds(envelope stix.ID, item int64) (bool, error) {
	if d.on == nil {
		return true, nil
	}
	release, err := d.g.releaseBy(d.tx, envelope)
	if err != nil {
		return errors.Is(err, mithaq.NotFound), ignore(err, mithaq.NotFound)
	}
	list, ok := d.listings[release]
	if !ok {
		s, err := d.g.Release(d.tx, release)
		if err != nil {
			return false, err
		}
		if list, err = unpackListing(s.listing); err != nil {
			return false, err
		}
		d.listings[release] = list
	}
	return slices.ContainsFunc(list, func(e entry) bool { return e.item == item && d.on[e.key] }), nil
}

func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}

// drawnOn are the holdings of a list.
func drawnOn(list []held) map[store.HoldingKey]bool {
	keys := make(map[store.HoldingKey]bool, len(list))
	for _, x := range list {
		keys[x.key] = true
	}
	return keys
}

// A gone is what went over one link: the items, and their names there.
type gone struct {
	items []mithaq.ItemRef
	names mithaq.CarriedAll
}

// reached groups items by the links on which they went out of the holdings
// named, or of any when on is nil.
func (g *Gate) reached(tx *store.Tx, items []store.Item, only []mithaq.OrgID, on map[store.HoldingKey]bool) (map[link]*gone, error) {
	out := map[link]*gone{}
	drawing := &drawing{g: g, tx: tx, on: on, listings: map[stix.ID][]entry{}}
	for i := range items {
		given, err := g.Reach.Delivered(tx, items[i].Seq)
		if err != nil {
			return nil, err
		}
		for _, d := range given {
			if len(only) > 0 && !slices.Contains(only, d.To) {
				continue
			}
			drawn, err := drawing.holds(d.Envelope, items[i].Seq)
			if err != nil {
				return nil, err
			}
			if drawn {
				add(out, link{d.To, d.Pact}, items[i].Ref, d)
			}
		}
	}
	return out, nil
}

func add(out map[link]*gone, l link, ref mithaq.ItemRef, d Given) {
	x := out[l]
	if x == nil {
		x = &gone{}
		out[l] = x
	}
	if n := len(x.items); n == 0 || x.items[n-1] != ref { // its envelopes follow one another
		x.items = append(x.items, ref)
	}
	x.names.Add(d.Envelope, d.Object)
}

func inOrder(reached map[link]*gone) []link {
	return slices.SortedFunc(maps.Keys(reached), func(a, b link) int {
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.pact, b.pact))
	})
}

// takeBack tells every partner who got any of the items out of the holdings
// named, or of any when on is nil, to erase them.
func (g *Gate) takeBack(tx *store.Tx, items []store.Item, what *Recalling, by mithaq.PersonID, on map[store.HoldingKey]bool) (taken []Taken, err error) {
	reached, err := g.reached(tx, items, what.Only, on)
	if err != nil {
		return nil, err
	}
	for _, l := range inOrder(reached) {
		r := mithaq.NewRecall(stix.NewID(mithaq.TypeRecall), mithaq.At(tx.Now()), g.Org, l.pact, what.Reason, by, reached[l].names)
		if err := r.Check(); err != nil {
			return nil, invalid("gate.word", err.Error())
		}
		raw, err := g.seal(r, mithaq.TypeRecall, &r.Signatures)
		if err != nil {
			return nil, err
		}
		if err := g.spread(tx, mithaq.MessageRecall, r.ID, l, raw, by, len(reached[l].items)); err != nil {
			return nil, err
		}
		taken = append(taken, Taken{r, l.to, reached[l].items})
	}
	return taken, g.touch(tx)
}

// spread keeps a recall or narrowing of ours and sends it.
func (g *Gate) spread(tx *store.Tx, kind mithaq.MessageKind, id stix.ID, l link, raw []byte, by mithaq.PersonID, items int) error {
	due, err := g.recallDue(tx, l.pact)
	if err != nil {
		return err
	}
	if err := g.keepRecall(tx, kind, id, g.Org, l.to, l.pact, raw, due); err != nil {
		return err
	}
	_, err = g.tell(tx, l.to, l.pact, kind, raw, mithaq.Account{By: by, About: id, Counts: map[string]int64{"items": int64(items)}})
	return err
}

func (g *Gate) keepRecall(tx *store.Tx, kind mithaq.MessageKind, id stix.ID, giver, partner mithaq.OrgID, pact stix.ID, raw []byte, due time.Time) error {
	_, err := tx.Exec(`INSERT INTO gate_recall(id, kind, giver, partner, pact, at, answer, due, raw) VALUES(?, ?, ?, ?, ?, ?, '', ?, ?)
		ON CONFLICT(id) DO NOTHING`, string(id), string(kind), string(giver), string(partner), string(pact), tx.Now().UnixMicro(), due.UnixMicro(), raw)
	if err != nil {
		return err
	}
	return tx.Change(TopicRecall, string(id), []byte(kind))
}

// recallDue is by when the pact wants a recall of now honoured.
func (g *Gate) recallDue(tx *store.Tx, pact stix.ID) (time.Time, error) {
	t, err := g.Pacts.InForce(tx, pact)
	if err != nil {
		return time.Time{}, err
	}
	return tx.Now().Add(time.Duration(t.Pact.Terms.RecallHours) * time.Hour), nil
}

// recallOurs takes our own holdings out of use: nobody but the node sees them.
func (g *Gate) recallOurs(tx *store.Tx, items []store.Item) error {
	held, err := g.Store.HoldingsOf(tx, g.node, each(items, func(it store.Item) int64 { return it.Seq })...)
	if err != nil {
		return err
	}
	var keys []store.HoldingKey
	for i := range held {
		if held[i].Giver == g.Org {
			keys = append(keys, held[i].HoldingKey)
		}
	}
	_, err = g.Store.SetState(tx, keys, mithaq.Recalled)
	return err
}

// applyRecall erases what a giver takes back, passes it on to whom we gave it,
// and answers with what was done.
func (g *Gate) applyRecall(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(*said[mithaq.Recall])
	r, h := s.word, in.Header
	if r.By != h.From || r.Pact != h.PactID {
		return message.Outcome{}, denied("gate.speaks-for-another", string(h.From))
	}
	if err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(mithaq.TypeRecall), s.signed, r.Signatures); err != nil {
		return message.Outcome{}, err
	}
	due, err := g.recallDue(tx, r.Pact)
	if err != nil {
		return message.Outcome{}, err
	}
	if err := g.keepRecall(tx, mithaq.MessageRecall, r.ID, r.By, g.Org, r.Pact, s.raw, due); err != nil {
		return message.Outcome{}, err
	}
	return one, g.honour(tx, r)
}

// honour does what a recall asks.
func (g *Gate) honour(tx *store.Tx, r *mithaq.Recall) error {
	names, err := g.meaning(tx, r.Items)
	if err != nil {
		return err
	}
	if err := g.bury(tx, r, names.absent); err != nil {
		return err
	}
	reached, err := g.given(tx, names, r.By, r.Pact)
	if err != nil {
		return err
	}
	found := flat(reached)
	// Whom we passed it on to erases it too; they answer us. What else we hold of
	// the same bytes, and gave to others, is not the giver's to take back.
	items := each(found, func(f held) store.Item { return f.item })
	if _, err := g.takeBack(tx, items, &Recalling{Reason: r.Reason}, r.Person, drawnOn(found)); err != nil {
		return err
	}
	if err := g.tellWithdrawn(tx, found); err != nil {
		return err
	}
	e := mithaq.NewErasure(stix.NewID(mithaq.TypeErasure), mithaq.At(tx.Now()), g.Org, r.By, r.Pact, mithaq.ErasedByRecall)
	e.Answers, e.NotHeld = r.ID, names.missing(r.Items, reached)
	if _, err := g.erase(tx, found, mithaq.Recalled, e); err != nil {
		return err
	}
	if err := g.state(tx, e); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE gate_recall SET answer = ? WHERE id = ?", string(e.ID), string(r.ID))
	return err
}

// held is one holding with its item.
type held struct {
	item     store.Item
	key      store.HoldingKey
	envelope stix.ID // in which it came; "" for what is ours
}

// missing are those names of which nothing is held.
func (n *meaning) missing(all mithaq.CarriedAll, found map[int64][]held) (not mithaq.CarriedAll) {
	for envelope, object := range all.All() {
		if len(found[n.items[name{envelope, object}]]) == 0 {
			not.Add(envelope, object)
		}
	}
	return not
}

// flat is what was found, by item.
func flat(found map[int64][]held) (list []held) {
	for _, item := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[item]...)
	}
	return list
}

// reaching are those holdings of an item that something reaches.
func (g *Gate) reaching(tx *store.Tx, it *store.Item, reaches func(*mithaq.Holding) bool) (found []held, err error) {
	all, err := g.Store.HoldingsOf(tx, g.node, it.Seq)
	for i := range all {
		if h := all[i].Holding(it.Ref); reaches(&h) {
			found = append(found, held{*it, all[i].HoldingKey, all[i].Envelope})
		}
	}
	return found, err
}

// bury leaves tombstones, so that what was taken back does not come in when the
// recall overtook it.
func (g *Gate) bury(tx *store.Tx, r *mithaq.Recall, absent []name) error {
	for _, n := range absent {
		if err := g.Store.Bury(tx, store.Tombstone{Giver: r.By, Under: r.Pact, Envelope: n.envelope, Object: n.object}); err != nil {
			return err
		}
	}
	return nil
}

// A RecallState is a recall or narrowing, ours or another's, and how far it has come.
type RecallState struct {
	ID      stix.ID
	Kind    mithaq.MessageKind // recall or narrow
	Giver   mithaq.OrgID       // who takes back
	Partner mithaq.OrgID       // from whom
	Pact    stix.ID
	At      time.Time
	Due     time.Time // by when the pact wants it honoured
	Answer  stix.ID   // the statement of erasure; "" until it is there
}

// Recalls lists recalls and narrowings, the oldest first; only recalls that
// wait for their statement when open is set.
func (g *Gate) Recalls(tx *store.Tx, open bool) (list []RecallState, err error) {
	query := "SELECT id, kind, giver, partner, pact, at, due, answer FROM gate_recall"
	if open {
		query += " WHERE answer = '' AND kind = 'recall'"
	}
	rows, err := tx.Query(query + " ORDER BY at, id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r RecallState
		var at, due int64
		if err := rows.Scan((*string)(&r.ID), (*string)(&r.Kind), (*string)(&r.Giver), (*string)(&r.Partner), (*string)(&r.Pact), &at, &due, (*string)(&r.Answer)); err != nil {
			return nil, err
		}
		r.At, r.Due = micros(at), micros(due)
		list = append(list, r)
	}
	return list, rows.Err()
}
