package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPagesLeaveThisMachineWithACertificateAlone(t *testing.T) {
	for _, row := range []struct {
		pages, cert, key, want string
	}{
		{"127.0.0.1:7490", "", "", ""},
		{"localhost:7490", "", "", ""},
		{"", "", "", ""},
		{"0.0.0.0:443", "", "", "stays on this machine"},
		{"pages.atlas.example:443", "", "", "stays on this machine"},
		{"0.0.0.0:443", "c.pem", "k.pem", ""},
		{"0.0.0.0:443", "c.pem", "", "want both or none"},
		{"nonsense", "", "", "want host:port"},
	} {
		c := Default("atlas.example")
		c.Pages, c.PagesCert, c.PagesKey = row.pages, row.cert, row.key
		err := c.Check()
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: %v", row, err)
		}
	}
}

// Browsers make no passkeys for addresses. Web Authentication Level 3, 5.1.3
func TestPasskeysAreForTheNameOfThePages(t *testing.T) {
	for _, row := range []struct {
		pages, cert string
		names       []string
		want        string
	}{
		{"127.0.0.1:7490", "", nil, "http://localhost:7490"},
		{"127.0.0.1:7490", "", []string{"pages.atlas.example"}, "http://localhost:7490"},
		{"0.0.0.0:443", "c.pem", []string{"10.0.0.1", "Pages.atlas.example"}, "https://pages.atlas.example"},
		{"pages.atlas.example:8443", "c.pem", nil, "https://pages.atlas.example:8443"},
		{"0.0.0.0:443", "c.pem", nil, "https://localhost"},
		{"", "", nil, ""},
	} {
		c := Default("atlas.example")
		c.Pages, c.PagesCert, c.PagesNames = row.pages, row.cert, row.names
		p, err := c.passkeys()
		if got := c.pagesOrigin(); got != row.want || err != nil || (p == nil) != (row.want == "") {
			t.Errorf("%+v: %q, %+v, %v", row, got, p, err)
		}
	}
}

func TestPagesSpeakTLS13(t *testing.T) {
	dir := t.TempDir()
	c := Default("atlas.example")
	c.Pages, c.PagesCert, c.PagesKey = "127.0.0.1:0", filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	selfSigned(t, c.PagesCert, c.PagesKey)
	ln, err := c.listenPages()
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		if conn, err := ln.Accept(); err == nil {
			_, _ = conn.Read(make([]byte, 1)) // the handshake
			conn.Close()
		}
	}()
	conn, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{InsecureSkipVerify: true}) // its own certificate, of this test
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if v := conn.ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("version %#x", v)
	}
	c.PagesNames = []string{"pages.atlas.example"}
	c.Pages = "0.0.0.0:443"
	if got := c.PagesAddress(); got != "https://pages.atlas.example:443" {
		t.Errorf("address %s", got)
	}
}

func selfSigned(t *testing.T, cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"pages.atlas.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
