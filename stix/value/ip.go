package value

import (
	"net/netip"
	"strings"
)

const (
	wantIPv4   = flaw("want four numbers from 0 to 255 without leading zeros")
	wantIPv6   = flaw("want an IPv6 address without a zone")
	mapped     = flaw("an IPv4 address in IPv6 form; its kind is ipv4")
	wantPrefix = flaw("want an address, a slash and a prefix length")
)

// ipv4 takes a.b.c.d, its form ::ffff:a.b.c.d, and either with a whole prefix.
func ipv4(s string) (string, error) {
	a, ok := single(s)
	if !ok || !a.Is4() {
		return "", wantIPv4
	}
	return keepAddr(s, a), nil
}

// ipv6 gives the text of RFC 5952, 4.
func ipv6(s string) (string, error) {
	a, ok := single(s)
	switch {
	case !ok:
		return "", wantIPv6
	case a.Is4() && strings.Contains(s, ":"):
		return "", mapped
	case a.Is4():
		return "", wantIPv6
	}
	return keepAddr(s, a), nil
}

// single reads an address, or a prefix that holds just one; mapped ones are IPv4.
func single(s string) (netip.Addr, bool) {
	if strings.IndexByte(s, '/') >= 0 {
		p, ok := network(s)
		return p.Addr(), ok && p.IsSingleIP()
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil && a.Zone() == ""
}

func ipv4CIDR(s string) (string, error) {
	p, ok := network(s)
	if !ok || !p.Addr().Is4() {
		return "", wantPrefix
	}
	return keep(s, p.String()), nil
}

func ipv6CIDR(s string) (string, error) {
	p, ok := network(s)
	switch {
	case !ok:
		return "", wantPrefix
	case p.Addr().Is4() && strings.Contains(s, ":"):
		return "", mapped
	case p.Addr().Is4():
		return "", wantPrefix
	}
	return keep(s, p.String()), nil
}

// network reads a prefix and clears the bits beyond it; one within the mapped
// addresses becomes its IPv4 prefix.
func network(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// addressKind tells by shape what the value of an IP address object is.
func addressKind(s string) (Kind, bool) {
	s = strings.TrimSpace(s)
	if a, ok := single(s); ok {
		return choose(a.Is4(), IPv4, IPv6), true
	}
	p, ok := network(s)
	return choose(p.Addr().Is4(), IPv4CIDR, IPv6CIDR), ok
}

func choose(first bool, a, b Kind) Kind {
	if first {
		return a
	}
	return b
}

// keepAddr avoids a copy where s is already the normal text.
func keepAddr(s string, a netip.Addr) string {
	var buffer [48]byte
	b := a.AppendTo(buffer[:0])
	if string(b) == s {
		return s
	}
	return string(b)
}

// keep prefers the string that is there already, so that the other can be freed.
func keep(s, same string) string {
	if s == same {
		return s
	}
	return same
}
