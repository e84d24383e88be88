package subscribe

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Held is an object that could not be taken in.
type Held struct {
	ID     int64
	From   Name
	Object stix.ID // as it calls itself, where that can be read
	At     time.Time
	Times  int64 // how often it came
	Size   int64
	Why    *Why
}

// pointed are the reasons whose first argument is a JSON pointer.
var pointed = map[string]bool{"gate.not-valid": true, "gate.syntax": true, "gate.future": true, "gate.no-upgrade": true}

// Pointer is where in the object the fault lies; "" where it is not at a place.
func (h *Held) Pointer() string {
	if h.Why == nil || !pointed[h.Why.Key] || len(h.Why.Args) == 0 {
		return ""
	}
	return h.Why.Args[0]
}

// JobLapse is the kind of due job that ends what has been in quarantine for long;
// its key is the subscription.
const JobLapse = "subscribe-lapse"

// hold puts into quarantine what of a page was refused.
func (b *Book) hold(tx *store.Tx, name Name, raws [][]byte, fates []fate) error {
	any := false
	for i, f := range fates {
		if f.what != gate.Refused {
			continue
		}
		any = true
		if err := holdOne(tx, name, raws[i], f); err != nil {
			return err
		}
	}
	if !any {
		return nil
	}
	var n, size int64
	err := tx.QueryRow("SELECT count(*), coalesce(sum(size), 0) FROM subscribe_quarantine WHERE name = ?", string(name)).Scan(&n, &size)
	if err != nil {
		return err
	}
	if n > b.Limits.Held || size > b.Bytes {
		return errFull
	}
	return b.lapseLater(tx, name)
}

func holdOne(tx *store.Tx, name Name, raw []byte, f fate) error {
	id, err := tx.Seq()
	if err != nil {
		return err
	}
	why, err := whyOf(f.why).bytes()
	if err != nil {
		return err
	}
	object := string(f.id)
	if object == "" {
		object = peek(raw).ID
	}
	digest := mithaq.DigestOf(raw)
	_, err = tx.Exec(`INSERT INTO subscribe_quarantine(id, name, digest, object, at, times, size, why, raw) VALUES(?, ?, ?, ?, ?, 1, ?, ?, ?)
		ON CONFLICT(name, digest) DO UPDATE SET times = subscribe_quarantine.times + 1, why = excluded.why`,
		id, string(name), digest[:], tidy(object, 120), tx.Now().UnixMicro(), len(raw), why, raw)
	return err
}

// lapseLater sees to it that the oldest leaves when its time is over.
func (b *Book) lapseLater(tx *store.Tx, name Name) error {
	var oldest sql.NullInt64
	if err := tx.QueryRow("SELECT min(at) FROM subscribe_quarantine WHERE name = ?", string(name)).Scan(&oldest); err != nil {
		return err
	}
	if !oldest.Valid {
		return tx.Done(JobLapse, string(name))
	}
	return tx.Due(store.DueJob{Kind: JobLapse, Key: string(name), At: micros(oldest.Int64).Add(b.Keep)})
}

// lapse ends what has been in quarantine too long, with an entry.
func (b *Book) lapse(ctx context.Context, job store.DueJob) error {
	return b.write(ctx, func(tx *store.Tx) error {
		res, err := tx.Exec("DELETE FROM subscribe_quarantine WHERE name = ? AND at <= ?", job.Key, tx.Now().Add(-b.Keep).UnixMicro())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n > 0 {
			a := mithaq.Account{Kind: "subscription-lapsed", Counts: map[string]int64{"dropped": n}, Notes: map[string]string{"subscription": job.Key}}
			if err := b.say(tx, "", a); err != nil {
				return err
			}
		}
		return b.lapseLater(tx, Name(job.Key))
	})
}

// handles reports whether a viewer may look at what came for a subscription.
func handles(v *mithaq.Viewer, s *Subscription) bool {
	return v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer) && (s.Case == "" || v.Knows(s.Case))
}

func (b *Book) handled(tx *store.Tx, v *mithaq.Viewer, name Name) (*Subscription, error) {
	s, err := b.One(tx, name)
	if err != nil {
		return nil, err
	}
	if !handles(v, s) {
		return nil, mithaq.Refuse(mithaq.Denied, "subscribe.may-not-handle", string(name))
	}
	return s, nil
}

const heldColumns = "SELECT id, name, object, at, times, size, why FROM subscribe_quarantine "

func scanHeld(row interface{ Scan(...any) error }) (*Held, error) {
	h := &Held{}
	var at int64
	var why []byte
	if err := row.Scan(&h.ID, (*string)(&h.From), (*string)(&h.Object), &at, &h.Times, &h.Size, &why); err != nil {
		return nil, err
	}
	h.At = micros(at)
	var err error
	h.Why, err = readWhy(why)
	return h, err
}

