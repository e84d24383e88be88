package mithaq

import "slices"

// A TemplateKind names a usual sort of pact, from which a draft starts.
type TemplateKind string

// The templates.
const (
	DailyIndicators TemplateKind = "daily-indicators" // technical indicators, nothing about persons
	EventTemplate   TemplateKind = "event-security"   // a large event, persons included
	CaseTemplate    TemplateKind = "case-work"        // investigations, persons included, inquiries
	FeedTemplate    TemplateKind = "plain-feed"       // to a plain party
)

// Templates returns the kinds of template.
func Templates() []TemplateKind {
	return []TemplateKind{DailyIndicators, EventTemplate, CaseTemplate, FeedTemplate}
}

// Template returns the usual terms of a kind, which read as articles 1 to 12 and
// open every direction between the parties. What only the parties know is left
// open, and Check asks for it: legal and transfer basis, the term, and languages
// other than English.
func Template(kind TemplateKind) (Terms, error) {
	terms := Terms{
		Languages: []string{"en"}, Authoritative: "en",
		Purposes:   []Purpose{NetworkDefence, Cybercrime},
		Impersonal: ImpersonalTypes(),
		Review:     ReviewNone, Codes: H0 | H1 | H2, Urgencies: Routine | Urgent,
		Retention: Retention{Days: 180, ReviewDays: 30},
		Onward:    OnwardConsent, Court: CourtPermission,
		RecallHours: 24, NoticeDays: 30, AtEnd: EndErase,
	}
	flow := Flow{
		Types:    slices.Concat(impersonalTypes, []string{"report", "note"}),
		Subjects: SubjectNone, Ceiling: amber, Floor: Floor{SourceC, Info3},
	}
	switch kind {
	case DailyIndicators:
	case EventTemplate:
		terms.Purposes = []Purpose{EventSecurity, PublicSafety, Fraud}
		flow.admitPersons()
		terms.admitPersons()
	case CaseTemplate:
		terms.Purposes = []Purpose{CrimeInvestigation, OrganisedCrime, Fraud, MoneyLaundering}
		flow.admitPersons()
		terms.admitPersons()
		terms.Review = ReviewAlways
	case FeedTemplate:
		flow.Ceiling, terms.RecallHours = green, 0
	default:
		return Terms{}, invalidf("template", "no such kind %q", string(kind))
	}
	terms.Flows = []Flow{flow}
	return terms, nil
}

func (f *Flow) admitPersons() {
	f.Types = append(f.Types, "email-addr", "user-account", "threat-actor", "email-message")
	f.Subjects = SubjectNone | SubjectSuspect | SubjectConvicted | SubjectAssociate | SubjectOther
	f.Ceiling = amberStrict
	f.Floor = Floor{SourceB, Info3}
}

func (t *Terms) admitPersons() {
	t.Review, t.Codes = ReviewPersonal, H0|H1|H2|H3
	t.Urgencies |= Emergency
	t.Retention = Retention{Days: 90, ReviewDays: 14}
	t.RecallHours = 4
}

// AllowInquiries adds article 13 with the usual deadlines: 8 hours, 3 and 7 days.
func (t *Terms) AllowInquiries(kinds ...string) {
	t.Inquiries = &InquiryTerms{Kinds: kinds, Emergency: 8, Urgent: 72, Routine: 168}
}
