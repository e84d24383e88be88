package mispapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

func TestAnEventThatIsAddedIsReadBack(t *testing.T) {
	d := newDesk(t)
	for _, answer := range []object{
		d.ask(http.MethodPost, "/events/add", sent, 200),
		d.ask(http.MethodGet, "/events/view/"+eventUUID, "", 200),
	} {
		for _, c := range []struct {
			path []any
			want any
		}{
			{[]any{"Event", "info"}, "Phishing against a port"},
			{[]any{"Event", "Orgc", "name"}, "Atlas"},
			{[]any{"Event", "Attribute", 0, "value"}, "evil.example"},
			{[]any{"Event", "Attribute", 0, "comment"}, "C2"},
			{[]any{"Event", "Attribute", 0, "Tag", 0, "name"}, "misp-galaxy:x"},
			{[]any{"Event", "Attribute", 3, "value"}, "watched.example"},
			{[]any{"Event", "Object", 0, "Attribute", 1, "object_relation"}, "sha256"},
			{[]any{"Event", "Object", 0, "ObjectReference", 0, "relationship_type"}, "connects-to"},
			{[]any{"Event", "EventReport", 0, "content"}, "# A report"},
			{[]any{"Event", "attribute_count"}, "6"},
			{[]any{"errors"}, nil},
		} {
			if got := at(answer, c.path...); got != c.want {
				t.Errorf("%v is %v, want %v", c.path, got, c.want)
			}
		}
	}
}

// attribute finds one in an event by its UUID.
func attribute(e object, uuid string) object {
	list, _ := at(e, "Event", "Attribute").([]any)
	for _, a := range list {
		if at(a, "uuid") == uuid {
			return a.(object)
		}
	}
	return nil
}

const (
	aDomain   = "11111111-0000-4000-8000-000000000001"
	anAddress = "11111111-0000-4000-8000-000000000002"
	aName     = "11111111-0000-4000-8000-000000000004"
	aFile     = "22222222-0000-4000-8000-000000000001"
	aHash     = "22222222-0000-4000-8000-0000000000a2"
)

func (d *desk) view() object { return d.ask(http.MethodGet, "/events/view/"+eventUUID, "", 200) }

func TestAnEditChangesWhatIsNewerAndNothingElse(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	before := d.stored()
	d.now = d.now.Add(time.Hour)
	got := d.ask(http.MethodPost, "/events/edit/"+eventUUID, `{"uuid":"`+eventUUID+`","info":"Changed","Attribute":[
		{"uuid":"`+aDomain+`","comment":"changed"},
		{"uuid":"`+anAddress+`","comment":"too old","timestamp":"1"},
		{"type":"md5","value":"d41d8cd98f00b204e9800998ecf8427e"}]}`, 200)
	if at(got, "Event", "info") != "Changed" || attribute(got, aDomain)["comment"] != "changed" || attribute(got, anAddress)["comment"] != "" ||
		length(got, "Event", "Attribute") != 5 || attribute(got, aDomain)["value"] != "evil.example" {
		t.Errorf("%v", got)
	}
	if attribute(got, aDomain)["timestamp"] != fmt.Sprint(d.now.Unix()) {
		t.Errorf("timestamp %v, want that of the change", attribute(got, aDomain)["timestamp"])
	}
	// the attribute, the new one and the event, and no version of anything else
	if n := d.stored() - before; n != 3 {
		t.Errorf("%d objects were written, want 3", n)
	}
}

// stored counts the items that are kept.
func (d *desk) stored() int {
	n := 0
	for _, e := range d.entries {
		if e.Kind == "import" {
			n += int(e.Counts["kept"])
		}
	}
	return n
}

func TestWhatIsNoNewerIsRefused(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	got := d.ask(http.MethodPost, "/events/edit/"+eventUUID, `{"Event":{"info":"late","timestamp":"1700000000"}}`, 403)
	if !strings.Contains(fmt.Sprint(got["errors"]), "not newer") || at(d.view(), "Event", "info") == "late" {
		t.Errorf("%v", got)
	}
}

