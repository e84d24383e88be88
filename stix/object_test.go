package stix

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const good = `{"type":"x-acme-thing","id":"x-acme-thing--4527e5de-8572-446a-a57a-706f15467461"`

func TestParseIsStrict(t *testing.T) {
	deep := func(n int) string { return good + `,"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	for _, c := range []struct{ name, raw, pointer, text string }{
		{"nothing", ``, "", "want an object"},
		{"no object", `[]`, "", "want an object"},
		{"a name twice", good + `,"a":1,"a":2}`, "/a", "a second member"},
		{"a name twice, once escaped", good + `,"ab":1,"\u0061b":2}`, "/ab", "a second member"},
		{"a name twice inside", good + `,"a":[0,{"b":1,"b":2}]}`, "/a/1/b", "a second member"},
		{"a name twice among many", `{` + numbered(100) + `,"k7":1}`, "/k7", "a second member"},
		{"not UTF-8", good + ",\"a\":\"\xff\"}", "/a", "UTF-8"},
		{"overlong UTF-8", good + ",\"a\":\"\xc0\x80\"}", "/a", "UTF-8"},
		{"a surrogate in UTF-8", good + ",\"a\":\"\xed\xa0\x80\"}", "/a", "UTF-8"},
		{"a lone high surrogate", good + `,"a":"\ud800"}`, "/a", "surrogate"},
		{"a lone low surrogate", good + `,"a":"\udc00 "}`, "/a", "surrogate"},
		{"two high surrogates", good + `,"a":"\ud800\ud800"}`, "/a", "surrogate"},
		{"raw NUL", good + ",\"a\":\"\x00\"}", "/a", "NUL"},
		{"escaped NUL", good + `,"a":"\u0000"}`, "/a", "NUL"},
		{"NUL between", good + ",\x00\"a\":1}", "", "name of a member"},
		{"a control character", good + ",\"a\":\"x\ty\"}", "/a", "control"},
		{"an unknown escape", good + `,"a":"\x41"}`, "/a", "escape"},
		{"a short escape", good + `,"a":"\u00g0"}`, "/a", "escape"},
		{"too deep", deep(64), "/a" + strings.Repeat("/0", 63), "too deep"},
		{"bytes after it", good + `}{}`, "", "more bytes"},
		{"cut off", good + `,"a":`, "/a", "cut off"},
		{"a cut string", good + `,"a":"x`, "/a", "without an end"},
		{"a large integer", good + `,"a":9007199254740992}`, "/a", "too large"},
		{"a small integer", good + `,"a":-9007199254740992}`, "/a", "too large"},
		{"an infinite number", good + `,"a":1e999}`, "/a", "too large"},
		{"a leading zero", good + `,"a":01}`, "/a", "not a number"},
		{"a bare point", good + `,"a":1.}`, "/a", "not a number"},
		{"a bare exponent", good + `,"a":1e}`, "/a", "not a number"},
		{"a plus", good + `,"a":+1}`, "/a", "JSON value"},
		{"a wrong word", good + `,"a":tru}`, "/a", "JSON value"},
		{"a comma at the end", good + `,}`, "", "comma"},
		{"a comma at the end of a list", good + `,"a":[1,]}`, "/a", "comma"},
		{"no colon", good + `,"a" 1}`, "", "colon"},
		{"a slash in the name", good + `,"a/~b":nul}`, "/a~1~0b", "JSON value"},
		{"too long", good + `,"a":"` + strings.Repeat("x", 5000) + `"}`, "", "longer"},
	} {
		_, err := Parse([]byte(c.raw), Limits{Size: 4096})
		syntax, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Errorf("%s: %v, want a *SyntaxError", c.name, err)
			continue
		}
		if syntax.Pointer != c.pointer || !strings.Contains(syntax.Text, c.text) {
			t.Errorf("%s: %q at %q, want %q at %q", c.name, syntax.Text, syntax.Pointer, c.text, c.pointer)
		}
	}
	for _, raw := range []string{
		deep(63), good + `}`, " \n" + good + "}\n", good + `,"a":9007199254740991,"b":-0,"c":1.5e10}`,
		good + `,"a":"\ud83d\ude00 é 😀 \"\\\/\b\f\n\r\t"}`, `{` + numbered(200) + `}`,
	} {
		o, err := Parse([]byte(raw), Limits{})
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if string(o.Raw()) != strings.TrimSpace(raw) {
			t.Errorf("the bytes are not as they came: %s", o.Raw())
		}
	}
}

