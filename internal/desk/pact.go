package desk

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Text finds one version of a pact: by digest exactly that, by id the one in
// force, else the newest.
func (d *Desk) Text(tx *store.Tx, name string) (*pact.Text, error) {
	if digest, err := mithaq.ParseDigest(name); err == nil {
		return d.Pacts.Text(tx, digest)
	}
	t, err := d.Pacts.InForce(tx, stix.ID(name))
	if err == nil {
		return t, nil
	}
	return d.Pacts.Newest(tx, stix.ID(name))
}
