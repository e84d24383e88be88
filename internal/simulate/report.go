package simulate

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A Report is what a federation did and cost.
type Report struct {
	Size         Size
	Pacts, Pairs int
	Things       int
	Events       map[deed]int

	Expected, Sent tally // messages by kind, of all nodes
	Shown          int64 // checkpoints that they carried
	Lines, Bytes   int64 // of the network, before the records were compared

	Founded, Lived, Reckoned Cost
	last                     time.Duration
}

// A Cost is what a part took.
type Cost struct {
	CPU    time.Duration // user and system
	Lines  int64         // connections opened, since the beginning
	Bytes  int64         // over the network, likewise
	Memory int64         // bytes that the process has at its end
}

func (r *Report) begin() { r.last = processor() }

// lap ends a part.
func (r *Report) lap(f *federation, c *Cost) {
	now := processor()
	c.CPU, r.last = now-r.last, now
	c.Lines, c.Bytes = f.w.Traffic()
	c.Memory = memory("VmRSS")
}

func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Peak is the most memory that this process ever had, in bytes; 0 where the
// system does not say.
func Peak() int64 { return memory("VmHWM") }

// memory reads a line of /proc/self/status (proc_pid_status(5)).
func memory(what string) (bytes int64) {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if n, err := fmt.Sscanf(line, what+": %d kB", &bytes); n == 1 && err == nil {
			return bytes << 10
		}
	}
	return 0
}

// String is the report as lines of text.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d nodes, %d pairs, %d pacts of which groups of %v, %d days, seed %d\n", r.Size.Nodes, r.Pairs, r.Pacts, r.Size.Groups, r.Size.Days, r.Size.Seed)
	fmt.Fprintf(&b, "%d things; events: %v\n", r.Things, r.Events)
	for _, kind := range slices.Sorted(maps.Keys(r.Expected)) {
		fmt.Fprintf(&b, "%-16s %6d sent, %6d accounted for\n", kind, r.Sent[kind], r.Expected[kind])
	}
	fmt.Fprintf(&b, "all              %6d sent, %6d accounted for; with %d checkpoints\n", r.Sent.total(), r.Expected.total(), r.Shown)
	for _, part := range []struct {
		name string
		c    Cost
	}{{"founding", r.Founded}, {"the days", r.Lived}, {"reckoning", r.Reckoned}} {
		fmt.Fprintf(&b, "%-10s %8.2f s of processor; so far %d lines opened, %.1f MB over them; %d MB of memory\n",
			part.name, part.c.CPU.Seconds(), part.c.Lines, float64(part.c.Bytes)/1e6, part.c.Memory>>20)
	}
	fmt.Fprintf(&b, "memory at the peak: %d MB\n", Peak()>>20)
	return b.String()
}
