package misp_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

var elsewhere = [][]byte{
	[]byte(`{"type":"report","spec_version":"2.1","id":"report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3","created":"2026-01-02T03:04:05.678Z","modified":"2026-01-02T03:04:05.678Z","name":"From elsewhere","published":"2026-01-02T03:04:05Z","object_refs":["indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"],"object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]}`),
	[]byte(`{ "type" : "indicator", "spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2026-01-02T03:04:05.678Z","modified":"2026-01-02T03:04:05.678Z","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","valid_from":"2026-01-02T03:04:05Z"}`),
	[]byte(`{"type":"domain-name","spec_version":"2.1","id":"domain-name--ecb120bf-2694-4902-a737-62b74539a41b","value":"a.example"}`),
	[]byte(`{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2026-01-02T03:04:05.678Z","modified":"2026-01-02T03:04:05.678Z","name":"CVE-2026-12345"}`),
	[]byte(`{"type":"x-other","spec_version":"2.1","id":"x-other--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062","created":"2026-01-02T03:04:05.678Z","modified":"2026-01-02T03:04:05.678Z","thing":{"deep":[1,2.50]}}`),
}

// returns holds STIX from elsewhere to come back byte for byte after MISP, and
// the event that it became to come back too.
func returns(t *testing.T, objects [][]byte) *misp.Event {
	t.Helper()
	e, _, err := misp.FromSTIX(each(objects))
	if err != nil {
		t.Fatal(err)
	}
	e = read(t, e.JSON()) // as a MISP server would have it
	seq, _ := e.STIX(misp.Options{})
	out := collect(t, seq)
	for _, want := range objects {
		if !slices.ContainsFunc(out, func(got []byte) bool { return bytes.Equal(got, want) }) {
			t.Errorf("did not come back: %.200s", want)
		}
	}
	back, _, err := misp.FromSTIX(each(out))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(meaning(t, back.JSON()), meaning(t, e.JSON())) {
		t.Error("the event came back as another")
	}
	return e
}

func TestSTIXFromElsewhereComesBackAsItWas(t *testing.T) {
	e := returns(t, elsewhere)
	if e.Info() != "From elsewhere" || e.Text("date") != "2026-01-02" {
		t.Errorf("the event is %q of %s", e.Info(), e.Text("date"))
	}
	raw := e.JSON()
	for _, want := range []string{
		`"type":"ip-dst","category":"Network activity","object_relation":"ip-dst","value":"192.0.2.1","to_ids":true`,
		`"value":"a.example","to_ids":false`, `"type":"vulnerability"`, `{"name":"tlp:amber+strict"}`,
	} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("nowhere %s in %s", want, raw)
		}
	}
}

// A record that a MISP server has changed is a record like others: it comes
// back with the change.
func TestChangedRecordsOfSTIXFromElsewhereComeBackChanged(t *testing.T) {
	e, _, err := misp.FromSTIX(each(elsewhere))
	if err != nil {
		t.Fatal(err)
	}
	objects := slices.Collect(func(yield func(*misp.Record) bool) {
		for o, err := range e.Records("Object") {
			if err != nil || !yield(o) {
				return
			}
		}
	})
	objects[1].SetText("id", "17")
	e.SetRecords("Object", objects)
	same(t, e)
	slices.Reverse(objects)
	e.SetRecords("Object", objects)
	same(t, e)
}

