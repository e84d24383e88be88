package say

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
)

//go:embed catalog/*.json
var files embed.FS

// forms are the names that CLDR gives to the forms of a cardinal.
var forms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// An entry is what a catalogue has under one key. A sentence without forms is
// there as the form other alone.
type entry struct {
	forms  map[plural.Form]string
	counts bool // it has forms
}

func (e *entry) UnmarshalJSON(data []byte) error {
	var sentence string
	if json.Unmarshal(data, &sentence) == nil {
		*e = entry{forms: map[plural.Form]string{plural.Other: sentence}}
		return nil
	}
	var named map[string]string
	if err := json.Unmarshal(data, &named); err != nil {
		return fmt.Errorf("want a sentence, or sentences by plural form: %w", err)
	}
	*e = entry{forms: map[plural.Form]string{}, counts: true}
	for name, sentence := range named {
		f, ok := forms[name]
		if !ok {
			return fmt.Errorf("plural form %q: want zero, one, two, few, many or other", name)
		}
		e.forms[f] = sentence
	}
	return nil
}

// A catalog is the sentences of one language by key.
type catalog map[string]entry

// sentence returns the form of a key; where it lacks that form, the form other.
func (c catalog) sentence(key string, f plural.Form) (string, bool) {
	forms := c[key].forms
	if s, ok := forms[f]; ok {
		return s, true
	}
	s, ok := forms[plural.Other]
	return s, ok
}

// catalogs returns the catalogues by language.
var catalogs = sync.OnceValue(func() map[string]catalog {
	all, err := load(files)
	if err != nil {
		panic(err) // embedded, and read by the tests
	}
	return all
})

// load reads catalog/*.json; the language is the last part of a file's name
// before its ending. A key in two files of one language is an error.
func load(files fs.FS) (map[string]catalog, error) {
	all := map[string]catalog{}
	names, err := fs.Glob(files, "catalog/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		more, err := read(files, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		lang := languageOf(name)
		if all[lang] == nil {
			all[lang] = catalog{}
		}
		for key := range more {
			if _, twice := all[lang][key]; twice {
				return nil, fmt.Errorf("%s: %q is in another file too", name, key)
			}
		}
		maps.Copy(all[lang], more)
	}
	return all, nil
}

func read(files fs.FS, name string) (catalog, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var c catalog
	err = json.Unmarshal(data, &c)
	return c, err
}

// languageOf returns the language of catalog/fr.json or catalog/gate.fr.json.
func languageOf(name string) string {
	base := strings.TrimSuffix(path.Base(name), ".json")
	return base[strings.LastIndexByte(base, '.')+1:]
}
