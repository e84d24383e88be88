package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A world is some nodes that serve in this process, with mutual TLS on loopback.
type world struct {
	dir   string
	log   *slog.Logger
	work  int       // how hard passphrases are to guess, as a power of two
	tools bool      // whether the nodes serve tools
	keeps *database // where the nodes keep what they have; SQLite when nil
	nodes []*desk
}

// quick is how hard the passphrases are to guess where that is not measured.
const quick = 10

// A desk is one organisation's node and its people.
type desk struct {
	*node.Node
	org     mithaq.OrgID
	dir     string
	address string
	seal    keys.Sealing
	people  []mithaq.PersonID
	stop    context.CancelFunc
	served  *errgroup.Group
}

// The people of a desk: who imports and releases, and two who accept partners
// and sign.
const (
	officer = iota
	chief
	legal
)

var founders = []account.Newcomer{
	{Name: "Officer", Roles: []mithaq.Role{mithaq.Analyst, mithaq.Releaser}},
	{Name: "Chief", Roles: []mithaq.Role{mithaq.Supervisor}},
	{Name: "Legal", Roles: []mithaq.Role{mithaq.LegalOfficer}},
}

// What is shared here for, and on which basis.
const (
	purpose = mithaq.NetworkDefence
	basis   = "MoU 4"
)

const passphrase = "measures, and keeps nothing"

// add makes a node and lets it serve.
func (w *world) add(ctx context.Context, org mithaq.OrgID) (*desk, error) {
	d := &desk{org: org, dir: filepath.Join(w.dir, string(org))}
	if err := d.init(ctx, w); err != nil {
		return nil, fmt.Errorf("%s: %w", org, err)
	}
	w.nodes = append(w.nodes, d)
	return d, d.start(ctx, w.log)
}

func (d *desk) init(ctx context.Context, w *world) error {
	secret := filepath.Join(d.dir, "keys", "passphrase")
	d.seal = keys.Sealing{Secret: keys.FromFile(secret), Work: w.work}
	if err := durable.Mkdir(filepath.Dir(secret)); err != nil {
		return err
	}
	if err := durable.WriteFile(secret, []byte(passphrase+"\n")); err != nil {
		return err
	}
	c := node.Default(d.org)
	c.Tools, c.Pages, c.Secret = "", "", "file:"+secret
	var err error
	if c.Listen, err = freePort(); err != nil {
		return err
	}
	if w.tools {
		if c.Tools, err = freePort(); err != nil {
			return err
		}
	}
	c.Address = "https://" + c.Listen
	d.address = c.Address
	if w.keeps != nil {
		if c.Store, err = w.keeps.url(); err != nil {
			return err
		}
	}
	people := make([]node.Founder, len(founders))
	for i, p := range founders {
		people[i] = node.Founder{Handle: fmt.Sprint("p", i), Newcomer: p, Seal: d.seal}
	}
	made, err := node.Init(ctx, d.dir, node.Start{
		Config: c, People: people, Organisation: d.seal, Node: d.seal, Options: node.Options{Version: "bench", Log: w.log},
	})
	if err != nil {
		return err
	}
	for _, p := range made.People {
		d.people = append(d.people, p.ID)
	}
	return nil
}

func (d *desk) start(ctx context.Context, log *slog.Logger) error {
	ctx, d.stop = context.WithCancel(ctx)
	var err error
	if d.Node, err = node.Open(ctx, d.dir, node.Options{Version: "bench", Log: log, Sealing: &d.seal}); err != nil {
		return err
	}
	l, err := d.Listen()
	if err != nil {
		return err
	}
	d.served = &errgroup.Group{}
	d.served.Go(func() error { return d.Run(ctx, l) })
	return nil
}

// halt stops serving and closes the store.
func (d *desk) halt() error {
	if d.stop == nil {
		return nil
	}
	d.stop()
	err := errors.Join(d.served.Wait(), d.Close())
	d.stop = nil
	return err
}

