package shelf

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/taxii"
)

// What clients hold on to outlives the process that gave it out.
func TestStatusesAndCursorsOutliveARestart(t *testing.T) {
	b := newBench(t)
	s := b.post(indicator(1, first, ""), indicator(2, first, ""), indicator(3, first, ""))
	_, next := b.ids(&tool, "?limit=1")
	b.s = New(Config{Gate: b.g, Org: org})
	b.srv = taxii.Handler(b.s, nil)
	if w := b.do(&tool, http.MethodGet, "/own/status/"+s.ID+"/", ""); w.Code != http.StatusOK {
		t.Errorf("the status: %d %s", w.Code, w.Body)
	}
	if got, _ := b.ids(&tool, "?next="+next); !slices.Equal(got, []string{"2@20", "3@20"}) {
		t.Errorf("going on: %v", got)
	}
	for what, forged := range map[string]string{"cut": next[:len(next)-1], "changed": "B" + next[1:], "of nobody": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if w := b.do(&tool, http.MethodGet, b.objects()+"?next="+forged, ""); w.Code != http.StatusBadRequest {
			t.Errorf("a next that is %s: %d %s", what, w.Code, w.Body)
		}
	}
	was := now
	t.Cleanup(func() { now = was })
	now = now.Add(keep + time.Second)
	if w := b.do(&tool, http.MethodGet, "/own/status/"+s.ID+"/", ""); w.Code != http.StatusNotFound {
		t.Errorf("a status of the day before yesterday: %d", w.Code)
	}
}

func TestAnEnvelopeThatCannotBeReadIsRefusedWhole(t *testing.T) {
	b := newBench(t)
	one := indicator(1, first, "")
	for _, body := range []string{
		``, `{}`, `[]`, `[` + one + `]`, `{"objects":[]}`, `{"objects":{}}`, `{"objects":[` + one, `{"objects":[` + one + `]} x`,
		`{"objects":[` + one + `],"objects":[` + one + `]}`, `"objects"`, one,
	} {
		if w := b.do(&tool, http.MethodPost, b.objects(), body); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%.40s: %d %s", body, w.Code, w.Body)
		}
	}
	if got, _ := b.ids(&tool, ""); len(got) != 0 {
		t.Errorf("kept: %v", got)
	}
}
