package misp

import (
	"fmt"
	"strings"
	"testing"
)

const (
	here  = "11111111-1111-4111-8111-111111111111"
	there = "22222222-2222-4222-8222-222222222222"
	site  = "https://misp.there.example"
)

// group is a sharing group as events carry them.
func group(roaming bool, orgs []string, servers ...string) string {
	var o []string
	for _, uuid := range orgs {
		o = append(o, fmt.Sprintf(`{"Organisation":{"uuid":%q,"name":"x"}}`, uuid))
	}
	return fmt.Sprintf(`{"uuid":"99999999-9999-4999-8999-999999999999","name":"g","active":false,"roaming":%t,"SharingGroupOrg":[%s],"SharingGroupServer":[%s]}`,
		roaming, strings.Join(o, ","), strings.Join(servers, ","))
}

const (
	itself    = `{"server_id":"0","all_orgs":false,"Server":{"url":"https://misp.here.example"}}`
	itselfAll = `{"server_id":"0","all_orgs":true,"Server":[]}`
	remoteOne = `{"server_id":"7","all_orgs":false,"Server":{"url":"https://misp.there.example/"}}`
	remoteAll = `{"server_id":"7","all_orgs":true,"Server":{"url":"https://MISP.there.example"}}`
	another   = `{"server_id":"8","all_orgs":true,"Server":{"url":"https://misp.else.example"}}`
)