func numbered(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	return strings.Join(all, ",")
}

func TestObjectAccess(t *testing.T) {
	o := parse(t, corpus[0])
	check := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	check("type", o.Type(), "attack-pattern")
	check("id", o.ID(), "attack-pattern--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061")
	check("version", o.Version(), "2016-05-12T08:17:27.000Z")
	check("name", o.Name(), "Spear Phishing")
	check("labels", o.Labels(), []string{"l"})
	check("lang", o.Lang(), "en")
	check("revoked", o.Revoked(), false)
	check("created_by_ref", o.CreatedByRef(), "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff")
	tlp, _ := o.TLP()
	check("TLP", tlp, TLPAmber)
	at, _ := o.At("/external_references/1/hashes/SHA-256")
	check("At", string(at), `"6db12788c37247f2316052e142f42f4b259d6561751e5f401a1ae2a6df9c674b"`)
	var refs []string
	for p, id := range o.Refs() {
		refs = append(refs, p+" "+string(id.Type()))
	}
	check("refs", refs, []string{
		"/created_by_ref identity", "/object_marking_refs/0 marking-definition", "/granular_markings/0/marking_ref marking-definition",
	})
	for e := range o.Extensions() {
		check("extension", e.Key+" "+e.Type, "extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e property-extension")
	}
	check("markings of description", o.EffectiveMarkings("/description"), []ID{tlp1s[1].id, tlp1s[2].id})
	check("markings of name", o.EffectiveMarkings("/name"), []ID{tlp1s[1].id})
	if _, ok := o.At("/labels/1"); ok {
		t.Error("a value where there is none")
	}
}

