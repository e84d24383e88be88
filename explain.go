package mithaq

import (
	"iter"
	"slices"
	"strconv"
)

// A Clause is one clause of a pact as a reader's sentence. A clause that speaks
// of several parties or directions has several sentences.
type Clause struct {
	ID       ClauseID `json:"clause"`
	Sentence Message  `json:"sentence"`
}

// An Article is a numbered chapter of a pact.
type Article struct {
	Number  int      `json:"number"`
	Title   Message  `json:"title"`
	Clauses []Clause `json:"clauses"`
}

// ArticleTitle returns the title of an article by its number; 0 is that of the safeguards.
func ArticleTitle(number int) Message { return Say("article." + strconv.Itoa(number)) }

// Articles reads the pact as its articles: 1 to 12, then those that were agreed
// beyond them.
func (p *Pact) Articles() []Article {
	var articles []Article
	for _, clause := range p.Clauses() {
		n := clause.ID.Article()
		if len(articles) == 0 || articles[len(articles)-1].Number != n {
			articles = append(articles, Article{Number: n, Title: ArticleTitle(n)})
		}
		last := &articles[len(articles)-1]
		last.Clauses = append(last.Clauses, clause)
	}
	return articles
}

// Clauses reads the pact clause by clause, in reading order. The safeguards,
// which are no clauses of any pact, are not among them.
func (p *Pact) Clauses() []Clause {
	var clauses []Clause
	for c := range AllClauses() {
		for _, sentence := range p.read(c) {
			clauses = append(clauses, Clause{c, sentence})
		}
	}
	return clauses
}

// Safeguards reads what stands above every pact.
func Safeguards() []Clause {
	var clauses []Clause
	for c := range AllClauses() {
		if c.Safeguard() {
			clauses = append(clauses, Clause{c, clauseSays(c, "")})
		}
	}
	return clauses
}

// clauseSays returns the sentence of a clause, in one of its variants.
func clauseSays(c ClauseID, variant string, args ...any) Message {
	key := "clause." + c.String()
	if variant != "" {
		key += "." + variant
	}
	return Say(key, args...)
}

func one(m Message) []Message { return []Message{m} }

// readers read one clause each; a clause that always says the same has none.
var readers = map[ClauseID]func(*Pact) []Message{
	ClauseParties:    (*Pact).readParties,
	ClauseRoles:      (*Pact).readRoles,
	ClauseContacts:   (*Pact).readContacts,
	ClauseBasis:      (*Pact).readBasis,
	ClauseTransfer:   (*Pact).readTransfer,
	ClauseFrom:       func(p *Pact) []Message { return one(clauseSays(ClauseFrom, "", p.Terms.From)) },
	ClauseUntil:      func(p *Pact) []Message { return one(clauseSays(ClauseUntil, "", p.Terms.Until)) },
	ClauseLanguages:  (*Pact).readLanguages,
	ClausePurpose:    func(p *Pact) []Message { return one(clauseSays(ClausePurpose, "", purposeWords(p.Terms.Purposes))) },
	ClauseTypes:      func(p *Pact) []Message { return p.readFlows(ClauseTypes) },
	ClauseExtensions: func(p *Pact) []Message { return p.readFlows(ClauseExtensions) },
	ClauseSubjects:   func(p *Pact) []Message { return p.readFlows(ClauseSubjects) },
	ClauseTLP:        func(p *Pact) []Message { return p.readFlows(ClauseTLP) },
	ClauseEvaluation: func(p *Pact) []Message { return p.readFlows(ClauseEvaluation) },
	ClauseNature:     func(p *Pact) []Message { return p.readFlows(ClauseNature) },
	ClauseImpersonal: (*Pact).readImpersonal,
	ClauseReview:     func(p *Pact) []Message { return one(clauseSays(ClauseReview, p.Terms.Review.String())) },
	ClauseCodes:      func(p *Pact) []Message { return one(clauseSays(ClauseCodes, "", names(p.Terms.Codes.Words()))) },
	ClauseUrgency:    func(p *Pact) []Message { return one(p.Terms.saysUrgency()) },
	ClauseRetention:  func(p *Pact) []Message { return one(SayN("clause.9.1", p.Terms.Retention.Days)) },
	ClauseReviewDue:  (*Pact).readReviewDue,
	ClauseOnward:     func(p *Pact) []Message { return one(clauseSays(ClauseOnward, p.Terms.Onward.String())) },
	ClauseCourt:      func(p *Pact) []Message { return one(clauseSays(ClauseCourt, p.Terms.Court.String())) },
	ClauseRecall:     (*Pact).readRecall,
	ClauseSuspension: (*Pact).readSuspension,
	ClauseEnd:        (*Pact).readEnd,
	ClauseAfterEnd:   func(p *Pact) []Message { return one(clauseSays(ClauseAfterEnd, p.Terms.AtEnd.String())) },
	ClauseInquiries:  (*Pact).readInquiries,
	ClauseDeadlines:  (*Pact).readDeadlines,
	ClauseGrounds:    (*Pact).readGrounds,
	ClauseMatch:      (*Pact).readMatch,
	ClauseMatchSize:  (*Pact).readMatchSize,
	ClauseRooms:      (*Pact).readRooms,
}

