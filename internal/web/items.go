package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A row is one item in a list.
type row struct {
	Number int64
	ID     stix.ID
	Type   stix.Type
	Name   string
	Value  bool // the name is an address or the like, and reads left to right
	TLP    stix.TLP
	From   mithaq.OrgID
	Added  time.Time
	held   []store.Held // by whom it was given, and under what, as this person may see
}

// rows are items with the strictest label and the giver of what this person may see.
func (s *site) rows(ctx context.Context, v *visit, items []store.Item) ([]row, error) {
	seqs := make([]int64, len(items))
	for i := range items {
		seqs[i] = items[i].Seq
	}
	held := map[int64][]store.Held{}
	err := s.Desk.Store.Read(ctx, func(tx *store.Tx) error {
		all, err := s.Desk.Store.HoldingsOf(tx, v.viewer, seqs...)
		for _, h := range all {
			held[h.Item] = append(held[h.Item], h)
		}
		return err
	})
	rows := make([]row, len(items))
	for i := range items {
		rows[i] = rowOf(&items[i], held[items[i].Seq])
	}
	return rows, err
}

func rowOf(it *store.Item, held []store.Held) row {
	r := row{Number: it.Seq, ID: it.Ref.ID, Type: it.Ref.ID.Type(), Added: it.Added(), TLP: it.TLP, held: held}
	for _, h := range held {
		r.TLP, r.From = max(r.TLP, h.Handling.TLP), h.Giver
	}
	r.Name, r.Value = titleOf(it)
	return r
}

// wordy are types that go by a text of theirs rather than by a value.
var wordy = []string{"note", "opinion", "language-content", "observed-data", "marking-definition"}

// longestName is how much of a name a page shows: some objects go by their text.
const longestName = 200

// titleOf is what an object is called, and whether that is a value, such as an
// address, rather than words.
func titleOf(it *store.Item) (string, bool) {
	o, err := stix.Parse(it.Raw, stix.Limits{})
	if err != nil {
		return string(it.Ref.ID), true
	}
	switch name := o.Name(); {
	case name != "":
		_, words := o.Member("name")
		return cut(name, longestName), !words && !slices.Contains(wordy, string(o.Type()))
	case o.Type() == "relationship":
		return o.String("relationship_type"), false
	}
	return string(it.Ref.ID), true
}

// A find is what a list of items is narrowed to; the address holds it.
type find struct {
	Value string // an address, number or hash, words, or a name
	Type  string
	Giver string
	Under string
	Until int64 // items with numbers up to; 0 for the newest
}

func findOf(v *visit) find {
	_ = v.form() // what cannot be read narrows nothing
	until, _ := strconv.ParseInt(v.field("until"), 10, 64)
	return find{v.field("value"), v.field("type"), v.field("giver"), v.field("under"), max(0, until)}
}

// Narrow reports whether anything is looked for.
func (f find) Narrow() bool { return f.Value != "" || f.Type != "" || f.Giver != "" || f.Under != "" }

// With is the address of the same list from another place on.
func (f find) With(until int64) string {
	q := url.Values{}
	for name, text := range map[string]string{"value": f.Value, "type": f.Type, "giver": f.Giver, "under": f.Under} {
		if text != "" {
			q.Set(name, text)
		}
	}
	if until > 0 {
		q.Set("until", strconv.FormatInt(until, 10))
	}
	return "/items?" + q.Encode()
}

type itemsPage struct {
	Find    find
	Rows    []row
	Next    string // address of the older ones; "" where there are none
	Types   []string
	Givers  []mithaq.OrgID
	Sources []*mithaq.SourceProfile
	Fault   string
	Shares  bool
	Reason  bool
}

// perPage is how many items a list shows.
const perPage = 50

func (s *site) items(v *visit) error {
	p := itemsPage{Find: findOf(v), Types: types, Shares: v.viewer.MayPropose(), Reason: v.viewer.HasReason()}
	if err := s.choices(v, &p); err != nil {
		return err
	}
	found, below, err := s.found(v, p.Find)
	if err != nil {
		if p.Find.Value == "" {
			return err
		}
		p.Fault = v.sentence(err)
	}
	if p.Rows, err = s.rows(v.r.Context(), v, found); err != nil {
		return err
	}
	if below > 0 {
		p.Next = p.Find.With(below - 1)
	}
	return v.show("items", v.say.T("web.items"), p)
}

// found is the items of a list, the newest first, and the number below which there are others; 0 for none.
func (s *site) found(v *visit, f find) (page []store.Item, below int64, err error) {
	ctx := v.r.Context()
	if f.Value != "" {
		found, err := s.Desk.Find(ctx, v.viewer, f.look())
		return found.Items, found.Next, err
	}
	q := store.Query{Limit: perPage, Newest: true, Until: f.Until, Giver: mithaq.OrgID(f.Giver), Under: stix.ID(f.Under)}
	if f.Type != "" {
		q.Types = []stix.Type{stix.Type(f.Type)}
	}
	page, more, err := s.Desk.Gate.Page(ctx, v.viewer, q)
	if more {
		below = page[len(page)-1].Seq
	}
	return page, below, err
}

// look is what is looked for among the values and the words.
func (f find) look() desk.Look {
	l := desk.Look{
		Text: f.Value, Kind: string(kindsOf[f.Type]), Giver: mithaq.OrgID(f.Giver), Under: stix.ID(f.Under), Until: f.Until, Limit: perPage,
	}
	if f.Type != "" {
		l.Types = []stix.Type{stix.Type(f.Type)}
	}
	if _, err := desk.Wanted(l.Kind, f.Value); err != nil { // words, then
		l.Kind = ""
	}
	return l
}

// kindsOf are the kinds of values that objects of a type are looked up by; for the
// others the value shows its kind.
var kindsOf = map[string]value.Kind{
	"domain-name": value.Domain, "ipv4-addr": value.IPv4, "ipv6-addr": value.IPv6, "url": value.URL, "email-addr": value.Email,
	"mac-addr": value.MAC, "user-account": value.UserAccount, "autonomous-system": value.ASN, "mutex": value.Mutex,
	"windows-registry-key": value.RegistryKey, "process": value.CommandLine, "directory": value.Path,
}

// choices are what the form offers.
func (s *site) choices(v *visit, p *itemsPage) error {
	p.Givers = v.orgs()
	return s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		p.Sources, err = s.sources(tx)
		return err
	})
}

// orgs are ourselves and the partners, by name.
func (v *visit) orgs() (list []mithaq.OrgID) {
	for org := range v.names {
		list = append(list, org)
	}
	slices.SortFunc(list, func(a, b mithaq.OrgID) int { return strings.Compare(v.names.of(a), v.names.of(b)) })
	return list
}

// types are the types of STIX 2.1, as the catalogue names them.
var types = []string{
	"attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure",
	"intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion", "report",
	"threat-actor", "tool", "vulnerability", "relationship", "sighting",
	"artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr",
	"ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url", "user-account",
	"windows-registry-key", "x509-certificate", "marking-definition", "extension-definition", "language-content",
}
