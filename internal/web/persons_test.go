package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

// someone is an individual of ours, with a name in Arabic.
const someone stix.ID = "identity--00000000-0000-4000-8000-00000000aaaa"

func (h *house) someone() {
	persons := h.atlas.ProfileWith(func(l *mithaq.Handling) { l.Subjects = mithaq.SubjectSuspect })
	h.atlas.Import(persons, `{"type":"identity","spec_version":"2.1","id":"`+string(someone)+`","created":"1999-11-20T10:00:00.000Z","modified":"1999-11-20T10:00:00.000Z","name":"كريم الزهراوي","identity_class":"individual","contact_information":"karim@example.com"}`)
}

// ask takes a request in and returns its path.
func (b *browser) ask(change map[string]string) string {
	b.h.t.Helper()
	var fields []string
	for name, value := range map[string]string{
		"kind": "access", "name": "Karim Zahraoui", "values": "seller\nnot a value at all", "came": "by letter", "at": "1999-11-19", "words": "What do you hold about me?", "identity": "passport shown",
	} {
		if other, ok := change[name]; ok {
			value = other
		}
		fields = append(fields, name, value)
	}
	a := b.post("/persons", fields...)
	if a.Code != http.StatusSeeOther {
		b.h.t.Fatalf("ask: %d %s", a.Code, a.Body)
	}
	return a.Header().Get("Location")
}

// asked is the path of a request, taken in once.
func (h *house) asked() string {
	if h.request == "" {
		h.someone()
		h.request = h.as("lina").ask(nil)
	}
	return h.request
}

