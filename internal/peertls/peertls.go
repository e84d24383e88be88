// Package peertls is the line between two nodes: TLS 1.3 with both sides
// checked against the current Card of the other.
//
// A node's certificate is self-signed by its TLS key and says nothing that
// counts: what counts is that its public key is the one on the partner's Card
// now. There is no name check, no chain and no resumption; each handshake asks
// again. X25519MLKEM768 is preferred.
// RFC 8446, 4.4.2
package peertls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Certificate makes the self-signed certificate of a node's TLS key.
func Certificate(org mithaq.OrgID, key crypto.Signer, from, until time.Time) (*tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      pkix.Name{CommonName: "Mithaq node", Organization: []string{string(org)}},
		DNSNames:     []string{string(org)},
		NotBefore:    from, NotAfter: until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", org, err)
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// Names finds whose TLS key this is: the organisation that the certificate
// names must be a partner in good standing, whose current Card has this
// uncompressed P-256 point as a TLS key that is usable now. It is called
// twice in each handshake and may be called by many at once. Its error is
// what the log of the handshake says.
type Names func(org mithaq.OrgID, p256 []byte) error

// Line makes the TLS configurations of a node.
type Line struct {
	Own      func() (*tls.Certificate, error) // the certificate of the newest TLS key
	Names    Names
	Registry *Registry
	Now      func() time.Time
	// Protocols is ALPN; nil is http/1.1. A listener that also serves
	// browsers tells peers apart by it.
	Protocols []string
}

func (l *Line) base() *tls.Config {
	c := &tls.Config{
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       []tls.CurveID{tls.X25519MLKEM768, tls.X25519},
		SessionTicketsDisabled: true,
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, // no chain to verify: VerifyConnection pins the key
		NextProtos:             l.Protocols,
		Time:                   l.Now,
	}
	if c.NextProtos == nil {
		c.NextProtos = []string{"http/1.1"}
	}
	return c
}

// Server is the configuration of a listener that Registry.Listener made: each
// connection is known to the registry from its handshake on.
func (l *Line) Server() *tls.Config {
	outer := l.base()
	outer.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		t, ok := hello.Conn.(*tracked)
		if !ok {
			return nil, fmt.Errorf("peer connection from outside the registry: %T", hello.Conn)
		}
		c := l.base()
		c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.Own() }
		c.VerifyConnection = func(s tls.ConnectionState) error { return l.verify(s, t, "") }
		return c, nil
	}
	return outer
}

// Client does the handshake with one partner over a connection. The
// certificate must be that partner's.
func (l *Line) Client(conn net.Conn, partner mithaq.OrgID, serverName string) *tls.Conn {
	t := l.Registry.track(conn)
	c := l.base()
	c.ServerName = serverName
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return l.Own() }
	c.VerifyConnection = func(s tls.ConnectionState) error { return l.verify(s, t, partner) }
	return tls.Client(t, c)
}

// verify names the connection first and asks about the partner afterwards:
// who suspends a partner changes what Names says and then closes what is
// named, so that no connection slips between.
func (l *Line) verify(s tls.ConnectionState, t *tracked, want mithaq.OrgID) error {
	org, point, err := l.shown(s)
	if err != nil {
		return err
	}
	if want != "" && org != want {
		return &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "tls.another-partner", Args: []any{org, want}}
	}
	if err := l.Names(org, point); err != nil {
		return err
	}
	t.name(org)
	return l.Names(org, point)
}

// shown reads the one certificate of the other side. The handshake has shown
// that it holds the key.
func (l *Line) shown(s tls.ConnectionState) (mithaq.OrgID, []byte, error) {
	if s.DidResume || s.Version != tls.VersionTLS13 || len(s.PeerCertificates) != 1 {
		return "", nil, refuse("tls.certificate", "want one certificate, shown in this handshake of TLS 1.3")
	}
	cert := s.PeerCertificates[0]
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return "", nil, refuse("tls.certificate", "want an ECDSA P-256 key")
	}
	if now := l.Now(); now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return "", nil, &mithaq.Refusal{Kind: mithaq.Expired, Key: "tls.dates", Args: []any{mithaq.At(cert.NotBefore), mithaq.At(cert.NotAfter), mithaq.At(now)}}
	}
	if len(cert.DNSNames) != 1 || mithaq.OrgID(cert.DNSNames[0]).Check() != nil {
		return "", nil, refuse("tls.certificate", "want one organisation's name")
	}
	point, err := pub.Bytes()
	return mithaq.OrgID(cert.DNSNames[0]), point, err
}

func refuse(key, what string) error {
	return &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: key, Args: []any{what}}
}

// Partner says whose connection this is, by the certificate it showed; "" when
// it showed none.
func Partner(s *tls.ConnectionState) mithaq.OrgID {
	if s == nil || len(s.PeerCertificates) != 1 || len(s.PeerCertificates[0].DNSNames) != 1 {
		return ""
	}
	return mithaq.OrgID(s.PeerCertificates[0].DNSNames[0])
}
