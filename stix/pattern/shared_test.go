package pattern_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/stix/pattern"
)

// The published examples are bundles whose indicators carry real patterns. One
// of them, APT1, is older than STIX 2.1 in nothing that concerns patterns.
func TestEveryPatternOfTheSharedExamplesIsRead(t *testing.T) {
	var read int
	eachObject(t, func(file string, object map[string]any) {
		text, ok := object["pattern"].(string)
		if kind, named := object["pattern_type"].(string); !ok || (named && kind != "stix") {
			return
		}
		read++
		p, err := pattern.Parse(text)
		if err != nil {
			t.Errorf("%s: %v: %v", file, object["id"], err)
			return
		}
		if again, err := pattern.Parse(p.String()); err != nil || !again.Same(p) {
			t.Errorf("%s: %v: not the same again: %v", file, object["id"], err)
		}
	})
	if read < 40 {
		t.Errorf("only %d patterns found", read)
	}
}

// eachObject hands over every object in every bundle of the shared data.
func eachObject(t *testing.T, do func(file string, object map[string]any)) {
	root := shared(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasSuffix(path, ".json") && !strings.Contains(path, "schemas") || strings.HasSuffix(path, ".json.gz") {
			eachInFile(t, path, do)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func eachInFile(t *testing.T, path string, do func(string, map[string]any)) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var bundle struct{ Objects []map[string]any }
	if err := json.NewDecoder(r).Decode(&bundle); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, o := range bundle.Objects {
		do(filepath.Base(path), o)
	}
}

// shared finds the STIX files of the shared data, or skips.
func shared(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("MITHAQ_SHARED"); dir != "" {
		return filepath.Join(dir, "data", "stix")
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if data := filepath.Join(dir, "..", "shared", "data", "stix"); exists(filepath.Join(dir, "go.mod")) && exists(data) {
			return data
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("the shared data is not there: set MITHAQ_SHARED, or put it at ../shared beside the project")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
