package web_test

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

var (
	ticked   = regexp.MustCompile(`<input type="(?:checkbox|radio)" name="([^"]+)" value="([^"]*)" checked>`)
	written  = regexp.MustCompile(`<input (?:type="hidden"|id="[^"]+") name="([^"]+)" value="([^"]*)"`)
	chosen   = regexp.MustCompile(`<select id="[^"]+" name="([^"]+)"[^>]*>(?:<option[^>]*>[^<]*</option>)*?<option value="([^"]*)" selected>`)
	longText = regexp.MustCompile(`(?s)<textarea id="[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>`)
)

// drafted is the form of a draft as a browser would send it, with some fields
// written otherwise.
func drafted(page string, change ...string) (fields []string) {
	form := regexp.MustCompile(`(?s)<form method="post" action="/pacts/draft".*?</form>`).FindString(page)
	for _, of := range []*regexp.Regexp{ticked, written, chosen, longText} {
		for _, m := range of.FindAllStringSubmatch(form, -1) {
			if !slices.Contains(change, m[1]) {
				fields = append(fields, m[1], html.UnescapeString(m[2]))
			}
		}
	}
	return append(fields, change...)
}

func (h *house) wholeDraft(b *browser) []string {
	return drafted(b.page("/pacts/draft?template=case-work"), "title.en", "Ticket <b>fraud</b>", "basis", "MoU 9: Memorandum, article 9",
		"transfer.ref", "Law 18-07", "transfer.text", "Annex B", "recall", "4")
}

