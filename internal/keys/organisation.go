// Package keys makes and keeps private keys. None lies in clear on disk.
//
// Two files, each an age file closed by a passphrase:
//
//	organisation.key   the organisation's pair; off line, serve never opens it
//	node.key           the operational keys, one use each
//
// or no node.key, and a signer process instead that answers on a socket and
// may itself ask a security module. Both are a Ring.
package keys

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

// An Organisation is the pair that signs Cards and nothing else.
type Organisation struct {
	Org  mithaq.OrgID
	Pair *sign.Pair
}

type organisationFile struct {
	Type    string       `json:"type"` // mithaq-organisation-key
	Version int          `json:"version"`
	Org     mithaq.OrgID `json:"org"`
	Seed    []byte       `json:"seed"` // Ed25519's 32 bytes, ML-DSA-65's 32 bytes
}

const typeOrganisation = "mithaq-organisation-key"

// NewOrganisation makes a new pair.
func NewOrganisation(org mithaq.OrgID) (*Organisation, error) {
	if err := org.Check(); err != nil {
		return nil, err
	}
	pair, err := sign.Generate()
	return &Organisation{Org: org, Pair: pair}, err
}

// Public is the pair's public half as a Card states it.
func (o *Organisation) Public() mithaq.OrganisationKey {
	p := o.Pair.Public()
	return mithaq.OrganisationKey{ID: p.ID(), Ed25519: p.Ed25519(), MLDSA65: p.MLDSA65()}
}

// Save seals the pair into a file.
func (o *Organisation) Save(path string, s Sealing) error {
	f := organisationFile{Type: typeOrganisation, Version: 1, Org: o.Org, Seed: o.Pair.Seed()}
	defer clear(f.Seed)
	return s.save(path, "passphrase of the organisation key of "+string(o.Org), &f)
}

// LoadOrganisation opens such a file.
func LoadOrganisation(path string, s Sealing) (*Organisation, error) {
	var f organisationFile
	if err := s.load(path, "passphrase of the organisation key", &f); err != nil {
		return nil, err
	}
	defer clear(f.Seed)
	if f.Type != typeOrganisation || f.Version != 1 || f.Org.Check() != nil {
		return nil, fmt.Errorf("%s: not an organisation key of version 1: %w", path, mithaq.Invalid)
	}
	pair, err := sign.FromSeed(f.Seed)
	return &Organisation{Org: f.Org, Pair: pair}, err
}
