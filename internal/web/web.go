// Package web is the pages of a node, for the people of its organisation: one
// function of routes, pages rendered on the server in Arabic, French, English and
// Turkish, and small scripts without which everything works too.
//
//	routes.go       the table of contents
//	page.go         from a request to a visit, and from an error to an answer
//	today.go …      one page each, with its template of the same name
//	template/       layout.html, and one file a page
//	static/         look.css, look.js and the fonts, served below a hash of them all
//
// What a page does is a verb of desk or of a capability, as at the API: neither
// face can do what the other cannot. Nothing that a page shows comes from another
// host, and no script or style stands in a page.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq/internal/desk"
)

// Config says what the pages are served with.
type Config struct {
	Desk     desk.Desk
	Language string   // of whoever did not choose one and whose browser names none of ours
	Hosts    []string // names by which browsers may call the node, in lower case and without a port
	TLS      bool     // the listener speaks it
	// Verify recomputes everything that the node keeps.
	Verify func(ctx context.Context) (Verified, error)
	Dir    string // the node's folder, for the commands that pages show
	Now    func() time.Time
	Log    *slog.Logger
}

// Verified is what a check of the whole node found.
type Verified struct {
	Logs    int
	Entries int64
	Faults  []string
}

// Handler serves the pages.
func Handler(c Config) http.Handler {
	s := &site{Config: c, assets: load(), sheets: sheets()}
	return s.guarded(s.routes())
}

// site holds what the pages work with.
type site struct {
	Config
	assets    *assets
	sheets    map[string]*sheet // by language
	verifying exclusive
}
