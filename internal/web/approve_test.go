package web_test

import (
	"context"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// signed is what a telephone answers to the page that asks for an approval.
func (b *browser) signed(p *passkeytest.Authenticator, path string, fields ...string) string {
	b.h.t.Helper()
	answer, err := p.Get(b.asks(path, fields...))
	b.h.must(err)
	return string(answer)
}

// waitsFor makes one more release that waits for a second person.
func (h *house) waitsFor(id stix.ID) stix.ID {
	h.t.Helper()
	all, err := h.atlas.Gate().Propose(context.Background(), h.atlas.Analyst(), mithaqtest.Ask(h.pact, gate.Selection{IDs: []stix.ID{id}}))
	h.must(err)
	return all[0].Release.ID
}

func TestASecondPersonApprovesByPasskeyOnThePage(t *testing.T) {
	h := newKeyHouse(t)
	h.atlas.Import(h.profile, mithaqtest.Indicator(21))
	waits := h.waitsFor(mithaqtest.IndicatorID(21))
	path := "/releases/" + string(waits)
	salma, phone := h.byName("salma"), telephone()
	if page := salma.page(path); !strings.Contains(page, "You have no passkey yet") || strings.Contains(page, path+"/approve") {
		t.Errorf("without a passkey: %s", page)
	}
	if a := salma.post(path + "/approve"); a.Code != http.StatusForbidden {
		t.Errorf("without a passkey: %d", a.Code)
	}
	salma.register(phone, "telephone")
	if page := salma.page(path); !strings.Contains(page, `action="`+path+`/approve"`) {
		t.Fatalf("a founder's first passkey does not approve: %s", page)
	}
	answer := salma.signed(phone, path+"/approve")
	if a := salma.post(path+"/approve", "answer", answer); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	h.w.Settle()
	if !h.najd.Has(mithaqtest.IndicatorID(21)) {
		t.Error("it did not go")
	}
	if page := salma.page(path); !strings.Contains(page, "Approved and signed by") {
		t.Error("the page does not say who approved")
	}
	if a := salma.post(path+"/approve", "answer", answer); a.Code != http.StatusConflict {
		t.Errorf("a second time: %d", a.Code)
	}
}

func TestNoOtherAnswerApproves(t *testing.T) {
	h := newKeyHouse(t)
	h.atlas.Import(h.profile, mithaqtest.Indicator(22))
	other := h.waitsFor(mithaqtest.IndicatorID(22))
	path, elsewhere := "/releases/"+string(h.waits)+"/approve", "/releases/"+string(other)+"/approve"
	salma, phone := h.byName("salma"), telephone()
	salma.register(phone, "telephone")
	if a := salma.post(path, "answer", salma.signed(phone, elsewhere)); a.Code != http.StatusUnauthorized {
		t.Errorf("an answer for another release: %d", a.Code)
	}
	if a := salma.post(path, "answer", salma.answer(phone)); a.Code != http.StatusUnauthorized {
		t.Errorf("a sign-in: %d", a.Code)
	}
	for what, spoil := range map[string]func(p *passkeytest.Authenticator){
		"another origin":     func(p *passkeytest.Authenticator) { p.Origin = "http://" + host },
		"nobody was checked": func(p *passkeytest.Authenticator) { p.Unverified = true },
	} {
		wrong := *phone
		spoil(&wrong)
		if a := salma.post(path, "answer", salma.signed(&wrong, path)); a.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, a.Code)
		}
	}
	for _, answer := range []string{"x", "{}", strings.Repeat("{", 1<<17)} {
		if a := salma.post(path, "answer", answer); a.Code != http.StatusUnauthorized {
			t.Errorf("%.5q: %d", answer, a.Code)
		}
	}
	amal, theirs := h.byName("amal"), telephone()
	amal.register(theirs, "telephone")
	if a := amal.post(path); a.Code != http.StatusForbidden {
		t.Errorf("the proposer: %d", a.Code)
	}
	if a := amal.post(path, "answer", salma.signed(phone, path)); a.Code != http.StatusUnauthorized && a.Code != http.StatusForbidden {
		t.Errorf("with another's answer: %d", a.Code)
	}
	rami := h.byName("rami")
	rami.register(telephone(), "telephone")
	if a := rami.post(path, "answer", salma.signed(phone, path)); a.Code != http.StatusUnauthorized {
		t.Errorf("a second person with a third's answer: %d", a.Code)
	}
	if all := h.releases(); all[1].State != gate.Proposed {
		t.Errorf("it went: %s", all[1].State)
	}
	if page := h.as("salma").page("/me"); page == "" {
		t.Error("no page")
	}
}

