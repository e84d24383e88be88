package value_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/stix/value"
)

func TestRefangMakesTextWholeAgain(t *testing.T) {
	for blunt, want := range map[string]string{
		"hxxp://evil[.]example/x":         "http://evil.example/x",
		"hXXps[:]//evil[dot]example":      "https://evil.example",
		"hxxps[://]evil(.)example":        "https://evil.example",
		"h**p://evil{.}example":           "http://evil.example",
		"fxp://evil.example":              "ftp://evil.example",
		"jane(at)example[DOT]com":         "jane@example.com",
		"jane[@]example.com":              "jane@example.com",
		"198[.]51[.]100[.]7":              "198.51.100.7",
		"[[.].]":                          "[..]",
		"[(dot)]":                         ".",
		"hx[:]xp":                         "hx:xp",
		"see (1) and [x]":                 "see (1) and [x]",
		"foohxxp://x":                     "foohxxp://x",
		"plain text":                      "plain text",
		"hxxp[:]//a[.]b hxxp[:]//c[.]d//": "http://a.b http://c.d//",
	} {
		if got := value.Refang(blunt); got != want {
			t.Errorf("%s becomes %s, want %s", blunt, got, want)
		}
	}
}

func TestDetectNamesTheKindOfAToken(t *testing.T) {
	for token, want := range map[string]string{
		"198.51.100.7":                             "ipv4 198.51.100.7",
		"198[.]51[.]100[.]7":                       "ipv4 198.51.100.7",
		"198.51.100.0/24":                          "ipv4-cidr 198.51.100.0/24",
		"2001:DB8::1":                              "ipv6 2001:db8::1",
		"2001:db8::/32":                            "ipv6-cidr 2001:db8::/32",
		"evil.com":                                 "domain evil.com",
		"evil[.]invalid":                           "domain evil.invalid",
		"مثال[.]إختبار":                            "domain xn--mgbh0fb.xn--kgbechtv",
		"install[.]sh":                             "domain install.sh",
		"www.install.sh":                           "domain www.install.sh",
		"hxxp://Evil[.]com/A":                      "url http://evil.com/A",
		"Jane(at)Evil[.]com":                       "email jane@evil.com",
		"d41d8cd98f00b204e9800998ecf8427e":         "md5 d41d8cd98f00b204e9800998ecf8427e",
		"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709": "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"+905321234567":                              "phone +905321234567",
		"00905321234567":                             "phone +905321234567",
		"TR330006100519786457841326":                 "iban TR330006100519786457841326",
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa":         "crypto-address 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
		"0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359": "crypto-address 0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
		"cve-2021-44228":                             "cve CVE-2021-44228",
		"00:1B:44:11:3A:B7":                          "mac 00:1b:44:11:3a:b7",
		"d2-fb-49-24-37-18":                          "mac d2:fb:49:24:37:18",
		"AS15139":                                    "asn AS15139",
		`HKLM\Software\Run`:                          `registry-key hkey_local_machine\software\run`,
		"install.sh":                                 "",
		"report.pdf":                                 "",
		"evil.invalid":                               "",
		"com.":                                       "",
		"co.uk":                                      "",
		"1.2.3":                                      "",
		"v1.2.3.4":                                   "",
		"jane@localhost":                             "",
		"hello":                                      "",
		"Jeremiah":                                   "",
		"2024-01-02":                                 "",
		"12:30":                                      "",
		"ASSESSMENT":                                 "",
		"5321234567":                                 "",
		strings.Repeat("a", 9e3):                     "",
	} {
		var got []string
		for _, v := range value.Detect(token) {
			got = append(got, string(v.Kind)+" "+v.Text)
			if v.As != token || v.Person != v.Kind.Person() {
				t.Errorf("%s: %+v", token, v)
			}
		}
		if joined := strings.Join(got, "; "); joined != want {
			t.Errorf("%s is %q, want %q", token, joined, want)
		}
	}
}

func TestFromTextFindsEachValueOnceInOrder(t *testing.T) {
	prose := `The gang wrote from jane(at)evil[.]com (198.51.100.7), "hxxp://evil[.]com/a_(b)".
		Call +90 532 123 45 67, or 0090 532 123 45 67; also (+44) 20 7946 0958! Pay to DE89 3704 0044 0532 0130 00.
		md5=d41d8cd98f00b204e9800998ecf8427e, 203.0.113.5:8080 and 198.51.100.7 again [evil.com]; see report.pdf,
		CVE-2021-44228: fixed. اتصل بـ +٩٦٦ ٥٠ ١٢٣ ٤٥٦٧، أو hxxps://evil[.]com؛ (bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4)`
	want := []value.Value{
		{value.Email, "jane@evil.com", "jane(at)evil[.]com", true},
		{value.IPv4, "198.51.100.7", "198.51.100.7", false},
		{value.URL, "http://evil.com/a_(b)", "hxxp://evil[.]com/a_(b)", false},
		{value.Phone, "+905321234567", "+90 532 123 45 67", true},
		{value.Phone, "+442079460958", "(+44) 20 7946 0958", true},
		{value.IBAN, "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", true},
		{value.MD5, "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", false},
		{value.IPv4, "203.0.113.5", "203.0.113.5", false},
		{value.Domain, "evil.com", "evil.com", false},
		{value.CVE, "CVE-2021-44228", "CVE-2021-44228", false},
		{value.Phone, "+966501234567", "+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", true},
		{value.URL, "https://evil.com/", "hxxps://evil[.]com", false},
		{value.CryptoAddress, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true},
	}
	if got := value.FromText(prose); !slices.Equal(got, want) {
		t.Errorf("got")
		for _, v := range got {
			t.Errorf("  %+v", v)
		}
	}
	for _, nothing := range []string{"", " ", "...", "+", "00", "GB", "nothing to see", "+90 532 12", "00:00:00", "DE89 3704", "Version 1.2.3, p. 4"} {
		if got := value.FromText(nothing); len(got) > 0 {
			t.Errorf("%q: %+v", nothing, got)
		}
	}
}

// A number that goes on with more groups is cut where it is a number.
func TestFromTextCutsAPhoneNumberFromWhatFollows(t *testing.T) {
	for text, want := range map[string]string{
		"+90 532 123 45 67 2024":         "+905321234567",
		"+90 532 123 45 67 (mobile)":     "+905321234567",
		"+974 4412 3456 - 12:30":         "+97444123456",
		"+1 202 555 0143. 17 people":     "+12025550143",
		"+90 532 123 45 67abc":           "",
		"+12025550143":                   "+12025550143",
		"(+1 202 555 0143)":              "+12025550143",
		"phone:+12025550143,+4930123456": "+12025550143 +4930123456",
	} {
		var got []string
		for _, v := range value.FromText(text) {
			got = append(got, v.Text)
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%q: %q, want %q", text, joined, want)
		}
	}
}

// No text makes the work grow with its square, which would take minutes here.
func TestFromTextIsLinear(t *testing.T) {
	for _, unit := range []string{"(", ")", "[.]", "+1 ", "+", "00 ", "DE89 ", "a.", "a,", ":", "[(", "hxxp", "@", "1 ", "\u200f", "x=y:", "٩"} {
		start := time.Now()
		value.FromText(strings.Repeat(unit, 1<<18/len(unit)))
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("256 KiB of %q takes %v", unit, took)
		}
	}
}
