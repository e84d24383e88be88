package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
)

func (a *app) cardVerb() *cobra.Command {
	return family("card", "This node's card and its fingerprint",
		verb("show", "Who this node is, and the words and digits to read out", 0, a.cardShow),
		verb("export", "Print the card, to hand over", 0, a.cardExport),
		verb("keys", "The operational keys on the card in this folder", 0, a.cardKeys),
		a.rotateVerb(), a.revokeVerb(),
	)
}

func (a *app) cardShow(cmd *cobra.Command, _ []string) error {
	var n api.Node
	return a.do(cmd.Context(), http.MethodGet, "/v1/node?lang="+a.say.Lang(), nil, &n, func() {
		a.printf("%s  %s", string(n.Organisation), a.inMyLanguage(n.Name))
		a.print("cli.fingerprint")
		a.printPositions(n.Words, n.Digits)
		if n.Quarantine != "" {
			a.print("cli.quarantine", n.Quarantine)
		}
	})
}

// printPositions lays words and digits out by position, to be read over a telephone.
func (a *app) printPositions(words, digits []string) {
	for i := range words {
		fmt.Fprintf(a.out, "  %2d  %s  %s\n", i+1, digits[i], a.say.Iso(words[i]))
	}
}

func (a *app) cardExport(cmd *cobra.Command, _ []string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := c.Do(cmd.Context(), http.MethodGet, "/v1/card", nil, &raw); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, strings.TrimSpace(string(raw)))
	return err
}

func (a *app) cardKeys(*cobra.Command, []string) error {
	c, _, err := node.ReadCard(a.dir)
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(c.Keys)
	}
	for i := range c.Keys {
		k := &c.Keys[i]
		state := a.say.T("cli.key-until", k.ValidUntil)
		if r := c.Revocation(k.ID); r != nil {
			state = a.say.T("cli.key-revoked", r.At)
		}
		fmt.Fprintf(a.out, "%-8s  %s  %s\n", k.Use, k.ID, state)
	}
	return nil
}

// rekeyFlags say where the two secrets of a new card come from.
type rekeyFlags struct {
	organisation, organisationSecret, secret string
	uses                                     []string
	work                                     int
}

const rekeyLong = `Works in the folder, not through the running node: it opens the organisation's key, which the node never does.
Bring that key back for the moment (or name it with --organisation-key), and take it off line again. Then start the
node anew: it goes by the new keys, and shows the new card to its partners. Their people need not compare anything,
since the fingerprint is that of the organisation's key, which stays.`

func (a *app) rotateVerb() *cobra.Command {
	f := &rekeyFlags{}
	cmd := verb("rotate", "Make new operational keys and the next card, with the organisation's key", 0, func(cmd *cobra.Command, _ []string) error {
		return a.nextCard(cmd, f, node.Rekey{})
	})
	cmd.Long = rekeyLong
	f.add(cmd)
	return cmd
}

func (a *app) revokeVerb() *cobra.Command {
	f := &rekeyFlags{}
	cmd := &cobra.Command{
		Use: "revoke KEY ...", Short: "End operational keys now, make new ones, and the next card (with --reason)", Args: atLeast(1),
		Long: "What a revoked key signed until now still counts; nothing that it signs afterwards does.\n\n" + rekeyLong,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.reason == "" {
				return usage("cli.say-why")
			}
			r := node.Rekey{Reason: a.reason}
			for _, id := range args {
				r.Revoke = append(r.Revoke, mithaq.KeyID(id))
			}
			return a.nextCard(cmd, f, r)
		},
	}
	f.add(cmd)
	return cmd
}

func (f *rekeyFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.organisation, "organisation-key", "", "the organisation's key (else keys/organisation.key)")
	flags.StringVar(&f.organisationSecret, "organisation-secret", "", "where its passphrase comes from (else as the node's)")
	flags.StringVar(&f.secret, "secret", "", "where the passphrase of the node's keys comes from (else as mithaq.toml says)")
	flags.StringArrayVar(&f.uses, "use", nil, "make a new key of this use only: tls, message, log, witness, mirror, seal (repeat)")
	flags.IntVar(&f.work, "work", 0, "how hard passphrases are to guess, as a power of two (0: the default)")
}

func (a *app) nextCard(cmd *cobra.Command, f *rekeyFlags, r node.Rekey) error {
	if err := a.rekeySecrets(f, &r); err != nil {
		return err
	}
	r.Organisation, r.Now = f.organisation, time.Now()
	for _, use := range f.uses {
		r.Uses = append(r.Uses, mithaq.KeyUse(use))
	}
	made, err := node.NextCard(cmd.Context(), a.dir, r)
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(map[string]any{"serial": made.Card.Serial, "digest": made.Card.Digest, "added": made.Added, "revoked": r.Revoke})
	}
	a.print("cli.card-made", made.Card.Serial, node.CardFile(a.dir))
	for _, k := range made.Added {
		fmt.Fprintf(a.out, "  + %-8s  %s\n", k.Use, k.ID)
	}
	for _, id := range r.Revoke {
		fmt.Fprintf(a.out, "  - %s\n", id)
	}
	a.print("cli.card-next")
	return nil
}

func (a *app) rekeySecrets(f *rekeyFlags, r *node.Rekey) error {
	c, err := node.ReadConfig(a.dir)
	if err != nil {
		return err
	}
	if f.secret == "" {
		f.secret = c.Secret
	}
	if f.organisationSecret == "" {
		f.organisationSecret = f.secret
	}
	org, err := a.secret(f.organisationSecret, a.say.T("ask.passphrase-organisation", string(c.Organisation)))
	if err != nil {
		return err
	}
	own, err := a.secret(f.secret, a.say.T("ask.passphrase-node", string(c.Organisation)))
	r.OrgSeal, r.NodeSeal = keys.Sealing{Secret: org, Work: f.work}, keys.Sealing{Secret: own, Work: f.work}
	return err
}
