package node

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mispapi"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/shelf"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// What the organisation's own tools may take of the node.
const (
	toolsAtOnce = 32               // requests that are worked at; the others wait their turn
	toolsInAll  = 1024             // requests that wait, are worked at, or are being answered
	toolTurn    = 20 * time.Second // for waiting; who waits longer is told to come back
	toolBody    = 2 * time.Minute  // for sending a whole request
	toolStall   = 30 * time.Second // for taking no byte of an answer
)

// serveTools answers the organisation's own tools until ctx ends, and then enters
// the polls that found nothing.
func (n *Node) serveTools(ctx context.Context, ln net.Listener) error {
	p := &polls{n: n}
	g, serving := errgroup.WithContext(ctx)
	g.Go(func() error { return p.run(serving) })
	g.Go(func() error {
		srv := server(n.counts.count("tools", n.tools(p)), n.log)
		srv.ReadTimeout = toolBody
		return serve(serving, srv, ln)
	})
	return errors.Join(g.Wait(), p.enter(context.WithoutCancel(ctx)))
}

// tools is TAXII 2.1, and what MISP's clients call, over what the node holds, for
// bearers of service tokens.
// Every request with a result is an entry of the own log before the first byte
// of its answer: the tool, its purpose, the collection, from where to where it
// read, and how many objects. Polls without one are summed.
func (n *Node) tools(p *polls) http.Handler {
	own := shelf.New(shelf.Config{
		Gate: n.gate, Org: n.config.Organisation, Tool: n.tool, Pacts: n.everInForce, Feeds: n.feedsOf, Spend: n.spend, Empty: p.add, Now: n.options.now,
	})
	srv := &taxii.Server{Backend: own, Log: n.log, Stall: toolStall}
	either := eitherOf(n.misp(p), n.forServices(srv))
	return atHosts(n.config.toolHosts(), newDoorman(n.options.now).slow(newTurns(toolsAtOnce, toolsInAll, toolTurn).take(either)))
}

// eitherOf serves MISP's paths as MISP does, and all others over TAXII.
func eitherOf(misp, taxii http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mispapi.Serves(r.URL.Path) {
			misp.ServeHTTP(w, r)
			return
		}
		taxii.ServeHTTP(w, r)
	})
}

// misp answers as a MISP server does.
func (n *Node) misp(p *polls) http.Handler {
	return mispapi.New(mispapi.Config{
		Gate: n.gate, Org: n.config.Organisation, Name: n.config.Name[n.config.Language], Viewer: n.bearer, Source: n.source,
		Spend: n.spendNow, Empty: p.add, Log: n.log, Now: n.options.now,
	})
}

// source is under which profile a tool's writing is taken in; its owner reads what
// it marks TLP:RED, since no tool does.
func (n *Node) source(ctx context.Context, v mithaq.Viewer) (src mispapi.Source, err error) {
	err = n.store.Read(ctx, func(tx *store.Tx) error {
		s, err := n.accounts.Service(tx, v.Token)
		if err == nil {
			src = mispapi.Source{Profile: s.Profile, Red: []mithaq.PersonID{s.Owner}}
		}
		return err
	})
	return src, err
}

// tool is what stands behind a service token.
func (n *Node) tool(tx *store.Tx, name string) (t shelf.Tool, err error) {
	s, err := n.accounts.Service(tx, name)
	if err != nil {
		return t, err
	}
	t.Profile = s.Profile
	t.Owner, err = n.accounts.PersonViewer(tx, s.Owner)
	return t, err
}

// everInForce are the newest versions that were in force of all pacts.
func (n *Node) everInForce(tx *store.Tx) (pacts []*mithaq.Pact, err error) {
	texts, err := n.pacts.Texts(tx)
	newest := map[stix.ID]*pact.Text{}
	for _, t := range texts {
		if was := newest[t.Pact.ID]; !t.Since.IsZero() && (was == nil || t.Since.After(was.Since)) {
			newest[t.Pact.ID] = t
		}
	}
	for _, id := range slices.Sorted(maps.Keys(newest)) {
		pacts = append(pacts, newest[id].Pact)
	}
	return pacts, err
}

// feedsOf are the subscriptions.
func (n *Node) feedsOf(tx *store.Tx) (list []shelf.Feed, err error) {
	all, err := n.feeds.All(tx)
	for _, s := range all {
		list = append(list, shelf.Feed{Name: string(s.Name), Source: s.Source, Case: s.Case})
	}
	return list, err
}

// spend takes objects from a tool's budget for the day.
func (n *Node) spend(tx *store.Tx, v mithaq.Viewer, objects int64) error {
	return n.accounts.Spend(tx, v.Token, objects)
}

// spendNow takes them in a transaction of its own.
func (n *Node) spendNow(ctx context.Context, v mithaq.Viewer, objects int64) error {
	return n.store.Write(ctx, func(tx *store.Tx) error { return n.spend(tx, v, objects) })
}

// forServices lets through whoever has the token of a service: as a bearer, or as
// the password of HTTP Basic, whose user is then the service. Persons read by
// the API, where they say why each time. RFC 6750, 2.1 and RFC 7617, 2
func (n *Node) forServices(next http.Handler) http.Handler {
	check := func(ctx context.Context, c taxii.Credentials) (taxii.Caller, bool) {
		return taxii.Caller(cmp.Or(c.Token, c.Password)), true
	}
	return taxii.RequireAuth(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := n.service(r)
		if err != nil {
			taxii.Refuse(w, r, taxii.Errorf(http.StatusUnauthorized, "send the token of a service, or its name and token as user and password"))
			return
		}
		next.ServeHTTP(w, r.WithContext(shelf.WithViewer(r.Context(), v)))
	}), check)
}

func (n *Node) service(r *http.Request) (v mithaq.Viewer, err error) {
	v, err = n.bearer(r.Context(), string(taxii.CallerOf(r.Context())))
	if user, _, basic := r.BasicAuth(); err == nil && basic && user != v.Token {
		err = mithaq.Unauthenticated
		wrongToken(r.Context())
	}
	return v, err
}

// bearer is the service that bears a token.
func (n *Node) bearer(ctx context.Context, token string) (v mithaq.Viewer, err error) {
	err = n.store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = n.accounts.Viewer(tx, token)
		return err
	})
	if err == nil && v.Token == "" {
		err = mithaq.Unauthenticated
	}
	if errors.Is(err, mithaq.Unauthenticated) {
		wrongToken(ctx)
	}
	return v, err
}

// toolHosts are the names by which tools may call the node: that of the
// listener, and this machine's.
func (c *Config) toolHosts() []string {
	return thisMachine(c.Tools)
}

// thisMachine are the names of a listener and of this machine.
func thisMachine(addr string) []string {
	host, _, _ := net.SplitHostPort(addr)
	return []string{strings.ToLower(host), "localhost", "127.0.0.1", "::1"}
}

// atHosts refuses requests for other names, so that a page in a browser of this
// machine cannot reach the node by a name of its own that leads here.
// RFC 9110, 7.4 and RFC 9110, 15.5.20
func atHosts(hosts []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(strings.TrimSuffix(strings.ToLower(host), "."), "[]")
		if !slices.Contains(hosts, host) {
			taxii.Refuse(w, r, taxii.Errorf(http.StatusMisdirectedRequest, "no such host is served here"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
