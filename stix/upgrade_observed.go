package stix

import (
	"crypto/sha256"
	"strconv"
	"strings"
)

// STIX 2.0 keeps observables inside the observed data, where they refer to each
// other by their keys. In STIX 2.1 each is an object of its own:
//
//   - its id is the deterministic one; where nothing contributes to that (a
//     process, a custom type), or where it would depend on itself, it is a UUID
//     of version 4 made of a hash of the observed data's id, the key and the
//     bytes, so that it is the same everywhere all the same
//   - its members stay in their order with their bytes, behind type,
//     spec_version and id
//   - keys become ids in all members whose names end in _ref or _refs
//   - properties that STIX 2.1 calls otherwise are renamed (below)
//   - it bears the markings of the observed data, and those of the granular
//     markings that selected it or parts of it, so that no marking is lost
//
// Where two keys come out as one object, byte for byte, it is there once.
// STIX 2.1, 2.13 / STIX 2.1, 3.4 / STIX 2.0 Part 4, 2

// renamed are the properties of observables with a new name in STIX 2.1.
var renamed = map[string]map[string]string{
	"directory":            {"created": "ctime", "modified": "mtime", "accessed": "atime"},
	"file":                 {"created": "ctime", "modified": "mtime", "accessed": "atime"},
	"process":              {"created": "created_time", "binary_ref": "image_ref"},
	"user-account":         {"password_last_changed": "credential_last_changed"},
	"windows-registry-key": {"modified": "modified_time"},
}

// accountTypes20 are the account types with a new name. STIX 2.1, 10.1
var accountTypes20 = map[string]string{"windows local": "windows-local", "windows domain": "windows-domain"}

// freeKeys are dictionaries whose keys are not names of properties.
var freeKeys = map[string]bool{
	"additional_header_fields": true, "request_header": true, "environment_variables": true, "exif_tags": true,
	"document_info_dict": true, "startup_info": true, "ipfix": true, "options": true,
}

// An observable is one of the objects inside an observed-data.
type observable struct {
	key      string
	node     int
	name     Type
	id       ID
	visiting bool
	markings []ID
	granular []string // the JSON of granular markings
}

// A container is the objects of an observed-data on their way to STIX 2.1.
type container struct {
	upgrade
	list  []*observable
	byKey map[string]*observable
}

func (u *upgrade) observedData() ([]Upgraded, error) {
	c := &container{upgrade: *u, byKey: make(map[string]*observable)}
	if err := c.gather(); err != nil {
		return nil, err
	}
	if err := c.checkRefs(); err != nil {
		return nil, err
	}
	for _, x := range c.list {
		if err := c.identify(x); err != nil {
			return nil, err
		}
	}
	if err := c.shareMarkings(); err != nil {
		return nil, err
	}
	return c.write(), nil
}

func (c *container) at(x *observable) string { return "/objects/" + escapePointer(x.key) }

// gather lists the observables in the order of their bytes.
func (c *container) gather() error {
	all := c.o.member(0, "objects")
	if c.o.nodes[all].kind != kindObject {
		return &UpgradeError{"/objects", "want an object"}
	}
	for k, v := range c.o.members(all) {
		x := &observable{key: string(c.o.bytes(k)), node: v}
		if c.o.nodes[v].kind == kindObject {
			x.name = Type(c.o.text(c.o.member(v, "type")))
		}
		if !isTypeName([]byte(x.name)) {
			return &UpgradeError{c.at(x) + "/type", "want the name of a type"}
		}
		c.list = append(c.list, x)
		c.byKey[x.key] = x
	}
	if len(c.list) == 0 {
		return &UpgradeError{"/objects", "no objects"}
	}
	return nil
}

// refNodes goes through the references inside the value at node i.
func (c *container) refNodes(i int, each func(ref int) bool) bool {
	for j := i + 1; j < int(c.o.nodes[i].next); j++ {
		if c.o.nodes[j].kind != kindName {
			continue
		}
		v := j + 1
		name := c.o.bytes(j)
		if freeKeys[string(name)] {
			j = int(c.o.nodes[v].next) - 1
			continue
		}
		if !isRefName(name) {
			continue
		}
		if c.o.nodes[v].kind == kindString && !each(v) {
			return false
		}
		for e := range c.o.elements(v) {
			if c.o.nodes[e].kind == kindString && !each(e) {
				return false
			}
		}
	}
	return true
}