func TestNames(t *testing.T) {
	for raw, want := range map[string]string{
		`{"type":"ipv4-addr","value":"198.51.100.3"}`:               "198.51.100.3",
		`{"type":"autonomous-system","number":15139}`:               "15139",
		`{"type":"file","hashes":{"MD5":"abc"}}`:                    "abc",
		`{"type":"file","name":"foo.dll","hashes":{"MD5":"abc"}}`:   "foo.dll",
		`{"type":"email-message","subject":"مرحبا"}`:                "مرحبا",
		`{"type":"x-acme-thing","name":"thing"}`:                    "thing",
		`{"type":"relationship","relationship_type":"related-to"}`:  "related-to",
		`{"type":"indicator","pattern":"[a:b = 1]"}`:                "[a:b = 1]",
		`{"type":"observed-data","number_observed":1}`:              "",
		`{"type":"location","country":"dz"}`:                        "dz",
		`{"type":"user-account","user_id":"1","display_name":"J"}`:  "J",
		`{"type":"network-traffic","protocols":["tcp"],"name":"x"}`: "",
	} {
		if got := parse(t, raw).Name(); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestTimestamps(t *testing.T) {
	for _, s := range []string{
		"2016-01-20T12:31:12.123Z", "2016-01-20T12:31:12Z", "2020-02-29T00:00:00Z", "2000-02-29T00:00:00Z",
		"2016-12-31T23:59:60Z", "2016-06-30T23:59:60.5Z", "0001-01-01T00:00:00.0000000000000000001Z",
	} {
		ts, err := ParseTimestamp(s)
		if err != nil || ts.String() != s {
			t.Errorf("%s: %q, %v", s, ts, err)
		}
	}
	for _, s := range []string{
		"", "2016", "2021-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2016-13-01T00:00:00Z", "2016-00-01T00:00:00Z", "2016-04-31T00:00:00Z",
		"2016-01-01T24:00:00Z", "2016-01-01T00:60:00Z", "2016-01-01T00:00:60Z", "2016-01-31T23:59:60Z", "2016-01-01T00:00:00.Z",
		"2016-01-01T00:00:00", "2016-01-01T00:00:00+00:00", "2016-01-01t00:00:00Z", "2016-01-01T00:00:00z", "2016-01-01 00:00:00Z",
		"2016-1-01T00:00:00Z", "2016-01-01T00:00:00,5Z", "2016-01-01T00:00:00.5ZZ", "-016-01-01T00:00:00Z", "２016-01-01T00:00:00Z",
	} {
		if _, err := ParseTimestamp(s); err == nil {
			t.Errorf("%q is taken for a timestamp", s)
		}
	}
	order := []string{"", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59.000000000001Z", "2016-12-31T23:59:59.1Z", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"}
	for i := range order {
		for j := range order {
			a, b := Timestamp{order[i]}, Timestamp{order[j]}
			if got, want := a.Compare(b), min(1, max(-1, i-j)); got != want {
				t.Errorf("%s to %s: %d, want %d", a, b, got, want)
			}
		}
	}
	if (Timestamp{"2016-01-01T00:00:00.1Z"}).Compare(Timestamp{"2016-01-01T00:00:00.100Z"}) != 0 {
		t.Error(".1 and .100 are different moments")
	}
	got := Timestamp{"2016-12-31T23:59:60.123456789999Z"}.Time()
	if want := time.Date(2017, 1, 1, 0, 0, 0, 123456789, time.UTC); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, d := range []time.Duration{0, time.Millisecond, 1500 * time.Microsecond, 1} {
		at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.FixedZone("", 3600)).Add(d)
		ts := TimestampOf(at)
		if !isTimestamp([]byte(ts.text)) || fractionDigits([]byte(ts.text)) < 3 || !ts.Time().Equal(at) {
			t.Errorf("%v became %s", at, ts)
		}
	}
}

func TestIDs(t *testing.T) {
	id := NewID("indicator")
	if _, err := ParseID(string(id)); err != nil || id.Type() != "indicator" || id.UUID()[14] != '4' || id == NewID("indicator") {
		t.Errorf("%s: %v", id, err)
	}
	for _, s := range []string{
		"", "indicator", "indicator--", "--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "indicator-8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		"Indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "indicator--8e2e2d2b-17d4-6cbf-938f-98ee46b3cd3f", "indicator--8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f",
		"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3", "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3g", "a--b--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		"indicator--8e2e2d2b17d44cbf938f98ee46b3cd3f0000",
	} {
		if ID(s).Valid() {
			t.Errorf("%q is taken for an identifier", s)
		}
	}
}

func TestTLP(t *testing.T) {
	for level := TLPClear; level <= TLPRed; level++ {
		o := parse(t, string(MarkingDefinition(level)))
		if got, ok := TLPOf(o.ID()); got != level || !ok || o.ID() != MarkingID(level) {
			t.Errorf("%v: %v", level, got)
		}
		if p := Validate(o, Options{Should: true}); len(p) > 0 {
			t.Errorf("%v: %v", level, p)
		}
		if got, err := ParseTLP(strings.ToLower(level.String())); got != level || err != nil {
			t.Errorf("%v: %v, %v", level, got, err)
		}
	}
	for s, want := range map[string]TLP{"white": TLPClear, "TLP:WHITE": TLPClear, "tlp: amber+strict": TLPAmberStrict, " Red ": TLPRed} {
		if got, err := ParseTLP(s); got != want || err != nil {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "TLP:", "pink", "TLP:AMBER STRICT"} {
		if got, err := ParseTLP(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
	if StrictestTLP(TLPGreen, TLPAmberStrict, TLPAmber) != TLPAmberStrict || StrictestTLP() != 0 || TLP(0) >= TLPClear {
		t.Error("levels are out of order")
	}
	if MarkingDefinition(0) != nil || MarkingID(99) != "" || TLP(99).String() != "" {
		t.Error("a marking for no level")
	}
}

func TestSelectors(t *testing.T) {
	o := parse(t, `{"type":"vulnerability","name":"CVE","external_references":[{"source_name":"cve"}],"labels":["heartbleed","has-logo"],"ext":{"SHA-1":1}}`)
	for s, want := range map[string]string{
		"name": `"CVE"`, "external_references.[0].source_name": `"cve"`, "labels.[1]": `"has-logo"`, "labels": `["heartbleed","has-logo"]`, "ext.SHA-1": "1",
	} {
		sel, err := ParseSelector(s)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := sel.Resolve(o)
		at, _ := o.At(sel.Pointer())
		if string(got) != want || string(at) != want || sel.String() != s {
			t.Errorf("%s selects %s", s, got)
		}
	}
	for _, s := range []string{"pattern", "external_references.[3]", "name.[0]", "labels.name", "external_references.0"} {
		sel, err := ParseSelector(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := sel.Resolve(o); ok {
			t.Errorf("%s selects %s", s, got)
		}
	}
	for _, s := range []string{"", ".", "a..b", "[0]", "a.[x]", "a.[-1]", "a.[01]", "a.[]", "a.[0", "a b", "a."} {
		if _, err := ParseSelector(s); err == nil {
			t.Errorf("%q is taken for a selector", s)
		}
	}
}

// The ids in the examples of the standard with its errata. Where an example
// refers to another, its id was computed with the id that the other had before
// the errata, which stands here in its place. STIX 2.1, 6
func TestSCOIDs(t *testing.T) {
	for _, raw := range []string{
		`{"type":"autonomous-system","id":"autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff","number":15139,"name":"Slime Industries"}`,
		`{"type":"directory","id":"directory--0a58d0c1-59e6-5afd-8252-dcd3f13e5622","path":"C:\\Windows\\System32"}`,
		`{"type":"domain-name","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com","resolves_to_refs":["ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"]}`,
		`{"type":"email-addr","id":"email-addr--7165e2a9-671f-585d-b1e1-ca59c671d934","value":"john@example.com","display_name":"John Doe"}`,
		`{"type":"email-message","id":"email-message--92fa1bfd-2c62-5a30-8b7c-5b91ea73cf29","from_ref":"email-addr--89f52ea8-d6ef-51e9-8fce-6a29236436ed","is_multipart":false,"subject":"Saying Hello"}`,
		`{"type":"file","id":"file--949eb97a-da1e-5292-8959-03c4249dc9f3","hashes":{"SHA-256":"fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db"},"size":25536,"name":"foo.dll"}`,
		`{"type":"file","id":"file--7d1e3a18-89e7-5bc5-be36-9879f5b7f5c8","hashes":{"SHA-256":"841a8921140aba50671ebb0770fecc4ee308c4952cfeff8de154ab14eeef4649"},"name":"qu\u00eary.dll","name_enc":"windows-1252"}`,
		`{"type":"file","id":"file--39643577-13b7-5f21-9584-df7e7c33f357","hashes":{"SHA-256":"ceafbfd424be2ca4a5f0402cae090dda2fb0526cf521b60b60077c0f622b285a"},"parent_directory_ref":"directory--93c0a9b0-520d-545d-9094-1a08ddf46b05","name":"qwerty.dll"}`,
		`{"type":"file","id":"file--ba04c974-3cef-5f42-adc7-084d467874e2","hashes":{"SHA-256":"35a01331e9ad96f751278b891b6ea09699806faedfa237d40513d92ad1b7100f"},"extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"second.stream","size":25536}]}}}`,
		`{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}`,
		`{"type":"ipv4-addr","id":"ipv4-addr--1ea47840-aa39-5aa8-b4a2-cd203eb6662a","value":"198.51.100.0/24"}`,
		`{"type":"ipv6-addr","id":"ipv6-addr--85a85a8c-ee99-5722-946d-3c3a3270fc6f","value":"2001:0db8:85a3:0000:0000:8a2e:0370:7334"}`,
		`{"type":"mac-addr","id":"mac-addr--757b1725-9903-54f5-a855-1240691d7659","value":"d2:fb:49:24:37:18"}`,
		`{"type":"mutex","id":"mutex--f93fe911-e545-5239-b9b0-597840d0c871","name":"__CLEANSWEEP__"}`,
		`{"type":"network-traffic","id":"network-traffic--6e0cb830-0305-57d4-8536-7be874d42005","src_ref":"ipv4-addr--4d22aae0-2bf9-5427-8819-e4f6abf20a53","dst_ref":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","protocols":["tcp"]}`,
		`{"type":"software","id":"software--710b0b41-d4d0-5d6c-a400-fc9254554ffc","name":"Word","cpe":"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*","version":"2002","vendor":"Microsoft"}`,
		`{"type":"url","id":"url--47c3cf9a-5027-5bf0-997a-017c7edc7c55","value":"https://example.com/research/index.html"}`,
		`{"type":"user-account","id":"user-account--f94d689e-707d-58c3-b803-c720bb6ed096","user_id":"1001","account_login":"jdoe","account_type":"unix","display_name":"John Doe"}`,
		`{"type":"windows-registry-key","id":"windows-registry-key--1884b770-b679-522a-a9c7-45fadaaec7bb","key":"HKEY_LOCAL_MACHINE\\System\\Foo\\Bar"}`,
		`{"type":"windows-registry-key","id":"windows-registry-key--f6a11ddf-fa2b-54c8-97ab-e7f28413095a","key":"hkey_local_machine\\system\\bar\\foo","values":[{"name":"Foo","data":"qwerty","data_type":"REG_SZ"},{"name":"Bar","data":"42","data_type":"REG_DWORD"}]}`,
	} {
		o := parse(t, raw)
		if got, err := SCOID(o); got != o.ID() || err != nil {
			t.Errorf("%s, %v; want %s", got, err, o.ID())
		}
	}
	a, _ := SCOID(parse(t, `{"type":"file","hashes":{"SHA-1":"b","SHA-256":"c","MD5":"a"}}`))
	b, _ := SCOID(parse(t, `{"type":"file","hashes":{"MD5":"a"},"size":1}`))
	c, _ := SCOID(parse(t, `{"type":"file","hashes":{"SSDEEP":"s","SHA3-256":"t"}}`))
	d, _ := SCOID(parse(t, `{"type":"file","hashes":{ "SHA3-256":"t", "SSDEEP":"u"}}`))
	if a != b || c != d || a == c || c == "" {
		t.Errorf("the choice of a hash: %s %s %s %s", a, b, c, d)
	}
	for _, raw := range []string{`{"type":"process","pid":1}`, `{"type":"artifact","mime_type":"a/b"}`, `{"type":"indicator"}`, `{"type":"x-acme","value":"v"}`} {
		if id, err := SCOID(parse(t, raw)); !errors.Is(err, ErrNoID) {
			t.Errorf("%s: %s, %v", raw, id, err)
		}
	}
}

func TestValidate(t *testing.T) {
	with := func(base string, more string) string { return strings.TrimSuffix(base, "}") + "," + more + "}" }
	attack := `{"type":"attack-pattern","spec_version":"2.1","id":"attack-pattern--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2016-05-12T08:17:27.000Z","modified":"2016-05-12T08:17:27.000Z","name":"n"}`
	for _, c := range []struct {
		raw  string
		want string // pointer, level and rule of each problem
	}{
		{attack, ""},
		{with(attack, `"aliases":["a",1,null]`), "/aliases/1 MUST type; /aliases/2 MUST type"},
		{with(attack, `"lang":"x"`), "/lang MUST language"},
		{with(attack, `"x_custom":1,"Bad-Name":2`), "/Bad-Name MUST key; /x_custom SHOULD custom"},
		{with(attack, `"defanged":true`), "/defanged MUST not-here; /defanged SHOULD custom"},
		{with(attack, `"granular_markings":[{"selectors":["name"],"lang":"fr"},{"selectors":["nothing"],"marking_ref":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9","lang":"fr"}]`), "/granular_markings/1/marking_ref MUST exclusive; /granular_markings/1/selectors/0 MUST selector"},
		{`{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d"}`, "/type MUST type-name"},
		{`{}`, "/type MUST required; /id MUST required"},
		{`{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-4a82-a950-b5bc3caf07c4","value":"198.51.100.3"}`, "/id SHOULD uuid-version"},
		{`{"type":"ipv4-addr","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","value":"198.51.100.3"}`, "/id SHOULD sco-id"},
		{`{"type":"process","id":"process--ff26c055-6336-5bc5-b98d-13d6226742dd","pid":1}`, "/id MUST uuid-version"},
		{`{"type":"process","id":"process--ff26c055-6336-4bc5-b98d-13d6226742dd"}`, " MUST empty"},
		{`{"type":"network-traffic","id":"network-traffic--372c0c73-777a-40de-bc3a-92cc72fcf7dd","protocols":["tcp"],"src_ref":"file--ff26c055-6336-4bc5-b98d-13d6226742dd","is_active":true,"end":"2020-01-01T00:00:00Z","start":"2021-01-01T00:00:00Z"}`, "/src_ref MUST ref-type; /end MUST order; /end MUST exclusive; /id SHOULD uuid-version"},
		{`{"type":"file","id":"file--949eb97a-da1e-4292-8959-03c4249dc9f3","hashes":{"MD5":"zz","SHA-7":"abc","x":"y"}}`, "/hashes/MD5 MUST hash; /hashes/SHA-7 SHOULD hash; /hashes/x MUST key; /id SHOULD uuid-version"},
		{`{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"TLP:GREEN","definition":{"tlp":"red"}}`, "/definition_type MUST tlp"},
		{`{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--4a0042fe-8b88-40fe-9600-dfa128ce6fbd","created":"2016-08-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"s"},"object_marking_refs":["marking-definition--4a0042fe-8b88-40fe-9600-dfa128ce6fbd"]}`, "/object_marking_refs/0 MUST self"},
	} {
		var got []string
		for _, p := range Validate(parse(t, c.raw), Options{Should: true}) {
			got = append(got, p.Pointer+" "+p.Level.String()+" "+string(p.Rule))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.raw, s, c.want)
		}
	}
}

func TestFuture(t *testing.T) {
	o := parse(t, `{"type":"campaign","created":"2030-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","last_seen":"2031-01-01T00:00:00Z"}`)
	var at []string
	for _, p := range Future(o, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) {
		at = append(at, p.Pointer)
	}
	if !slices.Equal(at, []string{"/created", "/last_seen"}) {
		t.Error(at)
	}
}

// Objects at the limit of size that are made to be slow must not be.
func TestHostileObjects(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of work")
	}
	many := func(n int, each string) string { return strings.TrimSuffix(strings.Repeat(each+",", n), ",") }
	members := func(n int, value string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"m%07d_ref":%s`, i, value)
		}
		return b.String()
	}
	id := `"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`
	for name, raw := range map[string]string{
		"wrong items":   corpusWith(1, `"x_acme":1,"labels":[`+many(500_000, "1")+`]`),
		"references":    corpusWith(1, `"object_refs":[`+many(100_000, id)+`]`),
		"members":       corpusWith(1, strings.TrimPrefix(members(60_000, id), ",")),
		"selectors":     corpusWith(1, `"granular_markings":[{"lang":"en","selectors":[`+many(300_000, `"zz"`)+`]}]`),
		"names alike":   `{` + strings.TrimPrefix(members(150_000, "1"), ",") + `}`,
		"observed data": observed(`{`+strings.TrimPrefix(strings.ReplaceAll(members(20_000, `{"type":"mutex","name":"m"}`), `"m`, `"k`), ",")+`}`, ""),
	} {
		start := time.Now()
		o, err := Parse([]byte(raw), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n := len(Validate(o, Options{Should: true}))
		refs := 0
		for range o.Refs() {
			refs++
		}
		_, _ = o.Upgrade()
		if took := time.Since(start); took > 10*time.Second || n > mostProblems+1 {
			t.Errorf("%s: %d bytes took %v; %d problems, %d references", name, len(raw), took, n, refs)
		} else {
			t.Logf("%s: %d MB took %v; %d problems, %d references", name, len(raw)>>20, took.Round(time.Millisecond), n, refs)
		}
	}
}

func corpusWith(i int, more string) string {
	return strings.TrimSuffix(corpus[i], "}") + "," + more + "}"
}
