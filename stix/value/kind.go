package value

import (
	"maps"
	"slices"
)

// A Kind says what sort of identifier a value is.
type Kind string

// The kinds of values.
const (
	IPv4              Kind = "ipv4"
	IPv4CIDR          Kind = "ipv4-cidr"
	IPv6              Kind = "ipv6"
	IPv6CIDR          Kind = "ipv6-cidr"
	Domain            Kind = "domain"
	URL               Kind = "url"
	Email             Kind = "email"
	MD5               Kind = "md5"
	SHA1              Kind = "sha1"
	SHA224            Kind = "sha224"
	SHA256            Kind = "sha256"
	SHA384            Kind = "sha384"
	SHA512            Kind = "sha512"
	SHA3_224          Kind = "sha3-224"
	SHA3_256          Kind = "sha3-256"
	SHA3_384          Kind = "sha3-384"
	SHA3_512          Kind = "sha3-512"
	RIPEMD160         Kind = "ripemd160"
	Whirlpool         Kind = "whirlpool"
	ImpHash           Kind = "imphash"
	SSDEEP            Kind = "ssdeep"
	TLSH              Kind = "tlsh"
	Phone             Kind = "phone"
	IBAN              Kind = "iban"
	CryptoAddress     Kind = "crypto-address"
	CVE               Kind = "cve"
	MAC               Kind = "mac"
	ASN               Kind = "asn"
	CPE               Kind = "cpe"
	FileName          Kind = "file-name"
	Path              Kind = "path"
	RegistryKey       Kind = "registry-key"
	Mutex             Kind = "mutex"
	UserAccount       Kind = "user-account"
	CertificateSerial Kind = "certificate-serial"
	CommandLine       Kind = "command-line"
	UserAgent         Kind = "user-agent"
	MessageID         Kind = "message-id"
)

// A rule is all there is to know about a kind.
type rule struct {
	version   int // raised whenever normalise would answer otherwise than before
	person    bool
	normalise func(string) (string, error)
}

var rules = map[Kind]rule{
	IPv4:              {1, false, ipv4},
	IPv4CIDR:          {1, false, ipv4CIDR},
	IPv6:              {1, false, ipv6},
	IPv6CIDR:          {1, false, ipv6CIDR},
	Domain:            {1, false, domain},
	URL:               {1, false, url},
	Email:             {1, true, email},
	MD5:               {1, false, hexOf(32)},
	SHA1:              {1, false, hexOf(40)},
	SHA224:            {1, false, hexOf(56)},
	SHA256:            {1, false, hexOf(64)},
	SHA384:            {1, false, hexOf(96)},
	SHA512:            {1, false, hexOf(128)},
	SHA3_224:          {1, false, hexOf(56)},
	SHA3_256:          {1, false, hexOf(64)},
	SHA3_384:          {1, false, hexOf(96)},
	SHA3_512:          {1, false, hexOf(128)},
	RIPEMD160:         {1, false, hexOf(40)},
	Whirlpool:         {1, false, hexOf(128)},
	ImpHash:           {1, false, hexOf(32)},
	SSDEEP:            {1, false, ssdeep},
	TLSH:              {1, false, tlsh},
	Phone:             {1, true, phone},
	IBAN:              {1, true, iban},
	CryptoAddress:     {1, true, cryptoAddress},
	CVE:               {1, false, cve},
	MAC:               {1, false, mac},
	ASN:               {1, false, asn},
	CPE:               {1, false, cpe},
	FileName:          {1, false, fileName},
	Path:              {1, false, path},
	RegistryKey:       {1, false, registryKey},
	Mutex:             {1, false, exact},
	UserAccount:       {1, true, userAccount},
	CertificateSerial: {1, false, certificateSerial},
	CommandLine:       {1, false, exact},
	UserAgent:         {1, false, exact},
	MessageID:         {1, false, messageID},
}

// Kinds lists all kinds in alphabetical order.
func Kinds() []Kind { return slices.Sorted(maps.Keys(rules)) }

// Version is the version of the kind's normalisation, from 1; 0 means that the
// kind is unknown. Partners that match values compare it first.
func (k Kind) Version() int { return rules[k].version }

// Person says whether a value of this kind can name a person: it reaches one,
// or it is somebody's account.
func (k Kind) Person() bool { return rules[k].person }
