package value_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/mithaq-hub/mithaq/stix/value"
)

type vector struct {
	Kind  value.Kind
	In    string
	Out   string
	Error string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rows []vector }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Rows
}

func TestEachVectorComesOutAsItSays(t *testing.T) {
	covered := map[value.Kind]bool{}
	for _, v := range vectors(t) {
		covered[v.Kind] = true
		got, err := value.Normalise(v.Kind, v.In)
		if v.Error == "" && (err != nil || got != v.Out) {
			t.Errorf("%s %.80q: %q, %v; want %q", v.Kind, v.In, got, err, v.Out)
			continue
		}
		if v.Error != "" {
			if e, ok := errors.AsType[*value.Error](err); !ok || e.Why != v.Error || e.Kind != v.Kind {
				t.Errorf("%s %.80q: %q, %v; want the error %q", v.Kind, v.In, got, err, v.Error)
			}
			continue
		}
		if again, err := value.Normalise(v.Kind, got); err != nil || again != got {
			t.Errorf("%s %q: normalised again gives %q, %v", v.Kind, got, again, err)
		}
	}
	for _, kind := range value.Kinds() {
		if !covered[kind] {
			t.Errorf("no vector for %s", kind)
		}
	}
}
