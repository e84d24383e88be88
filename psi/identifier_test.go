package psi

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// What people write, and what both ends must make of it. An empty want is a
// refusal. docs/vectors/psi/identifiers.json is made of it.
var identifiers = []struct {
	Type  Type
	Text  string
	Value string
}{
	{Phone, " +212 661-23 45 67 ", "+212661234567"},
	{Phone, "00212661234567", "+212661234567"},
	{Phone, "٠٠٢١٢٦٦١٢٣٤٥٦٧", "+212661234567"},
	{Phone, "0661234567", ""},
	{Phone, "+212661234567890123", ""},
	{Email, "Karim.B@Example.ORG", "karim.b@example.org"},
	{Email, "Karim <karim@example.org>", ""},
	{IBAN, "TR33 0006 1005 1978 6457 8413 26", "TR330006100519786457841326"},
	{IBAN, "TR34 0006 1005 1978 6457 8413 26", ""},
	{Account, "BCMAMAMC / 007 810 000 123", "BCMAMAMC/7810000123"},
	{Account, "bcmamamcxxx/7810000123", "BCMAMAMC/7810000123"},
	{Account, "BCMAMAMC/000", ""},
	{Account, "007810000123", ""},
	{Account, "BC1AMAMC/12", ""},
	{Account, "BCMAMAMC/12é", ""},
	{Document, "tr:u 123-45678", "TUR:U12345678"},
	{Document, "TUR:U12345678<<", "TUR:U12345678"},
	{Document, "D:c01x00t47", "DEU:C01X00T47"},
	{Document, "DE:C01X00T47", "DEU:C01X00T47"},
	{Document, "D<<:C01X00T47", "DEU:C01X00T47"},
	{Document, "XXA:A1", "XXA:A1"},
	{Document, "MAR:AB١٢٣٤٥٦", "MAR:AB123456"},
	{Document, "QQQ:123", ""},
	{Document, "U12345678", ""},
	{Document, "FRA:", ""},
	{Document, "FRA:12/34", ""},
	{Plate, "tr: 34 abc 123", "TR:34ABC123"},
	{Plate, "TUR:34-ABC-123", "TR:34ABC123"},
	{Plate, "MA:12345-أ-6", "MA:12345ا6"},
	{Plate, "MA: ١٢٣٤٥ | أ | ٦", ""},
	{Plate, "DZ:012345 116 16", "DZ:01234511616"},
	{Plate, "FR:ＡＢ－１２３－ＣＤ", "FR:AB123CD"},
	{Plate, "GB:AB12 CDE", "GB:AB12CDE"},
	{Plate, "34 ABC 123", ""},
	{Plate, "FR:", ""},
	{Plate, "FR:12345678901234567", ""},
	{NameBirth, " n1:hms+krm/1971-02.03 ", "n1:hms+krm/1971-02.03"},
	{NameBirth, "n1:hms+krm/1971", "n1:hms+krm/1971"},
	{NameBirth, "n1:hms/1971-12.31", "n1:hms/1971-12.31"},
	{NameBirth, "n1:иван+王小明/1990", "n1:иван+王小明/1990"},
	{NameBirth, "n1:krm+hms/1971", ""},
	{NameBirth, "n1:Hms+krm/1971", ""},
	{NameBirth, "n1:hms+krm", ""},
	{NameBirth, "n1:hms+krm/1971-03.02", ""},
	{NameBirth, "n1:hms+krm/1971-13.14", ""},
	{NameBirth, "n1:hms+krm/1971-2.3", ""},
	{NameBirth, "n1:hms+krm+lm/1971", ""},
	{NameBirth, "n1:/1971", ""},
	{NameBirth, "n2:hms+krm/1971", ""},
	{NameBirth, "o1:bank+srk/1971", ""},
	{NameBirth, "Karim Hammouchi, 2 March 1971", ""},
	{CryptoAddress, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"},
	{CryptoAddress, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	{CryptoAddress, "1BoatSLRHtKNngkdXEeobR76b53LETtpyU", ""},
	{FileHash, "D41D8CD98F00B204E9800998ECF8427E", "md5:d41d8cd98f00b204e9800998ecf8427e"},
	{FileHash, "SHA-1:da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{FileHash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{FileHash, "sha3-256:a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", "sha3-256:a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
	{FileHash, "sha1:d41d8cd98f00b204e9800998ecf8427e", ""},
	{FileHash, "crc32:00000000", ""},
	{FileHash, "xyz", ""},
	{Domain, "WWW.Beispiel-Ä.example.", "www.xn--beispiel--32a.example"},
	{Domain, "192.0.2.1", ""},
	{IP, "192.0.2.1", "192.0.2.1"},
	{IP, "::ffff:192.0.2.1", "192.0.2.1"},
	{IP, "2001:DB8:0::1", "2001:db8::1"},
	{IP, "192.0.2.0/24", ""},
	{IP, "192.0.2.01", ""},
	{"shoe-size", "42", ""},
}

func TestIdentifiersHaveOneSpelling(t *testing.T) {
	covered := map[Type]bool{}
	for _, c := range identifiers {
		covered[c.Type] = covered[c.Type] || c.Value != ""
		in, err := Read(c.Type, c.Text)
		if c.Value == "" {
			if !errors.Is(err, BadIdentifier) {
				t.Errorf("%s %q: %q %v, want a refusal", c.Type, c.Text, in, err)
			}
			continue
		}
		if err != nil || in.Value() != c.Value || in.Type() != c.Type || in.Check() != nil {
			t.Errorf("%s %q: %q %v, want %q", c.Type, c.Text, in.Value(), err, c.Value)
		}
	}
	for _, typ := range Types() {
		if !covered[typ] {
			t.Errorf("no example of %s", typ)
		}
	}
}

// The versions here follow those of the kinds that they build on: where one of
// these is raised, the type's is raised too.
func TestVersionsFollowTheKinds(t *testing.T) {
	for typ, kinds := range map[Type][]value.Kind{
		Phone: {value.Phone}, Email: {value.Email}, IBAN: {value.IBAN}, CryptoAddress: {value.CryptoAddress}, Domain: {value.Domain},
		IP:       {value.IPv4, value.IPv6},
		FileHash: {value.MD5, value.SHA1, value.SHA256, value.SHA384, value.SHA512, value.SHA3_256, value.SHA3_512},
	} {
		for _, k := range kinds {
			if k.Version() != 1 {
				t.Errorf("%s is at version %d: raise %s, then this test", k, k.Version(), typ)
			}
		}
	}
}

func TestSchemes(t *testing.T) {
	if Phone.Scheme() != "phone/1" || Scheme("phone/1").Type() != Phone || Type("shoe-size").Scheme() != "" {
		t.Error(Phone.Scheme(), Scheme("phone/1").Type())
	}
	for _, bad := range []Scheme{"", "phone", "phone/2", "phone/", "/1", "phone/1/1", "shoe-size/1"} {
		if err := bad.Check(); !errors.Is(err, WrongInfo) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestInputs(t *testing.T) {
	if in, err := Read(NameBirth, "n1:"+strings.Repeat("a", 600)+"/1990"); !errors.Is(err, BadIdentifier) {
		t.Errorf("600 bytes: %.20q %v", in, err)
	}
	for _, bad := range []Input{"", "phone", "phone\x00", "phone\x00 +212661234567", "shoe-size\x0042"} {
		if err := bad.Check(); !errors.Is(err, BadIdentifier) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The digits of each script stand in rows of ten, as digit takes for granted.
func TestDigitsOfEveryScript(t *testing.T) {
	check := func(low, high, stride rune) {
		for r := low; r <= high; r += stride {
			if got, ok := digit(r); !ok || got != '0'+(r-low)%10 {
				t.Errorf("%U: %q", r, got)
			}
		}
	}
	for _, r := range unicode.Nd.R16 {
		check(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range unicode.Nd.R32 {
		check(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
}
