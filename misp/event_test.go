package misp_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// fullEvent has one of everything that an event can hold.
const fullEvent = `{"Event":{
"id":"7","uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b81","info":"Everything \u00e9 / \/ \u202e","date":"2026-01-02","timestamp":"1767312000",
"published":true,"publish_timestamp":"1767312060","analysis":2,"threat_level_id":"1","distribution":"4","sharing_group_id":"3","locked":false,"extends_uuid":"","protected":null,
"Org":{"id":"2","name":"Here","uuid":"55f6ea5e-2c60-40e5-964f-47a8950d210f","local":true},
"Orgc":{"name":"There","uuid":"56bf12a7-c19c-4b98-83e7-d9bb02de0b81"},
"SharingGroup":{"id":"3","uuid":"7e37f02a-6d5c-4b7f-9c7f-4d8a1b2c3d4e","name":"G","releasability":"x","SharingGroupOrg":[{"extend":true,"Organisation":{"name":"Here"}}],"SharingGroupServer":[]},
"Tag":[{"name":"tlp:amber","colour":"#ffc000","exportable":true},{"name":"osint:source-type=\"blog\"","local":1}],
"ShadowAttribute":[{"type":"filename","value":"new.exe","old_id":"0","uuid":"5a4cb1c7-fa84-45fa-8d27-4822950d2100"}],
"EventReport":[{"id":"1","uuid":"a0000000-0000-4000-8000-000000000001","event_id":"7","name":"Report","content":"# Text\n@[attribute](x)","distribution":"5","timestamp":"1767312001","deleted":false},
 {"uuid":"a0000000-0000-4000-8000-000000000002","name":"Second","content":"more","timestamp":"1767312002"}],
"Note":[{"uuid":"b0000000-0000-4000-8000-000000000001","object_uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b81","object_type":"Event","authors":"a@b.example","created":"2026-01-02 01:02:03","modified":"2026-01-02 01:02:04","note":"note","language":"en","distribution":"1","Note":[{"note":"on the note"}]}],
"Opinion":[{"uuid":"c0000000-0000-4000-8000-000000000001","opinion":"85","comment":"good","authors":"x","modified":"2026-01-02 01:02:04"}],
"Relationship":[{"uuid":"d0000000-0000-4000-8000-000000000001","related_object_uuid":"e0000000-0000-4000-8000-000000000001","related_object_type":"Attribute","relationship_type":"related-to"}],
"Galaxy":[{"id":"1","uuid":"698774c7-8022-42c4-917f-8d6e4f06ada3","name":"Threat Actor","type":"threat-actor","description":"","GalaxyCluster":[
 {"uuid":"5b4ee3ea-eee3-4c8e-8323-85ae32658754","type":"threat-actor","value":"Sofacy","description":"d","meta":{"synonyms":["APT 28"],"refs":["https://a.example/"],"cfr":"x"}}]},
 {"name":"Made up","type":"made-up","GalaxyCluster":[{"value":"Thing","uuid":"not a uuid"},{"value":""}]}],
"RelatedEvent":[],"CryptographicKey":[],
"Attribute":[
 {"uuid":"e0000000-0000-4000-8000-000000000001","type":"domain","category":"Network activity","value":"a.example","to_ids":true,"timestamp":"1767312005","comment":"c","distribution":"3","sharing_group_id":"0","first_seen":"2025-12-01T00:00:00.000000+00:00","last_seen":null,
  "Tag":[{"name":"tlp:red"},{"name":"admiralty-scale:source-reliability=\"a\""}],
  "Galaxy":[{"name":"Ransomware","type":"ransomware","GalaxyCluster":[{"uuid":"5b4ee3ea-eee3-4c8e-8323-85ae32658755","value":"Locky"}]}],
  "ShadowAttribute":[{"value":"b.example","type":"domain","proposal_to_delete":true}],
  "Sighting":[{"id":"1","uuid":"f0000000-0000-4000-8000-000000000001","date_sighting":"1767312010","type":"0","source":"sensor","Organisation":{"name":"Here"}},{"type":"1","date_sighting":"1767312011","source":""},{"type":2,"date_sighting":1767312012}],
  "Note":[{"note":"n","uuid":"b0000000-0000-4000-8000-000000000002"}],
  "Opinion":[{"opinion":0,"comment":""}],
  "Relationship":[{"related_object_uuid":"99999999-0000-4000-8000-000000000001","relationship_type":"similar"}]},
 {"uuid":"e0000000-0000-4000-8000-000000000001","type":"domain","category":"Network activity","value":"the same uuid.example","to_ids":false,"Tag":[]},
 {"uuid":"E0000000-0000-4000-8000-00000000000A","type":"domain","category":"Network activity","value":"upper.example","to_ids":"1","timestamp":1767312005},
 {"type":"x-unknown","category":"?","value":12.50,"to_ids":null,"timestamp":"not a time","Sighting":null},
 {"value":["a list"],"deleted":true}, {}],
"Object":[
 {"uuid":"0b000000-0000-4000-8000-000000000001","name":"file","meta-category":"file","description":"d","template_uuid":"688c46fb-5edb-40a3-8273-1af7923e2215","template_version":"8","timestamp":"1767312006","comment":"oc",
  "ObjectReference":[{"uuid":"0c000000-0000-4000-8000-000000000001","referenced_uuid":"e0000000-0000-4000-8000-000000000001","relationship_type":"Connected To","comment":""},{"referenced_uuid":"99999999-0000-4000-8000-000000000001","relationship_type":"x"}],
  "Attribute":[{"uuid":"0a000000-0000-4000-8000-000000000001","object_relation":"filename","type":"filename","value":"a.exe","to_ids":true,"Tag":[{"name":"tlp:red"}],"Galaxy":[{"name":"Tool","type":"tool","GalaxyCluster":[{"uuid":"5b4ee3ea-eee3-4c8e-8323-85ae32658756","value":"Nmap"}]}]},
   {"object_relation":"md5","type":"md5","value":"0749bae92ca336a02c83d126e04ec628"},{"object_relation":"state","type":"text","value":"Malicious"}]},
 {"uuid":"0b000000-0000-4000-8000-000000000002","name":"bank-account","meta-category":"financial","Attribute":[{"object_relation":"iban","type":"iban","value":"LU28 0019 4006 4475 0000","to_ids":true}]},
 {"uuid":"0b000000-0000-4000-8000-000000000003","name":"person","meta-category":"misc","Attribute":[{"object_relation":"full-name","type":"text","value":"Jane Roe"}],"Note":[{"note":"of the object"}]},
 {"name":"email","Attribute":[{"object_relation":"to","type":"email-dst","value":"a@b.example"},{"object_relation":"to","type":"email-dst","value":"c@d.example"},{"object_relation":"from","type":"email-src","value":"e@f.example"}]},
 {"name":"nothing at all","Attribute":[]}],
"x_future":{"a":[1,1.0,1e2,12345678901234567890,null,{}]}
}}`

