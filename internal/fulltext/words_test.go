package fulltext

import (
	"slices"
	"testing"
)

func TestSpellingsOfOneTextHaveTheSameWords(t *testing.T) {
	for _, same := range [][]string{
		{"أحمد", "احمد", "إحمد", "اَحْمَد", "أحـــمد"},
		{"مدرسة", "مدرسه"},
		{"مستشفى", "مستشفي", "مستشفی"},
		{"رئيس", "رئیس"},
		{"٢٠٢٦", "2026", "۲۰۲۶", "２０２６"},
		{"الشبكة", "شبكة", "شبكه"},
		{"DIYARBAKIR", "diyarbakır", "Diyarbakır"},
		{"İstanbul", "ISTANBUL", "istanbul", "ıstanbul"},
		{"Çağrı ŞÖLEN", "cagri solen"},
		{"Élysée", "elysee", "ELYSÉE"},
		{"Straße", "STRASSE"},
		{"ﻣﺤﻤﺪ", "محمد"},
		{"O’Brien", "O'Brien", "obrien"},
		{"crypto‑miner", "Crypto-Miner"},
	} {
		first := split(fold(same[0]))
		for i, w := range first {
			first[i] = bare(w)
		}
		for _, other := range same[1:] {
			words := split(fold(other))
			for i, w := range words {
				words[i] = bare(w)
			}
			if !slices.Equal(first, words) {
				t.Errorf("%q is %q, %q is %q", same[0], first, other, words)
			}
		}
	}
}

func TestWhatFollowsAbdIsFoundApartAndTogether(t *testing.T) {
	for _, text := range []string{"عبد اللطيف حموشي", "عبداللطيف حموشي"} {
		words := wordsOf([]byte(`{"type":"report","name":"` + text + `"}`))
		for _, question := range []string{"عبد اللطيف", "عبداللطيف", "حموشي عبد اللطيف", "حموشى"} {
			for _, w := range Ask(question).words {
				if !slices.Contains(words, w) {
					t.Errorf("%q in %q: no %q among %q", question, text, w, words)
				}
			}
		}
	}
}

func TestWordsAreThoseThatPeopleWrote(t *testing.T) {
	words := wordsOf([]byte(`{"type":"malware","id":"malware--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","name":"Shadow Pad","created":"2026-01-01T00:00:00Z",
		"labels":["back door","rat"],"pattern":"[url:value = 'hidden']","kill_chain_phases":[{"kill_chain_name":"mitre","phase_name":"skipped"}],
		"external_references":[{"source_name":"NVD","external_id":"CVE-2021-44228"}],
		"extensions":{"extension-definition--1":{"comment":"kept too","other":"left"}},"content":{"not":"text"}}`))
	want := []string{"2021", "44228", "back", "cve", "door", "kept", "nvd", "pad", "rat", "shadow", "too"}
	slices.Sort(words)
	if !slices.Equal(words, want) {
		t.Fatalf("got %q, want %q", words, want)
	}
}

func TestBytesThatAreNoObjectHaveFewWordsAndNoFault(t *testing.T) {
	for _, raw := range []string{"", "null", "[", `{"name":`, `{"name":"ok`, "\xff\x00", `{"name":"a \ud800 b"}`, `]`, `{"name":{"name":{"name":"deep"}}}`} {
		wordsOf([]byte(raw))
	}
}

func TestAQuestionIsNeverMoreThanWords(t *testing.T) {
	for _, text := range []string{`"`, `a" OR words MATCH "b`, `' ; DROP TABLE x --`, `NOT NEAR(a b)`, `*`, `:*`, "a\x00b", `\`, "(((", "'''"} {
		q := Ask(text)
		for _, w := range append(q.words, q.keys...) {
			if slices.ContainsFunc([]rune(w), func(r rune) bool { return r == '"' || r == '\'' || r == '\\' || r < ' ' }) {
				t.Errorf("%q asks for %q", text, w)
			}
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{`{"type":"identity","name":"عبد الله"}`, "ﷺ", "İI", "a\u0301\u0327", "٣x", "0", "𝟘𝟙"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		wordsOf([]byte(s))
		once := fold(s)
		if twice := fold(once); twice != once {
			t.Fatalf("%q folds to %q, and that to %q", s, once, twice)
		}
		_ = Ask(s).fts() + Ask(s).prefix().tsquery()
	})
}
