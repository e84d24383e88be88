package value

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/pattern"
)

// FromPattern finds the values that a pattern names, each once: those that a
// property is said to equal, by = or IN and without NOT, at the paths where
// FromObject finds values, references followed.
func FromPattern(p *pattern.Pattern) []Value {
	var out []Value
	known := map[seen]bool{}
	for path, literal := range p.Equalities() {
		s, ok := literalText(literal)
		if !ok {
			continue
		}
		for _, v := range atPath(path, s) {
			if k := (seen{v.Kind, v.Text}); !known[k] {
				known[k] = true
				out = append(out, v)
			}
		}
	}
	return out
}

func literalText(l pattern.Literal) (string, bool) {
	switch l := l.(type) {
	case pattern.String:
		return string(l), true
	case pattern.Int:
		return strconv.FormatInt(int64(l), 10), true
	case pattern.Hex:
		return hex.EncodeToString([]byte(l)), true
	}
	return "", false
}

// atPath reads s at the place that the path leads to.
func atPath(path pattern.Path, s string) (out []Value) {
	typ, keys := follow(path)
	for _, p := range places[typ] {
		if len(p.path) == len(keys) && slices.EqualFunc(p.path, keys, sameStep) {
			out = p.read(out, keys[len(keys)-1], s)
		}
	}
	if typ == endpoints && len(keys) == 1 && keys[0] == "value" {
		out = endpoint(out, "value", s)
	}
	return out
}

func sameStep(want, key string) bool { return want == "*" || want == key }

// endpoints stands for the types that an address in network traffic may have.
const endpoints = "*endpoint"

// targets names the type that a reference leads to.
// STIX 2.1, 6
var targets = map[string]string{
	"from_ref": "email-addr", "sender_ref": "email-addr", "to_refs": "email-addr", "cc_refs": "email-addr", "bcc_refs": "email-addr",
	"src_ref": endpoints, "dst_ref": endpoints, "resolves_to_refs": endpoints,
	"belongs_to_refs": "autonomous-system", "belongs_to_ref": "user-account", "creator_user_ref": "user-account",
	"parent_directory_ref": "directory", "contains_refs": "file", "content_ref": "artifact", "body_raw_ref": "file",
	"raw_email_ref": "artifact", "src_payload_ref": "artifact", "dst_payload_ref": "artifact",
	"encapsulates_refs": "network-traffic", "encapsulated_by_ref": "network-traffic", "opened_connection_refs": "network-traffic",
	"image_ref": "file", "service_dll_refs": "file", "parent_ref": "process", "child_refs": "process",
}

// follow walks over the references in a path: the type that the last one leads
// to, and the property names after it. Indexes fall away.
func follow(path pattern.Path) (typ string, keys []string) {
	typ = path.Type
	for _, step := range path.Steps {
		if step.Kind != pattern.Key {
			continue
		}
		target, ok := targets[step.Key]
		switch {
		case ok:
			typ, keys = target, nil
		case strings.HasSuffix(step.Key, "_ref") || strings.HasSuffix(step.Key, "_refs"):
			typ, keys = "", nil
		default:
			keys = append(keys, step.Key)
		}
	}
	return typ, keys
}
