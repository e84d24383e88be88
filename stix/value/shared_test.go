package value_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// Patterns of the examples whose values cannot all be read, and why.
var misspelt = map[string]string{
	"[domain-name:value = 'domain autuo.xicp.net' OR ipv4-addr:value = '60.10.1.115']":     "a word before the name",
	"[email-message:subject MATCHES '^[IMPORTANT] Please Review Before']":                  "no equality",
	"[email-message:body_multipart[*].body_raw_ref.name MATCHES '^Final Report.+\\.exe$']": "no equality",
}

func TestSharedExamplesGiveTheValuesTheyName(t *testing.T) {
	patterns, values := 0, map[value.Kind]int{}
	eachObject(t, func(file string, object map[string]json.RawMessage) {
		var typ, text string
		_ = json.Unmarshal(object["type"], &typ)
		_ = json.Unmarshal(object["pattern"], &text)
		found := value.FromObject(typ, func(name string) ([]byte, bool) {
			raw, ok := object[name]
			return raw, ok
		})
		for _, v := range found {
			values[v.Kind]++
		}
		if typ != "indicator" || text == "" {
			return
		}
		patterns++
		if want := strings.Count(text, "value =") + strings.Count(text, "hashes.") + strings.Count(text, "serial_number =") +
			strings.Count(text, "name ="); len(found) != want && misspelt[text] == "" {
			t.Errorf("%s: %d values, want %d: %s", file, len(found), want, text)
		}
	})
	t.Logf("%d patterns; values: %v", patterns, values)
	if patterns < 40 || values[value.IPv4] < 30 || values[value.Domain] < 25 || values[value.MD5] < 3 || values[value.IPv4CIDR] != 4 {
		t.Error("fewer values than the examples hold")
	}
}

// eachObject hands over every object in every bundle of the shared data.
func eachObject(t *testing.T, do func(file string, object map[string]json.RawMessage)) {
	err := filepath.WalkDir(shared(t), func(path string, d fs.DirEntry, err error) error {
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

func eachInFile(t *testing.T, path string, do func(string, map[string]json.RawMessage)) {
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
	var bundle struct{ Objects []map[string]json.RawMessage }
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
