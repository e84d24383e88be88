package web_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/stix"
)

// openCase opens a case in the browser and returns its path.
func (b *browser) openCase(title string, members ...string) string {
	b.h.t.Helper()
	fields := []string{"title", title, "purpose", string(mithaqtest.Purpose), "basis", mithaqtest.Basis, "review", "1999-11-21"}
	for _, handle := range members {
		fields = append(fields, "member", string(b.h.atlas.Person(handle).ID))
	}
	a := b.post("/cases", fields...)
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "/cases/x-mithaq-case--") {
		b.h.t.Fatalf("open a case: %d %s", a.Code, a.Body)
	}
	return a.Header().Get("Location")
}

func TestACaseIsOpenedWrittenForAndClosedInTheBrowser(t *testing.T) {
	h := newHouse(t)
	amal, salma := h.as("amal").withReason(), h.as("salma").withReason()
	path := amal.openCase("Forged tickets", "salma")
	_, err := h.atlas.Gate().Intake(t.Context(), h.atlas.Analyst(), strings.NewReader(mithaqtest.Indicator(60)),
		gate.Import{Profile: h.profile, Case: stix.ID(strings.TrimPrefix(path, "/cases/"))})
	h.must(err)
	if a := amal.post(path+"/notes", "text", "Seen at gate 12.\nTwice."); a.Code != http.StatusSeeOther {
		t.Fatalf("write: %d %s", a.Code, a.Body)
	}
	page := salma.page(path)
	for _, want := range []string{"Forged tickets", "1 item is held for it.", "Seen at gate 12.", "Twice.", "version 1", string(mithaqtest.IndicatorID(60)), "Close the case", "amal"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if page := salma.page("/cases"); !strings.Contains(page, path) {
		t.Error("the list lacks it")
	}
	if a := amal.post(path + "/close"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst closes: %d", a.Code)
	}
	if a := salma.post(path + "/close"); a.Code != http.StatusSeeOther {
		t.Fatalf("close: %d %s", a.Code, a.Body)
	}
	page = amal.page(path)
	if !strings.Contains(page, "Seen at gate 12.") || strings.Contains(page, string(mithaqtest.IndicatorID(60))) {
		t.Error("after its closing the notes are to be there and what was held is not")
	}
	if a := amal.post(path+"/notes", "text", "late"); a.Code != http.StatusConflict {
		t.Errorf("written for a closed case: %d", a.Code)
	}
}

func TestOfTwoWhoWriteAtOnceNeitherLosesAWord(t *testing.T) {
	h := newHouse(t)
	amal, salma := h.as("amal").withReason(), h.as("salma").withReason()
	path := amal.openCase("Forged tickets", "salma")
	amal.post(path+"/notes", "text", "first words")
	note := between(t, amal.page(path), `name="note" value="`, `"`)
	if a := salma.post(path+"/notes", "note", note, "version", "1", "text", "what Salma says"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	a := amal.post(path+"/notes", "note", note, "version", "1", "text", "what Amal says")
	body := a.Body.String()
	if a.Code != http.StatusConflict || !strings.Contains(body, "what Salma says") || !strings.Contains(body, "what Amal says") || !strings.Contains(body, `name="version" value="2"`) {
		t.Fatalf("%d: both texts are to be there", a.Code)
	}
	if a := amal.post(path+"/notes", "note", note, "version", "2", "text", "what both say"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	page := salma.page(path)
	for _, want := range []string{"what both say", "what Salma says", "first words", "version 3"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

func TestOthersCasesCannotBeToldFromAbsentOnes(t *testing.T) {
	h := newHouse(t)
	path := h.as("amal").openCase("Forged tickets")
	absent := "/cases/x-mithaq-case--00000000-0000-4000-8000-00000000dead"
	for _, handle := range []string{"rami", "salma", "lina"} {
		b := h.as(handle).withReason()
		if strings.Contains(b.page("/cases"), path) {
			t.Errorf("%s finds it in the list", handle)
		}
		for _, verb := range []struct {
			to     string
			fields []string
		}{
			{"", nil},
			{"/members", []string{"add", string(h.atlas.Person(handle).ID)}},
			{"/dates", []string{"review", "2001-01-01"}},
			{"/notes", []string{"text", "x"}},
			{"/notes", []string{"text", "x", "note", "y", "version", "1"}},
			{"/close", nil},
		} {
			do := func(path string) *httptest.ResponseRecorder {
				if verb.to == "" {
					return b.get(path)
				}
				return b.post(path+verb.to, verb.fields...)
			}
			theirs, none := do(path), do(absent)
			same := strings.ReplaceAll(theirs.Body.String(), path[len("/cases/"):], absent[len("/cases/"):]) == none.Body.String()
			if theirs.Code != http.StatusNotFound || none.Code != http.StatusNotFound || !same {
				t.Errorf("%s %s: %d and %d, the same page: %v", handle, verb.to, theirs.Code, none.Code, same)
			}
		}
	}
}

func TestMembersComeAndGo(t *testing.T) {
	h := newHouse(t)
	amal, rami := h.as("amal").withReason(), h.as("rami").withReason()
	path := amal.openCase("Forged tickets")
	id := string(h.atlas.Person("rami").ID)
	if a := amal.post(path+"/members", "add", id); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	rami.page(path)
	if a := amal.post(path+"/members", "remove", id); a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	if a := rami.get(path); a.Code != http.StatusNotFound {
		t.Errorf("having left: %d", a.Code)
	}
	if a := amal.post(path+"/members", "remove", string(h.atlas.Person("amal").ID)); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("the last one leaves: %d", a.Code)
	}
	if a := amal.post(path+"/dates", "review", "2001-02-30"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("no day: %d", a.Code)
	}
	if a := amal.post(path+"/dates", "review", "2001-02-03", "close", "2001-04-05"); a.Code != http.StatusSeeOther || !strings.Contains(amal.page(path), "2001-02-03") {
		t.Errorf("days: %d", a.Code)
	}
}

func TestAFormThatIsNotWholeComesBackAsItWas(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina")
	a := lina.post("/cases", "title", "Only a title", "basis", "")
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), `value="Only a title"`) {
		t.Errorf("%d", a.Code)
	}
	a = lina.post("/cases", "title", "T", "basis", "B", "purpose", "no such purpose!", "close", "never")
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.Code)
	}
}

