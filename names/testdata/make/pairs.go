package main

import (
	"fmt"
	"slices"
)

// How many pairs of each class are drawn for each split.
var plan = []struct {
	class string
	label string
	count int
	draw  func(*maker) (Pair, bool)
}{
	{"same person", "same", 560, (*maker).same},
	{"same person, dates of birth", "same", 140, (*maker).sameBorn},
	{"near given name", "different", 200, (*maker).nearGiven},
	{"near family name", "different", 160, (*maker).nearFamily},
	{"sibling", "different", 90, (*maker).sibling},
	{"same given names, another family", "different", 90, (*maker).anotherFamily},
	{"father and son exchanged", "different", 40, (*maker).exchanged},
	{"same name, another date of birth", "different", 70, (*maker).anotherBirth},
	{"two strangers", "different", 50, (*maker).strangers},
	{"same organisation", "same", 110, (*maker).sameOrg},
	{"near organisation", "different", 130, (*maker).nearOrg},
}

func (m *maker) all() []Pair {
	var out []Pair
	for _, p := range plan {
		for n := 0; n < p.count; {
			if pair, ok := p.draw(m); ok {
				pair.Split, pair.Label, pair.Class = m.split, p.label, p.class
				if pair.Kind == "" {
					pair.Kind = "person"
				}
				out, n = append(out, pair), n+1
			}
		}
	}
	return out
}

func (m *maker) same() (Pair, bool) {
	p := m.person()
	a, _ := m.spell(p, m.style(p))
	b, _ := m.spell(p, m.style(p))
	return Pair{A: a, B: b}, plain(a) != plain(b)
}

func (m *maker) sameBorn() (Pair, bool) {
	p, ok := m.same()
	born := m.date()
	p.BornA, p.BornB = m.dateAs(born, m.rand.IntN(3)), m.dateAs(born, m.rand.IntN(6))
	return p, ok
}

// changed spells p and q, which differ in one lexeme, and refuses what nobody could decide.
func (m *maker) changed(p, q person, x, y *lexeme) (Pair, bool) {
	s, t := m.style(p), m.style(q)
	s.initial, t.initial, s.mistyped, t.mistyped = false, false, false, false
	s.missing, t.missing = false, false
	a, as := m.spell(p, s)
	b, bs := m.spell(q, t)
	at, bt := where(p, x), where(q, y)
	if m.mayBe(as[at], y) || m.mayBe(bs[bt], x) {
		return Pair{}, false
	}
	pair := Pair{A: a, B: b}
	if m.chance(12) { // siblings and cousins are rarely born on one day: two dates, near or far
		d := m.date()
		pair.BornA, pair.BornB = m.dateAs(d, 0), m.dateAs(d.later(1+m.rand.IntN(9)), 0)
	}
	return pair, true
}

func where(p person, x *lexeme) int {
	if i := slices.Index(p.given, x); i >= 0 {
		return i
	}
	return len(p.given)
}

func (m *maker) swapGiven(y func(x *lexeme) *lexeme) (Pair, bool) {
	p := m.person()
	q := p
	q.given = slices.Clone(p.given)
	x := p.given[0]
	if q.given[0] = y(x); q.given[0] == nil || slices.Contains(p.given, q.given[0]) {
		return Pair{}, false
	}
	return m.changed(p, q, x, q.given[0])
}

func (m *maker) nearGiven() (Pair, bool) {
	return m.swapGiven(func(x *lexeme) *lexeme { return m.mate(x, m.words.given) })
}

func (m *maker) sibling() (Pair, bool) {
	return m.swapGiven(func(x *lexeme) *lexeme {
		return m.draw(m.words.given, func(y *lexeme) bool { return y.turkish() == x.turkish() && y.group != x.group })
	})
}

// mate draws another lexeme of the same group, nil if there is none.
func (m *maker) mate(x *lexeme, from []*lexeme) *lexeme {
	var mates []*lexeme
	for _, y := range from {
		if y != x && y.group == x.group && y.turkish() == x.turkish() {
			mates = append(mates, y)
		}
	}
	if len(mates) == 0 {
		return nil
	}
	return pick(m, mates)
}

func (m *maker) swapFamily(y func(x *lexeme) *lexeme) (Pair, bool) {
	p := m.person()
	q := p
	if q.family = y(p.family); q.family == nil {
		return Pair{}, false
	}
	return m.changed(p, q, p.family, q.family)
}

func (m *maker) nearFamily() (Pair, bool) {
	return m.swapFamily(func(x *lexeme) *lexeme { return m.mate(x, m.words.family) })
}

func (m *maker) anotherFamily() (Pair, bool) {
	return m.swapFamily(func(x *lexeme) *lexeme {
		return m.draw(m.words.family, func(y *lexeme) bool { return y.turkish() == x.turkish() && y.group != x.group })
	})
}

// exchanged is A son of B against B son of A, the same family.
func (m *maker) exchanged() (Pair, bool) {
	p := m.person()
	if len(p.given) != 2 || p.turkish || p.given[0].sex != "m" {
		return Pair{}, false
	}
	q := p
	q.given = []*lexeme{p.given[1], p.given[0]}
	return m.changed(p, q, p.given[0], q.given[0])
}

func (m *maker) anotherBirth() (Pair, bool) {
	p, ok := m.same()
	d := m.date()
	p.BornA, p.BornB = m.dateAs(d, m.rand.IntN(2)), m.dateAs(d.later(8+m.rand.IntN(25)), m.rand.IntN(2))
	return p, ok
}

func (m *maker) strangers() (Pair, bool) {
	p, q := m.person(), m.person()
	a, _ := m.spell(p, m.style(p))
	b, _ := m.spell(q, m.style(q))
	return Pair{A: a, B: b}, p.family != q.family && p.given[0] != q.given[0]
}

type date struct{ year, month, day int }

func (m *maker) date() date {
	return date{1945 + m.rand.IntN(60), 1 + m.rand.IntN(12), 1 + m.rand.IntN(28)}
}

func (d date) later(years int) date {
	return date{d.year + years, 1 + (d.month+3)%12, 1 + (d.day+11)%28}
}

// dateAs writes a date: whole, year alone, month, around, day and month exchanged, Arabic digits.
func (m *maker) dateAs(d date, how int) string {
	switch how {
	case 1:
		return fmt.Sprintf("%d", d.year)
	case 2:
		return fmt.Sprintf("%02d/%02d/%d", d.day, d.month, d.year)
	case 3:
		return fmt.Sprintf("around %d", d.year+m.rand.IntN(3)-1)
	case 4:
		if d.day <= 12 {
			return fmt.Sprintf("%d-%02d-%02d", d.year, d.day, d.month)
		}
	case 5:
		return arabicDigits(fmt.Sprintf("%d/%d/%d", d.day, d.month, d.year))
	}
	return fmt.Sprintf("%d-%02d-%02d", d.year, d.month, d.day)
}

func arabicDigits(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r >= '0' && r <= '9' {
			out[i] = r - '0' + '٠'
		}
	}
	return string(out)
}
