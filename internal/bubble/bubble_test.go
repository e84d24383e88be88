package bubble_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/bubble"
)

// A timer whose channel nobody waits at runs when somebody looks at it: in the
// bubble, but on the thread of whoever looks. Many who look while the bubble runs
// others are what the race detector does not survive on several processors.
func TestManyTimersDueAtOnceAreSurvived(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	bubble.Test(t, func(*testing.T) {
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				for range 100 {
					timer := time.NewTimer(time.Second)
					time.AfterFunc(time.Second, func() {})
					time.Sleep(time.Second)
					<-timer.C
				}
			})
		}
		all.Wait()
	})
}

func TestProcessorsAreGivenBack(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	bubble.Test(t, func(*testing.T) { time.Sleep(time.Hour) })
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Fatalf("%d processors before, %d after", before, after)
	}
}
