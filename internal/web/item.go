package web

import (
	"bytes"
	"encoding/json"
	"html/template"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

type itemPage struct {
	Row      row
	Versions []version // the newest first
	Held     []held
	Ways     []way
	Texts    []string // descriptions and contents, in the writer's words
	Fields   []member
	Raw      string
	Name     string
	Partners []mithaq.OrgID // who has it from us
	Reasons  []string       // for taking it back
	Recalls  bool
	Shares   bool
	Assess   string // where it is assessed; "" where it concerns nobody
	Around   []neighbour
	Digest   string
}

// A version is one version, beside the one before it.
type version struct {
	row
	Modified string
	Changes  []change
}

// A change is a member that reads differently from the version before.
type change struct{ Name, Before, After string }

// held is one way in which an item is held here, as people read it.
type held struct {
	store.Held
	Pact, Source string // what it is held under, by its title
	Until        time.Time
}

// A way is one message in which it went or came, with how far the proof goes.
type way struct {
	peer.Passage
	Log string // the origin of the lane's log
}

// A member is one plain member of the object, in the order of its bytes.
type member struct {
	Name, Value string
	Code        bool
	Link        bool // it is the id of another object
}

// A neighbour is an item one reference away.
type neighbour struct {
	row
	How string
	In  bool // it refers here
}

func (s *site) item(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	if !id.Valid() {
		return mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
	}
	o, err := s.Desk.Object(v.r.Context(), v.viewer, id)
	if err != nil {
		return err
	}
	p := itemPage{
		Recalls: v.viewer.MayRecall(), Shares: v.viewer.MayPropose(), Reasons: recallReasons,
		Versions: versionsOf(&o), Partners: given(o.Ways),
	}
	last := &o.Versions[len(o.Versions)-1]
	p.Row = rowOf(last, o.Held)
	if last.Personal && v.viewer.MayAssess() {
		p.Assess = assessing(string(id))
	}
	p.Name, p.Raw, p.Digest = p.Row.Name, indented(last.Raw), last.Ref.Digest.String()
	p.Texts, p.Fields = membersOf(last.Raw)
	if err := s.background(v, &o, &p); err != nil {
		return err
	}
	title := say.Clean(p.Name)
	return v.show("item", title, p)
}

// background names what it is held under, and what stands around it.
func (s *site) background(v *visit, o *desk.Object, p *itemPage) error {
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		for _, h := range o.Held {
			one := held{Held: h, Until: until(&h)}
			one.Pact, one.Source = s.under(tx, v, h.Under)
			p.Held = append(p.Held, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, passage := range o.Ways {
		from, to := passage.Partner, s.Desk.Org
		if passage.Out {
			from, to = to, from
		}
		p.Ways = append(p.Ways, way{passage, mithaq.LaneOrigin(passage.Pact, from, to, passage.Lane)})
	}
	around, err := s.Desk.Gate.Neighbours(v.r.Context(), v.viewer, p.Row.ID, 25)
	for i := range around {
		n := &around[i]
		p.Around = append(p.Around, neighbour{rowOf(&n.Item, nil), n.Kind, !n.Out})
	}
	return err
}

// under is the title of the pact, or the name of the source profile, that
// something is held under.
func (s *site) under(tx *store.Tx, v *visit, id stix.ID) (pact, source string) {
	switch id.Type() {
	case mithaq.TypePact:
		if t, err := s.Desk.Text(tx, string(id)); err == nil {
			return mithaq.Texts(t.Pact.Title).In(v.say.Lang()), ""
		}
	case mithaq.TypeSourceProfile:
		if p, err := s.Desk.Gate.Profile(tx, id); err == nil {
			return "", p.Name
		}
	}
	return "", ""
}

// until is when a holding's time is over; zero where it has none.
func until(h *store.Held) time.Time {
	t := h.Until
	if r := h.Handling.RetainUntil.Time; !r.IsZero() && (t.IsZero() || r.Before(t)) {
		t = r
	}
	return t
}

// given are the partners that got it from us.
func given(ways []peer.Passage) (list []mithaq.OrgID) {
	for _, w := range ways {
		if w.Out && !slices.Contains(list, w.Partner) {
			list = append(list, w.Partner)
		}
	}
	return list
}

func versionsOf(o *desk.Object) (list []version) {
	for i := range o.Versions {
		it := &o.Versions[i]
		one := version{row: rowOf(it, nil), Modified: it.Ref.Version}
		if i > 0 {
			one.Changes = changes(o.Versions[i-1].Raw, it.Raw)
		}
		list = append([]version{one}, list...)
	}
	return list
}

// changes are the members that differ between two versions.
func changes(before, after []byte) (list []change) {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(before, &a) != nil || json.Unmarshal(after, &b) != nil {
		return nil
	}
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	for name := range names {
		if name != "modified" && !bytes.Equal(a[name], b[name]) {
			list = append(list, change{name, shown(a[name]), shown(b[name])})
		}
	}
	slices.SortFunc(list, func(x, y change) int { return strings.Compare(x.Name, y.Name) })
	return list
}

// longest is how much of one member a page shows before the raw object.
const longest = 4000

// shown is a member's value as text.
func shown(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	return cut(s, longest)
}

// cut shortens a text, at a letter, and says so.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}

// prose are the members that hold a writer's words.
var prose = []string{"description", "content", "abstract", "explanation", "opinion"}

// head are members that the page says in other places.
var head = []string{"type", "id", "spec_version", "name", "value", "created", "modified", "object_marking_refs", "granular_markings"}

// membersOf parts an object's members into prose and plain ones.
func membersOf(raw []byte) (texts []string, fields []member) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return nil, nil
	}
	for name := range o.Names() {
		value, _ := o.Member(name)
		switch {
		case slices.Contains(prose, name):
			texts = append(texts, shown(value))
		case !slices.Contains(head, name):
			fields = append(fields, memberOf(name, value))
		}
	}
	return texts, fields
}

// memberOf is one plain member; a list of words is shown as its words.
func memberOf(name string, value []byte) member {
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return member{Name: name, Value: cut(strings.Join(list, ", "), 400), Code: strings.HasSuffix(name, "_refs")}
	}
	m := member{Name: name, Value: cut(shown(value), 400), Code: isCode(name, value)}
	m.Link = strings.HasSuffix(name, "_ref") && stix.ID(m.Value).Valid()
	return m
}

