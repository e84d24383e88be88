package bench

import (
	"runtime"
	"time"
)

const ofThread = 1 // RUSAGE_THREAD

// alone is the processor time of f itself, whatever else this process does meanwhile.
func alone(f func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	from := usage(ofThread)
	f()
	return usage(ofThread) - from
}
