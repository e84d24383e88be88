package names

// distance is the least cost of reading word a as word b, and the length that
// it is a share of. It is a weighted edit distance over sounds: what habits
// exchange costs little, a short vowel that Arabic script leaves out nearly nothing.
func distance(a, b []sound, aAbjad, bAbjad bool) (cost, length float32) {
	row, last := new([maxSounds + 1]float32), lastVowelOf(b)
	var above [maxSounds + 1]float32 // the row before the last
	for j, s := range b {
		row[j+1] = row[j] + absence(s, placeOf(b, j, last), aAbjad)
		length += s.weight()
	}
	lastA := lastVowelOf(a)
	for i, s := range a {
		length += s.weight()
		gone := absence(s, placeOf(a, i, lastA), bAbjad)
		before := *row
		row[0] += gone
		for j, t := range b {
			best := min(before[j]+exchange(s, t), before[j+1]+gone, row[j]+absence(t, placeOf(b, j, last), aAbjad))
			if i > 0 && j > 0 && swapped(a[i-1], s, b[j-1], t) {
				best = min(best, above[j-1]+swap)
			}
			row[j+1] = best
		}
		above = before
	}
	return row[len(b)], length / 2
}

// swap is the cost of two neighbours in the other order, a slip of the pen.
const swap = 0.5

func swapped(a1, a2, b1, b2 sound) bool {
	return a1 != a2 && a1.vowel|a2.vowel == 0 && exchange(a1, b2) < 0.05 && exchange(a2, b1) < 0.05
}

func placeOf(word []sound, i, vowel int) place {
	switch {
	case i == len(word)-1:
		return final
	case i == 0:
		return first
	case i == vowel:
		return lastVowel
	}
	return inner
}

// lastVowelOf is the index of the vowel that only consonants follow, at least one of them.
func lastVowelOf(word []sound) int {
	for i := len(word) - 1; i >= 0; i-- {
		if word[i].vowel != 0 && word[i].weak == 0 {
			return i
		}
	}
	return -1
}

// likeness of two readings of one part each, from 0 to 1, and the rule that it rests on.
func likeness(a, b reading) (float64, Rule) {
	factor := particles(a, b)
	if a.known != 0 && b.known != 0 && (a.particle == b.particle || a.plain() && b.plain()) {
		if a.known == b.known {
			return factor, RuleKnown
		}
		return 0.4, RuleKnownApart
	}
	if len(a.sounds) == 0 || len(b.sounds) == 0 {
		return 0, RuleDifferent
	}
	cost, length := distance(a.sounds, b.sounds, a.abjad, b.abjad)
	like := max(0, 1-float64(cost)/max(1.2, float64(length)))
	return like * factor, ruleOf(a, b, cost)
}

// plain says that the stem is the name: the particle does not make it another.
func (r reading) plain() bool {
	return !r.joined && (r.particle == None || r.particle == Article || r.particle == Child)
}

func ruleOf(a, b reading, cost float32) Rule {
	switch {
	case a.particle != b.particle:
		return RuleParticle
	case cost < 0.005:
		return RuleSame
	case a.abjad != b.abjad:
		return RuleScript
	}
	return RuleSpelling
}

// particles is what it costs that one reading has a particle and the other has not.
func particles(a, b reading) float64 {
	if a.particle == b.particle {
		return 1
	}
	p, q := a, b
	if p.particle > q.particle {
		p, q = q, p
	}
	if p.particle == None && (q.particle == Article || q.particle == Child) {
		if q.joined && q.particle == Child {
			return 0.88
		}
		return 0.985
	}
	if p.particle == Article && q.particle == Child {
		return 0.95
	}
	if p.particle == None && q.particle == Faith || p.particle == Article && q.particle == Faith {
		return 0.7
	}
	return 0.6
}

// compare is the likeness of two parts: that of their most alike readings.
func compare(a, b *Part) (best float64, rule Rule) {
	rule = RuleDifferent
	switch {
	case a.Role == Initial || b.Role == Initial:
		return initials(a, b)
	case a.Value != "" && b.Value != "" || a.Role == Number || b.Role == Number:
		return values(a, b)
	}
	for i := range a.readings {
		for j := range b.readings {
			if like, r := likeness(a.readings[i], b.readings[j]); like > best {
				best, rule = like, r
			}
		}
	}
	return best, rule
}

// values compares what is equal or different, and nothing between: numbers, concepts, other scripts.
func values(a, b *Part) (float64, Rule) {
	rule := RuleSame
	switch a.Role {
	case Number:
		rule = RuleNumber
	case Concept:
		rule = RuleConcept
	}
	if a.Value == b.Value && a.Role == b.Role {
		return 1, rule
	}
	return 0, RuleDifferent
}

// initials compares a letter with the head of a word.
func initials(a, b *Part) (float64, Rule) {
	for _, x := range a.readings {
		for _, y := range b.readings {
			if sameHead(x, y) {
				return 1, RuleInitial
			}
		}
	}
	return 0, RuleDifferent
}

func sameHead(x, y reading) bool {
	p, q := head(x), head(y)
	return exchange(p, q) < 0.3
}

// head is the first sound of a reading; of عبد and a name of God it is that of عبد.
func head(r reading) sound {
	if r.particle == Servant || r.particle == OfGod || len(r.sounds) == 0 {
		return anyVowel
	}
	return r.sounds[0]
}

// joined reads two parts that stand side by side as one word.
func joined(a, b *Part) reading {
	x, y := a.readings[0], b.readings[0]
	sounds := append(append(make([]sound, 0, len(x.sounds)+len(y.sounds)), x.sounds...), y.sounds...)
	return reading{particle: x.particle, sounds: sounds[:min(len(sounds), maxSounds)], abjad: x.abjad}
}
