package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// KeyLife is how long operational keys are good for.
const KeyLife = 2 * 365 * 24 * time.Hour

// TokenLife is how long a sign-in on the command line lasts.
const TokenLife = 30 * 24 * time.Hour

// Start is what a new node needs to know.
type Start struct {
	Config       Config
	People       []Founder
	Organisation keys.Sealing // of the organisation's key, which goes off line
	Node         keys.Sealing // of the node's keys
	Options      Options
}

// A Founder is one of the first persons, with the passphrase of their credential.
type Founder struct {
	account.Newcomer
	Handle string // names their files
	Seal   keys.Sealing
}

// Made says what Init made, for the persons to take.
type Made struct {
	Card   *card.Signed
	People []MadePerson
}

// MadePerson is one founder's files.
type MadePerson struct {
	ID         mithaq.PersonID `json:"id"`
	Handle     string          `json:"handle"`
	Credential string          `json:"credential"` // path of the sealed key
	Token      string          `json:"token"`      // path of the sign-in
}

// Init makes a node in an empty folder: keys, Card, database, and the first
// persons, enrolled together. Conflict: there is a node already.
func Init(ctx context.Context, dir string, s Start) (*Made, error) {
	if err := s.Config.Check(); err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "node.config", configFile, err.Error())
	}
	if _, err := os.Stat(filepath.Join(dir, configFile)); err == nil {
		return nil, mithaq.Refuse(mithaq.Conflict, "node.exists", dir)
	}
	if err := durable.Mkdir(dir); err != nil {
		return nil, err
	}
	first, err := makeKeys(dir, &s)
	if err != nil {
		return nil, err
	}
	if err := s.Config.write(dir); err != nil {
		return nil, err
	}
	s.Options.Sealing = &s.Node
	n, err := Open(ctx, dir, s.Options)
	if err != nil {
		return nil, err
	}
	made := &Made{Card: first}
	err = errors.Join(n.found(ctx, dir, &s, made), n.Close())
	return made, err
}

// makeKeys makes both key files, and the first Card beside them.
func makeKeys(dir string, s *Start) (*card.Signed, error) {
	now := s.Options.now()
	org, err := keys.NewOrganisation(s.Config.Organisation)
	if err != nil {
		return nil, err
	}
	ring, err := keys.NewNode(s.Config.Organisation, now)
	if err != nil {
		return nil, err
	}
	if err := org.Save(OrganisationKey(dir), s.Organisation); err != nil {
		return nil, err
	}
	if err := ring.Save(NodeKeys(dir), s.Node); err != nil {
		return nil, err
	}
	c, err := card.New(s.Config.details(), card.Dated(ring.Public(), now.Add(-time.Hour), KeyLife), org.Pair, stix.NewID(mithaq.TypeCard), now)
	if err != nil {
		return nil, err
	}
	return c, WriteCard(dir, c)
}

func (c *Config) details() card.Details {
	d := card.Details{Org: c.Organisation, Name: c.Name}
	if c.Address != "" {
		d.Addresses = []string{c.Address}
	}
	for _, p := range c.Contacts {
		d.Contacts = append(d.Contacts, mithaq.CardContact{Kind: p.Kind, Value: p.Value, Languages: p.Languages, Always: p.Always})
	}
	return d
}

// found enrols the founders and writes their files.
func (n *Node) found(ctx context.Context, dir string, s *Start, made *Made) error {
	newcomers := make([]account.Newcomer, len(s.People))
	for i, p := range s.People {
		newcomers[i] = p.Newcomer
	}
	var ids []mithaq.PersonID
	err := n.store.Write(ctx, func(tx *store.Tx) (err error) {
		ids, err = n.accounts.Found(tx, newcomers)
		return err
	})
	if err != nil {
		return err
	}
	for i, p := range s.People {
		m, err := n.equip(ctx, dir, p, ids[i])
		if err != nil {
			return err
		}
		made.People = append(made.People, m)
	}
	return nil
}

// equip makes one person's credential and first sign-in.
func (n *Node) equip(ctx context.Context, dir string, p Founder, id mithaq.PersonID) (MadePerson, error) {
	m := MadePerson{
		ID: id, Handle: p.Handle,
		Credential: filepath.Join(People(dir), p.Handle+".key"),
		Token:      filepath.Join(People(dir), p.Handle+".token"),
	}
	credential, err := keys.NewCredential(n.config.Organisation, id)
	if err != nil {
		return m, err
	}
	if err := credential.Save(m.Credential, p.Seal); err != nil {
		return m, err
	}
	var token string
	err = n.store.Write(ctx, func(tx *store.Tx) (err error) {
		v := mithaq.NodeViewer(n.config.Organisation)
		if err := n.accounts.Register(tx, v, id, credential.Pair.Public()); err != nil {
			return err
		}
		token, err = n.accounts.SignIn(tx, id, "init", tx.Now().Add(TokenLife))
		return err
	})
	if err != nil {
		return m, err
	}
	return m, durable.WriteFile(m.Token, []byte(token+"\n"))
}
