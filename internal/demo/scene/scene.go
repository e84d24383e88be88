// Package scene holds what the demonstration plays with: three fictional
// organisations that prepare a cup final, the pact between them, and what each
// of them knows. Everything is generated from one seed, so that each run of a
// day has the same bytes.
//
// Nobody and nothing in it is real. Addresses, domains and phone numbers are
// of the ranges kept for documentation and for drama: see values.go.
package scene

import (
	"time"

	"github.com/mithaq-hub/mithaq"
)

// The organisations.
const (
	Atlas    mithaq.OrgID = "atlas.example"    // the directorate that secures the event; Arabic
	Najd     mithaq.OrgID = "najd.example"     // a police liaison office; Arabic, Hijri dates beside
	Anatolia mithaq.OrgID = "anatolia.example" // a unit against cybercrime and fraud; Turkish
)

// Orgs lists the organisations in the order in which the story names them.
func Orgs() []mithaq.OrgID { return []mithaq.OrgID{Atlas, Najd, Anatolia} }

// Locales are the languages and habits of each desk.
var Locales = map[mithaq.OrgID]string{Atlas: "ar", Najd: "ar-SA", Anatolia: "tr"}

// What the three share for.
const (
	Purpose = mithaq.EventSecurity
	Basis   = "Protocol on the Final, 3" // a legal basis of the pact, by its reference
)

// daysBefore the final the story plays.
const daysBefore = 6

// A Scene is the world on one day.
type Scene struct {
	day time.Time // midnight UTC
}

// New sets the scene on the day of an instant. Two scenes of one day are equal.
func New(now time.Time) *Scene { return &Scene{now.UTC().Truncate(24 * time.Hour)} }

// Final returns when the final kicks off.
func (s *Scene) Final() time.Time { return s.day.AddDate(0, 0, daysBefore).Add(19 * time.Hour) }
