package stix

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Container is what a stream turns out to be.
type Container string

const (
	NoContainer Container = ""         // single objects, one after the other
	Bundle      Container = "bundle"   // STIX 2.1, 8
	Envelope    Container = "envelope" // TAXII 2.1, 3.7
	List        Container = "list"     // a bare JSON array
)

// A Header is what stands in a container beside its objects, as far as the
// Reader has come: members after the objects are known at the end.
type Header struct {
	Container   Container
	ID          ID     // of a bundle
	SpecVersion string // of a STIX 2.0 bundle
	More        bool   // of an envelope: there are further pages
	Next        string // of an envelope: where the next page begins
}

// A Reader takes a stream apart into objects, each with its exact bytes. It
// reads bundles, TAXII envelopes, bare arrays, single objects, and any of these
// one after the other with or without lines between them (NDJSON), and holds
// one object at a time in memory. A UTF-8 byte order mark at the very start is
// passed over, since files have it, though no STIX text may contain one
// elsewhere.
//
// An object with a member "objects" that is a list is taken for a container,
// unless its type came first and is not "bundle".
type Reader struct {
	in     *stream
	lim    Limits
	header Header
	state  state
	index  int   // of the next object
	begin  int64 // where the last object began
	err    error // that ends the stream
	lines  bool  // objects have come one a line, so that a broken line can be passed over
}

type state uint8

const (
	atTop  state = iota // top-level values
	inList              // the objects of a container that is a list
	inBundle
)

// NewReader reads objects from r, each within the limits.
func NewReader(r io.Reader, lim Limits) *Reader {
	lim = lim.orDefault()
	return &Reader{in: newStream(r, lim.Size), lim: lim}
}

// Header is what is known of the container.
func (r *Reader) Header() Header { return r.header }

// Index is the number of objects read, those with an error among them.
func (r *Reader) Index() int { return r.index }

// Next is the bytes of the next object, which the caller may keep. At the end
// the error is io.EOF. An error about one object is a *SyntaxError that is not
// Fatal: the next call goes on behind it. Next finds where objects end; whether
// they are well formed is for Parse to say.
func (r *Reader) Next() ([]byte, error) {
	for r.err == nil {
		raw, err := r.step()
		if err != nil {
			return nil, r.failed(err)
		}
		if raw != nil {
			r.index++
			return raw, nil
		}
	}
	return nil, r.err
}

// NextObject is the next object, strictly parsed. Errors are as for Next.
func (r *Reader) NextObject() (*Object, error) {
	raw, err := r.Next()
	if err != nil {
		return nil, err
	}
	o, err := Parse(raw, r.lim)
	if syntax, ok := errors.AsType[*SyntaxError](err); ok {
		syntax.Index = r.index - 1
		syntax.Offset += r.begin
	}
	return o, err
}

// Objects goes through all objects. After an error that is Fatal, or that is
// no *SyntaxError, there are no more.
func (r *Reader) Objects() iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		for {
			o, err := r.NextObject()
			if errors.Is(err, io.EOF) || !yield(o, err) || err != nil && r.err != nil {
				return
			}
		}
	}
}

// failed notes an error, and keeps those that end the stream.
func (r *Reader) failed(err error) error {
	syntax, ok := errors.AsType[*SyntaxError](err)
	if !ok {
		r.err = err
		return err
	}
	syntax.Index = r.index
	if syntax.Fatal {
		r.err = err
	} else {
		r.index++
	}
	return err
}

func (r *Reader) fatal(text string) error {
	return &SyntaxError{Offset: r.in.offset(), Text: text, Fatal: true}
}

