package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/web"
)

// Pages are the node's pages for people's browsers.
func (n *Node) Pages() http.Handler {
	return web.Handler(web.Config{
		Desk: n.desk(), Language: n.config.Language, Hosts: n.config.pageHosts(), TLS: n.config.PagesCert != "",
		Verify: n.verifyForPages, Dir: n.dir, Now: n.options.now, Log: n.log,
	})
}

// verifyForPages recomputes everything, for the button that asks for it.
func (n *Node) verifyForPages(ctx context.Context) (web.Verified, error) {
	v, err := n.Verify(ctx, nil)
	if err != nil {
		return web.Verified{}, err
	}
	out := web.Verified{Logs: v.Logs, Entries: v.Entries}
	for _, f := range v.Faults {
		out.Faults = append(out.Faults, f.Part+": "+f.Text)
	}
	return out, nil
}

// pagesOrigin is the one origin at which passkeys work: its host is a name,
// since browsers make none for addresses. "" where there are no pages.
// Web Authentication Level 3, 5.1.3
func (c *Config) pagesOrigin() string {
	if c.Pages == "" {
		return ""
	}
	host, port, _ := net.SplitHostPort(c.Pages)
	scheme, usual := "http", "80"
	names := []string{}
	if c.PagesCert != "" {
		scheme, usual = "https", "443"
		names = append(c.PagesNames[:len(c.PagesNames):len(c.PagesNames)], host)
	}
	names = append(names, "localhost")
	at := slices.IndexFunc(names, func(n string) bool { return n != "" && net.ParseIP(n) == nil })
	origin := scheme + "://" + strings.ToLower(names[at])
	if port != usual {
		origin += ":" + port
	}
	return origin
}

// passkeys is the node as passkeys know it, or nil where it has no pages.
func (c *Config) passkeys() (*passkey.Party, error) {
	origin := c.pagesOrigin()
	if origin == "" {
		return nil, nil
	}
	return passkey.New(origin, mithaq.Texts(c.Name).In(c.Language))
}

// PagesAddress is where browsers find the pages.
func (c *Config) PagesAddress() string {
	scheme, host := "http://", c.Pages
	if c.PagesCert == "" {
		return scheme + host
	}
	if len(c.PagesNames) > 0 {
		_, port, _ := net.SplitHostPort(c.Pages)
		host = net.JoinHostPort(c.PagesNames[0], port)
	}
	return "https://" + host
}

// pageHosts are the names by which browsers may call the node.
func (c *Config) pageHosts() []string {
	host, _, _ := net.SplitHostPort(c.Pages)
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if host != "" {
		hosts = append(hosts, strings.ToLower(host))
	}
	for _, name := range c.PagesNames {
		hosts = append(hosts, strings.ToLower(name))
	}
	return hosts
}

// listenPages listens for browsers: with TLS 1.3 where there is a certificate.
func (c *Config) listenPages() (net.Listener, error) {
	ln, err := net.Listen("tcp", c.Pages)
	if err != nil || c.PagesCert == "" {
		return ln, err
	}
	pair, err := tls.LoadX509KeyPair(c.PagesCert, c.PagesKey)
	if err != nil {
		ln.Close()
		return nil, fmt.Errorf("pages_certificate: %w", err)
	}
	return tls.NewListener(ln, &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"},
	}), nil
}
