package mispapi

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// oneLine is text that stays on its line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}

func textLine(_ *call, a *answer, x *hit) error {
	_, err := a.out.WriteString(oneLine(x.rec.Text("value")) + "\n")
	return err
}

// hashKinds are the types of attributes whose value, or its second part, is a hash.
var hashKinds = map[string]value.Kind{
	"md5": value.MD5, "sha1": value.SHA1, "sha224": value.SHA224, "sha256": value.SHA256, "sha384": value.SHA384, "sha512": value.SHA512,
	"sha3-224": value.SHA3_224, "sha3-256": value.SHA3_256, "sha3-384": value.SHA3_384, "sha3-512": value.SHA3_512,
	"malware-sample": value.MD5,
}

func hashLine(_ *call, a *answer, x *hit) error {
	typ := x.rec.Text("type")
	_, second, two := strings.Cut(typ, "|")
	kind, ok := hashKinds[typ]
	if two {
		kind, ok = hashKinds[second]
	}
	v := x.rec.Text("value")
	if i := strings.LastIndexByte(v, '|'); i >= 0 {
		v = v[i+1:]
	}
	v, err := value.Normalise(kind, v)
	if !ok || err != nil {
		return nil //nolint:nilerr // what is no hash is in no list of hashes
	}
	_, err = a.out.WriteString(v + "\n")
	return err
}

// A clue is what of an attribute can be looked for on a network.
type clue struct{ ip, port, name, url, agent, ja3, rule string }

// clueOf reads an attribute; what does not suit its type is no clue.
func clueOf(x *hit) (k clue, from bool) {
	typ, v := x.rec.Text("type"), x.rec.Text("value")
	first, second, _ := strings.Cut(v, "|")
	switch typ {
	case "ip-src", "ip-dst":
		k.ip = address(v)
	case "ip-src|port", "ip-dst|port":
		if k.ip = address(first); k.ip != "" {
			k.port = portOf(second)
		}
	case "domain", "hostname", "hostname|port":
		k.name = hostOf(first)
	case "domain|ip":
		k.name, k.ip = hostOf(first), address(second)
	case "url":
		k.url = v
	case "user-agent":
		k.agent = v
	case "ja3-fingerprint-md5":
		if sum, err := value.Normalise(value.MD5, v); err == nil {
			k.ja3 = sum
		}
	case "suricata":
		k.rule = v
	}
	return k, strings.HasPrefix(typ, "ip-src")
}

// address is an address or a network, "" where it is neither.
func address(text string) string {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return a.String()
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked().String()
	}
	return ""
}

func portOf(text string) string {
	if n, err := netip.ParseAddrPort("0.0.0.0:" + text); err == nil {
		return fmt.Sprint(n.Port())
	}
	return ""
}

func hostOf(text string) string {
	name, err := value.Normalise(value.Domain, text)
	if err != nil {
		return ""
	}
	return name
}

func suricataHead(_ *call, a *answer) error {
	_, err := a.out.WriteString("# Rules made of attributes for detection. Their numbers follow from the UUID of the attribute.\n")
	return err
}

