package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// A HoldingState says where a holding stands in its life.
type HoldingState uint8

// The states; the zero value is "not known", and nothing in it crosses.
const (
	_          HoldingState = iota
	Held                    // in use
	Restricted              // kept, but only to settle a claim of the person concerned
	Disputed                // the person concerned says it is wrong
	Recalled                // taken back by its giver
	Lapsed                  // past its retention
	Erased                  // the bytes are gone
)

var stateWords = vocabulary{"holding state", []string{"held", "restricted", "disputed", "recalled", "lapsed", "erased"}}

func (s HoldingState) String() string { return stateWords.word(uint8(s)) }

// InUse reports whether people may still see a holding in this state.
func (s HoldingState) InUse() bool { return s == Held || s == Restricted || s == Disputed }

// MarshalText writes the state.
func (s HoldingState) MarshalText() ([]byte, error) { return stateWords.write(uint8(s)) }

// UnmarshalText reads the state.
func (s *HoldingState) UnmarshalText(text []byte) error { return readWord(&stateWords, s, text) }

// A Holding is an item as given by someone under something. What we had
// ourselves and what a partner sent back are two holdings of one item, each with
// its own handling, so that a partner cannot freeze what is ours.
type Holding struct {
	Item       ItemRef      `json:"item"`
	Giver      OrgID        `json:"giver"`                // ourselves for what is ours
	Under      stix.ID      `json:"under,omitzero"`       // the pact or source profile it came under
	Terms      Digest       `json:"terms,omitzero"`       // that pact's or profile's digest
	Case       stix.ID      `json:"case,omitzero"`        // why we hold it
	Envelope   stix.ID      `json:"envelope,omitzero"`    // what it arrived in
	Received   Time         `json:"received"`             // on the holder's clock
	Handling   Handling     `json:"handling"`             // as given, filled from the profile
	State      HoldingState `json:"state"`                // where it stands
	Recipients []PersonID   `json:"recipients,omitempty"` // named persons, for TLP:RED
}

// Check says what is wrong with the holding, if anything.
func (h *Holding) Check() error {
	var faults []error
	if h.Received.IsZero() {
		faults = append(faults, invalidf("received", "not said"))
	}
	if h.State == 0 {
		faults = append(faults, invalidf("state", "not said"))
	}
	return errors.Join(append(faults,
		inside("item", h.Item.Check()), inside("giver", h.Giver.Check()), inside("handling", h.Handling.Check()))...)
}

// ExpiresAt returns when the holding's retention ends: the earlier of its two
// limits, or the zero Time if it carries neither.
func (h *Holding) ExpiresAt() Time {
	until := h.Handling.RetainUntil
	if h.Handling.RetainDays > 0 {
		until = earliest(until, h.Received.Plus(days(h.Handling.RetainDays)))
	}
	return until
}
