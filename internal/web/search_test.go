package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// noted is a house in which a note of a case has words, of which Amal is a member and Salma is not.
func noted(t *testing.T, text string) (*house, stix.ID) {
	t.Helper()
	h := newHouse(t)
	lina := h.atlas.Legal()
	file := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(h.atlas.Now()), "ours", mithaq.Fraud, mithaq.LegalBasis{Ref: "Act 1"}, lina.Person, h.atlas.Analyst().Person)
	h.atlas.Write(func(tx *store.Tx) error { return h.atlas.Gate().OpenCase(tx, lina, file) })
	id, raw := note(500, text)
	_, err := h.atlas.Gate().Intake(context.Background(), h.atlas.Analyst(), strings.NewReader(raw), gate.Import{Profile: h.profile, Case: file.ID})
	h.must(err)
	h.must(h.atlas.Words().Follow(context.Background()))
	return h, id
}

func searched(text, more string) string { return "/items?value=" + url.QueryEscape(text) + more }

func TestWordsAreSearchedInAnySpelling(t *testing.T) {
	h, id := noted(t, "شبكة عبد اللطيف لتهريب الآثار، Kaçakçılık")
	amal := h.as("amal").withReason()
	for _, text := range []string{"عبداللطيف", "عبد اللطيف", "الاثار", "آثار شبكه", "kacakcilik", "KAÇAKÇILIK", "kacakc"} {
		if page := amal.page(searched(text, "")); !strings.Contains(page, string(id)) {
			t.Errorf("%q does not find the note", text)
		}
	}
	for _, more := range []string{"&type=note", "&giver=atlas.example", "&under=" + string(h.profile)} {
		if page := amal.page(searched("شبكة", more)); !strings.Contains(page, string(id)) {
			t.Errorf("narrowed by %s it is not found", more)
		}
	}
	for _, more := range []string{"&type=report", "&giver=najd.example", "&under=" + string(stix.NewID("x-mithaq-source"))} {
		if page := amal.page(searched("شبكة", more)); strings.Contains(page, string(id)) {
			t.Errorf("narrowed by %s it is found", more)
		}
	}
}

func TestWordsOfOtherPeoplesCasesAreNotFound(t *testing.T) {
	h, id := noted(t, "zanzibar")
	salma := h.as("salma").withReason()
	there, not := salma.get(searched("zanzibar", "")), salma.get(searched("mombasa0", ""))
	a, b := strings.ReplaceAll(there.Body.String(), "zanzibar", "mombasa0"), not.Body.String()
	if there.Code != not.Code || a != b || strings.Contains(a, string(id)) {
		t.Error("what she may not know of is told apart from what is not there")
	}
}

func TestASearchGoesOnWhereThePageEnded(t *testing.T) {
	h := newHouse(t)
	h.atlas.Import(h.profile, mithaqtest.Indicators(100, 70)...)
	h.must(h.atlas.Words().Follow(context.Background()))
	rami := h.as("rami").withReason()
	seen := map[string]bool{}
	for path := searched("ticket site", "&type=indicator"); path != ""; {
		page := rami.page(path)
		for n := 100; n < 170; n++ {
			if id := string(mithaqtest.IndicatorID(n)); strings.Contains(page, "/items/"+id) {
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
			}
		}
		path = olderPage(page)
	}
	if len(seen) != 70 {
		t.Errorf("%d of 70 found", len(seen))
	}
}

// olderPage is where the link to older items leads.
func olderPage(page string) string {
	before, _, found := strings.Cut(page, `">Older`)
	if !found {
		return ""
	}
	return strings.ReplaceAll(before[strings.LastIndex(before, `href="`)+len(`href="`):], "&amp;", "&")
}
