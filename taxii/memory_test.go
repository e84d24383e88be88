package taxii

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// listed is the names "n@minute" of what a path lists.
func listed(t *testing.T, h http.Handler, path string, headers ...string) string {
	t.Helper()
	w := fetch(t, h, path, headers...)
	var env struct {
		Objects []struct{ ID, Modified string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &env); err != nil || w.Code != 200 {
		return fmt.Sprint(w.Code)
	}
	var names []string
	for _, o := range env.Objects {
		minute := "-"
		if o.Modified != "" {
			minute = strings.TrimLeft(o.Modified[14:15], "0") + o.Modified[15:16]
		}
		names = append(names, strings.TrimLeft(o.ID[len(o.ID)-12:], "0")+"@"+minute)
	}
	return strings.Join(names, " ")
}

const address = `{"type":"ipv4-addr","id":"ipv4-addr--00000000-0000-5000-8000-000000000007","value":"198.51.100.7"}`

func TestFiltersChooseTheVersionsTheyName(t *testing.T) {
	_, h := world(t, Rules{})
	old := strings.Replace(tool(4, 9), `"spec_version":"2.1",`, "", 1)
	send(t, h, tool(1, 2), tool(2, 1), tool(1, 1), tool(1, 3), old, tool(4, 5), tool(4, 6), address)
	for query, want := range map[string]string{
		"":                          "2@1 1@3 4@6 7@-",
		"match[version]=last":       "2@1 1@3 4@6 7@-",
		"match[version]=first":      "2@1 1@1 4@5 7@-",
		"match[version]=all":        "1@2 2@1 1@1 1@3 4@5 4@6 7@-",
		"match[version]=first,last": "2@1 1@1 1@3 4@5 4@6 7@-",
		"match[version]=2026-01-01T00:02:00.000Z":                        "1@2",
		"match[version]=2026-01-01T00:02:00Z,2026-01-01T00:01:00.0000Z":  "1@2 2@1 1@1",
		"match[version]=2026-01-01T00:02:00Z,last":                       "1@2 2@1 1@3 4@6 7@-",
		"match[version]=2026-01-01T00:09:00Z":                            "4@9",
		"match[spec_version]=2.0":                                        "4@9",
		"match[spec_version]=2.1":                                        "2@1 1@3 4@6 7@-",
		"match[spec_version]=2.0,2.1&match[version]=all":                 "1@2 2@1 1@1 1@3 4@9 4@5 4@6 7@-",
		"match[spec_version]=1.2":                                        "",
		"match[type]=ipv4-addr":                                          "7@-",
		"match[type]=ipv4-addr,tool":                                     "2@1 1@3 4@6 7@-",
		"match[type]=tool&match[version]=first&limit=1":                  "2@1",
		"match[type]=malware":                                            "",
		"match[type]=malware'%20OR%201":                                  "400",
		"match[id]=" + toolID(2) + "," + toolID(1):                       "2@1 1@3",
		"match[id]=" + toolID(1) + "," + toolID(1) + "&match[type]=tool": "1@3",
		"match[id]=" + toolID(1) + "&match[type]=malware":                "",
		"match[id]=" + toolID(1) + "&match[version]=all&limit=2":         "1@2 1@1",
	} {
		if got := listed(t, h, objects+"?"+query); got != want {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
}

func TestAStatusSaysWhatBecameOfEach(t *testing.T) {
	m, h := world(t, Rules{Check: func(raw []byte) error {
		if strings.Contains(string(raw), "evil") {
			return fmt.Errorf("has evil in it")
		}
		return nil
	}})
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	m.Now = func() time.Time { return now }
	other := strings.Replace(tool(1, 1), "1.0", "2.0", 1)
	st := send(t, h, tool(1, 1), tool(1, 1), other, `{"a":1}`, `7`, strings.Replace(tool(5, 1), "é", "evil", 1), address,
		strings.Replace(tool(6, 1), "2026-01-01T00:01", "once", 1))
	if st.TotalCount != 8 || st.SuccessCount != 3 || st.FailureCount != 5 || st.Status != "complete" || st.RequestTimestamp != "2026-06-01T00:00:00.000000Z" {
		t.Errorf("status %+v", st)
	}
	for i, want := range []string{"another object", "id: want", "not a STIX object", "evil", "timestamp"} {
		if f := st.Failures[i]; !strings.Contains(f.Message, want) || f.ID == "" {
			t.Errorf("failure %d: %+v, want %q", i, f, want)
		}
	}
	if got := listed(t, h, objects+"?match[version]=all"); got != "1@1 7@-" {
		t.Errorf("stored %q", got)
	}
	if again := send(t, h, tool(1, 1), address); again.SuccessCount != 2 || listed(t, h, objects) != "1@1 7@-" {
		t.Errorf("an exact duplicate: %+v, lists %s", again, listed(t, h, objects))
	}
	now = now.Add(24 * time.Hour)
	send(t, h, tool(2, 1))
	path := "/api/status/" + st.ID + "/"
	if w := fetch(t, h, path); w.Code != 200 {
		t.Errorf("after a day the status is %d", w.Code)
	}
	now = now.Add(2 * time.Hour)
	send(t, h, tool(3, 1))
	if w := fetch(t, h, path); w.Code != 404 {
		t.Errorf("after 26 hours the status is %d", w.Code)
	}
}

func TestStatusesAreTheirSendersOwn(t *testing.T) {
	_, h := world(t, Rules{})
	st := send(t, h, tool(1, 1))
	as := func(c Caller) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), c)))
		})
	}
	if w := fetch(t, as("eve"), "/api/status/"+st.ID+"/"); w.Code != 404 {
		t.Errorf("another's status is %d", w.Code)
	}
}

