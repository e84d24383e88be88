// Package taxiipush hands over to partners who run no node, but a TAXII server with
// a collection that we may write to.
//
// It decides nothing: what comes here went through the gate, under a pact with that
// partner. It sends objects byte for byte, follows each status to its end, and says
// of each object what became of it. Whoever calls it keeps the road's secret, tries
// again later, and enters what happened; to send the same again does no harm.
//
// What an attacker holding such a server can do: keep what it was sent, and lie
// about what it stored. It reaches nothing inside, since it is dialled through the
// guarded dialler and followed to no other host.
package taxiipush

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/internal/dial"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A Road is the way to a partner's collection.
type Road struct {
	URL        string // of the server
	Root       string // API root; "": the server's default one
	Collection string // id or alias
	User       string // for HTTP Basic, with Password
	Password   string
	Token      string // for bearers
	Plain      bool   // http:// is let pass
	Inside     bool   // the host may lie in our own networks
	CA         string // PEM: the only authorities believed
	Agent      string // User-Agent
}

// A State is what became of an object.
type State string

// The states of an object that was handed over.
const (
	Taken   State = "taken"   // the server said that it stored it
	Refused State = "refused" // it said that it did not, and why
	TooLong State = "too-long"
	Unknown State = "unknown" // the server did not say of which object it spoke, or did not answer
)

// A Fate is an object's state, with the server's reason.
type Fate struct {
	State State
	Why   string
}

// A Result has a Fate for each object, in the order in which they were given, and
// the ids of the server's status resources.
type Result struct {
	Fates  []Fate
	Status []string
}

const (
	maxAnswer = 4 << 20
	answers   = 2 * time.Minute
	tries     = 3
	patience  = 10 * time.Minute // for a status that is pending
)

// Push hands objects over, STIX in bytes. On an error the Result still says what is
// known; what is Unknown may be sent again.
func Push(ctx context.Context, road *Road, objects []jsontext.Value) (Result, error) {
	res := Result{Fates: make([]Fate, len(objects))}
	for i := range res.Fates {
		res.Fates[i].State = Unknown
	}
	names, err := namesOf(objects)
	if err != nil {
		return res, err
	}
	feed, done, err := road.open(ctx)
	if err != nil {
		return res, err
	}
	defer done()
	pushed, err := feed.Push(ctx, objects)
	res.Status = pushed.Status
	res.settle(names, &pushed, err == nil)
	return res, err
}

// open finds the API root, and makes the way to the collection.
func (r *Road) open(ctx context.Context) (feed *taxii.Feed, done func(), err error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("the road's URL: %w", err)
	}
	guard := &dial.Guard{}
	if r.Inside {
		guard.Hosts = []string{u.Hostname()}
	}
	if r.CA != "" {
		guard.Roots = x509.NewCertPool()
		if !guard.Roots.AppendCertsFromPEM([]byte(r.CA)) {
			return nil, nil, errors.New("the road's authorities: no certificate in PEM")
		}
	}
	http := guard.Client(maxAnswer)
	c := &taxii.Client{
		URL: r.URL, User: r.User, Password: r.Password, Token: r.Token, HTTP: http, Plain: r.Plain, Agent: r.Agent,
		MaxBody: maxAnswer, Timeout: answers, Tries: tries, Patience: patience,
	}
	root := r.Root
	if root == "" {
		d, err := c.Discover(ctx)
		if err != nil {
			http.CloseIdleConnections()
			return nil, nil, err
		}
		root = d.Default
	}
	return &taxii.Feed{Client: c, Root: root, Collection: r.Collection}, http.CloseIdleConnections, nil
}

// settle gives each object its fate. Where the server refused something that it did
// not name, nothing else is known to be taken.
func (res *Result) settle(names []name, p *taxii.Pushed, whole bool) {
	sent := map[string][]int{} // places of each id
	for i, n := range names {
		sent[n.id] = append(sent[n.id], i)
		if whole {
			res.Fates[i].State = Taken
		}
	}
	for _, d := range p.Refused {
		places, sure := meant(names, sent[d.ID], d.Version)
		if len(places) == 0 { // it spoke of nothing that we sent
			places, sure = every(names), false
		}
		for _, i := range places {
			switch f := &res.Fates[i]; {
			case sure:
				*f = Fate{Refused, d.Message}
			case f.State == Taken:
				*f = Fate{Unknown, d.Message}
			}
		}
	}
	for _, i := range p.TooLong {
		res.Fates[i] = Fate{State: TooLong}
	}
}

// meant are those of the places that a version names; all, and not sure, when it
// fits none of several, as servers write times in their own way.
func meant(names []name, places []int, version string) (found []int, sure bool) {
	if len(places) < 2 || version == "" {
		return places, true
	}
	for _, i := range places {
		if names[i].version == version {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return places, false
	}
	return found, true
}

func every(names []name) []int {
	all := make([]int, len(names))
	for i := range all {
		all[i] = i
	}
	return all
}
