package names

// A sound is what a letter or a group of letters may stand for: a set of
// consonants, a set of vowels, or both, as و is w and u. Two spellings are
// compared sound by sound.
type sound struct {
	cons  uint32
	vowel uint8
	long  bool    // a long vowel, or a vowel that habit writes long
	weak  float32 // cost of its absence where it is less than that of its kind; 0 is the kind's own
}

// Consonants. Each letter of a script is a set of them.
const (
	cB uint32 = 1 << iota
	cP
	cT
	cTh
	cJ
	cCh
	cH
	cKh
	cD
	cDh
	cR
	cZ
	cS
	cSh
	cGh
	cF
	cV
	cQ
	cK
	cG
	cL
	cM
	cN
	cW
	cY
	cZh
	consonants = iota
)

// Vowels.
const (
	vA uint8 = 1 << iota
	vE
	vI
	vO
	vU
	vOe    // ö, ü
	vowels = iota
)

// nearCons lists consonants that habits exchange, and what it costs to see one for the other.
var nearCons = []struct {
	a, b uint32
	cost float32
}{
	{cS, cSh, 0.25},
	{cS, cZ, 0.3},
	{cS, cTh, 0.1},
	{cT, cD, 0.2},
	{cT, cTh, 0.1},
	{cD, cDh, 0.08},
	{cD, cZ, 0.4},
	{cDh, cZ, 0.08},
	{cK, cG, 0.45},
	{cK, cQ, 0.02},
	{cQ, cG, 0.08},
	{cK, cKh, 0.25},
	{cKh, cH, 0.12},
	{cB, cP, 0.06},
	{cGh, cG, 0.06},
	{cGh, cH, 0.8},
	{cJ, cCh, 0.25},
	{cJ, cG, 0.2},
	{cJ, cZh, 0.02},
	{cJ, cY, 0.5},
	{cSh, cCh, 0.2},
	{cV, cW, 0.04},
	{cV, cF, 0.2},
	{cV, cB, 0.35},
	{cM, cN, 0.5},
	{cK, cCh, 0.6},
	{cGh, cR, 0.5},
	{cGh, cQ, 0.35},
	{cGh, cK, 0.4},
	{cZ, cZh, 0.3},
	{cSh, cZh, 0.3},
	{cJ, cK, 0.5},
}

// nearVowels lists what vowels cost for each other.
var nearVowels = []struct {
	a, b uint8
	cost float32
}{
	{vA, vE, 0.08},
	{vE, vI, 0.1},
	{vO, vU, 0.04},
	{vA, vI, 0.55},
	{vA, vO, 0.4},
	{vA, vU, 0.5},
	{vE, vO, 0.34},
	{vE, vU, 0.4},
	{vI, vU, 0.5},
	{vI, vO, 0.5},
	{vOe, vU, 0.03},
	{vOe, vO, 0.03},
	{vOe, vE, 0.15},
	{vOe, vI, 0.25},
	{vOe, vA, 0.3},
}

var (
	consCost  = consTable()
	vowelCost = vowelTable()
)

func consTable() (t [consonants][consonants]float32) {
	for i := range t {
		for j := range t {
			if i != j {
				t[i][j] = 1
			}
		}
	}
	for _, n := range nearCons {
		i, j := lowest(n.a), lowest(n.b)
		t[i][j], t[j][i] = n.cost, n.cost
	}
	return t
}

func vowelTable() (t [vowels][vowels]float32) {
	for _, n := range nearVowels {
		i, j := lowest(uint32(n.a)), lowest(uint32(n.b))
		t[i][j], t[j][i] = n.cost, n.cost
	}
	return t
}

// weight is what a sound counts in a word's length.
func (s sound) weight() float32 {
	switch {
	case s.weak > 0:
		return s.weak
	case s.vowel == 0:
		return 1
	case s.long || s.cons != 0:
		return 0.6
	}
	return 0.3
}
