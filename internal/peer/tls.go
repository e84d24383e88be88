package peer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/tls"
	"errors"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/peertls"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// certs makes the certificate of our newest TLS key. Nobody looks at anything
// in it but the key, which the card has.
type certs struct {
	mu   sync.Mutex
	key  crypto.PublicKey
	cert *tls.Certificate
}

func (p *Peer) certificate() (*tls.Certificate, error) {
	signer, err := p.cfg.Keys.TLS()
	if err != nil {
		return nil, err
	}
	p.certs.mu.Lock()
	defer p.certs.mu.Unlock()
	if pub, ok := signer.Public().(*ecdsa.PublicKey); ok && p.certs.cert != nil && pub.Equal(p.certs.key) {
		return p.certs.cert, nil
	}
	// the card has the dates that count. RFC 5280, 4.1.2.5
	cert, err := peertls.Certificate(p.cfg.Org, signer, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	p.certs.key, p.certs.cert = signer.Public(), cert
	return p.certs.cert, nil
}

// baseTLS is what both sides of a line want: TLS 1.3, a hybrid key exchange,
// and no tickets, since a resumed session would skip the look at the card.
func (p *Peer) baseTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768},
		SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"}, Time: p.cfg.Now,
	}
}

// serverTLS asks for a certificate and takes any: a stranger may introduce
// itself. Who it is, and what it may, is for the handler.
func (p *Peer) serverTLS() *tls.Config {
	c := p.baseTLS()
	c.ClientAuth = tls.RequestClientCert
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.certificate() }
	return c
}

// clientTLS goes through only with who has a TLS key of org's current card;
// with anybody when org is "", for an introduction.
func (p *Peer) clientTLS(ctx context.Context, org mithaq.OrgID, host string) *tls.Config {
	c := p.baseTLS()
	c.ServerName = host
	c.InsecureSkipVerify = true // the card takes the place of a certificate authority, in VerifyConnection
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return p.certificate() }
	c.VerifyConnection = func(s tls.ConnectionState) error {
		id, err := tlsKey(s)
		if err != nil || org == "" {
			return err
		}
		return p.cfg.Store.Read(ctx, func(tx *store.Tx) error { return p.ownsTLS(tx, org, id) })
	}
	return c
}

// ownsTLS wants a key to be a TLS key of org's current card, usable now.
func (p *Peer) ownsTLS(tx *store.Tx, org mithaq.OrgID, id mithaq.KeyID) error {
	theirs, err := p.cards(tx, org)
	if err != nil {
		return err
	}
	if !theirs.owns(id, mithaq.KeyTLS, p.cfg.Now()) {
		return &wrongKey{org, id}
	}
	return nil
}

// A wrongKey is a line whose other end has no TLS key of the card we hold: the
// partner's card has changed, or it is somebody else.
type wrongKey struct {
	org mithaq.OrgID
	key mithaq.KeyID
}

func (w *wrongKey) Error() string {
	return mithaq.Refuse(mithaq.Unauthenticated, "peer.tls-key", w.org, w.key).Error()
}

func (w *wrongKey) Unwrap() error {
	return &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "peer.tls-key", Args: []any{w.org, w.key}}
}

// tlsKey is the id of the key at the other end.
func tlsKey(s tls.ConnectionState) (mithaq.KeyID, error) {
	if len(s.PeerCertificates) == 0 {
		return "", mithaq.Refuse(mithaq.Unauthenticated, "peer.no-certificate")
	}
	pub, ok := s.PeerCertificates[0].PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return "", mithaq.Refuse(mithaq.Unauthenticated, "peer.tls-key")
	}
	point, err := pub.Bytes()
	if err != nil {
		return "", errors.Join(mithaq.Unauthenticated, err)
	}
	return mithaq.KeyIDOf(point), nil
}
