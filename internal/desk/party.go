package desk

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// OurParty is this organisation as a pact names it.
func (d *Desk) OurParty(tx *store.Tx) (mithaq.Party, error) {
	_, digest, err := d.Peer.Card(tx)
	if err != nil {
		return mithaq.Party{}, err
	}
	return d.partyOf(tx, d.Org, digest)
}

// Party is a partner as a pact names it.
func (d *Desk) Party(tx *store.Tx, org mithaq.OrgID) (mithaq.Party, error) {
	p, err := d.Peer.Partner(tx, org)
	if err != nil {
		return mithaq.Party{}, err
	}
	return d.partyOf(tx, p.Org, p.Card)
}

func (d *Desk) partyOf(tx *store.Tx, org mithaq.OrgID, digest mithaq.Digest) (mithaq.Party, error) {
	c, err := d.Peer.CardOf(tx, digest)
	if err != nil {
		return mithaq.Party{}, err
	}
	print, err := d.Peer.Print(tx, org)
	return mithaq.Party{
		Org: org, Name: c.Name, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives,
		Fingerprint: mithaq.Digest(print), Card: digest, Contacts: contactsOf(&c.Card),
	}, err
}

// contactsOf turns a Card's contacts into those a pact prints.
func contactsOf(c *mithaq.Card) []mithaq.Contact {
	var list []mithaq.Contact
	for _, p := range c.Contacts {
		contact := mithaq.Contact{Desk: p.Kind, Always: p.Always}
		switch p.Kind {
		case "mail":
			contact.Email = p.Value
		default:
			contact.Phone = p.Value
		}
		list = append(list, contact)
	}
	return list
}
