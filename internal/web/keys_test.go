package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
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
		"web.passkey.": {"create", "get"}, "web.grade.": strings.Fields("A B C X 1 2 3 4"), "web.nature.": {"fact", "assessment"},
		"web.tlp.": strings.Fields("clear green amber amber+strict red"), "web.pap.": strings.Fields("clear green amber red"),
		"web.task.": strings.Fields("review recall recalled consent silent frozen sign ends"), "said.language.": say.Languages,
		"web.": strings.Fields("partners pacts ledger me import inquiries"),
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