// A record keeps its value when it becomes another type of object and back, and
// when its value goes back to what it was, many times within one anAddress.
func TestChangesWithinASecondAreAllKept(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	for i, c := range []struct{ sent, member, want string }{
		{`{"to_ids":true}`, "value", "watched.example"},
		{`{"to_ids":false}`, "value", "watched.example"},
		{`{"to_ids":true}`, "value", "watched.example"},
		{`{"to_ids":false,"value":"a.example"}`, "value", "a.example"},
		{`{"value":"b.example"}`, "value", "b.example"},
		{`{"value":"a.example"}`, "value", "a.example"},
		{`{"type":"text","category":"Other","value":"words"}`, "value", "words"},
		{`{"type":"domain","category":"Network activity","value":"a.example"}`, "value", "a.example"},
	} {
		got := d.ask(http.MethodPost, "/attributes/edit/"+aName, c.sent, 200)
		if at(got, "Attribute", c.member) != c.want {
			t.Errorf("%d: %v, want %s", i, got, c.want)
		}
		if n := length(d.view(), "Event", "Attribute"); n != 4 {
			t.Errorf("%d: %d attributes, want 4", i, n)
		}
	}
}

func TestWhatIsNoIndicatorAnyMoreWasValidOnce(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.ask(http.MethodPost, "/attributes/edit/"+aDomain, `{"to_ids":false}`, 200)
	o := d.last("indicator--" + aDomain)
	if until, ok := o.Time("valid_until"); !ok || until.Time().After(d.now.Add(2*time.Second)) || o.Revoked() {
		t.Errorf("%s", o.Raw())
	}
}

// last is the newest version of an object, as the node holds it.
func (d *desk) last(id string) *stix.Object {
	d.t.Helper()
	c := &call{s: d.s, ctx: d.t.Context(), v: mithaq.NodeViewer(org)}
	was, err := c.heldAs([]stix.ID{stix.ID(id)})
	must(d.t, err)
	o, err := stix.Parse(was[stix.ID(id)].Raw, stix.Limits{})
	must(d.t, err)
	return o
}

func TestADeletedEventIsRevokedWithoutItsContentForGood(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.ask(http.MethodPost, "/events/delete/"+eventUUID, "", 200)
	for path, want := range map[string]int{
		"/events/view/" + eventUUID: 404, "/attributes/view/" + aDomain: 404, "/objects/view/" + aFile: 404, "/feed/" + eventUUID + ".json": 404,
	} {
		d.ask(http.MethodGet, path, "", want)
	}
	if got := d.ask(http.MethodPost, "/attributes/restSearch", `{"value":"evil.example"}`, 200); length(got, "response", "Attribute") != 0 {
		t.Errorf("%v", got)
	}
	d.ask(http.MethodPost, "/events/add", sent, 403)
	for _, id := range []string{"grouping--" + eventUUID, "indicator--" + aDomain, "indicator--" + aFile} {
		if o := d.last(id); !o.Revoked() || strings.Contains(string(o.Raw()), "Phishing") || strings.Contains(string(o.Raw()), "C2") {
			t.Errorf("%s", o.Raw())
		}
		if problems := stix.Validate(d.last(id), stix.Options{}); len(problems) > 0 {
			t.Errorf("%s: %v", id, problems)
		}
	}
}

func TestADeletedAttributeIsToldToWhoAsksAndComesNotBack(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.ask(http.MethodPost, "/attributes/delete/"+aDomain, "", 200)
	if attribute(d.view(), aDomain) != nil {
		t.Error("it is still shown")
	}
	for _, path := range []string{"/deleted:1", "/deleted[]:0/deleted[]:1", "/deleted:only"} {
		got := d.ask(http.MethodGet, "/events/view/"+eventUUID+path, "", 200)
		if a := attribute(got, aDomain); a == nil || a["deleted"] != true {
			t.Errorf("%s: %v", path, a)
		}
	}
	d.ask(http.MethodPost, "/attributes/restore/"+aDomain, "", 403)
	got := d.ask(http.MethodPost, "/events/edit/"+eventUUID, `{"Attribute":[{"uuid":"`+aDomain+`","deleted":false,"comment":"again"}]}`, 200)
	if at(got, "errors", aDomain) == nil || attribute(d.view(), aDomain) != nil {
		t.Errorf("%v", got)
	}
}

