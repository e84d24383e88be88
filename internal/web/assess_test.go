package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// answering are the fields of a form that answers clearly, but for what is given.
func answering(page string, change map[string]string) (fields []string) {
	for name, value := range map[string]string{
		"act": "sale of forged tickets", "provision": "Penal code, 222", "facts": "sold at the gate", "ordinary": "yes", "standing": "ordinary",
		"political": "no", "military": "no", "religious": "no", "racial": "no", "source": "yes", "refused": "no", "obligations": "yes",
	} {
		if other, ok := change[name]; ok {
			value = other
		}
		if value != "" {
			fields = append(fields, name, value)
		}
	}
	for _, name := range []string{"id", "seen"} {
		rest := page
		for {
			_, after, ok := strings.Cut(rest, `name="`+name+`" value="`)
			if !ok {
				break
			}
			value, more, _ := strings.Cut(after, `"`)
			fields, rest = append(fields, name, value), more
		}
	}
	return fields
}

// sign signs answers that wait, as the command line does.
func (h *house) sign(handle, path string) error {
	person := h.atlas.Person(handle)
	id := stix.ID(strings.TrimPrefix(path, "/assess/"))
	v := h.atlas.Analyst()
	if handle == "salma" {
		v = h.atlas.Supervisor()
	}
	return h.atlas.Store().Write(h.t.Context(), func(tx *store.Tx) error {
		a, err := h.atlas.Gate().Unsigned(tx, v, id)
		if err != nil {
			return err
		}
		if a.Person == person.ID {
			a.Credential = person.Credential.Pair.KeyID()
		}
		sig, _, err := sign.Object(person.Credential.Pair, mithaq.UseAssessment, a)
		if err != nil {
			return err
		}
		_, err = h.atlas.Gate().SignAnswers(tx, v, id, sig)
		return err
	})
}

func TestAPersonIsAssessedInTheBrowser(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal").withReason()
	if page := amal.page(h.preview(string(h.person))); !strings.Contains(page, "/assess/new?id="+string(h.person)) {
		t.Error("the preview does not lead there")
	}
	if page := amal.page("/items/" + string(h.person)); !strings.Contains(page, "/assess/new?id="+string(h.person)) {
		t.Error("the item does not lead there")
	}
	form := amal.page("/assess/new?id=" + string(h.person))
	if strings.Contains(form, " checked") {
		t.Error("something is filled in beforehand")
	}
	if a := amal.post("/assess", answering(form, map[string]string{"racial": ""})...); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "sold at the gate") {
		t.Errorf("a question without an answer: %d", a.Code)
	}
	if a := amal.post("/assess", answering(strings.ReplaceAll(form, "sha256:", "sha256:00"), nil)...); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("another version than was shown: %d", a.Code)
	}
	a := amal.post("/assess", answering(form, nil)...)
	path := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(path, "/assess/x-mithaq-assessment--") {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := amal.page(path); !strings.Contains(page, "assess sign "+strings.TrimPrefix(path, "/assess/")) {
		t.Error("how to sign is not said")
	}
	if err := h.sign("amal", path); err != nil {
		t.Fatal(err)
	}
	if page := amal.page(h.preview(string(h.person))); strings.Contains(page, "/assess/new?id=") {
		t.Error("it still lacks an assessment")
	}
	if a := amal.get(path); a.Code != http.StatusNotFound {
		t.Errorf("signed answers still wait: %d", a.Code)
	}
}

