package stix

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
)

// Limits bound what one object may ask of its reader. A zero field means the
// default.
type Limits struct {
	Size  int // bytes of one object, 16 MiB by default
	Depth int // of nesting, the object itself being 1; 64 by default
}

const (
	defaultSize  = 16 << 20
	defaultDepth = 64
	largestSize  = 1 << 30 // nodes keep positions in 32 bits
	largestDepth = 10_000  // the scanner calls itself
)

func (l Limits) orDefault() Limits {
	if l.Size <= 0 {
		l.Size = defaultSize
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	return Limits{min(l.Size, largestSize), min(l.Depth, largestDepth)}
}

// An Object is one STIX object: the bytes it came as, and where the values lie
// in them. It does not change, and many goroutines may read it.
type Object struct {
	raw   []byte
	nodes []node
}

// Parse reads one object strictly: names once each, UTF-8 without NUL and lone
// surrogates, exact numbers, within the limits, nothing after it but white
// space. It does not ask whether the object makes sense; Validate does.
//
// The object keeps raw, which must not change afterwards. The error is a
// *SyntaxError.
func Parse(raw []byte, lim Limits) (*Object, error) {
	lim = lim.orDefault()
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	before := len(raw) - len(trimmed)
	trimmed = bytes.TrimRight(trimmed, " \t\r\n")
	if len(trimmed) > lim.Size {
		return nil, &SyntaxError{Offset: int64(lim.Size), Index: -1, Text: "longer than " + strconv.Itoa(lim.Size) + " bytes"}
	}
	nodes, err := scan(trimmed, lim.Depth)
	if err != nil {
		err.Offset += int64(before)
		return nil, err
	}
	return &Object{raw: trimmed, nodes: nodes}, nil
}

// Raw is the object exactly as it came, from its opening brace to its closing
// one. It must not be changed.
func (o *Object) Raw() []byte { return o.raw }

// member finds a property of the object at node i; its value, or 0.
func (o *Object) member(i int, name string) int {
	end := int(o.nodes[i].next)
	for m := i + 1; m < end; m = int(o.nodes[m].next) {
		n := &o.nodes[m]
		if n.flags&escaped == 0 && int(n.end-n.start)-2 != len(name) {
			continue
		}
		if string(plain(o.raw, *n)) == name {
			return m + 1
		}
	}
	return 0
}

// bytes is what node i says: a string without its quotes and escapes, and the
// JSON of any other value.
func (o *Object) bytes(i int) []byte {
	n := o.nodes[i]
	if n.kind == kindString || n.kind == kindName {
		return plain(o.raw, n)
	}
	return o.raw[n.start:n.end]
}

// json is the bytes of node i as they are.
func (o *Object) json(i int) []byte { return o.raw[o.nodes[i].start:o.nodes[i].end] }

// elements goes through the items of the list at node i.
func (o *Object) elements(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if o.nodes[i].kind != kindArray {
			return
		}
		for e, end := i+1, int(o.nodes[i].next); e < end; e = int(o.nodes[e].next) {
			if !yield(e) {
				return
			}
		}
	}
}

// members goes through the members of the object at node i: the nodes of the
// name and of the value.
func (o *Object) members(i int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		if o.nodes[i].kind != kindObject {
			return
		}
		for m, end := i+1, int(o.nodes[i].next); m < end; m = int(o.nodes[m].next) {
			if !yield(m, m+1) {
				return
			}
		}
	}
}

// Member is the JSON of a property as it was written.
func (o *Object) Member(name string) (json []byte, ok bool) {
	if i := o.member(0, name); i != 0 {
		return o.json(i), true
	}
	return nil, false
}

// Names goes through the names of the properties, in the order of the bytes.
func (o *Object) Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for m := range o.members(0) {
			if !yield(string(o.bytes(m))) {
				return
			}
		}
	}
}

// text is the string at node i, or nil where it is none.
func (o *Object) text(i int) []byte {
	if i == 0 || o.nodes[i].kind != kindString {
		return nil
	}
	return o.bytes(i)
}

// String is a property that is a string, or "".
func (o *Object) String(name string) string { return string(o.text(o.member(0, name))) }

// Strings is a property that is a list of strings; other items are left out.
func (o *Object) Strings(name string) []string {
	i := o.member(0, name)
	if i == 0 {
		return nil
	}
	var all []string
	for e := range o.elements(i) {
		if o.nodes[e].kind == kindString {
			all = append(all, string(o.bytes(e)))
		}
	}
	return all
}

