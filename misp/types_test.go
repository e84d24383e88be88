package misp_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// values has a value for each type of attribute that STIX has a place for; the
// object that the value must become, and what must be in it.
var values = map[string]struct{ value, indicator, observed string }{
	"AS":                   {"AS174", "[autonomous-system:number = 174]", `"number":174`},
	"domain":               {"a.example", "[domain-name:value = 'a.example']", `"value":"a.example"`},
	"hostname":             {"www.a.example", "[domain-name:value = 'www.a.example']", `"value":"www.a.example"`},
	"domain|ip":            {"a.example|192.0.2.1", "[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']", `"resolves_to_refs":["ipv4-addr--`},
	"hostname|port":        {"a.example|8443", "[domain-name:value = 'a.example' AND network-traffic:dst_port = 8443]", `"dst_port":8443`},
	"ip-src":               {"192.0.2.1", "[network-traffic:src_ref.type = 'ipv4-addr' AND network-traffic:src_ref.value = '192.0.2.1']", `"src_ref":"ipv4-addr--`},
	"ip-dst":               {"2001:db8::1", "[network-traffic:dst_ref.type = 'ipv6-addr' AND network-traffic:dst_ref.value = '2001:db8::1']", `"dst_ref":"ipv6-addr--`},
	"ip-src|port":          {"192.0.2.1|53", "[network-traffic:src_ref.type = 'ipv4-addr' AND network-traffic:src_ref.value = '192.0.2.1' AND network-traffic:src_port = 53]", `"src_port":53`},
	"ip-dst|port":          {"192.0.2.1|53", "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 53]", `"dst_port":53`},
	"email":                {"a@b.example", "[email-addr:value = 'a@b.example']", `"value":"a@b.example"`},
	"email-src":            {"a@b.example", "[email-message:from_ref.value = 'a@b.example']", `"from_ref":"email-addr--`},
	"email-dst":            {"a@b.example", "[email-message:to_refs[*].value = 'a@b.example']", `"to_refs":["email-addr--`},
	"email-subject":        {"It's \\ here", `[email-message:subject = 'It\'s \\ here']`, `"subject":"It's \\ here"`},
	"email-body":           {"Good day", "[email-message:body = 'Good day']", `"body":"Good day"`},
	"email-header":         {"from x", "[email-message:received_lines[*] = 'from x']", `"received_lines":["from x"]`},
	"email-message-id":     {"<1@a.example>", "[email-message:message_id = '<1@a.example>']", `"message_id":"<1@a.example>"`},
	"email-reply-to":       {"a@b.example", "[email-message:additional_header_fields.'Reply-To' = 'a@b.example']", `{"Reply-To":"a@b.example"}`},
	"email-x-mailer":       {"Post", "[email-message:additional_header_fields.'X-Mailer' = 'Post']", `{"X-Mailer":"Post"}`},
	"email-attachment":     {"a.doc", "[email-message:body_multipart[*].body_raw_ref.name = 'a.doc']", `"is_multipart":true`},
	"filename":             {"a|b.exe", "[file:name = 'a|b.exe']", `"name":"a|b.exe"`},
	"attachment":           {"a.doc", "[file:name = 'a.doc']", `"name":"a.doc"`},
	"malware-sample":       {"a.exe|" + strings.Repeat("a1", 16), "[file:name = 'a.exe' AND file:hashes.MD5 = '" + strings.Repeat("a1", 16) + "']", `"name":"a.exe"`},
	"link":                 {"https://a.example/", "[url:value = 'https://a.example/']", `"value":"https://a.example/"`},
	"uri":                  {"https://a.example/", "[url:value = 'https://a.example/']", `"value":"https://a.example/"`},
	"url":                  {"https://a.example/", "[url:value = 'https://a.example/']", `"value":"https://a.example/"`},
	"mac-address":          {"12:34:56:78:90:ab", "[mac-addr:value = '12:34:56:78:90:ab']", `"value":"12:34:56:78:90:ab"`},
	"mutex":                {"M", "[mutex:name = 'M']", `"name":"M"`},
	"regkey":               {`HKEY_LOCAL_MACHINE\a`, `[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\a']`, `"key":"HKEY_LOCAL_MACHINE\\a"`},
	"regkey|value":         {`HKEY_LOCAL_MACHINE\a|b`, `[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\a' AND windows-registry-key:values[*].data = 'b']`, `"values":[{"data":"b"}]`},
	"github-username":      {"octo", "[user-account:account_type = 'github' AND user-account:account_login = 'octo']", `"account_login":"octo"`},
	"twitter-id":           {"octo", "[user-account:account_type = 'twitter' AND user-account:account_login = 'octo']", `"account_type":"twitter"`},
	"jabber-id":            {"o@a.example", "[user-account:account_type = 'jabber' AND user-account:account_login = 'o@a.example']", `"account_type":"jabber"`},
	"port":                 {"443", "[network-traffic:dst_port = 443]", ""},
	"size-in-bytes":        {"12", "[file:size = 12]", ""},
	"mime-type":            {"text/plain", "[file:mime_type = 'text/plain']", ""},
	"http-method":          {"POST", "[network-traffic:extensions.'http-request-ext'.request_method = 'POST']", ""},
	"user-agent":           {"Fox/1", "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Fox/1']", ""},
	"stix2-pattern":        {"[url:value = 'x'] FOLLOWEDBY [url:value = 'y']", "[url:value = 'x'] FOLLOWEDBY [url:value = 'y']", ""},
	"yara":                 {"rule a { condition: true }", "rule a { condition: true }", ""},
	"sigma":                {"title: a", "title: a", ""},
	"suricata":             {"alert dns any any -> any any (sid:1;)", "alert dns any any -> any any (sid:1;)", ""},
	"snort":                {"alert tcp any any -> any any (sid:1;)", "alert tcp any any -> any any (sid:1;)", ""},
	"campaign-name":        {"Spring", "", `"name":"Spring"`},
	"vulnerability":        {"CVE-2026-1234", "", `"external_id":"CVE-2026-1234"`},
	"x509-fingerprint-md5": {strings.Repeat("a1", 16), "[x509-certificate:hashes.MD5 = '" + strings.Repeat("a1", 16) + "']", `"hashes":{"MD5"`},
}

