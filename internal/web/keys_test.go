package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/subject"
)

var said = regexp.MustCompile(`\b(?:t|count) "([a-z0-9.-]+)"`)

// spoken are the keys that templates say outright, and those that they and the
// code make of a word.
func spoken(t *testing.T) (keys []string) {
	files, err := templates.ReadDir("template")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := templates.ReadFile("template/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllSubmatch(raw, -1) {
			keys = append(keys, string(m[1]))
		}
	}
	for c := range mithaq.AllClauses() {
		keys = append(keys, "web.stays."+c.String())
	}
	for prefix, words := range map[string][]string{
		"said.type.": types, "said.entry.": kinds, "web.recall.": recallReasons, "web.code.": {"H0", "H1", "H2", "H3"},
		"web.pact.": {"widens", "narrows", "alters"}, "web.pacts.time.": {"written", "signed", "force", "replaced", "leaves"}, "web.draft.": draftKeys(),
		"said.template.": texts(mithaq.Templates()), "web.passkey.": {"create", "get", "approve", "confirm"}, "web.grade.": strings.Fields("A B C X 1 2 3 4"), "web.nature.": {"fact", "assessment"},
		"web.tlp.": strings.Fields("clear green amber amber+strict red"), "web.pap.": strings.Fields("clear green amber red"),
		"web.task.": strings.Fields("review recall recalled consent silent frozen sign ends case second person claim"), "said.language.": say.Languages,
		"said.request.": texts(subject.Kinds), "letter.asked.": texts(subject.Kinds), "said.outcome.": texts(subject.Outcomes), "subject.letter.": letters,
		"said.deed.": strings.Fields("searched identified restricted disputed lifted corrected erased letter closed"),
		"letter.":    strings.Fields("received.title identity.title answered.title received.clock identity.ask identity.why answered.examined answered.neither complain"),
		"answer.":    strings.Fields("yes no doubt"), "standing.": standings, "assess.verdict.": strings.Fields("clear against doubt"),
		"assess.q.": strings.Fields("ordinary political military religious racial source refused obligations"),
		"web.":      strings.Fields("cases assess persons partners pacts ledger me import settings inquiries"), "web.secret.": strings.Fields("link link.what token token.what code code.what"), "said.access.": {"read", "write", "read-write"},
	} {
		for _, w := range words {
			keys = append(keys, prefix+w)
			if prefix == "web.task." {
				keys = append(keys, prefix+w+".what")
			}
		}
	}
	return keys
}

func TestEveryKeyThatAPageCanSayIsThere(t *testing.T) {
	keys := spoken(t)
	if len(keys) < 350 {
		t.Errorf("only %d keys found", len(keys))
	}
	for _, lang := range say.Languages {
		p := say.For(lang)
		for _, key := range keys {
			if strings.HasSuffix(key, ".") {
				continue // a beginning, which a word completes
			}
			if p.T(key) == key {
				t.Errorf("%s: %s", lang, key)
			}
		}
	}
}

func TestNamesAreShortWhereThatTellsThemApart(t *testing.T) {
	n := names{"a.example": "Atlas, directorate of event security", "b.example": "الأناضول، وحدة الجرائم", "c.example": "Najd, north", "d.example": "Najd, south"}
	for org, want := range map[mithaq.OrgID]string{
		"a.example": "Atlas", "b.example": "الأناضول", "c.example": "Najd, north", "d.example": "Najd, south", "e.example": "e.example",
	} {
		if got := n.short(org); got != want {
			t.Errorf("%s: %q, want %q", org, got, want)
		}
	}
}
