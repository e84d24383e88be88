package passkey

import (
	"encoding/json"

	"github.com/go-webauthn/webauthn/webauthn"
)

// user is an owner as the library asks about them. The handle that stays in the
// authenticator is the pseudonym (Web Authentication Level 3, 14.6.1).
type user struct {
	owner       *Owner
	credentials []webauthn.Credential
}

func userOf(o *Owner) (*user, error) {
	u := &user{owner: o}
	for _, record := range o.Records {
		var c webauthn.Credential
		if err := json.Unmarshal(record, &c); err != nil {
			return nil, err
		}
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}

func (u *user) WebAuthnID() []byte                         { return []byte(u.owner.Person) }
func (u *user) WebAuthnName() string                       { return u.owner.Name }
func (u *user) WebAuthnDisplayName() string                { return u.owner.Name }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }
