package psi

import "github.com/mithaq-hub/mithaq"

// A Fault says what is wrong with a message, for code that must choose and for
// the sentence that a person sees. It unwraps to a mithaq.Kind.
type Fault string

// The faults.
const (
	Malformed     Fault = "malformed"      // not the one form that the message has
	WrongSuite    Fault = "wrong-suite"    // another PRF, mode or version than ours
	NotCanonical  Fault = "not-canonical"  // bytes that encode no element, or not in its one form
	Identity      Fault = "identity"       // the element that gives nothing away and takes nothing in
	Duplicate     Fault = "duplicate"      // twice what may be there once
	WrongCount    Fault = "wrong-count"    // another number than the message must have
	WrongInfo     Fault = "wrong-info"     // other parties, pact, type, purpose or epoch
	WrongKey      Fault = "wrong-key"      // not the key that was announced
	KeyChanged    Fault = "key-changed"    // a second key for one epoch
	OutOfTime     Fault = "out-of-time"    // outside the dates of the epoch
	WrongQuestion Fault = "wrong-question" // an answer or opening of another question
	BadProof      Fault = "bad-proof"      // the answer is not the announced key's
	SetChanged    Fault = "set-changed"    // rows that are not those that were committed
	BadRow        Fault = "bad-row"        // a row of the set that does not unseal
	BadOpening    Fault = "bad-opening"    // input and blind do not give what was asked
	BadIdentifier Fault = "bad-identifier" // not normalised, or no identifier of its type
	BadRecord     Fault = "bad-record"     // a record that must not be in a set
	NotOffered    Fault = "not-offered"    // withdrawn, but not in the set
	OverBudget    Fault = "over-budget"
	SetTooLarge   Fault = "set-too-large"
	Destroyed     Fault = "destroyed" // the key of an epoch that is over
)

var kinds = map[Fault]mithaq.Kind{
	WrongInfo: mithaq.Denied, KeyChanged: mithaq.Conflict, OutOfTime: mithaq.Expired, OverBudget: mithaq.Denied,
	SetTooLarge: mithaq.TooLarge, Destroyed: mithaq.Gone, NotOffered: mithaq.NotFound,
}

func (f Fault) Error() string { return "psi: " + string(f) }

// Unwrap gives the kind of trouble.
func (f Fault) Unwrap() error {
	if k, ok := kinds[f]; ok {
		return k
	}
	return mithaq.Invalid
}