// hashed are the types whose value is a hash: digits, and the name in STIX.
var hashed = map[string]struct {
	digits int
	name   string
}{
	"md5": {32, "MD5"}, "sha1": {40, "'SHA-1'"}, "sha224": {56, "'SHA-224'"}, "sha256": {64, "'SHA-256'"},
	"sha384": {96, "'SHA-384'"}, "sha512": {128, "'SHA-512'"},
	"sha512/224": {56, "'SHA-512-224'"}, "sha512/256": {64, "'SHA-512-256'"},
	"sha3-224": {56, "'SHA3-224'"}, "sha3-256": {64, "'SHA3-256'"}, "sha3-384": {96, "'SHA3-384'"}, "sha3-512": {128, "'SHA3-512'"},
	"ssdeep": {24, "SSDEEP"}, "tlsh": {70, "TLSH"}, "imphash": {32, "IMPHASH"}, "impfuzzy": {32, "IMPFUZZY"},
	"authentihash": {64, "AUTHENTIHASH"}, "pehash": {40, "PEHASH"}, "vhash": {40, "VHASH"},
	"telfhash": {70, "TELFHASH"}, "cdhash": {40, "CDHASH"},
}

func init() {
	for typ, h := range hashed {
		v := strings.Repeat("a1", h.digits/2)
		name := strings.Trim(h.name, "'")
		values[typ] = struct{ value, indicator, observed string }{
			v, "[file:hashes." + h.name + " = '" + v + "']", `"` + name + `":"` + v + `"`,
		}
		values["filename|"+typ] = struct{ value, indicator, observed string }{
			"a|b.exe|" + v, "[file:name = 'a|b.exe' AND file:hashes." + h.name + " = '" + v + "']", `"name":"a|b.exe"`,
		}
	}
	for typ, n := range map[string]int{"sha1": 40, "sha256": 64} {
		v := strings.Repeat("a1", n/2)
		values["x509-fingerprint-"+typ] = struct{ value, indicator, observed string }{
			v, "[x509-certificate:hashes." + hashed[typ].name + " = '" + v + "']", `"hashes":{`,
		}
	}
}

const eventOf = `{"Event":{"uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b81","info":"t","date":"2026-01-02","timestamp":"1767312000","Attribute":[%s]}}`

func attribute(typ, value string, ids bool) string {
	t, _ := misp.LookupType(typ)
	return fmt.Sprintf(`{"uuid":"11111111-2222-4333-8444-555555555555","type":%q,"category":%q,"value":%s,"to_ids":%v,"comment":"c","timestamp":"1767312005"}`,
		typ, t.Category, quoteJSON(value), ids)
}

