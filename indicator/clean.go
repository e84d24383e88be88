package indicator

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// A cleaned text is a text without what hides values in it, and where its bytes
// stood before.
type cleaned struct {
	text  string
	moves []move // in order
}

// A move says that from a byte of the cleaned text on, bytes stood elsewhere.
type move struct{ at, was int }

// was is where a byte of the cleaned text stood.
func (c *cleaned) was(at int) int {
	i := sort.Search(len(c.moves), func(i int) bool { return c.moves[i].at > at })
	if i == 0 {
		return at
	}
	m := c.moves[i-1]
	return m.was + at - m.at
}

// clean takes characters of no width out, and spaces around bracketed dots; it
// mends brackets left open, and dots behind a backslash.
func clean(s string) *cleaned {
	c := &cleaner{in: s}
	c.out.Grow(len(s))
	for c.at < len(s) {
		switch n := c.drop(); {
		case n > 0:
			c.skip(n)
		case c.half():
			c.mend()
		default:
			c.copy()
		}
	}
	return &cleaned{text: c.out.String(), moves: c.moves}
}

type cleaner struct {
	in    string
	at    int
	out   strings.Builder
	moves []move
	last  byte // the last that was written
}

func (c *cleaner) copy() {
	_, size := utf8.DecodeRuneInString(c.in[c.at:])
	c.out.WriteString(c.in[c.at : c.at+size])
	c.at += size
	c.last = c.in[c.at-1]
	if c.last == ']' && strings.HasPrefix(c.in[c.at:], "(") && bracketed(c.in[c.at:]) == 0 { // a link of Markdown: [words](address)
		c.out.WriteByte(' ')
		c.skip(0)
	}
}

// mend writes a whole mark where two bytes of one stand.
func (c *cleaner) mend() {
	c.out.WriteString("[.]")
	c.last = ']'
	c.skip(2)
}

func (c *cleaner) skip(n int) {
	c.at += n
	c.moves = append(c.moves, move{c.out.Len(), c.at})
}

// drop is how many bytes fall away here.
func (c *cleaner) drop() int {
	rest := c.in[c.at:]
	switch b := rest[0]; {
	case b >= utf8.RuneSelf:
		return widthless(rest)
	case b == ' ' || b == '\t':
		return c.gap(rest)
	}
	return 0
}

// half tells of a dot between words that one bracket or a backslash stands at:
// evil[.example, evil.]example, evil\.example.
func (c *cleaner) half() bool {
	rest := c.in[c.at:]
	if len(rest) < 3 || !isWord(c.last) || !isWord(rest[2]) {
		return false
	}
	mark := rest[:2]
	return mark == "[." || mark == ".]" || mark == `\.`
}

// widthless is the length of a character that takes no room, 0 for others.
func widthless(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff, r == 0xad, r == 0x180e:
		return size
	}
	return 0
}

// gap is the length of spaces that stand before or after a bracketed dot or at
// sign between words.
func (c *cleaner) gap(rest string) int {
	n := len(rest) - len(strings.TrimLeft(rest, " \t"))
	after := rest[n:]
	if after == "" || n > maxGap {
		return 0
	}
	if mark := bracketed(after); mark > 0 && isWord(c.last) && begins(after[mark:]) {
		return n
	}
	if isWord(after[0]) && closes(c.out.String()) {
		return n
	}
	return 0
}

const maxGap = 3 // spaces around a bracketed dot

// marks are the disguises that people set apart by spaces.
var marks = []string{"[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", "[at]", "(at)", "{at}", "[@]", "(@)", "{@}"}

// bracketed is the length of a mark at the beginning of s.
func bracketed(s string) int {
	if s[0] != '[' && s[0] != '(' && s[0] != '{' {
		return 0
	}
	for _, m := range marks {
		if len(s) >= len(m) && strings.EqualFold(s[:len(m)], m) {
			return len(m)
		}
	}
	return 0
}

// begins tells whether a word follows, at once or after few spaces.
func begins(s string) bool {
	word := strings.TrimLeft(s, " \t")
	return word != "" && len(s)-len(word) <= maxGap && isWord(word[0])
}

// closes tells whether s ends in a mark that a word stands before.
func closes(s string) bool {
	if s == "" || s[len(s)-1] != ']' && s[len(s)-1] != ')' && s[len(s)-1] != '}' {
		return false
	}
	for _, m := range marks {
		if n := len(s) - len(m); n > 0 && strings.EqualFold(s[n:], m) && isWord(s[n-1]) {
			return true
		}
	}
	return false
}

// isWord tells of letters and digits, and of any byte of another script.
func isWord(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || b >= utf8.RuneSelf
}

// Mend makes a disguised value whole, as FromText reads it.
func Mend(s string) string { return value.Refang(clean(s).text) }

// Disguisable tells of kinds that programs make links of, which people therefore
// disguise. In others brackets mean themselves.
func Disguisable(k value.Kind) bool {
	switch k {
	case value.IPv4, value.IPv4CIDR, value.IPv6, value.IPv6CIDR, value.Domain, value.URL, value.Email:
		return true
	}
	return false
}
