package scene

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

var names = map[mithaq.OrgID]words{
	Atlas:    in4("أطلس، مديرية أمن الفعاليات", "Atlas, direction de la sécurité des événements", "Atlas, event security directorate", "Atlas, Etkinlik Güvenliği Müdürlüğü"),
	Najd:     in4("نجد، مكتب الارتباط الأمني", "Najd, bureau de liaison policière", "Najd, police liaison office", "Necd, Polis İrtibat Bürosu"),
	Anatolia: in4("الأناضول، وحدة الجرائم الإلكترونية والاحتيال", "Anatolie, unité cybercriminalité et fraude", "Anatolia, cyber and fraud unit", "Anadolu, Siber Suçlar ve Dolandırıcılık Birimi"),
}

var short = map[mithaq.OrgID]words{
	Atlas:    in4("أطلس", "Atlas", "Atlas", "Atlas"),
	Najd:     in4("نجد", "Najd", "Najd", "Necd"),
	Anatolia: in4("الأناضول", "Anatolie", "Anatolia", "Anadolu"),
}

var desks = map[mithaq.OrgID]mithaq.Contact{
	Atlas:    {Desk: "غرفة العمليات", Phone: "+447700900801", Email: "desk@atlas.example", Always: true},
	Najd:     {Desk: "المكتب المناوب", Phone: "+447700900802", Email: "desk@najd.example", Always: true},
	Anatolia: {Desk: "Nöbetçi masa", Phone: "+447700900803", Email: "desk@anatolia.example", Always: true},
}

// Name returns what a desk calls an organisation, in a language.
func Name(org mithaq.OrgID, lang string) string { return short[org][lang] }

// FullName returns what an organisation calls itself, in a language.
func FullName(org mithaq.OrgID, lang string) string { return names[org][lang] }

// Desk returns where people reach an organisation.
func Desk(org mithaq.OrgID) mithaq.Contact { return desks[org] }

// Title returns the title of the pact by language.
func Title() map[string]string {
	return map[string]string{
		"ar": "ميثاق تأمين النهائي", "en": "Pact for the safety of the final", "tr": "Finalin Güvenliği Anlaşması",
	}
}

// Party returns an organisation as a party of the pact, by its keys.
func Party(org mithaq.OrgID, fingerprint, card mithaq.Digest) mithaq.Party {
	return mithaq.Party{
		Org: org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives,
		Name:        map[string]string{"ar": names[org]["ar"], "en": names[org]["en"], "tr": names[org]["tr"]},
		Fingerprint: fingerprint, Card: card, Contacts: []mithaq.Contact{desks[org]},
	}
}

// Terms returns what the three agreed: the twelve usual articles, and those on
// inquiries and matching, from the day before the story until a month after the
// final.
func (s *Scene) Terms() mithaq.Terms {
	terms, err := mithaq.Template(mithaq.EventTemplate)
	if err != nil {
		panic(err) // a template of our own
	}
	terms.From, terms.Until = mithaq.At(s.day.AddDate(0, 0, -1)), mithaq.At(s.day.AddDate(0, 0, daysBefore+30))
	terms.Languages, terms.Authoritative = []string{"ar", "en", "tr"}, "ar"
	terms.Basis = []mithaq.LegalBasis{{Ref: Basis, Text: map[string]string{
		"ar": "البروتوكول المشترك لتأمين النهائي، المادة 3",
		"en": "Joint protocol for the safety of the final, article 3",
		"tr": "Finalin güvenliğine ilişkin ortak protokol, 3. madde",
	}}}
	terms.Transfer = &mithaq.Transfer{
		Basis: mithaq.LegalBasis{Ref: "Protocol on the Final, 7"},
		Assurances: map[string]string{
			"ar": "تطبّق كل جهة الضمانات الواردة في الملحق ب، ويُبلَّغ كل شخص معني بعد انتهاء الفعالية.",
			"en": "Each side applies the safeguards of annex B, and each person concerned is told after the event.",
			"tr": "Her taraf ek B'deki güvenceleri uygular; ilgili kişiler etkinlikten sonra bilgilendirilir.",
		},
	}
	terms.Codes = mithaq.H0 | mithaq.H1 | mithaq.H2 // nothing with words that only a person can follow
	terms.Flows[0].Ceiling = stix.TLPAmber
	terms.AllowInquiries(hosting)
	terms.Match = &mithaq.MatchTerms{Identifiers: []string{"domain", "ip"}, PerDay: 1000, SetSize: 1000}
	return terms
}

// Pact drafts the pact of the three.
func (s *Scene) Pact(id stix.ID, at mithaq.Time, parties ...mithaq.Party) *mithaq.Pact {
	return mithaq.NewPact(id, at, Title(), parties, s.Terms())
}
