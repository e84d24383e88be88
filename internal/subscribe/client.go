package subscribe

import (
	"crypto/x509"
	"net/http"
	"sync/atomic"

	"github.com/mithaq-hub/mithaq/internal/dial"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A line is the way to one server during one run.
type line struct {
	*taxii.Client
	http     *http.Client
	requests atomic.Int64
}

// line opens the way to a server: through the guarded dialler, to no other host,
// with no more bytes, requests and waiting than the terms and limits let pass.
func (b *Book) line(s *Subscription, secret Secret) *line {
	guard := &dial.Guard{}
	if s.Inside {
		guard.Hosts = []string{s.host()}
	}
	if s.CA != "" {
		guard.Roots = x509.NewCertPool()
		guard.Roots.AppendCertsFromPEM([]byte(s.CA))
	}
	most := b.Limits.Page
	if s.Kind != TAXII { // an index, an event or a list is one answer, and is read as it comes
		most = b.Whole
	}
	l := &line{http: guard.Client(most)}
	l.http.Transport = &counted{l.http.Transport, &l.requests}
	l.Client = &taxii.Client{
		URL: s.URL, User: s.User, Password: secret.Password, Token: secret.Token,
		HTTP: l.http, Version: s.Version, Plain: s.Plain, Agent: b.Agent, MaxBody: b.Limits.Page,
		Timeout: b.Answer, Tries: b.Tries, MaxWait: b.Wait, Rate: float64(s.Rate) / 60, Burst: 10,
	}
	return l
}

func (l *line) close() { l.http.CloseIdleConnections() }

// counted counts the requests that go out.
type counted struct {
	http.RoundTripper
	n *atomic.Int64
}

// RoundTrip counts and passes on.
func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// CloseIdleConnections is what http.Client looks for.
func (c *counted) CloseIdleConnections() {
	if t, ok := c.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
