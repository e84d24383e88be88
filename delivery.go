package mithaq

import "github.com/mithaq-hub/mithaq/stix"

// A DeliveryState says how far a release has come to one partner.
type DeliveryState uint8

// The states.
const (
	_            DeliveryState = iota
	Waiting                    // queued, not yet on the way
	Sent                       // handed over, no receipt yet
	Acknowledged               // a receipt says it is stored
	PartRefused                // stored in part, with reasons for the rest
	Refused                    // the partner's gate refused all of it
	Stopped                    // suspended, recalled or ended before it left
)

var deliveryWords = vocabulary{"delivery state", []string{"waiting", "sent", "acknowledged", "part-refused", "refused", "stopped"}}

func (s DeliveryState) String() string { return deliveryWords.word(uint8(s)) }

// MarshalText writes the state.
func (s DeliveryState) MarshalText() ([]byte, error) { return deliveryWords.write(uint8(s)) }

// UnmarshalText reads the state.
func (s *DeliveryState) UnmarshalText(text []byte) error { return readWord(&deliveryWords, s, text) }

// A Delivery is a release's way to one partner.
type Delivery struct {
	Release   stix.ID       `json:"release"`
	To        OrgID         `json:"to"`
	Envelopes []stix.ID     `json:"envelopes,omitempty"`
	State     DeliveryState `json:"state"`
	Accepted  int           `json:"accepted"`
	Refused   int           `json:"refused"`
	At        Time          `json:"at"` // of the last change
}
