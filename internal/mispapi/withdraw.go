package mispapi

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// withdraw writes a revoked version of every object that an event holds, without
// what it said; whoever got the versions before is proposed it. That partners
// must erase what they have is a recall, which a person decides.
func (c *call) withdraw(h *held) (*keeping, error) {
	all := h.gave()
	k := c.keeping(all)
	k.box = h.box.Ref.ID
	return k, k.intake(func(w io.Writer) error {
		// the event last, so that it is not half there when it stops in between
		for _, s := range slices.Backward(all) {
			raw, err := withdrawn(s, c.s.Now())
			if err == nil && raw != nil {
				_, err = w.Write(append(raw, '\n'))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// contents are the members of an object that must be there and that say something:
// what is said in their place.
var contents = map[stix.Type]map[string]string{
	"report": {"name": "Withdrawn"}, "campaign": {"name": "Withdrawn"}, "vulnerability": {"name": "Withdrawn"},
	"attack-pattern": {"name": "Withdrawn"}, "course-of-action": {"name": "Withdrawn"}, "identity": {"name": "Withdrawn"},
	"note": {"content": "Withdrawn"},
}

// bones are the members that an object keeps when it is withdrawn.
var bones = map[string]bool{
	"type": true, "spec_version": true, "id": true, "created_by_ref": true, "created": true, "modified": true, "object_marking_refs": true,
	"pattern": true, "pattern_type": true, "pattern_version": true, "valid_from": true, "context": true, "object_refs": true,
	"first_observed": true, "last_observed": true, "number_observed": true, "published": true, "report_types": true,
	"opinion": true, "sighting_of_ref": true, "extensions": true,
}

// withdrawn is the revoked version of an object; nil for what is revoked already,
// or is nobody's record.
func withdrawn(s gate.Seen, now time.Time) ([]byte, error) {
	if list, ours := partOf(s.Raw); !ours || list == "" || revoked(s.Raw) {
		return nil, nil
	}
	rec, err := misp.ParseRecord(s.Raw, misp.Limits{Record: 1 << 30})
	if err != nil {
		return nil, fmt.Errorf("withdraw an object: %w", err)
	}
	next := moved(rec, now)
	said := contents[s.Ref.ID.Type()]
	for _, name := range slices.Collect(rec.Names()) {
		if text, ok := said[name]; ok {
			rec.SetText(name, text)
		} else if !bones[name] {
			rec.Delete(name)
		}
	}
	onlyRepeats(rec)
	rec.SetText("modified", next)
	rec.Set("revoked", []byte("true"))
	return rec.AppendJSON(nil), nil
}
