package mithaqtest

import (
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// ErrDisk is what a failing disk answers.
var ErrDisk = errors.New("input/output error, injected")

// A Disk fails when told to. The zero value does not.
type Disk struct {
	mu     sync.Mutex
	point  store.Point
	in     int // passings of the point until it strikes; 0: never
	struck bool
	passed map[store.Point]int
}

// Passed is how often a point was passed since the beginning.
func (d *Disk) Passed(point store.Point) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed[point]
}

// FailAt makes the nth passing of a point fail, once.
func (d *Disk) FailAt(point store.Point, nth int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.point, d.in, d.struck = point, nth, false
}

// Struck reports whether it failed since it was told to, and calms it.
func (d *Disk) Struck() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.in = 0
	return d.struck
}

func (d *Disk) fault(p store.Point) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.passed == nil {
		d.passed = map[store.Point]int{}
	}
	d.passed[p]++
	if d.in == 0 || p != d.point {
		return nil
	}
	if d.in--; d.in > 0 {
		return nil
	}
	d.struck = true
	return ErrDisk
}

// OnDisk keeps a node on a disk that can fail.
func OnDisk(d *Disk) Option { return With(func(o *node.Options) { o.Faults = d.fault }) }

// Room leaves a node so many pages of 4 KiB beyond what its database has now;
// negative: all it wants. The node stands still when it is given.
func Room(pages int) Option {
	return func(n *Node) {
		if n.options.MaxPages = 0; pages < 0 {
			return
		}
		info, err := os.Stat(filepath.Join(n.Dir, "mithaq.db"))
		n.must(err)
		n.options.MaxPages = int(info.Size()/4096) + pages
	}
}