// step moves on by one token or object; raw is nil where there was none.
func (r *Reader) step() (raw []byte, err error) {
	switch r.state {
	case inList, inBundle:
		return r.item()
	}
	c, err := r.in.peek()
	if errors.Is(err, io.EOF) {
		r.err = io.EOF
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	switch c {
	case '{':
		return r.topObject()
	case '[':
		r.in.advance(1)
		r.state = inList
		r.header = Header{Container: List}
		return nil, r.firstItem()
	}
	return nil, r.passLine(r.fatal("want an object or a list"))
}

// firstItem looks for the end of an empty list.
func (r *Reader) firstItem() error {
	c, err := r.want()
	if err == nil && c == ']' {
		return r.endList()
	}
	return err
}

// want is the next byte that is not white space, within a container.
func (r *Reader) want() (byte, error) {
	c, err := r.in.peek()
	if errors.Is(err, io.EOF) {
		return 0, r.fatal("the stream is cut off")
	}
	return c, err
}

// item reads one element of a container, and the comma or end after it.
func (r *Reader) item() ([]byte, error) {
	c, err := r.want()
	if err != nil {
		return nil, err
	}
	r.begin = r.in.offset()
	raw, err := r.in.take(r.lim.Size)
	if bad := r.fatalOrIO(err); bad != nil {
		return nil, bad
	}
	if end := r.endItem(); end != nil {
		return nil, end
	}
	switch {
	case err != nil:
		return nil, err
	case c != '{':
		return nil, &SyntaxError{Offset: r.begin, Text: "want an object"}
	}
	return raw, nil
}

// fatalOrIO is err, unless the stream can be read on after it.
func (r *Reader) fatalOrIO(err error) error {
	if syntax, ok := errors.AsType[*SyntaxError](err); ok && !syntax.Fatal {
		return nil
	}
	return err
}

func (r *Reader) endItem() error {
	c, err := r.want()
	if err != nil {
		return err
	}
	switch c {
	case ',':
		r.in.advance(1)
		if c, err := r.want(); err != nil || c != ']' {
			return err
		}
		return r.fatal("a comma before the end of a list")
	case ']':
		return r.endList()
	}
	return r.fatal("want a comma or the end of the list")
}

func (r *Reader) endList() error {
	r.in.advance(1)
	if r.state == inList {
		r.state = atTop
		return nil
	}
	r.state = atTop
	return r.afterObjects()
}

// afterObjects reads what a container has behind its objects.
func (r *Reader) afterObjects() error {
	for {
		c, err := r.want()
		if err != nil {
			return err
		}
		r.in.advance(1)
		if c == '}' {
			return nil
		}
		if c != ',' {
			return r.fatal("want a comma or the end of the container")
		}
		name, err := r.memberName()
		if err != nil {
			return err
		}
		value, err := r.in.take(headerSize)
		if err != nil {
			return r.worsen(err)
		}
		r.note(name, value)
	}
}

// headerSize bounds what stands in a container beside its objects.
const headerSize = 1 << 20

// worsen makes an error about a container's own members fatal.
func (r *Reader) worsen(err error) error {
	if syntax, ok := errors.AsType[*SyntaxError](err); ok {
		syntax.Fatal = true
	}
	return err
}

func (r *Reader) memberName() (string, error) {
	if err := r.mustBe('"', "want the name of a member"); err != nil {
		return "", err
	}
	raw, err := r.in.take(headerSize)
	if err != nil {
		return "", r.worsen(err)
	}
	name, ok := stringOf(raw)
	if !ok {
		return "", r.fatal("want the name of a member")
	}
	if err := r.mustBe(':', "want a colon"); err != nil {
		return "", err
	}
	r.in.advance(1)
	_, err = r.want()
	return name, err
}

// mustBe asks that the next byte is c.
func (r *Reader) mustBe(c byte, text string) error {
	got, err := r.want()
	if err == nil && got != c {
		err = r.fatal(text)
	}
	return err
}

// stringOf reads a JSON string that stands alone.
func stringOf(raw []byte) (string, bool) {
	s := scanner{src: raw, maxDepth: 1}
	if len(raw) < 2 || raw[0] != '"' || s.leaf(kindString, 0, 0) != len(raw) {
		return "", false
	}
	return string(s.plain(0)), true
}

func (r *Reader) note(name string, value []byte) {
	s, _ := stringOf(value)
	switch name {
	case "type":
		if s == "bundle" {
			r.header.Container = Bundle
		}
	case "id":
		r.header.ID = ID(s)
	case "spec_version":
		r.header.SpecVersion = s
	case "more":
		r.header.More = string(value) == "true"
	case "next":
		r.header.Next = s
	}
}

// topObject reads an object at the top: a container, or an object of its own.
func (r *Reader) topObject() ([]byte, error) {
	r.begin = r.in.offset()
	r.in.mark()
	r.in.lines = r.lines
	head, err := r.head()
	r.in.lines = false
	switch {
	case err != nil:
		return nil, r.passLine(err)
	case head == isContainer:
		return nil, nil
	case head == isEmptyContainer:
		r.in.unmark()
		return nil, nil
	}
	r.lines = true
	return r.in.marked(), nil
}

type headKind uint8

const (
	isObject headKind = iota
	isContainer
	isEmptyContainer
)

// head reads the members of a top-level object up to a list of objects, or to
// its end.
func (r *Reader) head() (headKind, error) {
	r.header = Header{}
	r.in.advance(1)
	known, members := "", 0
	c, err := r.want()
	for ; err == nil && c != '}'; c, err = r.want() {
		if members > 0 {
			if c != ',' {
				return 0, r.fatal("want a comma or the end of the object")
			}
			r.in.advance(1)
		}
		members++
		var name string
		if name, err = r.memberName(); err != nil {
			return 0, err
		}
		if c, err = r.want(); err != nil {
			return 0, err
		}
		if name == "objects" && c == '[' && (known == "" || known == "bundle") {
			return isContainer, r.startObjects()
		}
		if err = r.headMember(name, &known); err != nil {
			return 0, err
		}
		if r.in.offset()-r.begin > int64(r.lim.Size) {
			return 0, tooLong(r.begin, r.lim.Size)
		}
	}
	if err != nil {
		return 0, err
	}
	r.in.advance(1)
	if known == "bundle" || known == "" && (members == 0 || r.header.More || r.header.Next != "" || r.sawMore()) {
		r.containerWithout(known)
		return isEmptyContainer, nil
	}
	r.header = Header{}
	return isObject, nil
}

func (r *Reader) containerWithout(known string) {
	if known != "bundle" {
		r.header.Container = Envelope
	}
}

// sawMore tells whether the marked object is an envelope by its "more".
func (r *Reader) sawMore() bool {
	o, err := Parse(r.in.buf[r.in.from:r.in.at], r.lim)
	return err == nil && o.member(0, "more") != 0 && o.member(0, "id") == 0
}

func (r *Reader) headMember(name string, known *string) error {
	value, err := r.in.take(r.lim.Size)
	if err != nil {
		return err
	}
	if name == "type" {
		*known, _ = stringOf(value)
	}
	r.note(name, value)
	return nil
}

func (r *Reader) startObjects() error {
	r.in.unmark()
	if r.header.Container == "" {
		r.header.Container = Envelope
		if r.header.ID != "" {
			r.header.Container = Bundle
		}
	}
	r.in.advance(1)
	r.state = inBundle
	return r.firstItem()
}

// passLine goes on behind an object at the top that is too long, and behind a
// broken line where objects come one a line; any other error stays as it is.
func (r *Reader) passLine(err error) error {
	syntax, ok := errors.AsType[*SyntaxError](err)
	switch {
	case !ok:
		return err
	case !syntax.Fatal:
		r.in.unmark()
		if err := r.in.leave('}'); err != nil {
			return err
		}
	case r.lines && r.in.dropLine():
		syntax.Fatal = false
	}
	return syntax
}

func tooLong(at int64, most int) *SyntaxError {
	return &SyntaxError{Offset: at, Text: fmt.Sprintf("longer than %d bytes", most)}
}

// A stream is a buffered reader that finds where JSON values end.
type stream struct {
	in     io.Reader
	buf    []byte
	at     int // the next byte
	from   int // the mark, -1 for none
	before int64
	most   int
	err    error
	stack  []byte
	start  bool // nothing has been read yet
	lines  bool // a line feed within a string is the end of a broken line
}

const chunk = 64 << 10

func newStream(in io.Reader, most int) *stream {
	return &stream{in: in, from: -1, most: most, start: true}
}

// offset is how far into the stream the next byte is.
func (s *stream) offset() int64 { return s.before + int64(s.at) }

func (s *stream) mark()   { s.from = s.at }
func (s *stream) unmark() { s.from = -1 }

// marked copies the bytes since the mark, and takes it away.
func (s *stream) marked() []byte {
	b := bytes.Clone(s.buf[s.from:s.at])
	s.unmark()
	return b
}

func (s *stream) advance(n int) { s.at += n }

// fill reads more, keeping what is marked or not yet passed.
func (s *stream) fill() error {
	if s.err != nil {
		return s.err
	}
	keep := s.at
	if s.from >= 0 {
		keep = s.from
	}
	if keep > 0 && (keep >= len(s.buf) || len(s.buf) == cap(s.buf)) {
		n := copy(s.buf, s.buf[keep:])
		s.buf = s.buf[:n]
		s.before += int64(keep)
		s.at -= keep
		if s.from >= 0 {
			s.from = 0
		}
	}
	if len(s.buf) == cap(s.buf) {
		grown := make([]byte, len(s.buf), max(chunk, 2*cap(s.buf)))
		copy(grown, s.buf)
		s.buf = grown
	}
	for range 100 {
		n, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		s.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	s.err = io.ErrNoProgress
	return s.err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// peek is the next byte that is not white space.
func (s *stream) peek() (byte, error) {
	if s.start {
		s.start = false
		for len(s.buf) < len(byteOrderMark) && s.fill() == nil {
		}
		if bytes.HasPrefix(s.buf, byteOrderMark) {
			s.at = len(byteOrderMark)
		}
	}
	for {
		for s.at < len(s.buf) {
			if c := s.buf[s.at]; !isSpace(c) {
				return c, nil
			}
			s.at++
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// dropLine goes behind the next line feed after the mark.
func (s *stream) dropLine() bool {
	if s.from >= 0 {
		s.at = s.from
		s.unmark()
	}
	for {
		if n := bytes.IndexByte(s.buf[s.at:], '\n'); n >= 0 {
			s.at += n + 1
			return true
		}
		s.at = len(s.buf)
		if s.fill() != nil {
			return false
		}
	}
}

// take copies the value that begins at the next byte. A value longer than most
// is passed over to its end, and an error that is not fatal.
func (s *stream) take(most int) ([]byte, error) {
	begin := s.offset()
	own := s.from < 0
	if own {
		s.mark()
		defer s.unmark()
	}
	s.stack = s.stack[:0]
	long, err := s.passValue(begin, most)
	if err != nil {
		return nil, err
	}
	if long {
		return nil, tooLong(begin, most)
	}
	return bytes.Clone(s.buf[begin-s.before : s.at]), nil
}

// leave goes behind the end of the object or list that is being read.
func (s *stream) leave(end byte) error {
	s.stack = append(s.stack[:0], end)
	_, err := s.passValue(s.offset(), 0)
	return err
}

// passValue goes to the end of the value whose open brackets are on the stack.
// Once it is longer than most, nothing of it is kept.
func (s *stream) passValue(begin int64, most int) (long bool, err error) {
	v := valueEnd{stream: s}
	for {
		done, err := v.run()
		if err != nil {
			return long, err
		}
		if s.offset()-begin > int64(most) {
			long = true
			s.unmark()
		}
		if done {
			return long, nil
		}
		if err := s.fill(); err != nil {
			if errors.Is(err, io.EOF) && v.bare() {
				return long, nil
			}
			return long, s.cut(err)
		}
	}
}

// cut turns the end of the input within a value into a fatal error.
func (s *stream) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return &SyntaxError{Offset: s.offset(), Text: "the stream is cut off", Fatal: true}
	}
	return err
}

// A valueEnd looks for the end of one JSON value, across fills of the buffer.
type valueEnd struct {
	*stream
	inString bool
	slash    bool // the last byte was a backslash that escapes
	scalar   bool // within a number or a word
}

func (v *valueEnd) bare() bool { return v.scalar && len(v.stack) == 0 }

// run reads on in the buffer; done at the end of the value.
func (v *valueEnd) run() (done bool, err error) {
	for v.at < len(v.buf) {
		if v.inString {
			done, err := v.stringEnd()
			if err != nil || done && len(v.stack) == 0 {
				return done, err
			}
			continue
		}
		c := v.buf[v.at]
		if structural[c] == 0 { // numbers, words, colons and commas
			v.scalar = true
			v.at++
			continue
		}
		if v.scalar && len(v.stack) == 0 {
			return true, nil
		}
		v.at++
		switch c {
		case '"':
			v.inString = true
		case '{', '[':
			v.stack = append(v.stack, c+2) // the brace or bracket that ends it
		case '}', ']':
			n := len(v.stack) - 1
			if n < 0 || v.stack[n] != c {
				return false, &SyntaxError{Offset: v.offset() - 1, Text: "brackets that do not match", Fatal: true}
			}
			if v.stack = v.stack[:n]; n == 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// stringEnd reads on to the end of a string; false where it is not yet there.
func (v *valueEnd) stringEnd() (done bool, err error) {
	b := v.buf
	for i := v.at; i < len(b); i++ {
		if v.slash {
			v.slash = false
			continue
		}
		for i+8 <= len(b) {
			n := plainRun(binary.LittleEndian.Uint64(b[i:]))
			i += n
			if n < 8 {
				break
			}
		}
		if i == len(b) {
			break
		}
		switch c := b[i]; {
		case c == '\\':
			v.slash = true
		case c == '"':
			v.at = i + 1
			v.inString = false
			return true, nil
		case c == '\n' && v.lines:
			return false, &SyntaxError{Offset: v.before + int64(i), Text: "a string without an end", Fatal: true}
		}
	}
	v.at = len(b)
	return false, nil
}

// structural marks the bytes that matter outside strings. At the top of a
// value white space and commas end a number or a word.
var structural = func() (t [256]uint8) {
	for _, c := range []byte(`"{}[], ` + "\t\r\n") {
		t[c] = 1
	}
	return t
}()
