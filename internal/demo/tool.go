package demo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// toolName is what the log calls Anatolia's tool.
const toolName = "siem"

// A tool is one of an organisation's own: it reads its node over TAXII 2.1, by
// TCP, with a token of its own.
type tool struct{ feed taxii.Feed }

// hireTool has the chief answer for a tool.
func (d *desk) hireTool(ctx context.Context) (*tool, error) {
	in := map[string]any{"name": toolName, "purpose": scene.Purpose, "basis": scene.Basis, "budget": 100_000, "days": 7}
	var token api.Token
	if err := d.people[chief].Do(ctx, http.MethodPost, "/v1/services", in, &token); err != nil {
		return nil, fmt.Errorf("a tool for %s: %w", d.org, err)
	}
	c := &taxii.Client{URL: "http://" + d.node.Config().Tools + "/", Token: token.Token, Version: taxii.V21, Plain: true}
	return &tool{taxii.Feed{Client: c, Root: c.URL + "own/", Collection: "own"}}, nil
}

// address is the collection that the tool reads.
func (t *tool) address() string {
	return t.feed.Root + "collections/" + t.feed.Collection + "/objects/"
}

// find counts what the tool finds under an id, and that was not revoked.
func (t *tool) find(ctx context.Context, id stix.ID) (found int, err error) {
	feed := t.feed
	feed.Filter.IDs = []string{string(id)}
	var from taxii.Cursor
	for raw, err := range feed.Objects(ctx, &from) {
		if err != nil {
			return found, fmt.Errorf("the tool reads %s: %w", t.address(), err)
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			return found, err
		}
		if !o.Revoked() {
			found++
		}
	}
	return found, nil
}
