package node

import (
	"github.com/mithaq-hub/mithaq/internal/match"
)

// makeMatch makes hit / no-hit matching: its cases are the gate's, and what
// comes lies with the links.
func (n *Node) makeMatch(meet *links) {
	n.match = match.New(match.Config{
		Store: n.store, Org: n.config.Organisation, Outbox: meet, Pacts: n.pacts, Cases: n.gate, Mail: meet, Keys: n.ring,
		Enter: n.enter, Log: n.log,
	})
}
