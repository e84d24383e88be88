package main

import (
	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/node"
)

func (a *app) configVerb() *cobra.Command {
	return family("config", "The node's configuration",
		verb("check", "Say everything that is wrong with it", 0, func(*cobra.Command, []string) error {
			if _, err := node.ReadConfig(a.dir); err != nil {
				return err
			}
			return a.tell(map[string]any{"good": true}, func() { a.print("config.good") })
		}),
		verb("example", "Print every key with what it means", 0, func(*cobra.Command, []string) error {
			text, err := node.Example()
			if err == nil {
				_, err = a.out.Write(text)
			}
			return err
		}),
	)
}