func quoteJSON(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func TestEveryTypeOfAttributeComesBack(t *testing.T) {
	n := 0
	for typ := range misp.AttributeTypes() {
		n++
		value := "some value"
		if v, ok := values[typ.Name]; ok {
			value = v.value
		}
		for _, ids := range []bool{true, false} {
			raw := fmt.Appendf(nil, eventOf, attribute(typ.Name, value, ids))
			_, report := comesBack(t, raw, misp.Options{})
			custom := report.Custom()
			if _, mapped := values[typ.Name]; mapped == (len(custom) > 0) {
				t.Errorf("%s, to_ids %v: custom objects %v, mapped %v", typ.Name, ids, custom, mapped)
			}
			for _, note := range report.Carried() {
				// What was observed has no description in STIX.
				if note.Record == "Attribute" && (note.What != "comment" || ids) {
					t.Errorf("%s, to_ids %v: carried: %s", typ.Name, ids, note)
				}
			}
		}
	}
	if n < 190 {
		t.Errorf("%d types of attributes, want at least 190", n)
	}
}

func TestValuesStandWhereTheMappingSays(t *testing.T) {
	for typ, want := range values {
		objects, _ := comesBack(t, fmt.Appendf(nil, eventOf, attribute(typ, want.value, true)), misp.Options{})
		if want.indicator != "" && !hasPattern(t, objects, want.indicator) {
			t.Errorf("%s: no indicator with the pattern %s", typ, want.indicator)
		}
		if want.observed != "" && !contains(objects, want.observed) {
			t.Errorf("%s: nothing observed with %s", typ, want.observed)
		}
		objects, _ = comesBack(t, fmt.Appendf(nil, eventOf, attribute(typ, want.value, false)), misp.Options{})
		if want.observed != "" && (!contains(objects, want.observed) || contains(objects, `"type":"indicator"`)) {
			t.Errorf("%s, not for detection: want %s and no indicator", typ, want.observed)
		}
	}
}

func hasPattern(t *testing.T, objects [][]byte, want string) bool {
	return slices.ContainsFunc(objects, func(raw []byte) bool {
		o, err := stix.Parse(raw, stix.Limits{})
		return err == nil && o.String("pattern") == want
	})
}

func TestHivesAreSpelledOutAndComeBackShort(t *testing.T) {
	for _, ids := range []bool{true, false} {
		objects, _ := comesBack(t, fmt.Appendf(nil, eventOf, attribute("regkey", `HKLM\a`, ids)), misp.Options{})
		if !contains(objects, `"key":"HKEY_LOCAL_MACHINE\\a"`) {
			t.Error("no registry key with the full name of its hive")
		}
	}
}

func TestValuesThatDoNotSuitTheirTypeComeBackAsCustomObjects(t *testing.T) {
	for _, c := range [][2]string{
		{"md5", "zz"}, {"ip-dst|port", "192.0.2.1"}, {"hostname|port", "a|70000"}, {"AS", "ASX"}, {"filename|md5", "a"},
		{"url", ""}, {"stix2-pattern", "[nonsense"}, {"size-in-bytes", "007"}, {"mac-address", "12"}, {"domain|ip", "|"},
	} {
		for _, ids := range []bool{true, false} {
			_, report := comesBack(t, fmt.Appendf(nil, eventOf, attribute(c[0], c[1], ids)), misp.Options{})
			t.Log(c, report.Custom(), report.Carried())
		}
	}
}

func TestContentOfSamplesIsAnArtifact(t *testing.T) {
	data := base64.StdEncoding.EncodeToString([]byte("PK sample"))
	for _, typ := range []string{"attachment", "malware-sample"} {
		for _, ids := range []string{"true", "false"} {
			a := fmt.Sprintf(`{"uuid":"11111111-2222-4333-8444-555555555555","type":%q,"category":"Payload delivery","value":%q,"to_ids":%s,"data":%q}`,
				typ, values[typ].value, ids, data)
			objects, report := comesBack(t, fmt.Appendf(nil, eventOf, a), misp.Options{})
			if !contains(objects, `"payload_bin":"`+data+`"`) {
				t.Errorf("%s: no artifact", typ)
			}
			for _, n := range report.Carried() {
				if n.What == "data" {
					t.Errorf("%s, to_ids %s: the content is carried beside its artifact", typ, ids)
				}
			}
		}
	}
	bad := `{"type":"attachment","category":"Payload delivery","value":"a","to_ids":false,"data":"not base64!"}`
	comesBack(t, fmt.Appendf(nil, eventOf, bad), misp.Options{})
}

func TestCategoriesAndTypesAreThoseOfMISP(t *testing.T) {
	if got := len(misp.Categories()); got != 16 {
		t.Errorf("%d categories", got)
	}
	md5, ok := misp.LookupType("md5")
	if !ok || md5.Category != "Payload delivery" || !md5.ToIDs || !md5.In("Artifacts dropped") || md5.In("Person") {
		t.Errorf("md5: %+v %v", md5, md5.Categories())
	}
	if _, ok := misp.LookupType("no-such-type"); ok {
		t.Error("a type that MISP does not have")
	}
	for typ := range misp.AttributeTypes() {
		if found, ok := misp.LookupType(typ.Name); !ok || found != typ {
			t.Errorf("%s is not found", typ.Name)
		}
	}
}
