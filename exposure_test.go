package mithaq

import (
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq/stix"
)

// What may be used for detection, over every label there is and none.
func TestDetecting(t *testing.T) {
	ceilings := []stix.TLP{0, stix.TLPClear, stix.TLPGreen, stix.TLPAmber, stix.TLPAmberStrict, stix.TLPRed}
	for _, tlp := range ceilings {
		for pap := PAP(0); pap <= PAPRed; pap++ {
			for _, most := range ceilings {
				for _, e := range []Exposure{Search, Watch, Block, ""} {
					for state := HoldingState(0); state <= Erased; state++ {
						h := &Handling{TLP: tlp, PAP: pap, Purposes: []Purpose{NetworkDefence}}
						holdDetecting(t, h, state, Detecting{e, NetworkDefence, most})
					}
				}
			}
		}
	}
}

func holdDetecting(t *testing.T, h *Handling, state HoldingState, d Detecting) {
	t.Helper()
	allowed := d.Allows(h, state) == ""
	quiet := map[Exposure][]PAP{Search: {0, PAPClear, PAPGreen, PAPAmber, PAPRed}, Watch: {PAPClear, PAPGreen, PAPAmber}, Block: {PAPClear, PAPGreen}}
	want := state == Held && h.TLP != 0 && h.TLP != stix.TLPRed && h.TLP <= d.TLP && slices.Contains(quiet[d.Exposure], h.PAP)
	if allowed != want {
		t.Fatalf("%+v, %s, %+v: %v (%s)", h, state, d, allowed, d.Allows(h, state))
	}
	if !allowed {
		return
	}
	other, coded, bare := *h, *h, *h
	other.Purposes, coded.Codes, coded.Restriction, bare.Purposes = []Purpose{Fraud}, H3, "ask first", nil
	for why, x := range map[string]*Handling{"purpose": &other, "restriction": &coded} {
		if got := d.Allows(x, state); got != why {
			t.Fatalf("%+v is left for %q, want %s", x, got, why)
		}
	}
	if d.Allows(&bare, state) != "purpose" {
		t.Fatal("a holding without purposes is used")
	}
}