// read returns the sentences of one clause.
func (p *Pact) read(c ClauseID) []Message {
	if c.Safeguard() {
		return nil
	}
	if reader, ok := readers[c]; ok {
		return reader(p)
	}
	return one(clauseSays(c, ""))
}

func (p *Pact) readParties() []Message {
	return list(p.Parties, func(party Party) Message {
		if party.Kind == Plain {
			return clauseSays(ClauseParties, "plain", Texts(party.Name), string(party.Org), party.Paper.String())
		}
		return clauseSays(ClauseParties, "", Texts(party.Name), string(party.Org), party.Card.Short())
	})
}

func (p *Pact) readRoles() []Message {
	return list(p.Parties, func(party Party) Message {
		return clauseSays(ClauseRoles, "", string(party.Org), wordsOf("party-role", party.Roles.Words()))
	})
}

func (p *Pact) readContacts() []Message {
	var sentences []Message
	for _, party := range p.Parties {
		for _, c := range party.Contacts {
			variant := ""
			if c.Always {
				variant = "always"
			}
			reach := names(slices.DeleteFunc([]string{c.Phone, c.Email}, func(s string) bool { return s == "" }))
			sentences = append(sentences, clauseSays(ClauseContacts, variant, string(party.Org), c.Desk, reach))
		}
	}
	return sentences
}

func (p *Pact) readBasis() []Message {
	return list(p.Terms.Basis, func(b LegalBasis) Message { return clauseSays(ClauseBasis, "", b.Ref, Texts(b.Text)) })
}

func (p *Pact) readTransfer() []Message {
	t := p.Terms.Transfer
	if t == nil {
		return one(clauseSays(ClauseTransfer, "none"))
	}
	return one(clauseSays(ClauseTransfer, "", t.Basis.Ref, Texts(t.Assurances)))
}

func (p *Pact) readLanguages() []Message {
	return one(clauseSays(ClauseLanguages, "", names(p.Terms.Languages), p.Terms.Authoritative))
}

// readFlows reads a clause of article 5: once where one flow joins all parties,
// else once for each flow.
func (p *Pact) readFlows(c ClauseID) []Message {
	return list(p.Terms.Flows, func(f Flow) Message { return f.says(c) })
}

// says reads one clause of article 5 for a flow's directions.
func (f *Flow) says(c ClauseID) Message {
	variant, args := f.detail(c)
	if len(f.From)+len(f.To) == 0 {
		return clauseSays(c, variant, args...)
	}
	return Say("clause.way", ends(f.From), ends(f.To), clauseSays(c, variant, args...))
}

func ends(orgs []OrgID) any {
	if len(orgs) == 0 {
		return word("party", "every")
	}
	return names(orgs)
}

func (f *Flow) detail(c ClauseID) (variant string, args []any) {
	switch c {
	case ClauseTypes:
		return "", []any{names(f.Types)}
	case ClauseExtensions:
		if len(f.Extensions) == 0 {
			return "none", nil
		}
		return "", []any{names(f.Extensions)}
	case ClauseSubjects:
		return "", []any{wordsOf("subject", f.Subjects.Words())}
	case ClauseTLP:
		return "", []any{f.Ceiling.String()}
	case ClauseEvaluation:
		return "", []any{f.Floor.Source.String(), f.Floor.Info.String()}
	}
	if f.FactsOnly {
		return "facts", nil
	}
	return "", nil
}

func (p *Pact) readImpersonal() []Message {
	if len(p.Terms.Impersonal) == 0 {
		return one(clauseSays(ClauseImpersonal, "none"))
	}
	return one(clauseSays(ClauseImpersonal, "", names(p.Terms.Impersonal)))
}

func (t *Terms) saysUrgency() Message {
	return clauseSays(ClauseUrgency, "", wordsOf("urgency", t.Urgencies.Words()))
}

func (p *Pact) readReviewDue() []Message {
	if p.Terms.Retention.ReviewDays == 0 {
		return one(clauseSays(ClauseReviewDue, "none"))
	}
	return one(SayN("clause.9.2", p.Terms.Retention.ReviewDays))
}

