// Package vectors keeps the test vectors of docs/vectors: what a second
// implementation must give, byte for byte. Tests make them anew and compare;
// with -update they are written.
//
//	go test ./internal/vectors ./internal/httpsig ./psi -run Vectors -update
package vectors

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write docs/vectors instead of comparing")

// Check holds v to the vectors of that name. dir leads from the test's folder
// to docs/vectors.
func Check(t *testing.T, dir, name string, v any) {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+".json")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%s differs from what we make now; if that is meant, it is a change of the protocol (-update)", path)
	}
}
