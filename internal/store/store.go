package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// A Store is one open database. All methods may be called at once.
type Store struct {
	cfg Config
	eng engine
	now func() time.Time
	log *slog.Logger

	process int64        // this one's number among those that share the database
	line    *pgLine      // by which they know of each other; nil on SQLite
	lines   atomic.Int64 // how often it was lost

	turns      chan *turn // Writes waiting for the writer
	tally      tally
	closing    chan struct{} // closed by Close
	writerDone chan struct{}
	attended   chan struct{} // closed when nobody attends to the other processes any more
	readers    chan *reader  // places of those who may read at once
	spare      spare         // read connections that nobody uses
	closeOnce  sync.Once
	closeErr   error

	wakes   wakes
	holds   holds
	ears    ears
	words   lexicon
	classes classes
	twins   twins      // used by the Write under way only
	names   nameFilter // likewise
}

type reader struct{ c conn }

// Open opens the database, brings its schema up to date and starts its writer.
// A schema newer than this program, or one whose applied migrations have
// changed, is refused.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{
		cfg: cfg, now: cfg.Now, log: cfg.Log, process: newProcess(), attended: make(chan struct{}),
		turns: make(chan *turn), closing: make(chan struct{}), writerDone: make(chan struct{}),
		twins: newTwins(), names: nameFilter{least: leastNames},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.openEngine(ctx); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	c, err := s.migrated()
	if err != nil {
		_ = s.eng.close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.fillReaders()
	if err := s.join(ctx); err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, c.close(), s.eng.close()))
	}
	go s.writing(c)
	return s, nil
}

// join lets the other processes that share the database know of this one.
func (s *Store) join(ctx context.Context) (err error) {
	e, ok := s.eng.(*pgEngine)
	if !ok {
		close(s.attended)
		return nil
	}
	if s.line, err = openLine(ctx, s, e); err == nil {
		s.holds.locks = s.line
		go s.attending(s.line)
	}
	return err
}

func (s *Store) openEngine(ctx context.Context) error {
	kind, where, err := s.cfg.place()
	if err != nil {
		return err
	}
	if kind == "sqlite" {
		s.eng, err = openSQLite(where, s.cfg.MaxPages)
	} else {
		s.eng, err = openPostgres(ctx, where)
	}
	return err
}

// migrated opens the writer's connection and brings the schema up to date on it.
func (s *Store) migrated() (conn, error) {
	c, err := s.eng.connect(false)
	if err != nil {
		return nil, err
	}
	all := append([]Migration{ownMigration()}, s.cfg.Migrations...)
	if err := migrate(c, s.eng.postgres(), all, &s.cfg); err != nil {
		_ = c.close()
		return nil, err
	}
	return c, nil
}

func (s *Store) fillReaders() {
	n := s.cfg.Readers
	if n <= 0 {
		n = 4
	}
	s.readers = make(chan *reader, n)
	for range n {
		s.readers <- &reader{}
	}
}

// Postgres reports whether PostgreSQL keeps the data.
func (s *Store) Postgres() bool { return s.eng.postgres() }

// Close waits for the Writes and Reads under way, refuses new ones, and closes
// the database.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		<-s.attended
		for range cap(s.readers) {
			<-s.readers
		}
		s.spare.close()
		<-s.writerDone
		if s.line != nil {
			s.line.end()
		}
		if err := s.eng.close(); s.closeErr == nil {
			s.closeErr = err
		}
	})
	return s.closeErr
}

// Read runs fn on a snapshot: it sees what was committed when it began, and
// nothing that comes after. fn must not keep tx.
func (s *Store) Read(ctx context.Context, fn func(tx *Tx) error) error {
	r, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer s.leave(r)
	if err := s.snapshot(r); err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer r.end()
	tx := &Tx{s: s, c: r.c, ctx: ctx, now: s.now()}
	defer tx.end()
	return fn(tx)
}

func (s *Store) reader(ctx context.Context) (*reader, error) {
	select {
	case <-s.closing:
		return nil, errClosed
	default:
	}
	select {
	case r := <-s.readers:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closing:
		return nil, errClosed
	}
}

// leave gives a place back, and its connection to whoever reads next.
func (s *Store) leave(r *reader) {
	s.spare.put(r.c)
	r.c = nil
	s.readers <- r
}

// snapshot begins the read transaction, on a fresh connection when none is left.
func (s *Store) snapshot(r *reader) (err error) {
	if r.c = s.spare.take(); r.c == nil {
		if r.c, err = s.eng.connect(true); err != nil {
			r.c = nil
			return err
		}
	}
	return r.c.begin(false)
}

// end ends a read; a connection that cannot even roll back is not used again.
func (r *reader) end() {
	if err := r.c.rollback(); err != nil {
		_ = r.c.close()
		r.c = nil
	}
}
