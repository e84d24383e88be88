package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// valuesOf are the fields of the form for a pact; draftOf is its inverse.
func valuesOf(p *mithaq.Pact) url.Values {
	t, f := &p.Terms, &p.Terms.Flows[0]
	v := url.Values{
		"lang": t.Languages, "authoritative": {t.Authoritative},
		"valid_from": {t.From.Format(time.DateOnly)}, "valid_until": {t.Until.Add(-time.Nanosecond).Format(time.DateOnly)},
		"type": f.Types, "extensions": {strings.Join(f.Extensions, ", ")}, "subject": f.Subjects.Words(), "tlp": {f.Ceiling.String()},
		"source": {f.Floor.Source.String()}, "info": {f.Floor.Info.String()}, "facts": flag(f.FactsOnly), "impersonal": t.Impersonal,
		"review": {t.Review.String()}, "code": t.Codes.Words(), "urgency": t.Urgencies.Words(),
		"days": number(t.Retention.Days), "review_days": number(t.Retention.ReviewDays), "onward": {t.Onward.String()}, "court": {t.Court.String()},
		"recall": number(t.RecallHours), "suspend_all": flag(t.SuspendAll), "notice": number(t.NoticeDays), "at_end": {t.AtEnd.String()},
	}
	for lang, title := range p.Title {
		v.Set("title."+lang, title)
	}
	for i := range p.Parties {
		addParty(v, &p.Parties[i])
	}
	for _, purpose := range t.Purposes {
		v.Add("purpose", string(purpose))
	}
	var basis []string
	for _, b := range t.Basis {
		basis = append(basis, b.Ref+": "+b.Text[t.Authoritative])
	}
	v.Set("basis", strings.Join(basis, "\n"))
	if t.Transfer != nil {
		v.Set("transfer.ref", t.Transfer.Basis.Ref)
		v.Set("transfer.text", t.Transfer.Assurances[t.Authoritative])
	}
	addOptional(v, t)
	return v
}

func addParty(v url.Values, p *mithaq.Party) {
	v.Add("party", string(p.Org))
	if p.Roles.Has(mithaq.Gives) {
		v.Add("gives", string(p.Org))
	}
	if p.Roles.Has(mithaq.Receives) {
		v.Add("receives", string(p.Org))
	}
}

// addOptional adds articles 13 to 15, with the usual deadlines and sizes where a
// pact has none of them.
func addOptional(v url.Values, t *mithaq.Terms) {
	q, m, r := t.Inquiries, t.Match, t.Rooms
	v["inquiries"], v["match"], v["rooms"] = flag(q != nil), flag(m != nil), flag(r != nil)
	if q == nil {
		usual := mithaq.Terms{}
		usual.AllowInquiries()
		q = usual.Inquiries
	}
	if m == nil {
		m = &mithaq.MatchTerms{PerDay: 100, SetSize: 10_000}
	}
	if r == nil {
		r = &mithaq.RoomTerms{}
	}
	v.Set("kinds", strings.Join(q.Kinds, ", "))
	v.Set("grounds", strings.Join(q.Grounds, "\n"))
	v["emergency"], v["urgent"], v["routine"] = number(q.Emergency), number(q.Urgent), number(q.Routine)
	v.Set("identifiers", strings.Join(m.Identifiers, ", "))
	v["per_day"], v["set_size"] = number(m.PerDay), number(m.SetSize)
	v.Set("capabilities", strings.Join(r.Capabilities, ", "))
}

func flag(on bool) []string {
	if on {
		return []string{"yes"}
	}
	return nil
}

func number(n int) []string { return []string{strconv.Itoa(n)} }

// A draftReader turns fields into terms, and notes those it cannot read.
type draftReader struct {
	url.Values
	faults []string
}

func (r *draftReader) number(name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(r.Get(name)))
	if err != nil || n < 0 || n > 10_000_000 {
		r.faults = append(r.faults, name)
	}
	return n
}

func (r *draftReader) day(name string) time.Time {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(r.Get(name)))
	if err != nil {
		r.faults = append(r.faults, name)
	}
	return t
}

// word reads a word of a vocabulary; the zero value, which no pact may say, for
// what is none.
func (r *draftReader) word(name string, into interface{ UnmarshalText([]byte) error }) {
	if into.UnmarshalText([]byte(r.Get(name))) != nil {
		r.faults = append(r.faults, name)
	}
}

// set reads the words that are ticked.
func (r *draftReader) set(name string, into interface{ UnmarshalJSON([]byte) error }) {
	quoted := make([]string, len(r.Values[name]))
	for i, w := range r.Values[name] {
		quoted[i] = strconv.Quote(w)
	}
	if into.UnmarshalJSON([]byte("["+strings.Join(quoted, ",")+"]")) != nil {
		r.faults = append(r.faults, name)
	}
}

// list reads names parted by commas.
func (r *draftReader) list(name string) []string { return parted(r.Get(name), ",") }

