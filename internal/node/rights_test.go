package node_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/shelf"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A client is a tool that speaks to the desk.
type client struct {
	d     *desk
	token string
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (c client) send(method, path, body string) reply {
	c.d.t.Helper()
	r, err := http.NewRequestWithContext(c.d.t.Context(), method, "http://"+c.d.address+path, strings.NewReader(body))
	must(c.d.t, err)
	r.Header.Set("Accept", taxii.MediaType)
	r.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		r.Header.Set("Content-Type", taxii.MediaType)
	}
	res, err := http.DefaultClient.Do(r)
	must(c.d.t, err)
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	must(c.d.t, err)
	return reply{res.StatusCode, res.Header, string(all)}
}

// post brings objects and wants so many of them to be kept.
func (c client) post(collection string, kept int, objects ...string) taxii.Status {
	c.d.t.Helper()
	got := c.send(http.MethodPost, "/own/collections/"+collection+"/objects/", `{"objects":[`+strings.Join(objects, ",")+`]}`)
	var s taxii.Status
	if err := json.Unmarshal([]byte(got.body), &s); err != nil || got.status != http.StatusAccepted || s.SuccessCount != kept {
		c.d.t.Fatalf("%d %s", got.status, got.body)
	}
	return s
}

// page is the last digits of the ids on a page, in order.
func page(t *testing.T, body string) (ids []string, next string) {
	t.Helper()
	var e struct {
		Next    string
		Objects []struct {
			ID      string
			Revoked bool
		}
	}
	must(t, json.Unmarshal([]byte(body), &e))
	for _, o := range e.Objects {
		id := strings.TrimLeft(o.ID[len(o.ID)-12:], "0")
		if o.Revoked {
			id += " revoked"
		}
		ids = append(ids, id)
	}
	return ids, e.Next
}

// all reads a collection page by page, with so many objects a page.
func (c client) all(root, collection string, limit int) (ids []string) {
	c.d.t.Helper()
	base := fmt.Sprintf("/%s/collections/%s/objects/?limit=%d", root, collection, limit)
	for next := ""; ; {
		got := c.send(http.MethodGet, base+next, "")
		if got.status != http.StatusOK {
			c.d.t.Fatalf("%s: %d %s", base, got.status, got.body)
		}
		some, more := page(c.d.t, got.body)
		ids = append(ids, some...)
		if more == "" {
			return ids
		}
		next = "&next=" + more
	}
}

func domain(n int) string { return indicator(n, fmt.Sprintf("domain-name:value = 'a%d.example'", n)) }

// opened opens a case with the legal officer in it.
func (d *desk) opened(title string, members ...mithaq.PersonID) stix.ID {
	d.t.Helper()
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(time.Now()), title, mithaq.NetworkDefence, mithaq.LegalBasis{Ref: "MoU 4"})
	c.Members = append([]mithaq.PersonID{d.legal.Person}, members...)
	must(d.t, d.Store().Write(d.t.Context(), func(tx *store.Tx) error { return d.Gate().OpenCase(tx, d.legal, c) }))
	d.legal.Cases = append(d.legal.Cases, c.ID)
	return c.ID
}

