// Package passkey recognises people by what their telephone, computer or security
// key signs: bytes in, values out, without a database.
//
//	ask     options for the browser, as JSON (Web Authentication Level 3, 5.4 and 5.5)
//	state   what the node keeps until the answer comes: the challenge and what was asked
//	answer  what the browser made of it, as JSON (5.1)
//	record  what the node keeps of a passkey: its public key and its counter
//
// A passkey is always discoverable, so that nobody types a name, and always checks
// its person, by a finger, a face or a code. Nothing is asked about its maker: an
// authenticator's model says something about its owner, and nothing here hangs on it.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// maxAnswer bounds an answer of a browser, in bytes.
const maxAnswer = 1 << 16

// answerTime is how long a browser waits for a passkey.
const answerTime = 5 * time.Minute

// A Party is the node as passkeys know it: by one origin, and its host.
type Party struct {
	Origin string // such as https://pages.atlas.example:7490
	lib    *webauthn.WebAuthn
}

// New makes a Party. The host of the origin has to be a name: browsers make no
// passkeys for addresses (Web Authentication Level 3, 5.1.3).
func New(origin, title string) (*Party, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("passkeys for %q: an origin has a host", origin)
	}
	lib, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: title, RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", origin, err)
	}
	return &Party{origin, lib}, nil
}

// An Owner is a person as their passkeys know them.
type Owner struct {
	Person  mithaq.PersonID
	Name    string   // shown by the authenticator when it asks
	Records [][]byte // of the passkeys they have
}

// A Key is what is known of a passkey.
type Key struct {
	ID     []byte
	Record []byte
	Behind bool // its counter did not go on: there is a second one like it
}

// AskNew asks for a new passkey, which none of the owner's authenticators has yet.
func (p *Party) AskNew(o *Owner) (ask, state []byte, err error) {
	u, err := userOf(o)
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := p.lib.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.credentials).CredentialDescriptors()),
		webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()))
	if err != nil {
		return nil, nil, err
	}
	return both(creation.Response, session)
}

// New is the passkey that an answer brings. Unauthenticated: it does not answer
// what was asked, here, with its person checked.
func (p *Party) New(o *Owner, state, answer []byte) (*Key, error) {
	u, session, err := p.resume(o, state, answer)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, refused(err)
	}
	c, err := p.lib.CreateCredential(u, *session, parsed)
	if err != nil {
		return nil, refused(err)
	}
	return keyOf(c)
}

// Ask asks whoever is there for a passkey of theirs.
func (p *Party) Ask() (ask, state []byte, err error) {
	assertion, session, err := p.lib.BeginDiscoverableLogin()
	if err != nil {
		return nil, nil, err
	}
	return both(assertion.Response, session)
}

// Known says whose passkey answered. Find finds who has a passkey.
// Unauthenticated: as with New, or it belongs to nobody.
func (p *Party) Known(state, answer []byte, find func(id []byte) (*Owner, error)) (*Owner, *Key, error) {
	_, session, err := p.resume(&Owner{}, state, answer)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, nil, refused(err)
	}
	owner, err := find(parsed.RawID)
	if err != nil {
		return nil, nil, err
	}
	u, err := userOf(owner)
	if err != nil {
		return nil, nil, err
	}
	c, err := p.lib.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return u, nil }, *session, parsed)
	if err != nil {
		return nil, nil, refused(err)
	}
	k, err := keyOf(c)
	return owner, k, err
}

// resume reads what was kept, and checks that an answer is sound JSON before
// others read it: no name twice, no broken text.
func (p *Party) resume(o *Owner, state, answer []byte) (*user, *webauthn.SessionData, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, nil, err
	}
	var sound map[string]any
	if err := strict.Decode(answer, maxAnswer, &sound); err != nil {
		return nil, nil, refused(err)
	}
	u, err := userOf(o)
	return u, &session, err
}

func keyOf(c *webauthn.Credential) (*Key, error) {
	k := &Key{ID: c.ID, Behind: c.Authenticator.CloneWarning}
	var err error
	k.Record, err = json.Marshal(c)
	return k, err
}

func both(options, session any) (ask, state []byte, err error) {
	ask, err1 := json.Marshal(options)
	state, err2 := json.Marshal(session)
	return ask, state, errors.Join(err1, err2)
}

// refused keeps the reason for the log; the person learns only that it was not
// accepted, as an attacker would.
func refused(err error) error {
	reason := err.Error()
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		reason += ": " + e.DevInfo
	}
	return fmt.Errorf("%s: %w", reason, mithaq.Refuse(mithaq.Unauthenticated, "passkey.refused"))
}