// content spells text for a rule: what would end or change it as hexadecimal.
func content(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || strings.IndexByte(`"';:|\`, c) >= 0 {
			fmt.Fprintf(&b, "|%02X|", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// number is a rule's sid: the same for an attribute at all times, from 1,000,000 up,
// where the rules of a site's own begin.
func sid(uuid string, nth int) uint32 {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s/%d", uuid, nth)
	return 1_000_000 + h.Sum32()%2_000_000_000
}

func suricataLine(_ *call, a *answer, x *hit) error {
	k, from := clueOf(x)
	uuid := x.rec.Text("uuid")
	if k.rule != "" && !strings.ContainsAny(k.rule, "\r\n") {
		_, err := a.out.WriteString(k.rule + "\n")
		return err
	}
	for i, rule := range k.rules(from) {
		_, err := fmt.Fprintf(a.out, "alert %s (msg:\"MISP event %s attribute %s\"; %sclasstype:trojan-activity; sid:%d; rev:1; priority:%d;)\n",
			rule[0], x.e.Text("uuid"), uuid, rule[1], sid(uuid, i), priority(x.e.Text("threat_level_id")))
		if err != nil {
			return err
		}
	}
	return nil
}

func priority(level string) int {
	if len(level) == 1 && level[0] >= '1' && level[0] <= '4' {
		return int(level[0] - '0')
	}
	return 4
}

// rules are the head and the options of each rule that looks for a clue.
func (k *clue) rules(from bool) (all [][2]string) {
	port := k.port
	if port == "" {
		port = "any"
	}
	if k.ip != "" {
		head := "ip $HOME_NET any -> " + k.ip + " " + port
		if k.port != "" {
			head = "tcp $HOME_NET any -> " + k.ip + " " + port
		}
		if from {
			head = strings.Replace(head, "$HOME_NET any -> "+k.ip+" "+port, k.ip+" "+port+" -> $HOME_NET any", 1)
		}
		all = append(all, [2]string{head, ""})
	}
	if k.name != "" {
		all = append(all,
			[2]string{"dns any any -> any any", `dns.query; content:"` + content(k.name) + `"; nocase; bsize:` + fmt.Sprint(len(k.name)) + `; `},
			[2]string{"tls $HOME_NET any -> $EXTERNAL_NET any", `tls.sni; content:"` + content(k.name) + `"; nocase; bsize:` + fmt.Sprint(len(k.name)) + `; `},
			[2]string{"http $HOME_NET any -> $EXTERNAL_NET any", `http.host; content:"` + content(k.name) + `"; bsize:` + fmt.Sprint(len(k.name)) + `; `})
	}
	if host, path, ok := splitURL(k.url); ok {
		all = append(all, [2]string{
			"http $HOME_NET any -> $EXTERNAL_NET any",
			`flow:to_server,established; http.host; content:"` + content(host) + `"; startswith; http.uri; content:"` + content(path) + `"; startswith; `,
		})
	}
	if k.agent != "" {
		all = append(all, [2]string{"http $HOME_NET any -> $EXTERNAL_NET any", `flow:to_server,established; http.user_agent; content:"` + content(k.agent) + `"; `})
	}
	if k.ja3 != "" {
		all = append(all, [2]string{"tls $HOME_NET any -> $EXTERNAL_NET any", `ja3.hash; content:"` + k.ja3 + `"; `})
	}
	return all
}

// splitURL is the host in lower case and the path of what http carries in the clear.
func splitURL(url string) (host, path string, ok bool) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || !strings.EqualFold(scheme, "http") {
		return "", "", false
	}
	host, path, _ = strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host = strings.ToLower(host)
	return host, "/" + path, host != ""
}

// policies are what a name server answers, by the names that MISP gives them.
var policies = map[string]string{
	"NXDOMAIN": ".", "NODATA": "*.", "DROP": "rpz-drop.", "PASSTHRU": "rpz-passthru.", "TCP-Only": "rpz-tcp-only.",
}

func (c *call) policy() (string, error) {
	name := c.param("policy")
	if garden := c.param("walled_garden"); garden != "" && (name == "" || name == "Local-Data") {
		host := hostOf(garden)
		if host == "" {
			return "", bad("walled_garden: want the name of a host.")
		}
		return host + ".", nil
	}
	if name == "" {
		name = "DROP"
	}
	target, ok := policies[name]
	if !ok {
		return "", bad("policy: want NXDOMAIN, NODATA, DROP, PASSTHRU, TCP-Only, or a walled_garden, have %.40q.", name)
	}
	return target, nil
}

func (c *call) rpzHead(a *answer) error {
	if _, err := c.policy(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "$TTL 1w;\n@ SOA localhost. root.localhost. (%s 2h 30m 30d 1h)\n NS localhost.\n\n", c.s.Now().UTC().Format("2006010215"))
	return err
}

func (c *call) rpzLine(a *answer, x *hit) error {
	target, err := c.policy()
	if err != nil {
		return err
	}
	k, _ := clueOf(x)
	var names []string
	if k.name != "" {
		names = append(names, k.name, "*."+k.name)
	}
	if host, _, ok := splitURL(k.url); ok && hostOf(host) != "" {
		names = append(names, hostOf(host))
	}
	if k.ip != "" {
		names = append(names, reversed(k.ip)+".rpz-ip")
	}
	for _, name := range names {
		if _, err := fmt.Fprintf(a.out, "%s CNAME %s\n", name, target); err != nil {
			return err
		}
	}
	return nil
}

// reversed is an address as a response policy zone names it: the length of the
// network, and the parts from the last to the first; zz stands for a run of zeros.
func reversed(text string) string {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return ""
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	parts := strings.Split(p.Addr().String(), ".")
	if p.Addr().Is6() {
		parts = words16(p.Addr())
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return fmt.Sprintf("%d.%s", p.Bits(), strings.Join(parts, "."))
}

// words16 are the eight parts of an address of version 6, the longest run of zeros
// as zz.
func words16(a netip.Addr) (parts []string) {
	text := a.Unmap().String()
	left, right, cut := strings.Cut(text, "::")
	if left != "" {
		parts = strings.Split(left, ":")
	}
	if cut {
		parts = append(parts, "zz")
	}
	if right != "" {
		parts = append(parts, strings.Split(right, ":")...)
	}
	return parts
}
