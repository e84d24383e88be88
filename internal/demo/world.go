// Package demo plays "Six days before the final": three organisations of the
// scene as three real nodes on this machine, with real keys and real mutual TLS
// between them. What is told is what the nodes answered.
package demo

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
)

// The persons of each desk, by the names of their files.
const (
	officer = string(scene.Officer)
	chief   = string(scene.Chief)
	auditor = string(scene.Auditor)
)

// seats are the first persons of a desk, with what they may do.
var seats = []struct {
	seat  scene.Seat
	roles []mithaq.Role
}{
	{scene.Officer, []mithaq.Role{mithaq.Analyst, mithaq.Releaser, mithaq.Administrator}},
	{scene.Chief, []mithaq.Role{mithaq.Supervisor, mithaq.LegalOfficer}},
	{scene.Auditor, []mithaq.Role{mithaq.Auditor}},
}

// founders are they, by the names that their own desk uses.
func founders(org mithaq.OrgID, seal keys.Sealing) (list []node.Founder) {
	lang, _, _ := strings.Cut(scene.Locales[org], "-")
	for _, s := range seats {
		list = append(list, node.Founder{
			Handle: string(s.seat), Seal: seal,
			Newcomer: account.Newcomer{Name: scene.FirstName(org, s.seat, lang), Roles: s.roles},
		})
	}
	return list
}

// work is how hard the passphrases of key files are to guess, as a power of
// two: little, since they are random, 160 bits long and kept beside the files.
const work = 10

// A desk is one organisation's node, and its people at the API.
type desk struct {
	org     mithaq.OrgID
	dir     string
	address string
	seal    keys.Sealing // of its people's credentials
	node    *node.Node
	people  map[string]*client.Client
	ids     map[string]mithaq.PersonID
}

// A world is the three desks, serving.
type world struct {
	desks  map[mithaq.OrgID]*desk
	wire   *wire
	stop   context.CancelFunc
	served *errgroup.Group
}

// open makes a node for each organisation in folders below dir, and serves them
// until close. Reasons are given in a language. It says how many are made.
func open(ctx context.Context, dir, lang string, log *slog.Logger, made func(n int)) (*world, error) {
	serving, stop := context.WithCancel(ctx)
	group, serving := errgroup.WithContext(serving)
	w := &world{desks: map[mithaq.OrgID]*desk{}, wire: newWire(), stop: stop, served: group}
	for i, org := range scene.Orgs() {
		made(i)
		name, _, _ := strings.Cut(string(org), ".")
		d, err := openDesk(ctx, filepath.Join(dir, name), org, lang, node.Options{Version: "demo", Log: log, Dial: w.wire.dialer(org)})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", org, err), w.close())
		}
		w.desks[org] = d
		w.wire.listens(org, strings.TrimPrefix(d.address, "https://"))
		if err := d.serve(serving, group); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", org, err), w.close())
		}
	}
	return w, nil
}

// wait serves until the context that the world was opened with ends.
func (w *world) wait() error { return w.served.Wait() }

// close stops serving and closes the stores.
func (w *world) close() error {
	w.stop()
	faults := []error{w.served.Wait()}
	for _, d := range w.desks {
		faults = append(faults, d.node.Close())
	}
	return errors.Join(faults...)
}

func openDesk(ctx context.Context, dir string, org mithaq.OrgID, lang string, o node.Options) (*desk, error) {
	config, seal, err := configure(dir, org)
	if err != nil {
		return nil, err
	}
	o.Sealing = &seal
	made, err := node.Init(ctx, dir, node.Start{Config: config, People: founders(org, seal), Organisation: seal, Node: seal, Options: o})
	if err != nil {
		return nil, err
	}
	d := &desk{
		org: org, dir: dir, address: config.Address, seal: seal,
		people: map[string]*client.Client{}, ids: map[string]mithaq.PersonID{},
	}
	if err := d.signIn(made, lang); err != nil {
		return nil, err
	}
	d.node, err = node.Open(ctx, dir, o)
	return d, err
}

// configure chooses ports, and makes a passphrase that the folder keeps, so that
// every verb works on it afterwards.
func configure(dir string, org mithaq.OrgID) (c node.Config, seal keys.Sealing, err error) {
	c = node.Default(org)
	c.Name = map[string]string{}
	for _, lang := range []string{"ar", "fr", "en", "tr"} {
		c.Name[lang] = scene.FullName(org, lang)
	}
	c.Language, _, _ = strings.Cut(scene.Locales[org], "-")
	desk := scene.Desk(org)
	c.Contacts = []node.Contact{{Kind: "phone", Value: desk.Phone, Languages: []string{c.Language}, Always: true}}
	if c.Listen, err = freePort(); err != nil {
		return c, seal, err
	}
	if c.Tools, err = freePort(); err != nil {
		return c, seal, err
	}
	if c.Pages, err = freePort(); err != nil {
		return c, seal, err
	}
	c.Address = "https://" + c.Listen
	path := filepath.Join(dir, "keys", "passphrase")
	if path, err = filepath.Abs(path); err != nil {
		return c, seal, err
	}
	c.Secret = "file:" + path
	seal = keys.Sealing{Secret: keys.FromFile(path), Work: work}
	return c, seal, makeSecret(path)
}

// makeSecret keeps 160 random bits in a file that only its owner reads.
func makeSecret(path string) error {
	var random [20]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	if err := durable.Mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	return durable.WriteFile(path, []byte(base32.StdEncoding.EncodeToString(random[:])+"\n"))
}

// freePort finds a port of this machine that nobody listens on.
func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// signIn makes a client for each person, with the token that init left for them.
func (d *desk) signIn(made *node.Made, lang string) error {
	for _, p := range made.People {
		token, err := os.ReadFile(p.Token)
		if err != nil {
			return err
		}
		c := client.OverSocket(node.Socket(d.dir), strings.TrimSpace(string(token)))
		c.Reason, c.Purpose, c.Basis = scene.Reason(lang), string(scene.Purpose), scene.Basis
		d.people[p.Handle], d.ids[p.Handle] = c, p.ID
	}
	return nil
}

// person is somebody of the desk by their pseudonym; without a seat where they
// are not one of the three.
func (d *desk) person(id mithaq.PersonID) tell.Person {
	p := tell.Person{Org: d.org, ID: id}
	for handle, one := range d.ids {
		if one == id {
			p.Seat = scene.Seat(handle)
		}
	}
	return p
}

// sits is who has a seat.
func (d *desk) sits(handle string) tell.Person { return d.person(d.ids[handle]) }

func (d *desk) serve(ctx context.Context, group *errgroup.Group) error {
	listeners, err := d.node.Listen()
	if err != nil {
		return err
	}
	group.Go(func() error { return d.node.Run(ctx, listeners) })
	return nil
}
