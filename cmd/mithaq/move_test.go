package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

// A node is moved to PostgreSQL and back, and is the same node.
func TestMove(t *testing.T) {
	if os.Getenv(storetest.Env) == "" {
		t.Skip("no PostgreSQL: set " + storetest.Env + " to the URL of a server")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres",
		Setup: func(env *testscript.Env) error {
			env.Setenv("LC_ALL", "en_GB.UTF-8")
			env.Setenv("MITHAQ_AS", "")
			env.Setenv("DATABASE", storetest.Schema(t))
			env.Setenv("OTHER", storetest.Schema(t))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "take": take, "serving": serving, "until": until},
	})
}
