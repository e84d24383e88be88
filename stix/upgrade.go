package stix

import (
	"slices"
	"strings"
)

// An Upgraded is one object of STIX 2.1 that came out of one of STIX 2.0.
type Upgraded struct {
	Raw  []byte
	From string // JSON pointer to what it was in the original, "" for the whole
}

// An UpgradeError says why an object of STIX 2.0 has no form in 2.1.
type UpgradeError struct {
	Pointer string
	Text    string
}

func (e *UpgradeError) Error() string { return "stix: upgrade: " + e.Pointer + ": " + e.Text }

// Upgrade turns an object of STIX 2.0 into objects of STIX 2.1: the object
// itself first, with the same id, then the cyber-observable objects that were
// inside it. An object that is not of STIX 2.0 comes back as it is. The error
// is a *SyntaxError or an *UpgradeError.
//
// The result depends on nothing but raw, so whoever upgrades the same bytes
// gets the same bytes. They are:
//
//   - members stay in their order, each with its bytes from the quote before its
//     name to the end of its value; between them stands a comma and no space
//   - spec_version comes directly after type, or where it already was
//   - what is new comes directly after what it belongs to, or at the end
//
// What changes, by type:
//
//   - indicator, malware, report, threat-actor, tool: labels become
//     indicator_types, malware_types, ...; identity: labels become roles
//   - indicator: pattern_type "stix", pattern_version "2.0" (the pattern stays)
//   - malware: is_family false, since STIX 2.0 does not say
//   - marking-definition: the four of TLP get their names
//   - observed-data: objects become object_refs, and each of the objects one of
//     its own, with the changes that upgrade_observed.go lists
//   - the hash algorithm ssdeep becomes SSDEEP
//   - selectors of granular markings follow what they select
//
// Custom properties and types stay as they are. Properties that STIX 2.1 has
// dropped stay too, as custom properties, so that nothing is lost.
// STIX 2.1, 2.13 / STIX 2.0 Part 2, 2
func Upgrade(raw []byte, lim Limits) ([]Upgraded, error) {
	o, err := Parse(raw, lim)
	if err != nil {
		return nil, err
	}
	return o.Upgrade()
}

// IsVersion20 tells whether an object is one of STIX 2.0: it says so, or it
// says nothing and is no cyber-observable object, which need not say.
// STIX 2.1, 3.2
func (o *Object) IsVersion20() bool {
	if v := o.member(0, "spec_version"); v != 0 {
		return string(o.text(v)) == "2.0"
	}
	if d := definitions[o.Type()]; d != nil {
		return d.class != sco
	}
	return o.member(0, "created") != 0
}

// Upgrade is the function of the same name for an object already parsed.
func (o *Object) Upgrade() ([]Upgraded, error) {
	switch {
	case o.Type() == "":
		return nil, &UpgradeError{"/type", "want the name of a type"}
	case o.Type() == "bundle":
		return nil, &UpgradeError{"/type", "a bundle is not an object; read it with a Reader"}
	case !o.IsVersion20():
		return []Upgraded{{Raw: o.raw}}, nil
	}
	u := upgrade{o: o, labels: labelsBecome[o.Type()]}
	if u.labels != "" && o.member(0, u.labels) != 0 {
		u.labels = "" // the object already has what its labels would become
	}
	if o.Type() == "observed-data" && o.member(0, "objects") != 0 {
		return u.observedData()
	}
	return []Upgraded{{Raw: u.object()}}, nil
}

// What labels are called in STIX 2.1, where they are kinds of something.
// STIX 2.0 Part 2, 2 / STIX 2.1, 3.2
var labelsBecome = map[Type]string{
	"identity":     "roles",
	"indicator":    "indicator_types",
	"malware":      "malware_types",
	"report":       "report_types",
	"threat-actor": "threat_actor_types",
	"tool":         "tool_types",
}

// An upgrade writes the new form of one object.
type upgrade struct {
	o      *Object
	labels string // the new name of labels, "" where they stay
	out    []byte
	edits  []edit
}

// An edit puts text in the place of some bytes of the original.
type edit struct {
	start, end uint32
	text       string
}

// splice appends the bytes of o from start to end, with the edits among them;
// edits are in the order of the bytes.
func (o *Object) splice(dst []byte, start, end uint32, edits []edit) []byte {
	for _, e := range edits {
		if e.start < start || e.end > end {
			continue // of another member, or within bytes already replaced
		}
		dst = append(dst, o.raw[start:e.start]...)
		dst = append(dst, e.text...)
		start = e.end
	}
	return append(dst, o.raw[start:end]...)
}

func (u *upgrade) edit(i int, text string) {
	n := u.o.nodes[i]
	u.edits = append(u.edits, edit{n.start, n.end, text})
}

