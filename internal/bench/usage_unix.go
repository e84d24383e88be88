//go:build unix

package bench

import (
	"syscall"
	"time"
)

// cpu is the processor time this process used so far, all threads, system calls
// included.
func cpu() time.Duration { return usage(syscall.RUSAGE_SELF) }

func usage(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