func TestAPactIsDraftedProposedAndSignedOnItsPages(t *testing.T) {
	h := newKeyHouse(t)
	lina, phone := h.byName("lina"), telephone()
	lina.register(phone, "telephone")
	a := lina.post("/pacts/draft", h.wholeDraft(lina)...)
	path := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(path, "/pacts/sha256:") {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	page := lina.page(path)
	if !strings.Contains(page, "Ticket &lt;b&gt;fraud&lt;/b&gt;") || !strings.Contains(page, "A second person approves every release.") || !strings.Contains(page, path+"/propose") {
		t.Errorf("%s", page)
	}
	if a := lina.post(path + "/propose"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	h.w.Settle()
	digest, err := mithaq.ParseDigest(strings.TrimPrefix(path, "/pacts/"))
	h.must(err)
	h.najd.Read(func(tx *store.Tx) error {
		_, err := h.najd.Pacts().Text(tx, digest)
		return err
	})
	if a := lina.post(path + "/sign"); !strings.Contains(a.Body.String(), "Is it you?") {
		t.Fatalf("signing is not confirmed: %d %s", a.Code, a.Body)
	}
	if a := lina.post(path+"/sign", "answer", lina.signed(phone, path+"/sign")); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if page := lina.page(path); strings.Contains(page, path+"/sign") || !strings.Contains(page, "signature verified") {
		t.Errorf("signed: %s", page)
	}
	if page := lina.page("/pacts"); !strings.Contains(page, "atlas.example wrote this text.") || !strings.Contains(page, "atlas.example signed it.") {
		t.Error("the timeline lacks it")
	}
}

func TestAnAnswerForOneTextSignsNoOther(t *testing.T) {
	h := newKeyHouse(t)
	lina, phone := h.byName("lina"), telephone()
	lina.register(phone, "telephone")
	var paths []string
	for range 2 {
		path := lina.post("/pacts/draft", h.wholeDraft(lina)...).Header().Get("Location")
		lina.post(path + "/propose")
		paths = append(paths, path)
	}
	answer := lina.signed(phone, paths[0]+"/sign")
	if a := lina.post(paths[1]+"/sign", "answer", answer); a.Code != http.StatusUnauthorized {
		t.Errorf("%d", a.Code)
	}
	amal, theirs := h.byName("amal"), telephone()
	amal.register(theirs, "telephone")
	for _, step := range []string{"/sign", "/propose"} {
		if a := amal.post(paths[1] + step); a.Code != http.StatusForbidden {
			t.Errorf("an analyst: %s %d", step, a.Code)
		}
	}
	for _, step := range []string{"/suspend", "/resume", "/end"} {
		if a := amal.post("/pacts/"+string(h.pact)+step, "reason", "x", "at", "2030-01-01"); a.Code != http.StatusForbidden {
			t.Errorf("an analyst: %s %d", step, a.Code)
		}
	}
	if a := amal.get("/pacts/draft"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst drafts: %d", a.Code)
	}
	if a := amal.post("/pacts/draft", "title.en", "x"); a.Code != http.StatusForbidden {
		t.Errorf("an analyst drafts: %d", a.Code)
	}
}

func TestEachFaultOfADraftStandsBesideItsField(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina")
	page := lina.page("/pacts/draft")
	a := lina.post("/pacts/draft", drafted(page, "title.en", "", "days", "none", "valid_until", "1999-01-01", "purpose", "no such thing",
		"basis", `"><script>alert(1)</script>`, "tlp", "TLP:BLUE")...)
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	for _, field := range []string{"title.en", "days", "valid_until", "purpose", "basis", "tlp"} {
		if !strings.Contains(a.Body.String(), `id="`+field+`-fault"`) {
			t.Errorf("no fault beside %s", field)
		}
	}
	if strings.Contains(a.Body.String(), "<script>alert") || !strings.Contains(a.Body.String(), "do not fit yet") {
		t.Errorf("%s", a.Body)
	}
	for _, what := range unsound(a.Body.String()) {
		t.Error(what)
	}
}

func TestAnAmendmentShowsWhatItChangesClauseByClause(t *testing.T) {
	h := newHouse(t)
	lina := h.as("lina")
	page := lina.page("/pacts/draft?from=" + string(h.pact))
	a := lina.post("/pacts/draft", drafted(page, "days", "11", "review_days", "3")...)
	if a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	text := lina.page(a.Header().Get("Location"))
	for _, want := range []string{`id="changes"`, "allows less", "Article 9.1", "at most 11 days"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q: %s", want, text)
		}
	}
	for lang, want := range map[string]string{"ar": `lang="ar" dir="rtl"`, "fr": `lang="fr"`, "tr": `lang="tr"`} {
		if page := lina.page(a.Header().Get("Location") + "?in=" + lang); !strings.Contains(page, want) {
			t.Errorf("not read in %s", lang)
		}
	}
}

func TestAPactIsSuspendedResumedAndLeftOnItsPage(t *testing.T) {
	h := newKeyHouse(t)
	lina, phone := h.byName("lina"), telephone()
	lina.register(phone, "telephone")
	path := "/pacts/" + string(h.pact)
	if a := lina.post(path+"/suspend", "reason", "an enquiry"); a.Code != http.StatusSeeOther {
		t.Fatalf("suspend: %d %s", a.Code, a.Body)
	}
	if page := lina.page(path); !strings.Contains(page, "Suspended by") || !strings.Contains(page, path+"/resume") {
		t.Errorf("%s", page)
	}
	if a := lina.post(path+"/resume", "purpose", "", "answer", lina.signed(phone, path+"/resume", "purpose", "")); a.Code != http.StatusSeeOther {
		t.Fatalf("resume: %d %s", a.Code, a.Body)
	}
	if page := lina.page(path); strings.Contains(page, "Suspended by") {
		t.Error("not resumed")
	}
	soon := []string{"at", "2001-01-01", "reason", "over"}
	if a := lina.post(path+"/end", append(soon, "answer", lina.signed(phone, path+"/end", soon...))...); a.Code < 400 {
		t.Errorf("left before the notice: %d", a.Code)
	}
	far := []string{"at", h.atlas.Now().AddDate(0, 3, 0).Format("2006-01-02"), "reason", "over"}
	if a := lina.post(path+"/end", append(far, "answer", lina.signed(phone, path+"/end", far...))...); a.Code != http.StatusSeeOther {
		t.Errorf("end: %d %s", a.Code, a.Body)
	}
	if page := lina.page("/pacts"); !strings.Contains(page, "atlas.example leaves it.") {
		t.Error("the timeline does not say that we leave")
	}
}
