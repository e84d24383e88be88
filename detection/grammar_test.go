package detection_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// A rule is a line as Suricata reads it: header, then options in brackets, apart
// by semicolons, with backslashes before what would end them.
type rule struct {
	action, proto, src, dst, arrow string
	options                        [][2]string
}

var header = regexp.MustCompile(`^(alert|drop|reject) (ip|dns|tls|http) (\S+) any (->|<>) (\S+) (any|[0-9]{1,5}) \($`)

// keywords are those our rules may have, and whether they have an argument.
var keywords = map[string]bool{
	"msg": true, "content": true, "bsize": true, "sid": true, "rev": true, "metadata": true,
	"nocase": false, "dotprefix": false, "endswith": false, "dns.query": false, "tls.sni": false, "http.host": false,
	"http.uri.raw": false, "http.user_agent": false,
}

var buffers = map[string]string{"dns.query": "dns", "tls.sni": "tls", "http.host": "http", "http.uri.raw": "http", "http.user_agent": "http"}

// parseRule reads one line strictly.
func parseRule(line string) (rule, error) {
	if strings.ContainsAny(line, "\n\r\x00") {
		return rule{}, errors.New("more than one line")
	}
	open := strings.IndexByte(line, '(')
	m := header.FindStringSubmatch(line[:open+1])
	if m == nil {
		return rule{}, fmt.Errorf("no header: %s", line)
	}
	r := rule{action: m[1], proto: m[2], src: m[3], arrow: m[4], dst: m[5]}
	if r.src != "$HOME_NET" || r.dst != "any" && !isAddress(r.dst) {
		return r, fmt.Errorf("addresses: %s %s", r.src, r.dst)
	}
	rest := line[open+1:]
	for rest != ")" {
		name, arg, after, err := parseOption(rest)
		if err != nil {
			return r, err
		}
		r.options = append(r.options, [2]string{name, arg})
		rest = strings.TrimPrefix(after, " ")
	}
	return r, r.check()
}

func isAddress(s string) bool {
	_, single := netip.ParseAddr(s)
	_, network := netip.ParsePrefix(s)
	return single == nil || network == nil
}

var option = regexp.MustCompile(`^([a-z._]+)(?::("(?:[^"\\;]|\\.)*"|[^";]*))?;`)

func parseOption(s string) (name, arg, rest string, err error) {
	m := option.FindStringSubmatch(s)
	if m == nil {
		return "", "", "", fmt.Errorf("no option at %q", s)
	}
	wants, known := keywords[m[1]]
	if !known || wants != strings.Contains(m[0], ":") {
		return "", "", "", fmt.Errorf("option %q", m[0])
	}
	return m[1], m[2], s[len(m[0]):], nil
}

// check holds what Suricata wants beyond the form: one message, one number; a
// buffer before content, of the rule's own protocol; nocase right behind content.
func (r *rule) check() error {
	count := map[string]int{}
	for i, o := range r.options {
		count[o[0]]++
		if proto, ok := buffers[o[0]]; ok && proto != r.proto {
			return fmt.Errorf("%s in a rule of %s", o[0], r.proto)
		}
		if o[0] == "content" {
			before := r.options[i-1][0]
			if _, ok := buffers[before]; !ok && before != "dotprefix" {
				return fmt.Errorf("content behind %s", before)
			}
			if _, err := decode(o[1]); err != nil {
				return err
			}
		}
		if o[0] == "nocase" && r.options[i-1][0] != "content" {
			return errors.New("nocase without content")
		}
	}
	if count["msg"] != 1 || count["sid"] != 1 || count["rev"] != 1 || count["metadata"] != 1 {
		return fmt.Errorf("want one msg, sid, rev and metadata: %v", count)
	}
	return nil
}

// decode is what a content compares.
func decode(quoted string) (string, error) {
	in := strings.Trim(quoted, `"`)
	parts := strings.Split(in, "|")
	if len(parts)%2 == 0 {
		return "", fmt.Errorf("an open | in %s", quoted)
	}
	var out strings.Builder
	for i, p := range parts {
		if i%2 == 0 {
			if strings.ContainsAny(p, `;:"\`) {
				return "", fmt.Errorf("unescaped in %s", quoted)
			}
			out.WriteString(p)
			continue
		}
		raw, err := hex.DecodeString(strings.ReplaceAll(p, " ", ""))
		if err != nil || len(raw) == 0 {
			return "", fmt.Errorf("%s: %w", quoted, errors.Join(err, errors.New("no hexadecimal")))
		}
		out.Write(raw)
	}
	return out.String(), nil
}

// contents are all that a rule compares.
func (r *rule) contents() (all []string) {
	for _, o := range r.options {
		if o[0] == "content" {
			s, _ := decode(o[1])
			all = append(all, s)
		}
	}
	return all
}

// A record is a line of a zone: an owner, relative to the origin, and a target.
type record struct{ owner, target string }

var (
	recordLine = regexp.MustCompile(`^([a-z0-9*_.-]+) IN CNAME (\.|\*\.|rpz-drop\.) ; [a-z0-9-]+$`)
	soaLine    = regexp.MustCompile(`^@ IN SOA localhost\. hostmaster\.localhost\. \( ([0-9]+) 3600 600 604800 300 \)$`)
)

// parseZone reads a zone as a name server does, line by line, strictly.
func parseZone(text string) (origin string, records []record, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 && strings.HasPrefix(lines[0], ";") {
		lines = lines[1:]
	}
	if len(lines) < 4 || lines[1] != "$TTL 300" || !soaLine.MatchString(lines[2]) || lines[3] != "@ IN NS localhost." {
		return "", nil, fmt.Errorf("no head: %q", lines)
	}
	if serial, err := strconv.ParseUint(soaLine.FindStringSubmatch(lines[2])[1], 10, 32); err != nil {
		return "", nil, fmt.Errorf("serial %d: %w", serial, err)
	}
	origin, ok := strings.CutPrefix(lines[0], "$ORIGIN ")
	if !ok || !strings.HasSuffix(origin, ".") {
		return "", nil, fmt.Errorf("no origin: %q", lines[0])
	}
	for _, line := range lines[4:] {
		m := recordLine.FindStringSubmatch(line)
		if m == nil {
			return origin, records, fmt.Errorf("no record: %q", line)
		}
		if err := checkOwner(m[1] + "." + origin); err != nil {
			return origin, records, err
		}
		records = append(records, record{m[1], m[2]})
	}
	return origin, records, nil
}

// checkOwner holds the lengths. RFC 1035, 2.3.4
func checkOwner(name string) error {
	if len(name) > 254 {
		return fmt.Errorf("%s is too long", name)
	}
	for i, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > 63 || strings.Contains(label, "*") && (i > 0 || label != "*") {
			return fmt.Errorf("label %q of %s", label, name)
		}
	}
	return nil
}
