package value

import (
	"net/netip"
	"strconv"
	"strings"
)

// ports holds the schemes whose path cannot be empty, with their default ports.
// RFC 3986, 6.2.3
var ports = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}

// opaque schemes have no //; others without it are refused, since host:port
// would read as a scheme.
var opaque = map[string]bool{
	"mailto": true, "tel": true, "sms": true, "sip": true, "sips": true, "urn": true, "data": true,
	"magnet": true, "javascript": true, "xmpp": true, "bitcoin": true,
}

// url normalises syntax only, never meaning.
// RFC 3986, 6.2.2
func url(s string) (string, error) {
	if i := strings.IndexFunc(s, isControl); i >= 0 {
		return "", flaw("holds a control character")
	}
	scheme, rest, err := cutScheme(s)
	if err != nil {
		return "", err
	}
	b := append(make([]byte, 0, len(s)+8), scheme...)
	b = append(b, ':')
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		end := strings.IndexAny(after, "/?#")
		if end < 0 {
			end = len(after)
		}
		if b, err = appendAuthority(append(b, "//"...), scheme, after[:end]); err != nil {
			return "", err
		}
		rest = after[end:]
		if _, ok := ports[scheme]; ok && !strings.HasPrefix(rest, "/") {
			b = append(b, '/')
		}
	} else if !opaque[scheme] {
		return "", flaw("want :// after the scheme")
	}
	return keep(s, string(appendRest(b, rest))), nil
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

func cutScheme(s string) (scheme, rest string, err error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || !isLower(scheme[0]|0x20) || !allOf(scheme, inScheme) {
		return "", "", flaw("want a scheme such as https and a colon in front")
	}
	return strings.ToLower(scheme), rest, nil
}

func inScheme(c byte) bool {
	return isLower(c|0x20) || isDigit(c) || c == '+' || c == '-' || c == '.'
}

// appendAuthority writes [userinfo@]host[:port].
func appendAuthority(b []byte, scheme, s string) ([]byte, error) {
	if strings.IndexByte(s, '\\') >= 0 {
		return b, flaw("a backslash before the path, which programs read differently")
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		b = append(appendEscaped(b, s[:at], ":"), '@')
		s = s[at+1:]
	}
	host, port, err := cutPort(s)
	if err != nil {
		return b, err
	}
	_, special := ports[scheme]
	if host == "" && (special || port != "") {
		return b, flaw("the host is empty")
	}
	if host != "" {
		if host, err = urlHost(host); err != nil {
			return b, err
		}
	}
	b = append(b, host...)
	if port != "" && port != ports[scheme] {
		b = append(append(b, ':'), port...)
	}
	return b, nil
}

// cutPort parts host and port; the port loses leading zeros, and 0 is kept.
func cutPort(s string) (host, port string, err error) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || i < strings.LastIndexByte(s, ']') {
		return s, "", nil
	}
	host, port = s[:i], s[i+1:]
	if port == "" {
		return host, "", nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", "", flaw("the port is no number up to 65535")
	}
	return host, strconv.FormatUint(n, 10), nil
}

// urlHost takes [IPv6], IPv4 in its strict form, or a domain name.
func urlHost(host string) (string, error) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !a.Is6() || a.Zone() != "" {
			return "", flaw("the host in brackets is no IPv6 address")
		}
		return "[" + a.String() + "]", nil
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is4() {
		return a.String(), nil
	}
	name, err := domain(host)
	if err != nil {
		return "", flaw("the host: " + err.Error())
	}
	return name, nil
}

// appendRest writes path, query and fragment.
func appendRest(b []byte, s string) []byte {
	s, fragment, hasFragment := strings.Cut(s, "#")
	path, query, hasQuery := strings.Cut(s, "?")
	b = appendEscaped(b, path, ":@/")
	if hasQuery {
		b = appendEscaped(append(b, '?'), query, ":@/?")
	}
	if hasFragment {
		b = appendEscaped(append(b, '#'), fragment, ":@/?")
	}
	return b
}

// appendEscaped decodes %xx of unreserved characters, writes other %xx in upper
// case, and escapes what is neither unreserved nor a sub-delimiter nor in also.
// RFC 3986, 2
func appendEscaped(b []byte, s, also string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
			if isUnreserved(c) {
				b = append(b, c)
			} else {
				b = appendPercent(b, c)
			}
			continue
		}
		if isUnreserved(c) || strings.IndexByte("!$&'()*+,;=", c) >= 0 || strings.IndexByte(also, c) >= 0 {
			b = append(b, c)
		} else {
			b = appendPercent(b, c)
		}
	}
	return b
}

func isUnreserved(c byte) bool {
	return isLower(c) || isUpper(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func appendPercent(b []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(b, '%', digits[c>>4], digits[c&15])
}

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