// Whoever sends a UUID that another event has does not change that one.
func TestARecordOfAnotherEventIsNotTaken(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	got := d.ask(http.MethodPost, "/events/add", `{"info":"Mine","Attribute":[{"uuid":"`+aDomain+`","type":"domain","value":"other.example"},
		{"type":"domain","value":"fine.example"}]}`, 200)
	if at(got, "errors", aDomain) == nil || length(got, "Event", "Attribute") != 1 {
		t.Errorf("%v", got)
	}
	if attribute(d.view(), aDomain)["value"] != "evil.example" {
		t.Error("it was changed by way of another event")
	}
}

func TestBadInputIsToldInMISPsShape(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	none := "00000000-0000-4000-8000-000000000000"
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/events/add", `{`, 400},
		{"POST", "/events/add", ``, 400},
		{"POST", "/events/add", `[]`, 400},
		{"POST", "/events/add", `{"info":"x","info":"y"}`, 400},
		{"POST", "/events/add", "{\"info\":\"\xff\"}", 400},
		{"POST", "/events/add", `{"info":"a\u0000b"}`, 400},
		{"POST", "/events/add", `{"info":"x"} x`, 400},
		{"POST", "/events/add", `{"info":"x","Attribute":[1]}`, 400},
		{"POST", "/events/add", `{"info":"x","Attribute":[{"type":"text","value":"a\u0000"}]}`, 400},
		{"POST", "/events/add", `{"info":""}`, 403},
		{"POST", "/events/add", `{"info":"x","date":"tomorrow"}`, 403},
		{"POST", "/events/add", `{"info":"x","timestamp":"9999999999"}`, 403}, // it lies ahead
		{"POST", "/events/add", sent, 403},
		{"GET", "/events/add", "", 405},
		{"DELETE", "/events/add", "", 405},
		{"PATCH", "/events/view/" + eventUUID, "", 405},
		{"GET", "/events/view/" + none, "", 404},
		{"GET", "/events/view/", "", 404},
		{"GET", "/events/view/99999999999999999999999", "", 404},
		{"GET", "/events/view/-1", "", 404},
		{"GET", "/events/view/1'or'1", "", 404},
		{"GET", "/events/smell", "", 404},
		{"POST", "/events/edit/" + none, `{"info":"x"}`, 404},
		{"POST", "/events/delete/" + none, "", 404},
		{"POST", "/events/publish/" + none, "", 404},
		{"POST", "/attributes/add/" + none, `{"type":"text","value":"x"}`, 404},
		{"POST", "/attributes/add/" + eventUUID, `{"type":"smell","value":"x"}`, 403},
		{"POST", "/attributes/add/" + eventUUID, `{"type":"text"}`, 403},
		{"POST", "/attributes/add/" + eventUUID, `{"type":"domain","category":"Person","value":"x.example"}`, 403},
		{"POST", "/attributes/add/" + eventUUID, `{"type":"domain","value":"evil.example"}`, 403},
		{"POST", "/attributes/add/" + eventUUID, `nonsense`, 400},
		{"POST", "/attributes/edit/" + aFile, `{"value":"x"}`, 404},
		{"POST", "/attributes/edit/" + aDomain, `{"value":""}`, 403},
		{"POST", "/objects/add/" + eventUUID, `{"Object":{}}`, 403},
		{"POST", "/objectReferences/add", `{"object_uuid":"` + aFile + `","referenced_uuid":"` + none + `","relationship_type":"x"}`, 403},
		{"POST", "/tags/attachTagToObject", `{"uuid":"x","tag":"y"}`, 400},
		{"POST", "/tags/attachTagToObject", `{"uuid":"` + none + `","tag":"y"}`, 404},
		{"POST", "/tags/attachTagToObject", `{"uuid":"` + aDomain + `"}`, 400},
		{"POST", "/sightings/add", `{}`, 400},
		{"POST", "/sightings/add", `{"value":"nowhere.example"}`, 404},
		{"POST", "/sightings/add/" + aDomain, `{"type":"9"}`, 400},
		{"POST", "/sightings/add/" + aDomain, `{"timestamp":"soon"}`, 400},
		{"POST", "/attributes/restSearch", `{"smell":"x"}`, 400},
		{"POST", "/attributes/restSearch", `{"limit":-1}`, 400},
		{"POST", "/attributes/restSearch", `{"limit":"many"}`, 400},
		{"POST", "/attributes/restSearch", `{"page":1e99}`, 400},
		{"POST", "/attributes/restSearch", `{"timestamp":"soon"}`, 400},
		{"POST", "/attributes/restSearch", `{"returnFormat":"openioc"}`, 400},
		{"POST", "/attributes/restSearch", `{"returnFormat":"csv","requested_attributes":"smell"}`, 400},
		{"POST", "/attributes/restSearch", `{"returnFormat":"rpz","policy":"LET"}`, 400},
		{"POST", "/events/index", `{"sort":"raw"}`, 400},
		{"POST", "/events/filterEventIdsForPush", `{}`, 400},
		{"POST", "/events/filterEventIdsForPush", `[{"Event":{"uuid":"x"}}]`, 400},
		{"GET", "/users/view/2", "", 404},
		{"GET", "/organisations/view/nobody", "", 404},
	} {
		w := d.do("writer", c.method, c.path, c.body)
		got := d.parsed(w)
		if w.Code != c.want || got["name"] == nil || got["message"] == nil || got["url"] == nil {
			t.Errorf("%s %s %.60s: %d, want %d with name, message and url: %s", c.method, c.path, c.body, w.Code, c.want, w.Body)
		}
	}
	if at(d.view(), "Event", "info") != "Phishing against a port" {
		t.Error("the event was changed")
	}
}

