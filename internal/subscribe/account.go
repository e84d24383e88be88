package subscribe

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// An Outcome is how a run ended.
type Outcome string

// The outcomes.
const (
	Running   Outcome = "running"
	Ended     Outcome = "done"       // all there was
	Cut       Outcome = "cut"        // as much as one run may take; there is more
	Failed    Outcome = "failed"     // see why
	BrokenOff Outcome = "broken-off" // the node was stopped, or the subscription paused
)

// A Count says what became of objects. Seen is the sum of the others.
type Count struct {
	Seen        int64
	Taken       int64 // new here
	Known       int64 // here already, byte for byte
	Theirs      int64 // here as a partner gave them, under whose labels they stay
	Quarantined int64
	Passed      int64 // of types that were not asked for
}

func (c *Count) add(d Count) {
	c.Seen, c.Taken, c.Known, c.Theirs = c.Seen+d.Seen, c.Taken+d.Taken, c.Known+d.Known, c.Theirs+d.Theirs
	c.Quarantined, c.Passed = c.Quarantined+d.Quarantined, c.Passed+d.Passed
}

// A Run is the account of one run, or of several in a row that ended alike and
// brought nothing.
type Run struct {
	Number   int64
	Began    time.Time
	Ended    time.Time // zero while it goes on
	Outcome  Outcome
	Times    int64
	Requests int64
	Pages    int64
	Count
	Why *Why
}

func (r *Run) counts() map[string]int64 {
	all := map[string]int64{
		"requests": r.Requests, "pages": r.Pages, "seen": r.Seen, "taken": r.Taken, "known": r.Known, "theirs": r.Theirs,
		"quarantined": r.Quarantined, "passed": r.Passed,
	}
	for name, n := range all {
		if n == 0 && name != "seen" {
			delete(all, name)
		}
	}
	return all
}

// account adds what a page brought to the account of its run.
func (g *going) account(tx *store.Tx, c Count) error {
	if err := breakOff(tx, g.sub.Name, g.run.Number); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO subscribe_run(name, run, began, ended, outcome, times, requests, pages, seen, taken, known, theirs, quarantined, passed, why)
		VALUES(?, ?, ?, 0, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT(name, run) DO UPDATE SET requests = excluded.requests, pages = excluded.pages, seen = subscribe_run.seen + excluded.seen,
		taken = subscribe_run.taken + excluded.taken, known = subscribe_run.known + excluded.known, theirs = subscribe_run.theirs + excluded.theirs,
		quarantined = subscribe_run.quarantined + excluded.quarantined, passed = subscribe_run.passed + excluded.passed`,
		string(g.sub.Name), g.run.Number, g.run.Began.UnixMicro(), string(Running), g.line.requests.Load(), g.run.Pages+1,
		c.Seen, c.Taken, c.Known, c.Theirs, c.Quarantined, c.Passed, []byte{})
	return err
}

// breakOff ends the accounts of earlier runs that nobody ended: the node died in them.
func breakOff(tx *store.Tx, name Name, before int64) error {
	_, err := tx.Exec("UPDATE subscribe_run SET outcome = ?, ended = ? WHERE name = ? AND outcome = ? AND run < ?",
		string(BrokenOff), tx.Now().UnixMicro(), string(name), string(Running), before)
	return err
}

// finish ends the account of a run and gives it back; nil where nothing was
// stored and nothing is to be said. A run that brought nothing and ended like the
// one before it is counted with that.
func (g *going) finish(tx *store.Tx, v verdict) (*Run, error) {
	if err := breakOff(tx, g.sub.Name, g.run.Number); err != nil {
		return nil, err
	}
	before, err := lastRun(tx, g.sub.Name)
	if err != nil {
		return nil, err
	}
	stored, err := g.update(tx, v)
	if err == nil {
		err = prune(tx, g.sub.Name)
	}
	switch {
	case err != nil:
		return nil, err
	case stored:
		return oneRun(tx, g.sub.Name, g.run.Number)
	case v.outcome == BrokenOff:
		return nil, nil
	case before != nil && before.Seen == 0 && before.Outcome == v.outcome && sameWhy(before.Why, v.why):
		_, err = tx.Exec("UPDATE subscribe_run SET ended = ?, times = times + 1, requests = requests + ?, pages = pages + ? WHERE name = ? AND run = ?",
			tx.Now().UnixMicro(), g.requests(), g.run.Pages, string(g.sub.Name), before.Number)
		return before, err
	case before != nil:
		g.run.Number = before.Number + 1
	}
	if err := g.insert(tx, v); err != nil {
		return nil, err
	}
	return oneRun(tx, g.sub.Name, g.run.Number)
}

// update ends the account of a run that stored something.
func (g *going) update(tx *store.Tx, v verdict) (stored bool, err error) {
	why, err := v.why.bytes()
	if err != nil {
		return false, err
	}
	res, err := tx.Exec("UPDATE subscribe_run SET ended = ?, outcome = ?, requests = ?, why = ? WHERE name = ? AND run = ? AND began = ?",
		tx.Now().UnixMicro(), string(v.outcome), g.requests(), why, string(g.sub.Name), g.run.Number, g.run.Began.UnixMicro())
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// insert is the account of a run that stored nothing.
func (g *going) insert(tx *store.Tx, v verdict) error {
	why, err := v.why.bytes()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO subscribe_run(name, run, began, ended, outcome, times, requests, pages, seen, taken, known, theirs, quarantined, passed, why)
		VALUES(?, ?, ?, ?, ?, 1, ?, ?, 0, 0, 0, 0, 0, 0, ?)`, string(g.sub.Name), g.run.Number, g.run.Began.UnixMicro(), tx.Now().UnixMicro(),
		string(v.outcome), g.requests(), g.run.Pages, why)
	return err
}

