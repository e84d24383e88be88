package dial

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestAddressesThatStrangersMayNotNameAreRefused(t *testing.T) {
	for _, s := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
		"168.63.129.16", "169.254.169.254", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1",
		"198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8",
		"2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0a00:0001::1", "2001:0:4136:e378::1", "2001:db8::1", "3fff::1", "100::1",
		"2600::5efe:10.0.0.1", "2600::200:5efe:127.0.0.1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fd12::1", "fe80::1", "fe80::1%eth0", "2600::1%eth0", "fec0::1", "ff02::1", "4000::1",
	} {
		if judge(netip.MustParseAddr(s)) == "" {
			t.Errorf("%s would be dialled", s)
		}
	}
	if judge(netip.Addr{}) == "" {
		t.Error("no address would be dialled")
	}
	for _, s := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255", "223.255.255.255",
		"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2600::1", "2a00:1450::1", "2001:4860:4860::8888",
	} {
		if why := judge(netip.MustParseAddr(s)); why != "" {
			t.Errorf("%s is refused: %s", s, why)
		}
	}
}

// names is a resolver whose answers are given in turn, the last for ever.
type names struct {
	answers [][]string
	asked   int
}

func (n *names) LookupNetIP(context.Context, string, string) (addrs []netip.Addr, err error) {
	for _, s := range n.answers[min(n.asked, len(n.answers)-1)] {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	n.asked++
	return addrs, nil
}

// recorder dials nothing, and remembers what it was asked.
type recorder struct{ dialled []string }

func (r *recorder) dial(_ context.Context, _, address string) (net.Conn, error) {
	r.dialled = append(r.dialled, address)
	return nil, errors.New("nobody answers")
}

func TestANameThatChangesItsAnswerGainsNothing(t *testing.T) {
	n := &names{answers: [][]string{{"8.8.8.8"}, {"127.0.0.1"}, {"8.8.4.4", "10.0.0.1"}, {"::ffff:127.0.0.1"}, {"64:ff9b::7f00:1"}}}
	r := &recorder{}
	g := &Guard{Resolver: n, Dial: r.dial}
	for i, want := range []string{"8.8.8.8:443", "", "8.8.4.4:443", "", ""} {
		r.dialled = nil
		_, err := g.DialContext(t.Context(), "tcp", "rebind.example:443")
		_, refused := errors.AsType[*RefusedError](err)
		if got := strings.Join(r.dialled, " "); got != want || refused != (want == "") {
			t.Errorf("answer %d: dialled %q, want %q: %v", i, got, want, err)
		}
	}
	if n.asked != 5 {
		t.Errorf("the name was looked up %d times for 5 connections", n.asked)
	}
}

func TestWhatWasReachedIsJudgedToo(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	elsewhere := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, ln.Addr().String())
	}
	g := &Guard{Resolver: &names{answers: [][]string{{"8.8.8.8"}}}, Dial: elsewhere}
	if _, err := g.DialContext(t.Context(), "tcp", "x.example:443"); !isRefused(err) {
		t.Errorf("a translated connection to loopback: %v", err)
	}
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*RefusedError](err)
	return ok
}

func TestAnAdministratorNamesWhatIsLetThrough(t *testing.T) {
	for _, c := range []struct {
		guard Guard
		addr  string
		want  bool
	}{
		{Guard{}, "10.1.2.3", false},
		{Guard{Blocks: []netip.Prefix{block("10.1.2.0/24")}}, "10.1.2.3", true},
		{Guard{Blocks: []netip.Prefix{block("10.1.2.0/24")}}, "::ffff:10.1.2.3", true},
		{Guard{Blocks: []netip.Prefix{block("10.1.2.0/24")}}, "10.1.3.3", false},
		{Guard{Blocks: []netip.Prefix{block("10.1.2.0/24")}}, "64:ff9b::10.1.2.3", false},
		{Guard{Hosts: []string{"misp.intern.example"}}, "10.1.2.3", true},
		{Guard{Hosts: []string{"misp.intern.example"}}, "127.0.0.1", true},
		{Guard{Hosts: []string{"misp.intern.example"}}, "fd00:1::1", true},
		{Guard{Hosts: []string{"misp.intern.example"}}, "fd00:ec2::254", false},
		{Guard{Hosts: []string{"misp.intern.example"}}, "169.254.169.254", false},
		{Guard{Hosts: []string{"other.example"}}, "10.1.2.3", false},
	} {
		r := &recorder{}
		c.guard.Resolver, c.guard.Dial = &names{answers: [][]string{{c.addr}}}, r.dial
		_, err := c.guard.DialContext(t.Context(), "tcp", "MISP.intern.example.:443")
		if (len(r.dialled) == 1) != c.want {
			t.Errorf("%+v to %s: %v", c.guard.Hosts, c.addr, err)
		}
	}
}

func TestOnlyTCPIsDialled(t *testing.T) {
	for _, network := range []string{"udp", "unix", "ip"} {
		if _, err := (&Guard{}).DialContext(t.Context(), network, "8.8.8.8:53"); err == nil {
			t.Errorf("%s is dialled", network)
		}
	}
}

// local is a guard that lets through to a test's server.
var local = Guard{Blocks: []netip.Prefix{block("127.0.0.0/8"), block("::1/128")}}

func TestLoopbackIsRefusedUnlessNamed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	defer srv.Close()
	for _, url := range []string{srv.URL, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)} {
		res, err := (&Guard{}).Client(100).Get(url)
		if !isRefused(err) {
			t.Errorf("%s: %v", url, err)
		}
		if err == nil {
			res.Body.Close()
		}
	}
	res, err := local.Client(100).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, _ := io.ReadAll(res.Body); string(got) != "here" {
		t.Errorf("got %q", got)
	}
}

func TestNoRedirectLeadsToAnotherHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/near":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	}))
	defer srv.Close()
	for path, want := range map[string]bool{"/away": false, "/loop": false, "/near": true} {
		res, err := local.Client(100).Get(srv.URL + path)
		if (err == nil) != want || !want && !errors.Is(err, ErrElsewhere) {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			res.Body.Close()
		}
	}
}

func TestBytesAreCountedAfterInflating(t *testing.T) {
	const limit = 1 << 16
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := limit
		if r.URL.Path == "/long" {
			n++
		}
		text := bytes.Repeat([]byte{'x'}, n)
		if r.URL.Query().Has("gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(text)
			z.Close()
			return
		}
		w.Write(text)
	}))
	defer srv.Close()
	for path, want := range map[string]bool{"/": true, "/?gzip": true, "/long": false, "/long?gzip": false} {
		r, _ := http.NewRequest(http.MethodGet, srv.URL+path, nil)
		r.Header.Set("Accept-Encoding", "gzip") // a caller who would inflate by itself
		res, err := local.Client(limit).Do(r)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		_, long := errors.AsType[*TooLongError](err)
		if long == want || want && (err != nil || len(got) != limit) || len(got) > limit {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}

func TestOnlyTheNamedAuthoritiesAreBelieved(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer srv.Close()
	own := x509.NewCertPool()
	own.AddCert(srv.Certificate())
	for _, c := range []struct {
		roots *x509.CertPool
		want  bool
	}{{nil, false}, {x509.NewCertPool(), false}, {own, true}} {
		g := local
		g.Roots = c.roots
		res, err := g.Client(100).Get(srv.URL)
		if (err == nil) != c.want {
			t.Errorf("%v: %v", c.roots, err)
		}
		if err == nil {
			res.Body.Close()
		}
	}
}
