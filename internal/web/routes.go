package web

import "net/http"

// routes is the table of contents. GET changes nothing, but that what was read
// is entered.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, p := range map[string]page{
		"GET /{$}":                                s.today,
		"GET /items":                              s.items,
		"GET /items/{id}":                         s.item,
		"POST /items/{id}/recall":                 s.recall,
		"GET /import":                             s.importForm,
		"POST /import":                            s.importFile,
		"GET /share":                              s.shareForm,
		"GET /share/preview":                      s.sharePreview,
		"POST /share":                             s.share,
		"GET /releases":                           s.releases,
		"GET /releases/{id}":                      s.release,
		"POST /releases/{id}/refuse":              s.refuse,
		"POST /releases/{id}/approve":             s.approve,
		"GET /cases":                              s.cases,
		"GET /cases/new":                          s.caseForm,
		"POST /cases":                             s.openCase,
		"GET /cases/{id}":                         s.oneCase,
		"POST /cases/{id}/members":                s.revise(changeMembers),
		"POST /cases/{id}/dates":                  s.revise(changeDates),
		"POST /cases/{id}/notes":                  s.writeNote,
		"POST /cases/{id}/close":                  s.closeCase,
		"GET /assess":                             s.assessments,
		"GET /assess/new":                         s.assessForm,
		"POST /assess":                            s.assess,
		"GET /assess/people":                      s.assessors,
		"GET /assess/{id}":                        s.assessment,
		"POST /assess/{id}/second":                s.giveSecond,
		"POST /assess/{id}/drop":                  s.dropAnswers,
		"GET /persons":                            s.persons,
		"GET /persons/new":                        s.requestForm,
		"POST /persons":                           s.openRequest,
		"GET /persons/breaches":                   s.breaches,
		"POST /persons/breaches":                  s.recordBreach,
		"GET /persons/processing":                 s.processing,
		"POST /claims/{id}":                       s.settleClaim,
		"GET /persons/{id}":                       s.request,
		"POST /persons/{id}/identity":             s.doneFor(s.identify),
		"POST /persons/{id}/act":                  s.doneFor(s.actFor),
		"POST /persons/{id}/close":                s.doneFor(s.closeRequest),
		"GET /persons/{id}/letter/{letter}":       s.letter,
		"GET /partners":                           s.partners,
		"GET /partners/{org}":                     s.partner,
		"POST /partners/{org}/verify":             s.verifyWith,
		"POST /partners/{org}/accept":             s.accept,
		"POST /partners":                          s.introduce,
		"POST /partners/invite":                   s.invite,
		"GET /settings":                           s.settings,
		"POST /settings/lines":                    s.checkLines,
		"GET /settings/people":                    s.people,
		"POST /settings/people":                   s.enrol,
		"POST /settings/people/{person}/link":     s.linkPerson,
		"POST /settings/people/{person}/grant":    s.grant,
		"POST /settings/people/{person}/withdraw": s.withdraw,
		"POST /settings/people/{person}/close":    s.closeAccount,
		"GET /settings/tools":                     s.tools,
		"POST /settings/tools":                    s.addTool,
		"POST /settings/tools/drop":               s.dropTool,
		"GET /pacts":                              s.pacts,
		"GET /pacts/{pact}":                       s.pact,
		"GET /pacts/draft":                        s.draftForm,
		"POST /pacts/draft":                       s.saveDraft,
		"POST /pacts/{pact}/propose":              s.proposePact,
		"POST /pacts/{pact}/sign":                 s.signPact,
		"POST /pacts/{pact}/suspend":              s.suspendPact,
		"POST /pacts/{pact}/resume":               s.resumePact,
		"POST /pacts/{pact}/end":                  s.endPact,
		"GET /ledger":                             s.ledger,
		"POST /ledger/verify":                     s.verifyHere,
		"GET /me":                                 s.me,
		"POST /me/why":                            s.sayWhy,
		"POST /me/sessions/end":                   s.endSessions,
		"POST /me/passkeys":                       s.askNewPasskey,
		"POST /me/passkeys/answer":                s.addPasskey,
		"POST /me/passkeys/remove":                s.removePasskey,
		"POST /sign-out":                          s.signOut,
		"GET /":                                   s.nowhere,
	} {
		mux.Handle(pattern, s.signedIn(p))
	}
	for pattern, p := range map[string]page{
		"GET /sign-in":                 s.signIn,
		"POST /sign-in/passkey":        s.askPasskey,
		"POST /sign-in/passkey/answer": s.enterByPasskey,
		"GET /enter/{secret}":          s.enterForm,
		"POST /enter":                  s.enter,
		"POST /view":                   s.setView,
	} {
		mux.Handle(pattern, s.open(p))
	}
	mux.Handle("GET /static/{hash}/{file...}", http.HandlerFunc(s.static))
	mux.Handle("GET /app.webmanifest", http.HandlerFunc(s.manifest))
	return mux
}
