// Package bubble runs tests in bubbles of testing/synctest, where waiting costs
// nothing.
//
// Under the race detector a bubble runs on one processor. Up to Go 1.26 all
// timers of a bubble share one context of the detector, whichever thread runs
// them; two threads that find timers due at the same moment corrupt it, and the
// detector ends the test with "CHECK failed" or a fault of its own
// (golang/go#78156). What the detector reports does not depend on the number of
// processors: it follows the order in which goroutines synchronise.
package bubble

import (
	"runtime"
	"testing"
	"testing/synctest"
)

// Test is synctest.Test. Tests that use it do not run in parallel with others.
func Test(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if Detecting {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	}
	synctest.Test(t, f)
}
