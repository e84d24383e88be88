package stix

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// sharedData is the folder of real data, which lies beside the module's root.
// Tests that need it skip where it is absent.
func sharedData(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("MITHAQ_SHARED"); dir != "" {
		return filepath.Join(dir, "data")
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			data := filepath.Join(filepath.Dir(dir), "shared", "data")
			if _, err := os.Stat(data); err != nil {
				t.Skip("no real data: want a folder shared/data beside the module, or MITHAQ_SHARED")
			}
			return data
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

var unpacked sync.Map

// realFile is a file of the real data, unpacked.
func realFile(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join(sharedData(t), "stix", name)
	if b, ok := unpacked.Load(path); ok {
		return b.([]byte)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	unpacked.Store(path, raw)
	return raw
}

// rawObjects are the objects of a file of the real data.
func rawObjects(t testing.TB, name string) [][]byte {
	t.Helper()
	r := NewReader(bytes.NewReader(realFile(t, name)), Limits{})
	var all [][]byte
	for {
		raw, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw)
	}
}

// examples are the names of the example bundles of OASIS.
func examples(t testing.TB) []string {
	t.Helper()
	root := filepath.Join(sharedData(t), "stix")
	var names []string
	for _, pattern := range []string{"examples/*.json", "examples/*/*.json"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			rel, _ := filepath.Rel(root, f)
			names = append(names, rel)
		}
	}
	if len(names) == 0 {
		t.Fatal("no examples in the real data")
	}
	return names
}

func parse(t testing.TB, raw string) *Object {
	t.Helper()
	o, err := Parse([]byte(raw), Limits{})
	if err != nil {
		t.Fatalf("parse %s: %v", raw, err)
	}
	return o
}

const (
	enterprise20 = "enterprise-attack-2.0.json.gz"
	ics21        = "ics-attack-2.1.json.gz"
)
