package indicator

import "github.com/mithaq-hub/mithaq/stix/value"

// A place is where STIX keeps a value of a kind.
type place struct {
	path   string // in a pattern
	sco    string // the observable that holds it alone; "" where none can
	member string // of the observable: the name of the property, or of the hash
}

// fileHash is the place of a hash of a file.
func fileHash(name string) place {
	return place{"file:hashes.'" + name + "'", "file", name}
}

// simple is the place of a value in an observable's own property.
func simple(sco, member string) place { return place{sco + ":" + member, sco, member} }

// only is a place that a pattern can name, and no observable fills alone.
func only(path string) place { return place{path: path} }

// placesOf are the places of STIX 2.1, 6, and of three custom types in wide use;
// vulnerabilities have an object of their own.
var placesOf = map[value.Kind]place{
	value.IPv4:              simple("ipv4-addr", "value"),
	value.IPv4CIDR:          simple("ipv4-addr", "value"),
	value.IPv6:              simple("ipv6-addr", "value"),
	value.IPv6CIDR:          simple("ipv6-addr", "value"),
	value.Domain:            simple("domain-name", "value"),
	value.URL:               simple("url", "value"),
	value.Email:             simple("email-addr", "value"),
	value.MAC:               simple("mac-addr", "value"),
	value.ASN:               simple("autonomous-system", "number"),
	value.FileName:          simple("file", "name"),
	value.Path:              only("file:name"), // of a file or a folder, which the path does not say
	value.RegistryKey:       simple("windows-registry-key", "key"),
	value.Mutex:             simple("mutex", "name"),
	value.UserAccount:       simple("user-account", "account_login"),
	value.CertificateSerial: simple("x509-certificate", "serial_number"),
	value.CommandLine:       only("process:command_line"), // a process has no id that follows from it
	value.CPE:               only("software:cpe"),
	value.UserAgent:         only("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"),
	value.MessageID:         only("email-message:message_id"),
	value.ImpHash:           only("file:extensions.'windows-pebinary-ext'.imphash"),
	value.Phone:             only("phone-number:value"),
	value.IBAN:              only("bank-account:iban"),
	value.CryptoAddress:     only("cryptocurrency-wallet:value"),

	value.MD5:       fileHash("MD5"),
	value.SHA1:      fileHash("SHA-1"),
	value.SHA224:    fileHash("SHA-224"),
	value.SHA256:    fileHash("SHA-256"),
	value.SHA384:    fileHash("SHA-384"),
	value.SHA512:    fileHash("SHA-512"),
	value.SHA3_224:  fileHash("SHA3-224"),
	value.SHA3_256:  fileHash("SHA3-256"),
	value.SHA3_384:  fileHash("SHA3-384"),
	value.SHA3_512:  fileHash("SHA3-512"),
	value.RIPEMD160: fileHash("RIPEMD-160"),
	value.Whirlpool: fileHash("WHIRLPOOL"),
	value.SSDEEP:    fileHash("SSDEEP"),
	value.TLSH:      fileHash("TLSH"),
}