// Int is a property that is an integer.
func (o *Object) Int(name string) (int64, bool) {
	i := o.member(0, name)
	if i == 0 {
		return 0, false
	}
	return o.integer(i)
}

// Bool is a property that is true or false; false where it is absent.
func (o *Object) Bool(name string) bool {
	i := o.member(0, name)
	return i != 0 && o.nodes[i].kind == kindTrue
}

// Time is a property that is a timestamp.
func (o *Object) Time(name string) (Timestamp, bool) {
	b := o.text(o.member(0, name))
	if !isTimestamp(b) {
		return Timestamp{}, false
	}
	return Timestamp{string(b)}, true
}

// Type is the name of the object's type, "" where it has none.
func (o *Object) Type() Type {
	b := o.text(o.member(0, "type"))
	if d, ok := definitions[Type(b)]; ok {
		return d.name // spares a string for each object
	}
	return Type(b)
}

// ID is the object's identifier, "" where it has none of the right form.
func (o *Object) ID() ID { return o.ref(o.member(0, "id")) }

// ref is the identifier at node i, or "".
func (o *Object) ref(i int) ID {
	b := o.text(i)
	if _, ok := splitID(b); !ok {
		return ""
	}
	return ID(b)
}

// SpecVersion is the version of STIX that the object says it follows; "" is
// 2.1 for a cyber-observable object and 2.0 for others. STIX 2.1, 3.2
func (o *Object) SpecVersion() string { return o.String("spec_version") }

// Created is when the first version was made.
func (o *Object) Created() (Timestamp, bool) { return o.Time("created") }

// Modified is when this version was made.
func (o *Object) Modified() (Timestamp, bool) { return o.Time("modified") }

// Version orders the versions of one id: modified, or created for what cannot
// be modified, or the zero Timestamp for what has no versions. STIX 2.1, 3.6
func (o *Object) Version() Timestamp {
	if t, ok := o.Modified(); ok {
		return t
	}
	t, _ := o.Created()
	return t
}

// CreatedByRef is the identity that made the object, or "".
func (o *Object) CreatedByRef() ID { return o.ref(o.member(0, "created_by_ref")) }

// Revoked tells whether its maker has withdrawn the object.
func (o *Object) Revoked() bool { return o.Bool("revoked") }

// Labels are the object's labels.
func (o *Object) Labels() []string { return o.Strings("labels") }

// Lang is the language of the object's text. STIX 2.1, 3.2
func (o *Object) Lang() string {
	if lang := o.String("lang"); lang != "" {
		return lang
	}
	return "en"
}

// Name is what a person would call the object: its name, or whatever its type
// has instead, such as the value of an address or the subject of a message. It
// is "" for objects that have nothing of the sort.
func (o *Object) Name() string {
	names := []string{"name", "value"}
	if d, ok := definitions[o.Type()]; ok && d.titles != nil {
		names = d.titles
	}
	for _, name := range names {
		if i := o.member(0, name); i != 0 {
			switch o.nodes[i].kind {
			case kindString, kindNumber:
				return string(o.bytes(i))
			case kindObject: // hashes: the first there is
				for _, h := range o.members(i) {
					return string(o.bytes(h))
				}
			}
		}
	}
	return ""
}

// MarkingRefs are the markings of the whole object. STIX 2.1, 7.2.2
func (o *Object) MarkingRefs() []ID { return o.IDs("object_marking_refs") }

