package match

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// An epoch is the time of one key of an answerer under one version of a pact.
type epoch struct {
	answerer mithaq.OrgID
	pact     stix.ID
	ann      psi.Announcement
	seed     []byte // sealed; of ours alone
	ended    bool
}

func (e *epoch) key() epochKey { return epochKey{e.pact, e.ann.Epoch} }

// lasts reports whether questions may be asked under the epoch at an instant.
func (e *epoch) lasts(now time.Time) error {
	if e.ended {
		return faulty(psi.OutOfTime)
	}
	return faulty(e.ann.InForce(now, mithaq.Skew))
}

// newest is the last epoch of an answerer under any version of a pact. NotFound:
// none was announced.
func newest(tx *store.Tx, answerer mithaq.OrgID, id stix.ID) (*epoch, error) {
	return epochWhere(tx, "answerer = ? AND pact = ? ORDER BY epoch DESC LIMIT 1", answerer, string(id))
}

func epochOf(tx *store.Tx, answerer mithaq.OrgID, id stix.ID, number int64) (*epoch, error) {
	return epochWhere(tx, "answerer = ? AND pact = ? AND epoch = ?", answerer, string(id), number)
}

func epochWhere(tx *store.Tx, where string, args ...any) (*epoch, error) {
	e := &epoch{}
	var raw []byte
	var ended int64
	err := tx.QueryRow("SELECT answerer, pact, raw, seed, ended FROM match_epoch WHERE "+where, args...).
		Scan((*string)(&e.answerer), (*string)(&e.pact), &raw, &e.seed, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("match.no-key")
	}
	if err != nil {
		return nil, err
	}
	e.ended = ended != 0
	e.ann, err = psi.ReadAnnouncement(raw)
	return e, err
}

func (e *epoch) insert(tx *store.Tx) error {
	_, err := tx.Exec("INSERT INTO match_epoch(answerer, pact, epoch, version, starts, until, raw, seed, ended) VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0)",
		string(e.answerer), string(e.pact), e.ann.Epoch, e.ann.Pact[:], micro(e.ann.From.Time), micro(e.ann.Until.Time), e.ann.Bytes(), e.seed)
	return err
}

// present is our epoch under the version of a pact that is in force; a new one,
// announced to every peer, when there is none or it is over.
func (b *Book) present(tx *store.Tx, t *pact.Text) (*epoch, error) {
	e, err := newest(tx, b.Org, t.Pact.ID)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	number := int64(1)
	if err == nil {
		if !e.ended && e.ann.Pact == t.Digest && tx.Now().Before(e.ann.Until.Time) {
			return e, nil
		}
		if err := b.endEpoch(tx, e); err != nil {
			return nil, err
		}
		number = e.ann.Epoch + 1
	}
	return b.begin(tx, t, number)
}

// begin draws the key of a new epoch and announces it.
func (b *Book) begin(tx *store.Tx, t *pact.Text, number int64) (*epoch, error) {
	key, err := psi.NewKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	until := tx.Now().Add(psi.MaxEpoch)
	if end := t.Pact.Terms.Until.Time; end.Before(until) {
		until = end
	}
	e := &epoch{answerer: b.Org, pact: t.Pact.ID}
	if e.ann, err = key.Announce(t.Digest, t.Pact.Party(b.Org).Card, number, tx.Now(), until); err != nil {
		return nil, faulty(err)
	}
	if e.seed, err = b.seal(keyName(e.pact, number), key.Seed()); err != nil {
		return nil, err
	}
	if err := e.insert(tx); err != nil {
		return nil, err
	}
	if err := tx.Due(store.DueJob{Kind: JobEpoch, Key: string(e.pact), At: until}); err != nil {
		return nil, err
	}
	return e, b.announce(tx, t, e)
}

func (b *Book) announce(tx *store.Tx, t *pact.Text, e *epoch) error {
	a := mithaq.Account{
		About: e.pact, Counts: map[string]int64{"epoch": e.ann.Epoch}, Notes: map[string]string{"key": e.ann.Digest().String()},
	}
	for _, org := range t.Pact.Peers() {
		if org == b.Org {
			continue
		}
		if _, err := b.send(tx, org, e.pact, mithaq.LaneBulk, mithaq.MessageMatchKey, newWord(e.ann.Bytes()), a); err != nil {
			return err
		}
	}
	a.Kind, a.At = "match-epoch", mithaq.At(tx.Now())
	return b.Enter(tx, a)
}

// endEpoch destroys a key of ours with its sets, or forgets another's.
func (b *Book) endEpoch(tx *store.Tx, e *epoch) error {
	if e.ended {
		return nil
	}
	_, err := tx.Exec("UPDATE match_epoch SET seed = ?, ended = ? WHERE answerer = ? AND pact = ? AND epoch = ?",
		[]byte{}, micro(tx.Now()), string(e.answerer), string(e.pact), e.ann.Epoch)
	if err != nil {
		return err
	}
	if err := dropSets(tx, e); err != nil {
		return err
	}
	e.ended = true
	tx.OnCommit(b.open.forget)
	if e.answerer != b.Org {
		return nil
	}
	tx.OnCommit(func() { b.held.destroy(e.key()) })
	if _, err := tx.Exec("DELETE FROM match_asked WHERE pact = ? AND epoch = ?", string(e.pact), e.ann.Epoch); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "match-key-destroyed", At: mithaq.At(tx.Now()), About: e.pact, Counts: map[string]int64{"epoch": e.ann.Epoch},
	})
}