func TestEverythingAboutAPersonStandsOnOnePage(t *testing.T) {
	h := newHouse(t)
	h.someone()
	h.as("amal").withReason().page("/items/" + string(someone))
	lina := h.as("lina")
	path := lina.ask(nil)
	page := lina.page(path)
	for _, want := range []string{"كريم الزهراوي", "alike", "complaint 7", "passport shown", "not a value at all", "looked for everything", "2 objects here", "Seller"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if page := lina.page(lina.ask(map[string]string{"name": "", "values": "tickets1.example"})); !strings.Contains(page, "Went to") || !strings.Contains(page, string(h.indicator)) {
		t.Error("what was given is not there")
	}
	if page := lina.page("/"); !strings.Contains(page, path) {
		t.Error("it does not wait on the first page")
	}
}

func TestOnlyLegalOfficersSitAtTheDesk(t *testing.T) {
	h := newHouse(t)
	path := h.asked()
	for _, handle := range []string{"amal", "rami", "salma"} {
		b := h.as(handle).withReason()
		for _, at := range []string{"/persons", "/persons/new", path, path + "/letter/answered", "/persons/breaches", "/persons/processing", "/persons/none"} {
			if a := b.get(at); a.Code != http.StatusForbidden {
				t.Errorf("%s reads %s: %d", handle, at, a.Code)
			}
		}
		for _, to := range []string{"/persons", path + "/act", path + "/identity", path + "/close", "/persons/breaches", "/claims/x"} {
			a := b.post(to, "what", "erase", "object", string(someone), "how", "x", "outcome", "done", "kind", "access", "name", "x", "words", "x", "came", "x", "effect", "x", "steps", "x", "noticed", "1999-11-19")
			if a.Code != http.StatusForbidden {
				t.Errorf("%s does %s: %d", handle, to, a.Code)
			}
		}
		if strings.Contains(b.page("/"), `href="/persons"`) {
			t.Errorf("%s is led there", handle)
		}
	}
}

func TestNothingIsDecidedBeforeThePersonIsKnown(t *testing.T) {
	h := newHouse(t)
	h.someone()
	lina := h.as("lina")
	path := lina.ask(map[string]string{"identity": ""})
	if a := lina.post(path+"/act", "what", "erase", "object", string(someone)); a.Code != http.StatusForbidden {
		t.Errorf("%d", a.Code)
	}
	if a := lina.post(path+"/identity", "how", "passport shown"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	for what, want := range map[string]int{"": http.StatusUnprocessableEntity, "burn": http.StatusUnprocessableEntity, "restrict": http.StatusSeeOther} {
		if a := lina.post(path+"/act", "what", what, "object", string(someone)); a.Code != want {
			t.Errorf("%q: %d", what, a.Code)
		}
	}
	if a := lina.post(path+"/act", "what", "erase"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing chosen: %d", a.Code)
	}
	if page := lina.page(path); !strings.Contains(page, `data-s="warn">restricted`) {
		t.Error("it is not shown as restricted")
	}
}

func TestPuttingRightAndErasingAreDone(t *testing.T) {
	h := newHouse(t)
	h.someone()
	lina := h.as("lina")
	path := lina.ask(map[string]string{"values": "nobody@example.org"})
	if a := lina.post(path+"/act", "what", "correct", "object", string(someone), "member", "contact_information", "text", "none"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := lina.page(path); !strings.Contains(page, "put right") || strings.Contains(page, "karim@example.com") {
		t.Error("it still says what was wrong")
	}
	if a := lina.post(path+"/act", "what", "erase", "object", string(someone)); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if h.atlas.Has(someone) {
		t.Error("it is still here")
	}
	page := lina.page(path)
	if strings.Contains(page, "كريم") || !strings.Contains(page, "Nothing found") {
		t.Error("the page still finds it")
	}
	if a := lina.post(path+"/close", "outcome", "done", "note", "erased"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	if a := lina.post(path+"/close", "outcome", "done"); a.Code != http.StatusConflict {
		t.Errorf("closed twice: %d", a.Code)
	}
}

// The letter to somebody about whom a lot is held differs from the one to somebody
// about whom nothing is in their name and number alone.
func TestLettersNeitherConfirmNorDeny(t *testing.T) {
	h := newHouse(t)
	h.someone()
	lina := h.as("lina")
	known, unknown := lina.ask(nil), lina.ask(map[string]string{"name": "Nobody Known", "values": "nobody@example.org"})
	lina.post(known+"/act", "what", "dispute", "object", string(someone))
	ids := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|>[0-9a-f]{8}<`)
	for _, lang := range say.Languages {
		for _, which := range []string{"received", "identity", "answered"} {
			letter := func(path, name string) string {
				page := lina.page(path + "/letter/" + which + "?lang=" + lang)
				return strings.ReplaceAll(ids.ReplaceAllString(page, "#"), name, "NAME")
			}
			a, b := letter(known, "Karim Zahraoui"), letter(unknown, "Nobody Known")
			if a != b {
				t.Errorf("%s in %s tells them apart", which, lang)
			}
			if !strings.Contains(a, `<article class="stack" lang="`+lang+`"`) {
				t.Errorf("%s is not in %s", which, lang)
			}
		}
	}
	if a := lina.get(known + "/letter/confession"); a.Code != http.StatusNotFound {
		t.Errorf("%d", a.Code)
	}
}

func TestABreachNamesThePactsItTouches(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina")
	fields := []string{"what", "a stick was lost", "noticed", "1999-11-19", "effect", "none known", "steps", "keys revoked"}
	if a := lina.post("/persons/breaches", append(fields, "objects", "indicator--00000000-0000-4000-8000-00000000dead")...); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "a stick was lost") {
		t.Errorf("an object that is not here: %d", a.Code)
	}
	if a := lina.post("/persons/breaches", append(fields, "objects", string(h.indicator)+"\n"+string(h.stays))...); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := lina.page("/persons/breaches"); !strings.Contains(page, "/pacts/"+string(h.pact)) || !strings.Contains(page, "1 given, 0 received") {
		t.Error("the pact is not named")
	}
}

func TestARequestThatIsNotWholeComesBack(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina")
	a := lina.post("/persons", "kind", "access", "name", "", "values", "", "words", "What do you hold?", "came", "by letter", "at", "1999-11-19")
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "What do you hold?") {
		t.Errorf("%d", a.Code)
	}
}

func TestWhatPersonsWriteIsShownAndNeverObeyed(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina")
	for _, x := range hostile {
		path := lina.ask(map[string]string{"name": x.text, "values": x.text, "came": x.text, "words": x.text, "identity": x.text})
		lina.post(path+"/close", "outcome", "refused", "note", x.text)
		for _, at := range []string{path, "/persons", path + "/letter/answered"} {
			lina.shows(at, x.text, x.never, x.shown)
		}
		lina.post("/persons/breaches", "what", x.text, "noticed", "1999-11-19", "effect", x.text, "steps", x.text)
		lina.shows("/persons/breaches", x.text, x.never, x.shown)
	}
}

func TestAnotherSiteDecidesNothingAboutPersons(t *testing.T) {
	h := newHouse(t)
	path := h.asked()
	lina := h.as("lina")
	for _, to := range []string{"/persons", path + "/act", path + "/identity", path + "/close", "/persons/breaches", "/claims/x", "/assess", h.doubt() + "/second", h.doubt() + "/drop"} {
		r := httptest.NewRequest(http.MethodPost, "http://"+host+to, strings.NewReader(url.Values{"what": {"erase"}, "object": {string(someone)}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := lina.do(r); a.Code != http.StatusForbidden {
			t.Errorf("%s: %d", to, a.Code)
		}
	}
	if !h.atlas.Has(someone) {
		t.Error("it was erased")
	}
}

func TestTheDesksPagesAreWholeInEveryLanguage(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina").withReason()
	lina.post("/persons/breaches", "what", "a stick was lost", "noticed", "1999-11-19", "effect", "none known", "steps", "keys revoked", "objects", string(h.indicator))
	for _, lang := range say.Languages {
		lina.post("/view", "lang", lang, "back", "/")
		for _, path := range []string{"/", "/persons", "/persons/new", h.asked(), h.asked() + "/letter/answered", "/persons/breaches", "/persons/processing", "/assess/people"} {
			page := lina.page(path)
			if found := missing.FindAllString(foreignText.ReplaceAllString(page, " "), 5); found != nil {
				t.Errorf("%s in %s: %q", path, lang, found)
			}
			for _, what := range unsound(page) {
				t.Errorf("%s in %s: %s", path, lang, what)
			}
		}
	}
}
