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
