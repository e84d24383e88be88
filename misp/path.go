package misp

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/stix"
)

// A path is an object path of the patterning language, such as
// network-traffic:dst_ref.value. It says three things at once: what an
// indicator tests, where a cyber-observable object keeps a value, and where
// that value is read again. STIX 2.1, 9.7
type path struct {
	text  string
	sco   string // the type it starts at
	steps []step
}

type step struct {
	name string
	many bool // [*]: an item of a list
}

// ref tells whether the step leads to another object.
func (s step) ref() bool {
	return strings.HasSuffix(s.name, "_ref") || strings.HasSuffix(s.name, "_refs")
}

// parsePath reads a path as it is written in the tables of this package.
func parsePath(text string) path {
	sco, rest, _ := strings.Cut(text, ":")
	p := path{text: text, sco: sco}
	for rest != "" {
		var name string
		if quoted, ok := strings.CutPrefix(rest, "'"); ok {
			name, rest, _ = strings.Cut(quoted, "'")
			rest = strings.TrimPrefix(rest, ".")
			p.steps = append(p.steps, step{name: name})
			continue
		}
		name, rest, _ = strings.Cut(rest, ".")
		name, many := strings.CutSuffix(name, "[*]")
		p.steps = append(p.steps, step{name, many})
	}
	return p
}

// whole are the properties that are whole numbers.
var whole = map[string]bool{
	"number": true, "size": true, "src_port": true, "dst_port": true, "pid": true,
	"src_byte_count": true, "dst_byte_count": true, "src_packets": true, "dst_packets": true,
}

// isWhole tells whether the value at the path is a whole number.
func (p path) isWhole() bool { return whole[p.steps[len(p.steps)-1].name] }

// A finding is a value and where it stands.
type finding struct {
	at    path
	value string
	uuid  string // of the attribute it comes from, for the id of its own object
}

// patternOf is a pattern that asks for all findings at once. An address is
// asked for with its family, since the path alone does not say it.
// STIX 2.1, 9.5
func patternOf(all []finding) string {
	b := []byte{'['}
	for i, f := range all {
		if i > 0 {
			b = append(b, " AND "...)
		}
		if test, ok := familyTest(f); ok {
			b = append(append(b, test...), " AND "...)
		}
		b = append(append(b, f.at.text...), " = "...)
		b = f.appendLiteral(b)
	}
	return string(append(b, ']'))
}

func familyTest(f finding) (string, bool) {
	n := len(f.at.steps)
	if f.at.sco != "network-traffic" || n != 2 || f.at.steps[1].name != "value" {
		return "", false
	}
	return "network-traffic:" + f.at.steps[0].name + ".type = '" + hostType(f.value) + "'", true
}

func (f finding) appendLiteral(b []byte) []byte {
	if n, err := strconv.ParseInt(f.value, 10, 64); err == nil && f.at.isWhole() {
		return strconv.AppendInt(b, n, 10)
	}
	b = append(b, '\'')
	for i := range len(f.value) {
		if c := f.value[i]; c == '\'' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, f.value[i])
	}
	return append(b, '\'')
}

// hostType is the type of object that holds the name or address of a host.
func hostType(value string) string {
	addr, _, _ := strings.Cut(value, "/")
	ip, err := netip.ParseAddr(addr)
	switch {
	case err != nil:
		return "domain-name"
	case ip.Is4():
		return "ipv4-addr"
	}
	return "ipv6-addr"
}

// A test is one comparison of a pattern that patternOf has written.
type test struct{ at, value string }

// testsOf takes a pattern apart that is one observation of tests for equality,
// joined by AND. It is false for any other pattern.
func testsOf(pattern string) ([]test, bool) {
	s, ok := strings.CutPrefix(pattern, "[")
	if !ok {
		return nil, false
	}
	var all []test
	for {
		at, rest, ok := strings.Cut(s, " = ")
		if !ok || strings.ContainsAny(at, "()[] ") && !strings.Contains(at, "[*]") {
			return nil, false
		}
		value, rest, ok := cutLiteral(rest)
		if !ok {
			return nil, false
		}
		all = append(all, test{at, value})
		if rest == "]" {
			return all, true
		}
		if s, ok = strings.CutPrefix(rest, " AND "); !ok {
			return nil, false
		}
	}
}

// cutLiteral takes a string or a whole number from the front.
func cutLiteral(s string) (value, rest string, ok bool) {
	quoted, isString := strings.CutPrefix(s, "'")
	if !isString {
		n := strings.IndexAny(s, " ]")
		if n <= 0 {
			return "", "", false
		}
		_, err := strconv.ParseInt(s[:n], 10, 64)
		return s[:n], s[n:], err == nil
	}
	if n := strings.IndexAny(quoted, `'\`); n >= 0 && quoted[n] == '\'' {
		return quoted[:n], quoted[n+1:], true
	}
	return cutEscaped(quoted)
}

func cutEscaped(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// lookup finds an object by its id, nil where there is none.
type lookup func(stix.ID) *stix.Object

// read is the first value at the path, from an object of the path's type.
func (p path) read(o *stix.Object, find lookup) (string, bool) {
	return readSteps(o, "", p.steps, find)
}

func readSteps(o *stix.Object, at string, steps []step, find lookup) (string, bool) {
	at += "/" + escapePointer(steps[0].name)
	if steps[0].many {
		at += "/0"
	}
	raw, ok := o.At(at)
	if !ok {
		return "", false
	}
	if len(steps) == 1 {
		return textOf(bytes.Clone(raw)), true
	}
	if !steps[0].ref() {
		return readSteps(o, at, steps[1:], find)
	}
	next := find(stix.ID(textOf(jsontext.Value(raw))))
	if next == nil {
		return "", false
	}
	return readSteps(next, "", steps[1:], find)
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
