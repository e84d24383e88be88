//go:build !linux

package bench

import "time"

// alone is the wall time of f, where a thread's own cannot be told.
func alone(f func()) time.Duration {
	from := time.Now()
	f()
	return time.Since(from)
}
