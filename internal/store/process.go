package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Several processes may share one database on PostgreSQL. Each has a number of
// its own, which stands beside the jobs that it has in hand, and a line to the
// server by which the others see that it lives: see pgLine.

// newProcess is a number that no other process has.
func newProcess() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1
}

const (
	// lookEvery is how often a process looks for what it was not woken for, and
	// for others that died.
	lookEvery = 2 * time.Second
	// wakeEvery is the same for all who wait on a topic.
	wakeEvery = 6 * time.Second
)

// attending looks after the others until the store closes.
func (s *Store) attending(l *pgLine) {
	defer close(s.attended)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-s.closing:
			return
		case <-tick.C:
		}
		if time.Since(last) >= wakeEvery {
			last = time.Now()
			s.wakes.all()
		}
		if err := s.Inherit(ctx); err != nil && l.alive() {
			s.log.Warn("store: jobs of other processes", "error", err)
		}
	}
}

// Inherit makes due now what processes that are no more had in hand. On SQLite
// there is one process that works, and it calls this: all others are no more.
func (s *Store) Inherit(ctx context.Context) error {
	holders, err := s.holders(ctx)
	if err != nil || len(holders) == 0 {
		return err
	}
	if s.line != nil {
		if holders, err = s.line.dead(ctx, holders); err != nil || len(holders) == 0 {
			return err
		}
	}
	return s.Write(ctx, func(tx *Tx) error { return tx.inherit(holders) })
}

// holders are the other processes that have jobs in hand.
func (s *Store) holders(ctx context.Context) (list []int64, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		return tx.rows("SELECT DISTINCT holder FROM due WHERE holder <> 0 AND holder <> ?", []any{s.process}, func(r *Rows) error {
			var id int64
			err := r.Scan(&id)
			list = append(list, id)
			return err
		})
	})
	return list, err
}

func (tx *Tx) inherit(holders []int64) error {
	var kinds []string
	for _, id := range holders {
		rows, err := tx.Query("UPDATE due SET at = ?, holder = 0 WHERE holder = ? RETURNING kind", tx.now.UnixMicro(), id)
		if err != nil {
			return err
		}
		some, err := collect(rows, func(kind *string) []any { return []any{kind} })
		if err != nil {
			return err
		}
		kinds = append(kinds, some...)
	}
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		tx.Wakes(DueTopic(kind))
	}
	return nil
}

// A notification is the process it comes from, and the topics that changed.
const maxPayload = 7000 // PostgreSQL takes less than 8000 bytes

func (s *Store) payload(topics []string) string {
	if len(topics) == 0 {
		return ""
	}
	text := strconv.FormatInt(s.process, 36) + " " + strings.Join(topics, " ")
	if len(text) > maxPayload {
		return strconv.FormatInt(s.process, 36) + " " + allTopics
	}
	return text
}

const allTopics = "*"

// heard wakes those who wait on what another process changed.
func (s *Store) heard(payload string) {
	from, rest, _ := strings.Cut(payload, " ")
	switch {
	case from == strconv.FormatInt(s.process, 36):
	case rest == allTopics:
		s.wakes.all()
		s.ears.all()
	default:
		s.ring(strings.Fields(rest))
	}
}

func (s *Store) ring(list []string) {
	var topics []string
	for _, field := range list {
		if topic, key, told := strings.Cut(field, "="); told {
			key, _ = url.QueryUnescape(key)
			s.ears.hear(topic, key)
		} else {
			topics = append(topics, topic)
		}
	}
	s.wakes.ring(topics)
}

// lost is called when the line to the other processes broke: what was held
// against them is not any more.
func (s *Store) lost() {
	s.lines.Add(1)
	s.ears.all()
}