// dropSets erases the rows of an epoch's sets. The headers stay.
func dropSets(tx *store.Tx, e *epoch) error {
	const of = "answerer = ? AND pact = ? AND epoch = ?"
	args := []any{string(e.answerer), string(e.pact), e.ann.Epoch}
	for _, table := range []string{"match_row", "match_delta"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE owner IN (SELECT id FROM match_set WHERE "+of+")", args...); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE match_set SET state = 'past' WHERE "+of, args...)
	return err
}

// EndOver ends every epoch whose time is over, or whose pact was amended, ended
// or let run out, ours and others'. Where ours ended by an amendment, sets are
// made anew at once.
func (b *Book) EndOver(ctx context.Context) error {
	var over []liveEpoch
	err := b.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT answerer, pact, epoch, version, until FROM match_epoch WHERE ended = 0 ORDER BY pact, epoch")
		live, err := collect(rows, err, func(scan func(...any) error) (l liveEpoch, err error) {
			return l, scan(&l.answerer, &l.pact, &l.number, &l.version, &l.until)
		})
		for _, l := range live {
			ends, err := b.isOver(tx, &l)
			if err != nil {
				return err
			}
			if ends {
				over = append(over, l)
			}
		}
		return err
	})
	if err != nil || len(over) == 0 {
		return err
	}
	return b.write(ctx, func(tx *store.Tx) error {
		for i := range over {
			if err := b.endOver(tx, &over[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

type liveEpoch struct {
	answerer, pact string
	number, until  int64
	version        []byte
	amended        bool
}

// isOver reports whether an epoch's time is over, or its version of the pact.
func (b *Book) isOver(tx *store.Tx, l *liveEpoch) (bool, error) {
	s, err := b.Pacts.Standing(tx, stix.ID(l.pact), mithaq.OrgID(l.answerer))
	if err != nil && !isNotFound(err) {
		return false, err
	}
	now := tx.Now()
	l.amended = err == nil && s.Digest != digestOf(l.version)
	return l.amended || err != nil || s.State.Status == mithaq.Ended || !now.Before(s.Pact.Terms.Until.Time) || micro(now) >= l.until, nil
}

func (b *Book) endOver(tx *store.Tx, l *liveEpoch) error {
	ends, err := b.isOver(tx, l)
	if err != nil || !ends {
		return err
	}
	e, err := epochOf(tx, mithaq.OrgID(l.answerer), stix.ID(l.pact), l.number)
	if err != nil {
		return err
	}
	if l.amended && e.answerer == b.Org {
		if err := tx.Due(store.DueJob{Kind: JobPublish, Key: string(e.pact), At: tx.Now()}); err != nil {
			return err
		}
	}
	return b.endEpoch(tx, e)
}

// An epochKey names a key of ours.
type epochKey struct {
	pact   stix.ID
	number int64
}

// held are the keys of ours that were opened. Whoever uses one holds the lock, so
// that none is destroyed under their hands.
type held struct {
	sync.RWMutex
	keys map[epochKey]*psi.Key
}

func (h *held) destroy(k epochKey) {
	h.Lock()
	defer h.Unlock()
	if key := h.keys[k]; key != nil {
		key.Destroy()
		delete(h.keys, k)
	}
}

// with hands a key of ours to whoever needs it, for as long as do runs.
func (b *Book) with(e *epoch, do func(*psi.Key) error) error {
	if err := b.openKey(e); err != nil {
		return err
	}
	b.held.RLock()
	defer b.held.RUnlock()
	key := b.held.keys[e.key()]
	if key == nil {
		return faulty(psi.Destroyed)
	}
	return do(key)
}

func (b *Book) openKey(e *epoch) error {
	b.held.Lock()
	defer b.held.Unlock()
	if b.held.keys[e.key()] != nil {
		return nil
	}
	if len(e.seed) == 0 {
		return faulty(psi.Destroyed)
	}
	seed, err := b.unseal(keyName(e.pact, e.ann.Epoch), e.seed)
	if err != nil {
		return err
	}
	defer clear(seed)
	key, err := psi.OpenKey(seed)
	if err == nil {
		b.held.keys[e.key()] = key
	}
	return err
}

func keyName(pact stix.ID, number int64) string {
	return "key " + string(pact) + " " + strconv.FormatInt(number, 10)
}

// seal closes a secret to the node's newest seal key, under a name.
func (b *Book) seal(name string, secret []byte) ([]byte, error) {
	var key []byte
	for _, k := range b.Keys.Public() { // the newest last
		if k.Use == mithaq.KeySeal {
			key = k.MLKEM768X25519
		}
	}
	return seal.HPKE(key, b.sealedFor(name), secret)
}

func (b *Book) unseal(name string, sealed []byte) ([]byte, error) {
	return b.Keys.OpenHPKE(b.sealedFor(name), sealed)
}

func (b *Book) sealedFor(name string) []byte { return seal.Info("match", string(b.Org), name) }
