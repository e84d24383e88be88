package match

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// TypeBatch begins the ids of batches.
const TypeBatch = "x-mithaq-batch"

// The states of a batch.
const (
	BatchRunning = "running"
	BatchPaused  = "paused"  // by a person
	BatchWaiting = "waiting" // for the partner's budget of the next day
	BatchDone    = "done"
	BatchStopped = "stopped" // an answer does not hold, or the partner refuses
)

// MaxBatch bounds the identifiers of one batch.
const MaxBatch = 1 << 20

// inFlight are the questions of a batch that are asked at once: while one is
// evaluated by the partner, one is looked up here and one is blinded.
const inFlight = 4

// A Batch is many questions as one job.
type Batch struct {
	ID       stix.ID
	Partner  mithaq.OrgID
	Pact     stix.ID
	Purpose  mithaq.Purpose
	Scheme   psi.Scheme
	Case     stix.ID
	Person   mithaq.PersonID
	At       time.Time
	Inputs   int // all that is to be asked
	Answered int // of them
	Hits     int
	State    string
	Why      *mithaq.RefusedWhole
	Ended    time.Time
	Next     time.Time // when it goes on, if it waits

	parts, asked int
}

// A Bad is an entry of a batch that is no identifier of its type.
type Bad struct {
	Line int // from 1
	Why  string
}

// MaxBad is how many of them are named.
const MaxBad = 100

// Read normalises the values of a batch, and drops what is there twice and what
// is empty. What is malformed is named; nothing is asked while there is any.
func Read(t psi.Type, values []string) (inputs []psi.Input, bad []Bad) {
	seen := make(map[psi.Input]bool, len(values))
	for i, value := range values {
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		in, err := psi.Read(t, value)
		switch {
		case err != nil && len(bad) < MaxBad:
			bad = append(bad, Bad{i + 1, err.Error()})
		case err == nil && !seen[in]:
			seen[in] = true
			inputs = append(inputs, in)
		}
	}
	return inputs, bad
}

// AskMany asks about many identifiers, as one job that can be paused. Denied,
// NotFound, Conflict: as Ask says. Invalid: values that are none of their type;
// nothing was sent.
func (b *Book) AskMany(ctx context.Context, v mithaq.Viewer, ask Ask) (stix.ID, error) {
	if !MayAsk(v) {
		return "", denied("match.may-not-ask")
	}
	inputs, bad := Read(ask.Type, ask.Values)
	if len(bad) > 0 {
		return "", invalid("match.bad-value", bad[0].Line, bad[0].Why)
	}
	if len(inputs) == 0 || len(inputs) > MaxBatch {
		return "", invalid("match.ask-count", len(inputs), MaxBatch)
	}
	try := &asking{b: b, v: v, ask: ask}
	if err := b.read(ctx, try.look); err != nil {
		return "", err
	}
	id := stix.NewID(TypeBatch)
	parts, err := b.sealParts(id, inputs, try.perDay)
	if err != nil {
		return "", err
	}
	return id, b.write(ctx, func(tx *store.Tx) error { return b.keepBatch(tx, v, ask, id, len(inputs), parts) })
}

// sealParts cuts and closes what is to be asked, so that it does not lie about.
func (b *Book) sealParts(id stix.ID, inputs []psi.Input, perDay int) (parts [][]byte, err error) {
	for some := range cut(inputs, perDay) {
		raw, err := json.Marshal(some)
		if err != nil {
			return nil, err
		}
		sealed, err := b.seal(partName(id, len(parts)), raw)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sealed)
	}
	return parts, nil
}

// cut makes questions that the budget of one day can pay for.
func cut(inputs []psi.Input, perDay int) iter.Seq[[]psi.Input] {
	most := 1
	for _, size := range ladder {
		if size <= perDay {
			most = size
		}
	}
	if most == psi.MaxQuestion {
		return psi.Batches(inputs)
	}
	return slices.Chunk(inputs, most)
}

func partName(id stix.ID, part int) string { return "part " + string(id) + " " + strconv.Itoa(part) }

