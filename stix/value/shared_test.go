package value_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
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
	testdata.Objects(t, func(file string, object map[string]json.RawMessage) {
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
