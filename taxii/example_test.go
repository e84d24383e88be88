package taxii_test

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http/httptest"

	"github.com/mithaq-hub/mithaq/taxii"
)

// A server in twenty lines: a feed that one reader may read, and a client of it.
func Example() {
	m := taxii.NewMemory(taxii.Discovery{Title: "A small desk"})
	_ = m.AddRoot("feeds", taxii.APIRoot{Title: "Feeds"})
	id, _ := m.AddCollection("feeds", taxii.Collection{Title: "Tools"}, taxii.Rules{
		Rights: func(c taxii.Caller) taxii.Rights { return taxii.Rights{Read: c == "amina"} },
	})
	_ = m.Put("feeds", id, []byte(`{"type":"tool","spec_version":"2.1","id":"tool--3f1e0d5c-0b1f-4b0e-8a55-6f0f9a4d7c11",
		"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"nmap"}`))

	signIn := func(_ context.Context, c taxii.Credentials) (taxii.Caller, bool) {
		return taxii.Caller(c.User), subtle.ConstantTimeCompare([]byte(c.Password), []byte("open sesame")) == 1
	}
	srv := httptest.NewTLSServer(taxii.RequireAuth(taxii.Handler(m, slog.Default()), signIn))
	defer srv.Close()

	c := &taxii.Client{URL: srv.URL, HTTP: srv.Client(), User: "amina", Password: "open sesame"}
	d, _ := c.Discover(context.Background())
	all, _ := c.Collections(context.Background(), d.Default)
	feed := &taxii.Feed{Client: c, Root: d.Default, Collection: all[0].ID}
	var at taxii.Cursor
	for object, err := range feed.Objects(context.Background(), &at) {
		fmt.Println(len(object), err)
	}
	// Output: 178 <nil>
}