func (b *Book) keepBatch(tx *store.Tx, v mithaq.Viewer, ask Ask, id stix.ID, inputs int, parts [][]byte) error {
	_, err := tx.Exec(`INSERT INTO match_batch(id, partner, pact, purpose, scheme, casefile, person, at, inputs, parts, asked, state, why, ended)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0)`, string(id), string(ask.Partner), string(ask.Pact), string(ask.Purpose),
		string(ask.Type.Scheme()), string(ask.Case), string(v.Person), micro(tx.Now()), inputs, len(parts), BatchRunning, []byte{})
	if err != nil {
		return err
	}
	for i, raw := range parts {
		if _, err := tx.Exec("INSERT INTO match_batch_part(batch, part, inputs) VALUES(?, ?, ?)", string(id), i, raw); err != nil {
			return err
		}
	}
	err = b.enter(tx, v, "match-batch", mithaq.Account{
		To: ask.Partner, Case: string(ask.Case), About: id, Purpose: ask.Purpose, Notes: map[string]string{"type": string(ask.Type)},
		Counts: map[string]int64{"identifiers": int64(inputs), "questions": int64(len(parts))},
	})
	if err != nil {
		return err
	}
	return tx.Due(store.DueJob{Kind: JobBatch, Key: string(id), At: tx.Now()})
}

const batchColumns = "id, partner, pact, purpose, scheme, casefile, person, at, inputs, parts, asked, state, why, ended"

func scanBatch(scan func(...any) error) (j *Batch, err error) {
	j = &Batch{}
	var at, ended int64
	var why []byte
	err = scan((*string)(&j.ID), (*string)(&j.Partner), (*string)(&j.Pact), (*string)(&j.Purpose), (*string)(&j.Scheme), (*string)(&j.Case),
		(*string)(&j.Person), &at, &j.Inputs, &j.parts, &j.asked, &j.State, &why, &ended)
	if err != nil {
		return nil, err
	}
	j.At, j.Ended = timeOf(at), timeOf(ended)
	if len(why) > 0 {
		j.Why = new(mithaq.RefusedWhole)
		err = json.Unmarshal(why, j.Why)
	}
	return j, err
}

