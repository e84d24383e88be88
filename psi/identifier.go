package psi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Type says what sort of identifier is matched.
type Type string

// The types. How each is normalised is in docs/matching.md.
const (
	Phone         Type = "phone"
	Email         Type = "email"
	IBAN          Type = "iban"
	Account       Type = "account"    // BIC/number, for banks without IBAN
	Document      Type = "document"   // state:number
	Plate         Type = "plate"      // country:plate
	NameBirth     Type = "name-birth" // a canonical key of the package names, with a date
	CryptoAddress Type = "crypto-address"
	FileHash      Type = "file-hash" // algorithm:digits
	Domain        Type = "domain"
	IP            Type = "ip"
)

// A rule is all there is to know about a type. The version is raised whenever
// normalise would answer otherwise than before, also because a kind of
// stix/value does; a test holds those it builds on to the versions they had.
type rule struct {
	version   int
	normalise func(string) (string, error)
}

var rules = map[Type]rule{
	Phone:         {1, kind(value.Phone)},
	Email:         {1, kind(value.Email)},
	IBAN:          {1, kind(value.IBAN)},
	Account:       {1, account},
	Document:      {1, document},
	Plate:         {1, plate},
	NameBirth:     {1, nameBirth},
	CryptoAddress: {1, kind(value.CryptoAddress)},
	FileHash:      {1, fileHash},
	Domain:        {1, kind(value.Domain)},
	IP:            {1, address},
}

// Types lists all types in alphabetical order.
func Types() []Type { return slices.Sorted(maps.Keys(rules)) }

// Scheme is the type with the version of its normaliser here; empty when the
// type is unknown.
func (t Type) Scheme() Scheme {
	r, ok := rules[t]
	if !ok {
		return ""
	}
	return Scheme(string(t) + "/" + strconv.Itoa(r.version))
}

// A Scheme is a type with the version of its normaliser, such as "phone/1".
// Both sides must have the same, since it is normalised bytes that match.
type Scheme string

// Type is the scheme's type.
func (s Scheme) Type() Type {
	t, _, _ := strings.Cut(string(s), "/")
	return Type(t)
}

// Check says whether identifiers are normalised so here.
func (s Scheme) Check() error {
	if ours := s.Type().Scheme(); ours == "" || ours != s {
		return fmt.Errorf("type %.40q, here it is %q: %w", string(s), ours, WrongInfo)
	}
	return nil
}

// MaxInput bounds an Input, in bytes.
const MaxInput = 512

// An Input is what the PRF is asked about: type ‖ 0x00 ‖ normalised value.
// Make one with Read.
type Input string

// Read normalises an identifier. The error unwraps to BadIdentifier, says why,
// and does not repeat the identifier.
func Read(t Type, text string) (Input, error) {
	r, ok := rules[t]
	if !ok {
		return "", fmt.Errorf("identifier of unknown type %.40q: %w", string(t), BadIdentifier)
	}
	normal, err := r.normalise(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w: %w", t, BadIdentifier, err)
	}
	in := Input(string(t) + "\x00" + normal)
	if len(in) > MaxInput {
		return "", fmt.Errorf("%s: %d bytes, at most %d: %w", t, len(in), MaxInput, BadIdentifier)
	}
	return in, nil
}

// Type is the type that the input names.
func (in Input) Type() Type {
	t, _, _ := strings.Cut(string(in), "\x00")
	return Type(t)
}

// Value is the normalised value.
func (in Input) Value() string {
	_, v, _ := strings.Cut(string(in), "\x00")
	return v
}

// Check refuses what Read would not give.
func (in Input) Check() error {
	again, err := Read(in.Type(), in.Value())
	if err != nil {
		return err
	}
	if again != in {
		return fmt.Errorf("%s: not normalised: %w", in.Type(), BadIdentifier)
	}
	return nil
}

// holds refuses an input of another type than the scheme's, or longer than the
// PRF is asked about. That it is normalised is what Read is for.
func (s Scheme) holds(in Input) error {
	if len(in) > MaxInput || in.Type() != s.Type() || in.Value() == "" {
		return fmt.Errorf("input of type %.40q where %s is asked, or too long: %w", in.Type(), s, BadIdentifier)
	}
	return nil
}

// kind takes the normaliser that indicators are compared by.
func kind(k value.Kind) func(string) (string, error) {
	return func(text string) (string, error) { return value.Normalise(k, text) }
}