func TestTwoToolsSeeTwoTruths(t *testing.T) {
	d := newDesk(t)
	green := d.source(mithaq.Handling{TLP: stix.TLPGreen, Originator: org})
	amber := d.source(mithaq.Handling{TLP: stix.TLPAmber, Originator: org})
	matter := d.opened("Tickets")
	open := client{d, d.hire("open", func(s *account.Service) { s.Profile = green })}
	team := client{d, d.hire("team", func(s *account.Service) { s.Profile, s.Case = amber, matter })}
	low := client{d, d.hire("low", func(s *account.Service) { s.Access, s.Ceiling = account.Reads, stix.TLPGreen })}
	open.post("own", 2, domain(1), domain(2))
	team.post("case", 2, domain(3), domain(4))
	team.post("own", 1, domain(5))
	open.post("own", 1, domain(6))
	for limit := 1; limit < 4; limit++ {
		for _, c := range []struct {
			who  client
			want string
		}{{open, "1 2 5 6"}, {team, "1 2 3 4 5 6"}, {low, "1 2 6"}} {
			if got := strings.Join(c.who.all("own", "own", limit), " "); got != c.want {
				t.Errorf("pages of %d: %s, want %s", limit, got, c.want)
			}
		}
	}
	if got := team.all("own", "case", 1); strings.Join(got, " ") != "3 4" {
		t.Errorf("the case: %v", got)
	}
	// Neither can tell what is not theirs from what is not there.
	about := func(c client, n int, of string) (list []reply) {
		id := fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n)
		for _, path := range []string{
			of + "/objects/" + id + "/", of + "/objects/" + id + "/versions/", of + "/manifest/?match[id]=" + id, of + "/objects/?match[id]=" + id,
		} {
			got := c.send(http.MethodGet, "/own/collections/"+path, "")
			got.header.Del("Date")
			list = append(list, got)
		}
		return append(list, c.send(http.MethodDelete, "/own/collections/"+of+"/objects/"+id+"/", ""))
	}
	for i, hidden := range about(open, 3, "own") {
		absent := about(open, 99, "own")[i]
		if hidden.status != absent.status || hidden.body != absent.body || fmt.Sprint(hidden.header) != fmt.Sprint(absent.header) && i < 4 {
			t.Errorf("%d: what is another's: %+v, what is not there: %+v", i, hidden, absent)
		}
	}
	if got := open.send(http.MethodGet, "/own/collections/", "").body; strings.Contains(got, "Tickets") {
		t.Errorf("the case is listed: %s", got)
	}
	if got := open.send(http.MethodGet, "/own/collections/case/objects/", ""); got.status != http.StatusNotFound {
		t.Errorf("the case: %d %s", got.status, got.body)
	}
}

