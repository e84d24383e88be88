package gate

import "testing"

// The STIX 2.0 bytes beside an item are content of that item: in a backup they
// lie under its key, and are lost with it.
func TestOriginalsAreBackedUpUnderTheirItemsKey(t *testing.T) {
	if column := Migration().Sealed["gate_original"]; column != "item" {
		t.Errorf("sealed by %q", column)
	}
}
