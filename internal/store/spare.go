package store

import "sync"

// spare holds read connections that nobody uses. The one used last is taken
// first: its pages and statements are warm, and a node where one reads at a time
// has one connection, not as many as it may have.
type spare struct {
	mu    sync.Mutex
	conns []conn
}

// take gives a connection that works, nil when there is none.
func (s *spare) take() conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.conns) > 0 {
		last := len(s.conns) - 1
		c := s.conns[last]
		s.conns = s.conns[:last]
		if !c.broken() {
			return c
		}
		_ = c.close()
	}
	return nil
}

func (s *spare) put(c conn) {
	if c == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
}

func (s *spare) close() {
	for c := s.take(); c != nil; c = s.take() {
		_ = c.close()
	}
}
