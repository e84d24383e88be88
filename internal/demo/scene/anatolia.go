package scene

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Stay is an object of Anatolia's that must not cross, and the clause of the
// pact that keeps it.
type Stay struct {
	ID     stix.ID
	Clause mithaq.ClauseID
}

// ticketFraud is Anatolia's list, with the places in it that the story needs.
type ticketFraud struct {
	parts  []Part
	stays  []Stay
	names  map[stix.ID]string // of what stays
	victim stix.ID
	number string
}

// Anatolia returns the ticket-fraud list, 2,400 objects in three parts.
func (s *Scene) Anatolia() []Part { return s.ticketFraud().parts }

// Stays returns the three objects of Anatolia's that do not cross: a note that
// may not leave the house, a minor who was a victim, and a number with words of
// restriction.
func (s *Scene) Stays() []Stay { return s.ticketFraud().stays }

// Victim returns the indicator whose phone number turns out to be a victim's,
// and the number.
func (s *Scene) Victim() (indicator stix.ID, number string) {
	list := s.ticketFraud()
	return list.victim, list.number
}

// Seller returns a phone number on the list that is nobody's but a seller's.
func Seller() string { return phone(1) }

func (s *Scene) ticketFraud() *ticketFraud {
	list := &ticketFraud{names: map[stix.ID]string{}}
	campaigns := list.open(s)
	list.people(s, campaigns)
	list.restricted(s)
	return list
}

// open is what concerns nobody: shops, pages, servers.
func (list *ticketFraud) open(s *Scene) (campaigns []stix.ID) {
	m := s.maker(Anatolia, "open", "tr", "tr", "tr", "en", "ar", "fr")
	m.identity(Anatolia)
	campaigns = m.campaigns(24, waves)
	shops := m.indicators(520, stix.TLPGreen, fakeShops, "domain-name:value", func(i int) string { return domain(m, ticketStems, i) })
	pages := m.indicators(240, stix.TLPAmber, payPages, "url:value", func(i int) string { return url(m, ticketStems, 600+i) })
	servers := m.indicators(100, stix.TLPGreen, hosts, "ipv4-addr:value", ipv4)
	var places []stix.ID
	for i := range 60 {
		places = append(places, m.add("infrastructure", stix.TLPGreen, m.say(fields{"infrastructure_types": []string{"phishing"}}, "name", hosts)))
		m.relate(campaigns[i%len(campaigns)], "uses", places[i])
	}
	for i := range 220 {
		m.relate(places[i%len(places)], "consists-of", m.observe("domain-name", stix.TLPGreen, domain(m, ticketStems, 1000+i)))
	}
	for i := range 180 {
		m.observe("ipv4-addr", stix.TLPGreen, ipv4(100+i))
	}
	for i := range 40 {
		m.observe("ipv6-addr", stix.TLPGreen, ipv6(i))
	}
	m.ties(60, shops, "indicates", campaigns)
	m.ties(50, pages, "indicates", campaigns)
	m.ties(30, servers, "indicates", places)
	m.sightings(40, shops)
	list.parts = append(list.parts, m.part("ticket-fraud-open", Anatolia, false))
	return campaigns
}

// people is what concerns persons, and the texts about it.
func (list *ticketFraud) people(s *Scene, campaigns []stix.ID) {
	m := s.maker(Anatolia, "people", "tr", "tr", "tr", "en", "ar", "fr")
	phones := m.indicators(170, stix.TLPAmber, sellers, "phone-number:value", phone)
	m.indicators(130, stix.TLPAmber, accounts, "bank-account:iban", iban)
	boxes := m.indicators(160, stix.TLPAmber, senders, "email-addr:value", func(i int) string { return email(m, ticketStems, i) })
	m.ties(29, boxes, "indicates", campaigns)
	m.notes(39, stix.TLPGreen, campaigns)
	const text = "Kaynakla görüşme sürüyor; bu not birim dışına çıkmaz."
	inside := m.add("note", stix.TLPAmberStrict, fields{"lang": "tr", "object_refs": []stix.ID{campaigns[0]}, "content": text})
	m.reports(24, weekly, campaigns)
	list.victim, list.number = phones[17], phone(17)
	list.stays = append(list.stays, Stay{inside, mithaq.ClauseTLP})
	list.names[inside] = text
	list.parts = append(list.parts, m.part("ticket-fraud-people", Anatolia, true))
}

// restricted is what came in confidence, with labels of its own.
func (list *ticketFraud) restricted(s *Scene) {
	m := s.maker(Anatolia, "restricted", "tr")
	number := m.indicators(1, stix.TLPAmber, sellers, "phone-number:value", func(int) string { return phone(400) })
	const complainant = "Şikâyetçi 0417"
	minor := m.add("identity", stix.TLPAmber, fields{
		"lang": "tr", "identity_class": "individual",
		"name": complainant, "description": "Sahte bilet alan, 16 yaşında; adı birimde saklı.",
	})
	part := m.part("ticket-fraud-confidential", Anatolia, true)
	part.byType = map[string]mithaq.Handling{
		"indicator": {Codes: mithaq.H1 | mithaq.H3, Restriction: "Yalnızca kaynak biriminin yazılı izniyle kullanılır."},
		"identity":  {Subjects: mithaq.SubjectVictim | mithaq.SubjectMinor},
	}
	list.names[minor], list.names[number[0]] = complainant, phone(400)
	list.stays = append(list.stays, Stay{minor, mithaq.ClauseSubjects}, Stay{number[0], mithaq.ClauseCodes})
	list.parts = append(list.parts, part)
}

// Names returns what the three objects that stay are called, for a reader.
func (s *Scene) Names() map[stix.ID]string {
	list := s.ticketFraud()
	return list.names
}
