package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker for a tagged build.
var release = "development"

// version is the release and the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + " (" + s.Value[:12] + ")"
		}
	}
	return release
}

func (a *app) versionVerb() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			return a.tell(map[string]any{"version": version()}, func() { a.printf("mithaq %s", version()) })
		},
	}
}
