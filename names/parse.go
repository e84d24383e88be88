package names

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a name of either kind: one with a legal form or a word such as
// bank, company, مؤسسة is an organisation's, all others are persons'.
func Parse(text string) Name {
	tokens, cut := tokenise(text)
	if looksLikeOrganisation(tokens) {
		return parseOrganisation(text, tokens, cut)
	}
	return parsePerson(text, tokens, cut)
}

// ParsePerson reads a person's name.
func ParsePerson(text string) Name {
	tokens, cut := tokenise(text)
	return parsePerson(text, tokens, cut)
}

// ParseOrganisation reads an organisation's name.
func ParseOrganisation(text string) Name {
	tokens, cut := tokenise(text)
	return parseOrganisation(text, tokens, cut)
}

// tokenise cuts a text into folded words, at most maxText bytes of it.
func tokenise(text string) (out []token, cut bool) {
	if len(text) > maxText {
		text, cut = text[:maxText], true
		for !utf8.ValidString(text) && len(text) > maxText-utf8.UTFMax {
			text = text[:len(text)-1]
		}
	}
	text = strings.ToValidUTF8(text, " ")
	for _, field := range strings.FieldsFunc(text, isSeparator) {
		out = appendTokens(out, field)
	}
	return out, cut
}

// isSeparator says where a raw text is cut; commas stay with the word before.
func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || r == '-' || r == '‐' || r == '–' || r == '/' || r == zeroWidthNonJoiner || r == '(' || r == ')' || r == '"' || r == '_'
}

func appendTokens(out []token, field string) []token {
	folded := fold(field)
	comma := strings.HasSuffix(folded, ",")
	dotted := strings.Contains(folded, ".")
	for w := range strings.FieldsFuncSeq(dotless(folded), func(r rune) bool { return r == ',' || r == ' ' }) {
		out = append(out, token{text: w, raw: strings.Trim(field, ",،."), dot: dotted})
	}
	if comma && len(out) > 0 {
		out[len(out)-1].comma = true
	}
	return out
}

// dotless joins abbreviations: s.a.r.l. is sarl, ش.م.م is شمم; but A.R. are two initials, told apart later.
func dotless(s string) string { return strings.ReplaceAll(s, ".", "") }

func parsePerson(text string, tokens []token, cut bool) Name {
	n := Name{Text: text, Kind: Person, Cut: cut}
	tokens, n.Comma = familyLast(tokens)
	for len(tokens) > 0 {
		if len(n.Parts) == maxParts {
			n.Cut = true
			break
		}
		var part Part
		part, tokens = nextPart(tokens, len(n.Parts) == 0)
		n.Parts = append(n.Parts, part)
	}
	n.onlyTitles()
	return n
}

// onlyTitles makes words of titles where there is nothing else: Haj is a name too.
func (n *Name) onlyTitles() {
	if len(n.words()) > 0 {
		return
	}
	for i := range n.Parts {
		n.Parts[i].Role = Word
	}
}

// familyLast moves what stands before the first comma to the end.
func familyLast(tokens []token) ([]token, bool) {
	for i, t := range tokens {
		if t.comma && i+1 < len(tokens) {
			moved := append([]token{}, tokens[i+1:]...)
			return append(moved, tokens[:i+1]...), true
		}
	}
	return tokens, false
}

// nextPart reads the part that begins at tokens[0] and returns what follows.
func nextPart(tokens []token, first bool) (Part, []token) {
	head, rest := tokens[0], tokens[1:]
	more := len(rest) > 0
	switch {
	case titles[head.text] && more && (first || head.dot) && !(head.text == "m" && !head.dot):
		return titleOrInitial(head), rest
	case isInitial(head):
		return Part{Text: head.raw, Script: scriptOf(head.text), Role: Initial, Value: head.text, readings: plainReadings(head.text)}, rest
	case more && servants[head.text]:
		return servantPart(head, rest)
	case more && parents[head.text]:
		return compound(head, rest, Parent)
	case more && (children[head.text] || folks[head.text]):
		return childPart(head, rest)
	case more && articles[head.text]:
		return articlePart(head, rest)
	}
	return withSuffix(wordPart(head), rest)
}

// titleOrInitial keeps M. as both: Monsieur, or an initial, which costs less when it is wrong.
func titleOrInitial(t token) Part {
	p := Part{Text: t.raw, Script: scriptOf(t.text), Role: Title, Value: t.text}
	if t.text == "m" {
		p.Role, p.readings = Initial, plainReadings("m")
	}
	return p
}

func isInitial(t token) bool {
	n := utf8.RuneCountInString(t.text)
	return n == 1 || n == 2 && t.dot && !t.arabic()
}

// wordPart reads one word with the particles that may be hidden in it.
func wordPart(t token) Part {
	p := Part{Text: t.raw, Script: scriptOf(t.text), Role: Word}
	switch p.Script {
	case Digits:
		p.Role, p.Value = Number, number(t.text)
	case Other: // no sounds are known: such parts are the same or they are not
		p.Value = t.text
	default:
		p.readings = wordReadings(t.text)
	}
	return p
}

// number drops the zeroes before a number.
func number(text string) string {
	if n := strings.TrimLeft(text, "0"); n != "" {
		return n
	}
	return "0"
}
