package value_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/stix/pattern"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// members reads an object as package stix would hand it over: raw bytes.
func members(t testing.TB, object string) (string, value.Member) {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &all); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	var typ string
	if err := json.Unmarshal(all["type"], &typ); err != nil {
		t.Fatal(err)
	}
	return typ, func(name string) ([]byte, bool) {
		raw, ok := all[name]
		return raw, ok
	}
}

func TestFromObjectFindsWhatEachTypeHolds(t *testing.T) {
	const md5, sha256 = "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for object, want := range map[string]string{
		`{"type":"artifact","url":"https://Example.com","hashes":{"MD5":"` + strings.ToUpper(md5) + `","x":"y"}}`: "url https://example.com/; md5 " + md5,
		`{"type":"autonomous-system","number":15139}`:                                                             "asn AS15139",
		`{"type":"directory","path":"C:\\Windows\\System32"}`:                                                     `path c:\windows\system32`,
		`{"type":"domain-name","value":"Example.com"}`:                                                            "domain example.com",
		`{"type":"domain-name","value":"not a domain"}`:                                                           "",
		`{"type":"domain-name","value":7}`:                                                                        "",
		`{"type":"domain-name","value":null}`:                                                                     "",
		`{"type":"domain-name"}`:                                                                                  "",
		`{"type":"email-addr","value":"Jane@Example.com","display_name":"Jane"}`:                                  "email jane@example.com!",
		`{"type":"email-message","message_id":"<a@b>","additional_header_fields":{"X-Originating-IP":["[198.51.100.7]","203.0.113.5"]}}`: "message-id a@b; ipv4 198.51.100.7; ipv4 203.0.113.5",
		`{"type":"email-message","additional_header_fields":{"X-Originating-IP":"198.51.100.3"}}`:                                        "ipv4 198.51.100.3",
		`{"type":"file","name":"A.EXE","hashes":{"SHA-256":"` + sha256 + `","md5":"` + md5 + `","SHA-1":"short"},"size":1}`:              "file-name a.exe; sha256 " + sha256 + "; md5 " + md5,
		`{"type":"file","name":"/tmp/x"}`: "path /tmp/x",
		`{"type":"file","extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"s","hashes":{"MD5":"` + md5 + `"}},{"name":"t"}]}}}`:              "md5 " + md5,
		`{"type":"file","extensions":{"windows-pebinary-ext":{"imphash":"` + md5 + `","file_header_hashes":{"MD5":"` + md5 + `"}}}}`:                   "imphash " + md5 + "; md5 " + md5,
		`{"type":"file","extensions":{"windows-pebinary-ext":{"optional_header":{"hashes":{"SHA-256":"` + sha256 + `"}},"sections":[{"hashes":{}}]}}}`: "sha256 " + sha256,
		`{"type":"ipv4-addr","value":"198.51.100.7"}`:        "ipv4 198.51.100.7",
		`{"type":"ipv4-addr","value":"198.51.100.7\/32"}`:    "ipv4 198.51.100.7",
		`{"type":"ipv4-addr","value":"223.166.0.0/15"}`:      "ipv4-cidr 223.166.0.0/15",
		`{"type":"ipv6-addr","value":"::ffff:198.51.100.7"}`: "ipv4 198.51.100.7",
		`{"type":"ipv6-addr","value":"2001:DB8::/32"}`:       "ipv6-cidr 2001:db8::/32",
		`{"type":"mac-addr","value":"D2:FB:49:24:37:18"}`:    "mac d2:fb:49:24:37:18",
		`{"type":"mutex","name":"__CLEANSWEEP__"}`:           "mutex __CLEANSWEEP__",
		`{"type":"network-traffic","protocols":["tcp"],"src_port":1,"extensions":{"http-request-ext":{"request_header":{"Host":["Example.com:8080"],"User-Agent":"Mozilla/5.0"}}}}`: "domain example.com; user-agent Mozilla/5.0",
		`{"type":"network-traffic","extensions":{"http-request-ext":{"request_header":{"Host":"[2001:db8::1]:80"}}}}`:                                                               "ipv6 2001:db8::1",
		`{"type":"process","command_line":"x.exe /A","cwd":"/tmp/"}`:                                                                                                                "command-line x.exe /A; path /tmp",
		`{"type":"software","name":"Word","cpe":"cpe:2.3:a:Microsoft:Word:2000:*:*:*:*:*:*:*"}`:                                                                                     "cpe cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*",
		`{"type":"url","value":"HTTP://Example.com"}`:                                                                                                                               "url http://example.com/",
		`{"type":"user-account","user_id":"1007","account_login":"Jdoe","display_name":"JDOE"}`:                                                                                     "user-account jdoe!; user-account 1007!",
		`{"type":"windows-registry-key","key":"HKLM\\Software"}`:                                                                                                                    `registry-key hkey_local_machine\software`,
		`{"type":"x509-certificate","serial_number":"36:f7:d4","hashes":{"SHA-256":"` + sha256 + `"},"issuer":"CN=WEBMAIL"}`:                                                        "certificate-serial 36f7d4; sha256 " + sha256,

		`{"type":"phone-number","value":"+90 532 123 45 67"}`:                           "phone +905321234567!",
		`{"type":"cryptocurrency-wallet","value":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}`: "crypto-address 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa!",
		`{"type":"bank-account","iban":"DE89 3704 0044 0532 0130 00"}`:                  "iban DE89370400440532013000!",
		`{"type":"hostname","value":"Host_1.example.com"}`:                              "domain host_1.example.com",

		`{"type":"vulnerability","name":"CVE-2016-1234","external_references":[{"source_name":"cve","external_id":"cve-2016-1234"},{"source_name":"cve","external_id":"CVE-2017-0144"},{"url":"x"}]}`: "cve CVE-2016-1234; cve CVE-2017-0144",
		`{"type":"vulnerability","name":"Heartbleed"}`:                                                    "",
		`{"type":"identity","name":"X","contact_information":"Desk: +974 4412 3456, desk@cert.example"}`:  "phone +97444123456!; email desk@cert.example!",
		`{"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '198.51.100.7']"}`:       "ipv4 198.51.100.7",
		`{"type":"indicator","pattern":"[domain-name:value IN ('a.example', 'B.example')]"}`:              "domain a.example; domain b.example",
		`{"type":"indicator","pattern":"[file:extensions.windows-pebinary-ext.imphash = '` + md5 + `']"}`: "imphash " + md5,
		`{"type":"indicator","pattern_type":"sigma","pattern":"[ipv4-addr:value = '198.51.100.7']"}`:      "",
		`{"type":"indicator","pattern_type":"stix","pattern":"broken"}`:                                   "",
		`{"type":"relationship","relationship_type":"uses"}`:                                              "",
		`{"type":"x-unknown","value":"198.51.100.7"}`:                                                     "",
	} {
		typ, member := members(t, object)
		if got := spell(value.FromObject(typ, member)); got != want {
			t.Errorf("%s\n  is %s\nwant %s", object, got, want)
		}
	}
}