// object writes an object that has nothing inside it to take out.
func (u *upgrade) object() []byte {
	u.begin()
	for m, v := range u.o.members(0) {
		u.member(m, v)
	}
	u.added()
	return u.end()
}

func (u *upgrade) begin() {
	u.out = make([]byte, 0, len(u.o.raw)+128)
	u.out = append(u.out, '{')
}

func (u *upgrade) end() []byte {
	u.out[len(u.out)-1] = '}' // the comma after the last member
	return u.out
}

// add writes a member that is not in the original.
func (u *upgrade) add(text string) { u.out = append(append(u.out, text...), ',') }

// copy writes a member with the edits made since the last one.
func (u *upgrade) copy(m, v int) {
	u.out = u.o.splice(u.out, u.o.nodes[m].start, u.o.nodes[v].end, u.edits)
	u.out = append(u.out, ',')
	u.edits = u.edits[:0]
}

// member writes one member of the object.
func (u *upgrade) member(m, v int) {
	switch string(u.o.bytes(m)) {
	case "type":
		u.copy(m, v)
		if u.o.member(0, "spec_version") == 0 {
			u.add(`"spec_version":"2.1"`)
		}
		return
	case "spec_version":
		u.edit(v, `"2.1"`)
	case "labels":
		if u.labels != "" {
			u.edit(m, `"`+u.labels+`"`)
		}
	case "external_references":
		for e := range u.o.elements(v) {
			u.hashNames(u.o.field(e, "hashes"))
		}
	case "granular_markings":
		for e := range u.o.elements(v) {
			u.selectors(u.o.field(e, "selectors"))
		}
	case "pattern":
		u.copy(m, v)
		u.patternType()
		return
	}
	u.copy(m, v)
}

// field is a member of the object at node i; 0 also where i is no object.
func (o *Object) field(i int, name string) int {
	if o.nodes[i].kind != kindObject {
		return 0
	}
	return o.member(i, name)
}

// patternType says what language the pattern of an indicator is in. STIX 2.1, 4.7.1
func (u *upgrade) patternType() {
	if u.o.Type() != "indicator" || u.o.member(0, "pattern_type") != 0 {
		return
	}
	u.add(`"pattern_type":"stix"`)
	if u.o.member(0, "pattern_version") == 0 {
		u.add(`"pattern_version":"2.0"`)
	}
}

// added writes what a type needs in STIX 2.1, at the end.
func (u *upgrade) added() {
	switch u.o.Type() {
	case "malware":
		if u.o.member(0, "is_family") == 0 {
			u.add(`"is_family":false`)
		}
	case "marking-definition":
		if u.o.member(0, "name") == 0 {
			u.tlpName()
		}
	}
}

// tlpName gives a marking of TLP 1 the name it has in STIX 2.1, 7.2.1
func (u *upgrade) tlpName() {
	id := u.o.ID()
	for _, t := range tlp1s {
		if t.id == id {
			u.add(`"name":"` + tlp1Name(t) + `"`)
		}
	}
}

// hashNames renames the algorithm that STIX 2.1 writes otherwise. STIX 2.1, 10.7
func (u *upgrade) hashNames(i int) {
	if i == 0 || u.o.nodes[i].kind != kindObject || u.o.member(i, "SSDEEP") != 0 {
		return
	}
	if v := u.o.member(i, "ssdeep"); v != 0 {
		u.edit(v-1, `"SSDEEP"`)
	}
}

// selectors follows labels to their new name.
func (u *upgrade) selectors(i int) {
	if i == 0 {
		return
	}
	for e := range u.o.elements(i) {
		if text := string(u.o.text(e)); text != u.newSelector(text) {
			u.edit(e, quote(u.newSelector(text)))
		}
	}
}

func (u *upgrade) newSelector(s string) string {
	head, rest, more := strings.Cut(s, ".")
	switch {
	case head == "labels" && u.labels != "":
		head = u.labels
	case head == "external_references":
		return ssdeepSelector(s)
	}
	if more {
		return head + "." + rest
	}
	return head
}

func ssdeepSelector(s string) string {
	if before, ok := strings.CutSuffix(s, "hashes.ssdeep"); ok {
		return before + "hashes.SSDEEP"
	}
	return s
}

// quote writes a JSON string. RFC 8259, 7
func quote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		return `"` + s + `"`
	}
	const hexDigits = "0123456789abcdef"
	b := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// quoteAll writes a list of JSON strings.
func quoteAll[S ~string](all []S) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(string(s)))
	}
	b.WriteByte(']')
	return b.String()
}

// appendNew appends what is not yet in the list.
func appendNew[S ~[]E, E comparable](list S, items ...E) S {
	for _, item := range items {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}
