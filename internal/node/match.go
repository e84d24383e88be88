package node

import (
	"encoding/hex"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// makeMatch makes hit / no-hit matching: its cases are the gate's, what comes
// lies with the links, and inquiries quote what it committed.
func (n *Node) makeMatch(meet *links) {
	n.match = match.New(match.Config{
		Store: n.store, Org: n.config.Organisation, Outbox: meet, Pacts: n.pacts, Cases: n.gate, Mail: meet, Keys: n.ring,
		Enter: n.enter, Log: n.log,
	})
	n.asks.Committed = n.quotable
}

// quotable reads a reference as inquiries write it: 16 bytes in hexadecimal.
func (n *Node) quotable(tx *store.Tx, pact stix.ID, partner mithaq.OrgID, reference string) (bool, error) {
	raw, err := hex.DecodeString(reference)
	if err != nil || len(raw) != len(psi.Reference{}) {
		return false, nil
	}
	return n.match.Quotable(tx, pact, partner, psi.Reference(raw))
}
