package bench

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// alone is the processor time of f itself, whatever else this process does
// meanwhile. The kernel brings getrusage of a thread up to date with its tick
// alone, so it is the thread's clock that is asked.
func alone(f func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	from := thread()
	f()
	return thread() - from
}

func thread() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
