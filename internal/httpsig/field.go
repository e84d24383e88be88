package httpsig

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq"
)

// The few shapes of structured fields that signatures need: dictionaries whose
// members are byte sequences or inner lists of strings, with parameters that
// are strings, integers or true. Anything else is refused.
// RFC 9651, 4.2

// A component is one covered part of a message, as an inner list names it.
// RFC 9421, 2
type component struct {
	name string // lower case; derived ones begin with @
	req  bool   // of the request that a response answers
	key  string // one member of a dictionary field
}

// String is the component identifier in its serialised form.
func (c component) String() string {
	s := quote(c.name)
	if c.req {
		s += ";req"
	}
	if c.key != "" {
		s += `;key=` + quote(c.key)
	}
	return s
}

// An input is one member of Signature-Input.
// RFC 9421, 4.1
type input struct {
	components []component
	params     []param
}

type param struct {
	name string
	text string
	n    int64
	kind byte // s: string, i: integer, b: true
}

// String is the inner list in its serialised form: what "@signature-params"
// covers.
// RFC 9421, 2.3
func (in input) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, c := range in.components {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c.String())
	}
	b.WriteByte(')')
	for _, p := range in.params {
		b.WriteString(";" + p.name)
		switch p.kind {
		case 's':
			b.WriteString("=" + quote(p.text))
		case 'i':
			b.WriteString("=" + strconv.FormatInt(p.n, 10))
		}
	}
	return b.String()
}

func (in input) param(name string, kind byte) (param, bool) {
	i := slices.IndexFunc(in.params, func(p param) bool { return p.name == name && p.kind == kind })
	if i < 0 {
		return param{}, false
	}
	return in.params[i], true
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(s string) string { return `"` + escapes.Replace(s) + `"` }

// A reader walks a field value; the first fault stays.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(want string) {
	if r.err == nil {
		r.err = fmt.Errorf("structured field: want %s at %.20q: %w", want, r.rest, mithaq.Invalid)
	}
	r.rest = ""
}

func (r *reader) eat(prefix string) bool {
	rest, ok := strings.CutPrefix(r.rest, prefix)
	if ok && r.err == nil {
		r.rest = rest
	}
	return ok && r.err == nil
}

func (r *reader) need(prefix string) {
	if !r.eat(prefix) {
		r.fail(strconv.Quote(prefix))
	}
}

// name reads a key.
// RFC 9651, 4.2.3.3
func (r *reader) name() string {
	n := 0
	for n < len(r.rest) && isKeyByte(r.rest[n], n == 0) {
		n++
	}
	if n == 0 {
		r.fail("a key")
		return ""
	}
	name := r.rest[:n]
	r.rest = r.rest[n:]
	return name
}

func isKeyByte(c byte, first bool) bool {
	if c >= 'a' && c <= 'z' || c == '*' {
		return true
	}
	return !first && (c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.')
}

// str reads a string.
// RFC 9651, 4.2.5
func (r *reader) str() string {
	r.need(`"`)
	var b strings.Builder
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			r.rest = r.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(r.rest) && (r.rest[i+1] == '"' || r.rest[i+1] == '\\'):
			i++
			b.WriteByte(r.rest[i])
		case c < 0x20 || c > 0x7e || c == '\\':
			r.fail("a printable character")
			return ""
		default:
			b.WriteByte(c)
		}
	}
	r.fail("the end of a string")
	return ""
}

// integer reads up to 15 digits.
// RFC 9651, 4.2.4
func (r *reader) integer() int64 {
	n := 0
	for n < len(r.rest) && r.rest[n] >= '0' && r.rest[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(r.rest[:n], 10, 64)
	if err != nil || n > 15 || (n > 1 && r.rest[0] == '0') {
		r.fail("an integer")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// bytes reads a byte sequence.
// RFC 9651, 4.2.7
func (r *reader) bytes() []byte {
	r.need(":")
	text, rest, ok := strings.Cut(r.rest, ":")
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if !ok || err != nil || strings.ContainsAny(text, "\r\n") {
		r.fail("base64 between colons")
		return nil
	}
	r.rest = rest
	return b
}

// params reads parameters; no name comes twice.
// RFC 9651, 4.2.3.2
func (r *reader) params() []param {
	var list []param
	for r.eat(";") {
		p := param{name: r.name(), kind: 'b'}
		if slices.ContainsFunc(list, func(o param) bool { return o.name == p.name }) || len(list) >= 16 {
			r.fail("each parameter once")
			return nil
		}
		if r.eat("=") {
			if strings.HasPrefix(r.rest, `"`) {
				p.kind, p.text = 's', r.str()
			} else {
				p.kind, p.n = 'i', r.integer()
			}
		}
		list = append(list, p)
	}
	return list
}

// component reads one item of the inner list with the parameters we know.
func (r *reader) component() component {
	c := component{name: r.str()}
	for _, p := range r.params() {
		switch {
		case p.name == "req" && p.kind == 'b':
			c.req = true
		case p.name == "key" && p.kind == 's':
			c.key = p.text
		default:
			r.fail("no parameter but req and key")
		}
	}
	return c
}

// RFC 9651, 4.2.1.2
func (r *reader) input() input {
	var in input
	r.need("(")
	for r.err == nil && !r.eat(")") {
		if len(in.components) > 0 {
			r.need(" ")
		}
		if len(in.components) >= 16 {
			r.fail("at most 16 components")
		}
		in.components = append(in.components, r.component())
	}
	in.params = r.params()
	return in
}

// dictionary reads every member with one function, and calls keep with each.
// RFC 9651, 4.2.2
func dictionary[T any](value string, read func(*reader) T) (map[string]T, error) {
	if len(value) > maxField {
		return nil, fmt.Errorf("structured field of %d bytes: %w", len(value), mithaq.TooLarge)
	}
	r := &reader{rest: strings.Trim(value, " ")}
	members := map[string]T{}
	for {
		name := r.name()
		r.need("=")
		v := read(r)
		if _, twice := members[name]; twice {
			r.fail("each member once")
		}
		members[name] = v
		if r.err != nil {
			return nil, r.err
		}
		if r.rest == "" {
			return members, nil
		}
		r.rest = strings.TrimLeft(r.rest, " \t")
		r.need(",")
		r.rest = strings.TrimLeft(r.rest, " \t")
	}
}
