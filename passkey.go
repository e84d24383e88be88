package mithaq

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// Bounds of what a passkey says, in bytes.
const (
	maxPasskeyID  = 1023 // Web Authentication Level 3, 4
	maxPasskeyKey = 4096
	maxClientData = 4096
	maxAssertion  = 4096
)

// A PublicPasskey is what others need of a passkey to check what it signs.
type PublicPasskey struct {
	ID     []byte `json:"id"`         // of the credential, as its authenticator names it
	Key    []byte `json:"public_key"` // COSE_Key, RFC 9052, 7
	RPID   string `json:"rp_id"`      // for whom it was made: the origin's host, or a domain above it
	Origin string `json:"origin"`     // of the pages at which it signs, as browsers write it
}

// KeyID names the passkey: by its public key, and where it signs.
func (p *PublicPasskey) KeyID() KeyID { return KeyIDOf(p.Key, []byte(p.Origin)) }

// Check says all that is wrong with the passkey's form.
func (p *PublicPasskey) Check() error {
	var faults []error
	if n := len(p.ID); n == 0 || n > maxPasskeyID {
		faults = append(faults, invalidf("id", "want 1 to %d bytes, got %d", maxPasskeyID, n))
	}
	if n := len(p.Key); n == 0 || n > maxPasskeyKey {
		faults = append(faults, invalidf("public_key", "want 1 to %d bytes, got %d", maxPasskeyKey, n))
	}
	u, err := url.Parse(p.Origin)
	if err != nil || u.Scheme != "https" && u.Hostname() != "localhost" || u.Scheme+"://"+u.Host != p.Origin || u.Hostname() == "" {
		return errors.Join(append(faults, invalidf("origin", "want https, a host and perhaps a port, got %q", p.Origin))...)
	}
	if p.RPID == "" || u.Hostname() != p.RPID && !strings.HasSuffix(u.Hostname(), "."+p.RPID) {
		faults = append(faults, invalidf("rp_id", "%q is not the host of the origin, nor a domain above it", p.RPID))
	}
	return errors.Join(faults...)
}

// An Assertion is what an authenticator signed when it was asked, and what it
// was asked. Web Authentication Level 3, 5.2.2
type Assertion struct {
	ID            []byte `json:"id"` // of the credential
	Authenticator []byte `json:"authenticator_data"`
	Client        []byte `json:"client_data_json"` // as the browser wrote it
	Signature     []byte `json:"signature"`
}

// Check says all that is wrong with the assertion's form; it verifies nothing.
func (a *Assertion) Check() error {
	var faults []error
	for _, part := range []struct {
		name string
		of   []byte
		most int
	}{
		{"id", a.ID, maxPasskeyID},
		{"authenticator_data", a.Authenticator, maxAssertion},
		{"client_data_json", a.Client, maxClientData},
		{"signature", a.Signature, maxAssertion},
	} {
		if n := len(part.of); n == 0 || n > part.most {
			faults = append(faults, invalidf(part.name, "want 1 to %d bytes, got %d", part.most, n))
		}
	}
	return errors.Join(faults...)
}

// Challenge is what a passkey is asked to sign so that it approves a release
// with this digest: its 32 bytes.
func (d Digest) Challenge() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// For reports whether the assertion was made for the RP ID of a passkey, by it:
// it says nothing of the signature.
func (a *Assertion) For(p *PublicPasskey) bool {
	hash := sha256.Sum256([]byte(p.RPID))
	return bytes.Equal(a.ID, p.ID) && bytes.HasPrefix(a.Authenticator, hash[:])
}
