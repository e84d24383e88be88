package store

import (
	"testing"
	"time"
)

func TestChangesComeInOrderUntilAcknowledged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	woken := s.Wake("item")
	must(t, s.Write(t.Context(), func(tx *Tx) error {
		must(t, tx.Change("item", "a", []byte("1")))
		must(t, tx.Change("pact", "p", nil))
		return tx.Change("item", "b", nil)
	}))
	<-woken
	keys := func(s *Store) (keys string, last int64) {
		changes, err := s.Changes(t.Context(), "alerts", []string{"item"}, 10)
		must(t, err)
		for _, c := range changes {
			keys, last = keys+c.Key, c.Seq
		}
		return keys, last
	}
	first, last := keys(s)
	want(t, "first", first, "ab")
	must(t, s.Ack(t.Context(), "alerts", last))
	must(t, s.Ack(t.Context(), "alerts", 1)) // never back
	must(t, s.Write(t.Context(), func(tx *Tx) error { return tx.Change("item", "c", nil) }))
	must(t, s.Close())
	second, _ := keys(open(t, Config{Dir: dir}))
	want(t, "second, after reopening", second, "c")
}

func TestWakeOnlyAfterCommit(t *testing.T) {
	s := open(t, Config{})
	woken := s.Wake("item")
	_ = s.Write(t.Context(), func(tx *Tx) error {
		must(t, tx.Change("item", "a", nil))
		return errAborted
	})
	select {
	case <-woken:
		t.Error("woken by what was taken back")
	default:
	}
}

func TestSequenceNeverGoesBack(t *testing.T) {
	dir := t.TempDir()
	clock := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	seq := func(s *Store) (n int64) {
		must(t, s.Write(t.Context(), func(tx *Tx) (err error) { n, err = tx.Seq(); return err }))
		return n
	}
	s := open(t, Config{Dir: dir, Now: func() time.Time { return clock }})
	first := seq(s)
	want(t, "is a date", time.UnixMicro(first).UTC().Truncate(time.Second), clock)
	must(t, s.Close())
	clock = clock.Add(-time.Hour)
	s = open(t, Config{Dir: dir, Now: func() time.Time { return clock }})
	want(t, "after the clock went back", seq(s) > first, true)
}

func TestDueJobs(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	s := open(t, Config{Now: func() time.Time { return now }})
	set := func(key string, in time.Duration) {
		must(t, s.Write(t.Context(), func(tx *Tx) error {
			return tx.Due(DueJob{Kind: "push", Key: key, At: now.Add(in), Payload: []byte(key)})
		}))
	}
	claim := func() (keys string, jobs []DueJob) {
		jobs, err := s.Claim(t.Context(), []string{"push", "expire"}, 10, time.Minute)
		must(t, err)
		for _, j := range jobs {
			keys += j.Key
		}
		return keys, jobs
	}
	set("b", time.Second)
	set("a", 0)
	set("c", time.Hour)
	keys, _ := claim()
	want(t, "only what is due", keys, "a")
	now = now.Add(time.Second)
	keys, _ = claim()
	want(t, "not what is leased", keys, "b")
	must(t, s.Write(t.Context(), func(tx *Tx) error { return tx.Done("push", "b") }))
	now = now.Add(time.Minute)
	keys, jobs := claim()
	want(t, "back after the lease", keys, "a")
	want(t, "attempts", jobs[0].Attempt, 2)
	set("a", time.Minute) // set anew while it is being done
	must(t, s.Write(t.Context(), func(tx *Tx) error {
		gone, err := tx.Finish(jobs[0])
		want(t, "a newer job is not ended", gone, false)
		return err
	}))
	at, ok, err := s.NextDue(t.Context(), []string{"push"})
	must(t, err)
	want(t, "next", ok && at.Equal(now.Add(time.Minute)), true)
	now = now.Add(time.Minute)
	_, jobs = claim()
	want(t, "attempts begin again", jobs[0].Attempt, 1)
	must(t, s.Write(t.Context(), func(tx *Tx) error { return tx.Later(jobs[0], now.Add(2*time.Hour)) }))
	at, _, err = s.NextDue(t.Context(), []string{"push"})
	must(t, err)
	want(t, "put off behind c", at.Sub(now) < 2*time.Hour, true)
}

func TestBackoffGrowsToItsBound(t *testing.T) {
	for attempt := range 100 {
		d := Backoff(attempt, time.Second, time.Hour)
		most := time.Hour
		if attempt <= 12 {
			most = time.Second << max(attempt-1, 0)
		}
		if most > time.Hour {
			most = time.Hour
		}
		if d < most/2 || d > most {
			t.Errorf("attempt %d: %s is not within %s and %s", attempt, d, most/2, most)
		}
	}
}
