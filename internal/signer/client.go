package signer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
)

// A Client is the ring behind a signer's socket. It asks for the public keys
// once, when it is made and whenever Refresh is called. It keeps one
// connection and opens a new one when that has ended.
type Client struct {
	path string
	wait time.Duration

	mu   sync.Mutex // one question at a time
	conn net.Conn

	known  sync.RWMutex
	public []mithaq.PublicKey
}

var _ keys.Ring = (*Client)(nil)

// Dial finds the signer at the socket; wait bounds each answer.
func Dial(ctx context.Context, path string, wait time.Duration) (*Client, error) {
	c := &Client{path: path, wait: wait}
	return c, c.Refresh(ctx)
}

// Close ends the connection.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return nil
	}
	err := c.conn.Close()
	c.conn = nil
	return err
}

// Refresh asks for the public keys again, after the signer got a new one.
func (c *Client) Refresh(ctx context.Context) error {
	a, err := c.ask(ctx, &request{Op: "keys"})
	if err != nil {
		return err
	}
	var list []mithaq.PublicKey
	for _, k := range a.Keys {
		p := k.key()
		if p.ID != p.Computed() {
			return fmt.Errorf("signer: key %s does not give its id: %w", p.ID, mithaq.Invalid)
		}
		list = append(list, p)
	}
	c.known.Lock()
	c.public = list
	c.known.Unlock()
	return nil
}

// ask sends one question. A connection that has ended is opened anew once:
// signing twice does no harm.
// Errors unwrap to the signer's Kind, or to Unavailable.
func (c *Client) ask(ctx context.Context, q *request) (*response, error) {
	q.Version = version
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := c.conn != nil
	a, err := c.once(ctx, q)
	if err != nil && kept && isEnded(err) {
		a, err = c.once(ctx, q)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("signer at %s: %w: %w", c.path, err, mithaq.Unavailable)
	case a.Error != "":
		return nil, fmt.Errorf("signer: %s: %w", a.Text, a.Error)
	}
	return a, nil
}

func isEnded(err error) bool {
	_, op := errors.AsType[*net.OpError](err)
	return op || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (c *Client) once(ctx context.Context, q *request) (a *response, err error) {
	if c.conn == nil {
		if c.conn, err = (&net.Dialer{Timeout: c.wait}).DialContext(ctx, "unix", c.path); err != nil {
			c.conn = nil
			return nil, err
		}
	}
	c.conn.SetDeadline(time.Now().Add(c.wait))
	a = &response{}
	if err = writeFrame(c.conn, q); err == nil {
		err = readFrame(c.conn, a)
	}
	if err != nil {
		c.conn.Close() // the next answer could be this question's
		c.conn = nil
	}
	return a, err
}

// Public lists the public keys, newest last, without dates.
func (c *Client) Public() []mithaq.PublicKey {
	c.known.RLock()
	defer c.known.RUnlock()
	return slices.Clone(c.public)
}

func (c *Client) newest(use mithaq.KeyUse) (mithaq.PublicKey, error) {
	for _, k := range slices.Backward(c.Public()) {
		if k.Use == use {
			return k, nil
		}
	}
	return mithaq.PublicKey{}, fmt.Errorf("signer: no %s key: %w", use, mithaq.NotFound)
}

// Message signs with the newest message key.
func (c *Client) Message() (keys.Messages, error) {
	k, err := c.newest(mithaq.KeyMessage)
	return remoteMessages{c, k.ID}, err
}

type remoteMessages struct {
	c  *Client
	id mithaq.KeyID
}

func (m remoteMessages) KeyID() mithaq.KeyID { return m.id }

func (m remoteMessages) Sign(use mithaq.SignatureUse, message []byte) (mithaq.Signature, error) {
	a, err := m.c.ask(context.Background(), &request{Op: "sign", Key: m.id, Use: use, Message: message})
	if err != nil {
		return mithaq.Signature{}, err
	}
	s := mithaq.Signature{Key: m.id, Ed25519: a.Ed25519, MLDSA: a.MLDSA}
	return s, s.Check()
}

func (m remoteMessages) SignHop(base []byte) ([]byte, error) {
	a, err := m.c.ask(context.Background(), &request{Op: "hop", Key: m.id, Message: base})
	if err != nil {
		return nil, err
	}
	return a.Ed25519, nil
}

// TLS signs handshakes with the newest TLS key.
func (c *Client) TLS() (crypto.Signer, error) {
	k, err := c.newest(mithaq.KeyTLS)
	if err != nil {
		return nil, err
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.P256)
	if err != nil {
		return nil, fmt.Errorf("signer: TLS key: %w: %w", err, mithaq.Invalid)
	}
	return remoteTLS{c, k.ID, pub}, nil
}

type remoteTLS struct {
	c   *Client
	id  mithaq.KeyID
	pub *ecdsa.PublicKey
}

func (t remoteTLS) Public() crypto.PublicKey { return t.pub }

func (t remoteTLS) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 {
		return nil, fmt.Errorf("signer: hash %v: %w", opts.HashFunc(), mithaq.Invalid)
	}
	a, err := t.c.ask(context.Background(), &request{Op: "tls", Key: t.id, Message: digest})
	if err != nil {
		return nil, err
	}
	return a.ECDSA, nil
}

// Notes signs notes with the newest log, witness or mirror key.
func (c *Client) Notes(use mithaq.KeyUse) (keys.Notes, error) {
	if !slices.Contains([]mithaq.KeyUse{mithaq.KeyLog, mithaq.KeyWitness, mithaq.KeyMirror}, use) {
		return nil, fmt.Errorf("%s keys sign no notes: %w", use, mithaq.Invalid)
	}
	k, err := c.newest(use)
	return remoteNotes{c, k}, err
}

type remoteNotes struct {
	c   *Client
	key mithaq.PublicKey
}

func (n remoteNotes) Public() mithaq.PublicKey { return n.key }

func (n remoteNotes) SignEd25519(message []byte) ([]byte, error) {
	a, err := n.c.ask(context.Background(), &request{Op: "note", Key: n.key.ID, Message: message})
	if err != nil {
		return nil, err
	}
	return a.Ed25519, nil
}

func (n remoteNotes) SignMLDSA44(message []byte, ctx string) ([]byte, error) {
	a, err := n.c.ask(context.Background(), &request{Op: "note-mldsa", Key: n.key.ID, Message: message, Context: ctx})
	if err != nil {
		return nil, err
	}
	return a.MLDSA, nil
}

// Identity opens age files through the signer.
func (c *Client) Identity() (age.Identity, error) {
	_, err := c.newest(mithaq.KeySeal)
	return remoteIdentity{c}, err
}

type remoteIdentity struct{ c *Client }

func (i remoteIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	q := &request{Op: "unwrap"}
	for _, s := range stanzas {
		q.Stanzas = append(q.Stanzas, stanza{Type: s.Type, Args: s.Args, Body: s.Body})
	}
	a, err := i.c.ask(context.Background(), q)
	switch {
	case errors.Is(err, mithaq.Unauthenticated):
		return nil, age.ErrIncorrectIdentity
	case err != nil:
		return nil, err
	}
	return a.Plain, nil
}

// OpenHPKE opens a message through the signer.
func (c *Client) OpenHPKE(info, sealed []byte) ([]byte, error) {
	a, err := c.ask(context.Background(), &request{Op: "hpke", Info: info, Message: sealed})
	if err != nil {
		return nil, err
	}
	return a.Plain, nil
}
