package stix

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
)

var unpacked sync.Map

// realFile is a file of the real data, unpacked.
func realFile(t testing.TB, name string) []byte {
	t.Helper()
	path := testdata.Shared(t, "stix/"+name)
	if b, ok := unpacked.Load(path); ok {
		return b.([]byte)
	}
	raw, err := testdata.Unpacked(path)
	if err != nil {
		t.Fatal(err)
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
	root := testdata.Shared(t, "stix")
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
