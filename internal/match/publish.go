package match

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// publishDaily sees to it that sets change at the hour, once something was offered.
func (b *Book) publishDaily(tx *store.Tx) error {
	_, due, err := tx.DueAt(JobPublish, daily)
	if err != nil || due {
		return err
	}
	return tx.Due(store.DueJob{Kind: JobPublish, Key: daily, At: b.nextHour(tx.Now())})
}

// nextHour is the next time at which sets change.
func (b *Book) nextHour(now time.Time) time.Time {
	now = now.UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), b.Hour, 0, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// MayPublish reports whether a viewer may let sets change before the hour.
func MayPublish(v mithaq.Viewer) bool { return v.Is(mithaq.Administrator, mithaq.Supervisor) }

// PublishNow makes the sets of a pact now. A set that changes at another hour
// than the daily one tells the asker that something was offered: so it is a
// decision, and an entry.
func (b *Book) PublishNow(ctx context.Context, v mithaq.Viewer, id stix.ID) error {
	if !MayPublish(v) {
		return denied("match.may-not-publish")
	}
	err := b.write(ctx, func(tx *store.Tx) error {
		if _, err := b.Pacts.InForce(tx, id); err != nil {
			return err
		}
		return b.enter(tx, v, "match-publish", mithaq.Account{About: id})
	})
	if err != nil {
		return err
	}
	return b.PublishPact(ctx, id)
}

// Publish makes the sets of every pact under which something was offered.
func (b *Book) Publish(ctx context.Context) error {
	var ids []stix.ID
	err := b.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT DISTINCT pact FROM match_offer ORDER BY pact")
		ids, err = collect(rows, err, func(scan func(...any) error) (id stix.ID, err error) { return id, scan((*string)(&id)) })
		return err
	})
	for _, id := range ids {
		err = errors.Join(err, b.PublishPact(ctx, id))
	}
	return err
}

// PublishPact makes the sets of one pact: of what is offered now, for each party
// that may ask. Where nothing changed since, nothing is sent.
func (b *Book) PublishPact(ctx context.Context, id stix.ID) error {
	b.publishing.Lock()
	defer b.publishing.Unlock()
	var lines []line
	var t *pact.Text
	var e *epoch
	err := b.write(ctx, func(tx *store.Tx) (err error) {
		if t, err = b.Pacts.InForce(tx, id); err != nil {
			return err
		}
		if t.Pact.Terms.Match == nil || t.Pact.Party(b.Org) == nil {
			return nil
		}
		if e, err = b.present(tx, t); err != nil {
			return err
		}
		lines, err = b.lines(tx, t, e)
		return err
	})
	for i := 0; err == nil && i < len(lines); i++ {
		err = b.publish(ctx, t, e, lines[i])
	}
	return err
}

// lines are those for which there is a set, or something to make one of.
func (b *Book) lines(tx *store.Tx, t *pact.Text, e *epoch) (all []line, err error) {
	rows, err := tx.Query(`SELECT DISTINCT purpose, scheme FROM match_offer WHERE pact = ? AND (withdrawn = 0
		OR EXISTS (SELECT 1 FROM match_member m WHERE m.offer = match_offer.id AND m.epoch = ? AND m.gone = 0)) ORDER BY purpose, scheme`,
		string(t.Pact.ID), e.ann.Epoch)
	offered, err := collect(rows, err, func(scan func(...any) error) (l line, err error) {
		return l, scan((*string)(&l.purpose), (*string)(&l.scheme))
	})
	for _, l := range offered {
		for _, asker := range t.Pact.Peers() {
			if asker != b.Org {
				all = append(all, line{b.Org, asker, t.Pact.ID, l.purpose, l.scheme, e.ann.Epoch})
			}
		}
	}
	return all, err
}

// publish makes the next set of one line and sends it.
func (b *Book) publish(ctx context.Context, t *pact.Text, e *epoch, l line) error {
	p := &publication{b: b, text: t, epoch: e, line: l}
	for _, step := range []func(context.Context) error{p.clean, p.enlist, p.look, p.make} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("publish %s to %s: %w", l.scheme, l.asker, err)
		}
	}
	if p.next == nil {
		return nil
	}
	return b.sendRows(ctx, p.next.id)
}