func (b *Book) batchBy(tx *store.Tx, id stix.ID) (*Batch, error) {
	j, err := scanBatch(tx.QueryRow("SELECT "+batchColumns+" FROM match_batch WHERE id = ?", string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("match.no-batch", string(id))
	}
	if err != nil {
		return nil, err
	}
	return j, addProgress(tx, j)
}

// addProgress says how far a batch is.
func addProgress(tx *store.Tx, j *Batch) error {
	err := tx.QueryRow("SELECT coalesce(sum(inputs), 0), coalesce(sum(hits), 0) FROM match_question WHERE batch = ? AND state = ?",
		string(j.ID), Answered).Scan(&j.Answered, &j.Hits)
	if err != nil || j.State != BatchWaiting {
		return err
	}
	j.Next, _, err = tx.DueAt(JobBatch, string(j.ID))
	return err
}

// Batch is one batch, for those with a need to know its case, and auditors.
func (b *Book) Batch(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Batch, error) {
	j, err := b.batchBy(tx, id)
	if err == nil && !v.Knows(j.Case) && !v.MayAudit() {
		return nil, notFound("match.no-batch", string(id))
	}
	return j, err
}

// Batches lists those of the viewer's cases, the newest first.
func (b *Book) Batches(tx *store.Tx, v mithaq.Viewer) (mine []*Batch, err error) {
	rows, err := tx.Query("SELECT " + batchColumns + " FROM match_batch ORDER BY at DESC, id LIMIT 200")
	all, err := collect(rows, err, scanBatch)
	for _, j := range all {
		if v.Knows(j.Case) || v.MayAudit() {
			mine = append(mine, j)
			err = errors.Join(err, addProgress(tx, j))
		}
	}
	return mine, err
}

// BatchHits are the hits of a batch so far; its misses are nowhere.
func (b *Book) BatchHits(tx *store.Tx, v mithaq.Viewer, id stix.ID) ([]Hit, error) {
	j, err := b.Batch(tx, v, id)
	if err != nil {
		return nil, err
	}
	if !v.Knows(j.Case) {
		return nil, notFound("gate.no-case", string(j.Case))
	}
	rows, err := tx.Query(`SELECT h.input, h.reference, h.class, h.desk FROM match_hit h JOIN match_question q ON q.id = h.question
		WHERE q.batch = ? ORDER BY q.part, h.place`, string(id))
	return collect(rows, err, func(scan func(...any) error) (h Hit, err error) {
		var input, reference []byte
		var class int64
		err = scan(&input, &reference, &class, &h.Desk)
		copy(h.Reference[:], reference)
		h.Class, h.Value = mithaq.Subjects(class), psi.Input(input).Value()
		return h, err
	})
}

// Pause holds a batch: what is on its way comes back, and nothing more is asked.
func (b *Book) Pause(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	return b.turn(tx, v, id, BatchPaused, BatchRunning, BatchWaiting)
}

// Resume lets a batch go on that was paused, waits, or was stopped; what was
// refused is asked again.
func (b *Book) Resume(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	if err := b.turn(tx, v, id, BatchRunning, BatchPaused, BatchWaiting, BatchStopped); err != nil {
		return err
	}
	rows, err := tx.Query("SELECT "+questionColumns+" FROM match_question WHERE batch = ? AND state IN (?, ?)", string(id), Refused, Failed)
	stuck, err := collect(rows, err, scanQuestion)
	for _, q := range stuck {
		err = errors.Join(err, b.resend(tx, q))
	}
	if err != nil {
		return err
	}
	return tx.Due(store.DueJob{Kind: JobBatch, Key: string(id), At: tx.Now()})
}

func (b *Book) turn(tx *store.Tx, v mithaq.Viewer, id stix.ID, to string, from ...string) error {
	j, err := b.batchBy(tx, id)
	switch {
	case err != nil:
		return err
	case !MayAsk(v):
		return denied("match.may-not-ask")
	case !v.Knows(j.Case):
		return notFound("gate.no-case", string(j.Case))
	case !slices.Contains(from, j.State):
		return mithaq.Refuse(mithaq.Conflict, "match.batch-state", j.State)
	}
	if err := setBatch(tx, j, to, nil); err != nil {
		return err
	}
	return b.enter(tx, v, "match-batch-"+to, mithaq.Account{About: id, Case: string(j.Case), To: j.Partner})
}

func setBatch(tx *store.Tx, j *Batch, state string, why *mithaq.RefusedWhole) error {
	raw := []byte{}
	if why != nil {
		var err error
		if raw, err = json.Marshal(why); err != nil {
			return err
		}
	}
	ended := int64(0)
	if state == BatchDone {
		ended = micro(tx.Now())
	}
	_, err := tx.Exec("UPDATE match_batch SET state = ?, why = ?, ended = ? WHERE id = ?", state, raw, ended, string(j.ID))
	if err != nil {
		return err
	}
	return tx.Change(TopicQuestion, string(j.ID), []byte(state))
}

// batchOn lets the batch of a question go on, now that something came of it.
func batchOn(tx *store.Tx, q *Question) error {
	if q.batch == "" {
		return nil
	}
	return tx.Due(store.DueJob{Kind: JobBatch, Key: q.batch, At: tx.Now()})
}

// goOn asks what can be asked of a batch now.
func (b *Book) goOn(ctx context.Context, id stix.ID) error {
	for {
		var j *Batch
		var next int
		err := b.write(ctx, func(tx *store.Tx) (err error) {
			if j, err = b.batchBy(tx, id); err != nil {
				return err
			}
			next, err = b.nextPart(tx, j)
			return err
		})
		if err != nil || next < 0 {
			return err
		}
		if err := b.askPart(ctx, j, next); err != nil {
			return b.stop(ctx, j, err)
		}
	}
}

// nextPart is the one to ask now; -1 when there is none, or none may be.
func (b *Book) nextPart(tx *store.Tx, j *Batch) (int, error) {
	if j.State == BatchWaiting {
		j.State = BatchRunning
		if err := setBatch(tx, j, BatchRunning, nil); err != nil {
			return -1, err
		}
	}
	if j.State != BatchRunning {
		return -1, nil
	}
	rows, err := tx.Query("SELECT "+questionColumns+" FROM match_question WHERE batch = ? AND state <> ? ORDER BY part", string(j.ID), Answered)
	open, err := collect(rows, err, scanQuestion)
	if err != nil {
		return -1, err
	}
	for _, q := range open {
		if q.State != Waiting {
			return -1, b.afterRefusal(tx, j, q)
		}
	}
	switch {
	case len(open) == 0 && j.asked == j.parts:
		return -1, b.finish(tx, j)
	case len(open) >= inFlight || j.asked == j.parts:
		return -1, nil
	}
	return j.asked, nil
}

// afterRefusal asks a question again that was refused since the budget of its
// day was spent, once another day has begun; any other refusal stops the batch.
func (b *Book) afterRefusal(tx *store.Tx, j *Batch, q *Question) error {
	if q.State != Refused || q.Why == nil || q.Why.Key != "match.fault."+string(psi.OverBudget) {
		return setBatch(tx, j, BatchStopped, q.Why)
	}
	tomorrow := tx.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(5 * time.Minute)
	if psi.Day(q.At) == psi.Day(tx.Now()) {
		return errors.Join(setBatch(tx, j, BatchWaiting, q.Why), tx.Due(store.DueJob{Kind: JobBatch, Key: string(j.ID), At: tomorrow}))
	}
	return errors.Join(b.resend(tx, q), tx.Due(store.DueJob{Kind: JobBatch, Key: string(j.ID), At: tx.Now()}))
}

// finish ends a batch.
func (b *Book) finish(tx *store.Tx, j *Batch) error {
	if err := setBatch(tx, j, BatchDone, nil); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "match-batch-done", At: mithaq.At(tx.Now()), From: j.Partner, About: j.ID, Case: string(j.Case), Purpose: j.Purpose,
		Counts: map[string]int64{"identifiers": int64(j.Inputs), "hits": int64(j.Hits)},
	})
}

