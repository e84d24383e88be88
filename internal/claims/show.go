//go:build unix

package claims

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Inside is set in the environment of a command that Show runs, so that a
// command which runs the tests does not run the claims once more.
const Inside = "MITHAQ_INSIDE_CLAIM"

// patience is how long a command's pipes may stay open after it was killed.
const patience = 2 * time.Second

// Show runs the command of a claim in the folder root and returns its output,
// both streams as they came. A command that exits with another code than 0, or
// still runs when ctx ends, is an error; what the command started ends with it.
func (c Claim) Show(ctx context.Context, root string) (string, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", c.Command)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), Inside+"=yes")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = patience
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = fmt.Errorf("%q was stopped: %w", c.Command, context.Cause(ctx))
	}
	return string(out), err
}
