package stix

// The tables of types_*.go are written with the words of this file: a
// definition per object type, a property per line, and shapes that say what a
// value must look like.

// A class is what sort of object a type is. STIX 2.1, 1.2
type class uint8

const (
	sdo class = iota + 1
	sro
	sco
	meta
)

// A shape checks the value at node i.
type shape func(c *checker, i int)

// A rule checks what several properties of the object at node i say together.
type rule func(c *checker, i int)

type property struct {
	name     string
	bit      uint64 // of the required properties of its table
	required bool
	check    shape
}

// A table is the properties of an object type or of an object inside one.
type table struct {
	section  string
	props    map[string]*property
	required []*property
	needed   uint64 // the bits of all required properties
	rules    []rule
	atLeast  uint8 // how many of its properties must be there
}

// A definition is the table of an object type.
type definition struct {
	table
	name         Type
	class        class
	titles       []string // properties to show as its name, the best first
	contributing []string // to a deterministic id. STIX 2.1, 3.4
	optional     bool     // all contributing properties are optional
	extensions   map[string]*table
}

var definitions = make(map[Type]*definition)

// An entry is one line of a table.
type entry func(t *table)

func required(name string, check shape) entry { return prop(name, check, true) }
func optional(name string, check shape) entry { return prop(name, check, false) }

func prop(name string, check shape, need bool) entry {
	return func(t *table) {
		p := &property{name: name, check: check, required: need}
		if old := t.props[name]; old != nil && old.required {
			p.bit = old.bit // a type may say more about a common property
			p.required = true
			for i := range t.required {
				if t.required[i] == old {
					t.required[i] = p
				}
			}
		} else if need {
			p.bit = 1 << len(t.required)
			t.required = append(t.required, p)
			t.needed |= p.bit
		}
		t.props[name] = p
	}
}

// rules adds checks that concern several properties.
func rules(list ...rule) entry {
	return func(t *table) { t.rules = append(t.rules, list...) }
}

// some asks for n properties of the table at least.
func some(n uint8) entry { return func(t *table) { t.atLeast = n } }

func newTable(section string, entries ...entry) *table {
	t := &table{section: section, props: make(map[string]*property)}
	for _, e := range entries {
		e(t)
	}
	return t
}

// define adds an object type with the common properties of its class.
func define(name Type, of class, section string, entries ...entry) *definition {
	d := &definition{name: name, class: of}
	d.section = section
	d.props = make(map[string]*property)
	for _, e := range commonProperties[of] {
		e(&d.table)
	}
	for _, e := range entries {
		e(&d.table)
	}
	definitions[name] = d
	return d
}

// titled says what to show as the name of such an object.
func (d *definition) titled(names ...string) *definition {
	d.titles = names
	return d
}

// from names the properties that make a deterministic id.
func (d *definition) from(names ...string) *definition {
	d.contributing = names
	d.optional = true
	for _, name := range names {
		if p := d.props[name]; p != nil && p.required {
			d.optional = false
		}
	}
	return d
}

// extended names the predefined extensions. STIX 2.1, 3.10
func (d *definition) extended(ext map[string]*table) *definition {
	d.extensions = ext
	return d
}

// A TypeInfo says what the standard knows of an object type.
type TypeInfo struct {
	Type       Type
	Section    string // of STIX 2.1
	Observable bool   // a cyber-observable object
	Relation   bool   // a relationship object
	Meta       bool
	Versioned  bool // has a modified property
}

// Lookup describes a type of the standard; false for custom types.
func Lookup(t Type) (TypeInfo, bool) {
	d, ok := definitions[t]
	if !ok {
		return TypeInfo{Type: t}, false
	}
	_, versioned := d.props["modified"]
	return TypeInfo{d.name, d.section, d.class == sco, d.class == sro, d.class == meta, versioned}, true
}