func TestARightThatEndsEndsAtOnce(t *testing.T) {
	d := newDesk(t)
	matter := d.opened("Tickets")
	team := client{d, d.hire("team", func(s *account.Service) { s.Case = matter })}
	reader := client{d, d.hire("reader", func(s *account.Service) { s.Access = account.Reads })}
	writer := client{d, d.hire("writer", func(s *account.Service) { s.Access = account.Writes })}
	team.post("case", 1, domain(1))
	writer.post("own", 1, domain(2))
	for what, got := range map[string]reply{
		"a reader writes":  reader.send(http.MethodPost, objects, `{"objects":[`+domain(3)+`]}`),
		"a reader deletes": reader.send(http.MethodDelete, objects+"indicator--00000000-0000-4000-8000-000000000002/", ""),
		"a writer reads":   writer.send(http.MethodGet, objects, ""),
		"a writer lists":   writer.send(http.MethodGet, "/own/collections/own/manifest/", ""),
	} {
		if got.status != http.StatusForbidden && got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	if got := reader.all("own", "own", 10); strings.Join(got, " ") != "2" {
		t.Errorf("the reader: %v", got)
	}
	must(t, d.Store().Write(t.Context(), func(tx *store.Tx) error { return d.Gate().CloseCase(tx, d.legal, matter) }))
	if got := team.send(http.MethodGet, objects, ""); got.status != http.StatusUnauthorized {
		t.Errorf("a tool whose case is closed: %d", got.status)
	}
}

// Several tools write while one follows by next and added_after: it gets each
// object once, in the order of dates, and each date is there once.
func TestPagesNeitherLoseNorRepeatWhileOthersWrite(t *testing.T) {
	d := newDesk(t)
	matter := d.opened("Tickets")
	reader := client{d, d.hire("reader", func(s *account.Service) { s.Access = account.Reads })}
	const writers, posts, each = 4, 12, 5
	var writing sync.WaitGroup
	for w := range writers {
		c := client{d, d.hire(fmt.Sprint("writer", w), func(s *account.Service) {
			if w%2 == 1 {
				s.Case = matter
			}
		})}
		into := []string{"own", "case"}[w%2]
		writing.Go(func() {
			for p := range posts {
				var list []string
				for n := range each {
					list = append(list, domain(1+(w*posts+p)*each+n))
				}
				c.post(into, each, list...)
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	seen, dates, after := map[string]bool{}, map[string]bool{}, ""
	follow := func() {
		for next := ""; ; {
			got := reader.send(http.MethodGet, "/own/collections/own/manifest/?limit=7"+after+next, "")
			var m struct {
				Next    string
				Objects []struct {
					ID   string
					Date string `json:"date_added"`
				}
			}
			must(t, json.Unmarshal([]byte(got.body), &m))
			for _, o := range m.Objects {
				if seen[o.ID] || dates[o.Date] || len(o.Date) != len(taxii.TimeFormat) {
					t.Errorf("%s at %s comes twice", o.ID, o.Date)
				}
				seen[o.ID], dates[o.Date] = true, true
			}
			if m.Next == "" {
				after = "&added_after=" + got.header.Get("X-TAXII-Date-Added-Last")
				return
			}
			next = "&next=" + m.Next
		}
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		follow()
	}
	if want := writers / 2 * posts * each; len(seen) != want {
		t.Errorf("%d objects seen, want %d", len(seen), want)
	}
}

func TestWhatIsDeletedIsTakenBack(t *testing.T) {
	d := newDesk(t)
	green := d.source(mithaq.Handling{TLP: stix.TLPGreen, Originator: org})
	opencti := client{d, d.hire("opencti", func(s *account.Service) { s.Profile = green })}
	splunk := client{d, d.hire("splunk", func(s *account.Service) { s.Access = account.Reads })}
	d.holds(domain(1))
	opencti.post("own", 2, domain(2), domain(3))
	one := func(n int) string { return fmt.Sprintf("%sindicator--00000000-0000-4000-8000-%012d/", objects, n) }
	if got := opencti.send(http.MethodDelete, one(1), ""); got.status != http.StatusForbidden || !strings.Contains(got.body, "shelf.not-the-tools") {
		t.Errorf("what the tool did not bring: %d %s", got.status, got.body)
	}
	if got := opencti.send(http.MethodDelete, one(2), ""); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := opencti.send(http.MethodGet, one(2), ""); got.status != http.StatusNotFound {
		t.Errorf("it is still there: %d %s", got.status, got.body)
	}
	if got := strings.Join(opencti.all("own", "own", 1), ","); got != "1,3" {
		t.Errorf("for whoever deleted it: %s", got)
	}
	if got := strings.Join(splunk.all("own", "own", 1), ","); got != "1,3,2 revoked" {
		t.Errorf("for others: %s", got)
	}
	if got := splunk.send(http.MethodGet, one(2), "").body; strings.Contains(got, "a2.example") {
		t.Errorf("content is left: %s", got)
	}
	opencti.post("own", 1, domain(2))
	if got := strings.Join(splunk.all("own", "own", 1), ","); got != "1,3,2" {
		t.Errorf("brought again: %s", got)
	}
	kinds := map[string]mithaq.Account{}
	for _, a := range d.entries("discard") {
		kinds[a.Kind] = a
	}
	if a := kinds["discard"]; a.By != d.legal.Person || a.Notes["token"] != "opencti" || a.Counts["recalled"] != 1 {
		t.Errorf("the entry: %+v", a)
	}
}

func TestASearchIsACollection(t *testing.T) {
	d := newDesk(t)
	matter := d.opened("Tickets")
	save := func(name string, f shelf.Filter) {
		must(t, d.Store().Write(t.Context(), func(tx *store.Tx) error {
			return shelf.SaveSearch(tx, d.Gate(), d.legal, &shelf.Search{Name: name, Filter: f})
		}))
	}
	save("a2", shelf.Filter{Value: "a2[.]example"})
	save("matter", shelf.Filter{Case: matter})
	save("quoted", shelf.Filter{Partner: "x' OR '1'='1"})
	open := client{d, d.hire("open", func(*account.Service) {})}
	team := client{d, d.hire("team", func(s *account.Service) { s.Case = matter })}
	open.post("own", 3, domain(1), domain(2), domain(3))
	team.post("case", 1, domain(4))
	for _, c := range []struct {
		who        client
		name, want string
	}{{open, "a2", "2"}, {team, "a2", "2"}, {team, "matter", "4"}, {open, "quoted", ""}} {
		if got := strings.Join(c.who.all("own", c.name, 1), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := open.send(http.MethodGet, "/own/collections/matter/objects/", ""); got.status != http.StatusNotFound {
		t.Errorf("a search for another's case: %d", got.status)
	}
	if got := open.send(http.MethodPost, "/own/collections/a2/objects/", `{"objects":[`+domain(5)+`]}`); got.status != http.StatusForbidden {
		t.Errorf("written to: %d", got.status)
	}
	next, after := "", open.send(http.MethodGet, "/own/collections/own/objects/?limit=1", "")
	_, next = page(t, after.body)
	if got := open.send(http.MethodGet, "/own/collections/a2/objects/?next="+next, ""); got.status != http.StatusBadRequest {
		t.Errorf("the next of another collection: %d", got.status)
	}
}

func TestBadInputHasAClearAnswer(t *testing.T) {
	d := newDesk(t)
	c := client{d, d.hire("opencti", func(*account.Service) {})}
	c.post("own", 1, domain(1))
	for path, want := range map[string]int{
		objects + "?limit=0": 400, objects + "?limit=-1": 400, objects + "?limit=99999999999999999999": 200, objects + "?limit=x": 400,
		objects + "?added_after=yesterday": 400, objects + "?next=%00": 400, objects + "?next=AAAA": 400, objects + "?match[type]=%ff": 400,
		objects + "?match[id]=%27%20OR%201=1": 400, objects + "?match[id]='OR'1'='1": 200, objects + "?match[type]='": 200,
		objects + "?match[version]=newest": 400, "/own/collections/%00/objects/": 404, "/own/collections/own%27/objects/": 404,
		"/00000000-0000-4000-8000-000000000000/collections/": 404, "/x-mithaq-pact--00000000-0000-4000-8000-000000000000/": 404,
		"/own/status/00000000-0000-4000-8000-000000000000/": 404, "/own/status/'/": 404,
	} {
		got := c.send(http.MethodGet, path, "")
		if got.status != want || got.header.Get("Content-Type") != taxii.MediaType {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if name, _, ok := strings.Cut(path[strings.LastIndexByte(path, '?')+1:], "="); want == 400 && ok && !strings.Contains(got.body, `"parameter":"`+name) && !strings.Contains(got.body, "cannot be read") {
			t.Errorf("%s: the parameter is not named: %s", path, got.body)
		}
	}
	wicked := `{"type":"extension-definition","spec_version":"2.1","id":"extension-definition--00000000-0000-4000-8000-000000000001","created":"2026-11-20T10:00:00.000Z",` +
		`"modified":"2026-11-20T10:00:00.000Z","created_by_ref":"identity--00000000-0000-4000-8000-000000000001","name":"x","schema":"file:///etc/passwd","version":"1","extension_types":["property-extension"]}`
	s := c.post("own", 1, wicked, `{"type":"x-mithaq-pact","spec_version":"2.1","id":"x-mithaq-pact--00000000-0000-4000-8000-000000000001"}`,
		strings.Replace(domain(2), "a2.example", "a\\u0000\xff", 1), `7`, `{"type":"indicator","type":"tool"}`)
	if s.FailureCount != 4 || !strings.HasPrefix(s.Failures[0].Message, "gate.control: Objects of type x-mithaq-pact") || strings.Contains(fmt.Sprint(s), "root:") {
		t.Errorf("%+v", s)
	}
	for _, f := range s.Failures {
		if f.ID == "" || f.Message == "" || f.Version == "" {
			t.Errorf("a failure without its id, version or reason: %+v", f)
		}
	}
	if got := c.send(http.MethodGet, "/own/status/"+s.ID+"/", ""); got.status != http.StatusOK || !strings.Contains(got.body, "gate.control") {
		t.Errorf("the status: %d %s", got.status, got.body)
	}
	other := client{d, d.hire("other", func(*account.Service) {})}
	if got := other.send(http.MethodGet, "/own/status/"+s.ID+"/", ""); got.status != http.StatusNotFound {
		t.Errorf("another's status: %d", got.status)
	}
}

// Whatever a tool brings is held as its profile says; without one, or with
// nothing but the object's own marking, nothing of it crosses.
func TestWhatIsBroughtIsLabelledByTheToolsProfile(t *testing.T) {
	d := newDesk(t)
	green := d.source(mithaq.Handling{TLP: stix.TLPGreen, Originator: org})
	client{d, d.hire("known", func(s *account.Service) { s.Profile = green })}.post("own", 1, domain(1))
	client{d, d.hire("unknown", func(*account.Service) {})}.post("own", 1, domain(2))
	want := map[string]mithaq.Handling{"1": {TLP: stix.TLPGreen, Originator: org}, "2": {}}
	must(t, d.Store().Read(t.Context(), func(tx *store.Tx) error {
		items, _, err := d.Store().Page(tx, mithaq.NodeViewer(org), store.Query{})
		must(t, err)
		for _, it := range items {
			held, err := d.Store().HoldingsOf(tx, mithaq.NodeViewer(org), it.Seq)
			must(t, err)
			n := string(it.Ref.ID[len(it.Ref.ID)-1:])
			if len(held) != 1 || held[0].Handling.Key() != new(want[n]).Key() || (held[0].Under == green) != (n == "1") {
				t.Errorf("%s: %+v", n, held)
			}
		}
		return nil
	}))
}

func TestWhatABudgetRefusesIsNoEntry(t *testing.T) {
	d := newDesk(t)
	poor := client{d, d.hire("poor", func(s *account.Service) { s.Budget = 1 })}
	poor.post("own", 2, domain(1), domain(2))
	if got := poor.send(http.MethodGet, objects, ""); got.status != http.StatusTooManyRequests || strings.Contains(got.body, "indicator--") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if reads := d.reads(); len(reads) != 0 {
		t.Errorf("entered: %+v", reads)
	}
}

// What a pact brought, and what a partner takes back.
func TestWhatAPartnerTakesBackLeaves(t *testing.T) {
	d := newDesk(t)
	c := client{d, d.hire("opencti", func(*account.Service) {})}
	const partner mithaq.OrgID = "najd.example"
	under := stix.ID("x-mithaq-pact--00000000-0000-4000-8000-00000000000a")
	c.post("own", 1, domain(1))
	key := store.HoldingKey{Giver: partner, Under: under}
	must(t, d.Store().Write(t.Context(), func(tx *store.Tx) error {
		items, _, err := d.Store().Page(tx, mithaq.NodeViewer(org), store.Query{})
		must(t, err)
		key.Item = items[0].Seq
		must(t, errOf(d.Store().SetState(tx, []store.HoldingKey{{Item: key.Item, Giver: org}}, mithaq.Lapsed)))
		class, err := d.Store().Class(tx, mithaq.Handling{TLP: stix.TLPGreen, Originator: partner})
		must(t, err)
		return errOf(d.Store().PutHoldings(tx, []store.NewHolding{{HoldingKey: key, Class: class}}))
	}))
	if got := c.all("own", "own", 1); !slices.Equal(got, []string{"1"}) {
		t.Fatalf("%v", got)
	}
	// Hidden from the one collection, not from another.
	must(t, d.Store().Write(t.Context(), func(tx *store.Tx) error {
		return shelf.SaveSearch(tx, d.Gate(), d.legal, &shelf.Search{Name: "all"})
	}))
	if got := c.send(http.MethodDelete, objects+"indicator--00000000-0000-4000-8000-000000000001/", ""); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	if own, all := c.all("own", "own", 1), c.all("own", "all", 1); len(own) != 0 || len(all) != 1 {
		t.Errorf("own %v, all %v", own, all)
	}
	must(t, d.Store().Write(t.Context(), func(tx *store.Tx) error {
		return errOf(d.Store().SetState(tx, []store.HoldingKey{key}, mithaq.Recalled))
	}))
	if all := c.all("own", "all", 1); len(all) != 0 {
		t.Errorf("after the recall: %v", all)
	}
	if a := d.entries("discard"); len(a) != 1 || a[0].Counts["hidden"] != 1 {
		t.Errorf("%+v", a)
	}
}

func errOf[T any](_ T, err error) error { return err }