func (g *going) requests() int64 {
	if g.line == nil {
		return 0
	}
	return g.line.requests.Load()
}

func sameWhy(a, b *Why) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Key == b.Key && slices.Equal(a.Args, b.Args)
}

const keepRuns = 100 // accounts of a subscription; the own log has what brought something

func prune(tx *store.Tx, name Name) error {
	_, err := tx.Exec(`DELETE FROM subscribe_run WHERE name = ? AND run <= (SELECT max(run) FROM subscribe_run WHERE name = ?) - ?`,
		string(name), string(name), keepRuns)
	return err
}

const runColumns = `SELECT run, began, ended, outcome, times, requests, pages, seen, taken, known, theirs, quarantined, passed, why FROM subscribe_run `

func scanRun(row interface{ Scan(...any) error }) (*Run, error) {
	r := &Run{}
	var began, ended int64
	var why []byte
	err := row.Scan(&r.Number, &began, &ended, (*string)(&r.Outcome), &r.Times, &r.Requests, &r.Pages,
		&r.Seen, &r.Taken, &r.Known, &r.Theirs, &r.Quarantined, &r.Passed, &why)
	if err != nil {
		return nil, err
	}
	r.Began, r.Ended = micros(began), micros(ended)
	r.Why, err = readWhy(why)
	return r, err
}

func lastRun(tx *store.Tx, name Name) (*Run, error) {
	r, err := scanRun(tx.QueryRow(runColumns+"WHERE name = ? ORDER BY run DESC LIMIT 1", string(name)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

func oneRun(tx *store.Tx, name Name, number int64) (*Run, error) {
	return scanRun(tx.QueryRow(runColumns+"WHERE name = ? AND run = ?", string(name), number))
}

// Runs is the account of a subscription's newest runs, the newest first.
func (b *Book) Runs(tx *store.Tx, name Name, limit int) ([]*Run, error) {
	rows, err := tx.Query(runColumns+"WHERE name = ? ORDER BY run DESC LIMIT ?", string(name), limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []*Run
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
