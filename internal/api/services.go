package api

import "github.com/mithaq-hub/mithaq/internal/desk"

// Services are what the verbs call; node wires them.
type Services = desk.Desk

// routes is the table of contents.
func (s *server) routes() {
	s.accountRoutes()
	s.sessionRoutes()
	s.lookRoutes()
	s.partnerRoutes()
	s.pactRoutes()
	s.importRoutes()
	s.subscriptionRoutes()
	s.mispRoutes()
	s.itemRoutes()
	s.exportRoutes()
	s.listRoutes()
	s.offerRoutes()
	s.matchRoutes()
	s.policyRoutes()
	s.releaseRoutes()
	s.caseRoutes()
	s.answerRoutes()
	s.personRoutes()
	s.inquiryRoutes()
	s.wordRoutes()
	s.searchRoutes()
	s.carryRoutes()
	s.quarantineRoutes()
	s.logRoutes()
	s.openingRoutes()
}
