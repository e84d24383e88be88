package testdata

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Objects hands over every object of every STIX bundle of the real data, with
// the name of its file; the schemas are left out. It skips as Shared does.
func Objects(t testing.TB, do func(file string, object map[string]json.RawMessage)) {
	t.Helper()
	err := filepath.WalkDir(Shared(t, "stix"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isBundle(path) {
			return err
		}
		raw, err := Unpacked(path)
		if err != nil {
			return err
		}
		var bundle struct{ Objects []map[string]json.RawMessage }
		if err := json.Unmarshal(raw, &bundle); err != nil {
			return &fs.PathError{Op: "parse", Path: path, Err: err}
		}
		for _, o := range bundle.Objects {
			do(filepath.Base(path), o)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isBundle(path string) bool {
	return strings.HasSuffix(path, ".json.gz") || strings.HasSuffix(path, ".json") && !strings.Contains(path, "schemas")
}

// Unpacked returns the bytes of a file, unpacked where its name ends in .gz.
func Unpacked(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