// A publication is one set being made.
type publication struct {
	b     *Book
	text  *pact.Text
	epoch *epoch
	line  line
	info  psi.Info

	before *set // nil for the first
	gone   []psi.Input
	come   int
	next   *set // nil when nothing changed
	delta  []byte
}

// What stands in place of a serial while a set is made, and for a member that an
// asker does not get since its class does not cross.
const (
	never  = -1
	moving = -2
)

// clean takes away what a process that ended was building.
func (p *publication) clean(ctx context.Context) (err error) {
	if p.info, err = p.line.info(p.text); err != nil {
		return err
	}
	return p.b.write(ctx, func(tx *store.Tx) error {
		left, err := collectSets(tx, ofLine+" AND state = '"+setBuilding+"'", p.line.args()...)
		for _, s := range left {
			err = errors.Join(err, s.past(tx, setPast))
		}
		return errors.Join(err, p.move(tx, "came", moving, 0), p.move(tx, "gone", moving, 0))
	})
}

// move changes the serial at which members came or went.
func (p *publication) move(tx *store.Tx, column string, from, to int64) error {
	_, err := tx.Exec("UPDATE match_member SET "+column+" = ?, since = ? WHERE asker = ? AND epoch = ? AND "+column+" = ?"+p.ofOffers(),
		p.ofArgs(to, micro(tx.Now()), string(p.line.asker), p.line.epoch, from)...)
	return err
}

func (p *publication) ofOffers() string {
	return " AND offer IN (SELECT id FROM match_offer WHERE pact = ? AND purpose = ? AND scheme = ?)"
}

func (p *publication) ofArgs(first ...any) []any {
	return append(first, string(p.line.pact), string(p.line.purpose), string(p.line.scheme))
}

// enlist gives what was offered since a reference that only this asker will know.
func (p *publication) enlist(ctx context.Context) error {
	for {
		n := 0
		err := p.b.write(ctx, func(tx *store.Tx) error {
			rows, err := tx.Query(`SELECT id, class FROM match_offer o WHERE pact = ? AND purpose = ? AND scheme = ? AND withdrawn = 0
				AND NOT EXISTS (SELECT 1 FROM match_member m WHERE m.offer = o.id AND m.asker = ? AND m.epoch = ?) ORDER BY id LIMIT ?`,
				string(p.line.pact), string(p.line.purpose), string(p.line.scheme), string(p.line.asker), p.line.epoch, offersAtOnce)
			list, err := collect(rows, err, func(scan func(...any) error) (o enlisted, err error) { return o, scan(&o.id, &o.class) })
			n = len(list)
			for _, o := range list {
				err = errors.Join(err, p.enlistOne(tx, o))
			}
			return err
		})
		if err != nil || n < offersAtOnce {
			return err
		}
	}
}

type enlisted struct {
	id    string
	class int64
}

func (p *publication) enlistOne(tx *store.Tx, o enlisted) error {
	var reference psi.Reference
	_, _ = rand.Read(reference[:]) // never fails
	came := int64(0)
	if !gets(p.text.Pact, p.line.answerer, p.line.asker, mithaq.Subjects(o.class)) {
		came = never
	}
	_, err := tx.Exec("INSERT INTO match_member(offer, asker, epoch, reference, came, gone, since) VALUES(?, ?, ?, ?, ?, 0, 0)",
		o.id, string(p.line.asker), p.line.epoch, reference[:], came)
	return err
}

// look finds the set before, and fixes what goes and what comes: what persons do
// from now on is for the set after.
func (p *publication) look(ctx context.Context) error {
	return p.b.write(ctx, func(tx *store.Tx) (err error) {
		if p.before, err = readySet(tx, p.line); err != nil && !isNotFound(err) {
			return err
		}
		for column, which := range map[string]string{"came": "came = 0", "gone": "came > 0 AND gone = 0"} {
			withdrawn := " AND withdrawn > 0)"
			if column == "came" {
				withdrawn = " AND withdrawn = 0)"
			}
			in := strings.TrimSuffix(p.ofOffers(), ")") + withdrawn
			_, err := tx.Exec("UPDATE match_member SET "+column+" = ? WHERE asker = ? AND epoch = ? AND "+which+in,
				p.ofArgs(moving, string(p.line.asker), p.line.epoch)...)
			if err != nil {
				return err
			}
		}
		return p.count(tx)
	})
}

