package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// A draftField is one field of the form.
type draftField struct {
	Kind    string // line, text, number, day, flag, one, some or many
	Name    string
	Label   string // what it says
	Hint    bool   // the catalogue has a sentence about what is wanted
	Value   string
	Options []draftOption
	Fault   bool
}

// A draftOption is one choice, in the words of the pact where it has some.
type draftOption struct {
	Value string
	Said  string
	On    bool
}

// draftLayout is the form, article by article: the kind of each field, its name and
// how its choices are said.
var draftLayout = []struct {
	article int
	fields  []string // kind name vocabulary
}{
	{1, []string{"some party org", "some gives org", "some receives org"}},
	{2, []string{"text basis", "line transfer.ref", "text transfer.text"}},
	{3, []string{"day valid_from", "day valid_until", "some lang language", "one authoritative language"}},
	{4, []string{"many purpose purpose"}},
	{5, []string{"many type type", "line extensions", "some subject subject", "one tlp bare", "one source bare", "one info bare", "flag facts clause.5.6.facts"}},
	{6, []string{"many impersonal type"}},
	{7, []string{"each review clause.7.1"}},
	{8, []string{"some code bare", "some urgency urgency"}},
	{9, []string{"number days", "number review_days"}},
	{10, []string{"each onward clause.10.1", "each court clause.10.2"}},
	{11, []string{"number recall"}},
	{12, []string{"flag suspend_all clause.12.1.all", "number notice", "each at_end clause.12.3"}},
	{13, []string{"flag inquiries", "line kinds", "number emergency", "number urgent", "number routine", "text grounds"}},
	{14, []string{"flag match", "line identifiers", "number per_day", "number set_size"}},
	{15, []string{"flag rooms", "line capabilities"}},
}

// hinted are the fields whose form needs a sentence.
var hinted = []string{"basis", "transfer.ref", "extensions", "kinds", "grounds", "identifiers", "capabilities", "impersonal", "lang", "recall", "subject", "routine"}

// choices are the words that a field can have.
func (b *base) choices(name string) []string {
	switch name {
	case "party", "gives", "receives":
		var list []string
		for _, p := range b.parties {
			if name != "party" || p.Org != b.ours {
				list = append(list, string(p.Org))
			}
		}
		return list
	case "lang", "authoritative":
		return say.Languages
	case "purpose":
		return texts(mithaq.Purposes())
	case "type":
		return draftTypes()
	case "impersonal":
		return mithaq.ImpersonalTypes()
	}
	return draftWords[name]
}

// draftWords are the words of small vocabularies, as the pact writes them.
var draftWords = map[string][]string{
	"subject": mithaq.Subjects(1<<11 - 1).Words(),
	"tlp":     {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"},
	"source":  {"A", "B", "C", "X"},
	"info":    {"1", "2", "3", "4"},
	"review":  {"none", "four-eyes-for-personal-data", "four-eyes"},
	"code":    mithaq.Codes(15).Words(),
	"urgency": mithaq.Urgencies(7).Words(),
	"onward":  {"within-group", "with-consent", "never"},
	"court":   {"yes", "with-permission", "never"},
	"at_end":  {"keep-until-retention", "erase"},
}

// draftTypes are those that a pact usually speaks of: what cannot name a person,
// and what bears one.
func draftTypes() []string {
	list := append(mithaq.ImpersonalTypes(), "report", "note", "opinion", "threat-actor", "user-account", "email-addr", "email-message", "incident")
	slices.Sort(list)
	return list
}

// draftArticles lays the form out, with what was said and where it does not fit.
func draftArticles(v *visit, b *base, values url.Values, faults []string) []draftArticle {
	list := []draftArticle{{0, nil}}
	for _, lang := range say.Languages {
		if slices.Contains(values["lang"], lang) || lang == v.say.Lang() {
			list[0].Fields = append(list[0].Fields, draftField{
				Kind: "line", Name: "title." + lang, Label: v.say.T("web.draft.title", v.say.Word("language", lang)), Value: values.Get("title." + lang),
				Fault: slices.Contains(faults, "title") && values.Get("title."+lang) == "",
			})
		}
	}
	for _, a := range draftLayout {
		one := draftArticle{Number: a.article}
		for _, said := range a.fields {
			part := strings.Fields(said + " -")
			one.Fields = append(one.Fields, b.draftField(v, part[0], part[1], part[2], values, faults))
		}
		list = append(list, one)
	}
	return list
}

func (b *base) draftField(v *visit, kind, name, vocabulary string, values url.Values, faults []string) draftField {
	f := draftField{
		Kind: kind, Name: name, Label: v.say.T("web.draft." + name), Hint: slices.Contains(hinted, name),
		Value: values.Get(name), Fault: slices.Contains(faults, name),
	}
	if kind == "flag" && strings.HasPrefix(vocabulary, "clause.") {
		f.Label = v.say.T(vocabulary)
	}
	for _, word := range b.offered(name, values[name]) {
		f.Options = append(f.Options, draftOption{word, inWords(v, vocabulary, word), slices.Contains(values[name], word)})
	}
	return f
}

// offered are the choices of a field, and what a text has beside them.
func (b *base) offered(name string, has []string) []string {
	list := slices.Clone(b.choices(name))
	if name != "purpose" && name != "type" && name != "impersonal" {
		return list
	}
	for _, word := range has {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// inWords is a choice in words: of the clause that it makes, of a vocabulary, or as it
// is written.
func inWords(v *visit, vocabulary, word string) string {
	switch {
	case strings.HasPrefix(vocabulary, "clause."):
		return v.say.T(vocabulary + "." + word)
	case vocabulary == "bare":
		return word
	case vocabulary == "org":
		return say.Clean(v.names.short(mithaq.OrgID(word)))
	}
	return string(v.say.Word(vocabulary, word))
}
