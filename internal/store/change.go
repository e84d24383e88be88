package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
)

// A Change says that something happened to key under topic. It is written in
// the transaction of what happened, and read by consumers in the order of
// commits.
type Change struct {
	Seq   int64
	Topic string
	Key   string
	Note  []byte
}

// Change adds a line to the change table; whoever waits on the topic is woken when it is durable.
func (tx *Tx) Change(topic, key string, note []byte) error {
	seq, err := tx.Seq()
	if err != nil {
		return err
	}
	if note == nil {
		note = []byte{}
	}
	if _, err := tx.Exec("INSERT INTO change(seq, topic, item, note) VALUES(?, ?, ?, ?)", seq, topic, key, note); err != nil {
		return err
	}
	tx.Wakes(topic)
	return nil
}

// Wakes wakes whoever waits on topic once the transaction is durable.
func (tx *Tx) Wakes(topic string) {
	if slices.Contains(tx.topics, topic) {
		return
	}
	tx.topics = append(tx.topics, topic)
}

// Changes are the oldest changes under topics that consumer has not
// acknowledged, at most limit. A new consumer begins at the oldest kept.
func (s *Store) Changes(ctx context.Context, consumer string, topics []string, limit int) (changes []Change, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		from, err := tx.cursor(consumer)
		if err != nil {
			return err
		}
		changes, err = tx.changes(from, topics, limit)
		return err
	})
	return changes, err
}

// ChangesAfter are the oldest changes under topics after a number, at most
// limit, for whoever keeps the number elsewhere.
func (s *Store) ChangesAfter(tx *Tx, after int64, topics []string, limit int) ([]Change, error) {
	return tx.changes(after, topics, limit)
}

func (tx *Tx) cursor(consumer string) (seq int64, err error) {
	err = tx.QueryRow("SELECT seq FROM cursor WHERE consumer = ?", consumer).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return seq, err
}

func (tx *Tx) changes(after int64, topics []string, limit int) ([]Change, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	args := []any{after}
	for _, t := range topics {
		args = append(args, t)
	}
	rows, err := tx.Query(`SELECT seq, topic, item, note FROM change WHERE seq > ? AND topic IN (`+marks(len(topics))+`)
		ORDER BY seq LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(c *Change) []any { return []any{&c.Seq, &c.Topic, &c.Key, &c.Note} })
}

// collect reads all rows into values whose places fields names.
func collect[T any](rows *Rows, fields func(*T) []any) (all []T, err error) {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var t T
		if err := rows.Scan(fields(&t)...); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// marks is n placeholders with commas.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// Ack moves consumer's cursor up to seq, durably; it never moves back.
func (s *Store) Ack(ctx context.Context, consumer string, seq int64) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.Ack(consumer, seq) })
}

// Ack moves consumer's cursor in the transaction that does its work, so that work is done exactly once.
func (tx *Tx) Ack(consumer string, seq int64) error {
	_, err := tx.Exec(`INSERT INTO cursor(consumer, seq) VALUES(?, ?)
		ON CONFLICT(consumer) DO UPDATE SET seq = excluded.seq WHERE cursor.seq < excluded.seq`, consumer, seq)
	return err
}

// wakes holds one channel a topic, closed at the next change under it.
type wakes struct {
	mu sync.Mutex
	on map[string]chan struct{}
}

// Wake is closed at the next commit that changes topic. Take it before looking,
// so that nothing falls between. Where several processes share a database it is
// closed by the others' commits too, and every few seconds, since a notification
// may be lost.
func (s *Store) Wake(topic string) <-chan struct{} {
	s.wakes.mu.Lock()
	defer s.wakes.mu.Unlock()
	c, ok := s.wakes.on[topic]
	if !ok {
		if s.wakes.on == nil {
			s.wakes.on = map[string]chan struct{}{}
		}
		c = make(chan struct{})
		s.wakes.on[topic] = c
	}
	return c
}

func (w *wakes) ring(topics []string) {
	if len(topics) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range topics {
		if c, ok := w.on[t]; ok {
			close(c)
			delete(w.on, t)
		}
	}
}

// all wakes everybody.
func (w *wakes) all() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.on {
		close(c)
	}
	clear(w.on)
}

// Prune forgets changes up to seq that every known consumer has acknowledged.
func (tx *Tx) Prune(seq int64) (int64, error) {
	r, err := tx.Exec(`DELETE FROM change WHERE seq <= ? AND seq <= (SELECT min(seq) FROM cursor)`, seq)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
