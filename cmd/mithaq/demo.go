package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/demo"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
)

func (a *app) demoVerb() *cobra.Command {
	o := demo.Options{}
	cmd := verb("demo", "Play \"Six days before the final\": three organisations on this machine", 0, func(cmd *cobra.Command, _ []string) error {
		o.Out, o.Say, o.Command = a.out, a.say, program()
		if f, ok := a.out.(*os.File); ok {
			o.Tell = tell.OptionsOf(f)
		}
		var err error
		if o.Dir, o.Remove, err = a.demoFolder(cmd.Flags().Changed("dir")); err != nil {
			return err
		}
		err = demo.Play(cmd.Context(), o)
		if errors.Is(err, context.Canceled) && cmd.Context().Err() != nil {
			return nil // the reader stopped it, and was told what became of it
		}
		return err
	})
	cmd.Long = `Three nodes on this machine play a story, each step of which really happens. Then they go on serving, and the
story says what to try; Ctrl-C stops them and removes what they kept. With --dir the folder stays.`
	cmd.Flags().BoolVar(&o.Once, "once", false, "stop the nodes at the end, and exit")
	cmd.Flags().StringVar(&o.Data, "data", "", "also import this file of STIX 2.1 or 2.0, gzipped or not, and share it with a partner")
	return cmd
}

// demoFolder is where the nodes live, and whether it goes with them.
func (a *app) demoFolder(kept bool) (dir string, remove bool, err error) {
	if !kept {
		dir, err = os.MkdirTemp("", "mithaq-demo-")
		return dir, true, err
	}
	dir, err = filepath.Abs(a.dir)
	return dir, false, err
}

// program is how the reader called this program, for commands to copy.
var program = func() string {
	exe, err := os.Executable()
	if err != nil || strings.Contains(exe, "go-build") {
		return "go run ./cmd/mithaq" // which builds into a folder of its own
	}
	if found, err := exec.LookPath("mithaq"); err == nil && found == exe {
		return "mithaq"
	}
	return exe
}