func TestAnEventWithEverythingComesBackEqual(t *testing.T) {
	for _, opts := range []misp.Options{{}, {Lean: true}, {Refs: 3}} {
		objects, report := comesBack(t, []byte(fullEvent), opts)
		if opts != (misp.Options{}) {
			continue
		}
		t.Log(report)
		for _, want := range []string{
			`"type":"sighting"`, `"opinion":"strongly-disagree"`, `"content":"Expired."`, `"opinion":"strongly-agree"`,
			`"abstract":"Report"`, `"relationship_type":"connected-to"`, `"relationship_type":"indicates"`,
			`"name":"Sofacy"`, `"aliases":["APT 28"]`, `"x_misp_value":"Thing"`, `"identity_class":"individual"`, `"x_misp_name":"bank-account"`,
			`"name":"There"`, `"type":"report"`, `"published":"2026-01-02T00:01:00Z"`,
		} {
			if !contains(objects, want) {
				t.Errorf("nowhere %s", want)
			}
		}
		for _, want := range []string{"ShadowAttribute", "SharingGroup", "distribution", "x_future", "Tag"} {
			if !slices.ContainsFunc(report.Carried(), func(n misp.Note) bool { return n.Record == "Event" && n.What == want }) {
				t.Errorf("the report does not say that the event's %s is carried", want)
			}
		}
	}
}

