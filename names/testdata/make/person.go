package main

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

type maker struct {
	split string
	words *lexicon
	rand  *rand.Rand
}

// A person is invented: names drawn from the lists.
type person struct {
	given   []*lexeme // own name, then father's and grandfather's, or a Turkish second name
	family  *lexeme
	turkish bool
}

func (m *maker) draw(from []*lexeme, ok func(*lexeme) bool) *lexeme {
	for {
		if x := pick(m, from); x.in(m.split) && ok(x) {
			return x
		}
	}
}

func (m *maker) person() person {
	turkish := m.chance(28)
	sex := pick(m, []string{"m", "m", "f"})
	own := func(x *lexeme) bool {
		return x.sex == sex && (turkish || !x.turkish()) && (!turkish || len(x.forms["tr"]) > 0)
	}
	p := person{turkish: turkish, given: []*lexeme{m.draw(m.words.given, own)}}
	p.family = m.draw(m.words.family, func(x *lexeme) bool { return x.turkish() == turkish })
	more := m.rand.IntN(5) - 2 // 0, 0, 0, 1, 2
	if turkish {
		more = min(more, 1)
	} else {
		sex = "m" // fathers
	}
	for range more {
		p.given = append(p.given, m.draw(m.words.given, func(x *lexeme) bool { return own(x) && x != p.given[len(p.given)-1] }))
	}
	return p
}

// A style is how one register writes a person.
type style struct {
	habit             string
	familyFirst       bool
	comma, caps       bool
	filial, title     bool
	initial           bool
	missing, mistyped bool
}

func (m *maker) style(p person) style {
	s := style{habit: pick(m, habits)}
	if p.turkish {
		s.habit = pick(m, []string{"ar", "tr", "tr", "fr", "en"})
	}
	s.familyFirst = m.chance(20)
	s.comma = s.familyFirst && m.chance(50)
	s.caps = s.habit != "ar" && m.chance(25)
	s.filial = !p.turkish && m.chance(20)
	s.title = m.chance(5)
	s.initial = s.habit != "ar" && m.chance(8)
	s.missing = m.chance(30)
	s.mistyped = s.habit != "ar" && m.chance(5)
	return s
}

// spell writes a person in a style and returns the parts too, own name first, family last.
func (m *maker) spell(p person, s style) (string, []string) {
	var givens []string
	for _, g := range p.given {
		givens = append(givens, m.write(g, s.habit))
	}
	family := m.write(p.family, s.habit)
	parts := append(append([]string{}, givens...), family)
	if s.mistyped {
		family = m.typo(family)
	}
	givens = m.shorten(givens, s)
	if s.caps {
		family = strings.ToUpperSpecial(caseOf(s.habit), family)
	}
	return titled(s, joined(p, s, givens, family)), parts
}

func caseOf(habit string) unicode.SpecialCase {
	if habit == "tr" {
		return unicode.TurkishCase
	}
	return nil
}

// shorten leaves out middle names, or writes all names but the first (of one alone, the first) as initials.
func (m *maker) shorten(givens []string, s style) []string {
	if s.missing && len(givens) > 1 {
		return givens[:len(givens)-1]
	}
	if !s.initial {
		return givens
	}
	from := min(1, len(givens)-1)
	for i := range givens[from:] {
		givens[from+i] = string([]rune(givens[from+i])[:1]) + "."
	}
	return givens
}

var filial = map[string][]string{"ar": {"بن", "ابن"}, "fr": {"Ben", "ben", "Ibn"}, "en": {"bin", "Bin", "ibn"}, "table": {"bin", "ibn"}}

func joined(p person, s style, givens []string, family string) string {
	given := strings.Join(givens, " ")
	if words := filial[s.habit]; s.filial && len(words) > 0 && len(givens) > 1 && p.given[0].sex == "m" {
		given = givens[0] + " " + words[len(family)%len(words)] + " " + strings.Join(givens[1:], " ")
	}
	switch {
	case s.comma && s.habit == "ar":
		return family + "، " + given
	case s.comma:
		return family + ", " + given
	case s.familyFirst:
		return family + " " + given
	}
	return given + " " + family
}

var titles = map[string][]string{"ar": {"السيد", "الدكتور", "الحاج"}, "fr": {"M.", "Dr", "Hadj"}, "en": {"Mr", "Dr.", "Sheikh"}, "tr": {"Dr.", "Sayın"}}

func titled(s style, name string) string {
	if t := titles[s.habit]; s.title && !s.comma && len(t) > 0 {
		return t[len(name)%len(t)] + " " + name
	}
	return name
}
