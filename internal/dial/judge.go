package dial

import (
	"net/netip"
)

// never are the blocks that lead to nobody whom a stranger may name, with what
// they are. The narrower stand before the wider.
// RFC 6890, 2.2. RFC 4291, 2.5
var never = []struct {
	block netip.Prefix
	what  string
}{
	{block("0.0.0.0/8"), "this network"},
	{block("10.0.0.0/8"), "private"},
	{block("100.64.0.0/10"), "a carrier's private network"},
	{block("127.0.0.0/8"), "loopback"},
	{block("168.63.129.16/32"), "a cloud's metadata"}, // Azure; the one such address that looks public
	{block("169.254.0.0/16"), "link-local, or a cloud's metadata"},
	{block("172.16.0.0/12"), "private"},
	{block("192.0.0.0/24"), "reserved, or a cloud's metadata"},
	{block("192.0.2.0/24"), "documentation"},
	{block("192.88.99.0/24"), "a relay of the past"},
	{block("192.168.0.0/16"), "private"},
	{block("198.18.0.0/15"), "benchmarks"},
	{block("198.51.100.0/24"), "documentation"},
	{block("203.0.113.0/24"), "documentation"},
	{block("224.0.0.0/4"), "multicast"},
	{block("240.0.0.0/4"), "reserved"},
	{block("::/128"), "no address"},
	{block("::1/128"), "loopback"},
	{block("64:ff9b:1::/48"), "a local translator"},
	{block("2001::/23"), "reserved for protocols, or a tunnel"},
	{block("2001:db8::/32"), "documentation"},
	{block("3fff::/20"), "documentation"},
	{block("fc00::/7"), "private"},
	{block("fe80::/10"), "link-local"},
	{block("fec0::/10"), "private"},
	{block("ff00::/8"), "multicast"},
}

var (
	global = block("2000::/3")
	nat64  = block("64:ff9b::/96")
	sixTo4 = block("2002::/16")
)

func block(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// judge says what is wrong with an address; "" for nothing.
func judge(a netip.Addr) string {
	if !a.IsValid() {
		return "no address"
	}
	if a.Zone() != "" {
		return "bound to an interface"
	}
	for _, inner := range forms(a) {
		if why := judgeOne(inner); why != "" {
			return why
		}
	}
	return ""
}

// judgeOne looks at an address as it stands.
func judgeOne(a netip.Addr) string {
	for _, n := range never {
		if n.block.Contains(a) {
			return n.what
		}
	}
	if a.Is6() && !global.Contains(a) && !nat64.Contains(a) {
		return "outside what is routed"
	}
	return ""
}

// forms are the addresses that a leads to: itself, and the IPv4 address that
// it wraps. RFC 4291, 2.5.5. RFC 6052, 2.1. RFC 3056, 2. RFC 5214, 6.1
func forms(a netip.Addr) []netip.Addr {
	a = a.Unmap()
	if a.Is4() {
		return []netip.Addr{a}
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return []netip.Addr{a, v4(b[12:])}
	case sixTo4.Contains(a):
		return []netip.Addr{a, v4(b[2:])}
	case b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		return []netip.Addr{a, v4(b[12:])}
	}
	return []netip.Addr{a}
}

func v4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b[:4])) }
