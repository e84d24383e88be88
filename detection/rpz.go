package detection

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// policies are what a name server answers, as targets of CNAME records.
// (draft-vixie-dnsop-dns-rpz, section 3)
var policies = map[string]string{"": ".", "nxdomain": ".", "nodata": "*.", "drop": "rpz-drop."}

func checkRPZ(o *Options) error {
	if _, ok := policies[o.Policy]; !ok {
		return errors.New("policy: want nxdomain, nodata or drop")
	}
	if !isName(o.zone()) {
		return errors.New("zone: want a name such as mithaq.rpz")
	}
	return nil
}

func (o *Options) zone() string {
	if o.Zone == "" {
		return "mithaq.rpz"
	}
	return strings.TrimSuffix(o.Zone, ".")
}

// zoneHead is the SOA and NS record that every zone begins with. RFC 1035, 5
func zoneHead(o *Options) string {
	return commented(";")(o) + fmt.Sprintf("$ORIGIN %s.\n$TTL 300\n@ IN SOA localhost. hostmaster.localhost. ( %d 3600 600 604800 300 )\n@ IN NS localhost.\n",
		o.zone(), o.Serial)
}

// rpz is a record for a name, and one for those below it; or for an address that
// an answer holds. (draft-vixie-dnsop-dns-rpz, section 4)
func rpz(o *Options, e *Entry, v value.Value, _ int) ([]string, error) {
	var names []string
	switch v.Kind {
	case value.Domain:
		names = []string{v.Text}
		if o.Subdomains {
			names = append(names, "*."+v.Text)
		}
	case value.IPv4, value.IPv6, value.IPv4CIDR, value.IPv6CIDR:
		name, err := rpzAddress(v.Text)
		if err != nil {
			return nil, err
		}
		names = []string{name}
	default:
		return nil, errKind
	}
	lines := make([]string, len(names))
	for i, name := range names {
		if !isName(strings.TrimPrefix(name, "*.")) {
			return nil, errChars
		}
		if len(name)+1+len(o.zone()) > 253 {
			return nil, errLong
		}
		lines[i] = name + " IN CNAME " + policies[o.Policy] + " ; " + plain(string(e.ID))
	}
	return lines, nil
}

// rpzAddress writes the prefix length and the parts from last to first; zz
// stands where :: does. (draft-vixie-dnsop-dns-rpz, section 4.3)
func rpzAddress(text string) (string, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return "", errChars
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	a := p.Masked().Addr()
	var parts []string
	if a.Is4() {
		parts = strings.Split(a.String(), ".")
	} else {
		whole := strings.Replace(a.String(), "::", ":zz:", 1)
		parts = strings.Split(strings.Trim(whole, ":"), ":")
	}
	slices.Reverse(parts)
	return fmt.Sprintf("%d.%s.rpz-ip", p.Bits(), strings.Join(parts, ".")), nil
}

// isName tells of names that need no escape in a zone file.
func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
