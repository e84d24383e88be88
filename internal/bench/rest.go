package bench

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
)

// The targets of a node at rest, and of the program.
const (
	restMemory   = 60.0 // MB
	restCPU      = 1.0  // % of a core
	binaryTarget = 60.0 // MB
)

const (
	partners = 8 // among whom the pacts of the node at rest are
	settling = 10 * time.Second
	resting  = 20 * time.Second
)

// resting looks at `mithaq serve` from outside, its partners serving too.
func (o *Options) resting(ctx context.Context) ([]Figure, error) {
	if o.Program == "" {
		return nil, errors.New("the node at rest needs the program")
	}
	return o.inWorld(ctx, func(w *world) ([]Figure, error) {
		w.work = keys.DefaultWork // opening the keys takes memory, which is given back
		d, err := o.pacted(ctx, w)
		if err != nil {
			return nil, err
		}
		serve := exec.CommandContext(ctx, o.Program, "--dir", d.dir, "serve")
		serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
		serve.WaitDelay = 20 * time.Second
		if err := serve.Start(); err != nil {
			return nil, err
		}
		list, err := o.watch(ctx, serve.Process.Pid)
		return list, errors.Join(err, answers(d), serve.Process.Signal(os.Interrupt), serve.Wait())
	})
}

// answers wants the node at rest to be there for its partners.
func answers(d *desk) error {
	c, err := net.Dial("tcp", strings.TrimPrefix(d.address, "https://"))
	if err != nil {
		return fmt.Errorf("the node at rest does not answer: %w", err)
	}
	return c.Close()
}

// pacted makes a node with many pacts, and stops it.
func (o *Options) pacted(ctx context.Context, w *world) (*desk, error) {
	d, err := w.add(ctx, "atlas.example")
	if err != nil {
		return nil, err
	}
	var others []*desk
	w.work = quick
	for i := range min(partners, o.Pacts) {
		other, err := w.add(ctx, mithaq.OrgID(fmt.Sprintf("partner-%d.example", i)))
		if err != nil {
			return nil, err
		}
		if err := acquaint(ctx, d, other); err != nil {
			return nil, err
		}
		others = append(others, other)
	}
	for i := range o.Pacts {
		if _, err := agree(ctx, d, others[i%len(others)], nil); err != nil {
			return nil, fmt.Errorf("pact %d: %w", i, err)
		}
	}
	return d, d.halt()
}

// watch says what a process does while nobody asks it for anything.
func (o *Options) watch(ctx context.Context, pid int) ([]Figure, error) {
	if err := sleep(ctx, settling); err != nil {
		return nil, err
	}
	from, err := cpuOf(pid)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := sleep(ctx, resting); err != nil {
		return nil, err
	}
	to, err := cpuOf(pid)
	if err != nil {
		return nil, err
	}
	share := 100 * (to - from).Seconds() / time.Since(began).Seconds()
	id := strconv.Itoa(pid)
	return []Figure{
		{Name: "pacts", Value: float64(o.Pacts)},
		{Name: "memory", Value: memory(id, "VmRSS"), Unit: "MB", Target: restMemory},
		{Name: "of it the program's own pages", Value: memory(id, "RssFile"), Unit: "MB"},
		{Name: "memory since the start, at the peak", Value: memory(id, "VmHWM"), Unit: "MB"},
		{Name: "processor, of one core", Value: share, Unit: "%", Target: restCPU},
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// binary is the size of the program, to be compared when it is stripped.
func (o *Options) binary(context.Context) ([]Figure, error) {
	info, err := os.Stat(o.Program)
	if err != nil {
		return nil, err
	}
	f := Figure{Name: "size, stripped", Value: float64(info.Size()) / 1e6, Unit: "MB", Target: binaryTarget}
	if !stripped(o.Program) {
		f.Name, f.Target, f.Note = "size, not stripped", 0, "make build strips it"
	}
	return []Figure{f}, nil
}

// stripped reports whether a program is without symbols, as far as it can be told.
func stripped(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	return f.Section(".symtab") == nil
}