func TestNotesAreReadWithAReasonAlone(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal")
	path := amal.openCase("Forged tickets")
	amal.post(path+"/notes", "text", "about somebody")
	if page := amal.page(path); strings.Contains(page, "about somebody") || !strings.Contains(page, "/me?back=") {
		t.Error("read without a reason")
	}
	if page := amal.withReason().page(path); !strings.Contains(page, "about somebody") {
		t.Error("not shown with one")
	}
	if page := h.as("lina").page("/ledger?kind=read"); !strings.Contains(page, "the notes of a case") {
		t.Error("the reading is not in the log")
	}
}

// hostile is text that should be shown, and never obeyed.
var hostile = []struct{ text, never, shown string }{
	{`<script>alert(1)</script>`, `<script>alert`, `<script>alert(1)</script>`},
	{`"><svg onload=alert(1)>`, `<svg onload`, `"><svg onload=alert(1)>`},
	{`</textarea><img src=x onerror=alert(1)>`, `<img src=x`, `</textarea><img src=x onerror=alert(1)>`},
	{"ticket\u202egpj.exe", "\u202e", `ticket<U+202E>gpj.exe`},
	{"a\u2066b\u200fc", "\u2066b", `a<U+2066>b<U+200F>c`},
}

// shows reports what a page does with a hostile text.
func (b *browser) shows(path, text, never, shown string) {
	b.h.t.Helper()
	page := b.page(path)
	if strings.Contains(page, never) {
		b.h.t.Errorf("%s obeys %q", path, text)
	}
	if shown != "" && !strings.Contains(html.UnescapeString(page), shown) {
		b.h.t.Errorf("%s does not show %q", path, shown)
	}
	for _, what := range unsound(page) {
		b.h.t.Errorf("%s with %q: %s", path, text, what)
	}
}

func TestWhatIsWrittenForACaseIsShownAndNeverObeyed(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal").withReason()
	for _, x := range hostile {
		a := amal.post("/cases", "title", x.text, "purpose", string(mithaqtest.Purpose), "basis", x.text, "review", "1999-11-21")
		if a.Code != http.StatusSeeOther {
			t.Fatalf("%q: %d", x.text, a.Code)
		}
		path := a.Header().Get("Location")
		amal.post(path+"/notes", "text", x.text)
		amal.shows(path, x.text, x.never, x.shown)
		amal.shows("/cases", x.text, x.never, x.shown)
		amal.shows("/", x.text, x.never, "")
		a = amal.post("/cases", "title", x.text, "basis", "")
		if strings.Contains(a.Body.String(), x.never) && x.never[0] == '<' {
			t.Errorf("the form obeys %q", x.text)
		}
	}
}

func TestAnotherSiteChangesNoCase(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal")
	path := amal.openCase("Forged tickets")
	for _, to := range []string{"/cases", path + "/members", path + "/dates", path + "/notes", path + "/close"} {
		r := httptest.NewRequest(http.MethodPost, "http://"+host+to, strings.NewReader(url.Values{"text": {"x"}, "title": {"x"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := amal.do(r); a.Code != http.StatusForbidden {
			t.Errorf("%s: %d", to, a.Code)
		}
	}
}

func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	text, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("no %q … %q", from, to)
	}
	return html.UnescapeString(text)
}

// casefile is the path of a case with something of everything in it, opened once.
func (h *house) casefile() string {
	h.t.Helper()
	if h.open == "" {
		amal, salma := h.as("amal").withReason(), h.as("salma").withReason()
		h.open = amal.openCase("Forged tickets", "salma")
		amal.post(h.open+"/notes", "text", "Seen at gate 12.")
		note := between(h.t, salma.page(h.open), `name="note" value="`, `"`)
		salma.post(h.open+"/notes", "note", note, "version", "1", "text", "Seen at gate 12, twice.")
		_, err := h.atlas.Gate().Intake(h.t.Context(), h.atlas.Analyst(), strings.NewReader(mithaqtest.Indicator(60)),
			gate.Import{Profile: h.profile, Case: stix.ID(strings.TrimPrefix(h.open, "/cases/"))})
		h.must(err)
	}
	return h.open
}
