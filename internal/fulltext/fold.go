package fulltext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestWord is how many bytes of a word are kept; longer ones are encodings rather than words.
const longestWord = 64

// letters whose spellings are one here and that Unicode does not take apart.
var letters = map[rune]string{
	'ı': "i", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ł': "l", 'ð': "d", 'þ': "th",
	'ٱ': "ا", 'ة': "ه", 'ى': "ي", 'ی': "ي", 'ې': "ي", 'ک': "ك", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۀ': "ه",
	'ء': "", 'ـ': "", '’': "", '‘': "", 'ʼ': "", 'ʿ': "", 'ʾ': "", 'ʻ': "", '\'': "",
}

// fold gives a text one spelling. Compatibility decomposition (UAX 15, NFKD) takes hamza and madda, accents and vowel marks off their
// letters, and then they are dropped.
func fold(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for _, r := range text {
		if r < utf8.RuneSelf && r != '\'' {
			out.WriteByte(lower(byte(r)))
			continue
		}
		foldRune(&out, r)
	}
	return out.String()
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func foldRune(out *strings.Builder, r rune) {
	if s, ok := letters[r]; ok {
		out.WriteString(s)
		return
	}
	for _, d := range norm.NFKD.String(string(unicode.ToLower(r))) {
		s, ok := letters[d]
		switch {
		case ok:
			out.WriteString(s)
		case unicode.Is(unicode.Nd, d):
			out.WriteByte(byte('0' + digit(d)))
		case unicode.IsMark(d) || unicode.Is(unicode.Cf, d):
		default:
			out.WriteRune(unicode.ToLower(d))
		}
	}
}

// digit is the value of a decimal digit: those of a script stand in a row of ten
// that begins at zero (The Unicode Standard, 4.6).
func digit(r rune) int {
	zero := r
	for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
		zero--
	}
	if r < utf8.RuneSelf {
		zero = '0'
	}
	return int(r - zero)
}

// split cuts a folded text into words: letters and digits.
func split(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// servant is the first part of names such as عبد اللطيف, which is written apart or together.
const servant = "عبد"

// joined are the words of a text, each with what it may be found by as well: a
// name after عبد is found apart and together, an Arabic word without its article.
func joined(words []string) (all []string) {
	for i, w := range words {
		all = append(all, bare(w))
		if w == servant && i+1 < len(words) {
			all = append(all, short(servant+words[i+1]))
		}
	}
	return all
}

// asked are the words of a question: what follows عبد belongs to it.
func asked(words []string) (all []string) {
	for i := 0; i < len(words); i++ {
		if words[i] == servant && i+1 < len(words) {
			all = append(all, short(servant+words[i+1]))
			i++
			continue
		}
		all = append(all, bare(words[i]))
	}
	return all
}

const article = "ال"

// bare is an Arabic word without its article, if enough is left, cut to what is kept.
func bare(word string) string {
	if rest, ok := strings.CutPrefix(word, article); ok && utf8.RuneCountInString(rest) >= 3 {
		return short(rest)
	}
	return short(word)
}

func short(word string) string {
	if len(word) <= longestWord {
		return word
	}
	word = word[:longestWord]
	for !utf8.ValidString(word) {
		word = word[:len(word)-1]
	}
	return word
}