func TestTheSameEventGivesTheSameBytes(t *testing.T) {
	convert := func() [][]byte {
		seq, _ := read(t, []byte(fullEvent)).STIX(misp.Options{})
		return collect(t, seq)
	}
	if first := convert(); !reflect.DeepEqual(first, convert()) {
		t.Error("twice converted, the event gives other bytes")
	}
}

// What a restricted event says is marked, all of it: STIX does not pass the
// marking of a report on to what it holds.
func TestWhatHasNoMarkingOfItsOwnIsMarkedAsItsEvent(t *testing.T) {
	objects, _ := comesBack(t, []byte(fullEvent), misp.Options{})
	content := map[stix.Type]bool{"indicator": true, "observed-data": true, "domain-name": true, "file": true, "x-misp-attribute": true, "x-misp-object": true, "note": true, "opinion": true, "sighting": true, "report": true, "email-addr": true, "email-message": true}
	for _, raw := range objects {
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		level, marked := o.TLP()
		if content[o.Type()] && (!marked || level < stix.TLPAmber) {
			t.Errorf("%s is marked %v", o.ID(), level)
		}
		if strings.Contains(string(raw), "a.exe") && o.Type() != "report" && level != stix.TLPRed {
			t.Errorf("%s holds a red attribute and is marked %v", o.ID(), level)
		}
	}
}

func TestAReportWithManyPartsIsSplit(t *testing.T) {
	var list []string
	for i := range 25 {
		list = append(list, fmt.Sprintf(`{"type":"text","category":"Other","value":"%d","to_ids":false}`, i))
	}
	objects, _ := comesBack(t, fmt.Appendf(nil, eventOf, strings.Join(list, ",")), misp.Options{Refs: 10})
	var refs []int
	for _, raw := range objects {
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if o.Type() == "grouping" {
			refs = append(refs, len(o.IDs("object_refs")))
		}
	}
	if !slices.Equal(refs, []int{10, 10, 7}) {
		t.Errorf("groupings of %v, want 10, 10, and 2 with 5", refs)
	}
}

