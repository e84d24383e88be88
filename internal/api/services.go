package api

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/lists"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// Services are what the verbs call; node wires them.
type Services struct {
	Version  string
	Org      mithaq.OrgID
	Name     map[string]string
	Store    *store.Store
	Ledger   *ledger.Ledger
	Accounts *account.Book
	Pacts    *pact.Book
	Peer     *peer.Peer
	Gate     *gate.Gate
	Lists    *lists.Book
	Feeds    *subscribe.Book
}

// routes is the table of contents.
func (s *server) routes() {
	s.accountRoutes()
	s.partnerRoutes()
	s.pactRoutes()
	s.importRoutes()
	s.subscriptionRoutes()
	s.itemRoutes()
	s.exportRoutes()
	s.listRoutes()
	s.policyRoutes()
	s.releaseRoutes()
	s.caseRoutes()
	s.wordRoutes()
	s.searchRoutes()
	s.carryRoutes()
	s.quarantineRoutes()
	s.logRoutes()
	s.openingRoutes()
}
