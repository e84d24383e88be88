package value_test

import (
	"testing"

	"github.com/mithaq-hub/mithaq/stix/value"
)

func BenchmarkFromObject(b *testing.B) {
	for _, c := range []struct{ name, object string }{
		{"relationship", `{"type":"relationship","relationship_type":"uses"}`},
		{"attack-pattern", `{"type":"attack-pattern","name":"x"}`},
		{"ipv4-addr", `{"type":"ipv4-addr","value":"198.51.100.7"}`},
		{"domain-name", `{"type":"domain-name","value":"www.example.com"}`},
		{"url", `{"type":"url","value":"http://www.example.com/a/b?c=d"}`},
		{"email-addr", `{"type":"email-addr","value":"jane@example.com"}`},
		{"file", `{"type":"file","name":"a.exe","hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e","SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}`},
		{"indicator", `{"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '198.51.100.7' OR domain-name:value = 'example.com']"}`},
	} {
		typ, member := members(b, c.object)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				value.FromObject(typ, member)
			}
		})
	}
}

func BenchmarkNormalise(b *testing.B) {
	for _, c := range []struct {
		kind value.Kind
		text string
	}{
		{value.IPv4, "198.51.100.7"},
		{value.Domain, "www.example.com"},
		{value.Domain, "مثال.إختبار"},
		{value.URL, "http://www.example.com/a/b?c=d"},
		{value.Phone, "+90 (532) 123 45 67"},
		{value.IBAN, "DE89 3704 0044 0532 0130 00"},
		{value.CryptoAddress, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{value.CryptoAddress, "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"},
	} {
		b.Run(string(c.kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := value.Normalise(c.kind, c.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFromText(b *testing.B) {
	const prose = "The gang wrote from jane(at)evil[.]com (198.51.100.7); call +90 532 123 45 67, and see the report of the desk for what they did next."
	b.ReportAllocs()
	b.SetBytes(int64(len(prose)))
	for b.Loop() {
		value.FromText(prose)
	}
}

// A type without values must cost nothing: most objects are of one.
func TestTypesWithoutValuesAllocateNothing(t *testing.T) {
	typ, member := members(t, `{"type":"relationship","relationship_type":"uses"}`)
	if n := testing.AllocsPerRun(100, func() { value.FromObject(typ, member) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
