package misp_test

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// readEach reads an event that is kept object by object: each record from its own
// object alone, without observables and in any order.
func readEach(t *testing.T, objects [][]byte) *misp.Record {
	t.Helper()
	var box *stix.Object
	parts := map[stix.ID][]*misp.Part{} // by what they are of
	ids := map[*misp.Part]stix.ID{}
	for _, raw := range objects {
		o := parsed(t, raw)
		if list, _ := misp.PartOf(o); list == "Event" {
			box = o
		}
	}
	event, _, err := misp.FromSTIX(each([][]byte{box.Raw()}))
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range objects {
		o := parsed(t, raw)
		if p, _ := misp.ReadPart(o, event.TLP()); p != nil && p.List != "Event" {
			parts[p.Parent] = append(parts[p.Parent], p)
			ids[p] = o.ID()
		}
	}
	adopt(&event.Record, "", parts, ids)
	return &event.Record
}

func adopt(rec *misp.Record, id stix.ID, parts map[stix.ID][]*misp.Part, ids map[*misp.Part]stix.ID) {
	lists := map[string][]*misp.Record{}
	slices.SortFunc(parts[id], func(a, b *misp.Part) int { return cmp.Compare(a.Position, b.Position) })
	for _, p := range parts[id] {
		adopt(p.Record, ids[p], parts, ids)
		lists[p.List] = append(lists[p.List], p.Record)
	}
	for name, list := range lists {
		rec.SetRecords(name, list)
	}
}

func parsed(t *testing.T, raw []byte) *stix.Object {
	t.Helper()
	o, err := stix.Parse(raw, stix.Limits{Size: 1 << 28})
	if err != nil {
		t.Fatal(err)
	}
	if problems := stix.Validate(o, stix.Options{}); len(problems) > 0 {
		t.Errorf("%s: %v", o.ID(), problems)
	}
	return o
}

func TestAKeptEventIsReadRecordByRecord(t *testing.T) {
	events := map[string][]byte{"long": bigEvent(300), "everything": []byte(fullEvent)}
	for _, name := range []string{"57c4445b-c548-4654-af0b-4be3950d210f.json", "existing_event.json", "proposals.json", "shadow.json"} {
		events[name] = shared(t, name)
	}
	for name, raw := range events {
		t.Run(name, func(t *testing.T) {
			e := read(t, raw)
			seq, _ := e.STIX(misp.Options{Lean: true, Kept: true})
			objects := collect(t, seq)
			want := meaning(t, e.AppendJSON(nil))
			if got := meaning(t, readEach(t, objects).AppendJSON(nil)); !reflect.DeepEqual(got, want) {
				t.Errorf("the event came back as another")
			}
			back, _, err := misp.FromSTIX(each(objects))
			if err != nil || !reflect.DeepEqual(meaning(t, back.AppendJSON(nil)), want) {
				t.Errorf("whole, the event came back as another: %v", err)
			}
		})
	}
}

// The grouping has the same id before and after the event is published.
func TestAKeptEventHasOneIdentifier(t *testing.T) {
	for _, published := range []string{"true", "false"} {
		raw := bytes.Replace(bigEvent(1), []byte(`"published":true`), []byte(`"published":`+published), 1)
		seq, _ := read(t, raw).STIX(misp.Options{Kept: true})
		if all := collect(t, seq); !contains(all, `"id":"grouping--5a3c2fcd-8328-42bb-a95e-4f4402de0b81"`) {
			t.Errorf("published %s: no such grouping", published)
		}
	}
}
