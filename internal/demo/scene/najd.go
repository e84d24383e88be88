package scene

import "github.com/mithaq-hub/mithaq/stix"

// A Site is one that an indicator names.
type Site struct {
	ID     stix.ID // of the indicator
	Domain string
}

// Najd returns what the liaison office collects: lodgings that do not exist.
func (s *Scene) Najd() []Part {
	parts, _ := s.lodgings()
	return parts
}

// Lodgings returns the part of it that concerns nobody, and the sites it names.
func (s *Scene) Lodgings() (Part, []Site) {
	parts, sites := s.lodgings()
	return parts[0], sites
}

func (s *Scene) lodgings() (parts []Part, named []Site) {
	m := s.maker(Najd, "lodging", "ar", "ar", "ar", "ar", "en")
	m.identity(Najd)
	campaigns := m.campaigns(10, lodging)
	sites := m.indicators(220, stix.TLPGreen, lodging, "domain-name:value", func(i int) string {
		named = append(named, Site{Domain: domain(m, hotelStems, 3000+i)})
		return named[len(named)-1].Domain
	})
	for i := range named {
		named[i].ID = sites[i]
	}
	m.indicators(90, stix.TLPGreen, payPages, "url:value", func(i int) string { return url(m, hotelStems, 3300+i) })
	m.ties(100, sites, "indicates", campaigns)
	m.sightings(20, sites)
	people := s.maker(Najd, "people", "ar", "ar", "ar", "en", "tr")
	people.indicators(60, stix.TLPAmber, senders, "email-addr:value", func(i int) string { return email(people, hotelStems, 500+i) })
	people.indicators(40, stix.TLPAmber, sellers, "phone-number:value", func(i int) string { return phone(500 + i) })
	people.notes(11, stix.TLPGreen, campaigns)
	people.reports(5, weekly[1:], campaigns)
	return []Part{m.part("lodging-open", Najd, false), people.part("lodging-people", Najd, true)}, named
}
