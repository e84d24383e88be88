package mispsync_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/internal/testdata"
)

const eventUUID = "aaaaaaaa-0000-4000-8000-000000000001"

// complexEvent is that of PyMISP's tests of synchronisation, with comments that
// name its records.
func complexEvent(distribution int, more string) string {
	return fmt.Sprintf(`{"Event":{"uuid":%q,"info":"Complex Event","distribution":"%d","published":true,"timestamp":"1795500000","date":"2026-11-20",
"Orgc":{"name":"Maker","uuid":"cccccccc-0000-4000-8000-00000000000a"},"Tag":[{"name":"tlp:green"}],
"Attribute":[
 {"uuid":"bbbbbbbb-0000-4000-8000-000000000000","type":"ip-src","value":"198.51.100.1","distribution":"0","comment":"a0","timestamp":"1795500000"},
 {"uuid":"bbbbbbbb-0000-4000-8000-000000000001","type":"ip-dst","value":"198.51.100.2","distribution":"1","comment":"a1","timestamp":"1795500000"},
 {"uuid":"bbbbbbbb-0000-4000-8000-000000000002","type":"domain","value":"c2.example","distribution":"2","comment":"a2","timestamp":"1795500000"},
 {"uuid":"bbbbbbbb-0000-4000-8000-000000000003","type":"md5","value":"3c656da41f4645f77e3ec3281b63dd43","distribution":"5","comment":"a3","timestamp":"1795500000"}%s],
"Object":[{"uuid":"dddddddd-0000-4000-8000-000000000000","name":"file","meta-category":"file","template_uuid":"688c46fb-5edb-40a3-8273-1af7923e2215","template_version":"24","distribution":"2","comment":"o","timestamp":"1795500000","Attribute":[
 {"uuid":"dddddddd-0000-4000-8000-000000000001","type":"filename","object_relation":"filename","value":"testfile","distribution":"0","comment":"f","timestamp":"1795500000"},
 {"uuid":"dddddddd-0000-4000-8000-000000000002","type":"md5","object_relation":"md5","value":"3c656da41f4645f77e3ec3281b63dd44","distribution":"5","comment":"m","timestamp":"1795500000"}]}]}}`, eventUUID, distribution, more)
}

// Three nodes pull from each other in a ring, as PyMISP's test_complex_event_pull
// has it with three MISP servers.
func TestThreeHopsByPull(t *testing.T) {
	for _, c := range []struct {
		distribution int
		a, b, c      string
	}{
		{3, "3: a0=0 a1=1 a2=2 a3=5 o=2 f=0 m=5", "3: a1=0 a2=1 a3=5 o=1 m=5", "3: a2=0 a3=5 o=0 m=5"},
		{2, "2: a0=0 a1=1 a2=2 a3=5 o=2 f=0 m=5", "1: a1=0 a2=1 a3=5 o=1 m=5", "0: a2=0 a3=5 o=0 m=5"},
		{1, "1: a0=0 a1=1 a2=2 a3=5 o=2 f=0 m=5", "0: a1=0 a2=1 a3=5 o=1 m=5", ""},
		{0, "0: a0=0 a1=1 a2=2 a3=5 o=2 f=0 m=5", "", ""},
	} {
		t.Run(fmt.Sprint(c.distribution), func(t *testing.T) {
			a, b, third := newSite(t, "atlas.example"), newSite(t, "badr.example"), newSite(t, "cedar.example")
			b.reads(a, nil)
			third.reads(b, nil)
			a.reads(third, nil)
			a.ask(http.MethodPost, "/events/add", complexEvent(c.distribution, ""), 200)
			held := 0
			for range 3 { // round and round
				b.pull("atlas")
				third.pull("badr")
				a.pull("cedar")
				for who, want := range map[*site]string{a: c.a, b: c.b, third: c.c} {
					if got := who.left(eventUUID); got != want {
						t.Errorf("%s: %s\nwant %s", who.org, got, want)
					}
				}
				if n := a.items() + b.items() + third.items(); held == 0 {
					held = n
				} else if n != held {
					t.Errorf("it does not come to rest: %d objects, then %d", held, n)
				}
			}
			for _, s := range []*site{a, b, third} {
				s.requests()
			}
			_, run := b.pull("atlas")
			if asked := a.requests(); len(asked) != 1 || run.Seen != 0 {
				t.Errorf("nothing new is one request, not %q; %+v", asked, run)
			}
		})
	}
}

func TestAnEditAndADeletionGoRound(t *testing.T) {
	a, b, c := newSite(t, "atlas.example"), newSite(t, "badr.example"), newSite(t, "cedar.example")
	b.reads(a, nil)
	c.reads(b, nil)
	a.reads(c, nil)
	a.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	round := func() {
		b.pull("atlas")
		c.pull("badr")
		a.pull("cedar")
	}
	round()
	for _, s := range []*site{a, b, c} {
		s.pass(time.Hour)
	}
	a.ask(http.MethodPost, "/attributes/edit/bbbbbbbb-0000-4000-8000-000000000003", `{"comment":"edited"}`, 200)
	a.ask(http.MethodPost, "/attributes/delete/bbbbbbbb-0000-4000-8000-000000000002", "", 200)
	a.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	for range 2 {
		round()
	}
	for who, want := range map[*site]string{a: "3: a0=0 a1=1 edited=5 o=2 f=0 m=5", b: "3: a1=0 edited=5 o=1 m=5", c: "3: edited=5 o=0 m=5"} {
		if got := who.left(eventUUID); got != want {
			t.Errorf("%s: %s\nwant %s", who.org, got, want)
		}
	}
	before := a.items() + b.items() + c.items()
	round()
	if n := a.items() + b.items() + c.items(); n != before {
		t.Errorf("it does not come to rest: %d objects, then %d", before, n)
	}
}

