package detection_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/detection"
	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/pattern"
)

// Indicators of real events of MISP become files that hold to their grammar; what
// cannot is counted, never lost.
func TestRealEvents(t *testing.T) {
	folder := testdata.Shared(t, "misp")
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var entries []detection.Entry
	indicators, unfit := 0, 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		objects, _ := misp.Stream(bytes.NewReader(raw), misp.Limits{}, misp.Options{})
		for raw, err := range objects {
			if err != nil {
				break // some files are other than one event
			}
			o, err := stix.Parse(bytes.Clone(raw), stix.Limits{})
			if err != nil || o.Type() != "indicator" || o.String("pattern_type") != "stix" {
				continue
			}
			indicators++
			p, err := pattern.Parse(o.String("pattern"))
			if err != nil {
				t.Fatalf("%s: %v", o.String("pattern"), err)
			}
			values, ok := detection.Reduce(p)
			if !ok {
				unfit++
				continue
			}
			entries = append(entries, detection.Entry{ID: o.ID(), Name: o.Name(), Values: values})
		}
	}
	t.Logf("%d indicators, %d of which are more than a choice of values", indicators, unfit)
	if len(entries) < 20 || len(entries)+unfit != indicators {
		t.Fatalf("%d entries", len(entries))
	}
	for _, format := range []detection.Format{detection.Suricata, detection.RPZ, detection.CSV, detection.Hashes, detection.Text} {
		text, r := write(t, detection.Options{Format: format}, entries...)
		t.Logf("%s: %d values, %d left out", format, r.Values, len(r.Left))
		switch format {
		case detection.Suricata:
			holdRules(t, text, r.Lines)
		case detection.RPZ:
			if _, records, err := parseZone(text); err != nil || len(records) != r.Lines {
				t.Error(err)
			}
		case detection.Text:
			if strings.Count(text, "\n") != r.Lines {
				t.Errorf("%d lines", r.Lines)
			}
		}
	}
}
