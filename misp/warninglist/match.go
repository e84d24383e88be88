package warninglist

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// Match says which entry of the list a value is, is in, or is below.
func (l *List) Match(v value.Value) (entry string, ok bool) {
	if l.kinds != nil && !l.kinds[v.Kind] {
		return "", false
	}
	switch l.Type {
	case CIDR:
		return l.inNetwork(v)
	case Hostname:
		return l.belowHost(Host(v))
	case String:
		text := strings.ToLower(v.Text)
		for _, s := range []string{text, strings.TrimSuffix(text, "/")} {
			if l.texts[s] {
				return s, true
			}
		}
	case Substring:
		text := strings.ToLower(v.Text)
		for _, p := range l.parts {
			if strings.Contains(text, p) {
				return p, true
			}
		}
	case Regex:
		for _, x := range l.exprs {
			if x.re.MatchString(v.Text) {
				return x.entry, true
			}
		}
	}
	return "", false
}

// inNetwork looks an address up, or a network that lies in one of the list's.
func (l *List) inNetwork(v value.Value) (string, bool) {
	p, err := netip.ParsePrefix(v.Text)
	if err != nil {
		a, err := netip.ParseAddr(v.Text)
		if err != nil {
			return "", false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	for _, bits := range l.lengths {
		if bits > p.Bits() {
			continue
		}
		if around, err := p.Addr().Prefix(bits); err == nil && l.nets[around] {
			return around.String(), true
		}
	}
	return "", false
}

// belowHost looks a name up, then what it is below, but for the root.
func (l *List) belowHost(host string) (string, bool) {
	for host != "" {
		if l.texts[host] {
			return host, true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return "", false
}

// Host is the host that a value names: a domain, or that of a URL or an e-mail
// address; "" for others.
func Host(v value.Value) string {
	switch v.Kind {
	case value.Domain:
		return v.Text
	case value.URL:
		if u, err := url.Parse(v.Text); err == nil {
			return u.Hostname()
		}
	case value.Email:
		return v.Text[strings.LastIndexByte(v.Text, '@')+1:]
	}
	return ""
}

var (
	addresses = []value.Kind{value.IPv4, value.IPv6, value.IPv4CIDR, value.IPv6CIDR}
	// attributes are the types of MISP and the kinds of the values they hold.
	attributes = map[string][]value.Kind{
		"ip-src": addresses, "ip-dst": addresses, "ip-src|port": addresses, "ip-dst|port": addresses,
		"domain|ip": append([]value.Kind{value.Domain}, addresses...),
		"domain":    {value.Domain}, "hostname": {value.Domain}, "hostname|port": {value.Domain}, "dns-soa-email": {value.Email},
		"url": {value.URL}, "uri": {value.URL}, "link": {value.URL},
		"email": {value.Email}, "email-src": {value.Email}, "email-dst": {value.Email}, "email-reply-to": {value.Email},
		"md5": {value.MD5}, "filename|md5": {value.MD5, value.FileName}, "sha1": {value.SHA1}, "filename|sha1": {value.SHA1, value.FileName},
		"sha224": {value.SHA224}, "filename|sha224": {value.SHA224, value.FileName}, "sha256": {value.SHA256}, "filename|sha256": {value.SHA256, value.FileName},
		"sha384": {value.SHA384}, "filename|sha384": {value.SHA384, value.FileName}, "sha512": {value.SHA512}, "filename|sha512": {value.SHA512, value.FileName},
		"sha3-224": {value.SHA3_224}, "sha3-256": {value.SHA3_256}, "sha3-384": {value.SHA3_384}, "sha3-512": {value.SHA3_512},
		"imphash": {value.ImpHash}, "filename|imphash": {value.ImpHash, value.FileName}, "ssdeep": {value.SSDEEP}, "filename|ssdeep": {value.SSDEEP, value.FileName},
		"tlsh": {value.TLSH}, "filename|tlsh": {value.TLSH, value.FileName}, "filename": {value.FileName, value.Path},
		"AS": {value.ASN}, "mac-address": {value.MAC}, "vulnerability": {value.CVE}, "cpe": {value.CPE}, "user-agent": {value.UserAgent},
		"btc": {value.CryptoAddress}, "xmr": {value.CryptoAddress}, "iban": {value.IBAN}, "phone-number": {value.Phone}, "mutex": {value.Mutex},
		"regkey": {value.RegistryKey}, "regkey|value": {value.RegistryKey}, "x509-fingerprint-md5": {value.MD5}, "x509-fingerprint-sha1": {value.SHA1},
		"x509-fingerprint-sha256": {value.SHA256}, "malware-sample": {value.MD5, value.FileName},
	}
)

// kindsOf are the kinds that attributes hold; nil for all of them.
func kindsOf(types []string) map[value.Kind]bool {
	if len(types) == 0 {
		return nil
	}
	kinds := map[value.Kind]bool{}
	for _, t := range types {
		if t == "ALL" {
			return nil
		}
		for _, k := range attributes[t] {
			kinds[k] = true
		}
	}
	return kinds
}
