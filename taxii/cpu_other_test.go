//go:build !unix

package taxii

import "time"

// cpuTime is not known here; wall time stands in.
func cpuTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
