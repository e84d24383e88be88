// Package warninglist reads MISP warninglists: values that are well known, such
// as public name servers or the most visited sites, so that who is about to share
// one is told first. A match is a warning and never a refusal.
//
//	list.json → Parse → List → Match(value) → the entry
//
// Of the five types, cidr, hostname and string are looked up, and substring and
// regex are gone through, within the limits below. Regular expressions are those
// of RE2, which take time in proportion to what they read; what only PCRE knows
// is left out, and said.
package warninglist

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Type says how the entries of a list are compared.
type Type string

// The types.
const (
	CIDR      Type = "cidr"      // an address in a network
	Hostname  Type = "hostname"  // a host, or one below it
	String    Type = "string"    // the whole value, whatever its case
	Substring Type = "substring" // a part of it
	Regex     Type = "regex"
)

// Limits of a list.
const (
	MaxSize    = 64 << 20 // bytes
	MaxScanned = 20_000   // entries of a type that is gone through
	MaxRegex   = 1000     // bytes of one expression
)

// A List is a warninglist. It does not change, and may be used by many at once.
type List struct {
	Name, Description string
	Version           int64
	Type              Type
	Category          string   // false_positive or known, where it says so
	Attributes        []string // of MISP, to whose values it applies; all where empty
	Entries           int
	Unread            []Unread // entries that cannot be compared

	kinds   map[value.Kind]bool // nil: all
	texts   map[string]bool     // hostname, string
	parts   []string            // substring
	exprs   []expression
	nets    map[netip.Prefix]bool
	lengths []int // of nets, the longest first
}

// An Unread is an entry that cannot be compared, and why.
type Unread struct{ Entry, Why string }

type expression struct {
	entry string
	re    *regexp.Regexp
}

// Faults of a list.
var (
	ErrNotOne  = errors.New("warninglist: want a name, a type and a list")
	ErrTooLong = errors.New("warninglist: longer than a list may be")
)

// file is the published form. Members nobody knows yet are let pass.
type file struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Version     jsontext.Value `json:"version"`
	Type        jsontext.Value `json:"type"`
	Category    string         `json:"category"`
	Attributes  []string       `json:"matching_attributes"`
	List        jsontext.Value `json:"list"`
}

// Parse reads a list as it is published: its entries are strings, or names with
// comments.
func Parse(raw []byte) (*List, error) {
	if len(raw) > MaxSize {
		return nil, ErrTooLong
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("warninglist: %w", err)
	}
	l := &List{Name: f.Name, Description: f.Description, Category: f.Category, Attributes: f.Attributes, Type: typeOf(f.Type)}
	if f.Version != nil {
		if err := json.Unmarshal(f.Version, &l.Version, json.StringifyNumbers(f.Version.Kind() == '"')); err != nil {
			return nil, fmt.Errorf("warninglist: version: %w", err)
		}
	}
	entries, err := entriesOf(f.List)
	if err != nil || l.Name == "" {
		return nil, errors.Join(ErrNotOne, err)
	}
	l.kinds = kindsOf(f.Attributes)
	return l, l.take(entries)
}

// typeOf reads the type; some lists have it in a list, some leave it out.
func typeOf(raw jsontext.Value) Type {
	var t Type
	var all []Type
	switch {
	case raw == nil:
		return String
	case json.Unmarshal(raw, &t) == nil:
		return t
	case json.Unmarshal(raw, &all) == nil && len(all) > 0:
		return all[0]
	}
	return ""
}

func entriesOf(raw jsontext.Value) (entries []string, err error) {
	if raw == nil {
		return nil, ErrNotOne
	}
	if raw.Kind() == '[' {
		return entries, json.Unmarshal(raw, &entries)
	}
	var commented map[string]string
	if err := json.Unmarshal(raw, &commented); err != nil {
		return nil, err
	}
	for entry := range commented {
		entries = append(entries, entry)
	}
	slices.Sort(entries)
	return entries, nil
}

// take makes of entries what Match looks in.
func (l *List) take(entries []string) error {
	add := map[Type]func(string) string{
		CIDR: l.network, Hostname: l.host, String: l.text, Substring: l.part, Regex: l.expression,
	}[l.Type]
	if add == nil {
		return fmt.Errorf("warninglist: there is no type %q", l.Type)
	}
	if (l.Type == Substring || l.Type == Regex) && len(entries) > MaxScanned {
		return fmt.Errorf("warninglist: %d entries of type %s are more than %d", len(entries), l.Type, MaxScanned)
	}
	l.texts, l.nets = map[string]bool{}, map[netip.Prefix]bool{}
	for _, e := range entries {
		e = strings.TrimSpace(e)
		if e == "" {
			continue
		}
		l.Entries++
		if why := add(e); why != "" {
			l.Unread = append(l.Unread, Unread{e, why})
		}
	}
	slices.Sort(l.lengths)
	l.lengths = slices.Compact(l.lengths)
	slices.Reverse(l.lengths)
	return nil
}

func (l *List) network(e string) string {
	p, err := netip.ParsePrefix(e)
	if err != nil {
		a, err := netip.ParseAddr(e)
		if err != nil || a.Zone() != "" {
			return "no address and no network"
		}
		a = a.Unmap()
		p = netip.PrefixFrom(a, a.BitLen())
	}
	l.nets[p.Masked()] = true
	l.lengths = append(l.lengths, p.Bits())
	return ""
}

func (l *List) host(e string) string {
	name := strings.Trim(e, ".")
	if text, err := value.Normalise(value.Domain, name); err == nil {
		name = text
	}
	l.texts[strings.ToLower(name)] = true
	return ""
}

func (l *List) text(e string) string {
	l.texts[strings.ToLower(e)] = true
	return ""
}

func (l *List) part(e string) string {
	l.parts = append(l.parts, strings.ToLower(e))
	return ""
}

// expression compiles an entry written as PHP has it, /…/i, or bare.
func (l *List) expression(e string) string {
	if len(e) > MaxRegex {
		return "longer than an expression may be"
	}
	source, flags := e, ""
	if i := strings.LastIndexByte(e, '/'); e[0] == '/' && i > 0 {
		source, flags = e[1:i], e[i+1:]
	}
	if strings.Trim(flags, "imsug") != "" {
		return "flags that RE2 does not know: " + flags
	}
	if flags = strings.NewReplacer("u", "", "g", "").Replace(flags); flags != "" { // both go without saying
		source = "(?" + flags + ")" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return "no expression that RE2 knows"
	}
	l.exprs = append(l.exprs, expression{e, re})
	return ""
}
