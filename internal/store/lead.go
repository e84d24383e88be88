package store

import (
	"context"
	"sync"
)

// A Lead is a duty that one process does for all, such as looking at what partners
// hold: whoever comes first, until it dies; then another finds it free at its
// next look. It is for what costs more, and is not wrong, when two do it.
type Lead struct {
	s    *Store
	name string

	mu   sync.Mutex
	done func()
	line int64 // the line by which it was taken
}

// Lead is the duty of a name.
func (s *Store) Lead(name string) *Lead { return &Lead{s: s, name: name} }

// Mine reports whether the duty is this process's, and makes it so if it is free.
func (l *Lead) Mine(ctx context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.s.lines.Load()
	if l.done != nil && l.line != line { // another may have it since the line broke
		l.done()
		l.done = nil
	}
	if l.done == nil {
		l.done, _, _ = l.s.TryAlone(ctx, l.name)
		l.line = line
	}
	return l.done != nil
}

// Leave lets another have it.
func (l *Lead) Leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done != nil {
		l.done()
		l.done = nil
	}
}
