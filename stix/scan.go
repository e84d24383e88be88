package stix

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is the JSON kind of a node. A member of an object is two nodes: its
// name (kindName), then its value.
type kind uint8

const (
	kindNull kind = iota + 1
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindArray
	kindObject
	kindName
)

func (k kind) String() string {
	return [...]string{"", "null", "a boolean", "a boolean", "a number", "a string", "a list", "an object", "a name"}[k]
}

const (
	escaped  = 1 << iota // a string or name with a backslash in it
	fraction             // a number with a fraction or an exponent
)

// A node is one JSON value (or member name) of an object: where its bytes are
// and where the next one beside it stands. The nodes of a document lie in the
// order of its bytes, so a subtree is the run nodes[i:nodes[i].next].
type node struct {
	start, end uint32 // the bytes, with the quotes of a string
	next       uint32 // the node after this one and all that is inside it
	kind       kind
	flags      uint8
}

// A scanner makes the nodes of one document, in one pass.
type scanner struct {
	src      []byte
	nodes    []node
	maxDepth int
	err      *SyntaxError
}

var scanners = sync.Pool{New: func() any { return &scanner{nodes: make([]node, 0, 256)} }}

// scan reads src, which must be one JSON object without anything around it.
func scan(src []byte, maxDepth int) ([]node, *SyntaxError) {
	s := scanners.Get().(*scanner)
	s.src, s.nodes, s.maxDepth, s.err = src, s.nodes[:0], maxDepth, nil
	nodes, err := s.document()
	s.src = nil
	if cap(s.nodes) <= 1<<16 {
		scanners.Put(s)
	}
	return nodes, err
}

func (s *scanner) document() ([]node, *SyntaxError) {
	if len(s.src) == 0 || s.src[0] != '{' {
		s.fail(0, "want an object")
		return nil, s.err
	}
	p := s.object(0, 1)
	if p < 0 {
		return nil, s.err
	}
	if p != len(s.src) {
		s.fail(p, "more bytes after the object")
		return nil, s.err
	}
	return slices.Clone(s.nodes), nil
}

// fail notes the first error and returns -1, the position of no return.
func (s *scanner) fail(p int, text string) int {
	if s.err == nil {
		s.err = &SyntaxError{Offset: int64(p), Text: text, Index: -1}
	}
	return -1
}

// inside puts one more step before the pointer of the error.
func (s *scanner) inside(step string) int {
	s.err.Pointer = "/" + escapePointer(step) + s.err.Pointer
	return -1
}

