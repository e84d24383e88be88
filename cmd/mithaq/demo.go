package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/demo"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
)

func (a *app) demoVerb() *cobra.Command {
	var once bool
	var data string
	cmd := verb("demo", "Play \"Six days before the final\": three organisations on this machine", 0, func(cmd *cobra.Command, _ []string) error {
		dir, err := os.MkdirTemp("", "mithaq-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o := demo.Options{Dir: dir, Out: a.out, Say: a.say, Once: once, Data: data}
		if f, ok := a.out.(*os.File); ok {
			o.Tell = tell.OptionsOf(f)
		}
		return demo.Play(cmd.Context(), o)
	})
	cmd.Flags().StringVar(&data, "data", "", "also import this file of STIX 2.1 or 2.0, gzipped or not, and share it with a partner")
	cmd.Flags().BoolVar(&once, "once", false, "stop the nodes at the end, and exit")
	return cmd
}
