package httpsig

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq"
)

// A message is what components are taken from. A request has method and
// target, a response has status and the request it answers.
type message struct {
	method    string
	scheme    string
	authority string
	uri       string // path and query, as on the request line
	status    int
	header    http.Header
	request   *message
}

// requestMessage sees a request as either side does: a server's has only
// RequestURI, a client's only URL.
func requestMessage(r *http.Request, scheme string) *message {
	m := &message{method: r.Method, scheme: scheme, authority: r.Host, uri: r.RequestURI, header: r.Header}
	if r.RequestURI == "" {
		m.uri = r.URL.RequestURI()
		m.scheme = r.URL.Scheme
		if m.authority == "" {
			m.authority = r.URL.Host
		}
	}
	return m
}

// RFC 9421, 2.2.2
func (m *message) targetURI() string { return m.scheme + "://" + m.authority + m.uri }

// base writes the signature base.
// RFC 9421, 2.5
func base(in input, m *message) ([]byte, error) {
	var b strings.Builder
	seen := map[component]bool{}
	for _, c := range in.components {
		if seen[c] {
			return nil, fmt.Errorf("component %s twice: %w", c, mithaq.Invalid)
		}
		seen[c] = true
		v, err := m.value(c)
		if err != nil {
			return nil, err
		}
		b.WriteString(c.String() + ": " + v + "\n")
	}
	b.WriteString(`"@signature-params": ` + in.String())
	return []byte(b.String()), nil
}

func (m *message) value(c component) (string, error) {
	from := m
	if c.req {
		if m.request == nil {
			return "", fmt.Errorf("component %s: no request: %w", c, mithaq.Invalid)
		}
		from = m.request
	}
	if strings.HasPrefix(c.name, "@") {
		return from.derived(c)
	}
	return from.field(c)
}

// RFC 9421, 2.2
func (m *message) derived(c component) (string, error) {
	path, query, _ := strings.Cut(m.uri, "?")
	switch {
	case c.key != "":
	case m.status != 0:
		if c.name == "@status" {
			return strconv.Itoa(m.status), nil
		}
	case c.name == "@method":
		return m.method, nil
	case c.name == "@target-uri":
		return m.targetURI(), nil
	case c.name == "@authority":
		return strings.ToLower(m.authority), nil
	case c.name == "@path":
		return path, nil
	case c.name == "@query":
		return "?" + query, nil
	}
	return "", fmt.Errorf("component %s: not known here: %w", c, mithaq.Invalid)
}

// RFC 9421, 2.1
func (m *message) field(c component) (string, error) {
	lines := m.header.Values(c.name)
	if c.name != strings.ToLower(c.name) || len(lines) == 0 {
		return "", fmt.Errorf("component %s: no such field: %w", c, mithaq.Invalid)
	}
	trimmed := make([]string, len(lines))
	for i, l := range lines {
		trimmed[i] = strings.Trim(l, " \t")
	}
	value := strings.Join(trimmed, ", ")
	if strings.ContainsAny(value, "\r\n") {
		return "", fmt.Errorf("component %s: a line break: %w", c, mithaq.Invalid)
	}
	if c.key == "" {
		return value, nil
	}
	return member(c, value)
}

// member writes one member of a dictionary field.
// RFC 9421, 2.1.2
func member(c component, value string) (string, error) {
	if c.name != "signature" {
		return "", fmt.Errorf("component %s: members of signature only: %w", c, mithaq.Invalid)
	}
	members, err := dictionary(value, (*reader).bytes)
	if err != nil {
		return "", err
	}
	b, ok := members[c.key]
	if !ok {
		return "", fmt.Errorf("component %s: no such member: %w", c, mithaq.Invalid)
	}
	return ":" + base64.StdEncoding.EncodeToString(b) + ":", nil
}
