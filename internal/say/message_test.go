package say

import (
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

func TestTheWordsOfTheSpineAreInEveryCatalogue(t *testing.T) {
	n := 0
	for key := range mithaq.Keys() {
		n++
		for _, lang := range Languages {
			if _, ok := catalogs()[lang][key]; !ok {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d keys", n)
	}
}

func TestNoSpineKeyIsLeftOver(t *testing.T) {
	said := map[string]bool{}
	for key := range mithaq.Keys() {
		said[key] = true
	}
	for key := range catalogs()["en"] {
		area, _, _ := strings.Cut(key, ".")
		switch area {
		case "article", "clause", "asks", "has", "do", "word":
			if !said[key] {
				t.Errorf("%s: nothing says it", key)
			}
		}
	}
}

func TestMessageSaysItsArguments(t *testing.T) {
	suspects := mithaq.Say("word.subject.suspect")
	for _, c := range []struct {
		lang string
		m    mithaq.Message
		want string
	}{
		{"en", mithaq.Say("has.subjects", []mithaq.Message{suspects, mithaq.Foreign("x")}), "It concerns persons of these categories: suspects, x."},
		{"fr", mithaq.Say("do.purpose", []mithaq.Message{}), "Choisissez une de ces finalités\u00a0: aucun."},
		{"tr", mithaq.SayN("clause.11.1", 4), "Geri çekme bildirimini alan taraf, belirtilenleri en geç 4 saat içinde siler ve bunu imzalı beyanla bildirir."},
		{"ar", mithaq.Say("has.tlp", "TLP:AMBER"), "وسمها \u2068TLP:AMBER\u2069."},
		{"en", mithaq.Say("clause.2.1", "MoU", mithaq.Texts{"fr": "accord", "en": "memorandum"}), "The pact rests on MoU: memorandum"},
	} {
		if got := For(c.lang).Message(c.m); got != c.want {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
	}
}

func TestMessageSaysAnInstant(t *testing.T) {
	at := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	p := For("en")
	if got, want := p.Message(mithaq.Say("has.time", mithaq.At(at))), "It is now "+p.DateTime(at)+"."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// wrong are decisions that fail most clauses, for labels missing and for labels
// that the pact does not allow.
func wrong(t *testing.T) (reasons []mithaq.Reason) {
	t.Helper()
	terms, err := mithaq.Template(mithaq.EventTemplate)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	terms.From, terms.Until = mithaq.At(at), mithaq.At(at.AddDate(1, 0, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: "MoU", Text: mithaq.Texts{"en": "a memorandum"}}}
	terms.Flows[0].Subjects = mithaq.SubjectNone
	parties := []mithaq.Party{
		{Org: "a.example", Kind: mithaq.Peer, Roles: mithaq.Gives, Name: mithaq.Texts{"en": "A"}},
		{Org: "b.example", Kind: mithaq.Peer, Roles: mithaq.Receives, Name: mithaq.Texts{"en": "B"}},
	}
	rules, err := terms.Compile(parties)
	if err != nil {
		t.Fatal(err)
	}
	p := &mithaq.Pact{Parties: parties, Terms: terms}
	spoiled := mithaq.Facts{
		Type: "x-mithaq-recall", Extensions: []string{"e"}, Modified: at.AddDate(2, 0, 0), Personal: true, Assessed: mithaq.AssessedDoubt,
		Handling: mithaq.Handling{
			TLP: 5, Codes: mithaq.H2 | mithaq.H3, Restriction: "no press", Subjects: mithaq.SubjectVictim, Source: 4, Info: 4,
			Purposes: []mithaq.Purpose{"x-other"}, Originator: "c.example", Onward: mithaq.OnwardConsent,
		},
	}
	for _, f := range []mithaq.Facts{{}, spoiled} {
		for _, q := range []mithaq.Request{
			{},
			{From: "a.example", To: "b.example", Purpose: mithaq.Prosecution, Basis: "another", Urgency: mithaq.Emergency, Use: mithaq.UseOffer, At: at.AddDate(1, 0, 0)},
			{From: "b.example", To: "z.example", Purpose: "x-other", At: at.AddDate(-1, 0, 0), State: mithaq.State{Status: mithaq.Ended, Suspended: []mithaq.Stop{{By: "b.example"}}}},
		} {
			reasons = append(reasons, mithaq.Decide(rules, &f, &q).Reasons(p, &f, &q)...)
		}
	}
	return reasons
}

func TestReasonsAreWholeSentencesInEveryLanguage(t *testing.T) {
	reasons := wrong(t)
	if len(reasons) < 60 {
		t.Fatalf("only %d reasons", len(reasons))
	}
	for _, lang := range Languages {
		p := For(lang)
		for _, r := range reasons {
			for _, m := range []mithaq.Message{r.Asks, r.Has, r.Do} {
				if said := p.Message(m); strings.ContainsAny(said, "{}") || strings.Contains(said, m.Key) || said == "" {
					t.Errorf("%s %s %s: %q", lang, r.Article(), m.Key, said)
				}
			}
		}
	}
}