func parted(text, by string) (list []string) {
	for one := range strings.SplitSeq(text, by) {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// draftOf is the pact that the form says, and the fields that cannot be read.
func draftOf(values url.Values, b *base, now mithaq.Time) (*mithaq.Pact, []string) {
	r := &draftReader{Values: values}
	terms := r.terms(b)
	parties := r.parties(b)
	title := map[string]string{}
	for _, lang := range terms.Languages {
		if said := strings.TrimSpace(r.Get("title." + lang)); said != "" {
			title[lang] = said
		}
	}
	p := mithaq.NewPact(stix.NewID(mithaq.TypePact), now, title, parties, terms)
	if b.text != nil {
		p = b.text.Pact.Next(now, parties, terms)
		if b.text.Status == mithaq.Drafted { // nobody has seen it: it is written anew
			p.Version, p.Previous = b.text.Pact.Version, b.text.Pact.Previous
		}
		p.Title = title
	}
	return p, r.faults
}

func (r *draftReader) parties(b *base) (list []mithaq.Party) {
	for _, p := range b.parties {
		org := string(p.Org)
		if p.Org != b.ours && !slices.Contains(r.Values["party"], org) {
			continue
		}
		if p.Roles &^= mithaq.Gives | mithaq.Receives; slices.Contains(r.Values["gives"], org) {
			p.Roles |= mithaq.Gives
		}
		if slices.Contains(r.Values["receives"], org) {
			p.Roles |= mithaq.Receives
		}
		list = append(list, p)
	}
	return list
}

func (r *draftReader) terms(b *base) mithaq.Terms {
	t := mithaq.Terms{
		Languages: r.Values["lang"], Authoritative: r.Get("authoritative"),
		From: mithaq.At(r.day("valid_from")), Until: mithaq.At(r.day("valid_until").AddDate(0, 0, 1)),
		Impersonal: r.Values["impersonal"], Retention: mithaq.Retention{Days: r.number("days"), ReviewDays: r.number("review_days")},
		RecallHours: r.number("recall"), SuspendAll: r.Has("suspend_all"), NoticeDays: r.number("notice"),
	}
	for _, p := range r.Values["purpose"] {
		t.Purposes = append(t.Purposes, mithaq.Purpose(p))
	}
	r.word("review", &t.Review)
	r.word("onward", &t.Onward)
	r.word("court", &t.Court)
	r.word("at_end", &t.AtEnd)
	r.set("code", &t.Codes)
	r.set("urgency", &t.Urgencies)
	t.Flows = []mithaq.Flow{r.flow()}
	r.basis(&t, b)
	r.optional(&t)
	return t
}

func (r *draftReader) flow() mithaq.Flow {
	f := mithaq.Flow{Types: r.Values["type"], Extensions: r.list("extensions"), FactsOnly: r.Has("facts")}
	r.set("subject", &f.Subjects)
	r.word("tlp", &f.Ceiling)
	r.word("source", &f.Floor.Source)
	r.word("info", &f.Floor.Info)
	return f
}

// basis reads article 2, in the authoritative language; what the text before said
// in others stays beside the same reference.
func (r *draftReader) basis(t *mithaq.Terms, b *base) {
	var before mithaq.Terms
	if b.text != nil {
		before = b.text.Pact.Terms
	}
	for _, line := range parted(r.Get("basis"), "\n") {
		ref, text, _ := strings.Cut(line, ": ")
		one := mithaq.LegalBasis{Ref: strings.TrimSpace(ref), Text: map[string]string{}}
		for _, old := range before.Basis {
			if old.Ref == one.Ref {
				one.Text = maps.Clone(old.Text)
			}
		}
		one.Text[t.Authoritative] = strings.TrimSpace(text)
		t.Basis = append(t.Basis, one)
	}
	if r.Get("transfer.ref")+r.Get("transfer.text") == "" {
		return
	}
	t.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: strings.TrimSpace(r.Get("transfer.ref"))}, Assurances: map[string]string{}}
	if old := before.Transfer; old != nil && old.Basis.Ref == t.Transfer.Basis.Ref {
		t.Transfer = &mithaq.Transfer{Basis: old.Basis, Assurances: maps.Clone(old.Assurances)}
	}
	t.Transfer.Assurances[t.Authoritative] = strings.TrimSpace(r.Get("transfer.text"))
}

func (r *draftReader) optional(t *mithaq.Terms) {
	if r.Has("inquiries") {
		t.Inquiries = &mithaq.InquiryTerms{
			Kinds: r.list("kinds"), Emergency: r.number("emergency"), Urgent: r.number("urgent"), Routine: r.number("routine"),
			Grounds: parted(r.Get("grounds"), "\n"),
		}
	}
	if r.Has("match") {
		t.Match = &mithaq.MatchTerms{Identifiers: r.list("identifiers"), PerDay: r.number("per_day"), SetSize: r.number("set_size")}
	}
	if r.Has("rooms") {
		t.Rooms = &mithaq.RoomTerms{Capabilities: r.list("capabilities")}
	}
}
