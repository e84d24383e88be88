package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// host is the name by which the browsers of these tests call the node.
const host = "127.0.0.1:7490"

// A house is two nodes under a pact, with items that cross and items that stay,
// and the pages of the first.
type house struct {
	t         *testing.T
	w         *mithaqtest.World
	atlas     *mithaqtest.Node
	najd      *mithaqtest.Node
	pact      stix.ID
	profile   stix.ID
	pages     http.Handler
	log       *bytes.Buffer
	indicator stix.ID // given to Najd
	stays     stix.ID // may not cross: its source is not sure enough
	person    stix.ID // concerns somebody
	release   stix.ID // sent
	waits     stix.ID // proposed, for a second person
	open      string  // path of a case, once casefile has opened it
	request   string  // path of a request of a person, once asked has taken it in
	doubted   string  // path of answers in doubt, once doubt has kept them
	drafted   stix.ID // an inquiry of Atlas
	theirs    stix.ID // one of Najd
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, w: mithaqtest.New(t), log: &bytes.Buffer{}}
	h.atlas = h.w.Node("atlas.example", mithaqtest.With(func(o *node.Options) {
		o.Log = slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelError}))
	}))
	h.najd = h.w.Node("najd.example")
	h.w.Acquaint(h.atlas, h.najd)
	terms := h.w.Terms(mithaq.EventTemplate)
	terms.AllowInquiries("hosting", mithaq.InquiryInformation)
	h.pact = h.w.AgreeOn(terms, h.atlas, h.najd)
	h.fill()
	h.pages = h.atlas.Pages()
	t.Cleanup(func() {
		if h.log.Len() > 0 {
			t.Errorf("the log has errors:\n%s", h.log)
		}
	})
	return h
}

// fill makes what the pages show.
func (h *house) fill() {
	h.profile = h.atlas.Profile()
	h.indicator, h.stays = mithaqtest.IndicatorID(1), mithaqtest.IndicatorID(2)
	h.person = "user-account--00000000-0000-5000-8000-000000000003"
	unsure := h.atlas.ProfileWith(func(l *mithaq.Handling) { l.Source = mithaq.SourceC })
	persons := h.atlas.ProfileWith(func(l *mithaq.Handling) { l.Subjects = mithaq.SubjectSuspect })
	h.atlas.Import(h.profile, mithaqtest.Indicator(1), mithaqtest.IndicatorVersion(1, 1))
	h.atlas.Import(unsure, mithaqtest.Indicator(2))
	h.atlas.Import(persons, `{"type":"user-account","spec_version":"2.1","id":"`+string(h.person)+`","account_login":"seller","display_name":"Seller"}`)
	all, err := h.atlas.Gate().Propose(context.Background(), h.atlas.Releaser(), mithaqtest.Ask(h.pact, gate.Selection{IDs: []stix.ID{h.indicator}}))
	h.must(err)
	if all[0].Release == nil {
		h.t.Fatalf("nothing goes: %+v", all[0].Stays)
	}
	h.release = all[0].Release.ID
	all, err = h.atlas.Gate().Propose(context.Background(), h.atlas.Analyst(), mithaqtest.Ask(h.pact, gate.Selection{IDs: []stix.ID{h.indicator}}))
	h.must(err)
	h.waits = all[0].Release.ID
	h.drafted, h.theirs = h.inquire(h.atlas, h.najd, false), h.inquire(h.najd, h.atlas, true)
	h.w.Settle()
}

// inquire lets a node ask another about a site, for a case of those who work on it.
func (h *house) inquire(from, to *mithaqtest.Node, send bool) (id stix.ID) {
	h.t.Helper()
	var members []mithaq.PersonID
	for _, name := range []string{"amal", "salma", "lina"} {
		members = append(members, from.Person(name).ID)
	}
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(from.Now()), "Tickets", mithaqtest.Purpose, mithaq.LegalBasis{Ref: mithaqtest.Basis}, members...)
	opener := from.Analyst()
	from.Write(func(tx *store.Tx) error { return from.Gate().OpenCase(tx, opener, c) })
	q := mithaq.Inquiry{
		Pact: h.pact, Kind: "hosting", Case: c.ID, Registry: "2026/7", Purpose: mithaqtest.Purpose, Basis: mithaqtest.Basis, Urgency: mithaq.Urgent,
		Urgent: "the match is near", Facts: "tickets1.example sells forged tickets", Sought: mithaq.SoughtTechnical, Question: "Where is it?",
		Link: "The servers are yours", Use: mithaq.UsedAsIntelligence, Subjects: mithaq.SubjectNone, Codes: mithaq.H0, Language: "en",
	}
	asker := from.Analyst()
	from.Write(func(tx *store.Tx) error {
		all, err := from.Inquiries().Draft(tx, asker, q, to.Org)
		if err != nil {
			return err
		}
		id = all[0].ID
		if send {
			_, err = from.Inquiries().Submit(tx, asker, id)
		}
		return err
	})
	return id
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// A browser is one person's, with the cookies it keeps.
type browser struct {
	h       *house
	cookies map[string]string
	lang    string
	host    string // by which it calls the node; "" is host
}

func (h *house) browser() *browser { return &browser{h: h, cookies: map[string]string{}, lang: "en"} }

// link makes a link for somebody at set-up.
func (h *house) link(handle string) (secret string) {
	h.t.Helper()
	h.atlas.Write(func(tx *store.Tx) (err error) {
		secret, err = h.atlas.Accounts().Link(tx, h.atlas.Person(handle).ID)
		return err
	})
	return secret
}

// as is a browser in which a person is signed in, and has said why they read.
func (h *house) as(handle string) *browser {
	h.t.Helper()
	b := h.browser()
	if a := b.post("/enter", "secret", h.link(handle)); a.Code != http.StatusSeeOther {
		h.t.Fatalf("sign in: %d %s", a.Code, a.Body)
	}
	return b
}

func (b *browser) withReason() *browser {
	b.h.t.Helper()
	a := b.post("/me/why", "reason", "complaint 7", "purpose", string(mithaqtest.Purpose), "basis", mithaqtest.Basis, "back", "/")
	if a.Code != http.StatusSeeOther {
		b.h.t.Fatalf("say why: %d %s", a.Code, a.Body)
	}
	return b
}

func newRequest(path string) *http.Request {
	return httptest.NewRequest(http.MethodGet, "http://"+host+path, nil)
}

func (b *browser) get(path string) *httptest.ResponseRecorder { return b.do(newRequest(path)) }

func (b *browser) post(path string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://"+host+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func (b *browser) do(r *http.Request) *httptest.ResponseRecorder {
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r.Header.Set("Accept-Language", b.lang)
	if b.host != "" {
		r.Host = b.host
	}
	w := httptest.NewRecorder()
	b.h.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

// page is the text of a page that should be there.
func (b *browser) page(path string) string {
	b.h.t.Helper()
	a := b.get(path)
	if a.Code != http.StatusOK {
		b.h.t.Fatalf("%s: %d %s", path, a.Code, a.Body)
	}
	text, err := io.ReadAll(a.Body)
	b.h.must(err)
	return string(text)
}