// skip returns the position of the next byte that is not white space, and
// that byte; past the end the byte is 0, which no grammar wants.
func (s *scanner) skip(p int) (int, byte) {
	for p < len(s.src) {
		if c := s.src[p]; c > ' ' || !isSpace(c) {
			return p, c
		}
		p++
	}
	return p, 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (s *scanner) value(p int, c byte, depth int) int {
	switch {
	case c == '"':
		return s.leaf(kindString, p, p)
	case c == '{':
		return s.object(p, depth)
	case c == '[':
		return s.array(p, depth)
	case c == '-' || c >= '0' && c <= '9':
		return s.number(p)
	case c == 't':
		return s.literal(p, "true", kindTrue)
	case c == 'f':
		return s.literal(p, "false", kindFalse)
	case c == 'n':
		return s.literal(p, "null", kindNull)
	case p >= len(s.src):
		return s.fail(p, "the object is cut off")
	}
	return s.fail(p, "want a JSON value")
}

// leaf adds a string or a name that starts with a quote at p.
func (s *scanner) leaf(k kind, start, p int) int {
	end, flags := s.text(p + 1)
	if end < 0 {
		return -1
	}
	n := uint32(len(s.nodes)) + 1
	s.nodes = append(s.nodes, node{start: uint32(start), end: uint32(end), next: n, kind: k, flags: flags})
	return end
}

func (s *scanner) literal(p int, word string, k kind) int {
	end := p + len(word)
	if end > len(s.src) || string(s.src[p:end]) != word {
		return s.fail(p, "want a JSON value")
	}
	n := uint32(len(s.nodes)) + 1
	s.nodes = append(s.nodes, node{start: uint32(p), end: uint32(end), next: n, kind: k})
	return end
}

func (s *scanner) array(p, depth int) int {
	if depth > s.maxDepth {
		return s.fail(p, "nested too deep")
	}
	self := len(s.nodes)
	s.nodes = append(s.nodes, node{start: uint32(p), kind: kindArray})
	p, c := s.skip(p + 1)
	for i := 0; c != ']'; i++ {
		if p = s.value(p, c, depth+1); p < 0 {
			return s.inside(strconv.Itoa(i))
		}
		if p, c = s.skip(p); c == ',' {
			if p, c = s.skip(p + 1); c == ']' {
				return s.fail(p, "a comma before the end of a list")
			}
		} else if c != ']' {
			return s.fail(p, "want a comma or the end of the list")
		}
	}
	s.nodes[self].end = uint32(p + 1)
	s.nodes[self].next = uint32(len(s.nodes))
	return p + 1
}

func (s *scanner) object(p, depth int) int {
	if depth > s.maxDepth {
		return s.fail(p, "nested too deep")
	}
	self := len(s.nodes)
	s.nodes = append(s.nodes, node{start: uint32(p), kind: kindObject})
	var seen nameFilter
	p, c := s.skip(p + 1)
	count := 0
	for ; c != '}'; count++ {
		if p, c = s.member(p, c, self, count, &seen, depth); p < 0 {
			return -1
		}
	}
	if count > filterLimit && !s.namesDiffer(self) {
		return -1
	}
	s.nodes[self].end = uint32(p + 1)
	s.nodes[self].next = uint32(len(s.nodes))
	return p + 1
}

// member reads one name and value, and the comma after it.
func (s *scanner) member(p int, c byte, self, count int, seen *nameFilter, depth int) (int, byte) {
	if c != '"' {
		return s.fail(p, "want the name of a member"), 0
	}
	name := len(s.nodes)
	p = s.leaf(kindName, p, p)
	if p < 0 {
		return -1, 0
	}
	if count < filterLimit && seen.add(s.plain(name)) && s.repeats(self, name) {
		return s.duplicate(name), 0
	}
	p, c = s.skip(p)
	if c != ':' {
		return s.fail(p, "want a colon"), 0
	}
	p, c = s.skip(p + 1)
	if p = s.value(p, c, depth+1); p < 0 {
		return s.inside(string(s.plain(name))), 0
	}
	s.nodes[name].next = uint32(len(s.nodes))
	if p, c = s.skip(p); c == ',' {
		if p, c = s.skip(p + 1); c == '}' {
			return s.fail(p, "a comma before the end of an object"), 0
		}
	} else if c != '}' {
		return s.fail(p, "want a comma or the end of the object"), 0
	}
	return p, c
}

func (s *scanner) duplicate(name int) int {
	s.fail(int(s.nodes[name].start), "a second member of this name")
	return s.inside(string(s.plain(name)))
}

// plain returns the bytes of a string or name without quotes and escapes.
func (s *scanner) plain(i int) []byte { return plain(s.src, s.nodes[i]) }

// repeats asks whether an earlier member of the object self has this name.
func (s *scanner) repeats(self, name int) bool {
	text := s.plain(name)
	for i := self + 1; i < name; i = int(s.nodes[i].next) {
		if bytes.Equal(s.plain(i), text) {
			return true
		}
	}
	return false
}

// namesDiffer checks an object of many members by sorting their names, so
// that no input makes the search for duplicates quadratic.
func (s *scanner) namesDiffer(self int) bool {
	type name struct {
		text []byte
		node int
	}
	var all []name
	for i := self + 1; i < len(s.nodes); i = int(s.nodes[i].next) {
		all = append(all, name{s.plain(i), i})
	}
	slices.SortFunc(all, func(a, b name) int {
		if c := bytes.Compare(a.text, b.text); c != 0 {
			return c
		}
		return a.node - b.node
	})
	for i := 1; i < len(all); i++ {
		if bytes.Equal(all[i-1].text, all[i].text) {
			s.duplicate(all[i].node)
			return false
		}
	}
	return true
}

// A nameFilter remembers roughly which names an object has. Of so few
// members, few collide by chance; larger objects are sorted instead.
type nameFilter [4]uint64

const filterLimit = 48

// add notes a name and tells whether it may have been there before.
func (f *nameFilter) add(name []byte) bool {
	n := len(name)
	h := uint32(n) * 0x9e3779b1
	if n >= 4 {
		h ^= binary.LittleEndian.Uint32(name) * 0x85ebca6b
		h ^= binary.LittleEndian.Uint32(name[n-4:]) * 0xc2b2ae35
		h ^= uint32(name[n/2]) * 0x27d4eb2f
	} else {
		for _, c := range name {
			h = h*31 + uint32(c)
		}
	}
	h ^= h >> 16
	bit, word := uint64(1)<<(h&63), &f[h>>6&3]
	before := *word&bit != 0
	*word |= bit
	return before
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plainRun returns how many of the first eight bytes of w can stand in a
// string as they are: printable ASCII other than the quote and backslash.
func plainRun(w uint64) int {
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	stop := (w - ones*0x20) &^ w
	stop |= (quote - ones) &^ quote
	stop |= (slash - ones) &^ slash
	stop |= w
	return bits.TrailingZeros64(stop&highs) >> 3
}

// text reads a string whose opening quote is just before p. It returns the
// position after the closing quote.
func (s *scanner) text(p int) (int, uint8) {
	var flags uint8
	src := s.src
	for {
		for p+8 <= len(src) {
			n := plainRun(binary.LittleEndian.Uint64(src[p:]))
			p += n
			if n < 8 {
				break
			}
		}
		if p >= len(src) {
			return s.fail(p, "a string without an end"), 0
		}
		switch c := src[p]; {
		case c == '"':
			return p + 1, flags
		case c == '\\':
			flags |= escaped
			p = s.escape(p)
		case c == 0:
			p = s.fail(p, "a NUL character")
		case c < ' ':
			p = s.fail(p, "a control character in a string")
		case c >= utf8.RuneSelf:
			p = s.runes(p)
		default:
			p++
		}
		if p < 0 {
			return -1, 0
		}
	}
}

// runes reads the run of characters beyond ASCII at p.
func (s *scanner) runes(p int) int {
	for p < len(s.src) && s.src[p] >= utf8.RuneSelf {
		_, n := utf8.DecodeRune(s.src[p:])
		if n == 1 {
			return s.fail(p, "not UTF-8")
		}
		p += n
	}
	return p
}

// escape reads the escape at p. RFC 8259, 7 / RFC 7493, 2.1
func (s *scanner) escape(p int) int {
	if p+1 >= len(s.src) {
		return s.fail(p, "a string without an end")
	}
	switch s.src[p+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return p + 2
	case 'u':
		return s.unicode(p)
	}
	return s.fail(p, "an unknown escape")
}

func (s *scanner) unicode(p int) int {
	r := hex4(s.src, p+2)
	switch {
	case r < 0:
		return s.fail(p, "an unknown escape")
	case r == 0:
		return s.fail(p, "a NUL character")
	case !utf16.IsSurrogate(r):
		return p + 6
	}
	if p+7 < len(s.src) && s.src[p+6] == '\\' && s.src[p+7] == 'u' {
		if low := hex4(s.src, p+8); utf16.DecodeRune(r, low) != utf8.RuneError {
			return p + 12
		}
	}
	return s.fail(p, "half of a surrogate pair")
}

// hex4 returns the four hexadecimal digits at p, or -1.
func hex4(src []byte, p int) rune {
	if p+4 > len(src) {
		return -1
	}
	var r rune
	for _, c := range src[p : p+4] {
		d := hexDigit(c)
		if d < 0 {
			return -1
		}
		r = r<<4 | rune(d)
	}
	return r
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// number reads a number. Integers keep to ±(2^53-1) and other numbers to what
// a double can hold, so that every reader sees the same value.
// STIX 2.1, 2.10 / STIX 2.1, 2.6 / RFC 7493, 2.2
func (s *scanner) number(p int) int {
	start := p
	if s.src[p] == '-' {
		p++
	}
	digits := p
	p = s.digits(p)
	if p == digits || p-digits > 1 && s.src[digits] == '0' {
		return s.fail(start, "not a number")
	}
	var flags uint8
	whole := p
	if p < len(s.src) && s.src[p] == '.' {
		flags = fraction
		q := s.digits(p + 1)
		if q == p+1 {
			return s.fail(start, "not a number")
		}
		p = q
	}
	if p < len(s.src) && s.src[p]|0x20 == 'e' {
		flags = fraction
		q := p + 1
		if q < len(s.src) && (s.src[q] == '+' || s.src[q] == '-') {
			q++
		}
		if p = s.digits(q); p == q {
			return s.fail(start, "not a number")
		}
	}
	if !numberFits(s.src[digits:whole], s.src[start:p], flags) {
		return s.fail(start, "a number too large to be exact")
	}
	n := uint32(len(s.nodes)) + 1
	s.nodes = append(s.nodes, node{start: uint32(start), end: uint32(p), next: n, kind: kindNumber, flags: flags})
	return p
}

func numberFits(whole, all []byte, flags uint8) bool {
	if flags&fraction == 0 {
		const largest = "9007199254740991"
		return len(whole) < len(largest) || len(whole) == len(largest) && string(whole) <= largest
	}
	if len(all) < 300 && bytes.IndexByte(all, 'e') < 0 && bytes.IndexByte(all, 'E') < 0 {
		return true
	}
	_, err := strconv.ParseFloat(string(all), 64)
	return err == nil
}

func (s *scanner) digits(p int) int {
	for p < len(s.src) && s.src[p]-'0' <= 9 {
		p++
	}
	return p
}

// plain returns the bytes of a string or name without quotes and escapes;
// they alias src where there is no escape.
func plain(src []byte, n node) []byte {
	b := src[n.start+1 : n.end-1]
	if n.flags&escaped == 0 {
		return b
	}
	return unescape(b)
}

// unescape undoes the escapes of a string that the scanner has accepted.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(b, i+1)
			i += 4
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hex4(b, i+3))
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, b[i])
		}
	}
	return out
}
