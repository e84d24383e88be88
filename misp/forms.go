package misp

import "strings"

// A form says where the value of one type of attribute stands in STIX.
type form struct {
	paths []path // one for each part of the value
	split split
	fixed []finding // what is so for each value of the type
	tests bool      // only a pattern can say it: there is no observation
}

// A split says where a value falls into parts.
type split uint8

const (
	single split = iota // it is one part
	first               // at the first |
	last                // at the last |
)

// hashNames are the hash algorithms of attribute types, as STIX spells them
// where it knows them. STIX 2.1, 10.7
var hashNames = map[string]string{
	"md5": "MD5", "sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256",
	"sha384": "SHA-384", "sha512": "SHA-512",
	"sha512/224": "SHA-512-224", "sha512/256": "SHA-512-256",
	"sha3-224": "SHA3-224", "sha3-256": "SHA3-256", "sha3-384": "SHA3-384", "sha3-512": "SHA3-512",
	"ssdeep": "SSDEEP", "tlsh": "TLSH", "imphash": "IMPHASH", "impfuzzy": "IMPFUZZY",
	"authentihash": "AUTHENTIHASH", "pehash": "PEHASH", "vhash": "VHASH",
	"telfhash": "TELFHASH", "cdhash": "CDHASH",
}

// forms are the types of attributes whose values have a place in STIX.
var forms = makeForms()

func makeForms() map[string]form {
	all := map[string]form{}
	for typ, at := range singles {
		all[typ] = form{paths: paths(at)}
	}
	for name, algorithm := range hashNames {
		at := "file:hashes." + quoteStep(algorithm)
		all[name] = form{paths: paths(at)}
		all["filename|"+name] = form{paths: paths("file:name", at), split: last}
	}
	for _, name := range []string{"md5", "sha1", "sha256"} {
		all["x509-fingerprint-"+name] = form{paths: paths("x509-certificate:hashes." + quoteStep(hashNames[name]))}
	}
	for typ, at := range pairs {
		all[typ] = form{paths: paths(at[0], at[1]), split: first}
	}
	for typ, at := range onlyTested {
		all[typ] = form{paths: paths(at), tests: true}
	}
	for typ, name := range accounts {
		all[typ] = form{
			paths: paths("user-account:account_login"),
			fixed: []finding{{at: parsePath("user-account:account_type"), value: name}},
		}
	}
	return all
}

var singles = map[string]string{
	"AS":               "autonomous-system:number",
	"domain":           "domain-name:value",
	"hostname":         "domain-name:value",
	"email":            "email-addr:value",
	"email-src":        "email-message:from_ref.value",
	"email-dst":        "email-message:to_refs[*].value",
	"email-subject":    "email-message:subject",
	"email-body":       "email-message:body",
	"email-header":     "email-message:received_lines[*]",
	"email-message-id": "email-message:message_id",
	"email-reply-to":   "email-message:additional_header_fields.'Reply-To'",
	"email-x-mailer":   "email-message:additional_header_fields.'X-Mailer'",
	"email-attachment": "email-message:body_multipart[*].body_raw_ref.name",
	"filename":         "file:name",
	"attachment":       "file:name",
	"ip-src":           "network-traffic:src_ref.value",
	"ip-dst":           "network-traffic:dst_ref.value",
	"link":             "url:value",
	"uri":              "url:value",
	"url":              "url:value",
	"mac-address":      "mac-addr:value",
	"mutex":            "mutex:name",
	"regkey":           "windows-registry-key:key",
}

var pairs = map[string][2]string{
	"domain|ip":      {"domain-name:value", "domain-name:resolves_to_refs[*].value"},
	"hostname|port":  {"domain-name:value", "network-traffic:dst_port"},
	"ip-src|port":    {"network-traffic:src_ref.value", "network-traffic:src_port"},
	"ip-dst|port":    {"network-traffic:dst_ref.value", "network-traffic:dst_port"},
	"regkey|value":   {"windows-registry-key:key", "windows-registry-key:values[*].data"},
	"malware-sample": {"file:name", "file:hashes.MD5"},
}

var onlyTested = map[string]string{
	"port":          "network-traffic:dst_port",
	"size-in-bytes": "file:size",
	"mime-type":     "file:mime_type",
	"http-method":   "network-traffic:extensions.'http-request-ext'.request_method",
	"user-agent":    "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
}

var accounts = map[string]string{
	"github-username": "github", "twitter-id": "twitter", "jabber-id": "jabber",
}

// rules are the types of attributes that are patterns themselves, with the
// language as STIX spells it. STIX 2.1, 10.19
var rules = map[string]string{
	"yara": "yara", "sigma": "sigma", "snort": "snort", "suricata": "suricata",
	"stix2-pattern": "stix",
}

func paths(texts ...string) []path {
	all := make([]path, len(texts))
	for i, text := range texts {
		all[i] = parsePath(text)
	}
	return all
}

// quoteStep quotes the name of a step where the language asks for it.
func quoteStep(name string) string {
	if strings.ContainsAny(name, "-/") {
		return "'" + name + "'"
	}
	return name
}

// parts splits a value; false where it has not as many parts as the form.
func (f form) parts(value string) ([]string, bool) {
	if f.split == single {
		return []string{value}, value != ""
	}
	i := strings.IndexByte(value, '|')
	if f.split == last {
		i = strings.LastIndexByte(value, '|')
	}
	if i <= 0 || i == len(value)-1 {
		return nil, false
	}
	return []string{value[:i], value[i+1:]}, true
}

// findings are the parts of an attribute's value at their places.
func (f form) findings(typ, value, uuid string) ([]finding, bool) {
	parts, ok := f.parts(value)
	if !ok {
		return nil, false
	}
	switch typ {
	case "AS":
		parts[0] = strings.TrimPrefix(strings.TrimPrefix(parts[0], "AS"), "as")
	case "regkey", "regkey|value":
		parts[0] = fullKey(parts[0])
	}
	all := make([]finding, 0, len(f.fixed)+len(parts))
	for _, fix := range f.fixed {
		fix.uuid = uuid
		all = append(all, fix)
	}
	for i, part := range parts {
		all = append(all, finding{f.paths[i], part, uuid})
	}
	return all, true
}

// value puts the parts together again.
func (f form) value(typ string, part func(path) (string, bool)) (string, bool) {
	if len(f.paths) == 0 {
		return "", false
	}
	var all []string
	for _, p := range f.paths {
		v, ok := part(p)
		if !ok {
			return "", false
		}
		all = append(all, v)
	}
	value := strings.Join(all, "|")
	if typ == "AS" {
		value = "AS" + value
	}
	return value, true
}
