package mispapi

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

// texts are what a value says: a text, a number, or each of a list.
func texts(v jsontext.Value) (all []string) {
	switch v.Kind() {
	case '"', '0', 't', 'f':
		rec := new(misp.Record)
		rec.Set("v", v)
		return []string{rec.Text("v")}
	case '[':
		d := jsontext.NewDecoder(bytes.NewReader(v))
		if _, err := d.ReadToken(); err != nil {
			return nil
		}
		for d.PeekKind() != ']' {
			item, err := d.ReadValue()
			if err != nil {
				return all
			}
			all = append(all, texts(item.Clone())...)
		}
	}
	return all
}

// A word is one thing that is looked for.
type word func(text string) bool

// pattern is a text to look for, in whatever case; % stands for any text. It is
// nil for nothing.
func pattern(text string) word {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil
	}
	parts := strings.Split(text, "%")
	return func(s string) bool { return like(strings.ToLower(s), parts) }
}

// like tells whether parts stand in s in their order: the first at its beginning,
// the last at its end.
func like(s string, parts []string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return s == first
	}
	if !strings.HasPrefix(s, first) || len(s) < len(first)+len(last) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return true
}

// within is text to look for anywhere in another.
func within(text string) word {
	text = strings.ToLower(strings.Trim(strings.TrimSpace(text), "%"))
	return func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
}

// words are what MISP's filters may say: any of these, all of those, none of others.
type words struct {
	any, all, none []word
}

func (w *words) empty() bool { return w == nil || len(w.any)+len(w.all)+len(w.none) == 0 }

// wordsOf reads a filter: a text, a list of which any fits, or an object with the
// lists OR, AND and NOT. In a text or list, ! before a word means none of it, and
// && and || join words.
func wordsOf(v jsontext.Value) *words {
	w := new(words)
	if v.Kind() == '{' {
		rec := new(misp.Record)
		rec.Set("v", v)
		by := rec.Record("v")
		w.any, w.all, w.none = patterns(texts(by.Raw("OR"))), patterns(texts(by.Raw("AND"))), patterns(texts(by.Raw("NOT")))
		return w
	}
	for _, text := range texts(v) {
		for part := range strings.SplitSeq(text, "||") {
			w.add(part)
		}
	}
	return w
}

func (w *words) add(text string) {
	if all := strings.Split(text, "&&"); len(all) > 1 {
		for _, one := range all {
			if no, ok := strings.CutPrefix(strings.TrimSpace(one), "!"); ok {
				w.none = append(w.none, patterns([]string{no})...)
			} else {
				w.all = append(w.all, patterns([]string{one})...)
			}
		}
		return
	}
	if no, ok := strings.CutPrefix(text, "!"); ok {
		w.none = append(w.none, patterns([]string{no})...)
		return
	}
	w.any = append(w.any, patterns([]string{text})...)
}

func patterns(list []string) (all []word) {
	for _, text := range list {
		if p := pattern(text); p != nil {
			all = append(all, p)
		}
	}
	return all
}

// fit tells whether texts fit the filter. No filter fits everything.
func (w *words) fit(texts ...string) bool {
	if w == nil {
		return true
	}
	some := func(p word) bool {
		return slices.ContainsFunc(texts, p)
	}
	ok := len(w.any) == 0
	for _, p := range w.any {
		ok = ok || some(p)
	}
	for _, p := range w.all {
		ok = ok && some(p)
	}
	for _, p := range w.none {
		ok = ok && !some(p)
	}
	return ok
}
