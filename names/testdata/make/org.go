package main

import "fmt"

// An org is invented: a stem, a sector or a bank, perhaps a place, a legal form and a number.
type org struct {
	stem, sector, place, legal *lexeme
	bank                       bool
	number                     int
}

func (m *maker) role(role string) *lexeme {
	return m.draw(m.words.org, func(x *lexeme) bool { return x.role == role })
}

// anyRole draws among common words, which serve both splits.
func (m *maker) anyRole(role string) *lexeme {
	for {
		if x := pick(m, m.words.org); x.role == role {
			return x
		}
	}
}

func (m *maker) org() org {
	o := org{stem: m.role("stem"), legal: m.anyRole("legal"), bank: m.chance(30)}
	if !o.bank {
		o.sector = m.anyRole("sector")
	}
	if m.chance(35) {
		o.place = m.anyRole("place")
	}
	if m.chance(15) {
		o.number = 2 + m.rand.IntN(30)
	}
	return o
}

var bankForms = map[string]string{"ar": "بنك %s", "fr": "Banque %s", "en": "%s Bank", "tr": "%s Bankası"}

var firmForms = map[string][]string{
	"ar": {"شركة %[1]s %[2]s", "%[1]s %[2]s", "مؤسسة %[1]s %[2]s"},
	"fr": {"Société %[1]s %[2]s", "%[1]s %[2]s", "Sté %[1]s %[2]s"},
	"en": {"%[1]s %[2]s Company", "%[1]s %[2]s", "%[1]s %[2]s Co."},
	"tr": {"%[1]s %[2]s", "%[1]s %[2]s Şirketi"},
}

func (m *maker) spellOrg(o org) (text, stem string) {
	h := pick(m, []string{"ar", "fr", "en", "tr"})
	stem = pick(m, o.stem.forms[h])
	if o.bank {
		text = fmt.Sprintf(bankForms[h], stem)
	} else {
		text = fmt.Sprintf(pick(m, firmForms[h]), stem, pick(m, o.sector.forms[h]))
	}
	if o.number > 0 {
		text += " " + m.number(o.number, h)
	}
	if o.place != nil {
		text += " " + pick(m, o.place.forms[h])
	}
	if m.chance(60) {
		text += " " + pick(m, o.legal.forms[h])
	}
	return text, stem
}

func (m *maker) number(n int, habit string) string {
	if habit == "ar" {
		return arabicDigits(fmt.Sprint(n))
	}
	return fmt.Sprint(n)
}

func (m *maker) sameOrg() (Pair, bool) {
	o := m.org()
	a, _ := m.spellOrg(o)
	b, _ := m.spellOrg(o)
	return Pair{Kind: "org", A: a, B: b}, plain(a) != plain(b)
}

// nearOrg changes one thing: the stem to a near one, the sector, the place or the number.
func (m *maker) nearOrg() (Pair, bool) {
	o := m.org()
	q := o
	switch m.rand.IntN(5) {
	case 0, 1:
		q.stem = m.mate2(o.stem)
	case 2:
		if o.bank {
			q.bank, q.sector = false, m.anyRole("sector")
		} else {
			q.sector = m.anyRole("sector")
		}
	case 3:
		o.place, q.place = m.anyRole("place"), m.anyRole("place")
	case 4:
		o.number, q.number = 2+m.rand.IntN(20), 23+m.rand.IntN(20)
	}
	a, as := m.spellOrg(o)
	b, bs := m.spellOrg(q)
	undecided := o.stem != q.stem && (m.mayBe(as, q.stem) || m.mayBe(bs, o.stem))
	return Pair{Kind: "org", A: a, B: b}, o != q && !undecided
}

// mate2 is the other stem of a group.
func (m *maker) mate2(x *lexeme) *lexeme {
	return m.draw(m.words.org, func(y *lexeme) bool { return y.role == x.role && y.group == x.group && y != x })
}
