package signer

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"sync"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/keys"
)

// Listen opens the socket in a folder that only its owner can use.
func Listen(path string) (net.Listener, error) {
	if err := durable.Mkdir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return net.Listen("unix", path)
}

// A Server answers from a ring in its process.
type Server struct {
	Ring keys.Ring
	Log  *slog.Logger // one line a signature: op, key, use
}

// Serve answers on ln until ctx ends; then it closes ln and every connection,
// waits for what is under way, and returns nil.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	var work sync.WaitGroup
	defer work.Wait()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		work.Go(func() { s.converse(ctx, conn) })
	}
}

func (s *Server) converse(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	for {
		var q request
		if err := readFrame(conn, &q); err != nil {
			if !errors.Is(err, io.EOF) && ctx.Err() == nil {
				s.Log.Warn("signer connection ended", "err", err)
			}
			return
		}
		if err := writeFrame(conn, s.answer(&q)); err != nil {
			return
		}
	}
}

func (s *Server) answer(q *request) *response {
	op, ok := operations[q.Op]
	if !ok || q.Version != version {
		return &response{Error: mithaq.Invalid, Text: fmt.Sprintf("no operation %q in version %d", q.Op, q.Version)}
	}
	a, err := op(s.Ring, q)
	s.Log.Info("signer", "op", q.Op, "key", q.Key, "use", q.Use, "err", err)
	if err != nil {
		kind, ok := errors.AsType[mithaq.Kind](err)
		if !ok {
			kind = mithaq.Unavailable
		}
		return &response{Error: kind, Text: err.Error()}
	}
	return a
}

var operations = map[string]func(keys.Ring, *request) (*response, error){
	"keys": list, "sign": signMessage, "hop": signHop, "tls": signTLS,
	"note": signNote, "note-mldsa": signNoteMLDSA, "unwrap": unwrap, "hpke": openHPKE,
}

func list(r keys.Ring, _ *request) (*response, error) {
	a := &response{}
	for _, k := range r.Public() {
		a.Keys = append(a.Keys, shown(k))
	}
	return a, nil
}

// message wants the key that was named to be the one that signs now.
func message(r keys.Ring, q *request) (keys.Messages, error) {
	m, err := r.Message()
	if err == nil && m.KeyID() != q.Key {
		err = notNewest(q.Key)
	}
	return m, err
}

func notNewest(id mithaq.KeyID) error {
	return fmt.Errorf("key %q is not the newest of its use: %w", string(id), mithaq.NotFound)
}

func signMessage(r keys.Ring, q *request) (*response, error) {
	m, err := message(r, q)
	if err != nil {
		return nil, err
	}
	if q.Use == "" || q.Use == mithaq.UseCard {
		return nil, fmt.Errorf("use %q: not of a message key: %w", string(q.Use), mithaq.Denied)
	}
	sig, err := m.Sign(q.Use, q.Message)
	return &response{Ed25519: sig.Ed25519, MLDSA: sig.MLDSA}, err
}

func signHop(r keys.Ring, q *request) (*response, error) {
	m, err := message(r, q)
	if err != nil {
		return nil, err
	}
	sig, err := m.SignHop(q.Message)
	return &response{Ed25519: sig}, err
}

func signTLS(r keys.Ring, q *request) (*response, error) {
	if len(q.Message) != sha256.Size {
		return nil, fmt.Errorf("tls: digest of %d bytes: %w", len(q.Message), mithaq.Invalid)
	}
	if newest(r, mithaq.KeyTLS) != q.Key {
		return nil, notNewest(q.Key)
	}
	k, err := r.TLS()
	if err != nil {
		return nil, err
	}
	sig, err := k.Sign(rand.Reader, q.Message, crypto.SHA256)
	return &response{ECDSA: sig}, err
}

func newest(r keys.Ring, use mithaq.KeyUse) mithaq.KeyID {
	for _, k := range slices.Backward(r.Public()) {
		if k.Use == use {
			return k.ID
		}
	}
	return ""
}

func notes(r keys.Ring, q *request) (keys.Notes, error) {
	for _, use := range []mithaq.KeyUse{mithaq.KeyLog, mithaq.KeyWitness, mithaq.KeyMirror} {
		if newest(r, use) == q.Key {
			return r.Notes(use)
		}
	}
	return nil, notNewest(q.Key)
}

func signNote(r keys.Ring, q *request) (*response, error) {
	n, err := notes(r, q)
	if err != nil {
		return nil, err
	}
	sig, err := n.SignEd25519(q.Message)
	return &response{Ed25519: sig}, err
}

func signNoteMLDSA(r keys.Ring, q *request) (*response, error) {
	n, err := notes(r, q)
	if err != nil {
		return nil, err
	}
	sig, err := n.SignMLDSA44(q.Message, q.Context)
	return &response{MLDSA: sig}, err
}

func unwrap(r keys.Ring, q *request) (*response, error) {
	id, err := r.Identity()
	if err != nil {
		return nil, err
	}
	var stanzas []*age.Stanza
	for _, s := range q.Stanzas {
		stanzas = append(stanzas, &age.Stanza{Type: s.Type, Args: s.Args, Body: s.Body})
	}
	key, err := id.Unwrap(stanzas)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mithaq.Unauthenticated)
	}
	return &response{Plain: key}, nil
}

func openHPKE(r keys.Ring, q *request) (*response, error) {
	plain, err := r.OpenHPKE(q.Info, q.Message)
	return &response{Plain: plain}, err
}
