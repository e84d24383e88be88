package keys

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

// A Credential is the pair with which one person signs approvals and
// assessments, in a file of that person's.
type Credential struct {
	Org    mithaq.OrgID
	Person mithaq.PersonID
	Pair   *sign.Pair
}

type credentialFile struct {
	Type    string          `json:"type"` // mithaq-credential
	Version int             `json:"version"`
	Org     mithaq.OrgID    `json:"org"`
	Person  mithaq.PersonID `json:"person"`
	Seed    []byte          `json:"seed"`
}

const typeCredential = "mithaq-credential"

// NewCredential makes a new pair for a person.
func NewCredential(org mithaq.OrgID, person mithaq.PersonID) (*Credential, error) {
	if err := org.Check(); err != nil {
		return nil, err
	}
	if err := person.Check(); err != nil {
		return nil, err
	}
	pair, err := sign.Generate()
	return &Credential{Org: org, Person: person, Pair: pair}, err
}

// Save seals the pair into a file.
func (c *Credential) Save(path string, s Sealing) error {
	f := credentialFile{Type: typeCredential, Version: 1, Org: c.Org, Person: c.Person, Seed: c.Pair.Seed()}
	defer clear(f.Seed)
	return s.save(path, "passphrase of the credential of "+string(c.Person), &f)
}

// LoadCredential opens such a file.
func LoadCredential(path string, s Sealing) (*Credential, error) {
	var f credentialFile
	if err := s.load(path, "passphrase of the credential "+path, &f); err != nil {
		return nil, err
	}
	defer clear(f.Seed)
	if f.Type != typeCredential || f.Version != 1 || f.Org.Check() != nil || f.Person.Check() != nil {
		return nil, fmt.Errorf("%s: not a credential of version 1: %w", path, mithaq.Invalid)
	}
	pair, err := sign.FromSeed(f.Seed)
	return &Credential{Org: f.Org, Person: f.Person, Pair: pair}, err
}
