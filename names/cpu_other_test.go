//go:build !unix

package names

import "time"

func cpuTime() time.Duration { return 0 }