func TestWhoMayNotIsToldSo(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	for _, c := range []struct {
		token, method, path, body string
	}{
		{"", "GET", "/servers/getVersion", ""},
		{"guessed", "GET", "/events/index", ""},
		{"reader", "POST", "/events/add", `{"info":"x"}`},
		{"reader", "POST", "/events/edit/" + eventUUID, `{"info":"x"}`},
		{"reader", "POST", "/events/delete/" + eventUUID, ""},
		{"reader", "POST", "/events/publish/" + eventUUID, ""},
		{"reader", "POST", "/attributes/add/" + eventUUID, `{"type":"text","value":"x"}`},
		{"reader", "POST", "/attributes/delete/" + aDomain, ""},
		{"reader", "POST", "/tags/attachTagToObject", `{"uuid":"` + aDomain + `","tag":"x"}`},
		{"reader", "POST", "/sightings/add/" + aDomain, `{}`},
	} {
		if w := d.do(c.token, c.method, c.path, c.body); w.Code != 403 || d.parsed(w)["message"] == nil {
			t.Errorf("%q %s: %d %s", c.token, c.path, w.Code, w.Body)
		}
	}
}

// What a token may not read is not in the event, and stays in it when it is edited.
func TestWhatMayNotBeReadStaysWhenTheEventIsEdited(t *testing.T) {
	d := newDesk(t)
	const secret = "11111111-0000-4000-8000-00000000000f"
	body := strings.Replace(sent, `"Attribute":[`, `"Attribute":[{"uuid":"`+secret+`","type":"text","value":"a source","Tag":[{"name":"tlp:red"}]},`, 1)
	got := d.ask(http.MethodPost, "/events/add", body, 200)
	if attribute(got, secret) != nil || strings.Contains(fmt.Sprint(got), "a source") || length(got, "Event", "Attribute") != 4 {
		t.Fatalf("%v", got)
	}
	d.now = d.now.Add(time.Hour)
	got = d.ask(http.MethodPost, "/events/edit/"+eventUUID, `{"info":"Changed","Attribute":[{"uuid":"`+secret+`","value":"mine","comment":"mine"}]}`, 200)
	if attribute(got, secret) != nil || at(got, "errors", secret) == nil {
		t.Errorf("%v", got)
	}
	d.ask(http.MethodPost, "/attributes/edit/"+secret, `{"value":"mine"}`, 404)
	o := d.last("x-misp-attribute--" + secret)
	if o.String("x_misp_value") != "a source" {
		t.Errorf("%s", o.Raw())
	}
	d.ask(http.MethodGet, "/attributes/view/"+secret, "", 404)
}

