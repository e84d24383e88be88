package passkey

import (
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// AskFor asks one of the owner's passkeys to sign a digest: no secret is kept
// until the answer comes, since the digest is signed once and says itself what
// for.
func (p *Party) AskFor(o *Owner, digest mithaq.Digest) ([]byte, error) {
	u, err := userOf(o)
	if err != nil {
		return nil, err
	}
	options := protocol.PublicKeyCredentialRequestOptions{
		Challenge: digest[:], RelyingPartyID: p.lib.Config.RPID, UserVerification: protocol.VerificationRequired,
		Timeout: int(answerTime.Milliseconds()), AllowedCredentials: webauthn.Credentials(u.credentials).CredentialDescriptors(),
	}
	return json.Marshal(options)
}

// Public is what others need of a passkey, from its record.
func (p *Party) Public(record []byte) (*mithaq.PublicPasskey, error) {
	var c webauthn.Credential
	if err := json.Unmarshal(record, &c); err != nil {
		return nil, err
	}
	return &mithaq.PublicPasskey{ID: c.ID, Key: c.PublicKey, RPID: p.lib.Config.RPID, Origin: p.Origin}, nil
}

// Counted takes an assertion's counter into a passkey's record. Behind says that
// it did not go on. Web Authentication Level 3, 7.2
func Counted(record []byte, counter uint32) (next []byte, behind bool, err error) {
	var c webauthn.Credential
	if err := json.Unmarshal(record, &c); err != nil {
		return nil, false, err
	}
	c.Authenticator.CloneWarning = false
	c.Authenticator.UpdateCounter(counter)
	next, err = json.Marshal(c)
	return next, c.Authenticator.CloneWarning, err
}

// AssertionOf is what a browser's answer brings, unverified. Unauthenticated: it
// is no answer of a passkey.
func AssertionOf(answer []byte) (*mithaq.Assertion, error) {
	var sound map[string]any
	if err := strict.Decode(answer, maxAnswer, &sound); err != nil {
		return nil, refused(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, refused(err)
	}
	raw := &parsed.Raw.AssertionResponse
	a := &mithaq.Assertion{ID: parsed.RawID, Authenticator: raw.AuthenticatorData, Client: raw.ClientDataJSON, Signature: raw.Signature}
	if err := a.Check(); err != nil {
		return nil, refused(err)
	}
	return a, nil
}

// Verify wants an assertion by a passkey over a digest, made at its origin, with
// its person checked and nothing asked beside; and gives its counter, 0 where its
// authenticator keeps none. Unauthenticated: any of that is not so.
// Web Authentication Level 3, 7.2
func Verify(key *mithaq.PublicPasskey, digest mithaq.Digest, a *mithaq.Assertion) (counter uint32, err error) {
	if !a.For(key) {
		return 0, refused(fmt.Errorf("not by this passkey for %s", key.RPID))
	}
	if err := sound(key, digest, a.Client); err != nil {
		return 0, refused(err)
	}
	parsed, err := parse(a)
	if err != nil {
		return 0, refused(err)
	}
	err = parsed.Verify(digest.Challenge(), key.RPID, "", []string{key.Origin}, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, true, true, key.Key, protocol.SignaturePolicy{})
	if err != nil {
		return 0, refused(err)
	}
	return parsed.Response.AuthenticatorData.Counter, nil
}

// sound holds what the browser says of the question to the letter: every name
// once, and the origin written as it was certified.
func sound(key *mithaq.PublicPasskey, digest mithaq.Digest, client []byte) error {
	var said map[string]any
	if err := strict.Decode(client, maxAnswer, &said); err != nil {
		return err
	}
	if said["origin"] != key.Origin || said["challenge"] != digest.Challenge() || said["type"] != "webauthn.get" {
		return fmt.Errorf("the browser was asked something else: %q at %q", said["challenge"], said["origin"])
	}
	if crossed, ok := said["crossOrigin"]; ok && crossed != false || said["topOrigin"] != nil {
		return fmt.Errorf("asked inside a page of another")
	}
	return nil
}

func parse(a *mithaq.Assertion) (*protocol.ParsedCredentialAssertionData, error) {
	id := protocol.URLEncodedBase64(a.ID)
	return protocol.CredentialAssertionResponse{
		PublicKeyCredential: protocol.PublicKeyCredential{
			Credential: protocol.Credential{ID: id.String(), Type: string(protocol.PublicKeyCredentialType)}, RawID: id,
		},
		AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: a.Client},
			AuthenticatorData:     a.Authenticator, Signature: a.Signature,
		},
	}.Parse()
}

// AskOf asks for one of the owner's passkeys.
func (p *Party) AskOf(o *Owner) (ask, state []byte, err error) {
	u, err := userOf(o)
	if err != nil {
		return nil, nil, err
	}
	assertion, session, err := p.lib.BeginLogin(u)
	if err != nil {
		return nil, nil, err
	}
	return both(assertion.Response, session)
}

// Of is the passkey of the owner's that answered. Unauthenticated: none of theirs
// did, or as with New.
func (p *Party) Of(o *Owner, state, answer []byte) (*Key, error) {
	u, session, err := p.resume(o, state, answer)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, refused(err)
	}
	c, err := p.lib.ValidateLogin(u, *session, parsed)
	if err != nil {
		return nil, refused(err)
	}
	return keyOf(c)
}
