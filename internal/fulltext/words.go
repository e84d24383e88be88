package fulltext

import (
	"bytes"
	"encoding/base32"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/names"
)

const (
	mostText  = 1 << 20 // bytes of an object's texts that are read
	mostWords = 4096    // of an object
)

// texts are the members whose text is found, at any depth: those of STIX 2.1 that
// people write, and those that extensions give the same name. Addresses and
// hashes are found by the index of values.
var texts = map[string]bool{
	"name": true, "description": true, "aliases": true, "content": true, "abstract": true, "explanation": true, "value": true,
	"labels": true, "authors": true, "objective": true, "goals": true, "roles": true, "sectors": true, "contact_information": true,
	"external_id": true, "source_name": true, "display_name": true, "account_login": true, "subject": true, "path": true,
	"country": true, "region": true, "city": true, "street_address": true, "administrative_area": true, "x_mitre_aliases": true,
	"title": true, "text": true, "comment": true, "info": true, "surname": true, "given_name": true, "names": true, "vendor": true,
}

// named are the types whose names are looked up across scripts.
var named = map[string]bool{
	"identity": true, "threat-actor": true, "intrusion-set": true, "user-account": true, "email-addr": true, "person": true, "organisation": true,
}

// wordsOf are the words by which a STIX object is found, each once. Bytes that
// are no JSON have none.
func wordsOf(raw []byte) []string {
	r := reader{dec: jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	r.value("", 0)
	words := once(joined(split(fold(r.text.String()))))
	if named[r.kind] || strings.HasPrefix(r.kind, "x-") {
		for _, n := range r.names {
			words = append(words, keysOf(n)...)
		}
	}
	return words
}

// once drops repetitions, and what is too much.
func once(words []string) []string {
	seen := make(map[string]struct{}, len(words))
	kept := words[:0]
	for _, w := range words {
		if _, ok := seen[w]; !ok && len(kept) < mostWords {
			seen[w] = struct{}{}
			kept = append(kept, w)
		}
	}
	return kept
}

// keysOf are the keys of a name as words.
func keysOf(name string) (words []string) {
	for _, k := range names.Keys(names.Parse(name)) {
		words = append(words, keyWord(k))
	}
	return words
}

var letters32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// keyWord is a key in letters and digits, told from all words by its prefix.
func keyWord(k names.Key) string {
	return "0n0" + letters32.EncodeToString([]byte(k))
}

// A reader goes over an object once and gathers its texts.
type reader struct {
	dec   *jsontext.Decoder
	text  strings.Builder
	kind  string
	names []string
}

// value reads one value under a member; false ends the reading.
func (r *reader) value(member string, depth int) bool {
	switch kind := r.dec.PeekKind(); {
	case kind == '{':
		return r.inside(member, depth, '}')
	case kind == '[':
		return r.inside(member, depth, ']')
	case kind == '"' && (texts[member] || member == "type" && depth == 1):
		return r.take(member)
	}
	return r.dec.SkipValue() == nil
}

// inside reads what an object or a list holds. What is in a list is under the list's member.
func (r *reader) inside(member string, depth int, end jsontext.Kind) bool {
	if _, err := r.dec.ReadToken(); err != nil {
		return false
	}
	for r.text.Len() < mostText {
		switch kind := r.dec.PeekKind(); {
		case kind == end:
			_, err := r.dec.ReadToken()
			return err == nil
		case end == '}':
			name, err := r.dec.ReadToken()
			if err != nil {
				return false
			}
			member = name.String()
		}
		if !r.value(member, depth+1) {
			return false
		}
	}
	return false
}

// take is one text under a member.
func (r *reader) take(member string) bool {
	t, err := r.dec.ReadToken()
	if err != nil {
		return false
	}
	text := t.String()
	if member == "type" {
		r.kind = text
		return true
	}
	r.text.WriteString(text)
	r.text.WriteByte(' ')
	if (member == "name" || strings.HasSuffix(member, "aliases") || member == "display_name") && len(r.names) < 16 {
		r.names = append(r.names, text)
	}
	return true
}
