package mithaq

import (
	"fmt"
	"slices"
	"strings"
)

// A Purpose says what information may be used for. The published list below is
// extended by purposes that begin with "x-" and mean what the parties wrote down.
type Purpose string

// The published purposes.
const (
	CrimePrevention     Purpose = "crime-prevention"
	CrimeInvestigation  Purpose = "crime-investigation"
	Prosecution         Purpose = "prosecution" // use before a court
	CounterTerrorism    Purpose = "counter-terrorism"
	OrganisedCrime      Purpose = "organised-crime"
	HumanTrafficking    Purpose = "human-trafficking"
	ChildProtection     Purpose = "child-protection"
	MissingPersons      Purpose = "missing-persons"
	Fraud               Purpose = "fraud"
	MoneyLaundering     Purpose = "money-laundering"
	TerroristFinancing  Purpose = "terrorist-financing"
	AssetRecovery       Purpose = "asset-recovery"
	Cybercrime          Purpose = "cybercrime"
	NetworkDefence      Purpose = "network-defence"
	EventSecurity       Purpose = "event-security"
	PublicSafety        Purpose = "public-safety"
	CivilProtection     Purpose = "civil-protection"
	PlatformSafety      Purpose = "platform-safety"
	ThreatResearch      Purpose = "threat-research"
	TrainingAndExercise Purpose = "training-and-exercise"
)

var purposes = []Purpose{
	CrimePrevention, CrimeInvestigation, Prosecution, CounterTerrorism, OrganisedCrime,
	HumanTrafficking, ChildProtection, MissingPersons, Fraud, MoneyLaundering,
	TerroristFinancing, AssetRecovery, Cybercrime, NetworkDefence, EventSecurity,
	PublicSafety, CivilProtection, PlatformSafety, ThreatResearch, TrainingAndExercise,
}

// Purposes returns the published list.
func Purposes() []Purpose { return slices.Clone(purposes) }

// Check says what is wrong with the purpose, if anything.
func (p Purpose) Check() error {
	own, extended := strings.CutPrefix(string(p), "x-")
	if slices.Contains(purposes, p) || extended && plainLabel(own) {
		return nil
	}
	return fmt.Errorf("purpose %q: want one of the published list, or x- and a name of lower-case letters, digits and hyphens: %w", string(p), Invalid)
}