func TestDoubtWaitsForASecondPersonInTheBrowser(t *testing.T) {
	h := newHouse(t)
	amal, salma := h.as("amal").withReason(), h.as("salma").withReason()
	path := amal.post("/assess", answering(amal.page("/assess/new?id="+string(h.person)), map[string]string{"political": "doubt"})...).Header().Get("Location")
	if a := amal.post(path+"/second", "clears", "yes", "why", "x"); a.Code != http.StatusForbidden {
		t.Errorf("the first person is the second: %d", a.Code)
	}
	if page := salma.page("/"); !strings.Contains(page, path) {
		t.Error("the second person is not told")
	}
	if a := salma.post(path+"/second", "clears", "", "why", "x"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("no answer: %d", a.Code)
	}
	if a := salma.post(path+"/second", "clears", "yes", "why", "a plain fraud"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := amal.page(path); !strings.Contains(page, "a plain fraud") || !strings.Contains(page, "assess sign") {
		t.Error("the first person does not see it")
	}
	if err := errors.Join(h.sign("amal", path), h.sign("salma", path)); err != nil {
		t.Fatal(err)
	}
}

func TestExceptionsAreTakenOutOfAList(t *testing.T) {
	h := newHouse(t)
	other := stix.ID("user-account--00000000-0000-5000-8000-000000000004")
	persons := h.atlas.ProfileWith(func(l *mithaq.Handling) { l.Subjects = mithaq.SubjectSuspect })
	h.atlas.Import(persons, `{"type":"user-account","spec_version":"2.1","id":"`+string(other)+`","account_login":"second","display_name":"Second"}`)
	amal := h.as("amal").withReason()
	form := amal.page("/assess/new?id=" + string(h.person) + "&id=" + string(other))
	path := amal.post("/assess", append(answering(form, nil), "out", string(other))...).Header().Get("Location")
	h.atlas.Read(func(tx *store.Tx) error {
		a, err := h.atlas.Gate().Unsigned(tx, h.atlas.Analyst(), stix.ID(strings.TrimPrefix(path, "/assess/")))
		if err == nil && (len(a.Covers) != 1 || a.Covers[0].ID != h.person) {
			t.Errorf("covers %v", a.Covers)
		}
		return err
	})
}

func TestOnlyThoseWhoWatchSeeHowOthersAssess(t *testing.T) {
	h := newHouse(t)
	for handle, want := range map[string]int{"amal": http.StatusForbidden, "salma": http.StatusForbidden, "lina": http.StatusOK} {
		if a := h.as(handle).get("/assess/people"); a.Code != want {
			t.Errorf("%s: %d", handle, a.Code)
		}
	}
}

func TestAnswersAboutWhatOthersMayNotReadAreAbsent(t *testing.T) {
	h := newHouse(t)
	amal, salma := h.as("amal").withReason(), h.as("salma")
	path := amal.post("/assess", answering(amal.page("/assess/new?id="+string(h.person)), map[string]string{"political": "doubt"})...).Header().Get("Location")
	if a := salma.get(path); a.Code != http.StatusNotFound {
		t.Errorf("without a reason: %d", a.Code)
	}
	if a := salma.withReason().get("/assess/x-mithaq-assessment--00000000-0000-4000-8000-000000000001"); a.Code != http.StatusNotFound {
		t.Errorf("absent: %d", a.Code)
	}
	if a := salma.post(path + "/drop"); a.Code != http.StatusForbidden {
		t.Errorf("somebody else takes them back: %d", a.Code)
	}
}

func TestWhatIsAnsweredIsShownAndNeverObeyed(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal").withReason()
	for _, x := range hostile {
		form := amal.page("/assess/new?id=" + string(h.person))
		a := amal.post("/assess", answering(form, map[string]string{"act": x.text, "provision": x.text, "facts": x.text, "political": "doubt"})...)
		path := a.Header().Get("Location")
		amal.shows(path, x.text, x.never, x.shown)
		amal.shows("/assess", x.text, x.never, x.shown)
		body := amal.post("/assess", answering(form, map[string]string{"act": x.text, "facts": x.text, "racial": ""})...).Body.String()
		if strings.Contains(body, x.never) {
			t.Errorf("the form obeys %q", x.text)
		}
	}
}

// doubt is the path of answers that wait for a second person, kept once.
func (h *house) doubt() string {
	if h.doubted == "" {
		amal := h.as("amal").withReason()
		form := amal.page("/assess/new?id=" + string(h.person))
		h.doubted = amal.post("/assess", answering(form, map[string]string{"political": "doubt"})...).Header().Get("Location")
	}
	return h.doubted
}
