package store

import (
	"sync/atomic"
	"time"
)

// A Tally is what the writer of a store has done since it was opened.
type Tally struct {
	Waiting int64         // Writes that wait for the writer at this moment
	Writes  int64         // that came to a commit
	Commits int64         // each of one or more Writes
	Took    time.Duration // all commits together
}

type tally struct{ waiting, writes, commits, took atomic.Int64 }

func (t *tally) commit(writes int, took time.Duration) {
	t.writes.Add(int64(writes))
	t.commits.Add(1)
	t.took.Add(int64(took))
}

// Tally tells what the writer has done.
func (s *Store) Tally() Tally {
	t := &s.tally
	return Tally{t.waiting.Load(), t.writes.Load(), t.commits.Load(), time.Duration(t.took.Load())}
}

// Size is how many bytes the database takes: SQLite's pages without what is still
// in its write-ahead log, PostgreSQL's whole database.
func (tx *Tx) Size() (bytes int64, err error) {
	query := "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	if tx.s.Postgres() {
		query = "SELECT pg_database_size(current_database())"
	}
	err = tx.QueryRow(query).Scan(&bytes)
	return bytes, err
}

// Late are jobs of one kind whose time has come and that nobody has done.
type Late struct {
	Kind   string
	Jobs   int64
	Oldest time.Time // when the first of them was due
}

// Late counts by kind what should have been done by now.
func (tx *Tx) Late() ([]Late, error) {
	rows, err := tx.Query("SELECT kind, count(*), min(at) FROM due WHERE at <= ? GROUP BY kind ORDER BY kind", tx.now.UnixMicro())
	if err != nil {
		return nil, err
	}
	var ats []int64
	list, err := collect(rows, func(l *Late) []any {
		ats = append(ats, 0)
		return []any{&l.Kind, &l.Jobs, &ats[len(ats)-1]}
	})
	for i := range list {
		list[i].Oldest = time.UnixMicro(ats[i]).UTC()
	}
	return list, err
}
