package value

import (
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/pattern"
)

// A reader makes values of the string found at a place; key is the last step
// of the way there.
type reader func(out []Value, key, s string) []Value

// A place is where objects of one type keep values: a path of property names,
// "*" for any; lists on the way are entered.
type place struct {
	path []string
	read reader
}

func at(path string, read reader) place {
	return place{path: strings.Split(path, "/"), read: read}
}

// as reads a value of one kind.
func as(kind Kind) reader {
	return func(out []Value, _, s string) []Value { return add(out, kind, s) }
}

// places of the observable objects (STIX 2.1, 6), and of four custom types that
// are in wide use although the standard has no such object.
var places = map[string][]place{
	"artifact":          {at("url", as(URL)), at("hashes/*", hash)},
	"autonomous-system": {at("number", as(ASN))},
	"directory":         {at("path", as(Path))},
	"domain-name":       {at("value", as(Domain))},
	"email-addr":        {at("value", as(Email))},
	"email-message":     {at("message_id", as(MessageID)), at("additional_header_fields/X-Originating-IP", bracketed)},
	"file": {
		at("name", named), at("hashes/*", hash),
		at("extensions/ntfs-ext/alternate_data_streams/hashes/*", hash),
		at("extensions/windows-pebinary-ext/imphash", as(ImpHash)),
		at("extensions/windows-pebinary-ext/file_header_hashes/*", hash),
		at("extensions/windows-pebinary-ext/optional_header/hashes/*", hash),
		at("extensions/windows-pebinary-ext/sections/hashes/*", hash),
	},
	"ipv4-addr": {at("value", address)},
	"ipv6-addr": {at("value", address)},
	"mac-addr":  {at("value", as(MAC))},
	"mutex":     {at("name", as(Mutex))},
	"network-traffic": {
		at("extensions/http-request-ext/request_header/Host", host),
		at("extensions/http-request-ext/request_header/User-Agent", as(UserAgent)),
	},
	"process":              {at("command_line", as(CommandLine)), at("cwd", as(Path))},
	"software":             {at("cpe", as(CPE))},
	"url":                  {at("value", as(URL))},
	"user-account":         {at("account_login", as(UserAccount)), at("user_id", as(UserAccount)), at("display_name", as(UserAccount))},
	"windows-registry-key": {at("key", as(RegistryKey))},
	"x509-certificate":     {at("serial_number", as(CertificateSerial)), at("hashes/*", hash)},

	"hostname":              {at("value", as(Domain))},
	"phone-number":          {at("value", as(Phone))},
	"cryptocurrency-wallet": {at("value", as(CryptoAddress))},
	"bank-account":          {at("iban", as(IBAN))},
}

// domainObjects are those outside the observables that keep values.
var domainObjects = map[string]func(Member) []Value{
	"indicator":     indicator,
	"vulnerability": vulnerability,
	"identity":      contact,
}

// A Member gives the raw JSON of an object's property, and false where the
// object has none. Its bytes must be well-formed and are not kept.
type Member = func(name string) (raw []byte, ok bool)

// FromObject finds the values of an object of type typ, each once: those of
// every observable object of STIX 2.1, those that an indicator's STIX pattern
// names, the CVE ids of a vulnerability, and those in the contact information
// of an identity. What is malformed gives no value. Prose such as descriptions
// is not read: give it to FromText. Types without values cost a look-up.
func FromObject(typ string, member Member) []Value {
	if where, ok := places[typ]; ok {
		return fromPlaces(where, member)
	}
	if find, ok := domainObjects[typ]; ok {
		return find(member)
	}
	return nil
}

func fromPlaces(where []place, member Member) (out []Value) {
	for i := range where {
		p := &where[i]
		if raw, ok := member(p.path[0]); ok {
			out = p.descend(out, raw, 1)
		}
	}
	return unique(out)
}

// descend follows the path from step n. Lists within lists are not entered
// twice, so that depth is bounded by the path.
func (p *place) descend(out []Value, raw []byte, n int) []Value {
	if len(raw) > 0 && raw[0] == '[' {
		for e := range elements(raw) {
			if e[0] != '[' {
				out = p.descend(out, e, n)
			}
		}
		return out
	}
	if n == len(p.path) {
		if s, ok := scalar(raw); ok {
			return p.read(out, p.path[n-1], s)
		}
		return out
	}
	for name, value := range fields(raw) {
		switch {
		case p.path[n] == "*":
			if s, ok := scalar(value); ok {
				out = p.read(out, string(name), s)
			}
		case p.path[n] == string(name):
			out = p.descend(out, value, n+1)
		}
	}
	return out
}

// scalar reads a string, or a number as its digits.
func scalar(raw []byte) (string, bool) {
	if len(raw) > 0 && isDigit(raw[0]) {
		return string(raw), true
	}
	return text(raw)
}

// hash reads a hash by the name of its algorithm.
func hash(out []Value, key, s string) []Value {
	if kind, ok := hashKind(key); ok {
		return add(out, kind, s)
	}
	return out
}

// address reads the value of an IP address object, single or a network.
func address(out []Value, _, s string) []Value {
	if kind, ok := addressKind(s); ok {
		return add(out, kind, s)
	}
	return out
}

func bracketed(out []Value, key, s string) []Value {
	return address(out, key, strings.Trim(s, "[] "))
}

// host reads a domain or an address, with or without a port.
func host(out []Value, key, s string) []Value {
	if name, _, err := cutPort(strings.TrimSpace(s)); err == nil {
		return endpoint(out, key, strings.Trim(name, "[]"))
	}
	return out
}

// endpoint reads what network traffic goes to and names resolve to.
func endpoint(out []Value, key, s string) []Value {
	n := len(out)
	if out = address(out, key, s); len(out) == n {
		out = add(out, MAC, s)
	}
	if len(out) == n {
		out = add(out, Domain, s)
	}
	return out
}

// named reads a file's name; some give the whole path.
func named(out []Value, _, s string) []Value {
	return add(out, choose(strings.ContainsAny(s, `/\`), Path, FileName), s)
}

func indicator(member Member) []Value {
	if kind, ok := stringOf(member, "pattern_type"); ok && kind != "stix" {
		return nil
	}
	s, ok := stringOf(member, "pattern")
	if !ok {
		return nil
	}
	p, err := pattern.Parse(s)
	if err != nil {
		if p, err = pattern.Parse20(s); err != nil {
			return nil
		}
	}
	return FromPattern(p)
}

// vulnerability reads CVE ids from the name and the references.
// STIX 2.1, 4.19
func vulnerability(member Member) (out []Value) {
	if name, ok := stringOf(member, "name"); ok {
		out = add(out, CVE, name)
	}
	references, _ := member("external_references")
	for reference := range elements(references) {
		for name, raw := range fields(reference) {
			if string(name) != "external_id" {
				continue
			}
			if s, ok := text(raw); ok {
				out = add(out, CVE, s)
			}
		}
	}
	return unique(out)
}

func contact(member Member) []Value {
	s, ok := stringOf(member, "contact_information")
	if !ok {
		return nil
	}
	return FromText(s)
}

func stringOf(member Member, name string) (string, bool) {
	raw, ok := member(name)
	if !ok {
		return "", false
	}
	return text(raw)
}

// unique drops values that stand before, in place.
func unique(values []Value) []Value {
	if len(values) < 2 {
		return values
	}
	out := values[:0]
	for _, v := range values {
		same := func(w Value) bool { return w.Kind == v.Kind && w.Text == v.Text }
		if !slices.ContainsFunc(out, same) {
			out = append(out, v)
		}
	}
	return out
}
