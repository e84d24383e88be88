package arrow_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mithaq-hub/mithaq/internal/arrow"
	"github.com/mithaq-hub/mithaq/internal/testdata"
)

func TestThisModuleKeepsTheArrow(t *testing.T) {
	breaches, err := arrow.Check(os.DirFS(testdata.Root(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
}

func TestWhoMayImportWhom(t *testing.T) {
	tests := []struct {
		from, to string // folders of packages; "." is the root
		allowed  bool
	}{
		{".", "stix", true},
		{".", "stix/pattern", true},
		{".", "taxii", false},
		{".", "internal/jcs", false},
		{"stix", ".", false},
		{"stix", "stix/pattern", true},
		{"stix/pattern", "stix", true},
		{"stix", "taxii", false},
		{"taxii", "stix", false},
		{"misp", "stix", true},
		{"stix", "misp", false},
		{"stix", "internal/jcs", false},
		{"internal/jcs", ".", true},
		{"internal/jcs", "internal/durable", true},
		{"internal/jcs", "internal/store", false},
		{"client", ".", true},
		{"client", "internal/api", false},
		{"psi", ".", true},
		{"psi", "stix/value", true},
		{"psi", "internal/strict", true},
		{"psi", "internal/store", false},
		{".", "psi", false},
		{"internal/store", ".", true},
		{"internal/store", "internal/ledger", false},
		{"internal/ledger", "internal/store", true},
		{"internal/gate", "internal/ledger", true},
		{"internal/gate", "internal/gate/rules", true},
		{"internal/gate", "internal/peer", false},
		{"internal/peer", "internal/gate", false},
		{"internal/pact", "internal/ledger", true},
		{"internal/message", "internal/store", true},
		{"internal/pact", "internal/message", true},
		{"internal/message", "internal/pact", false},
		{"internal/ledger", "internal/message", false},
		{"internal/pact", "internal/peer", false},
		{"internal/gate", "internal/pact", true},
		{"internal/peer", "internal/message", true},
		{"internal/account", "internal/pact", true},
		{"internal/peercheck", "internal/peer", true},
		{"internal/peer", "internal/peercheck", false},
		{"internal/shelf", "internal/gate", true},
		{"internal/gate", "internal/shelf", false},
		{"internal/node", "internal/api", true},
		{"internal/api", "internal/node", false},
		{"internal/gate", "internal/account", true},
		{"internal/account", "internal/gate", false},
		{"internal/gate", "internal/inquiry", false},
		{"internal/inquiry", "internal/gate", true},
		{"internal/inquiry", "internal/room", false},
		{"internal/inquiry", "internal/web", false},
		{"internal/web", "internal/inquiry", true},
		{"internal/web", "internal/api", false},
		{"internal/web", "internal/node", false},
		{"internal/node", "internal/web", true},
		{"internal/node", "internal/demo", false},
		{"internal/demo", "internal/node", true},
		{"cmd/mithaq", "internal/demo", true},
		{"cmd/mithaq", "client", true},
		{"internal/node", "cmd/mithaq", false},
	}
	for _, tt := range tests {
		t.Run(tt.from+" to "+tt.to, func(t *testing.T) {
			breaches, err := arrow.Check(importing(tt.from, "it.go", tt.to))
			if err != nil {
				t.Fatal(err)
			}
			if allowed := len(breaches) == 0; allowed != tt.allowed {
				t.Errorf("allowed = %v, want %v: %v", allowed, tt.allowed, breaches)
			}
		})
	}
}

func TestABreachNamesItsPlace(t *testing.T) {
	breaches, err := arrow.Check(importing("internal/gate", "it.go", "internal/peer"))
	if err != nil {
		t.Fatal(err)
	}
	if len(breaches) != 1 {
		t.Fatalf("breaches = %v, want one", breaches)
	}
	const want = "internal/gate/it.go:4: internal/gate may not import internal/peer"
	if got := breaches[0].String(); !strings.HasPrefix(got, want) {
		t.Errorf("breach = %q, want it to begin %q", got, want)
	}
}

func TestTestsMayImportAnything(t *testing.T) {
	breaches, err := arrow.Check(importing("stix", "it_test.go", "internal/node"))
	if err != nil {
		t.Fatal(err)
	}
	if len(breaches) != 0 {
		t.Errorf("breaches = %v, want none", breaches)
	}
}

func TestOtherModulesAreLeftAlone(t *testing.T) {
	module := importing("tools/sub", "it.go", "internal/node")
	module["tools/go.mod"] = &fstest.MapFile{Data: []byte("module elsewhere\n")}
	breaches, err := arrow.Check(module)
	if err != nil {
		t.Fatal(err)
	}
	if len(breaches) != 0 {
		t.Errorf("breaches = %v, want none", breaches)
	}
}

// importing returns a module with one file, whose package imports another.
func importing(from, file, to string) fstest.MapFS {
	imported := strings.TrimSuffix(arrow.Module+"/"+to, "/.")
	text := "package it\n\nimport (\n\t_ \"" + imported + "\"\n\t_ \"fmt\"\n)\n"
	name := strings.TrimPrefix(from+"/"+file, "./")
	return fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}
}