func (w *world) close() error {
	var faults []error
	for _, d := range w.nodes {
		if d.stop != nil {
			d.stop()
		}
	}
	for _, d := range w.nodes {
		if d.served != nil {
			faults = append(faults, d.halt())
		}
	}
	return errors.Join(faults...)
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// viewer is one of the desk's people with a reason.
func (d *desk) viewer(ctx context.Context, who int) (v mithaq.Viewer, err error) {
	err = d.Store().Read(ctx, func(tx *store.Tx) error {
		v, err = d.Accounts().PersonViewer(tx, d.people[who])
		return err
	})
	v.Reason, v.Purpose, v.Basis = "measuring", purpose, basis
	return v, err
}

// acquaint makes two nodes partners: two persons on each side hear the other's
// desk read digits.
func acquaint(ctx context.Context, a, b *desk) error {
	va, err := a.viewer(ctx, legal)
	if err != nil {
		return err
	}
	vb, err := b.viewer(ctx, legal)
	if err != nil {
		return err
	}
	code, err := a.Peer().Invite(ctx, va, "bench")
	if err != nil {
		return err
	}
	if _, err := b.Peer().Introduce(ctx, vb, a.address, code); err != nil {
		return err
	}
	return errors.Join(a.hear(ctx, b), b.hear(ctx, a))
}

func (d *desk) hear(ctx context.Context, other *desk) error {
	heard := map[int]string{}
	err := other.Store().Read(ctx, func(tx *store.Tx) error {
		print, err := other.Peer().Print(tx, other.org)
		for _, at := range []int{2, 7, 11} {
			heard[at] = print.Digits()[at-1]
		}
		return err
	})
	for _, who := range []int{chief, legal} {
		v, err2 := d.viewer(ctx, who)
		if err = errors.Join(err, err2); err != nil {
			return err
		}
		if _, err := d.Peer().Accept(ctx, v, other.org, heard, "known before"); err != nil {
			return err
		}
	}
	return err
}

// agree brings a pact into force between two nodes, on the daily terms and for
// these types too.
func agree(ctx context.Context, a, b *desk, types []string) (stix.ID, error) {
	p, err := draft(ctx, a, b, types)
	if err != nil {
		return "", err
	}
	return p.ID, agreeOn(ctx, a, b, p)
}

// agreeOn brings a text into force between two nodes.
func agreeOn(ctx context.Context, a, b *desk, p *mithaq.Pact) error {
	va, err := a.viewer(ctx, legal)
	if err != nil {
		return err
	}
	vb, err := b.viewer(ctx, legal)
	if err != nil {
		return err
	}
	digest := p.Digest()
	err = a.Store().Write(ctx, func(tx *store.Tx) error {
		if err := a.Pacts().Draft(tx, va, p); err != nil {
			return err
		}
		if err := a.Pacts().Propose(tx, va, digest); err != nil {
			return err
		}
		return a.Pacts().Sign(tx, va, digest)
	})
	if err != nil {
		return err
	}
	err = until(ctx, func() (bool, error) {
		err := b.Store().Write(ctx, func(tx *store.Tx) error { return b.Pacts().Sign(tx, vb, digest) })
		return err == nil, gone(err)
	})
	if err != nil {
		return err
	}
	return errors.Join(a.inForce(ctx, p), b.inForce(ctx, p))
}

// inForce waits until a pact binds both.
func (d *desk) inForce(ctx context.Context, p *mithaq.Pact) error {
	return until(ctx, func() (in bool, err error) {
		err = d.Store().Read(ctx, func(tx *store.Tx) error {
			current, err := d.Pacts().Current(tx, p.ID)
			in = current == p.Digest()
			return gone(err)
		})
		return in, err
	})
}

// gone passes over what is not there yet.
func gone(err error) error {
	if errors.Is(err, mithaq.NotFound) {
		return nil
	}
	return err
}

func draft(ctx context.Context, a, b *desk, types []string) (*mithaq.Pact, error) {
	terms, err := mithaq.Template(mithaq.DailyIndicators)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	terms.From, terms.Until = mithaq.At(now.AddDate(0, 0, -1)), mithaq.At(now.AddDate(1, 0, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: basis, Text: map[string]string{"en": "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Law 18-07"}, Assurances: map[string]string{"en": "Annex B"}}
	terms.Flows[0].Types = union(terms.Flows[0].Types, types)
	for _, t := range types {
		if len(t) > 2 && t[:2] == "x-" {
			terms.Impersonal = union(terms.Impersonal, []string{t})
		}
	}
	var parties []mithaq.Party
	for _, d := range []*desk{a, b} {
		party, err := d.party(ctx)
		if err != nil {
			return nil, err
		}
		parties = append(parties, party)
	}
	return mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(now), map[string]string{"en": "Daily indicators"}, parties, terms), nil
}

func union(list, more []string) []string {
	seen := map[string]bool{}
	for _, s := range list {
		seen[s] = true
	}
	for _, s := range more {
		if !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

func (d *desk) party(ctx context.Context) (mithaq.Party, error) {
	p := mithaq.Party{Org: d.org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": string(d.org)}}
	err := d.Store().Read(ctx, func(tx *store.Tx) error {
		_, digest, err := d.Peer().Card(tx)
		if err != nil {
			return err
		}
		c, err := d.Peer().CardOf(tx, digest)
		if err == nil {
			p.Card, p.Fingerprint = digest, c.Organisation.Fingerprint()
		}
		return err
	})
	return p, err
}

// profile keeps the labels of a data set.
func (d *desk) profile(ctx context.Context) (stix.ID, error) {
	v, err := d.viewer(ctx, legal)
	if err != nil {
		return "", err
	}
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(time.Now()), "bench")
	p.Org, p.Person, p.Basis = d.org, v.Person, mithaq.LegalBasis{Ref: basis}
	p.Default = mithaq.Handling{
		TLP: stix.TLPClear, PAP: mithaq.PAPClear, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info2,
		Subjects: mithaq.SubjectNone, Nature: mithaq.Fact, Originator: d.org,
		Purposes: []mithaq.Purpose{purpose, mithaq.Cybercrime}, RetainDays: 365, Onward: mithaq.OnwardOpen,
	}
	return p.ID, d.Store().Write(ctx, func(tx *store.Tx) error {
		_, err := d.Gate().KeepProfile(tx, v, p)
		return err
	})
}

// take imports a file.
func (d *desk) take(ctx context.Context, path string, tell func(objects, bytes int64)) (*gate.Report, stix.ID, error) {
	profile, err := d.profile(ctx)
	if err != nil {
		return nil, "", err
	}
	v, err := d.viewer(ctx, officer)
	if err != nil {
		return nil, "", err
	}
	f, err := open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	r, err := d.Gate().Intake(ctx, v, f, gate.Import{Profile: profile, Tell: tell})
	return r, profile, err
}

// patience is how long anything that is waited for may take.
const patience = 5 * time.Minute

// until looks again and again until something is so.
func until(ctx context.Context, so func() (bool, error)) error {
	deadline := time.Now().Add(patience)
	for {
		done, err := so()
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return errors.New("bench: waited in vain")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// inWorld measures in a folder of its own, which goes afterwards.
func (o *Options) inWorld(ctx context.Context, measure func(w *world) ([]Figure, error)) (list []Figure, err error) {
	dir, err := os.MkdirTemp(o.Dir, "mithaq-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w := &world{dir: dir, log: o.log(), work: quick}
	list, err = measure(w)
	return list, errors.Join(err, w.close())
}
