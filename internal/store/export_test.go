package store

// NamesFor sets how many names the writer's filter is made for at least.
func (s *Store) NamesFor(n int) { s.names.least = n }
