package mithaq

import (
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// An Exposure says how much others could notice of what is done with
// information.
type Exposure string

// The exposures, from the one that nobody can notice.
const (
	Search Exposure = "search" // in one's own logs and files
	Watch  Exposure = "watch"  // of live traffic, without touching it
	Block  Exposure = "block"  // or answer otherwise: whoever is blocked can notice
)

// Check says what is wrong with the exposure, if anything.
func (e Exposure) Check() error {
	if !slices.Contains([]Exposure{Search, Watch, Block}, e) {
		return invalidf("use", "want search, watch or block, have %q", string(e))
	}
	return nil
}

// Allows reports whether a label permits an exposure. PAP:RED is for one's own
// logs, off the network; PAP:AMBER for what stays passive; blocking asks for
// PAP:GREEN. A missing label is the strictest: it never means free.
func (p PAP) Allows(e Exposure) bool {
	switch e {
	case Search:
		return true
	case Watch:
		return p == PAPClear || p == PAPGreen || p == PAPAmber
	case Block:
		return p == PAPClear || p == PAPGreen
	}
	return false
}

// A Detecting is what information is to be used for, by machines of one's own.
type Detecting struct {
	Exposure Exposure
	Purpose  Purpose
	TLP      stix.TLP // the strictest that may be used; at most TLP:AMBER+STRICT, since a machine is nobody by name
}

// Allows says whether a holding may be used so. Why not is one word: state,
// tlp, pap, purpose, or restriction where H3 asks a person to read.
func (d Detecting) Allows(h *Handling, state HoldingState) (why string) {
	switch {
	case state != Held:
		return "state"
	case h.TLP == 0 || h.TLP > min(d.TLP, stix.TLPAmberStrict):
		return "tlp"
	case !h.PAP.Allows(d.Exposure):
		return "pap"
	case !slices.Contains(h.Purposes, d.Purpose):
		return "purpose"
	case h.Codes.Has(H3):
		return "restriction"
	}
	return ""
}
