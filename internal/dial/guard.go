package dial

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Guard dials for the program. Its zero value goes to public addresses only.
type Guard struct {
	// Blocks are addresses that an administrator named, of any kind.
	Blocks []netip.Prefix
	// Hosts are names that an administrator named, in lower case: they may
	// lead to loopback and private addresses, and no further.
	Hosts []string
	// Roots are the authorities whose certificates are believed; nil: this
	// machine's. For a server with an authority of its own.
	Roots *x509.CertPool
	// Resolver and Dial stand in for the network in tests.
	Resolver interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A RefusedError says that an address is not dialled. Trying again does not help.
type RefusedError struct {
	Host string
	Addr netip.Addr
	Why  string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s leads to %s, which is not dialled: %s", e.Host, e.Addr, e.Why)
}

// Permanent tells whoever repeats requests not to.
func (e *RefusedError) Permanent() bool { return true }

// each is how long one of several addresses is tried.
const each = 10 * time.Second

// DialContext connects to address (host:port) by TCP. The host's addresses are
// looked up once and judged; the first that may be dialled and answers is it.
// A [RefusedError] says that none may be.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if !slices.Contains([]string{"tcp", "tcp4", "tcp6"}, network) {
		return nil, fmt.Errorf("dial %s: want tcp", network)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := g.resolve(ctx, strings.Replace(network, "tcp", "ip", 1), host)
	if err != nil {
		return nil, err
	}
	var refused, failed error
	for _, a := range addrs {
		if err := g.check(host, a); err != nil {
			refused = err
			continue
		}
		conn, err := g.connect(ctx, network, host, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	if failed == nil {
		failed = refused
	}
	return nil, failed
}

func (g *Guard) resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	r := g.Resolver
	if r == nil {
		r = net.DefaultResolver
	}
	addrs, err := r.LookupNetIP(ctx, network, host)
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("%s has no address", host)
	}
	return addrs, err
}

// connect dials one judged address, and judges what was reached.
func (g *Guard) connect(ctx context.Context, network, host, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, each)
	defer cancel()
	dial := g.Dial
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		if err := g.check(host, at.AddrPort().Addr()); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// check judges an address for a host.
func (g *Guard) check(host string, a netip.Addr) error {
	why := judge(a)
	if why == "" || g.named(host, a) {
		return nil
	}
	return &RefusedError{Host: host, Addr: a, Why: why}
}

// named reports whether an administrator named where a leads to. A name is not
// enough for link-local addresses and metadata: whoever owns it may move it.
func (g *Guard) named(host string, a netip.Addr) bool {
	plain := a.Unmap()
	if slices.ContainsFunc(g.Blocks, func(b netip.Prefix) bool { return b.Contains(plain) }) {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.Contains(g.Hosts, host) && (plain.IsLoopback() || plain.IsPrivate()) && plain != awsMetadata
}

// awsMetadata lies among private addresses.
var awsMetadata = netip.MustParseAddr("fd00:ec2::254")
