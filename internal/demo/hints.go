package demo

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/taxii"
)

// hints are commands that work on the folders while the nodes serve.
func (p *play) hints(ctx context.Context) ([]tell.Hint, error) {
	desks, err := p.doors(ctx)
	if err != nil {
		return nil, err
	}

	token := filepath.Join(node.People(p.world.desks[scene.Anatolia].dir), toolName+".token")
	if err := durable.WriteFile(token, []byte(p.tool.feed.Client.Token+"\n")); err != nil {
		return nil, err
	}
	why := []string{"--reason", scene.Reason(p.story.Lang()), "--purpose", string(scene.Purpose), "--basis", scene.Basis}
	return append(desks, []tell.Hint{
		{Key: "demo.try.pact", Command: p.verb(scene.Atlas, chief, "pact", "show", string(p.pact))},
		{Key: "demo.try.verify", Command: p.verb(scene.Atlas, officer, "verify", "--with", string(scene.Anatolia))},
		{Key: "demo.try.log", Command: p.verb(scene.Anatolia, auditor, "log", "show")},
		{Key: "demo.try.find", Command: p.verb(scene.Atlas, officer, append([]string{"item", "find", scene.Seller()}, why...)...)},
		{Key: "demo.try.dry-run", Command: p.verb(scene.Anatolia, officer, append([]string{
			"share", "--dry-run", "--giver", string(scene.Anatolia), "--pact", string(p.pact),
		}, why...)...)},
		{Key: "demo.try.tool", Command: strings.Join([]string{
			"curl -s", "-H", quoted("Accept: " + taxii.MediaType), "-H", `"Authorization: Bearer $(cat ` + quoted(token) + `)"`,
			quoted(p.tool.address() + "?limit=3"),
		}, " ")},
	}...), nil
}

// doors are links by which the reader sits down at each desk, in a browser: once,
// and within an hour.
func (p *play) doors(ctx context.Context) (list []tell.Hint, err error) {
	for _, seat := range []struct {
		key, handle string
	}{{"demo.try.desk", officer}, {"demo.try.chief", chief}} {
		for _, org := range scene.Orgs() {
			d := p.world.desks[org]
			var l api.Link
			if err := d.people[seat.handle].Do(ctx, http.MethodPost, "/v1/people/"+string(d.ids[seat.handle])+"/links", nil, &l); err != nil {
				return nil, fmt.Errorf("a link to %s: %w", org, err)
			}
			c := d.node.Config()
			list = append(list, tell.Hint{Key: seat.key, Org: org, Command: c.PagesAddress() + l.Path})
		}
	}
	return list, nil
}

// verb is a command line for one of the desks.
func (p *play) verb(org mithaq.OrgID, as string, words ...string) string {
	line := []string{p.command}
	for _, w := range append([]string{"--dir", p.world.desks[org].dir, "--as", as}, words...) {
		line = append(line, quoted(w))
	}
	return strings.Join(line, " ")
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:+=,@"
	if word != "" && strings.Trim(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