func parsed(t *testing.T, text string) *Record {
	t.Helper()
	rec, err := ParseRecord([]byte(text), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// goes is what becomes of a record with a distribution: its new one, or - where it stays.
func goes(t *testing.T, h Hop, kind, distribution, sharing string) string {
	t.Helper()
	text := `{"info":"x"`
	if distribution != "" {
		text += `,"distribution":` + distribution
	}
	if sharing != "" {
		text += `,"SharingGroup":` + sharing
	}
	rec := parsed(t, text+"}")
	ok := h.Part(rec)
	if kind == "event" {
		rec = parsed(t, text+"}")
		ok = h.Event(rec)
	}
	if !ok {
		return "-"
	}
	return rec.Text("distribution")
}

// Every way, every kind of server, every level and every number, in the order of the numbers.
func TestADistributionAfterOneHop(t *testing.T) {
	member := group(true, []string{there})
	for _, c := range []struct {
		hop   Hop
		event string // 0 1 2 3 4 5
		part  string
	}{
		{Hop{Way: Push, Org: there, Server: site}, "- - 1 3 4 -", "- - 1 3 4 5"},
		{Hop{Way: Pull, Org: there}, "- 0 1 3 4 -", "- 0 1 3 4 5"},
		{Hop{Way: Push, Internal: true, Org: there, Server: site}, "0 1 2 3 4 -", "0 1 2 3 4 5"},
		{Hop{Way: Pull, Internal: true, Org: there}, "0 1 2 3 4 -", "0 1 2 3 4 5"},
		{Hop{Way: Push, Org: here, Server: site}, "- - 1 3 - -", "- - 1 3 - 5"},
		{Hop{Way: Pull, Org: here}, "- 0 1 3 - -", "- 0 1 3 - 5"},
	} {
		for kind, want := range map[string]string{"event": c.event, "part": c.part} {
			var got []string
			for d := range 6 {
				for _, form := range []string{"%d", `"%d"`} { // MISP writes both
					text := goes(t, c.hop, kind, fmt.Sprintf(form, d), member)
					if form == "%d" {
						got = append(got, text)
					} else if text != got[d] {
						t.Errorf("%+v %s: %d as text is %s", c.hop, kind, d, text)
					}
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%+v: %s: have %v, want %s", c.hop, kind, got, want)
			}
		}
	}
}

func TestWhatIsNotSaidOrCannotBeRead(t *testing.T) {
	push, pull := Hop{Way: Push, Org: there, Server: site}, Hop{Way: Pull, Org: there}
	for _, c := range []struct{ said, push, pull, part string }{
		{"", "-", "0", ""}, {"null", "-", "0", "null"}, {`""`, "-", "-", "-"}, {"6", "-", "-", "-"}, {"-1", "-", "-", "-"}, {`"x"`, "-", "-", "-"}, {"4", "-", "-", "-"},
	} {
		part := c.part
		if part == "null" {
			part = ""
		}
		if got := goes(t, push, "event", c.said, ""); got != c.push {
			t.Errorf("%q pushed: %s", c.said, got)
		}
		if got := goes(t, pull, "event", c.said, ""); got != c.pull {
			t.Errorf("%q pulled: %s", c.said, got)
		}
		if got := goes(t, pull, "part", c.said, ""); got != part {
			t.Errorf("%q of an attribute pulled: %s", c.said, got)
		}
	}
}

// Every sharing group over who is listed, where, with all organisations or not, and roaming.
func TestASharingGroupGoesToItsMembers(t *testing.T) {
	push, pull := Hop{Way: Push, Org: there, Server: site + "/"}, Hop{Way: Pull, Org: there}
	inside := Hop{Way: Push, Internal: true, Org: there, Server: site}
	for _, c := range []struct {
		name                                string
		sharing                             string
		event, part, pulled, innerE, innerP bool
	}{
		{"nobody", group(false, nil), false, false, false, false, true},
		{"nobody, roaming", group(true, nil), false, false, false, false, true},
		{"the organisation, no server", group(false, []string{there}), false, true, true, true, true},
		{"the organisation, roaming", group(true, []string{there}), true, true, true, true, true},
		{"another organisation, roaming", group(true, []string{here}), false, false, false, false, true},
		{"the organisation, its server", group(false, []string{there}, remoteOne), true, true, true, true, true},
		{"the organisation, this server", group(false, []string{there}, itself), false, false, true, true, true},
		{"the organisation, another server", group(false, []string{there}, another), false, false, true, true, true},
		{"another organisation, its server", group(false, []string{here}, remoteOne), false, false, false, false, true},
		{"another organisation, its server with all", group(false, []string{here}, remoteAll), false, true, false, false, true},
		{"the organisation, its server with all", group(false, []string{there}, remoteAll), true, true, true, true, true},
		{"nobody, this server with all", group(false, nil, itselfAll), false, false, true, false, true},
		{"both, roaming, another server", group(true, []string{here, there}, another), true, true, true, true, true},
	} {
		check := func(what string, h Hop, kind string, want bool) {
			if got := goes(t, h, kind, "4", c.sharing) != "-"; got != want {
				t.Errorf("%s: %s: goes %t, want %t", c.name, what, got, want)
			}
		}
		check("event pushed", push, "event", c.event)
		check("attribute pushed", push, "part", c.part)
		check("event pulled", pull, "event", c.pulled)
		check("attribute pulled", pull, "part", c.pulled)
		check("event pushed inside", inside, "event", c.innerE)
		check("attribute pushed inside", inside, "part", c.innerP)
	}
}

// complexEvent is that of PyMISP's tests of synchronisation (tests/testlive_sync.py).
const complexEvent = `{"uuid":"aaaaaaaa-0000-4000-8000-000000000000","info":"Complex Event","distribution":3,"Tag":[{"name":"tlp:white"},{"name":"mine","local":1},{"name":"inner","exportable":false}],
"Attribute":[{"uuid":"a0","distribution":0},{"uuid":"a1","distribution":"1"},{"uuid":"a2","distribution":2},{"uuid":"a3","distribution":"5"}],
"Object":[{"uuid":"o","distribution":2,"Attribute":[{"uuid":"f","distribution":0},{"uuid":"m","distribution":5}]}]}`

// left is which records an event has, with their distributions.
func left(e *Event) string {
	var all []string
	var walk func(rec *Record)
	walk = func(rec *Record) {
		for _, list := range []string{"Attribute", "Object"} {
			for _, item := range rec.list(list) {
				all = append(all, item.Text("uuid")+"="+item.Text("distribution"))
				walk(item)
			}
		}
	}
	walk(&e.Record)
	return e.Text("distribution") + ": " + strings.Join(all, " ")
}

func TestTheComplexEventOfPyMISPOverTwoHops(t *testing.T) {
	for _, c := range []struct {
		way          Way
		middle, last string
	}{
		{Push, "3: a2=1 a3=5 o=1 m=5", "3: a3=5"},
		{Pull, "3: a1=0 a2=1 a3=5 o=1 m=5", "3: a2=0 a3=5 o=0 m=5"},
	} {
		e := &Event{Record: *parsed(t, complexEvent)}
		h := Hop{Way: c.way, Org: there, Server: site}
		if !h.Whole(e) || left(e) != c.middle {
			t.Errorf("middle: %s, want %s", left(e), c.middle)
		}
		if !h.Whole(e) || left(e) != c.last {
			t.Errorf("last: %s, want %s", left(e), c.last)
		}
	}
}

func TestTagsOfTheServerAloneStay(t *testing.T) {
	for _, c := range []struct {
		hop  Hop
		want int
	}{{Hop{Way: Push}, 1}, {Hop{Way: Pull}, 2}, {Hop{Way: Pull, Internal: true}, 3}} {
		e := &Event{Record: *parsed(t, complexEvent)}
		c.hop.Whole(e)
		if n := len(e.list("Tag")); n != c.want {
			t.Errorf("%+v: %d tags, want %d", c.hop, n, c.want)
		}
	}
}

// However often and over which servers an event goes, it goes no further than
// where it came from, and comes to rest.
func TestADistributionNeverGrows(t *testing.T) {
	for d := range 6 {
		for _, ways := range [][]Way{{Push, Push, Push}, {Pull, Pull, Pull}, {Push, Pull, Push}, {Pull, Push, Pull}} {
			rec := parsed(t, fmt.Sprintf(`{"distribution":%d}`, d))
			for hop, way := range ways {
				before := DistributionOf(rec, Inherited)
				h := Hop{Way: way, Org: there, Server: site}
				if !h.Part(rec) {
					break
				}
				if after := DistributionOf(rec, Inherited); after > before || hop == 2 && after != before {
					t.Errorf("%d over %v: %d after %d", d, ways, after, before)
				}
			}
		}
	}
}
