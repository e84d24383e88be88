package web

import "net/http"

// routes is the table of contents. GET changes nothing, but that what was read
// is entered.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, p := range map[string]page{
		"GET /{$}":                    s.today,
		"GET /items":                  s.items,
		"GET /items/{id}":             s.item,
		"POST /items/{id}/recall":     s.recall,
		"GET /import":                 s.importForm,
		"POST /import":                s.importFile,
		"GET /share":                  s.shareForm,
		"GET /share/preview":          s.sharePreview,
		"POST /share":                 s.share,
		"GET /releases":               s.releases,
		"GET /releases/{id}":          s.release,
		"POST /releases/{id}/refuse":  s.refuse,
		"GET /inquiries":              s.inquiries,
		"GET /inquiries/{id}":         s.inquiry,
		"POST /inquiries/{id}/step":   s.inquiryStep,
		"POST /inquiries/{id}/{move}": s.moveInquiry,
		"GET /ask":                    s.askForm,
		"POST /ask":                   s.ask,
		"GET /partners":               s.partners,
		"GET /partners/{org}":         s.partner,
		"POST /partners/{org}/verify": s.verifyWith,
		"GET /pacts":                  s.pacts,
		"GET /pacts/{pact}":           s.pact,
		"GET /ledger":                 s.ledger,
		"POST /ledger/verify":         s.verifyHere,
		"GET /me":                     s.me,
		"POST /me/why":                s.sayWhy,
		"POST /me/sessions/end":       s.endSessions,
		"POST /me/passkeys":           s.askNewPasskey,
		"POST /me/passkeys/answer":    s.addPasskey,
		"POST /me/passkeys/remove":    s.removePasskey,
		"POST /sign-out":              s.signOut,
		"GET /":                       s.nowhere,
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