// Where passkeys do not work, the page says where they do, and asks for none.
func TestAPasskeyIsNotAskedForWhereItDoesNotWork(t *testing.T) {
	h := newKeyHouse(t)
	h.byName("salma").register(telephone(), "telephone")
	h.byName("lina").register(telephone(), "telephone")
	h.atlas.Write(func(tx *store.Tx) error { // as if their first links had come by the other name
		_, err := tx.Exec("UPDATE account_passkey SET created = created + 3600000000")
		return err
	})
	salma, lina := h.as("salma"), h.as("lina")
	for path, b := range map[string]*browser{"/releases/" + string(h.waits) + "/approve": salma, "/pacts/" + string(h.pact) + "/resume": lina} {
		if a := b.post(path); a.Code != http.StatusServiceUnavailable || !strings.Contains(a.Body.String(), "http://"+named) {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
}

// A passkey that came later rests for a day: whoever put it there is seen first.
func TestALaterPasskeyRestsForADay(t *testing.T) {
	h := newKeyHouse(t)
	h.atlas.Write(func(tx *store.Tx) error {
		return tx.Note("account.set-up", mithaq.At(tx.Now().Add(-25*time.Hour)).String())
	})
	salma, phone := h.byName("salma"), telephone()
	salma.register(phone, "telephone")
	path := "/releases/" + string(h.waits)
	if page := salma.page(path); !strings.Contains(page, "approves nothing for a day") {
		t.Errorf("%s", page)
	}
	if a := salma.post(path + "/approve"); a.Code != http.StatusForbidden {
		t.Errorf("%d", a.Code)
	}
}

func TestAReviewShowsWhatIsDifferentFromWhatTheyHave(t *testing.T) {
	h := newHouse(t)
	h.atlas.Import(h.profile, mithaqtest.Indicator(23))
	items := append(h.numbers(h.indicator)[:1], h.numbers(mithaqtest.IndicatorID(23))...) // they have the second version of the first
	all, err := h.atlas.Gate().Propose(context.Background(), h.atlas.Analyst(), mithaqtest.Ask(h.pact, gate.Selection{Items: items}))
	h.must(err)
	page := h.as("salma").page("/releases/" + string(all[0].Release.ID))
	for _, want := range []string{"1 item is new to them.", "1 changes what they have.", "<del><bdi>ticket site 1, version 1</bdi></del>", "<ins><bdi>ticket site 1, version 0</bdi></ins>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the review lacks %q: %s", want, page)
		}
	}
	if page := h.as("salma").page("/releases/" + string(h.waits)); !strings.Contains(page, "1 they have just so.") {
		t.Error("what they have is not said")
	}
}

// numbers are the node's numbers of an object's versions, the oldest first.
func (h *house) numbers(id stix.ID) (list []int64) {
	h.atlas.Read(func(tx *store.Tx) error {
		all, err := h.atlas.Store().Versions(tx, h.atlas.Analyst(), id)
		for i := range all {
			list = append(list, all[i].Seq)
		}
		return err
	})
	return list
}

// A second passkey is added by whoever has the first, not by whoever has the cookie.
func TestASecondPasskeyIsConfirmedWithTheFirst(t *testing.T) {
	h := newKeyHouse(t)
	amal, phone := h.byName("amal"), telephone()
	amal.register(phone, "telephone")
	if page := amal.post("/me/passkeys", "name", "key").Body.String(); !strings.Contains(page, "Is it you?") || !strings.Contains(page, `data-do="get"`) {
		t.Fatalf("a second passkey is not confirmed: %s", page)
	}
	thief := telephone()
	_, err := thief.Get([]byte("{}"))
	if err == nil {
		t.Fatal("an empty telephone answers")
	}
	answer := amal.signed(phone, "/me/passkeys", "name", "key")
	if a := amal.post("/me/passkeys", "name", "another", "answer", answer); a.Code != http.StatusUnauthorized {
		t.Errorf("confirmed for another name: %d", a.Code)
	}
	if a := amal.post("/me/passkeys", "name", "key", "answer", answer); a.Code != http.StatusUnauthorized {
		t.Errorf("an answer that was used up: %d", a.Code)
	}
	answer = amal.signed(phone, "/me/passkeys", "name", "key")
	a := amal.post("/me/passkeys", "name", "key", "answer", answer)
	m := asked.FindStringSubmatch(a.Body.String())
	if a.Code != http.StatusOK || m == nil {
		t.Fatalf("confirmed: %d %s", a.Code, a.Body)
	}
	second := telephone()
	made, err := second.Create([]byte(html.UnescapeString(m[1])))
	h.must(err)
	if a := amal.post("/me/passkeys/answer", "answer", string(made)); a.Code != http.StatusSeeOther {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if page := amal.page("/me"); len(regexp.MustCompile(`action="/me/passkeys/remove"`).FindAllString(page, -1)) != 2 {
		t.Error("there are not two")
	}
}