func TestBadEventsAreRefused(t *testing.T) {
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for name, raw := range map[string]string{
		"nothing":                   ``,
		"no object":                 `[]`,
		"cut off":                   `{"info":"x"`,
		"something behind":          `{"info":"x"} {}`,
		"no info":                   `{"uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b81"}`,
		"info is a number":          `{"info":1}`,
		"a name twice":              `{"info":"x","info":"y"}`,
		"a name twice, deeper":      `{"info":"x","Tag":[{"name":"a","name":"b"}]}`,
		"NUL":                       `{"info":"x\u0000"}`,
		"NUL in an attribute":       `{"info":"x","Attribute":[{"value":"\u0000"}]}`,
		"bytes that are not UTF-8":  "{\"info\":\"x\xff\"}",
		"half a surrogate pair":     `{"info":"\ud800"}`,
		"too deep":                  `{"info":"x","Attribute":` + deep + `}`,
		"attributes are an object":  `{"info":"x","Attribute":{}}`,
		"an attribute is a text":    `{"info":"x","Attribute":["a"]}`,
		"sightings are a text":      `{"info":"x","Attribute":[{"Sighting":"a"}]}`,
		"tags are numbers":          `{"info":"x","Tag":[1]}`,
		"members beside the event":  `{"Event":{"info":"x"},"b":1}`,
		"an event in an event":      `{"Event":{"Event":{"info":"x"}}}`,
		"the event is a list":       `{"Event":[{"info":"x"}]}`,
		"an attribute is cut off":   `{"info":"x","Attribute":[{"a":1`,
		"a comma too much":          `{"info":"x","Attribute":[{"a":1},]}`,
		"a number that is no JSON":  `{"info":"x","Attribute":[{"a":01}]}`,
		"a control character":       "{\"info\":\"x\ny\"}",
		"more than the event holds": `{"Event":{"info":"x"}} 1`,
	} {
		if _, err := misp.ReadEvent(strings.NewReader(raw), misp.Limits{}); err == nil {
			t.Errorf("%s: read", name)
		}
		seq, _ := misp.Stream(strings.NewReader(raw), misp.Limits{}, misp.Options{})
		var failed error
		for _, err := range seq {
			if err != nil {
				failed = err
			}
		}
		if failed == nil {
			t.Errorf("%s: streamed", name)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	raw := fmt.Sprintf(eventOf, attribute("text", strings.Repeat("x", 5000), false)+","+attribute("text", "y", false))
	for name, lim := range map[string]misp.Limits{
		"size": {Size: 1000}, "record": {Record: 1000}, "records": {Records: 1}, "depth": {Depth: 2},
	} {
		if _, err := misp.ReadEvent(strings.NewReader(raw), lim); err == nil {
			t.Errorf("%s: read", name)
		}
		seq, _ := misp.Stream(strings.NewReader(raw), lim, misp.Options{})
		failed := false
		for _, err := range seq {
			failed = failed || err != nil
		}
		if !failed {
			t.Errorf("%s: streamed", name)
		}
	}
	if _, err := misp.ReadEvent(strings.NewReader(raw), misp.Limits{}); err != nil {
		t.Error(err)
	}
}

func TestAReaderMayStopAtAnyObject(t *testing.T) {
	e := read(t, []byte(fullEvent))
	for stop := range 40 {
		seq, _ := e.STIX(misp.Options{})
		n := 0
		for range seq {
			if n++; n > stop {
				break
			}
		}
	}
}

func TestRecordsAreChanged(t *testing.T) {
	r, err := misp.ParseRecord([]byte(`{"a":"1","b":2,"c":true,"d":[{"e":1}]}`), misp.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := r.Int("a"); !ok || n != 1 || !r.Bool("a") || !r.Bool("c") || r.Text("b") != "2" || r.Has("x") || r.Text("d") != "" {
		t.Errorf("the record reads otherwise: %s", r.AppendJSON(nil))
	}
	r.SetText("a", `"`)
	r.Delete("b")
	r.SetText("z", "")
	r.SetRecords("d", nil)
	if got := string(r.AppendJSON(nil)); got != `{"a":"\"","c":true,"d":[],"z":""}` {
		t.Errorf("changed: %s", got)
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add([]byte(fullEvent))
	f.Add([]byte(`{"info":"x","Attribute":[{"type":"ip-dst|port","value":"192.0.2.1|1","to_ids":true,"uuid":"11111111-2222-4333-8444-555555555555"}]}`))
	f.Add([]byte(`{"info":"x","timestamp":-1,"date":"9999-99-99","Object":[{"name":"x-stix-object"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := misp.ReadEvent(bytes.NewReader(raw), misp.Limits{})
		if err != nil {
			return
		}
		seq, _ := e.STIX(misp.Options{})
		objects := collect(t, seq)
		for _, o := range objects {
			parsed, err := stix.Parse(o, stix.Limits{})
			if err != nil {
				t.Fatalf("%v in %s", err, o)
			}
			if p := stix.Validate(parsed, stix.Options{}); len(p) > 0 {
				t.Fatalf("%s in %s", p[0], o)
			}
		}
		back, _, err := misp.FromSTIX(each(objects))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := meaning(t, back.AppendJSON(nil)), meaning(t, e.AppendJSON(nil)); !reflect.DeepEqual(got, want) {
			t.Fatalf("came back as another\n got %s\nwant %s", back.AppendJSON(nil), e.AppendJSON(nil))
		}
	})
}
