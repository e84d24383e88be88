package pattern_test

import (
	"encoding/json"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/stix/pattern"
)

// The published examples are bundles whose indicators carry real patterns. One
// of them, APT1, is older than STIX 2.1 in nothing that concerns patterns.
func TestEveryPatternOfTheSharedExamplesIsRead(t *testing.T) {
	var read int
	testdata.Objects(t, func(file string, object map[string]json.RawMessage) {
		var text, kind string
		_ = json.Unmarshal(object["pattern_type"], &kind)
		if json.Unmarshal(object["pattern"], &text) != nil || kind != "" && kind != "stix" {
			return
		}
		read++
		p, err := pattern.Parse(text)
		if err != nil {
			t.Errorf("%s: %s: %v", file, object["id"], err)
			return
		}
		if again, err := pattern.Parse(p.String()); err != nil || !again.Same(p) {
			t.Errorf("%s: %s: not the same again: %v", file, object["id"], err)
		}
	})
	if read < 40 {
		t.Errorf("only %d patterns found", read)
	}
}
