package gate

import (
	"context"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// What is found, and what is around it, is the same after a reindex; and so is
// the judgement whether an object concerns a person, which the source's profile shared in.
func TestAReindexFindsWhatIntakeFound(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	ctx := context.Background()
	credited := a.profile(func(p *mithaq.SourceProfile) { p.Credited = []string{"description"} })
	a.take21(credited,
		`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","value":"198.51.100.3"}`,
		indicator(1, `,"description":"written by someone@mail.example"`),
		`{"type":"relationship","spec_version":"2.1","id":"relationship--00000009-0000-4000-8000-000000000000","created":"2026-11-01T08:00:00.000Z","modified":"2026-11-01T08:00:00.000Z","relationship_type":"based-on","source_ref":"`+string(indicatorID(1))+`","target_ref":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"}`)
	look := func() (values, around int, personal bool) {
		found := a.withValue("ipv4", "198.51.100.3")
		near, err := a.Neighbours(ctx, a.analyst(), stix.ID("ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(found), len(near), a.versions(indicatorID(1))[0].Personal
	}
	values, around, personal := look()
	if values == 0 || around == 0 || personal {
		t.Fatalf("after intake: %d by value, %d around, personal %v", values, around, personal)
	}
	if bad, err := a.Store.Reindex(ctx, Derive, nil); err != nil || bad != 0 {
		t.Fatalf("%d could not be read, %v", bad, err)
	}
	if v, n, p := look(); v != values || n != around || p != personal {
		t.Errorf("after a reindex: %d by value, %d around, personal %v; before: %d, %d, %v", v, n, p, values, around, personal)
	}
}