// checkRefs asks that every reference has its object, here or, by its id,
// elsewhere. STIX 2.1, 2.13
func (c *container) checkRefs() (err error) {
	for _, x := range c.list {
		c.refNodes(x.node, func(ref int) bool {
			key := string(c.o.bytes(ref))
			if c.byKey[key] == nil && !ID(key).Valid() {
				err = &UpgradeError{c.o.pointer(ref), "no object " + strconv.Quote(key) + " beside it"}
			}
			return err == nil
		})
	}
	return err
}

// identify finds the id of an observable, and before it those of the
// observables that contribute to it.
func (c *container) identify(x *observable) error {
	if x.id != "" {
		return nil
	}
	if id := c.o.ref(c.o.member(x.node, "id")); id.Type() == x.name && id != "" {
		x.id = id
		return nil
	}
	d := definitions[x.name]
	if d == nil || d.class != sco || len(d.contributing) == 0 {
		x.id = c.hashedID(x)
		return nil
	}
	x.visiting = true
	defer func() { x.visiting = false }()
	for _, name := range d.contributing {
		v := c.o.member(x.node, c.oldName(x, name))
		if v != 0 && !c.identifyAll(v, name) {
			x.id = c.hashedID(x)
			return nil
		}
	}
	return c.scoID(x, d)
}

// identifyAll finds the ids of all references in a contributing property;
// false where one of them waits for this very one.
func (c *container) identifyAll(v int, name string) bool {
	one := func(ref int) bool {
		y := c.byKey[string(c.o.bytes(ref))]
		return y == nil || !y.visiting && c.identify(y) == nil
	}
	if isRefName([]byte(name)) && c.o.nodes[v].kind == kindString {
		return one(v)
	}
	return c.refNodes(v, one)
}

// oldName is what a property was called in STIX 2.0.
func (c *container) oldName(x *observable, name string) string {
	for from, to := range renamed[string(x.name)] {
		if to == name && c.o.member(x.node, from) != 0 {
			return from
		}
	}
	return name
}

// scoID is the deterministic id, of the contributing properties as they will be.
func (c *container) scoID(x *observable, d *definition) error {
	c.out = append(c.out[:0], `{"type":"`+string(x.name)+`",`...)
	for m, v := range c.o.members(x.node) {
		name := c.newName(x, m)
		for _, want := range d.contributing {
			if name == want {
				c.observableMember(x, m, v)
			}
		}
	}
	o, err := Parse(c.end(), Limits{Size: largestSize, Depth: largestDepth})
	if err != nil {
		return &UpgradeError{c.at(x), err.Error()}
	}
	if x.id, err = SCOID(o); err != nil {
		x.id = c.hashedID(x)
	}
	return nil
}

