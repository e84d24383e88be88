package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// sharing is the form under a preview, as a browser would send it.
func sharing(page string) (fields []string) {
	form := regexp.MustCompile(`(?s)<form method="post" action="/share".*?</form>`).FindString(page)
	for _, m := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
		fields = append(fields, m[1], m[2])
	}
	return fields
}

func (h *house) releases() (all []*gate.Stored) {
	h.atlas.Read(func(tx *store.Tx) (err error) {
		all, err = h.atlas.Gate().Releases(tx, h.atlas.Supervisor(), "")
		return err
	})
	return all
}

func TestThePreviewSaysWhatGoesAndWhyTheRestStays(t *testing.T) {
	h := newHouse(t)
	rami := h.as("rami").withReason()
	page := rami.page(h.preview(string(h.indicator), string(h.stays), string(h.person)))
	for _, want := range []string{
		`<span class="num">1</span>`, "goes", `href="#c1"`, `href="#c2"`, `id="c1"`, `id="c2"`,
		"Art. 5.5", "Not sure enough for this pact", "The source is evaluated B or better", "The source is evaluated C, the information 1.", "Have it evaluated again",
		"Nobody has assessed it yet", "Have a person assess this version.", "Share now",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if len(h.releases()) != 2 {
		t.Error("looking has shared something")
	}
}

func TestSharingInTheBrowserGivesExactlyWhatWasSeen(t *testing.T) {
	h := newHouse(t)
	h.atlas.Import(h.profile, mithaqtest.Indicator(7))
	id := mithaqtest.IndicatorID(7)
	rami := h.as("rami").withReason()
	fields := sharing(rami.page(h.preview(string(id), string(h.stays))))
	a := rami.post("/share", fields...)
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "/releases?new=") {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	h.w.Settle()
	if !h.najd.Has(id) || h.najd.Has(h.stays) {
		t.Errorf("Najd has the one %v, the other %v", h.najd.Has(id), h.najd.Has(h.stays))
	}
	if page := rami.page("/items/" + string(id)); !strings.Contains(page, "Went to") || !strings.Contains(page, `data-s="ok">acknowledged`) {
		t.Error("the item does not say who has it")
	}
}

func TestWhatChangedSinceItWasSeenIsShownAgain(t *testing.T) {
	h := newHouse(t)
	rami := h.as("rami").withReason()
	h.atlas.Import(h.profile, mithaqtest.Indicator(8))
	fields := sharing(rami.page(h.preview(string(mithaqtest.IndicatorID(8)))))
	h.atlas.Import(h.profile, mithaqtest.IndicatorVersion(8, 1))
	before := len(h.releases())
	a := rami.post("/share", fields...)
	if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "has changed since you looked") {
		t.Errorf("%d", a.Code)
	}
	if len(h.releases()) != before {
		t.Errorf("something went that nobody saw: %d, %d", before, len(h.releases()))
	}
	if a := rami.post("/share", sharing(a.Body.String())...); a.Code != http.StatusSeeOther {
		t.Errorf("having seen it: %d", a.Code)
	}
	var bare []string
	for i := 0; i < len(fields); i += 2 {
		if !strings.HasPrefix(fields[i], "seen ") {
			bare = append(bare, fields[i], fields[i+1])
		}
	}
	if a := rami.post("/share", bare...); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("without having seen anything: %d", a.Code)
	}
}

func TestASecondPersonIsToldHowToApproveAndMayRefuse(t *testing.T) {
	h := newHouse(t)
	amal, salma := h.as("amal"), h.as("salma")
	path := "/releases/" + string(h.waits)
	if page := amal.page(path); strings.Contains(page, "release approve") || !strings.Contains(page, "nobody approves what they proposed") {
		t.Error("the proposer is offered to approve")
	}
	if a := h.as("lina").post(path+"/refuse", "why", "x"); a.Code != http.StatusForbidden {
		t.Errorf("somebody else refuses: %d", a.Code)
	}
	if page := salma.page(path); !strings.Contains(page, "release approve "+string(h.waits)) {
		t.Error("the second person is not told how")
	}
	if page := salma.page("/"); !strings.Contains(page, path) {
		t.Error("it does not wait on the first page")
	}
	if a := salma.post(path+"/refuse", "why", "not now"); a.Code != http.StatusSeeOther {
		t.Errorf("refuse: %d", a.Code)
	}
	if page := salma.page(path); !strings.Contains(page, "not now") {
		t.Error("the reason is not shown")
	}
}

