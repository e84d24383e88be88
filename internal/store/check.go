package store

import "context"

// A Fault is something Check found.
type Fault struct{ What string }

// Check looks for damage.
func (s *Store) Check(ctx context.Context) ([]Fault, error) { return nil, ctx.Err() }