// IDs is a property that is a list of identifiers; other items are left out.
func (o *Object) IDs(name string) []ID {
	i := o.member(0, name)
	if i == 0 {
		return nil
	}
	var ids []ID
	for e := range o.elements(i) {
		if id := o.ref(e); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// Refs goes through all references to other objects, at any depth: members
// whose names end in _ref or _refs. Each comes with the JSON pointer to it.
// References of the deprecated container of observed-data ("0", "1") are local
// to it and left out. STIX 2.1, 3.1
func (o *Object) Refs() iter.Seq2[string, ID] {
	return func(yield func(string, ID) bool) { o.walkRefs(0, false, nil, yield) }
}

// walkRefs looks for references in the value at node i; named tells whether
// the name of the member that holds it is one of a reference.
func (o *Object) walkRefs(i int, named bool, path []byte, yield func(string, ID) bool) bool {
	switch o.nodes[i].kind {
	case kindString:
		if id := o.refIf(named, i); id != "" {
			return yield(string(path), id)
		}
	case kindArray:
		n := int64(0)
		for e := range o.elements(i) {
			if !o.walkRefs(e, named, strconv.AppendInt(append(path, '/'), n, 10), yield) {
				return false
			}
			n++
		}
	case kindObject:
		for m, v := range o.members(i) {
			if o.isLeaf(v) && !isRefName(o.bytes(m)) {
				continue
			}
			at := append(append(path, '/'), escapePointer(string(o.bytes(m)))...)
			if !o.walkRefs(v, isRefName(o.bytes(m)), at, yield) {
				return false
			}
		}
	}
	return true
}

func (o *Object) refIf(named bool, i int) ID {
	if !named {
		return ""
	}
	return o.ref(i)
}

// isLeaf tells whether nothing is inside the value at node i.
func (o *Object) isLeaf(i int) bool { return int(o.nodes[i].next) == i+1 }

func isRefName(name []byte) bool {
	return bytes.HasSuffix(name, []byte("_ref")) || bytes.HasSuffix(name, []byte("_refs"))
}

// An Extension is one entry of the object's extensions.
type Extension struct {
	Key  string // id of an extension-definition, or name of a predefined extension
	Type string // extension_type, "" for predefined extensions
	JSON []byte
}

// Extensions goes through the object's extensions. STIX 2.1, 3.2
func (o *Object) Extensions() iter.Seq[Extension] {
	return func(yield func(Extension) bool) {
		i := o.member(0, "extensions")
		if i == 0 {
			return
		}
		for k, v := range o.members(i) {
			e := Extension{Key: string(o.bytes(k)), JSON: o.json(v)}
			if o.nodes[v].kind == kindObject {
				e.Type = string(o.text(o.member(v, "extension_type")))
			}
			if !yield(e) {
				return
			}
		}
	}
}

// At is the JSON of the value at a JSON pointer. RFC 6901
func (o *Object) At(pointer string) (json []byte, ok bool) {
	if i, ok := o.find(pointer); ok {
		return o.json(i), true
	}
	return nil, false
}

// find is the node at a JSON pointer.
func (o *Object) find(pointer string) (int, bool) {
	i := 0
	if pointer == "" {
		return 0, true
	}
	if pointer[0] != '/' {
		return 0, false
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		switch o.nodes[i].kind {
		case kindObject:
			i = o.member(i, unescapePointer(step))
		case kindArray:
			i = o.element(i, step)
		default:
			i = 0
		}
		if i == 0 {
			return 0, false
		}
	}
	return i, true
}

// element is the item of the list at node i whose index is written in step, or 0.
func (o *Object) element(i int, step string) int {
	want, err := strconv.ParseUint(step, 10, 31)
	if err != nil || len(step) > 1 && step[0] == '0' {
		return 0
	}
	for e := range o.elements(i) {
		if want == 0 {
			return e
		}
		want--
	}
	return 0
}

// pointer is the JSON pointer to a node: of a member's name, to its value.
func (o *Object) pointer(target int) string {
	var b []byte
	for at := 0; at != target; {
		step := 0
		child := at + 1
		for int(o.nodes[child].next) <= target {
			child = int(o.nodes[child].next)
			step++
		}
		b = append(b, '/')
		if o.nodes[child].kind != kindName {
			b = strconv.AppendInt(b, int64(step), 10)
			at = child
			continue
		}
		b = append(b, escapePointer(string(o.bytes(child)))...)
		if child == target {
			break
		}
		at = child + 1
	}
	return string(b)
}

// integer is the whole number at node i. A number such as 5.0 is whole too.
func (o *Object) integer(i int) (int64, bool) {
	n := o.nodes[i]
	if n.kind != kindNumber {
		return 0, false
	}
	s := string(o.raw[n.start:n.end])
	if n.flags&fraction == 0 {
		v, err := strconv.ParseInt(s, 10, 64)
		return v, err == nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53-1 || f < -(1<<53-1) {
		return 0, false
	}
	return int64(f), true
}

// float is the number at node i.
func (o *Object) float(i int) (float64, bool) {
	if o.nodes[i].kind != kindNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(o.json(i)), 64)
	return f, err == nil
}