func (p *publication) count(tx *store.Tx) error {
	rows, err := tx.Query("SELECT o.input"+p.members()+" AND m.gone = ?", p.memberArgs(moving)...)
	p.gone, err = collect(rows, err, func(scan func(...any) error) (psi.Input, error) {
		var input []byte
		err := scan(&input)
		return psi.Input(input), err
	})
	if err != nil {
		return err
	}
	return tx.QueryRow("SELECT count(*)"+p.members()+" AND m.came = ?", p.memberArgs(moving)...).Scan(&p.come)
}

func (p *publication) members() string {
	return " FROM match_member m JOIN match_offer o ON o.id = m.offer WHERE m.asker = ? AND m.epoch = ? AND o.pact = ? AND o.purpose = ? AND o.scheme = ?"
}

func (p *publication) memberArgs(more ...any) []any {
	return append([]any{string(p.line.asker), p.line.epoch, string(p.line.pact), string(p.line.purpose), string(p.line.scheme)}, more...)
}

// make builds or updates, and commits to what was made.
func (p *publication) make(ctx context.Context) error {
	if p.come == 0 && len(p.gone) == 0 && p.before != nil {
		return nil
	}
	next := &set{line: p.line, state: setBuilding}
	if err := p.b.write(ctx, next.insert); err != nil {
		return err
	}
	out := &rowWriter{b: p.b, ctx: ctx, owner: next.id}
	var header psi.Header
	err := p.b.with(p.epoch, func(key *psi.Key) (err error) {
		if p.before == nil {
			header, err = p.build(ctx, key, out)
		} else {
			header, err = p.update(ctx, key, out)
		}
		return faulty(err)
	})
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	p.next = next
	return p.b.write(ctx, func(tx *store.Tx) error { return p.commit(tx, header) })
}

func (p *publication) building() psi.Building {
	workers := p.b.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return psi.Building{At: mithaq.At(p.b.now()), Random: rand.Reader, Workers: workers}
}

func (p *publication) build(ctx context.Context, key *psi.Key, out io.Writer) (psi.Header, error) {
	how := p.building()
	scratch, err := os.CreateTemp("", "mithaq-set") // sealed rows, no identifiers
	if err != nil {
		return psi.Header{}, err
	}
	defer func() { _ = errors.Join(scratch.Close(), os.Remove(scratch.Name())) }()
	how.Scratch = scratch
	return key.Build(p.info, p.pending(ctx), out, how)
}

func (p *publication) update(ctx context.Context, key *psi.Key, out io.Writer) (psi.Header, error) {
	before, err := p.b.openSet(p.before)
	if err != nil {
		return psi.Header{}, err
	}
	change := psi.Change{Withdrawn: p.gone}
	for o, err := range p.pending(ctx) {
		if err != nil {
			return psi.Header{}, err
		}
		change.Offered = append(change.Offered, o)
	}
	header, delta, err := key.Update(before, change, out, p.building())
	p.delta = delta
	return header, err
}

// pending gives what comes with this set, page by page.
func (p *publication) pending(ctx context.Context) iter.Seq2[psi.Offer, error] {
	return func(yield func(psi.Offer, error) bool) {
		for after := ""; ; {
			page, last, err := p.page(ctx, after)
			for _, o := range page {
				if !yield(o, nil) {
					return
				}
			}
			if err != nil {
				yield(psi.Offer{}, err)
				return
			}
			if after = last; len(page) < offersAtOnce {
				return
			}
		}
	}
}

func (p *publication) page(ctx context.Context, after string) (page []psi.Offer, last string, err error) {
	err = p.b.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT o.id, o.input, o.class, o.desk, m.reference"+p.members()+
			" AND m.came = ? AND o.id > ? ORDER BY o.id LIMIT ?", p.memberArgs(moving, after, offersAtOnce)...)
		page, err = collect(rows, err, func(scan func(...any) error) (o psi.Offer, err error) {
			var input, reference []byte
			var class int64
			err = scan(&last, &input, &class, &o.Record.Desk, &reference)
			o.Input, o.Record.Class = psi.Input(input), mithaq.Subjects(class)
			copy(o.Record.Reference[:], reference)
			return o, err
		})
		return err
	})
	return page, last, err
}