func (p *Pact) readRecall() []Message {
	if p.Terms.RecallHours == 0 {
		return one(clauseSays(ClauseRecall, "none"))
	}
	return one(SayN("clause.11.1", p.Terms.RecallHours))
}

func (p *Pact) readSuspension() []Message {
	if p.Terms.SuspendAll {
		return one(clauseSays(ClauseSuspension, "all"))
	}
	return one(clauseSays(ClauseSuspension, ""))
}

func (p *Pact) readEnd() []Message {
	if p.Terms.NoticeDays == 0 {
		return one(clauseSays(ClauseEnd, "none"))
	}
	return one(SayN("clause.12.2", p.Terms.NoticeDays))
}

func (p *Pact) readInquiries() []Message {
	if p.Terms.Inquiries == nil {
		return nil
	}
	return one(clauseSays(ClauseInquiries, "", names(p.Terms.Inquiries.Kinds)))
}

func (p *Pact) readDeadlines() []Message {
	q := p.Terms.Inquiries
	if q == nil {
		return nil
	}
	return one(clauseSays(ClauseDeadlines, "", q.Emergency, q.Urgent, q.Routine))
}

func (p *Pact) readGrounds() []Message {
	q := p.Terms.Inquiries
	switch {
	case q == nil:
		return nil
	case len(q.Grounds) == 0:
		return one(clauseSays(ClauseGrounds, "none"))
	}
	return one(clauseSays(ClauseGrounds, "", names(q.Grounds)))
}

func (p *Pact) readMatch() []Message {
	if p.Terms.Match == nil {
		return nil
	}
	return one(clauseSays(ClauseMatch, "", names(p.Terms.Match.Identifiers)))
}

func (p *Pact) readMatchSize() []Message {
	m := p.Terms.Match
	if m == nil {
		return nil
	}
	return one(clauseSays(ClauseMatchSize, "", m.PerDay, m.SetSize))
}

func (p *Pact) readRooms() []Message {
	if p.Terms.Rooms == nil {
		return nil
	}
	return one(clauseSays(ClauseRooms, "", names(p.Terms.Rooms.Capabilities), ends(p.Terms.Rooms.Members)))
}

// Keys yields every key of the catalogue that the words of this package say, so
// that a test can hold each language to having them.
func Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, key := range slices.Concat(clauseKeys(), reasonKeys(), wordKeys()) {
			if !yield(key) {
				return
			}
		}
	}
}

// variants are the keys of clauses beside the plain one of each.
var variants = map[ClauseID][]string{
	ClauseParties:    {"", "plain"},
	ClauseContacts:   {"", "always"},
	ClauseTransfer:   {"", "none"},
	ClauseExtensions: {"", "none"},
	ClauseNature:     {"", "facts"},
	ClauseImpersonal: {"", "none"},
	ClauseReview:     reviewWords.words,
	ClauseReviewDue:  {"", "none"},
	ClauseOnward:     onwardWords.words[1:],
	ClauseCourt:      courtWords.words,
	ClauseRecall:     {"", "none"},
	ClauseSuspension: {"", "all"},
	ClauseEnd:        {"", "none"},
	ClauseAfterEnd:   endWords.words,
	ClauseGrounds:    {"", "none"},
}

func clauseKeys() []string {
	keys := []string{"clause.way", "clause.closed"}
	for n := range 16 {
		keys = append(keys, ArticleTitle(n).Key)
	}
	for c := range AllClauses() {
		of, ok := variants[c]
		if !ok {
			of = []string{""}
		}
		for _, variant := range of {
			keys = append(keys, clauseSays(c, variant).Key)
		}
	}
	return keys
}

func texts[T ~string](of []T) []string {
	list := make([]string, 0, len(of))
	for _, v := range of {
		list = append(list, string(v))
	}
	return list
}

func wordKeys() []string {
	var keys []string
	for vocabulary, words := range map[string][]string{
		"subject": subjectWords.words, "onward": onwardWords.words, "urgency": urgencyWords.words,
		"state": stateWords.words, "party-role": partyRoleWords.words, "status": statusWords.words,
		"nature": natureWords.words, "party": {"every"},
		"label":  labelWords,
		"sought": soughtWords.words, "intended-use": usesWords.words, "worth": worthWords.words,
		"stage": texts(Stages()), "inquiry-step": texts(StepKinds()), "ground": texts(Grounds()),
	} {
		for _, w := range words {
			keys = append(keys, word(vocabulary, w).Key)
		}
	}
	for _, p := range purposes {
		keys = append(keys, purposeWord(p).Key)
	}
	slices.Sort(keys)
	return keys
}
