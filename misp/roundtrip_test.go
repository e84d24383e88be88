package misp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// meaning is a JSON text as Go values, with numbers as they are written: two
// texts mean the same if these are equal. Only the order of members and white
// space do not count.
func meaning(t testing.TB, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return v
}

func read(t testing.TB, raw []byte) *misp.Event {
	t.Helper()
	e, err := misp.ReadEvent(bytes.NewReader(raw), misp.Limits{})
	if err != nil {
		t.Fatalf("ReadEvent: %v", err)
	}
	return e
}

func collect(t testing.TB, seq iter.Seq2[[]byte, error]) [][]byte {
	t.Helper()
	var all [][]byte
	for raw, err := range seq {
		if err != nil {
			t.Fatalf("convert: %v", err)
		}
		all = append(all, bytes.Clone(raw))
	}
	return all
}

func each(objects [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, o := range objects {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// conforms holds objects to every MUST of the standard, to references that
// resolve and to ids that are there once.
func conforms(t testing.TB, objects [][]byte) {
	t.Helper()
	ids := map[stix.ID]bool{}
	var all []*stix.Object
	for _, raw := range objects {
		o, err := stix.Parse(raw, stix.Limits{Size: 1 << 28})
		if err != nil {
			t.Fatalf("%v in %.300s", err, raw)
		}
		for _, p := range stix.Validate(o, stix.Options{}) {
			t.Errorf("%s: %s", o.ID(), p)
		}
		if ids[o.ID()] {
			t.Errorf("%s is there twice", o.ID())
		}
		ids[o.ID()] = true
		all = append(all, o)
	}
	for _, o := range all {
		for at, id := range o.Refs() {
			if !ids[id] {
				t.Errorf("%s %s: %s is not there", o.ID(), at, id)
			}
		}
	}
}

// comesBack holds an event to be the same after STIX and back, whatever the
// order of the objects, and streamed as well as whole.
func comesBack(t testing.TB, raw []byte, opts misp.Options) ([][]byte, *misp.Report) {
	t.Helper()
	e := read(t, raw)
	seq, report := e.STIX(opts)
	objects := collect(t, seq)
	conforms(t, objects)
	seq, _ = misp.Stream(bytes.NewReader(raw), misp.Limits{}, opts)
	if streamed := collect(t, seq); !reflect.DeepEqual(streamed, objects) {
		t.Error("streamed, the event gives other objects")
	}
	mixed := append([][]byte(nil), objects...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	for _, order := range [][][]byte{objects, mixed} {
		back, _, err := misp.FromSTIX(each(order))
		if err != nil {
			t.Fatalf("FromSTIX: %v", err)
		}
		want := meaning(t, e.AppendJSON(nil))
		if got := meaning(t, back.AppendJSON(nil)); !reflect.DeepEqual(got, want) {
			t.Errorf("the event came back as another\n got %.3000s\nwant %.3000s", back.AppendJSON(nil), e.AppendJSON(nil))
		}
	}
	return objects, report
}

func shared(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(testdata.Shared(t, "misp/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestRealEventsComeBackEqual(t *testing.T) {
	for _, name := range []string{
		"57c4445b-c548-4654-af0b-4be3950d210f.json", "existing_event.json", "proposals.json", "shadow.json",
	} {
		t.Run(name, func(t *testing.T) {
			for _, opts := range []misp.Options{{}, {Lean: true}, {Refs: 7}} {
				_, report := comesBack(t, shared(t, name), opts)
				t.Log(report)
			}
		})
	}
}

// The other files are parts of events: they come back within one.
func TestRealPartsOfEventsComeBackEqual(t *testing.T) {
	wrap := func(member string, part []byte) []byte {
		return fmt.Appendf(nil, `{"info":"parts","date":"2026-01-02","timestamp":"1767312000",%q:%s}`, member, part)
	}
	t.Run("galaxy", func(t *testing.T) {
		objects, _ := comesBack(t, wrap("Galaxy", fmt.Appendf(nil, "[%s]", shared(t, "galaxy.json"))), misp.Options{})
		if !contains(objects, `"x_misp_value":"Milk in tea"`) {
			t.Error("no object for the cluster")
		}
	})
	t.Run("sighting", func(t *testing.T) {
		attribute := fmt.Appendf(nil, `[{"type":"domain","category":"Network activity","value":"a.example","to_ids":true,"Sighting":[%s]}]`, shared(t, "sighting.json"))
		comesBack(t, wrap("Attribute", attribute), misp.Options{})
	})
	t.Run("sharing groups", func(t *testing.T) {
		var groups []json.RawMessage
		if err := json.Unmarshal(shared(t, "sharing_groups.json"), &groups); err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			comesBack(t, wrap("SharingGroup", g), misp.Options{})
		}
	})
	t.Run("what is no event", func(t *testing.T) {
		raw := shared(t, "git-vuln-finder-quagga.json")
		if _, err := misp.ReadEvent(bytes.NewReader(raw), misp.Limits{}); err == nil || !strings.Contains(err.Error(), "not an event") {
			t.Errorf("ReadEvent: %v, want that it is not an event", err)
		}
		comesBack(t, wrap("x_commits", raw), misp.Options{})
	})
}

func contains(objects [][]byte, text string) bool {
	for _, o := range objects {
		if bytes.Contains(o, []byte(text)) {
			return true
		}
	}
	return false
}
