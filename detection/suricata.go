package detection

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// Rules of their own begin here; from 2000000 on numbers belong to others.
const (
	firstSID = 1_000_000
	lastSID  = 1_999_999
)

func checkSuricata(o *Options) error {
	switch {
	case o.Action != "" && o.Action != "alert" && o.Action != "drop" && o.Action != "reject":
		return errors.New("action: want alert, drop or reject")
	case o.FirstSID < 0 || o.FirstSID > 1<<31-1:
		return errors.New("first number: want 1 to 2147483647")
	}
	return nil
}

// maxContent is how much of a value a rule compares; longer ones are not cut.
const maxContent = 255

// suricata is the rules for one value: where and how it would be seen.
func suricata(o *Options, e *Entry, v value.Value, n int) ([]string, error) {
	bodies, err := o.bodies(v)
	if err != nil {
		return nil, err
	}
	action := o.Action
	if action == "" {
		action = "alert"
	}
	lines := make([]string, len(bodies))
	for i, b := range bodies {
		sid := o.sid() + n + i
		if o.FirstSID == 0 && sid > lastSID {
			return nil, errors.New("no numbers of rules are left")
		}
		lines[i] = fmt.Sprintf(`%s %s (msg:"Mithaq %s %s"; %ssid:%d; rev:1; metadata:%s;)`,
			action, b.header, v.Kind, word(v.Text), b.options, sid, metadata(e))
	}
	return lines, nil
}

func (o *Options) sid() int {
	if o.FirstSID == 0 {
		return firstSID
	}
	return o.FirstSID
}

// metadata names the indicator, and what it is marked as.
func metadata(e *Entry) string {
	m := "indicator " + word(string(e.ID))
	if e.TLP != 0 {
		m += ", tlp " + word(strings.ToLower(strings.TrimPrefix(e.TLP.String(), "TLP:")))
	}
	return m
}

// A body is what a rule looks at, and for what.
type body struct{ header, options string }

func (o *Options) bodies(v value.Value) ([]body, error) {
	switch v.Kind {
	case value.IPv4, value.IPv6, value.IPv4CIDR, value.IPv6CIDR:
		return addressRule(v.Text)
	case value.Domain:
		return o.domainRules(v.Text)
	case value.URL:
		return urlRule(v.Text)
	case value.UserAgent:
		match, err := exactly(v.Text)
		return []body{{"http $HOME_NET any -> any any", "http.user_agent; " + match}}, err
	}
	return nil, errKind
}

func addressRule(text string) ([]body, error) {
	if _, err := netip.ParsePrefix(text); err != nil {
		if _, err := netip.ParseAddr(text); err != nil {
			return nil, errChars
		}
	}
	return []body{{"ip $HOME_NET any <> " + text + " any", ""}}, nil
}

// domainRules look for a name where it is asked for, and where it is spoken to.
func (o *Options) domainRules(name string) ([]body, error) {
	if !isName(name) {
		return nil, errChars
	}
	match := func(fold string) string {
		if o.Subdomains {
			return fmt.Sprintf(`dotprefix; content:".%s"; %sendswith; `, content(name), fold)
		}
		return fmt.Sprintf(`content:"%s"; %sbsize:%d; `, content(name), fold, len(name))
	}
	return []body{
		{"dns $HOME_NET any -> any any", "dns.query; " + match("nocase; ")},
		{"tls $HOME_NET any -> any any", "tls.sni; " + match("nocase; ")},
		{"http $HOME_NET any -> any any", "http.host; " + match("")}, // in lower case by itself
	}, nil
}

// urlRule looks for host and path of a request that can be read: http, or https
// behind what opens it.
func urlRule(text string) ([]body, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Contains(u.Hostname(), ":") {
		return nil, errors.New("want a URL of http, with a name or an IPv4 address as its host and no user before it")
	}
	port := "any"
	if p := u.Port(); p != "" {
		if _, err := strconv.ParseUint(p, 10, 16); err != nil {
			return nil, errChars
		}
		port = p
	}
	host, err := exactly(u.Hostname())
	if err != nil {
		return nil, err
	}
	path, err := exactly(u.RequestURI())
	return []body{{"http $HOME_NET any -> any " + port, "http.host; " + host + "http.uri.raw; " + path}}, err
}

// exactly compares a whole buffer.
func exactly(s string) (string, error) {
	switch {
	case s == "":
		return "", errChars
	case len(s) > maxContent:
		return "", errLong
	}
	return fmt.Sprintf(`content:"%s"; bsize:%d; `, content(s), len(s)), nil
}

// content writes bytes as a rule compares them: letters, digits and few marks as
// they are, all else in hexadecimal, so that nothing ends the quotation.
func content(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		from := i
		for i < len(s) && safe(s[i]) == safe(s[from]) {
			i++
		}
		if safe(s[from]) {
			b.WriteString(s[from:i])
		} else {
			fmt.Fprintf(&b, "|% X|", s[from:i])
		}
	}
	return b.String()
}

func safe(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == '/'
}

// word keeps of a text what means nothing in a rule.
func word(s string) string {
	b := []byte(s)
	for i, c := range b {
		if !safe(c) {
			b[i] = '_'
		}
	}
	return string(b[:min(len(b), 100)])
}
