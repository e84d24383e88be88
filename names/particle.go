package names

import "strings"

// set makes a set of words.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// Particles as words of their own, folded.
var (
	articles = set("el al ul l er es en ed ad as an ar at az ash ech esh ez et il ال")
	children = set("ben bin ibn bint mint ould wuld wald beni bni بن ابن بنت ولد منت بني")
	servants = set("abd abdel abdul abdal abdoul abdol abdu abdou abdur abder abdus abdes abdun abden عبد")
	parents  = set("abu abou aboul abul abo abi umm oum ابو ابي ام")
	suffixes = set("oglu oğlu oghlou oghlu ogullari oğulları oglou اوغلو اوغلي اغلو اوغلى zade zadeh zada زاده زادة الله allah")
	faiths   = set("eddine eddin edine uddin addin aldin ettin الدين din deen dine")
	folks    = set("ait ayt ايت banu")
	titles   = set("mr mrs ms mme mlle dr prof sir hadj haj hajj hajji cheikh sheikh shaikh sayed sayyid sidi si moulay mulay lalla sayin " +
		"bay bayan eng ing maitre السيد السيدة الدكتور الدكتورة د الحاج الحاجة الشيخ سيدي مولاي لالة المهندس الاستاذ m")
)

// A token is one word of a text, folded, and whether a hyphen or nothing but an
// article joined it to the next.
type token struct {
	text  string // folded
	raw   string
	dot   bool // it ended in a full stop: an initial or an abbreviation
	comma bool // a comma followed
}

func (t token) arabic() bool { return scriptOf(t.text) == Arabic }

// servantPrefixes are the beginnings of a Latin word that is عبد and a name of God.
var servantPrefixes = []string{"abdoul", "abdul", "abdel", "abdal", "abdül", "abdil", "abdol", "abdou", "abdu", "abde", "abda", "abdü", "abdi"}

// servantStems cut a Latin word such as Abderrahmane after its عبد; the l
// of Abdelatif may belong to the article or to the name.
func servantStems(word string) []string {
	var out []string
	for _, p := range servantPrefixes {
		stem, ok := strings.CutPrefix(word, p)
		if ok && len(stem) >= 3 && !isVowel(stem[0]) || ok && len(stem) >= 4 {
			out = append(out, undouble(stem))
		}
	}
	return out
}

// undouble drops the sun letter that stands for the article: errahman, rrahman.
func undouble(stem string) string {
	if len(stem) > 2 && stem[0] == stem[1] {
		return stem[1:]
	}
	if len(stem) > 3 && stem[0] == 's' && strings.HasPrefix(stem[2:], "h") && strings.HasPrefix(stem, "shsh") {
		return stem[2:]
	}
	return stem
}

// faithStem cuts -eddine, -uddin and the Turkish -ettin from a Latin word.
func faithStem(word string) (string, bool) {
	for _, end := range []string{"eddine", "eddin", "edine", "edin", "uddin", "uddine", "addin", "addine", "iddin", "aldin", "ettin", "attin", "ittin", "utdin", "üddin"} {
		if stem, ok := strings.CutSuffix(word, end); ok && len(stem) >= 2 {
			return stem, true
		}
	}
	return "", false
}

// articleStem cuts an article that was written as one word with the name.
func articleStem(word string) (string, bool) {
	if stem, ok := strings.CutPrefix(word, "ال"); ok && len([]rune(stem)) >= 3 {
		return stem, true
	}
	for _, p := range []string{"el", "al", "ul"} {
		if stem, ok := strings.CutPrefix(word, p); ok && len(stem) >= 4 {
			return stem, true
		}
	}
	if len(word) > 5 && (word[0] == 'e' || word[0] == 'a') && word[1] == word[2] && strings.IndexByte("drsznt", word[1]) >= 0 {
		return word[2:], true
	}
	if len(word) > 6 && (strings.HasPrefix(word, "ech") || strings.HasPrefix(word, "esh") || strings.HasPrefix(word, "ash")) {
		return word[1:], true
	}
	return "", false
}

// childStem cuts بن, Ben or Bel from a word with which it was written.
func childStem(word string) (string, bool) {
	if stem, ok := strings.CutPrefix(word, "بن"); ok && len([]rune(stem)) >= 3 {
		return stem, true
	}
	for _, p := range []string{"ben", "bin"} {
		if stem, ok := strings.CutPrefix(word, p); ok && len(stem) >= 3 {
			return stem, true
		}
	}
	return "", false
}
