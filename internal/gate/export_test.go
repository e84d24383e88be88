package gate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// hunting is an indicator of a domain, with what is put before its end.
func hunting(n int, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"%s","created":"2026-03-01T10:00:00.000Z","modified":"2026-03-01T10:00:00.000Z",`+
		`"name":"x","pattern":"[domain-name:value = 'n%d.example']","pattern_type":"stix","valid_from":"2026-03-01T10:00:00Z"%s}`, indicatorID(n), n, more)
}

func exported(t *testing.T, n *node, v mithaq.Viewer, how Exporting) (ids []stix.ID, out *Exported, err error) {
	t.Helper()
	how.Take = func(o *stix.Object, h *mithaq.Handling) {
		if h == nil || h.PAP == 0 && how.Use.Exposure != mithaq.Search {
			t.Errorf("%s was taken without its label", o.ID())
		}
		ids = append(ids, o.ID())
	}
	out, err = n.Export(context.Background(), v, how)
	return ids, out, err
}

func TestExportsKeepTheLabels(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	for i, edit := range []func(*mithaq.Handling){
		func(*mithaq.Handling) {}, // 1
		func(h *mithaq.Handling) { h.PAP = mithaq.PAPAmber },
		func(h *mithaq.Handling) { h.PAP = mithaq.PAPRed },
		func(h *mithaq.Handling) { h.PAP = 0 },
		func(h *mithaq.Handling) { h.TLP = stix.TLPAmberStrict }, // 5
		func(h *mithaq.Handling) { h.Purposes = []mithaq.Purpose{mithaq.Fraud} },
		func(h *mithaq.Handling) { h.Codes, h.Restriction = mithaq.H3, "ask first" },
	} {
		profile := a.profile(func(p *mithaq.SourceProfile) { edit(&p.Default) })
		a.take21(profile, hunting(i+1, ""))
	}
	profile := a.profile(nil)
	a.take21(profile, hunting(8, `,"revoked":true`), hunting(9, `,"valid_until":"2026-11-24T09:00:00Z"`), hunting(10, `,"valid_until":"2026-11-24T09:00:01Z"`),
		strings.ReplaceAll(hunting(11, ""), `"valid_from":"2026-03-01T10:00:00Z"`, `"valid_from":"2027-03-01T10:00:00Z"`), hunting(12, ""))
	a.take21(profile, strings.ReplaceAll(hunting(12, `,"revoked":true`), `"modified":"2026-03-01`, `"modified":"2026-03-02`))
	for _, row := range []struct {
		use  mithaq.Exposure
		tlp  stix.TLP
		ids  []int
		left map[string]int
	}{
		{mithaq.Block, stix.TLPGreen, []int{1, 10}, map[string]int{"pap": 3, "tlp": 1, "purpose": 1, "restriction": 1, "revoked": 2, "expired": 1, "not-yet": 1}},
		{mithaq.Watch, stix.TLPRed, []int{1, 2, 5, 10}, map[string]int{"pap": 2, "purpose": 1, "restriction": 1, "revoked": 2, "expired": 1, "not-yet": 1}},
		{mithaq.Search, stix.TLPRed, []int{1, 2, 3, 4, 5, 10}, map[string]int{"purpose": 1, "restriction": 1, "revoked": 2, "expired": 1, "not-yet": 1}},
		{mithaq.Search, stix.TLPClear, nil, map[string]int{"tlp": 11}},
	} {
		ids, out, err := exported(t, a, a.analyst(), Exporting{Use: mithaq.Detecting{Exposure: row.use, TLP: row.tlp}, Format: "text"})
		var want []stix.ID
		for _, n := range row.ids {
			want = append(want, indicatorID(n))
		}
		if err != nil || !slices.Equal(ids, want) || row.tlp != stix.TLPClear && !maps.Equal(out.Left, row.left) {
			t.Errorf("%s: %v %+v, %v", row.use, ids, out, err)
		}
	}
}

// No purpose, no file; without a reason nothing about persons; and every export is an entry.
func TestExportsAreReadsWithAPurpose(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	a.take21(a.profile(nil), hunting(1, ""), strings.ReplaceAll(hunting(2, ""), "domain-name:value = 'n2.example'", "email-addr:value = 'n2@evil.example'"))
	use := Exporting{Use: mithaq.Detecting{Exposure: mithaq.Watch, TLP: stix.TLPRed}, Format: "text"}
	for _, strip := range []func(*mithaq.Viewer){
		func(v *mithaq.Viewer) { v.Purpose = "" }, func(v *mithaq.Viewer) { v.Basis = "" },
	} {
		v := a.analyst()
		strip(&v)
		if ids, _, err := exported(t, a, v, use); err == nil {
			t.Errorf("%+v got %v", v, ids)
		}
	}
	unreasoned := a.analyst()
	unreasoned.Reason = ""
	before := len(a.entries())
	ids, out, err := exported(t, a, unreasoned, use)
	if err != nil || !slices.Equal(ids, []stix.ID{indicatorID(1)}) || out.Personal != 0 || out.Read != 1 {
		t.Errorf("without a reason: %v %+v %v", ids, out, err)
	}
	ids, out, err = exported(t, a, a.analyst(), use)
	if err != nil || len(ids) != 2 || out.Personal != 1 {
		t.Errorf("with a reason: %v %+v %v", ids, out, err)
	}
	if kinds := a.entries()[before:]; !slices.Equal(kinds, []string{"read", "read"}) {
		t.Errorf("entered %v", kinds)
	}
	outsider := person(atlas, 9, mithaq.Administrator)
	if ids, _, err := exported(t, a, outsider, use); err != nil || len(ids) > 0 {
		t.Errorf("an administrator gets %v, %v", ids, err)
	}
	if _, _, err := exported(t, a, a.analyst(), Exporting{Use: mithaq.Detecting{Exposure: "guess"}}); err == nil {
		t.Error("a use that there is not was taken")
	}
}
