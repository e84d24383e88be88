package scene

import (
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Part is one file that an organisation imports, with the labels of its
// source. What is particular about single objects is in their own markings;
// what needs other labels is a part of its own.
type Part struct {
	Name     string // of the source
	Org      mithaq.OrgID
	Bundle   []byte // a STIX 2.1 bundle
	Objects  int
	Concerns bool // persons, or free text: one assessment covers all of it
	labels   mithaq.Handling
	byType   map[string]mithaq.Handling
}

// part wraps what a maker made.
func (m *maker) part(name string, org mithaq.OrgID, concerns bool) Part {
	p := Part{Name: name, Org: org, Bundle: m.bundle(), Objects: len(m.objects), Concerns: concerns, labels: standing(org)}
	if concerns {
		p.labels.Subjects = mithaq.SubjectSuspect
		p.byType = aboutNobody("report", "note", "relationship", "identity", "campaign")
	}
	return p
}

// standing are the labels that hold for all that an organisation imports.
func standing(org mithaq.OrgID) mithaq.Handling {
	return mithaq.Handling{
		TLP: stix.TLPGreen, PAP: mithaq.PAPAmber, Codes: mithaq.H1,
		Source: mithaq.SourceB, Info: mithaq.Info2,
		Subjects: mithaq.SubjectNone, Nature: mithaq.Fact,
		Purposes:   []mithaq.Purpose{mithaq.EventSecurity, mithaq.PublicSafety, mithaq.Fraud},
		Originator: org, RetainDays: 90, Onward: mithaq.OnwardGroup,
	}
}

// aboutNobody labels types that describe a matter rather than a person, as
// somebody's assessment.
func aboutNobody(types ...string) map[string]mithaq.Handling {
	labels := map[string]mithaq.Handling{}
	for _, typ := range types {
		labels[typ] = mithaq.Handling{Subjects: mithaq.SubjectNone, Nature: mithaq.Opinion}
	}
	return labels
}

// Profile returns the source profile that the part is imported under, unsigned.
func (p *Part) Profile(id stix.ID, at mithaq.Time, person mithaq.PersonID) *mithaq.SourceProfile {
	profile := mithaq.NewSourceProfile(id, at, p.Name)
	profile.Org, profile.Person = p.Org, person
	profile.Default, profile.ByType = p.labels, p.byType
	profile.Basis = mithaq.LegalBasis{Ref: Basis}
	return profile
}

// Answers are what the person who assessed a part that concerns persons said.
func Answers() mithaq.Answers {
	return mithaq.Answers{
		Act:       "Fraud with tickets and lodgings for the final",
		Provision: Basis,
		Facts:     "Complaints and payments of the three weeks before the final",
		Ordinary:  mithaq.Yes, Standing: mithaq.StandingOrdinary,
		Political: mithaq.No, Military: mithaq.No, Religious: mithaq.No, Racial: mithaq.No,
		Source: mithaq.Yes, Refused: mithaq.No, Obligations: mithaq.Yes,
	}
}

// Parts returns everything that an organisation imports, in order.
func (s *Scene) Parts(org mithaq.OrgID) []Part {
	switch org {
	case Atlas:
		return s.Atlas()
	case Najd:
		return s.Najd()
	case Anatolia:
		return s.Anatolia()
	}
	return nil
}

// identity makes the organisation itself. STIX 2.1, 4.6
func (m *maker) identity(org mithaq.OrgID) {
	lang := m.tongues[0]
	m.keep("identity", m.author, stix.TLPClear, fields{
		"name": names[org][lang], "lang": lang, "identity_class": "organization",
	})
}

// indicators make one indicator for each value. STIX 2.1, 4.7
func (m *maker) indicators(n int, tlp stix.TLP, texts []words, path string, value func(i int) string) []stix.ID {
	ids := make([]stix.ID, n)
	for i := range ids {
		from := m.recent()
		ids[i] = m.add("indicator", tlp, m.say(fields{
			"pattern": "[" + path + " = '" + value(i) + "']", "pattern_type": "stix",
			"valid_from": stamp(from), "valid_until": stamp(m.scene.Final().Add(72 * time.Hour)),
			"indicator_types": []string{"malicious-activity"},
		}, "name", texts))
	}
	return ids
}

func (m *maker) campaigns(n int, texts []words) []stix.ID {
	ids := make([]stix.ID, n)
	for i := range ids {
		ids[i] = m.add("campaign", stix.TLPGreen, m.say(fields{"first_seen": stamp(m.recent())}, "name", texts))
	}
	return ids
}

// notes make remarks about what is known. STIX 2.1, 4.11
func (m *maker) notes(n int, tlp stix.TLP, about []stix.ID) {
	for range n {
		m.add("note", tlp, m.say(fields{"object_refs": []stix.ID{pick(m, about)}}, "content", remarks))
	}
}

// reports gather what belongs together. STIX 2.1, 4.16
func (m *maker) reports(n int, texts []words, about []stix.ID) {
	for i := range n {
		refs := about[i*len(about)/n : (i+1)*len(about)/n]
		m.add("report", stix.TLPGreen, m.say(fields{
			"published": stamp(m.recent()), "report_types": []string{"campaign"},
			"object_refs": slices.Clone(refs),
		}, "name", texts))
	}
}

// sightings say where an indicator was seen. STIX 2.1, 5.2
func (m *maker) sightings(n int, of []stix.ID) {
	for range n {
		first := m.recent()
		m.add("sighting", stix.TLPGreen, fields{
			"sighting_of_ref": pick(m, of), "where_sighted_refs": []stix.ID{m.author},
			"first_seen": stamp(first), "last_seen": stamp(first.Add(time.Duration(m.dice.IntN(3600)) * time.Second)),
			"count": 1 + m.dice.IntN(40),
		})
	}
}

// ties relate n pairs, no pair twice.
func (m *maker) ties(n int, sources []stix.ID, how string, targets []stix.ID) {
	for i := range n {
		m.relate(sources[i%len(sources)], how, targets[(i+i/len(sources))%len(targets)])
	}
}