func TestAReadIsAnEntryAndSpendsTheBudget(t *testing.T) {
	d := newDesk(t)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	d.entries, d.spent = nil, 0
	d.view()
	if len(d.entries) != 1 || d.entries[0].Kind != "read" || d.entries[0].Notes["call"] != "events/view" || d.entries[0].Notes["token"] != "writer" ||
		d.entries[0].Counts["items"] != d.spent || d.spent != 7 {
		t.Errorf("spent %d, entries %+v", d.spent, d.entries)
	}
	d.entries, d.empty = nil, 0
	d.ask(http.MethodPost, "/attributes/restSearch", `{"value":"nowhere.example"}`, 200)
	if len(d.entries) != 0 || d.empty != 1 {
		t.Errorf("a search without a result: %d empty, %+v", d.empty, d.entries)
	}
}

// Every file of real events comes back as it was sent, but for the numbers of rows
// and what is said of every record.
func TestRealEventsComeBackAsTheyWereSent(t *testing.T) {
	for name, raw := range realEvents(t) {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			e, err := misp.ReadEvent(strings.NewReader(string(raw)), misp.Limits{})
			must(t, err)
			w := d.do("writer", http.MethodPost, "/events/add", string(raw))
			if w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			uuid, _ := at(d.parsed(w), "Event", "uuid").(string)
			w = d.do("writer", http.MethodGet, "/events/view/"+uuid+"/deleted[]:0/deleted[]:1", "")
			got, err := misp.ReadEvent(w.Body, misp.Limits{})
			must(t, err)
			compare(t, "Event", &e.Record, &got.Record)
		})
	}
}

// compare goes through what was sent.
func compare(t *testing.T, where string, sent, got *misp.Record) {
	kind := where[strings.LastIndexAny(where, ".")+1:]
	rows := map[string]bool{"id": true, "event_id": true, "object_id": true, "org_id": true, "orgc_id": true, "attribute_count": true, "Org": true}
	for _, name := range ours[kind] {
		rows[name] = true
	}
	for name := range sent.Names() {
		a, b := sent.Raw(name), got.Raw(name)
		switch {
		case rows[name], string(a) == string(b), a.Kind() == 'n', string(a) == "[]" || string(a) == "{}":
		case a.Kind() == '{':
			compareOne(t, where+"."+name, sent.Record(name), got.Record(name))
		case a.Kind() == '[' && len(list(sent, name)) > 0:
			x, y := list(sent, name), list(got, name)
			if len(x) != len(y) {
				t.Errorf("%s.%s: %d, want %d", where, name, len(y), len(x))
				continue
			}
			for i := range x {
				compareOne(t, where+"."+name, x[i], y[i])
			}
		case sent.Text(name) != got.Text(name):
			t.Errorf("%s.%s: %s, want %s", where, name, b, a)
		}
	}
}

func compareOne(t *testing.T, where string, a, b *misp.Record) {
	if b == nil {
		t.Errorf("%s is not there", where)
		return
	}
	compare(t, where, a, b)
}