// askPart asks one part, in the name of whoever began the batch, as long as they
// have a need to know the case.
func (b *Book) askPart(ctx context.Context, j *Batch, part int) error {
	var inputs []psi.Input
	v := mithaq.Viewer{Org: b.Org, Person: j.Person, Roles: []mithaq.Role{mithaq.Analyst}}
	err := b.read(ctx, func(tx *store.Tx) error {
		c, err := b.Cases.Case(tx, j.Case)
		if err != nil {
			return err
		}
		if slices.Contains(c.Members, j.Person) {
			v.Cases = []stix.ID{j.Case}
		}
		var sealed []byte
		if err := tx.QueryRow("SELECT inputs FROM match_batch_part WHERE batch = ? AND part = ?", string(j.ID), part).Scan(&sealed); err != nil {
			return err
		}
		raw, err := b.unseal(partName(j.ID, part), sealed)
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &inputs)
	})
	if err != nil {
		return err
	}
	ask := Ask{
		Partner: j.Partner, Pact: j.Pact, Purpose: j.Purpose, Type: j.Scheme.Type(), Case: j.Case,
		batch: string(j.ID), part: part, lane: mithaq.LaneBulk,
	}
	_, err = b.askInputs(ctx, v, ask, inputs)
	return err
}

// stop ends a batch that cannot go on, with the reason; it can be resumed.
func (b *Book) stop(ctx context.Context, j *Batch, why error) error {
	r, ok := errors.AsType[*mithaq.Refusal](why)
	if !ok || r.Kind == mithaq.Busy {
		return why
	}
	return b.write(ctx, func(tx *store.Tx) error { return setBatch(tx, j, BatchStopped, r.Whole()) })
}
