package names

import "strings"

// hear reads a folded word of either script.
func hear(word string) (sounds []sound, abjad bool) {
	if scriptOf(word) == Arabic {
		return arabicSounds(word), true
	}
	return latinSounds(word), false
}

func read(word string, particle Particle, joined bool) reading {
	s, abjad := hear(word)
	return reading{particle: particle, joined: joined, sounds: s, abjad: abjad, known: known[word]}
}

func plainReadings(word string) []reading { return []reading{read(word, None, false)} }

// wordReadings are the ways to hear one word: as it is, and with what may be a
// particle cut off.
func wordReadings(word string) []reading {
	if isGod(word) {
		return []reading{ofGod()}
	}
	out := plainReadings(word)
	if rest, ok := strings.CutPrefix(word, "عبد"); ok && len([]rune(rest)) >= 3 {
		stem, _ := strings.CutPrefix(rest, "ال")
		return []reading{read(stem, Servant, false)}
	}
	if stems := servantStems(word); len(stems) > 0 {
		out = nil
		for _, s := range stems {
			out = append(out, read(s, Servant, false))
		}
		return out
	}
	if stem, ok := faithStem(word); ok {
		return append(out, read(stem, Faith, false))
	}
	if stem, ok := strings.CutSuffix(word, "الدين"); ok && stem != "" {
		return append(out, read(stem, Faith, false))
	}
	if stem, ok := articleStem(word); ok {
		out = append(out, read(stem, Article, true))
	}
	if stem, ok := childStem(word); ok {
		out = append(out, read(stem, Child, true))
	}
	return out
}

// ofGod is the one reading of عبد الله.
func ofGod() reading { return read("lah", OfGod, false) }

// isGod says that a word is عبد الله in one of its spellings.
func isGod(word string) bool { return godNames[word] }

var godNames = set("abdallah abdullah abdellah abdulla abdalla abdoullah abdoulaye abdollah عبدالله")

// servantPart is عبد and the word that follows, its article dropped.
func servantPart(head token, rest []token) (Part, []token) {
	stem := rest[0]
	rest = rest[1:]
	text := head.raw + " " + stem.raw
	if articles[stem.text] && len(rest) > 0 {
		stem, rest = rest[0], rest[1:]
		text += " " + stem.raw
	}
	p := Part{Text: text, Script: scriptOf(head.text), Role: Word}
	if isGod("abd"+stem.text) || stem.text == "allah" || stem.text == "الله" {
		p.readings = []reading{ofGod()}
		return p, rest
	}
	p.readings = []reading{read(withoutArticle(stem.text), Servant, false)}
	return p, rest
}

func withoutArticle(word string) string {
	if stem, ok := strings.CutPrefix(word, "ال"); ok && len([]rune(stem)) >= 2 {
		return stem
	}
	return word
}

// compound is أبو and the word that follows: one part, its article dropped.
func compound(head token, rest []token, particle Particle) (Part, []token) {
	stem := rest[0]
	rest = rest[1:]
	text := head.raw + " " + stem.raw
	if articles[stem.text] && len(rest) > 0 {
		stem, rest = rest[0], rest[1:]
		text += " " + stem.raw
	}
	whole := strings.TrimSuffix(head.text, "l") + withoutArticle(stem.text)
	p := Part{Text: text, Script: scriptOf(head.text), Role: Word, readings: []reading{
		read(whole, None, false), read(withoutArticle(stem.text), particle, false),
	}}
	return p, rest
}

// childPart is بن, Ould or Aït and the part that follows.
func childPart(head token, rest []token) (Part, []token) {
	next, rest := nextPart(rest, false)
	if next.Role == Word && next.Particle != Child {
		whole := head.text + strings.ReplaceAll(fold(next.Text), " ", "")
		next.readings = append([]reading{read(whole, None, false)}, asChild(next.readings)...)
		next.Particle = Child
	}
	next.Text = head.raw + " " + next.Text
	return next, rest
}

// asChild keeps the readings that the stem had and calls them a child's.
func asChild(all []reading) []reading {
	var out []reading
	for _, r := range all {
		if r.particle == None || r.particle == Article {
			r.particle, r.joined = Child, false
		}
		out = append(out, r)
	}
	return out
}

// articlePart is El and the word that follows.
func articlePart(head token, rest []token) (Part, []token) {
	next := rest[0]
	p := wordPart(next)
	p.Text, p.Particle = head.raw+" "+next.raw, Article
	if len(p.readings) > 0 && p.readings[0].particle == None {
		p.readings[0].particle = Article
	}
	return withSuffix(p, rest[1:])
}

// withSuffix joins oğlu, zade, الله or a Din that stands as a word of its own.
func withSuffix(p Part, rest []token) (Part, []token) {
	switch {
	case len(rest) == 0 || len(p.readings) == 0:
		return p, rest
	case suffixes[rest[0].text]:
		return joinSuffix(p, rest[0]), rest[1:]
	case faiths[rest[0].text]:
		return faithPart(p, rest[0]), rest[1:]
	case len(rest) > 1 && articles[rest[0].text] && faiths[rest[1].text]:
		p = faithPart(p, rest[1])
		return p, rest[2:]
	}
	return p, rest
}

func joinSuffix(p Part, t token) Part {
	whole := strings.ReplaceAll(fold(p.Text), " ", "") + strings.TrimPrefix(t.text, "ال")
	p.Text += " " + t.raw
	p.readings = wordReadings(whole)
	return p
}

func faithPart(p Part, t token) Part {
	p.Text += " " + t.raw
	for i := range p.readings {
		p.readings[i].particle, p.readings[i].known = Faith, 0
	}
	p.readings = p.readings[:1]
	p.Particle = Faith
	return p
}
