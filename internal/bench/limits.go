package bench

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// floor is what this machine needs for parts of the work that cannot be spared.
type floor struct {
	json   float64 // µs of processor time to check that one object is JSON
	sha256 float64 // µs of processor time to hash one object
	fsync  float64 // ms for a small durable write, at the median
}

// atLeast is how long a limit is measured for.
const atLeast = 200 * time.Millisecond

// floorOf measures over the objects of a sample, and in the folder where the
// nodes keep theirs.
func floorOf(raws [][]byte, dir string) (f floor, err error) {
	if len(raws) > 0 {
		f.json = perObject(raws, func(raw []byte) bool { return jsontext.Value(raw).IsValid() })
		f.sha256 = perObject(raws, func(raw []byte) bool { return sha256.Sum256(raw) != [32]byte{} })
		if f.json < 0 {
			return f, errors.New("the sample is not JSON")
		}
	}
	f.fsync, err = syncTime(dir)
	return f, err
}

// perObject is the processor time of do, in µs; -1 where it fails.
func perObject(raws [][]byte, do func([]byte) bool) float64 {
	from, n := cpu(), 0
	for cpu()-from < atLeast {
		for _, raw := range raws {
			if !do(raw) {
				return -1
			}
		}
		n += len(raws)
	}
	return micros(cpu()-from) / float64(n)
}

// syncTime is the median of small writes, each followed by fsync, in ms.
func syncTime(dir string) (ms float64, err error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var walls []time.Duration
	block := make([]byte, 4096)
	for range 41 {
		began := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("fsync: %w", err)
		}
		walls = append(walls, time.Since(began))
	}
	return millis(quantile(walls, 0.5)), nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// quantile is a quantile of durations; it sorts them.
func quantile(list []time.Duration, q float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, int(q*float64(len(list))))]
}
