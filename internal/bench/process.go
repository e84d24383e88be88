package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is how many a second Linux counts processor time in (USER_HZ).
const ticks = 100

// memory is a line of /proc/PID/status, in MB; 0 where the system has none.
func memory(pid, line string) float64 {
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return 0
	}
	for row := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(row, line+":"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// peak is the most memory this process ever held, in MB.
func peak() float64 { return memory("self", "VmHWM") }

// cpuOf is the processor time that another process used so far.
func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks, err
}

// onDisk is what a folder's files take, in bytes.
func onDisk(dir string) (sum float64) {
	_ = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // a file that went meanwhile takes nothing
		}
		if info, err := e.Info(); err == nil {
			sum += float64(info.Size())
		}
		return nil
	})
	return sum
}
