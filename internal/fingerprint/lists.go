package fingerprint

import (
	"embed"
	"strings"
	"sync"
)

// Languages are those with a list of words.
var Languages = []string{"ar", "fr", "en", "tr"}

// AsDigits stands in for a language where groups of digits are meant.
const AsDigits = "digits"

// The lists are chosen by hand: common nouns and a few adjectives, plain to
// spell and to say, nothing about police, politics, religion or the body that
// would be awkward or could be taken for part of the conversation. A list is
// never changed once fingerprints have been read from it, since a partner's
// node may hold the older one.
//
//go:embed words/*.txt
var files embed.FS

// lists returns the words by language, in their places.
var lists = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string, len(Languages))
	for _, lang := range Languages {
		text, err := files.ReadFile("words/" + lang + ".txt")
		if err != nil {
			panic(err) // embedded: missing only in a broken build
		}
		all[lang] = strings.Fields(string(text))
	}
	return all
})

// A place is where a spelling stands.
type place struct {
	lang  string
	index int
}

// places finds a folded spelling.
var places = sync.OnceValue(func() map[string]place {
	all := make(map[string]place, len(Languages)*Size)
	for lang, list := range lists() {
		for i, word := range list {
			all[Normal(word)] = place{lang, i}
		}
	}
	return all
})