// commit enters the header at both ends, and makes what came and went so.
func (p *publication) commit(tx *store.Tx, h psi.Header) error {
	e, err := epochOf(tx, p.b.Org, p.line.pact, p.line.epoch)
	if err != nil {
		return err
	}
	if err := e.lasts(tx.Now()); err != nil {
		return err // it ended while the set was made
	}
	if err := p.next.become(tx, h); err != nil {
		return err
	}
	if err := errors.Join(p.move(tx, "came", moving, h.Serial), p.move(tx, "gone", moving, h.Serial)); err != nil {
		return err
	}
	for part, raw := range slices.Collect(slices.Chunk(p.delta, p.b.Piece)) {
		if _, err := tx.Exec("INSERT INTO match_delta(owner, part, raw) VALUES(?, ?, ?)", p.next.id, part, raw); err != nil {
			return err
		}
	}
	_, err = p.b.send(tx, p.line.asker, p.line.pact, mithaq.LaneBulk, mithaq.MessageMatchSet, newWord(h.Bytes()), p.account(h))
	if err != nil {
		return err
	}
	return tx.Due(store.DueJob{Kind: JobSend, Key: fmt.Sprint(p.next.id), At: tx.Now().Add(jobLease)})
}

func (p *publication) account(h psi.Header) mithaq.Account {
	return mithaq.Account{
		Purpose: p.line.purpose, About: p.line.pact, Counts: map[string]int64{"rows": h.Count, "serial": h.Serial, "epoch": h.Info.Epoch},
		Notes: map[string]string{"type": string(p.line.scheme), "set": h.Digest().String(), "root": h.Root.String()},
	}
}

// sendRows sends the pieces of a set of ours, each in a transaction of its own,
// from where it stopped.
func (b *Book) sendRows(ctx context.Context, id int64) error {
	for more := true; more; {
		err := b.write(ctx, func(tx *store.Tx) (err error) {
			more, err = b.sendPiece(tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) sendPiece(tx *store.Tx, id int64) (more bool, err error) {
	s, err := setWhere(tx, "id = ?", id)
	if err != nil || s.state != setReady {
		return false, errors.Join(err, tx.Done(JobSend, fmt.Sprint(id)))
	}
	w, err := b.piece(tx, s)
	if err != nil {
		return false, err
	}
	if s.parts >= w.Parts {
		return false, tx.Done(JobSend, fmt.Sprint(id))
	}
	a := mithaq.Account{
		Purpose: s.purpose, About: s.pact, Notes: map[string]string{"set": s.digest.String()},
		Counts: map[string]int64{"part": int64(w.Part), "parts": int64(w.Parts)},
	}
	if _, err := b.send(tx, s.asker, s.pact, mithaq.LaneBulk, mithaq.MessageMatchRows, w, a); err != nil {
		return false, err
	}
	_, err = tx.Exec("UPDATE match_set SET parts = ? WHERE id = ?", s.parts+1, id)
	return true, err
}

// piece is the next one of a set: of its delta where there is one, else of its rows.
func (b *Book) piece(tx *store.Tx, s *set) (*word, error) {
	w := &word{Type: TypeMatch, SpecVersion: "2.1", ID: stix.NewID(TypeMatch), Set: s.digest, Part: s.parts}
	if err := tx.QueryRow("SELECT count(*) FROM match_delta WHERE owner = ?", s.id).Scan(&w.Parts); err != nil {
		return nil, err
	}
	if w.Delta = w.Parts > 0; w.Delta {
		if s.parts >= w.Parts {
			return w, nil
		}
		return w, tx.QueryRow("SELECT raw FROM match_delta WHERE owner = ? AND part = ?", s.id, s.parts).Scan(&w.Bytes)
	}
	chunks := max(1, b.Piece/chunkSize)
	all := int((s.header.Count*psi.RowSize + chunkSize - 1) / chunkSize)
	w.Parts = (all + chunks - 1) / chunks
	rows, err := tx.Query("SELECT rows FROM match_row WHERE owner = ? AND chunk >= ? AND chunk < ? ORDER BY chunk", s.id, s.parts*chunks, (s.parts+1)*chunks)
	list, err := collect(rows, err, func(scan func(...any) error) (raw []byte, err error) { return raw, scan(&raw) })
	w.Bytes = bytes.Join(list, nil)
	return w, err
}