func TestASharingGroupComesToItsMembersAlone(t *testing.T) {
	a := newSite(t, "atlas.example")
	member, other := newSite(t, "badr.example"), newSite(t, "cedar.example")
	group := func(uuid string) string {
		return `,{"uuid":"bbbbbbbb-0000-4000-8000-000000000004","type":"domain","value":"sg.example","distribution":"4","comment":"sg","timestamp":"1795500000","sharing_group_id":"1",
"SharingGroup":{"uuid":"99999999-9999-4999-8999-999999999999","name":"g","roaming":false,"SharingGroupOrg":[{"Organisation":{"uuid":"` + uuid + `","name":"Badr"}}],"SharingGroupServer":[{"server_id":"0","all_orgs":false,"Server":[]}]}}`
	}
	const known = "12345678-0000-4000-8000-000000000000"
	a.ask(http.MethodPost, "/events/add", complexEvent(3, group(known)), 200)
	member.reads(a, func(t *subscribe.Terms) { t.KnownAs = known })
	other.reads(a, nil)
	member.pull("atlas")
	if _, run := other.pull("atlas"); run.Passed != 2 { // a0 and sg; f is in its object
		t.Errorf("%+v", run)
	}
	if got := member.left(eventUUID); !strings.Contains(got, " sg=4") {
		t.Errorf("the member has %s", got)
	}
	if got := other.left(eventUUID); got == "" || strings.Contains(got, "sg") {
		t.Errorf("the other has %s", got)
	}
}

func TestAMISPOfOurOwnComesAsItIs(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	a.ask(http.MethodPost, "/events/add", complexEvent(0, ""), 200)
	b.reads(a, func(t *subscribe.Terms) { t.Own = true })
	b.pull("atlas")
	if got, want := b.left(eventUUID), a.left(eventUUID); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRealEventsComeWhole(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	files, err := filepath.Glob(filepath.Join(testdata.Shared(t, "misp"), "*.json"))
	must(t, err)
	n := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		if !strings.Contains(string(raw), `"info"`) {
			continue
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL+"/events/add", strings.NewReader(string(raw)))
		r.Header.Set("Authorization", key)
		res, err := a.Client().Do(r)
		must(t, err)
		res.Body.Close()
		if res.StatusCode == 200 {
			n++
		}
	}
	b.reads(a, func(t *subscribe.Terms) { t.Own = true })
	sub, run := b.pull("atlas")
	t.Logf("%d events at the server: %+v, %+v", n, run, sub.Why)
	if run.Outcome != subscribe.Ended || run.Quarantined != 0 {
		t.Errorf("%+v %+v", run, sub.Why)
	}
}

func TestARunThatIsCutOffGoesOn(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	for i := range 6 {
		a.ask(http.MethodPost, "/events/add", strings.ReplaceAll(complexEvent(3, ""), "-0000-4000-", fmt.Sprintf("-000%d-4000-", i)), 200)
	}
	b.reads(a, nil)
	views := 0
	a.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/events/view/") {
			if views++; views == 4 {
				http.Error(w, "{}", http.StatusInternalServerError)
				return true
			}
		}
		return false
	})
	if _, run := b.pull("atlas"); run.Outcome != subscribe.Failed {
		t.Errorf("%+v", run)
	}
	if _, run := b.pull("atlas"); run.Outcome != subscribe.Ended || views != 7 {
		t.Errorf("%+v, %d events asked for, want the six and the one that failed", run, views)
	}
}

func TestAnEventThatCannotBeReadIsHeld(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	a.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	b.reads(a, nil)
	for name, answer := range map[string]string{
		"cut off":     `{"Event":{"uuid":"` + eventUUID + `","info":"x"`,
		"nobody's":    `{"Event":{"uuid":"` + eventUUID + `","info":"x","distribution":"3"}}`,
		"no event":    `[]`,
		"NUL in text": `{"Event":{"uuid":"` + eventUUID + `","info":"\u0000","distribution":"3","Orgc":{"name":"x","uuid":"cccccccc-0000-4000-8000-00000000000a"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			b.write(func(tx *store.Tx) error {
				_, err := tx.Exec("DELETE FROM mispsync_event")
				return err
			})
			b.write(func(tx *store.Tx) error { _, err := tx.Exec("UPDATE subscribe_feed SET place = ''"); return err })
			a.intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/events/view/") {
					_, _ = w.Write([]byte(answer))
					return true
				}
				return false
			})
			if _, run := b.pull("atlas"); run.Outcome != subscribe.Ended || run.Quarantined != 1 {
				t.Errorf("%+v", run)
			}
		})
	}
}

func TestAnotherEventThanAskedForIsNotTaken(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	a.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	b.reads(a, nil)
	a.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/events/view/") {
			_, _ = w.Write([]byte(strings.Replace(complexEvent(3, ""), eventUUID, "aaaaaaaa-0000-4000-8000-0000000000ff", 1)))
			return true
		}
		return false
	})
	if sub, run := b.pull("atlas"); run.Outcome != subscribe.Failed || sub.Why.Key != "subscribe.why.not-misp" {
		t.Errorf("%+v %+v", run, sub.Why)
	}
}

func TestWrongCredentialsStop(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	b.reads(a, nil)
	a.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		http.Error(w, `{"name":"Authentication failed.","message":"Authentication failed."}`, http.StatusForbidden)
		return true
	})
	if sub, _ := b.pull("atlas"); sub.State != subscribe.Stopped || sub.Why.Key != "subscribe.why.credentials" {
		t.Errorf("%+v", sub)
	}
}
