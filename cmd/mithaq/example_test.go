package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/node"
)

var update = flag.Bool("update", false, "write the generated files anew")

func TestTheConfigurationInDocsIsWhatTheProgramPrints(t *testing.T) {
	want, err := node.Example()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "docs", "mithaq.toml")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/mithaq.toml is not what mithaq config example prints (%v): go test ./cmd/mithaq -run Docs -update", err)
	}
}
