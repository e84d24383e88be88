package scene

import (
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// Technical is what technical knowledge from a published source is shared for.
const Technical = mithaq.NetworkDefence

// TechnicalProfile returns the labels of a published technical source: anybody
// may have it, and it describes no person. Contributors are credited by name in
// a field of their own.
func TechnicalProfile(name string, org mithaq.OrgID) *mithaq.SourceProfile {
	p := mithaq.NewSourceProfile("", mithaq.Time{}, name)
	p.Org, p.Basis, p.Credited = org, mithaq.LegalBasis{Ref: Basis}, []string{"x_mitre_contributors"}
	p.Default = mithaq.Handling{
		TLP: stix.TLPClear, PAP: mithaq.PAPClear, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info2,
		Subjects: mithaq.SubjectNone, Nature: mithaq.Fact, Originator: org,
		Purposes: []mithaq.Purpose{Technical, mithaq.Cybercrime}, RetainDays: 365, Onward: mithaq.OnwardOpen,
	}
	return p
}

// TechnicalPact drafts a pact for technical knowledge of some types and
// extensions. Types that always bear a person are not in it.
func (s *Scene) TechnicalPact(types, extensions []string) func(id stix.ID, at mithaq.Time, parties ...mithaq.Party) *mithaq.Pact {
	terms := s.Terms()
	terms.Inquiries, terms.Match = nil, nil
	daily, err := mithaq.Template(mithaq.DailyIndicators)
	if err != nil {
		panic(err) // a template of our own
	}
	terms.Purposes, terms.Flows, terms.Retention = daily.Purposes, daily.Flows, daily.Retention
	flow := &terms.Flows[0]
	flow.Subjects, flow.Extensions = mithaq.SubjectNone|mithaq.SubjectSuspect, extensions
	for _, typ := range types {
		if mithaq.BearsPerson(typ) || mithaq.IsControl(typ) || slices.Contains(flow.Types, typ) {
			continue
		}
		flow.Types = append(flow.Types, typ)
		if strings.HasPrefix(typ, "x-") {
			terms.Impersonal = append(slices.Clone(terms.Impersonal), typ)
		}
	}
	return func(id stix.ID, at mithaq.Time, parties ...mithaq.Party) *mithaq.Pact {
		return mithaq.NewPact(id, at, map[string]string{
			"ar": "ميثاق المؤشرات التقنية", "en": "Pact on technical indicators", "tr": "Teknik Göstergeler Anlaşması",
		}, parties, terms)
	}
}

// TechnicalAnswers are what the person said who looked at the addresses that a
// technical source names: those that attackers used.
func TechnicalAnswers() mithaq.Answers {
	a := Answers()
	a.Act, a.Facts = "Attacks on computer systems", "Addresses that attackers used, as the source describes them"
	return a
}
