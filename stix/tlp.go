package stix

import (
	"fmt"
	"strings"
)

// TLP is a level of the Traffic Light Protocol. The levels are in order of
// strictness; the zero TLP is the absence of a level, and never means free.
type TLP uint8

const (
	TLPClear TLP = iota + 1
	TLPGreen
	TLPAmber
	TLPAmberStrict
	TLPRed
)

var tlpNames = [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

// String is the label as FIRST writes it, "" for no level. TLP 2.0, 2
func (t TLP) String() string {
	if int(t) >= len(tlpNames) {
		return ""
	}
	return tlpNames[t]
}

// ParseTLP reads a label with or without "TLP:", in any case. WHITE of TLP 1
// is CLEAR.
func ParseTLP(s string) (TLP, error) {
	word := strings.ToUpper(strings.TrimSpace(s))
	word = strings.TrimSpace(strings.TrimPrefix(word, "TLP:"))
	if word == "WHITE" {
		return TLPClear, nil
	}
	for t := TLPClear; t <= TLPRed; t++ {
		if tlpNames[t][len("TLP:"):] == word {
			return t, nil
		}
	}
	return 0, fmt.Errorf("stix: %q is not a TLP label", s)
}

// MarshalText writes the label.
func (t TLP) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a label; empty text is no level.
func (t *TLP) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*t = 0
		return nil
	}
	*t, err = ParseTLP(string(b))
	return err
}

// StrictestTLP is the strictest of the levels, 0 where there is none.
func StrictestTLP(levels ...TLP) TLP {
	var strictest TLP
	for _, t := range levels {
		strictest = max(strictest, t)
	}
	return strictest
}

// The extension that carries TLP 2.0 in marking definitions, and the time at
// which OASIS made them. (OASIS common object repository, tlp-2.0)
const (
	TLP2Extension ID = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

	tlp1Created = "2017-01-20T00:00:00.000Z"
	tlp2Created = "2022-10-01T00:00:00.000Z"
)

// The standard marking definitions of TLP 2.0, by level.
var tlp2IDs = [...]ID{
	TLPClear:       "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	TLPGreen:       "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	TLPAmber:       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	TLPAmberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	TLPRed:         "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// A tlp1 is one of the four marking definitions of TLP 1. STIX 2.1, 7.2.1
type tlp1 struct {
	level TLP
	id    ID
	color string
}

var tlp1s = [...]tlp1{
	{TLPClear, "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "white"},
	{TLPGreen, "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"},
	{TLPAmber, "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "amber"},
	{TLPRed, "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"},
}

var tlpByID = func() map[ID]TLP {
	m := make(map[ID]TLP)
	for t := TLPClear; t <= TLPRed; t++ {
		m[tlp2IDs[t]] = t
	}
	for _, t := range tlp1s {
		m[t.id] = t.level
	}
	return m
}()

// MarkingID is the TLP 2.0 marking definition of a level, "" for no level.
func MarkingID(t TLP) ID {
	if int(t) >= len(tlp2IDs) {
		return ""
	}
	return tlp2IDs[t]
}

// MarkingDefinition is the TLP 2.0 marking definition of a level as OASIS
// publishes it, nil for no level. (OASIS common object repository, tlp-2.0)
func MarkingDefinition(t TLP) []byte {
	if MarkingID(t) == "" {
		return nil
	}
	return []byte(`{"type":"marking-definition","spec_version":"2.1","id":"` + string(MarkingID(t)) +
		`","created":"` + tlp2Created + `","name":"` + t.String() + `","extensions":{"` + string(TLP2Extension) +
		`":{"extension_type":"property-extension","tlp_2_0":"` + strings.ToLower(t.String()[len("TLP:"):]) + `"}}}`)
}

// TLPOf is the level of a standard marking definition, of TLP 1 or TLP 2.0.
func TLPOf(id ID) (TLP, bool) {
	t, ok := tlpByID[id]
	return t, ok
}

// TLP is the strictest level that marks the object or any part of it; false
// where none does.
func (o *Object) TLP() (TLP, bool) {
	var strictest TLP
	for _, id := range o.MarkingRefs() {
		strictest = max(strictest, tlpByID[id])
	}
	for _, g := range o.GranularMarkings() {
		strictest = max(strictest, tlpByID[g.MarkingRef])
	}
	return strictest, strictest != 0
}

func tlp1Name(t tlp1) string { return "TLP:" + strings.ToUpper(t.color) }
