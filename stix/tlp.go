package stix

import "fmt"

// TLP is a Traffic Light Protocol 2.0 label, ordered from open to closed.
type TLP uint8

// The labels; the zero value is "no label".
const (
	TLPUnknown TLP = iota
	TLPClear
	TLPGreen
	TLPAmber
	TLPAmberStrict
	TLPRed
)

var tlpNames = [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

func (t TLP) String() string {
	if int(t) < len(tlpNames) {
		return tlpNames[t]
	}
	return ""
}

// MarshalText writes the label.
func (t TLP) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the label.
func (t *TLP) UnmarshalText(text []byte) error {
	for i, name := range tlpNames {
		if name == string(text) {
			*t = TLP(i)
			return nil
		}
	}
	return fmt.Errorf("TLP %q: no such label", text)
}
