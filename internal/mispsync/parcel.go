package mispsync

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp/remote"
	"github.com/mithaq-hub/mithaq/stix"
)

// A pushing is one message on its way to a MISP.
type pushing struct {
	b      *Book
	way    *Way
	server *remote.Server
	out    *out
}

// A parcel is one item of a message.
type parcel struct {
	position int
	item     int64
	object   stix.ID
	event    string
	back     bool
	state    string
	raw      []byte
	stix     *stix.Object
}

// run pushes the events that the message touches, each with all that the partner
// has of it, and then settles the message.
func (p *pushing) run(ctx context.Context) error {
	events, err := p.assign(ctx)
	if err != nil {
		return err
	}
	for _, uuid := range events {
		if err := p.event(ctx, uuid); err != nil {
			return err
		}
	}
	return p.b.Store.Write(ctx, func(tx *store.Tx) error { return p.b.settle(tx, p.out) })
}

// assign says for each item in which event it goes, keeps that, and gives the
// events that are to be pushed.
func (p *pushing) assign(ctx context.Context) (events []string, err error) {
	var all []*parcel
	if p.out.kind != mithaq.MessageItems {
		err = p.b.Store.Read(ctx, func(tx *store.Tx) error {
			events, err = p.touched(tx)
			return err
		})
		return events, err
	}
	node := mithaq.NodeViewer(p.b.Org)
	_, err = p.b.Gate.Look(ctx, node, nil, func(l *gate.Look) error {
		if all, err = p.parcels(l.Tx(), "envelope = ?", string(p.out.envelope)); err != nil {
			return err
		}
		return p.place(l, all)
	})
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if x.event != "" && !slices.Contains(events, x.event) {
			events = append(events, x.event)
		}
	}
	return events, p.b.Store.Write(ctx, func(tx *store.Tx) error {
		for _, x := range all {
			_, err := tx.Exec("UPDATE mispsync_item SET event = ?, state = ? WHERE envelope = ? AND position = ?",
				x.event, x.state, string(p.out.envelope), x.position)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// touched are the events of which something is to be taken back, or whose labels changed.
func (p *pushing) touched(tx *store.Tx) (events []string, err error) {
	rows, err := tx.Query("SELECT DISTINCT event FROM mispsync_item WHERE org = ? AND back = 1 AND state <> ? AND event <> '' ORDER BY event",
		string(p.out.org), stateTakenBack)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var uuid string
		if err := rows.Scan(&uuid); err != nil {
			return nil, err
		}
		events = append(events, uuid)
	}
	return events, rows.Err()
}

// parcels are items with their bytes, as the node has them in whatever state.
func (p *pushing) parcels(tx *store.Tx, where string, args ...any) (all []*parcel, err error) {
	rows, err := tx.Query("SELECT position, item, object, event, back, state FROM mispsync_item WHERE "+where+" ORDER BY item, position", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	bySeq := map[int64][]*parcel{}
	var seqs []int64
	for rows.Next() {
		x := &parcel{}
		if err := rows.Scan(&x.position, &x.item, (*string)(&x.object), &x.event, &x.back, &x.state); err != nil {
			return nil, err
		}
		all = append(all, x)
		if bySeq[x.item] == nil {
			seqs = append(seqs, x.item)
		}
		bySeq[x.item] = append(bySeq[x.item], x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(seqs, perQuery) {
		items, err := p.b.Store.Fetch(tx, mithaq.NodeViewer(p.b.Org), some)
		if err != nil {
			return nil, err
		}
		for i := range items {
			o, err := stix.Parse(items[i].Raw, stix.Limits{Size: len(items[i].Raw) + 1})
			if err != nil {
				return nil, err
			}
			for _, x := range bySeq[items[i].Seq] {
				x.raw, x.stix = items[i].Raw, o
			}
		}
	}
	return slices.DeleteFunc(all, func(x *parcel) bool { return x.stix == nil }), nil // erased meanwhile
}

// place finds the event of each item: the one it went in before; that which holds
// it; else one that is made for what came along with it.
func (p *pushing) place(l *gate.Look, all []*parcel) error {
	made := p.madeFor(all)
	for _, x := range all {
		x.state = stateWaiting
		switch x.object.Type() {
		case "extension-definition", "marking-definition": // MISP knows them, or has tags for them
			x.state = stateTaken
			continue
		}
		before, err := p.before(l.Tx(), x.object)
		if err != nil {
			return err
		}
		switch {
		case before != "":
			x.event = before
		case isBox(x.stix):
			x.event = x.object.UUID()
		default:
			if x.event, err = p.holder(l, x, all); err != nil {
				return err
			}
		}
		if x.event == "" {
			x.event = made
		}
	}
	return nil
}

// madeFor is the UUID of the event for what is in none: that of the report or
// grouping among it, else the message's.
func (p *pushing) madeFor(all []*parcel) string {
	for _, x := range all {
		if t := x.object.Type(); (t == "report" || t == "grouping") && !isBox(x.stix) {
			return x.object.UUID()
		}
	}
	return p.out.envelope.UUID()
}

// before is the event in which an object went to the partner before.
func (p *pushing) before(tx *store.Tx, id stix.ID) (event string, err error) {
	rows, err := tx.Query("SELECT event FROM mispsync_item WHERE org = ? AND object = ? AND event <> '' ORDER BY item DESC LIMIT 1", string(p.out.org), string(id))
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(&event); err != nil {
			return "", err
		}
	}
	return event, rows.Err()
}

// holder is the event of an object by what refers to it: in the same message, or
// here, where that went to the partner.
func (p *pushing) holder(l *gate.Look, x *parcel, all []*parcel) (string, error) {
	for _, y := range all {
		if y != x && (slices.Contains(y.stix.IDs("object_refs"), x.object) || isBox(y.stix) && y.stix.CreatedByRef() == x.object) {
			if isBox(y.stix) {
				return y.object.UUID(), nil
			}
			if y.event != "" {
				return y.event, nil
			}
		}
	}
	near, err := l.Referring(x.object, perQuery)
	if err != nil {
		return "", err
	}
	for _, n := range near {
		if event, err := p.before(l.Tx(), n.Ref.ID); err != nil || event != "" {
			return event, err
		}
	}
	return "", nil
}

// event pushes one event as the partner is to have it.
func (p *pushing) event(ctx context.Context, uuid string) error {
	w, err := p.compose(ctx, uuid)
	if err != nil {
		return err
	}
	switch {
	case w.gone:
		err = p.server.Delete(ctx, uuid)
		w.buried()
	case w.event == nil, w.same:
		return p.note(ctx, uuid, w) // nothing of it goes, or nothing else than went before
	default:
		err = p.deliver(ctx, uuid, w)
	}
	if err != nil {
		return err
	}
	return p.note(ctx, uuid, w)
}

// deliver pushes what was composed, and notes what the server said of each record.
func (p *pushing) deliver(ctx context.Context, uuid string, w *whole) error {
	said, err := p.server.Push(ctx, uuid, w.event.JSON())
	if now := p.b.Now().Unix(); notNewer(err) && now > w.now.stamp { // people there changed it, or we died before we noted it
		w.now.stamp = now
		w.event.SetText("timestamp", strconv.FormatInt(now, 10))
		said, err = p.server.Push(ctx, uuid, w.event.JSON())
	}
	refused, ok := errors.AsType[*remote.StatusError](err)
	switch {
	case ok && !refused.Busy() && refused.Status != http.StatusUnauthorized && refused.Status/100 == 4:
		w.all(stateRefused, cut(refused.Error()))
		w.event = nil // it does not stand there so
		return nil
	case err != nil:
		return err
	}
	for _, x := range w.parcels {
		if why := said.Errors[x.object.UUID()]; len(why) > 0 {
			x.state = stateRefused
			w.why[x] = cut(strings.Join(why, " "))
		}
	}
	return nil
}

// notNewer tells MISP's word for an edit that is no newer than what it has.
func notNewer(err error) bool {
	refused, ok := errors.AsType[*remote.StatusError](err)
	return ok && strings.Contains(refused.Message, "not newer")
}

// note keeps what became of each item.
func (p *pushing) note(ctx context.Context, uuid string, w *whole) error {
	return p.b.Store.Write(ctx, func(tx *store.Tx) error {
		if err := w.now.keep(tx, p.out.org, uuid, w.event != nil && !w.same); err != nil {
			return err
		}
		for _, x := range w.parcels {
			_, err := tx.Exec("UPDATE mispsync_item SET state = ?, why = ? WHERE org = ? AND event = ? AND object = ? AND item = ?",
				x.state, w.why[x], string(p.out.org), x.event, string(x.object), x.item)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// there is an event as it stands with a partner.
type there struct {
	stamp  int64
	digest mithaq.Digest
}

func thereOf(tx *store.Tx, org mithaq.OrgID, event string) (t there, err error) {
	var digest []byte
	err = tx.QueryRow("SELECT stamp, digest FROM mispsync_there WHERE org = ? AND event = ?", string(org), event).Scan(&t.stamp, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	copy(t.digest[:], digest)
	return t, err
}

func (t *there) keep(tx *store.Tx, org mithaq.OrgID, event string, pushed bool) error {
	if !pushed {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO mispsync_there(org, event, stamp, digest, at) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(org, event) DO UPDATE SET stamp = excluded.stamp, digest = excluded.digest, at = excluded.at`,
		string(org), event, t.stamp, t.digest[:], tx.Now().UnixMicro())
	return err
}