func TestManifestAndVersionsPageToo(t *testing.T) {
	_, h := world(t, Rules{})
	send(t, h, tool(1, 2), tool(1, 1), tool(1, 3), address)
	for path, want := range map[string]string{
		"/api/collections/" + cid + "/manifest/?match[version]=all&limit=1&": "2026-01-01T00:02:00.000Z 2026-01-01T00:01:00.000Z 2026-01-01T00:03:00.000Z ",
		objects + toolID(1) + "/versions/?limit=2&":                          "2026-01-01T00:02:00.000Z 2026-01-01T00:01:00.000Z 2026-01-01T00:03:00.000Z",
	} {
		var versions []string
		next, more := "", true
		for range 9 {
			if !more {
				break
			}
			w := fetch(t, h, path+next)
			var page struct {
				More     bool
				Next     string
				Versions []string
				Objects  []struct {
					Version   string
					DateAdded string `json:"date_added"`
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 {
				t.Fatalf("%s: %d %s", path+next, w.Code, w.Body)
			}
			for _, o := range page.Objects {
				versions = append(versions, o.Version)
				if o.DateAdded != w.Header().Get(addedFirst) {
					t.Errorf("date_added %s, header %s", o.DateAdded, w.Header().Get(addedFirst))
				}
			}
			versions = append(versions, page.Versions...)
			more, next = page.More, "next="+url.QueryEscape(page.Next)
		}
		if got := strings.Join(versions, " "); more || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestDeletedVersionsAreGoneFromEveryListing(t *testing.T) {
	_, h := world(t, Rules{})
	send(t, h, tool(1, 1), tool(1, 2), tool(1, 3), tool(2, 1))
	one := objects + toolID(1) + "/"
	del := func(query string) int {
		return ask(t, h, asked{"DELETE", one + query, MediaType, "", ""}).Code
	}
	if code := del("?match[version]=2026-01-01T00:02:00Z"); code != 200 || listed(t, h, one+"?match[version]=all") != "1@1 1@3" {
		t.Errorf("one version: %d, left %s", code, listed(t, h, one+"?match[version]=all"))
	}
	if got := listed(t, h, one+"?match[version]=2026-01-01T00:02:00Z"); got != "404" {
		t.Errorf("the deleted version is %s", got)
	}
	if code := del("?match[version]=last"); code != 200 || listed(t, h, one) != "1@1" {
		t.Errorf("the last: %d, left %s", code, listed(t, h, one))
	}
	if code := del(""); code != 200 || listed(t, h, one) != "404" || listed(t, h, objects) != "2@1" {
		t.Errorf("all: %d, left %s and %s", code, listed(t, h, one), listed(t, h, objects))
	}
	if st := send(t, h, tool(1, 1)); st.SuccessCount != 1 || listed(t, h, objects) != "2@1 1@1" {
		t.Errorf("what comes back stands at the end, not %s", listed(t, h, objects))
	}
}

func TestPackingLosesNothing(t *testing.T) {
	m, h := world(t, Rules{})
	for n := range 400 {
		if err := m.Put("api", cid, []byte(tool(n, 1))); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 400 {
		if n%4 != 0 {
			ask(t, h, asked{"DELETE", objects + toolID(n) + "/", MediaType, "", ""})
		}
	}
	for _, q := range []string{"", "?match[type]=tool", "?match[id]=" + toolID(396) + "," + toolID(0)} {
		got := strings.Fields(listed(t, h, objects+q))
		if want := map[string]int{"": 100, "?match[type]=tool": 100}[q]; want > 0 && len(got) != want || got[len(got)-1] != "396@1" {
			t.Errorf("%q lists %d, the last %s", q, len(got), got[len(got)-1])
		}
	}
}

func TestTwoCallersSeeTwoTruths(t *testing.T) {
	_, inner := world(t, Rules{Sees: func(c Caller, raw []byte) bool {
		return c == "" || !strings.Contains(string(raw), toolID(2)) && !strings.Contains(string(raw), "00:03:00")
	}})
	send(t, inner, tool(1, 1), tool(2, 1), tool(1, 3), tool(3, 1))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), "eve")))
	})
	for path, want := range map[string]string{
		objects:                         "1@1 3@1", // the last that she may see
		objects + "?match[version]=all": "1@1 3@1",
		objects + toolID(2) + "/":       "404",
		objects + toolID(1) + "/?match[version]=last,first":           "1@1",
		objects + toolID(1) + "/?match[version]=2026-01-01T00:03:00Z": "404",
	} {
		if got := listed(t, h, path); got != want {
			t.Errorf("%s lists %q, want %q", path, got, want)
		}
	}
	missing := fetch(t, h, objects+toolID(8)+"/")
	hidden := fetch(t, h, objects+toolID(2)+"/")
	if missing.Body.String() != hidden.Body.String() || fmt.Sprint(missing.Header()) != fmt.Sprint(hidden.Header()) {
		t.Errorf("hidden %s, missing %s", hidden.Body, missing.Body)
	}
	if w := ask(t, h, asked{"DELETE", objects + toolID(2) + "/", MediaType, "", ""}); w.Code != 404 {
		t.Errorf("deleting what is hidden: %d", w.Code)
	}
}

