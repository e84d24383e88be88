package match

import (
	"container/list"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
)

// chunkSize is what one row of match_row holds: 256 rows of a set.
const chunkSize = 256 * psi.RowSize

// chunksAtOnce are those that are written in one transaction, 1.7 MB.
const chunksAtOnce = 64

// A rowWriter keeps the rows of a set, in transactions of their own. Close
// writes what is left.
type rowWriter struct {
	b     *Book
	ctx   context.Context
	owner int64
	next  int64
	buf   []byte
}

func (w *rowWriter) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	if len(w.buf) < chunksAtOnce*chunkSize {
		return len(p), nil
	}
	return len(p), w.flush(len(w.buf) / chunkSize * chunkSize)
}

func (w *rowWriter) Close() error { return w.flush(len(w.buf)) }

func (w *rowWriter) flush(n int) error {
	if n == 0 {
		return nil
	}
	next := w.next
	err := w.b.write(w.ctx, func(tx *store.Tx) error {
		w.next = next
		for at := 0; at < n; at += chunkSize {
			_, err := tx.Exec("INSERT INTO match_row(owner, chunk, rows) VALUES(?, ?, ?)", w.owner, w.next, w.buf[at:min(at+chunkSize, n)])
			if err != nil {
				return err
			}
			w.next++
		}
		return nil
	})
	w.buf = w.buf[:copy(w.buf, w.buf[n:])]
	return err
}

// A rowReader reads the rows of a set, with some chunks kept in memory.
type rowReader struct {
	b     *Book
	owner int64
	size  int64
}

// ReadAt reads as io.ReaderAt says.
func (r *rowReader) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at >= r.size {
			return n, io.EOF
		}
		chunk, err := r.b.open.chunk(r.b, r.owner, at/chunkSize)
		if err != nil {
			return n, err
		}
		inside := at % chunkSize
		if inside >= int64(len(chunk)) {
			return n, io.ErrUnexpectedEOF
		}
		n += copy(p[n:], chunk[inside:])
	}
	return n, nil
}

// openSets are the sets that were held to their headers, and the chunks of rows
// that were used last.
type openSets struct {
	mu     sync.Mutex
	max    int64 // bytes
	used   int64
	sets   map[mithaq.Digest]*psi.Set
	chunks map[chunkKey]*list.Element
	order  list.List // *cached, the newest first
}

type chunkKey struct{ owner, chunk int64 }

type cached struct {
	key  chunkKey
	rows []byte
}

func (o *openSets) chunk(b *Book, owner, chunk int64) ([]byte, error) {
	key := chunkKey{owner, chunk}
	if rows := o.find(key); rows != nil {
		return rows, nil
	}
	var rows []byte
	err := b.read(context.Background(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT rows FROM match_row WHERE owner = ? AND chunk = ?", owner, chunk).Scan(&rows)
	})
	if err != nil {
		return nil, fmt.Errorf("rows of set %d: %w", owner, err)
	}
	o.keep(key, rows)
	return rows, nil
}

func (o *openSets) find(key chunkKey) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.chunks[key]
	if e == nil {
		return nil
	}
	o.order.MoveToFront(e)
	return e.Value.(*cached).rows
}

func (o *openSets) keep(key chunkKey, rows []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.chunks == nil {
		o.chunks = map[chunkKey]*list.Element{}
	}
	if o.chunks[key] != nil {
		return
	}
	o.chunks[key] = o.order.PushFront(&cached{key, rows})
	for o.used += int64(len(rows)); o.used > o.max; {
		last := o.order.Back()
		gone := o.order.Remove(last).(*cached)
		delete(o.chunks, gone.key)
		o.used -= int64(len(gone.rows))
	}
}

// openSet holds a set to its header, once.
func (b *Book) openSet(s *set) (*psi.Set, error) {
	b.open.mu.Lock()
	have := b.open.sets[s.digest]
	b.open.mu.Unlock()
	if have != nil {
		return have, nil
	}
	made, err := psi.OpenSet(s.header, &rowReader{b, s.id, s.header.Count * psi.RowSize})
	if err != nil {
		return nil, faulty(err)
	}
	b.open.mu.Lock()
	defer b.open.mu.Unlock()
	if b.open.sets == nil || len(b.open.sets) > 256 {
		b.open.sets = map[mithaq.Digest]*psi.Set{}
	}
	b.open.sets[s.digest] = made
	return made, nil
}

// forget lets go of all that is in memory, when rows must not be there any more.
func (o *openSets) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.used, o.sets, o.chunks = 0, nil, nil
	o.order.Init()
}
