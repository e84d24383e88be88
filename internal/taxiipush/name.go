package taxiipush

import (
	"cmp"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/stix"
)

// A name is how a status speaks of an object. TAXII 2.1, 4.3.1
type name struct{ id, version string }

func namesOf(objects []jsontext.Value) ([]name, error) {
	list := make([]name, len(objects))
	for i, raw := range objects {
		o, err := stix.Parse(raw, stix.Limits{Size: len(raw) + 1})
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", i, err)
		}
		list[i] = name{string(o.ID()), cmp.Or(o.String("modified"), o.String("created"))}
	}
	return list, nil
}
