package node_test

import (
	"path/filepath"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func TestAnotherVersionOrConfigurationIsEnteredOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "node")
	seal := keys.Sealing{Secret: keys.Fixed("correct horse battery"), Work: 10}
	o := node.Options{Version: "one", Sealing: &seal}
	people := []node.Founder{
		{Handle: "amina", Newcomer: account.Newcomer{Name: "Amina"}, Seal: seal},
		{Handle: "yusuf", Newcomer: account.Newcomer{Name: "Yusuf"}, Seal: seal},
	}
	if _, err := node.Init(t.Context(), dir, node.Start{Config: node.Default("atlas.example"), Organisation: seal, Node: seal, Options: o, People: people}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		version string
		want    int
	}{{"one", 1}, {"one", 1}, {"two", 2}, {"two", 2}} {
		o.Version = c.version
		if got := starts(t, dir, o); got != c.want {
			t.Errorf("opened as version %s: %d entries, want %d", c.version, got, c.want)
		}
	}
}

// starts opens a node and counts what its log says of its configuration.
func starts(t *testing.T, dir string, o node.Options) (n int) {
	t.Helper()
	opened, err := node.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	err = opened.Store().Read(t.Context(), func(tx *store.Tx) error {
		entries, err := ledger.Find(tx, opened.Ledger().OwnLog(), ledger.Filter{Kind: "configuration"})
		n = len(entries)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
