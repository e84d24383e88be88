package bubble_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/testdata"
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

func TestEveryBubbleIsMadeHere(t *testing.T) {
	root := testdata.Root(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || filepath.Base(filepath.Dir(path)) == "bubble" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte("synctest.Test(")) {
			t.Errorf("%s makes a bubble by itself, which the race detector may not survive", strings.TrimPrefix(path, root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
