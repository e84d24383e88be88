package mispapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

const otherUUID = "5a3c2fcd-8328-42bb-a95e-4f4402de0b82"

// two adds two events, of which the second is published and may be used passively only.
func (d *desk) two() {
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.now = d.now.Add(time.Hour)
	d.ask(http.MethodPost, "/events/add", `{"uuid":"`+otherUUID+`","info":"Another matter","date":"2026-01-02","published":true,
		"Orgc":{"name":"Port Authority","uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b99"},"Tag":[{"name":"PAP:RED"}],
		"Attribute":[{"type":"ip-dst","value":"192.0.2.9","comment":"=1+1"},{"type":"domain|ip","value":"both.example|192.0.2.10"}]}`, 200)
}

func (d *desk) values(body string) (values []string) {
	d.t.Helper()
	got := d.ask(http.MethodPost, "/attributes/restSearch", body, 200)
	list, _ := at(got, "response", "Attribute").([]any)
	for _, a := range list {
		values = append(values, fmt.Sprint(at(a, "value")))
	}
	slices.Sort(values)
	return values
}

func TestFiltersNarrowAsMISPs(t *testing.T) {
	d := newDesk(t)
	d.two()
	all := []string{
		"192.0.2.9", "198.51.100.7", "both.example|192.0.2.10",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "evil.example", "invoice.exe", "seen by the harbour office", "watched.example",
	}
	for body, want := range map[string][]string{
		`{}`:                                                   all,
		`{"returnFormat":"json"}`:                              all,
		`{"request":{"type":"domain"}}`:                        {"evil.example", "watched.example"},
		`{"value":"evil.example"}`:                             {"evil.example"},
		`{"value":"EVIL.example"}`:                             {"evil.example"},
		`{"value":"%.example"}`:                                {"both.example|192.0.2.10", "evil.example", "watched.example"},
		`{"value":"192.0.2.10"}`:                               {"both.example|192.0.2.10"},
		`{"value":"192.0.2."}`:                                 nil,
		`{"value":["192.0.2.9","evil.example"]}`:               {"192.0.2.9", "evil.example"},
		`{"value":"192.0.2.9||evil.example"}`:                  {"192.0.2.9", "evil.example"},
		`{"value":"' OR '1'='1"}`:                              nil,
		`{"value":"%"}`:                                        all,
		`{"type":"ip-dst"}`:                                    {"192.0.2.9", "198.51.100.7"},
		`{"type":{"OR":["ip-dst","sha256"],"NOT":["sha256"]}}`: {"192.0.2.9", "198.51.100.7"},
		`{"type":"ip-%"}`:                                      {"192.0.2.9", "198.51.100.7"},
		`{"category":"Payload delivery"}`:                      {all[3], "invoice.exe"},
		`{"object_relation":"sha256"}`:                         {all[3]},
		`{"object_name":"file"}`:                               {all[3], "invoice.exe"},
		`{"to_ids":0}`:                                         {"seen by the harbour office", "watched.example"},
		`{"to_ids":1,"type":"domain"}`:                         {"evil.example"},
		`{"tags":"osint"}`:                                     {"198.51.100.7", all[3], "evil.example", "invoice.exe", all[6], "watched.example"},
		`{"tags":["!osint"]}`:                                  {"192.0.2.9", "both.example|192.0.2.10"},
		`{"tags":"misp-galaxy:%"}`:                             {"evil.example"},
		`{"tags":{"AND":["osint","misp-galaxy:x"]}}`:           {"evil.example"},
		`{"event_tags":["PAP:RED"]}`:                           {"192.0.2.9", "both.example|192.0.2.10"},
		`{"org":"Port Authority"}`:                             {"192.0.2.9", "both.example|192.0.2.10"},
		`{"org":"!Port Authority","type":"ip-dst"}`:            {"198.51.100.7"},
		`{"published":true}`:                                   {"192.0.2.9", "both.example|192.0.2.10"},
		`{"published":0,"type":"ip-dst"}`:                      {"198.51.100.7"},
		`{"eventinfo":"another"}`:                              {"192.0.2.9", "both.example|192.0.2.10"},
		`{"eventid":"` + otherUUID + `"}`:                      {"192.0.2.9", "both.example|192.0.2.10"},
		`{"uuid":"11111111-0000-4000-8000-000000000002"}`:      {"198.51.100.7"},
		`{"timestamp":"30m"}`:                                  {"192.0.2.9", "both.example|192.0.2.10"},
		`{"timestamp":["2h","30m"],"type":"ip-dst"}`:           {"198.51.100.7"},
		`{"timestamp":` + fmt.Sprint(d.now.Unix()) + `}`:       {"192.0.2.9", "both.example|192.0.2.10"},
		`{"publish_timestamp":"1d"}`:                           {"192.0.2.9", "both.example|192.0.2.10"},
		`{"last":"1d","type":"ip-dst"}`:                        {"192.0.2.9"},
		`{"event_timestamp":"30m"}`:                            {"192.0.2.9", "both.example|192.0.2.10"},
		`{"from":"2026-02-01","type":"ip-dst"}`:                {"198.51.100.7"},
		`{"to":"2026-02-01","type":"ip-dst"}`:                  {"192.0.2.9"},
		`{"searchall":"harbour"}`:                              {"seen by the harbour office"},
		`{"quickFilter":"another"}`:                            {"192.0.2.9", "both.example|192.0.2.10"},
		`{"comment":"C2"}`:                                     {"evil.example"},
		`{"deleted":1}`:                                        nil,
		`{"type":"ip-dst","limit":1,"page":1}`:                 {"198.51.100.7"},
		`{"type":"ip-dst","limit":1,"page":2}`:                 {"192.0.2.9"},
		`{"type":"ip-dst","limit":1,"page":3}`:                 nil,
		`{"type":null,"value":"evil.example","tags":[],"org":"","enforceWarninglist":0}`: {"evil.example"},
	} {
		if got := d.values(body); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestEventsAreFoundByTheirAttributesAndGivenWhole(t *testing.T) {
	d := newDesk(t)
	d.two()
	for body, want := range map[string][]string{
		`{"value":"evil.example"}`: {eventUUID}, `{"tags":"PAP:RED"}`: {otherUUID}, `{"type":"md5"}`: nil, `{}`: {eventUUID, otherUUID},
		`{"limit":1,"page":2}`: {otherUUID}, `{"timestamp":"30m"}`: {otherUUID}, `{"uuid":"` + eventUUID + `"}`: {eventUUID},
	} {
		got := d.ask(http.MethodPost, "/events/restSearch", body, 200)
		var uuids []string
		list, _ := at(got, "response").([]any)
		for _, e := range list {
			uuids = append(uuids, fmt.Sprint(at(e, "Event", "uuid")))
			if length(e, "Event", "Attribute") < 2 {
				t.Errorf("%s: an event is not whole", body)
			}
		}
		if slices.Sort(uuids); !slices.Equal(uuids, want) {
			t.Errorf("%s: %q, want %q", body, uuids, want)
		}
	}
}

// text is an export.
func (d *desk) text(path, body string) string {
	d.t.Helper()
	w := d.do("writer", http.MethodPost, path, body)
	if w.Code != 200 {
		d.t.Fatalf("%s: %d %s", body, w.Code, w.Body)
	}
	return w.Body.String()
}

func TestDetectionsKeepToPAP(t *testing.T) {
	d := newDesk(t)
	d.two()
	d.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	d.ask(http.MethodPost, "/tags/attachTagToObject", `{"uuid":"11111111-0000-4000-8000-000000000002","tag":"PAP:AMBER"}`, 200)
	d.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	for format, want := range map[string][3]bool{ // PAP:RED, PAP:AMBER, no label
		"csv": {false, true, true}, "text": {false, true, true}, "suricata": {false, true, true}, "rpz": {false, false, true},
	} {
		got := d.text("/attributes/restSearch", `{"returnFormat":"`+format+`"}`)
		for i, value := range []string{"192.0.2.9", "198.51.100.7", "evil.example"} {
			if format == "rpz" {
				value = map[string]string{"192.0.2.9": "32.9.2.0.192.rpz-ip", "198.51.100.7": "32.7.100.51.198.rpz-ip"}[value] + value[len(value):]
				if i == 2 {
					value = "evil.example CNAME"
				}
			}
			if strings.Contains(got, value) != want[i] {
				t.Errorf("%s: %s: want %v:\n%s", format, value, want[i], got)
			}
		}
	}
}

func TestThePAPOfTheSourceCounts(t *testing.T) {
	d := newDesk(t)
	d.profile = d.newProfile(mithaq.Handling{TLP: stix.TLPGreen, Originator: org, PAP: mithaq.PAPRed})
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	if got := d.text("/attributes/restSearch", `{"returnFormat":"suricata"}`); strings.Contains(got, "alert") {
		t.Errorf("what the source gives for passive use is in a rule:\n%s", got)
	}
}

func TestWhatWasValidOnceIsDetectedNoMore(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	if got := d.text("/attributes/restSearch", `{"returnFormat":"text","type":"domain"}`); got != "evil.example\nwatched.example\n" {
		t.Fatalf("%q", got)
	}
	// a version with an end, as another tool of the house would import it
	raw := strings.Replace(string(d.last("indicator--11111111-0000-4000-8000-000000000001").Raw()), `"pattern_type"`, `"valid_until":"2026-11-24T09:30:00Z","pattern_type"`, 1)
	v := versionOf([]byte(raw))
	v.raw = v.at("2026-11-24T09:04:00.000Z")
	report, err := d.g.Intake(context.Background(), d.legal, strings.NewReader(string(v.raw)), gate.Import{Profile: d.profile})
	if err != nil || report.Kept != 1 {
		t.Fatal(err, report)
	}
	for hours, want := range map[int]string{0: "evil.example\nwatched.example\n", 1: "watched.example\n"} {
		d.now = time.Date(2026, 11, 24, 9+hours, 20, 0, 0, time.UTC)
		if got := d.text("/attributes/restSearch", `{"returnFormat":"text","type":"domain"}`); got != want && hours == 1 || hours == 0 && got != want {
			t.Errorf("after %d hours: %q, want %q", hours, got, want)
		}
	}
}

// What stands in a value is data, in every format.
func TestValuesAreDataInEveryFormat(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", `{"uuid":"`+eventUUID+`","info":"x","published":true,"Attribute":[
		{"type":"user-agent","category":"Network activity","to_ids":true,"value":"a\"; sid:1; |x"},
		{"type":"text","value":"=cmd|' /C calc'!A0","to_ids":true},
		{"type":"text","value":"two\nlines","to_ids":true},
		{"type":"domain","value":"not a domain. CNAME x","to_ids":true},
		{"type":"ip-dst","value":"1.2.3.4/0 any any","to_ids":true},
		{"type":"suricata","category":"Network activity","value":"alert tcp any any -> any any (sid:7;)\nalert x","to_ids":true},
		{"type":"md5","value":"not a hash","to_ids":true}]}`, 200)
	rules := d.text("/attributes/restSearch", `{"returnFormat":"suricata"}`)
	if !strings.Contains(rules, `content:"a|22||3B| sid|3A|1|3B| |7C|x"`) || strings.Count(rules, "\n") != 2 {
		t.Errorf("%s", rules)
	}
	if zone := d.text("/attributes/restSearch", `{"returnFormat":"rpz"}`); strings.Contains(zone, "CNAME") {
		t.Errorf("%s", zone)
	}
	if lines := d.text("/attributes/restSearch", `{"returnFormat":"text","type":"text"}`); lines != "=cmd|' /C calc'!A0\ntwo lines\n" {
		t.Errorf("%q", lines)
	}
	if table := d.text("/attributes/restSearch", `{"returnFormat":"csv","type":"text","requested_attributes":"value","headerless":1}`); table != "'=cmd|' /C calc'!A0\n\"two\nlines\"\n" {
		t.Errorf("%q", table)
	}
	if hashes := d.text("/attributes/restSearch", `{"returnFormat":"hashes"}`); hashes != "" {
		t.Errorf("%q", hashes)
	}
}

func TestAddressesAreReversedForAZone(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "32.1.2.0.192", "192.0.2.0/24": "24.0.2.0.192", "2001:db8::1": "128.1.zz.db8.2001", "2001:db8::/32": "32.zz.db8.2001",
		"::1": "128.1.zz", "1:2:3:4:5:6:7:8": "128.8.7.6.5.4.3.2.1",
	} {
		if got := reversed(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsExportedAsSTIXConforms(t *testing.T) {
	d := newDesk(t)
	d.two()
	for _, path := range []string{"/events/restSearch", "/attributes/restSearch"} {
		var bundle struct {
			Type    string
			Objects []json.RawMessage
		}
		must(t, json.Unmarshal([]byte(d.text(path, `{"returnFormat":"stix2"}`)), &bundle))
		seen := map[stix.ID]bool{}
		for _, raw := range bundle.Objects {
			o, err := stix.Parse(raw, stix.Limits{})
			must(t, err)
			if problems := stix.Validate(o, stix.Options{}); len(problems) > 0 || seen[o.ID()] {
				t.Errorf("%s: %v", o.ID(), problems)
			}
			seen[o.ID()] = true
		}
		if bundle.Type != "bundle" || !seen["indicator--11111111-0000-4000-8000-000000000001"] {
			t.Errorf("%s: %d objects", path, len(seen))
		}
	}
}

func TestTheFeedIsOneThatIsRead(t *testing.T) {
	d := newDesk(t)
	d.two()
	files := fstest.MapFS{}
	for _, name := range []string{"manifest.json", "hashes.csv", otherUUID + ".json"} {
		w := d.do("reader", http.MethodGet, "/feed/"+name, "")
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		files[name] = &fstest.MapFile{Data: w.Body.Bytes()}
	}
	feed, err := misp.ReadFeed(files, misp.Limits{})
	must(t, err)
	if entries := feed.Entries(); len(entries) != 1 || entries[0].UUID != otherUUID || entries[0].Text("info") != "Another matter" {
		t.Fatalf("%v, want the one event that is published", entries)
	}
	e, err := feed.Event(otherUUID)
	must(t, err)
	if len(list(&e.Record, "Attribute")) != 2 || e.Has("id") {
		t.Errorf("%s", e.JSON())
	}
	n := 0
	for _, err := range feed.Hashes() {
		must(t, err)
		n++
	}
	if n != 3 {
		t.Errorf("%d hashes, want 3", n)
	}
	d.now = d.now.Add(time.Second)
	if w := d.do("reader", http.MethodGet, "/feed/"+eventUUID+".json", ""); w.Code != 404 {
		t.Errorf("what is not published: %d", w.Code)
	}
}

// A server that pulls asks for the list, and for each event that is newer.
func TestAServerPulls(t *testing.T) {
	d := newDesk(t)
	d.two()
	if got := d.ask(http.MethodGet, "/servers/getVersion.json", "", 200); got["perm_sync"] != true {
		t.Errorf("%v", got)
	}
	w := d.do("reader", http.MethodPost, "/events/index", `{"minimal":1,"published":1}`)
	got := d.parsed(w)
	if length(got, "list") != 1 || at(got, "list", 0, "uuid") != otherUUID || at(got, "list", 0, "orgc_uuid") != "5a3c2fcd-8328-42bb-a95e-4f4402de0b99" {
		t.Fatalf("%s", w.Body)
	}
	if again := d.again(w.Header().Get("ETag")); again != http.StatusNotModified {
		t.Errorf("with nothing new: %d", again)
	}
	d.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	if again := d.again(w.Header().Get("ETag")); again != 200 {
		t.Errorf("with something new: %d", again)
	}
	one := d.ask(http.MethodGet, "/events/view/"+otherUUID+"/deleted[]:0/deleted[]:1/excludeGalaxy:1/includeEventCorrelations:0/includeFeedCorrelations:0/includeWarninglistHits:0/excludeLocalTags:1/includeAnalystData:1.json", "", 200)
	if length(one, "Event", "Attribute") != 2 || at(one, "Event", "Orgc", "name") != "Port Authority" {
		t.Errorf("%v", one)
	}
	for path, want := range map[string]int{"/shadow_attributes/index": 200, "/servers/getAvailableSyncFilteringRules": 200, "/sharing_groups/index.json": 200} {
		d.ask(http.MethodGet, path, "", want)
	}
	d.ask(http.MethodPost, "/galaxy_clusters/restSearch", `{"published":1,"minimal":1,"custom":1}`, 200)
	if got := d.ask(http.MethodPost, "/sightings/restSearch/event", `{"returnFormat":"json","id":["`+otherUUID+`"]}`, 200); at(got, "response") == nil {
		t.Errorf("%v", got)
	}
}

func (d *desk) again(etag string) int {
	r, w := d.request("reader", http.MethodPost, "/events/index", `{"minimal":1,"published":1}`)
	r.Header.Set("If-None-Match", etag)
	d.s.ServeHTTP(w, r)
	return w.Code
}

// A server that pushes asks what is wanted, whether it is there, and adds or edits.
func TestAServerPushes(t *testing.T) {
	d := newDesk(t)
	ask := func(timestamp string) object {
		return d.ask(http.MethodPost, "/events/filterEventIdsForPush", `[{"Event":{"uuid":"`+eventUUID+`","timestamp":"`+timestamp+`"}}]`, 200)
	}
	if got := ask("1700000000"); length(got, "list") != 1 {
		t.Fatalf("%v", got)
	}
	if w := d.do("writer", http.MethodHead, "/events/view/"+eventUUID, ""); w.Code != 404 || w.Body.Len() > 0 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	push := func(path, timestamp, info string, want int) object {
		return d.ask(http.MethodPost, path, `{"Event":{"id":"77","uuid":"`+eventUUID+`","info":"`+info+`","timestamp":"`+timestamp+`","published":true,
			"distribution":"1","Orgc":{"id":"9","name":"Port Authority","uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b99"},
			"Attribute":[{"id":"5","event_id":"77","uuid":"11111111-0000-4000-8000-000000000001","type":"domain","category":"Network activity","value":"evil.example","to_ids":true,"timestamp":"`+timestamp+`"}]}}`, want)
	}
	got := push("/events/add/metadata:1", "1764000000", "One", 200)
	if at(got, "Event", "info") != "One" || at(got, "Event", "Attribute") != nil || at(got, "Event", "timestamp") != "1764000000" || at(got, "Event", "id") == "77" {
		t.Errorf("%v", got)
	}
	if got := ask("1764000000"); length(got, "list") != 0 {
		t.Errorf("what is no newer is wanted: %v", got)
	}
	if w := d.do("writer", http.MethodHead, "/events/view/"+eventUUID, ""); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	push("/events/edit/"+eventUUID+"/metadata:1", "1764000000", "Two", 403)
	push("/events/edit/"+eventUUID+"/metadata:1", "1764000009", "Two", 200)
	got = d.ask(http.MethodGet, "/events/view/"+eventUUID, "", 200)
	if at(got, "Event", "info") != "Two" || at(got, "Event", "published") != true || length(got, "Event", "Attribute") != 1 {
		t.Errorf("%v", got)
	}
	body := `[{"uuid":"44444444-0000-4000-8000-000000000001","type":"0","source":"","date_sighting":"1764000000","attribute_uuid":"11111111-0000-4000-8000-000000000001","Organisation":{"name":"Port Authority","uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b99"}},
		{"uuid":"44444444-0000-4000-8000-000000000002","type":"0","attribute_uuid":"00000000-0000-4000-8000-000000000001"}]`
	for _, want := range []string{"1 sightings", "0 sightings"} {
		if got := d.ask(http.MethodPost, "/sightings/bulkSaveSightings/"+eventUUID, body, 200); !strings.HasPrefix(fmt.Sprint(got["message"]), want) {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

// What a partner gave is seen and found, and not changed; it is said of it that it was
// seen, in an object of ours.
func TestWhatAPartnerGaveIsReadAndNotChanged(t *testing.T) {
	d := newDesk(t)
	d.given("partner.example", sent)
	if at(d.view(), "Event", "Attribute", 0, "value") != "evil.example" || !slices.Equal(d.values(`{"value":"evil.example"}`), []string{"evil.example"}) {
		t.Fatalf("%v", d.view())
	}
	for path, body := range map[string]string{
		"/events/edit/" + eventUUID: `{"info":"mine"}`, "/events/delete/" + eventUUID: "", "/attributes/add/" + eventUUID: `{"type":"text","value":"x"}`,
		"/attributes/edit/11111111-0000-4000-8000-000000000001": `{"comment":"mine"}`, "/events/publish/" + eventUUID: "",
	} {
		d.ask(http.MethodPost, path, body, 403)
	}
	d.ask(http.MethodPost, "/sightings/add/11111111-0000-4000-8000-000000000001", `{"source":"a sensor"}`, 200)
	got := d.ask(http.MethodPost, "/sightings/listSightings", `{"context":"attribute","id":"11111111-0000-4000-8000-000000000001"}`, 200)
	if length(got, "list") != 1 || at(got, "list", 0, "source") != "a sensor" {
		t.Errorf("%v", got)
	}
	if o := d.last("grouping--" + eventUUID); o.Name() != "Phishing against a port" || o.Revoked() {
		t.Errorf("%s", o.Raw())
	}
}

// given keeps an event as a partner gave it.
func (d *desk) given(partner mithaq.OrgID, body string) {
	d.t.Helper()
	e, err := misp.ReadEvent(strings.NewReader(body), misp.Limits{})
	must(d.t, err)
	objects, _ := e.STIX(misp.Options{Kept: true})
	must(d.t, d.g.Store.Write(context.Background(), func(tx *store.Tx) error {
		class, err := d.g.Store.Class(tx, mithaq.Handling{TLP: stix.TLPGreen, Originator: partner})
		if err != nil {
			return err
		}
		for raw, err := range objects {
			if err != nil {
				return err
			}
			o, err := stix.Parse(raw, stix.Limits{})
			if err != nil {
				return err
			}
			modified, _ := o.Modified()
			found, err := gate.Derive(raw)
			if err != nil {
				return err
			}
			item := store.NewItem{Raw: raw, ID: o.ID(), Version: modified.String(), Modified: modified.Time(), Values: found.Values, Refs: found.Refs}
			put, err := d.g.Store.Put(tx, []store.NewItem{item}, nil)
			if err != nil {
				return err
			}
			key := store.HoldingKey{Item: put[0].Seq, Giver: partner, Under: "x-mithaq-pact--00000000-0000-4000-8000-000000000001"}
			if _, err := d.g.Store.PutHoldings(tx, []store.NewHolding{{HoldingKey: key, Class: class}}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Every value is found by its whole text, however STIX spells it.
func TestEveryKindOfValueIsFound(t *testing.T) {
	d := newDesk(t)
	values := map[string]string{
		"AS": "AS64496", "regkey": `HKLM\\Software\\Run`, "regkey|value": `HKCU\\Run|evil`, "mac-address": "00:00:5E:00:53:af", "filename|md5": "a 'b'.exe|D41D8CD98F00B204E9800998ECF8427E",
		"ip-dst|port": "198.51.100.9|443", "domain|ip": "x.example|198.51.100.8", "email-src": "Who@Example.org", "url": "http://x.example/a?b=c#d", "text": "a \u00e9t\u00e9 text",
		"port": "8443", "size-in-bytes": "123456", "sha256": "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "cpe": "cpe:2.3:a:x:y:1.0:*:*:*:*:*:*:*",
		"user-agent": `Mozilla/5.0 \"x\"`, "email-subject": "Your invoice", "mutex": "Global\\\\m", "vulnerability": "CVE-2026-0001", "campaign-name": "Harbour lights", "yara": "rule x { condition: true }",
	}
	for _, ids := range []string{"true", "false"} {
		for typ, value := range values {
			uuid := uuidOf("value", typ+ids)
			d.ask(http.MethodPost, "/events/add", `{"uuid":"`+uuid+`","info":"x","Attribute":[{"type":"`+typ+`","to_ids":`+ids+`,"value":"`+value+`"}]}`, 200)
			got := d.ask(http.MethodPost, "/events/restSearch", `{"eventid":"`+uuid+`","value":"`+value+`"}`, 200)
			if length(got, "response") != 1 {
				t.Errorf("%s %s, to_ids %s: it is not found", typ, value, ids)
			}
		}
	}
}