// hashedID is an id for an observable that has no deterministic one.
func (c *container) hashedID(x *observable) ID {
	h := sha256.New()
	for _, s := range []string{"stix 2.0 observable", string(c.o.ID()), x.key, string(c.o.json(x.node))} {
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	return idOf(x.name, [16]byte(h.Sum(nil)), 4)
}

// newName is what a member is called in STIX 2.1.
func (c *container) newName(x *observable, m int) string {
	old := string(c.o.bytes(m))
	if to := renamed[string(x.name)][old]; to != "" && c.o.member(x.node, to) == 0 {
		return to
	}
	return old
}

// observableMember writes one member of an observable in its new form.
func (c *container) observableMember(x *observable, m, v int) {
	if name := c.newName(x, m); name != string(c.o.bytes(m)) {
		c.edit(m, `"`+name+`"`)
	}
	end := int(c.o.nodes[v].next)
	for i := m; i < end; i++ {
		c.inner(x, i)
		if c.o.nodes[i].kind == kindName && freeKeys[string(c.o.bytes(i))] {
			i = int(c.o.nodes[i+1].next) - 1
		}
	}
	c.copy(m, v)
}

// inner makes the edits at one name within an observable, and at its value.
func (c *container) inner(x *observable, i int) {
	if c.o.nodes[i].kind != kindName {
		return
	}
	name, v := c.o.bytes(i), i+1
	switch {
	case isRefName(name):
		c.newRefs(v)
	case isHashes(string(name)) && c.o.nodes[v].kind == kindObject:
		c.hashNames(v)
	case string(name) == "additional_header_fields" || string(name) == "request_header":
		c.headerLists(v)
	case string(name) == "account_type" && x.name == "user-account":
		if to := accountTypes20[string(c.o.text(v))]; to != "" {
			c.edit(v, `"`+to+`"`)
		}
	}
}

func isHashes(name string) bool { return name == "hashes" || name == "file_header_hashes" }

// newRefs writes ids in the place of keys.
func (c *container) newRefs(v int) {
	one := func(i int) {
		if y := c.byKey[string(c.o.text(i))]; y != nil && y.id != "" {
			c.edit(i, `"`+string(y.id)+`"`)
		}
	}
	one(v)
	for e := range c.o.elements(v) {
		one(e)
	}
}

// headerLists makes lists of the values of header fields, as STIX 2.1 has them.
// STIX 2.1, 6.6.1 / STIX 2.1, 6.12.2
func (c *container) headerLists(v int) {
	for _, field := range c.o.members(v) {
		if c.o.nodes[field].kind == kindString {
			c.edit(field, "["+string(c.o.json(field))+"]")
		}
	}
}

// outputFactor bounds the upgraded form by the size of the original, since the
// markings are there once for each observable.
const outputFactor = 64

// mostParts bounds the selectors of parts of observables.
const mostParts = 10_000

// shareMarkings gives the markings of the observed data to its observables.
func (c *container) shareMarkings() error {
	whole := c.o.MarkingRefs()
	type part struct {
		selector Selector
		marking  GranularMarking
	}
	var parts []part
	for _, g := range c.o.GranularMarkings() {
		for _, text := range g.Selectors {
			if s, err := ParseSelector(text); err == nil && s[0] == "objects" {
				if len(s) == 1 && g.MarkingRef != "" {
					whole = appendNew(whole, g.MarkingRef)
				}
				parts = append(parts, part{s, g})
			}
		}
	}
	if len(parts) > mostParts {
		return &UpgradeError{"/granular_markings", "too many selectors"}
	}
	if len(whole)*len(c.list)*80 > outputFactor*len(c.o.raw)+1<<20 {
		return &UpgradeError{"/object_marking_refs", "too many markings for so many objects"}
	}
	for _, x := range c.list {
		x.markings = appendNew(c.ownMarkings(x), whole...)
	}
	for _, p := range parts {
		if len(p.selector) > 1 {
			c.markPart(p.selector, p.marking)
		}
	}
	return nil
}

func (c *container) ownMarkings(x *observable) (ids []ID) {
	if v := c.o.member(x.node, "object_marking_refs"); v != 0 {
		for e := range c.o.elements(v) {
			if id := c.o.ref(e); id != "" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// markPart gives an observable the marking of what objects.KEY... selected. A
// part that has no place in the new form marks the whole, which is stricter.
func (c *container) markPart(s Selector, g GranularMarking) {
	x := c.byKey[s[1]]
	if x == nil {
		return
	}
	inner, ok := c.partOf(x, s[2:])
	switch {
	case ok && g.MarkingRef != "":
		x.granular = append(x.granular, `{"marking_ref":`+quote(string(g.MarkingRef))+`,"selectors":[`+quote(inner)+`]}`)
	case ok && g.Lang != "":
		x.granular = append(x.granular, `{"lang":`+quote(g.Lang)+`,"selectors":[`+quote(inner)+`]}`)
	case g.MarkingRef != "":
		x.markings = appendNew(x.markings, g.MarkingRef)
	}
}

// partOf is a selector within an observable, in its new names.
func (c *container) partOf(x *observable, s Selector) (string, bool) {
	if len(s) == 0 {
		return "", false
	}
	i := x.node
	for _, step := range s {
		switch k := c.o.nodes[i].kind; {
		case step[0] == '[' && k == kindArray:
			i = c.o.element(i, step[1:len(step)-1])
		case step[0] != '[' && k == kindObject:
			i = c.o.member(i, step)
		default:
			i = 0
		}
		if i == 0 {
			return "", false
		}
	}
	steps := append(Selector{c.newName(x, c.o.member(x.node, s[0])-1)}, s[1:]...)
	return ssdeepSelector(steps.String()), true
}

// write makes the objects: the observed data, then its observables.
func (c *container) write() []Upgraded {
	var refs []ID
	seen := make(map[string]bool)
	rest := make([]Upgraded, 0, len(c.list)+1)
	rest = append(rest, Upgraded{})
	for _, x := range c.list {
		refs = appendNewIn(seen, refs, x.id)
		raw := c.observable(x)
		if key := string(raw); !seen[key] {
			seen[key] = true
			rest = append(rest, Upgraded{Raw: raw, From: c.at(x)})
		}
	}
	rest[0].Raw = c.observer(refs)
	return rest
}

// appendNewIn is appendNew with a memory of what is in the list.
func appendNewIn(seen map[string]bool, refs []ID, id ID) []ID {
	if seen[string(id)] {
		return refs
	}
	seen[string(id)] = true
	return append(refs, id)
}

// observable writes one observable as an object of its own.
func (c *container) observable(x *observable) []byte {
	c.out = make([]byte, 0, 256+2*len(c.o.json(x.node)))
	c.out = append(c.out, '{')
	c.add(`"type":"` + string(x.name) + `"`)
	c.add(`"spec_version":"2.1"`)
	c.add(`"id":"` + string(x.id) + `"`)
	for m, v := range c.o.members(x.node) {
		switch string(c.o.bytes(m)) {
		case "type", "spec_version", "id", "object_marking_refs":
		case "granular_markings":
			for e := range c.o.elements(v) {
				x.granular = append(x.granular, string(c.o.json(e)))
			}
		default:
			c.observableMember(x, m, v)
		}
	}
	if len(x.markings) > 0 {
		c.add(`"object_marking_refs":` + quoteAll(x.markings))
	}
	if len(x.granular) > 0 {
		c.add(`"granular_markings":[` + strings.Join(x.granular, ",") + `]`)
	}
	return c.end()
}

// observer writes the observed data itself.
func (c *container) observer(refs []ID) []byte {
	c.begin()
	for m, v := range c.o.members(0) {
		switch string(c.o.bytes(m)) {
		case "objects":
			c.add(`"object_refs":` + quoteAll(refs))
		case "object_refs": // there cannot be two
		case "granular_markings":
			c.keptMarkings(m, v)
		default:
			c.member(m, v)
		}
	}
	c.added()
	return c.end()
}

// keptMarkings writes the granular markings that select something that is
// still in the observed data.
func (c *container) keptMarkings(m, v int) {
	var kept []string
	for e := range c.o.elements(v) {
		list := c.o.field(e, "selectors")
		if list == 0 {
			kept = append(kept, string(c.o.json(e)))
			continue
		}
		selectors, changed := c.keptSelectors(list)
		switch {
		case !changed:
			kept = append(kept, string(c.o.json(e)))
		case len(selectors) > 0:
			n, s := c.o.nodes[e], c.o.nodes[list]
			kept = append(kept, string(c.o.splice(nil, n.start, n.end, []edit{{s.start, s.end, quoteAll(selectors)}})))
		}
	}
	if len(kept) > 0 {
		c.add(string(c.o.json(m)) + ":[" + strings.Join(kept, ",") + "]")
	}
}

func (c *container) keptSelectors(list int) (kept []string, changed bool) {
	for e := range c.o.elements(list) {
		text := string(c.o.text(e))
		next := c.newSelector(text)
		switch {
		case text == "objects":
			next = "object_refs"
		case strings.HasPrefix(text, "objects."):
			changed = true
			continue
		}
		changed = changed || next != text
		kept = append(kept, next)
	}
	return kept, changed
}
