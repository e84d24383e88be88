//go:build !unix

package mispapi

import "time"

func cpuTime() time.Duration { return 0 }
