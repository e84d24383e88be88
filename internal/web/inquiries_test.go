package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
)

// What a partner asks is read, compared with ours, accepted and answered from its page.
func TestAQuestionIsAnsweredFromItsPage(t *testing.T) {
	h := newHouse(t)
	rami := h.as("rami").withReason() // a releaser
	path := "/inquiries/" + string(h.theirs)
	if list := rami.page("/inquiries"); !strings.Contains(list, path) || !strings.Contains(list, "Najd") && !strings.Contains(list, "najd.example") {
		t.Error("the inbox does not show what najd asks")
	}
	page := rami.page(path)
	for _, want := range []string{"Where is it?", "13.2", "In common with ours", string(h.indicator), `name="ground"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the thread has no %q", want)
		}
	}
	if strings.Contains(page, "&lt;bdi") {
		t.Error("the thread shows mark-up as text")
	}
	if a := rami.post(path+"/step", "step", "accepted", "registry", "R-1"); a.Code != http.StatusSeeOther {
		t.Fatalf("accept: %d %s", a.Code, a.Body)
	}
	if a := rami.post(path+"/step", "step", "answer", "text", "<script>in Rabat</script>", "granted", "proceedings"); a.Code != http.StatusSeeOther {
		t.Fatalf("answer: %d %s", a.Code, a.Body)
	}
	if page := rami.page(path); strings.Contains(page, "<script>in") || !strings.Contains(page, "in Rabat") {
		t.Error("what is said is not shown as text")
	}
	if a := rami.post(path+"/step", "step", "answer", "text", "again"); a.Code != http.StatusConflict {
		t.Errorf("answered twice: %d", a.Code)
	}
}

// A question is written in the form, seen as a draft, and sent; who is in no case asks nothing.
func TestAQuestionIsAskedFromItsPage(t *testing.T) {
	h := newHouse(t)
	amal := h.as("amal").withReason()
	form := amal.page("/ask")
	file := regexp.MustCompile(`name="case" required><option value="([^"]+)"`).FindStringSubmatch(form)
	if file == nil {
		t.Fatal("the form offers no case")
	}
	fields := []string{
		"pact", string(h.pact), "to", "najd.example", "kind", "hosting", "case", file[1], "purpose", string(mithaqtest.Purpose), "basis", mithaqtest.Basis,
		"urgency", "routine", "facts", "A site.\r\nAnother.", "question", "Whose?", "link", "Yours", "use", "intelligence", "subject", "none", "language", "en",
	}
	a := amal.post("/ask", fields...)
	draft := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(draft, "/inquiries/") {
		t.Fatalf("%d %q %s", a.Code, draft, a.Body)
	}
	if a := amal.post(draft + "/submit"); a.Code != http.StatusSeeOther {
		t.Fatalf("send: %d %s", a.Code, a.Body)
	}
	if page := amal.page(draft); !strings.Contains(page, "Withdraw") && !strings.Contains(page, "withdraw") {
		t.Error("what was sent cannot be withdrawn")
	}
	for _, bad := range [][]string{{"subject", `no"ne`}, {"case", "x"}} {
		if a := amal.post("/ask", append([]string{bad[0], bad[1]}, fields...)...); a.Code < 400 {
			t.Errorf("%v is taken: %d", bad, a.Code)
		}
	}
	if a := amal.post(draft + "/paint"); a.Code != http.StatusNotFound {
		t.Errorf("an unknown button: %d", a.Code)
	}
}
