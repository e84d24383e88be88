package main

import (
	"crypto/rand"
	"encoding/base32"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/fingerprint"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// initFlags are what a new node is told.
type initFlags struct {
	config     node.Config
	names      []string
	people     []string
	secret     string
	work       int
	contacts   []string
	makeSecret bool
}

func (a *app) initVerb() *cobra.Command {
	f := &initFlags{config: node.Default("")}
	cmd := &cobra.Command{
		Use:   "init ORGANISATION",
		Short: "Make a node: keys, card, database, and its first two persons",
		Long: `Makes a node in the folder that --dir names, for an organisation such as atlas.example.

The first persons are enrolled together, with --person HANDLE=NAME:ROLE,ROLE given at least twice. Roles:
analyst, releaser, supervisor, legal-officer, auditor, administrator, guest. Each finds a credential
(HANDLE.key, under a passphrase) and a sign-in (HANDLE.token) in the folder people/, to take away.

The organisation's key, keys/organisation.key, is needed only to change the card. Take it off line.`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.init(cmd, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.names, "name", nil, "what people call it, by language: en=Atlas (repeat)")
	flags.StringVar(&f.config.Address, "address", "", "where partners reach this node: https://host:port")
	flags.StringVar(&f.config.Listen, "listen", f.config.Listen, "where it listens for partners")
	flags.StringVar(&f.config.Pages, "pages", f.config.Pages, "where it listens for people's browsers")
	flags.StringVar(&f.config.Tools, "tools", f.config.Tools, "where it listens for the organisation's own TAXII tools and MISP clients")
	flags.StringVar(&f.config.Store, "store", f.config.Store, "sqlite, or postgres://...")
	flags.StringArrayVar(&f.people, "person", nil, "HANDLE=NAME:ROLE,ROLE (at least two)")
	flags.StringVar(&f.secret, "secret", "prompt", "where passphrases come from: prompt, file:PATH, credential:NAME, env:NAME")
	flags.BoolVar(&f.makeSecret, "make-secret", false, "make a passphrase and keep it in the folder, in a file of its own: for trying out")
	flags.IntVar(&f.work, "work", 0, "how hard passphrases are to guess, as a power of two (0: the default)")
	flags.StringArrayVar(&f.contacts, "contact", nil, "KIND=VALUE, such as phone=+000000 (repeat)")
	return cmd
}

func (a *app) init(cmd *cobra.Command, f *initFlags, org string) error {
	if err := mithaq.OrgID(org).Check(); err != nil {
		return usage("cli.want-organisation", org)
	}
	start, err := a.start(f, mithaq.OrgID(org))
	if err != nil {
		return err
	}
	made, err := node.Init(cmd.Context(), a.dir, *start)
	if err != nil {
		return err
	}
	return a.showMade(made)
}

func (a *app) start(f *initFlags, org mithaq.OrgID) (*node.Start, error) {
	c := f.config
	c.Organisation, c.Secret, c.Language = org, f.secret, a.say.Lang()
	c.Name = map[string]string{"en": string(org)}
	for _, pair := range f.names {
		lang, name, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usage("cli.want", say.Text("--name"), pair, say.Text("en=Atlas"))
		}
		c.Name[lang] = name
	}
	for _, pair := range f.contacts {
		kind, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usage("cli.want", say.Text("--contact"), pair, say.Text("phone=+000000"))
		}
		c.Contacts = append(c.Contacts, node.Contact{Kind: kind, Value: value})
	}
	if f.makeSecret {
		if err := a.makeSecret(&c); err != nil {
			return nil, err
		}
	}
	people, err := a.founders(f, c.Secret)
	if err != nil {
		return nil, err
	}
	off, err := a.newSecret(c.Secret, a.say.T("ask.passphrase-organisation", string(org)))
	if err != nil {
		return nil, err
	}
	own, err := a.newSecret(c.Secret, a.say.T("ask.passphrase-node", string(org)))
	return &node.Start{
		Config: c, People: people,
		Organisation: keys.Sealing{Secret: off, Work: f.work}, Node: keys.Sealing{Secret: own, Work: f.work},
	}, err
}

// makeSecret keeps 160 random bits in a file that only its owner reads.
func (a *app) makeSecret(c *node.Config) error {
	var random [20]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	path := filepath.Join(a.dir, "keys", "passphrase")
	if err := durable.Mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	if path, err := filepath.Abs(path); err == nil {
		c.Secret = "file:" + path
	}
	return durable.WriteFile(path, []byte(base32.StdEncoding.EncodeToString(random[:])+"\n"))
}

func (a *app) showMade(made *node.Made) error {
	print := fingerprint.Of(made.Card.Organisation.Ed25519, made.Card.Organisation.MLDSA65)
	if a.json {
		return a.writeJSON(map[string]any{
			"organisation": made.Card.Org, "card": made.Card.Digest, "fingerprint": print.String(),
			"words": print.Words(a.say.Lang()), "digits": print.Digits(), "people": made.People,
		})
	}
	a.print("cli.made", string(made.Card.Org), a.dir)
	a.print("cli.fingerprint")
	a.printf("  %s", strings.Join(print.Words(a.say.Lang()), " "))
	a.printf("  %s", strings.Join(print.Digits(), " "))
	for _, p := range made.People {
		a.print("cli.made-person", p.Handle, p.Credential, p.Token)
	}
	a.print("cli.take-off-line", node.OrganisationKey(a.dir))
	a.print("cli.serve-next", a.dir)
	return nil
}