func TestTakingBackInTheBrowserReachesThePartner(t *testing.T) {
	h := newHouse(t)
	rami := h.as("rami").withReason()
	if !h.najd.Has(h.indicator) {
		t.Fatal("Najd never had it")
	}
	if a := rami.post("/items/"+string(h.indicator)+"/recall", "reason", "wrong"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	h.w.WaitFor("Najd has erased it", func() bool { return !h.najd.Has(h.indicator) })
	if a := h.as("amal").post("/items/"+string(h.indicator)+"/recall", "reason", "wrong"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst takes back: %d", a.Code)
	}
}

// upload sends a file as a browser does.
func (b *browser) upload(source stix.ID, name string, content []byte) *httptest.ResponseRecorder {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	b.h.must(w.WriteField("source", string(source)))
	part, err := w.CreateFormFile("file", name)
	b.h.must(err)
	_, err = part.Write(content)
	b.h.must(err)
	b.h.must(w.Close())
	r := httptest.NewRequest(http.MethodPost, "http://"+host+"/import", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestAFileIsTakenInObjectByObject(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal")
	good, bad := mithaqtest.Indicator(40), strings.Replace(mithaqtest.Indicator(41), `"pattern_type":"stix",`, "", 1)
	a := amal.upload(h.profile, "list.json", []byte("["+good+","+bad+"]"))
	for _, want := range []string{"1 item was taken in.", "list.json", "not valid STIX 2.1", string(mithaqtest.IndicatorID(41))} {
		if !strings.Contains(a.Body.String(), want) {
			t.Errorf("%d: lacks %q", a.Code, want)
		}
	}
	for name, content := range map[string]string{"nothing": "", "no JSON": "hello", "half a gzip": "\x1f\x8b\x08"} {
		if a := amal.upload(h.profile, "x.json", []byte(content)); a.Code >= 500 || strings.Contains(a.Body.String(), "error.") {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
	if a := h.as("lina").upload(h.profile, "x.json", []byte(good)); a.Code != http.StatusForbidden {
		t.Errorf("a legal officer imports: %d", a.Code)
	}
}

func TestASessionAndAnOpenFormSurviveARestart(t *testing.T) {
	h := newHouse(t)
	h.atlas.Import(h.profile, mithaqtest.Indicator(9))
	rami := h.as("rami").withReason()
	fields := sharing(rami.page(h.preview(string(mithaqtest.IndicatorID(9)))))
	h.atlas.Restart()
	h.pages = h.atlas.Pages()
	if a := rami.post("/share", fields...); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	h.w.Settle()
	if !h.najd.Has(mithaqtest.IndicatorID(9)) {
		t.Error("it did not go")
	}
}

func TestVerifyingNamesWhatWasAltered(t *testing.T) {
	h := newHouse(t)
	salma := h.as("salma")
	if page := salma.post("/ledger/verify").Body.String(); !strings.Contains(page, "Everything is as it was") {
		t.Errorf("%s", page)
	}
	if page := salma.post("/partners/najd.example/verify").Body.String(); !strings.Contains(page, "The records agree") {
		t.Errorf("%s", page)
	}
	if a := h.as("rami").post("/ledger/verify"); a.Code != http.StatusForbidden {
		t.Errorf("a releaser verifies: %d", a.Code)
	}
	h.atlas.Write(func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE entry SET account = ? WHERE log = ? AND idx = 3", []byte(`{"kind":"read","at":"2026-11-24T09:00:00.000000Z"}`), int64(h.atlas.Ledger().OwnLog()))
		return err
	})
	if page := salma.post("/ledger/verify").Body.String(); !strings.Contains(page, "not as") {
		t.Errorf("an altered entry is not named: %s", page)
	}
}
