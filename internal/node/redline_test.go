package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mithaq-hub/mithaq"
)

// The red lines that a configuration names are asked; a node whose file is
// missing or wrong does not open.
func TestRedLinesOfTheConfigurationAreAsked(t *testing.T) {
	n := &Node{dir: t.TempDir(), config: Config{RedLines: "lines.cedar"}}
	if lines, err := n.redLines(); err == nil || lines != nil {
		t.Errorf("a missing file: %v, %v", lines, err)
	}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(n.dir, "lines.cedar"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`@id("x") forbid (principal, action, resource) when { resource.subjekts.contains("victim") };`)
	if lines, err := n.redLines(); err == nil || lines != nil {
		t.Errorf("a misspelt attribute: %v, %v", lines, err)
	}
	write(`@id("nothing-leaves") forbid (principal, action == Action::"give", resource);`)
	lines, err := n.redLines()
	if err != nil {
		t.Fatal(err)
	}
	got := lines.Crossed(&mithaq.Facts{Type: "indicator"}, &mithaq.Request{From: "atlas.example", To: "najd.example", Purpose: mithaq.EventSecurity, Side: mithaq.Sender})
	if len(got) != 1 || got[0] != "nothing-leaves" {
		t.Errorf("crossed %v", got)
	}
	n.config.RedLines = ""
	if lines, err := n.redLines(); err != nil || lines != nil {
		t.Errorf("none named: %v, %v", lines, err)
	}
}
