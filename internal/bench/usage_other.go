//go:build !unix

package bench

import (
	"time"
)

var began = time.Now()

// cpu is wall time where the system does not tell.
func cpu() time.Duration { return time.Since(began) }