// same is comesBack without asking that references resolve: what is kept whole
// may refer to what a changed record keeps.
func same(t *testing.T, e *misp.Event) {
	t.Helper()
	seq, _ := e.STIX(misp.Options{})
	back, _, err := misp.FromSTIX(each(collect(t, seq)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(meaning(t, back.JSON()), meaning(t, e.JSON())) {
		t.Errorf("came back as another\n got %s\nwant %s", back.JSON(), e.JSON())
	}
}

func TestObjectsThatAreNoEventAreRefused(t *testing.T) {
	for name, objects := range map[string][][]byte{
		"none":      nil,
		"no object": {[]byte(`[]`)},
		"no id":     {[]byte(`{"type":"note"}`)},
		"carried is no JSON": {[]byte(`{"type":"note","spec_version":"2.1","id":"note--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2026-01-02T03:04:05.678Z","modified":"2026-01-02T03:04:05.678Z","content":"x","object_refs":["note--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062"],"extensions":{"` +
			string(misp.Extension) + `":{"extension_type":"property-extension","record":"Event","carried":"{"}}}`)},
	} {
		if _, _, err := misp.FromSTIX(each(objects)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	seq, _ := read(t, []byte(fullEvent)).STIX(misp.Options{})
	one := collect(t, seq)
	two := bytes.ReplaceAll(one[len(one)-1], []byte("5a3c2fcd"), []byte("5a3c2fce"))
	if _, _, err := misp.FromSTIX(each(append(one, two))); err == nil {
		t.Error("two events were read as one")
	}
}

func TestRealSTIXComesBackAsItWas(t *testing.T) {
	file, err := os.Open(testdata.Shared(t, "stix/ics-attack-2.1.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var objects [][]byte
	for r := stix.NewReader(plain, stix.Limits{}); ; {
		raw, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if _, tlp := stix.TLPOf(o.ID()); err == nil && len(stix.Validate(o, stix.Options{})) == 0 && !tlp {
			objects = append(objects, raw)
		}
	}
	if len(objects) < 1000 {
		t.Fatalf("only %d objects", len(objects))
	}
	returns(t, objects)
}

// Of an event some objects may be withheld. What is left comes whole, and what
// has lost its place is kept as it is.
func TestPartsOfAnEventAreNotLost(t *testing.T) {
	seq, _ := read(t, []byte(fullEvent)).STIX(misp.Options{})
	var some [][]byte
	for _, raw := range collect(t, seq) {
		withheld := bytes.Contains(raw, []byte(`"record":"Event"`)) ||
			bytes.Contains(raw, []byte(`"id":"indicator--e0000000-0000-4000-8000-000000000001"`))
		if !withheld {
			some = append(some, raw)
		}
	}
	e, _, err := misp.FromSTIX(each(some))
	if err != nil {
		t.Fatal(err)
	}
	raw := e.JSON()
	for _, want := range []string{`"the same uuid.example"`, `"content":"more"`, `x-stix-object`, `sighting--f0000000-0000-4000-8000-000000000001`} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("lost: %s", want)
		}
	}
	if !bytes.Contains(raw, []byte(`"Tag":[{"name":"tlp:red"}]`)) {
		t.Error("the event that was made up is not marked as its strictest part")
	}
}

func TestWhatIsWithdrawnIsDeleted(t *testing.T) {
	deleted := `{"uuid":"11111111-2222-4333-8444-555555555555","type":"domain","category":"Network activity","value":"a.example","to_ids":true,"deleted":true}`
	objects, _ := comesBack(t, []byte(fmt.Sprintf(eventOf, deleted)), misp.Options{})
	if !contains(objects, `"revoked":true`) || contains(objects, `"type":"observed-data"`) {
		t.Error("a deleted attribute is not a revoked indicator alone")
	}
	objects, _ = comesBack(t, []byte(fmt.Sprintf(eventOf, attribute("domain", "a.example", true))), misp.Options{})
	for i, raw := range objects {
		if bytes.Contains(raw, []byte(`"type":"indicator"`)) {
			objects[i] = bytes.Replace(raw, []byte(`"pattern":`), []byte(`"revoked":true,"pattern":`), 1)
		}
	}
	e, _, err := misp.FromSTIX(each(objects))
	if err != nil {
		t.Fatal(err)
	}
	for a, err := range e.Records("Attribute") {
		if err != nil || !a.Bool("deleted") {
			t.Errorf("a revoked indicator is an attribute that is not deleted: %v", err)
		}
	}
}

func FuzzFromSTIX(f *testing.F) {
	f.Add(bytes.Join(elsewhere, []byte("\n")))
	e, err := misp.ReadEvent(bytes.NewReader([]byte(fullEvent)), misp.Limits{})
	if err != nil {
		f.Fatal(err)
	}
	seq, _ := e.STIX(misp.Options{})
	var all [][]byte
	for raw, err := range seq {
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, raw)
	}
	for i := range all {
		f.Add(bytes.Join(all[i:min(i+3, len(all))], []byte("\n")))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, _, err := misp.FromSTIX(each(bytes.Split(raw, []byte("\n"))))
		if err != nil {
			return
		}
		again, err := misp.ReadEvent(bytes.NewReader(e.JSON()), misp.Limits{})
		if err != nil {
			t.Fatalf("the event does not read: %v in %s", err, e.JSON())
		}
		out, _ := again.STIX(misp.Options{})
		for _, o := range collect(t, out) {
			parsed, err := stix.Parse(o, stix.Limits{})
			if err != nil {
				t.Fatalf("%v in %s", err, o)
			}
			if p := stix.Validate(parsed, stix.Options{}); len(p) > 0 {
				t.Fatalf("%s in %s", p[0], o)
			}
		}
	})
}