// Quarantine lists what is held, oldest first, at most limit after an id. Denied:
// the viewer does not handle content, or not that of the case.
func (b *Book) Quarantine(tx *store.Tx, v mithaq.Viewer, name Name, after int64, limit int) ([]*Held, error) {
	if _, err := b.handled(tx, &v, name); err != nil {
		return nil, err
	}
	rows, err := tx.Query(heldColumns+"WHERE name = ? AND id > ? ORDER BY id LIMIT ?", string(name), after, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []*Held
	for rows.Next() {
		h, err := scanHeld(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// Look reads one held object, byte for byte. Nobody knows yet whether it concerns
// a person, so it asks for a reason, a purpose and a basis, and is an entry.
func (b *Book) Look(tx *store.Tx, v mithaq.Viewer, name Name, id int64) (*Held, []byte, error) {
	s, err := b.handled(tx, &v, name)
	if err != nil {
		return nil, nil, err
	}
	if !v.HasReason() {
		return nil, nil, mithaq.Refuse(mithaq.Denied, "subscribe.reason")
	}
	h, raw, err := b.held(tx, name, id)
	if err != nil {
		return nil, nil, err
	}
	return h, raw, b.say(tx, v.Person, mithaq.Account{
		Kind: "read", Purpose: v.Purpose, Basis: v.Basis, Case: string(s.Case), Counts: map[string]int64{"items": 1},
		Notes: map[string]string{"read": "quarantine", "subscription": string(name), "reason": tidy(v.Reason, 500)},
	})
}

func (b *Book) held(tx *store.Tx, name Name, id int64) (*Held, []byte, error) {
	h, err := scanHeld(tx.QueryRow(heldColumns+"WHERE name = ? AND id = ?", string(name), id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, mithaq.Refuse(mithaq.NotFound, "subscribe.not-held", string(name), id)
	}
	if err != nil {
		return nil, nil, err
	}
	var raw []byte
	err = tx.QueryRow("SELECT raw FROM subscribe_quarantine WHERE name = ? AND id = ?", string(name), id).Scan(&raw)
	return h, raw, err
}

// Retry takes held objects in again, byte for byte, under the present profile and
// program: what is taken in or known leaves the quarantine in the same
// transaction, what is refused stays with its new reason. No ids: all of them.
func (b *Book) Retry(ctx context.Context, v mithaq.Viewer, name Name, ids ...int64) (Count, error) {
	var total Count
	for after := int64(0); ; {
		var s *Subscription
		var page []*Held
		var raws [][]byte
		err := b.read(ctx, func(tx *store.Tx) (err error) {
			if s, err = b.handled(tx, &v, name); err != nil {
				return err
			}
			page, raws, err = b.again(tx, v, name, after, ids)
			return err
		})
		if err != nil || len(page) == 0 {
			return total, err
		}
		after = page[len(page)-1].ID
		count, err := b.retry(ctx, v, s, page, raws)
		if err != nil {
			return total, err
		}
		total.add(count)
		if len(ids) > 0 {
			return total, nil
		}
	}
}

const retryPage, retryIDs = 100, 1000

// again are the objects to be tried again, with their bytes.
func (b *Book) again(tx *store.Tx, v mithaq.Viewer, name Name, after int64, ids []int64) (page []*Held, raws [][]byte, err error) {
	if len(ids) > retryIDs {
		return nil, nil, mithaq.Refuse(mithaq.TooLarge, "subscribe.too-many", retryIDs)
	}
	if len(ids) == 0 {
		if page, err = b.Quarantine(tx, v, name, after, retryPage); err != nil {
			return nil, nil, err
		}
		for _, h := range page {
			ids = append(ids, h.ID)
		}
		page = nil
	}
	for _, id := range ids {
		h, raw, err := b.held(tx, name, id)
		if err != nil {
			return nil, nil, err
		}
		page, raws = append(page, h), append(raws, raw)
	}
	return page, raws, nil
}

func (b *Book) retry(ctx context.Context, v mithaq.Viewer, s *Subscription, page []*Held, raws [][]byte) (count Count, err error) {
	how := gate.Import{Profile: s.Source, Case: s.Case, Name: string(s.Name)}
	_, err = b.Gate.Take(ctx, v, raws, how, func(tx *store.Tx, results []gate.Result) error {
		fates := foldAll(len(raws), results)
		count = countOf(fates, 0)
		for i, f := range fates {
			if err := b.retried(tx, page[i], f); err != nil {
				return err
			}
		}
		return b.lapseLater(tx, s.Name)
	})
	return count, err
}

func (b *Book) retried(tx *store.Tx, h *Held, f fate) error {
	if f.what != gate.Refused {
		_, err := tx.Exec("DELETE FROM subscribe_quarantine WHERE id = ?", h.ID)
		return err
	}
	why, err := whyOf(f.why).bytes()
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE subscribe_quarantine SET why = ? WHERE id = ?", why, h.ID)
	return err
}

// Drop removes a held object, with an entry.
func (b *Book) Drop(tx *store.Tx, v mithaq.Viewer, name Name, id int64) error {
	s, err := b.handled(tx, &v, name)
	if err != nil {
		return err
	}
	if !v.MayImport() {
		return mithaq.Refuse(mithaq.Denied, "subscribe.may-not-handle", string(name))
	}
	h, _, err := b.held(tx, name, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM subscribe_quarantine WHERE id = ?", id); err != nil {
		return err
	}
	if err := b.lapseLater(tx, name); err != nil {
		return err
	}
	return b.enter(tx, v, "subscription-dropped", &s.Terms, map[string]string{"why": h.Why.Key})
}
