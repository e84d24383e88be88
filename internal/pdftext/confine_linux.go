package pdftext

import (
	"fmt"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

const (
	memory = 256 << 20 // bytes that may be written to
	soft   = 200 << 20 // from where the collector works harder
)

// confine gives up what the child does not need, for good: the hard limits go too.
// It may use so many seconds of processor time.
func confine(seconds uint64) error {
	debug.SetMemoryLimit(soft)
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	for _, l := range []struct {
		what string
		of   int
		most uint64
	}{
		{"memory", unix.RLIMIT_DATA, memory},
		{"processor time", unix.RLIMIT_CPU, seconds},
		{"files to write", unix.RLIMIT_FSIZE, 0},
		{"memory dumps", unix.RLIMIT_CORE, 0},
		{"files and sockets", unix.RLIMIT_NOFILE, 0}, // those that are open stay
	} {
		if err := unix.Setrlimit(l.of, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return fmt.Errorf("limit %s: %w", l.what, err)
		}
	}
	return nil
}