func TestACursorOfAnotherCollectionIsRefused(t *testing.T) {
	m, h := world(t, Rules{})
	other, err := m.AddCollection("api", Collection{Title: "other"}, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	send(t, h, tool(1, 1), tool(2, 1))
	var page struct{ Next string }
	json.Unmarshal(fetch(t, h, objects+"?limit=1").Body.Bytes(), &page)
	for path, want := range map[string]int{
		objects + "?next=" + page.Next:                              200,
		"/api/collections/all-of-it/objects/?next=" + page.Next:     200,
		"/api/collections/" + other + "/objects/?next=" + page.Next: 400,
		objects + "?next=" + page.Next[:len(page.Next)-1] + "_":     400,
		objects + "?next=A" + page.Next:                             400,
	} {
		if w := fetch(t, h, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestNothingIsLostOrRepeatedWhileOthersWrite(t *testing.T) {
	m, h := world(t, Rules{})
	m.Now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) } // a clock that stands still
	const writers, each = 4, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := m.Put("api", cid, []byte(tool(w*each+i+1, 1))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var seen []string
	after := ""
	for len(seen) < writers*each {
		w := fetch(t, h, objects+"?limit=7"+after)
		var env struct{ Objects []struct{ ID string } }
		if err := json.Unmarshal(w.Body.Bytes(), &env); err != nil {
			t.Fatal(err)
		}
		for _, o := range env.Objects {
			seen = append(seen, o.ID)
		}
		after = "&added_after=" + w.Header().Get(addedLast)
	}
	wg.Wait()
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n != writers*each {
		t.Errorf("%d different objects seen, want %d", n, writers*each)
	}
}

func TestDiscoveryNamesTheRoots(t *testing.T) {
	m, h := world(t, Rules{})
	if err := m.AddRoot("api", APIRoot{}); err == nil {
		t.Error("a root twice")
	}
	if _, err := m.AddCollection("api", Collection{Alias: "all-of-it"}, Rules{}); err == nil {
		t.Error("an alias twice")
	}
	if got := fetch(t, h, "/taxii2/").Body.String(); got != `{"title":"shelf","default":"/api/","api_roots":["/api/"]}` {
		t.Errorf("discovery %s", got)
	}
	want := `{"collections":[{"id":"` + cid + `","title":"c","alias":"all-of-it","can_read":true,"can_write":true,"media_types":["application/stix+json;version=2.1"]}]}`
	if got := fetch(t, h, "/api/collections/").Body.String(); got != want {
		t.Errorf("collections\n%s\nwant\n%s", got, want)
	}
}

func TestFiveHundredPollersAtOnce(t *testing.T) {
	m, h := world(t, Rules{})
	for n := range 50 {
		if err := m.Put("api", cid, []byte(tool(n+1, 1))); err != nil {
			t.Fatal(err)
		}
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 500}}
	var wg sync.WaitGroup
	for range 500 {
		wg.Go(func() {
			for range 3 {
				r, _ := http.NewRequest(http.MethodGet, srv.URL+objects+"?limit=20", nil)
				r.Header.Set("Accept", MediaType)
				res, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				if n, err := io.Copy(io.Discard, res.Body); res.StatusCode != http.StatusOK || err != nil || n < 1000 {
					t.Errorf("%d, %d bytes, %v", res.StatusCode, n, err)
				}
				res.Body.Close()
			}
		})
	}
	wg.Wait()
}
