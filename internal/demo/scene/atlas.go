package scene

import (
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// Atlas returns what the directorate watches: the stadium's systems, and the air above it.
func (s *Scene) Atlas() []Part {
	m := s.maker(Atlas, "stadium", "ar", "ar", "ar", "en", "fr")
	m.identity(Atlas)
	probes := m.indicators(200, stix.TLPGreen, venue[1:], "ipv4-addr:value", func(i int) string { return ipv4(400 + i) })
	passes := m.indicators(180, stix.TLPGreen, venue[:1], "domain-name:value", func(i int) string { return domain(m, venueStems, 2000+i) })
	m.indicators(60, stix.TLPAmber, venue[:1], "url:value", func(i int) string { return url(m, venueStems, 2300+i) })
	places := m.places()
	m.flights(80, 40, places)
	m.sightings(20, passes)
	texts := s.maker(Atlas, "texts", "ar", "ar", "ar", "en")
	texts.notes(12, stix.TLPGreen, probes)
	texts.reports(8, weekly[1:], passes)
	return []Part{m.part("stadium-watch", Atlas, false), texts.part("stadium-texts", Atlas, true)}
}

// places make the zones of the venue. STIX 2.1, 4.10
func (m *maker) places() []stix.ID {
	var ids []stix.ID
	for _, zone := range zones {
		lang := m.tongue()
		ids = append(ids, m.add("location", stix.TLPGreen, fields{"name": zone[lang], "lang": lang, "region": "northern-africa"}))
	}
	return ids
}

// flights make sightings of drones by the radio signal in which they name
// themselves. STIX 2.1, 4.14
func (m *maker) flights(n, machines int, places []stix.ID) {
	var signals []stix.ID
	for i := range machines {
		signals = append(signals, m.observe("mac-addr", stix.TLPGreen, mac(i)))
	}
	for i := range n {
		first := m.recent()
		seen := m.add("observed-data", stix.TLPGreen, fields{
			"first_observed": stamp(first), "last_observed": stamp(first.Add(time.Duration(30+m.dice.IntN(600)) * time.Second)),
			"number_observed": 1 + m.dice.IntN(20), "object_refs": []stix.ID{signals[i%machines]},
			"labels": []string{"drone"},
		})
		m.add("relationship", stix.TLPGreen, m.say(fields{
			"relationship_type": "related-to", "source_ref": seen, "target_ref": pick(m, places),
		}, "description", drones))
	}
}