// isCode reports whether a member reads left to right whatever the page: all but words.
func isCode(name string, value []byte) bool {
	return strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs") || name == "pattern" || len(value) > 0 && value[0] != '"' ||
		bytes.ContainsAny(value, "[]{}=/")
}

// indented is the object's JSON for reading; what cannot be indented is shown as it is.
func indented(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return cut(string(raw), 16*longest)
	}
	return cut(b.String(), 16*longest)
}

// Lines are the raw object's lines, each made harmless.
func (p itemPage) Lines() template.HTML {
	var b strings.Builder
	for line := range strings.Lines(p.Raw) {
		b.WriteString(template.HTMLEscapeString(say.Clean(strings.TrimSuffix(line, "\n"))) + "\n")
	}
	return template.HTML(b.String()) // escaped line by line
}

// recallReasons are why something is taken back.
var recallReasons = []string{
	string(mithaq.WrongInformation), string(mithaq.WrongRecipient), string(mithaq.ProtectedPerson),
	string(mithaq.CourtOrder), string(mithaq.PersonsRequest), string(mithaq.NoLongerNeeded),
}

// recall takes every version of an item back, from everybody who got it.
func (s *site) recall(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	id := stix.ID(v.r.PathValue("id"))
	_, err := s.Desk.Gate.Recall(v.r.Context(), v.viewer, gate.Recalling{IDs: []stix.ID{id}, Reason: mithaq.RecallReason(v.field("reason"))})
	if err != nil {
		return err
	}
	return v.to("/items/" + string(id))
}

// heldSaid tells in a sentence what a holding is: from whom, under what, what for,
// and until when.
func heldSaid(f frame, h held) template.HTML {
	say1 := f.v.say
	parts := []string{}
	name := say.Text(f.Name(h.Giver))
	switch {
	case h.Giver == f.Ours && h.Source != "":
		parts = append(parts, say1.T("web.held.sentence.source", h.Received, h.Source))
	case h.Giver == f.Ours:
		parts = append(parts, say1.T("web.held.sentence.ours", h.Received))
	default:
		parts = append(parts, say1.T("web.held.sentence.given", name, h.Received, h.Pact))
	}
	if t := until(&h.Held); !t.IsZero() {
		parts = append(parts, say1.T("web.held.sentence.until", t))
	}
	return template.HTML(template.HTMLEscapeString(strings.Join(parts, " ")))
}

// memberName is a member of an object in words, where the catalogue has them,
// else as the standard writes it.
func memberName(p *say.Printer, name string) string {
	said := p.Word("member", name)
	return string(said)
}

// command is a command line for this node, where a page cannot do what it says.
func (s *site) command(words ...string) string {
	return strings.Join(append([]string{"mithaq", "--dir", filepath.ToSlash(s.Dir)}, words...), " ")
}