// spell writes values as "kind text", with ! where they can name a person.
func spell(values []value.Value) string {
	var out []string
	for _, v := range values {
		s := string(v.Kind) + " " + v.Text
		if v.Person {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestFromPatternFollowsReferences(t *testing.T) {
	for text, want := range map[string]string{
		"[file:hashes.'SHA-256' = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855']":                   "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"[file:hashes.md5 = h'd41d8cd98f00b204e9800998ecf8427e']":                                                        "md5 d41d8cd98f00b204e9800998ecf8427e",
		"[file:name = 'A.exe' AND file:parent_directory_ref.path = 'C:\\\\X']":                                           `file-name a.exe; path c:\x`,
		"[email-message:from_ref.value = 'A@b.example' OR email-message:to_refs[*].value = 'c@b.example']":               "email a@b.example!; email c@b.example!",
		"[network-traffic:dst_ref.value = '203.0.113.33/32' OR network-traffic:dst_ref.value = 'example.com']":           "ipv4 203.0.113.33; domain example.com",
		"[network-traffic:src_ref.resolves_to_refs[0].value = 'd2:fb:49:24:37:18']":                                      "mac d2:fb:49:24:37:18",
		"[domain-name:resolves_to_refs[*].value = '198.51.100.1/32']":                                                    "ipv4 198.51.100.1",
		"[email-message:body_multipart[*].body_raw_ref.name = 'A.exe']":                                                  "file-name a.exe",
		"[process:image_ref.hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']":                                            "md5 d41d8cd98f00b204e9800998ecf8427e",
		"[process:child_refs[*].creator_user_ref.account_login = 'Root']":                                                "user-account root!",
		"[autonomous-system:number = 15139]":                                                                             "asn AS15139",
		"[x509-certificate:serial_number = '4c:0b']":                                                                     "certificate-serial 4c0b",
		"[url:value = 'http://A.example' OR url:value = 'http://a.example/']":                                            "url http://a.example/",
		"[ipv4-addr:value != '198.51.100.7' OR ipv4-addr:value NOT IN ('198.51.100.7') OR ipv4-addr:value LIKE '198.%']": "",
		"[file:size = 7 OR file:x_ref.value = 'a.example' OR file:hashes = 'x' OR file:hashes.'x' = 'y']":                "",
		"[ipv4-addr:value = true]": "",
	} {
		p, err := pattern.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := spell(value.FromPattern(p)); got != want {
			t.Errorf("%s\n  is %s\nwant %s", text, got, want)
		}
	}
}

// Every place of every type is read alike from an object and from a pattern.
func TestFromObjectAndFromPatternAgree(t *testing.T) {
	typ, member := members(t, `{"type":"file","extensions":{"windows-pebinary-ext":{"sections":[{"hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e"}}]}}}`)
	p, err := pattern.Parse("[file:extensions.'windows-pebinary-ext'.sections[0].hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := value.FromObject(typ, member), value.FromPattern(p); len(a) != 1 || !slices.Equal(a, b) {
		t.Errorf("%v and %v", a, b)
	}
}

func TestMalformedMembersGiveNothing(t *testing.T) {
	for _, raw := range []string{
		"", "{", "[", `"`, `"\`, `{"a"`, `{"a":`, `{"a":{`, "[[[[", "]", "}", ",", ":", `{"hashes":[}`, `{"MD5":`, `{"MD5" "x"}`, "{,}", "[,]",
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000),
	} {
		for _, typ := range []string{"file", "ipv4-addr", "vulnerability", "indicator", "identity", "network-traffic", "autonomous-system"} {
			member := func(string) ([]byte, bool) { return []byte(raw), true }
			if got := value.FromObject(typ, member); len(got) > 0 {
				t.Errorf("%s of %.20q: %v", typ, raw, got)
			}
		}
	}
}

func TestPersonsAreNamedByTheKindsThatReachThem(t *testing.T) {
	var got []value.Kind
	for _, k := range value.Kinds() {
		if k.Person() {
			got = append(got, k)
		}
		if k.Version() < 1 {
			t.Errorf("%s has no version", k)
		}
	}
	want := []value.Kind{value.CryptoAddress, value.Email, value.IBAN, value.Phone, value.UserAccount}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if value.Kind("nonsense").Version() != 0 {
		t.Error("an unknown kind has a version")
	}
}

func TestPhoneInReadsNationalNumbers(t *testing.T) {
	for _, row := range [][3]string{
		{"0532 123 45 67", "TR", "+905321234567"},
		{"532 123 45 67", "tr", "+905321234567"},
		{"06 12 34 56 78", "FR", "+33612345678"},
		{"06 1234 5678", "IT", "+390612345678"},
		{"4412 3456", "QA", "+97444123456"},
		{"٠٥٠ ١٢٣ ٤٥٦٧", "SA", "+966501234567"},
		{"8 (912) 345-67-89", "RU", "+79123456789"},
		{"1 202 555 0143", "US", "+12025550143"},
		{"06 1 234 5678", "HU", "+3612345678"},
		{"+44 20 7946 0958", "TR", "+442079460958"},
		{"00 44 20 7946 0958", "TR", "+442079460958"},
		{"0532", "TR", ""},
		{"0532 123 45 67", "ZZ", ""},
		{"", "TR", ""},
	} {
		got, err := value.PhoneIn(row[0], row[1])
		if got != row[2] || (err != nil) != (row[2] == "") {
			t.Errorf("%s in %s: %q, %v; want %q", row[0], row[1], got, err, row[2])
		}
	}
}

func TestLedgerNamesTheChain(t *testing.T) {
	for address, want := range map[string]string{
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa":         "bitcoin",
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": "bitcoin",
		"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t":         "tron",
		"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359": "ethereum",
		"0x00": "", "nothing": "", "": "",
	} {
		if got := value.Ledger(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
