package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"
)

// A DueJob is something to be done at a time: a delivery, a deadline, an expiry.
type DueJob struct {
	Kind    string
	Key     string // names the job within its kind
	At      time.Time
	Payload []byte

	Attempt int   // how often it was claimed, this time included
	Token   int64 // changes each time the job is set, so that Finish does not end a newer one
}

// DueTopic is woken when a job of kind is set.
func DueTopic(kind string) string { return "due/" + kind }

// Due sets a job, or sets it anew: one job a kind and key. Attempts begin again.
func (tx *Tx) Due(j DueJob) error {
	token, err := tx.Seq()
	if err != nil {
		return err
	}
	if j.Payload == nil {
		j.Payload = []byte{}
	}
	_, err = tx.Exec(`INSERT INTO due(kind, name, at, payload, attempt, token) VALUES(?, ?, ?, ?, 0, ?)
		ON CONFLICT(kind, name) DO UPDATE SET at = excluded.at, payload = excluded.payload, attempt = 0, token = excluded.token, holder = 0`,
		j.Kind, j.Key, j.At.UnixMicro(), j.Payload, token)
	tx.Wakes(DueTopic(j.Kind))
	return err
}

// Done removes a job, whatever its state.
func (tx *Tx) Done(kind, key string) error {
	_, err := tx.Exec("DELETE FROM due WHERE kind = ? AND name = ?", kind, key)
	return err
}

// DueAt is when a job is due; ok is false when there is none of that name.
func (tx *Tx) DueAt(kind, key string) (at time.Time, ok bool, err error) {
	var micro int64
	err = tx.QueryRow("SELECT at FROM due WHERE kind = ? AND name = ?", kind, key).Scan(&micro)
	if errors.Is(err, sql.ErrNoRows) {
		return at, false, nil
	}
	return time.UnixMicro(micro).UTC(), err == nil, err
}

// Finish removes a claimed job unless it was set anew meanwhile; it reports whether it was removed.
func (tx *Tx) Finish(j DueJob) (bool, error) {
	r, err := tx.Exec("DELETE FROM due WHERE kind = ? AND name = ? AND token = ?", j.Kind, j.Key, j.Token)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// Later puts a claimed job off until at, keeping its attempts, unless it was set anew meanwhile.
func (tx *Tx) Later(j DueJob, at time.Time) error {
	_, err := tx.Exec("UPDATE due SET at = ?, holder = 0 WHERE kind = ? AND name = ? AND token = ?", at.UnixMicro(), j.Kind, j.Key, j.Token)
	tx.Wakes(DueTopic(j.Kind))
	return err
}

// Renew keeps a claimed job for another lease, unless it was set anew meanwhile.
func (tx *Tx) Renew(j DueJob, lease time.Duration) error {
	_, err := tx.Exec("UPDATE due SET at = ? WHERE kind = ? AND name = ? AND token = ?", tx.now.Add(lease).UnixMicro(), j.Kind, j.Key, j.Token)
	return err
}

// Claimed reports whether a process has a job in hand. After Inherit that process lives.
func (tx *Tx) Claimed(kind, key string) (bool, error) {
	holder, err := tx.holder(kind, key)
	return holder != 0, err
}

// ClaimedElsewhere reports whether another process than this one has a job in hand.
func (tx *Tx) ClaimedElsewhere(kind, key string) (bool, error) {
	holder, err := tx.holder(kind, key)
	return holder != 0 && holder != tx.s.process, err
}

func (tx *Tx) holder(kind, key string) (holder int64, err error) {
	err = tx.QueryRow("SELECT holder FROM due WHERE kind = ? AND name = ?", kind, key).Scan(&holder)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return holder, err
}

// Claim takes up to limit jobs of kinds whose time has come, oldest first. They
// come back after lease if they are neither finished nor put off by then, and a
// few seconds after the death of the process, so that a worker's death loses no
// job. A job is claimed by one process at a time: each Write waits for the one
// before it, in whatever process.
func (s *Store) Claim(ctx context.Context, kinds []string, limit int, lease time.Duration) (jobs []DueJob, err error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	if due, err := s.anyDue(ctx, kinds); err != nil || !due {
		return nil, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		jobs, err = tx.claim(kinds, limit, lease)
		return err
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// anyDue spares an idle node its writes.
func (s *Store) anyDue(ctx context.Context, kinds []string) (bool, error) {
	at, ok, err := s.NextDue(ctx, kinds)
	return ok && !at.After(s.now()), err
}

func (tx *Tx) claim(kinds []string, limit int, lease time.Duration) ([]DueJob, error) {
	args := append(words(kinds), tx.now.UnixMicro(), limit)
	rows, err := tx.Query(`SELECT kind, name, at, payload, attempt + 1, token FROM due
		WHERE kind IN (`+marks(len(kinds))+`) AND at <= ? ORDER BY at LIMIT ?`, args...)
	if err != nil {
		return nil, err
	}
	var ats []int64
	jobs, err := collect(rows, func(j *DueJob) []any {
		ats = append(ats, 0)
		return []any{&j.Kind, &j.Key, &ats[len(ats)-1], &j.Payload, &j.Attempt, &j.Token}
	})
	if err != nil {
		return nil, err
	}
	until := tx.now.Add(lease).UnixMicro()
	for i, j := range jobs {
		jobs[i].At = time.UnixMicro(ats[i]).UTC()
		if _, err := tx.Exec("UPDATE due SET at = ?, attempt = ?, holder = ? WHERE kind = ? AND name = ?", until, j.Attempt, tx.s.process, j.Kind, j.Key); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

func words(list []string) []any {
	args := make([]any, 0, len(list)+2)
	for _, k := range list {
		args = append(args, k)
	}
	return args
}

// NextDue is when the next job of kinds is due, for the timer of whoever does them.
func (s *Store) NextDue(ctx context.Context, kinds []string) (at time.Time, ok bool, err error) {
	if len(kinds) == 0 {
		return time.Time{}, false, nil
	}
	err = s.Read(ctx, func(tx *Tx) error {
		var micro int64
		err := tx.QueryRow("SELECT at FROM due WHERE kind IN ("+marks(len(kinds))+") ORDER BY at LIMIT 1", words(kinds)...).Scan(&micro)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		at, ok = time.UnixMicro(micro).UTC(), err == nil
		return err
	})
	return at, ok, err
}

// Backoff is how long to wait before trying again after attempt failures (from 1): base doubled
// each time up to most, then shortened at random by up to half, so that many do not come back at once.
func Backoff(attempt int, base, most time.Duration) time.Duration {
	d := most
	if attempt = max(attempt, 1); attempt <= 32 {
		if d = base << (attempt - 1); d > most || d < base {
			d = most
		}
	}
	return d - rand.N(d/2+1)
}
