package value

import (
	"net/netip"
	"strings"
)

// email takes local@domain or local@[address]; a display name is refused.
// RFC 5321, 4.1.2
func email(s string) (string, error) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return "", flaw("want a local part, @ and a domain")
	}
	local, err := localPart(s[:at])
	if err != nil {
		return "", err
	}
	host, err := mailHost(s[at+1:])
	if err != nil {
		return "", err
	}
	if len(local)+len(host) > 319 {
		return "", flaw("longer than an address can be")
	}
	return keep(s, local+"@"+host), nil
}

func mailHost(s string) (string, error) {
	if s == "" {
		return "", flaw("nothing stands after the @")
	}
	inner, ok := strings.CutPrefix(s, "[")
	if !ok {
		host, err := domain(s)
		if err != nil {
			return "", flaw("the domain: " + err.Error())
		}
		return host, nil
	}
	inner, closed := strings.CutSuffix(inner, "]")
	text := strings.TrimPrefix(strings.ToLower(inner), "ipv6:")
	a, err := netip.ParseAddr(text)
	if err != nil || !closed || a.Zone() != "" || a.Is4() != (text == strings.ToLower(inner)) {
		return "", flaw("the address literal is neither [IPv4] nor [IPv6:IPv6]")
	}
	if a.Is4() {
		return "[" + a.String() + "]", nil
	}
	return "[ipv6:" + a.String() + "]", nil
}

// localPart lowers the case and takes off quotes that are not needed.
func localPart(s string) (string, error) {
	if inner, ok := strings.CutPrefix(s, `"`); ok {
		return quotedLocal(inner)
	}
	if len(s) > 64 {
		return "", flaw("the local part is longer than 64 bytes")
	}
	if !isDotAtom(s) {
		return "", flaw("the local part needs quotes, or has a dot too many")
	}
	return fold(s), nil
}

func quotedLocal(inner string) (string, error) {
	inner, ok := strings.CutSuffix(inner, `"`)
	var b []byte
	for i := 0; ok && i < len(inner); i++ {
		if inner[i] == '\\' {
			i++
		} else if inner[i] == '"' {
			ok = false
		}
		ok = ok && i < len(inner) && inner[i] >= ' ' && inner[i] != 0x7f
		if ok {
			b = append(b, inner[i])
		}
	}
	text := fold(string(b))
	switch {
	case !ok:
		return "", flaw("the quoted local part is malformed")
	case len(text) > 64:
		return "", flaw("the local part is longer than 64 bytes")
	case isDotAtom(text):
		return text, nil
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`, nil
}

// isDotAtom says whether a local part can stand without quotes.
// RFC 5322, 3.2.3
func isDotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return allOf(s, func(c byte) bool {
		return c >= 0x80 || isUnreserved(c) || strings.IndexByte("!#$%&'*+/=?^`{|}", c) >= 0
	}) && strings.IndexFunc(s, isSpaceOrControl) < 0
}
