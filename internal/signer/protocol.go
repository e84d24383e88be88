// Package signer lets private keys live in another process: a small protocol
// on a Unix socket, a client that is a keys.Ring, and a reference server over
// a ring of its own. A security module joins in by a server of its kind.
//
// # Protocol
//
// The socket is a stream socket in a folder of its owner's. Each side sends
// frames: a uint32 length, big-endian, at most 4 MiB, then that many bytes of
// JSON. The client asks, the server answers in order; several connections may
// be open. Base64 is standard and padded.
//
//	{"v":1,"op":"keys"}
//	  → {"keys":[{"id":…,"use":"message","ed25519":…,"mldsa65":…},…]}      newest last
//	{"v":1,"op":"sign","key":ID,"use":"envelope","message":B64}
//	  → {"ed25519":B64,"mldsa":B64}      contexts mithaq/v1/USE ed25519 and … mldsa
//	{"v":1,"op":"hop","key":ID,"message":B64}
//	  → {"ed25519":B64}                  plain Ed25519 by the message key
//	{"v":1,"op":"tls","key":ID,"message":B64}
//	  → {"ecdsa":B64}                    ASN.1, over a SHA-256 digest of 32 bytes
//	{"v":1,"op":"note","key":ID,"message":B64}
//	  → {"ed25519":B64}                  plain Ed25519 by a log, witness or mirror key
//	{"v":1,"op":"note-mldsa","key":ID,"message":B64,"context":""}
//	  → {"mldsa":B64}                    ML-DSA-44
//	{"v":1,"op":"unwrap","stanzas":[{"type":…,"args":[…],"body":B64},…]}
//	  → {"plain":B64}                    the file key of an age file
//	{"v":1,"op":"hpke","info":B64,"message":B64}
//	  → {"plain":B64}
//
// A server that will not answers {"error":KIND,"text":…} with a kind of the
// error model, and goes on. It signs for no use but the key's own, and never
// gives out a private key. It may ask a person, count, or keep a log of its
// own; a client waits.
package signer

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

const (
	version  = 1
	maxFrame = 4 << 20
)

type request struct {
	Version int                 `json:"v"`
	Op      string              `json:"op"`
	Key     mithaq.KeyID        `json:"key,omitempty"`
	Use     mithaq.SignatureUse `json:"use,omitempty"`
	Message []byte              `json:"message,omitempty"`
	Context string              `json:"context,omitempty"`
	Info    []byte              `json:"info,omitempty"`
	Stanzas []stanza            `json:"stanzas,omitempty"`
}

type stanza struct {
	Type string   `json:"type"`
	Args []string `json:"args,omitempty"`
	Body []byte   `json:"body,omitempty"`
}

type response struct {
	Error   mithaq.Kind `json:"error,omitempty"`
	Text    string      `json:"text,omitempty"`
	Keys    []publicKey `json:"keys,omitempty"`
	Ed25519 []byte      `json:"ed25519,omitempty"`
	MLDSA   []byte      `json:"mldsa,omitempty"`
	ECDSA   []byte      `json:"ecdsa,omitempty"`
	Plain   []byte      `json:"plain,omitempty"`
}

// publicKey is a mithaq.PublicKey without dates, which the Card gives.
type publicKey struct {
	ID             mithaq.KeyID  `json:"id"`
	Use            mithaq.KeyUse `json:"use"`
	Ed25519        []byte        `json:"ed25519,omitempty"`
	MLDSA65        []byte        `json:"mldsa65,omitempty"`
	MLDSA44        []byte        `json:"mldsa44,omitempty"`
	P256           []byte        `json:"p256,omitempty"`
	MLKEM768X25519 []byte        `json:"mlkem768x25519,omitempty"`
}

func (k publicKey) key() mithaq.PublicKey {
	return mithaq.PublicKey{
		ID: k.ID, Use: k.Use, Ed25519: k.Ed25519, MLDSA65: k.MLDSA65, MLDSA44: k.MLDSA44, P256: k.P256, MLKEM768X25519: k.MLKEM768X25519,
	}
}

func shown(k mithaq.PublicKey) publicKey {
	return publicKey{
		ID: k.ID, Use: k.Use, Ed25519: k.Ed25519, MLDSA65: k.MLDSA65, MLDSA44: k.MLDSA44, P256: k.P256, MLKEM768X25519: k.MLKEM768X25519,
	}
}

func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(body) > maxFrame {
		return fmt.Errorf("frame of %d bytes: %w", len(body), mithaq.TooLarge)
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("frame of %d bytes: %w", n, mithaq.TooLarge)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	return strict.Decode(body, maxFrame, v)
}
