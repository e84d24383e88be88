// Package passkeytest has an authenticator made of software: it answers what a
// node asks as a browser with a telephone would, byte for byte, and can be made
// to answer wrongly.
package passkeytest

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
)

// An Authenticator holds passkeys. Its zero value answers nothing: browsers tell it
// where they are.
type Authenticator struct {
	Origin     string // of the page that asks
	RPID       string // for whom it signs; "" is whom the page names
	Unverified bool   // it does not check its person
	Handle     string // of the person it says it is; "" is who registered
	Step       int64  // how far its counter goes each time
	Framed     bool   // the page that asks stands in another's
	Type       string // of what it says it was asked; "" is what it was
	held       []*held
}

// Copy is another one like it, as whoever opens an authenticator makes.
func (a *Authenticator) Copy() *Authenticator {
	other := *a
	other.held = nil
	for _, h := range a.held {
		same := *h
		other.held = append(other.held, &same)
	}
	return &other
}

// held is one passkey.
type held struct {
	id, handle []byte
	key        *ecdsa.PrivateKey
	counter    int64
}

// Web Authentication Level 3, 6.1: user present, user verified, and a public key
// is attached.
const (
	present  = 0x01
	verified = 0x04
	attached = 0x40
)

var b64 = base64.RawURLEncoding

// Create answers what asks for a new passkey.
func (a *Authenticator) Create(ask []byte) ([]byte, error) {
	var o struct {
		Challenge string
		RP        struct{ ID string }
		User      struct{ ID string }
		Exclude   []struct{ ID string } `json:"excludeCredentials"`
	}
	if err := json.Unmarshal(ask, &o); err != nil {
		return nil, err
	}
	for _, h := range a.held {
		for _, e := range o.Exclude {
			if e.ID == b64.EncodeToString(h.id) {
				return nil, errors.New("InvalidStateError: a passkey of this person is here already")
			}
		}
	}
	h, err := newHeld(o.User.ID)
	if err != nil {
		return nil, err
	}
	a.held = append(a.held, h)
	data := append(a.data(h, o.RP.ID, attached), h.attestedData()...)
	return json.Marshal(map[string]any{
		"id": b64.EncodeToString(h.id), "rawId": b64.EncodeToString(h.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON":    b64.EncodeToString(a.client("webauthn.create", o.Challenge)),
			"attestationObject": b64.EncodeToString(attestation(data)), "transports": []string{"internal"},
		},
	})
}

func newHeld(handle string) (*held, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	h := &held{id: make([]byte, 32), key: key}
	_, _ = rand.Read(h.id) // crypto/rand never fails
	h.handle, err = b64.DecodeString(handle)
	return h, err
}

// Get answers what asks for a passkey, with the newest it has.
func (a *Authenticator) Get(ask []byte) ([]byte, error) {
	var o struct {
		Challenge string
		RPID      string `json:"rpId"`
	}
	if err := json.Unmarshal(ask, &o); err != nil {
		return nil, err
	}
	if len(a.held) == 0 {
		return nil, errors.New("NotAllowedError: no passkey here")
	}
	h := a.held[len(a.held)-1]
	h.counter += a.Step
	handle := h.handle
	if a.Handle != "" {
		handle = []byte(a.Handle)
	}
	data, client := a.data(h, o.RPID, 0), a.client("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, h.key, signed[:])
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"id": b64.EncodeToString(h.id), "rawId": b64.EncodeToString(h.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
			"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(handle),
		},
	})
}

// client is what the browser says of what it was asked, and where.
// Web Authentication Level 3, 5.8.1
func (a *Authenticator) client(kind, challenge string) []byte {
	raw, _ := json.Marshal(map[string]any{"type": cmp.Or(a.Type, kind), "challenge": challenge, "origin": a.Origin, "crossOrigin": a.Framed}) // plain values
	return raw
}

// data is the authenticator's own word. Web Authentication Level 3, 6.1
func (a *Authenticator) data(h *held, rpid string, flags byte) []byte {
	if a.RPID != "" {
		rpid = a.RPID
	}
	if flags |= present; !a.Unverified {
		flags |= verified
	}
	hash := sha256.Sum256([]byte(rpid))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), uint32(h.counter))
}

// attestedData is the new passkey: no model, its id, and its public key as COSE
// writes it. Web Authentication Level 3, 6.5.1; RFC 9053, 7.1
func (h *held) attestedData() []byte {
	raw := make([]byte, 16)
	raw = binary.BigEndian.AppendUint16(raw, uint16(len(h.id)))
	raw = append(raw, h.id...)
	point, err := h.key.PublicKey.Bytes() // 0x04, x, y
	if err != nil {
		panic(err) // a key that was just made
	}
	raw = append(raw, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	raw = append(raw, point[1:33]...)
	return append(append(raw, 0x22, 0x58, 0x20), point[33:]...)
}

// attestation wraps the data, without a word of the maker's, in CBOR.
// Web Authentication Level 3, 6.5.4 and 8.7
func attestation(data []byte) []byte {
	raw := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59")
	return append(binary.BigEndian.AppendUint16(raw, uint16(len(data))), data...)
}
