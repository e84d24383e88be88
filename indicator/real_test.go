package indicator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// attributes are the values of network kinds and the hashes of an event of MISP.
func attributes(t *testing.T, name string) (all []value.Value) {
	t.Helper()
	raw, err := os.ReadFile(testdata.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	kinds := map[string]value.Kind{"ip-dst": value.IPv4, "ip-src": value.IPv4, "domain": value.Domain, "hostname": value.Domain, "url": value.URL, "md5": value.MD5, "sha1": value.SHA1, "sha256": value.SHA256}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			typ, _ := v["type"].(string)
			text, _ := v["value"].(string)
			if kind, ok := kinds[typ]; ok {
				if x, err := value.Of(kind, text); err == nil {
					all = append(all, x)
				}
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	walk(v)
	return all
}

// disguise writes a value as reports do.
func disguise(v value.Value) string {
	s := strings.ReplaceAll(v.As, ".", "[.]")
	return strings.Replace(s, "http", "hxxp", 1)
}

// Every value of the real events is found again in a report that names them, disguised.
func TestRealValuesAreFoundInAReport(t *testing.T) {
	for _, name := range []string{"misp/57c4445b-c548-4654-af0b-4be3950d210f.json", "misp/existing_event.json"} {
		values := attributes(t, name)
		if len(values) == 0 {
			t.Fatalf("%s has no value of these kinds", name)
		}
		var report strings.Builder
		for _, v := range values {
			report.WriteString("The sample spoke to " + disguise(v) + ", as was seen before.\n")
		}
		found, doubts := indicator.FromText(report.String())
		have := map[value.Value]bool{}
		for _, f := range found {
			have[value.Value{Kind: f.Kind, Text: f.Text}] = true
		}
		for _, v := range values {
			if !have[value.Value{Kind: v.Kind, Text: v.Text}] {
				t.Errorf("%s: %s %q is not found in %q", name, v.Kind, v.As, disguise(v))
			}
		}
		if len(doubts) > 0 {
			t.Errorf("%s: doubts %v", name, doubts)
		}
	}
}

// The prose of ATT&CK is read to its end, and what is made of it is valid.
func TestTheProseOfATTACK(t *testing.T) {
	f, err := os.Open(testdata.Shared(t, "stix/ics-attack-2.1.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Objects []struct {
			Description string `json:"description"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	var prose strings.Builder
	for _, o := range b.Objects {
		prose.WriteString(o.Description + "\n")
	}
	found, doubts := indicator.FromText(prose.String())
	m := indicator.Maker{At: when, Source: "s"}
	for _, x := range found {
		objects, err := m.Objects(x.Value, indicator.Details{})
		if err != nil {
			t.Fatal(err)
		}
		o, err := stix.Parse(objects[0], stix.Limits{})
		if err != nil || !stix.Conforms(stix.Validate(o, stix.Options{})) {
			t.Errorf("%s: %v", objects[0], err)
		}
	}
	for _, d := range doubts {
		t.Logf("%d:%d %q %s", d.Line, d.Column, d.As, d.Why)
	}
	t.Logf("%d bytes: %d values, %d doubts", prose.Len(), len(found), len(doubts))
	if len(found) == 0 {
		t.Error("nothing was found")
	}
}

// BenchmarkText says what a MiB of a report costs.
func BenchmarkText(b *testing.B) {
	text := strings.Repeat(report, 1<<20/len(report))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		indicator.FromText(text)
	}
}
