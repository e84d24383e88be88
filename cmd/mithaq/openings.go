package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/fingerprint"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// maxOpeningsFile bounds a file of openings once it is unsealed.
const maxOpeningsFile = 1 << 30

func (a *app) logOpenVerb() *cobra.Command {
	var to, out string
	cmd := verb("open CASE", "Write what opens every entry of a case, sealed to the auditor (with --reason)", 1, func(cmd *cobra.Command, args []string) error {
		if to == "" || out == "" {
			return usage("cli.open-needs")
		}
		in := api.OpeningsIn{Case: stix.ID(args[0]), To: to}
		c, err := a.client()
		if err != nil {
			return err
		}
		var s api.Sealed
		if err := c.Do(cmd.Context(), http.MethodPost, "/v1/log/openings", in, &s); err != nil {
			return err
		}
		if err := durable.WriteFile(out, s.File); err != nil {
			return err
		}
		return a.tell(map[string]any{"case": s.Case, "entries": s.Entries, "file": out}, func() {
			a.print("cli.opened", s.Entries, string(s.Case), out)
		})
	})
	cmd.Long = `For auditors. The file holds the accounts, salts and proofs of the entries that name the case or one of its
releases, in this node's log and in those it shares with partners, and no content. Only the identity of the
age recipient opens it. That it was given is an entry. Check it anywhere, off line, with: mithaq log check FILE`
	cmd.Flags().StringVar(&to, "to", "", "the auditor's own age recipient, age1...")
	cmd.Flags().StringVarP(&out, "out", "o", "", "the file to write")
	return cmd
}

func (a *app) logCheckVerb() *cobra.Command {
	var identity, item string
	cmd := verb("check FILE", "Check openings off line: each account, each proof, and whether an object crossed", 1, func(_ *cobra.Command, args []string) error {
		o, err := readOpenings(args[0], identity)
		if err != nil {
			return err
		}
		var raw []byte
		if item != "" {
			if raw, err = os.ReadFile(item); err != nil {
				return err
			}
			raw = bytes.TrimSpace(raw) // an object begins and ends with its braces
		}
		c, err := checkOpenings(o, raw)
		if err != nil {
			return err
		}
		return a.showChecked(o, c)
	})
	cmd.Long = `Needs no node. Compare the digits it prints with those you have of each organisation: the proofs are worth
what the fingerprints are. --item FILE says which messages carried exactly these bytes. Exit code 6: something does not fit.`
	cmd.Flags().StringVarP(&identity, "identity", "i", "", "the file with the age identity")
	cmd.Flags().StringVar(&item, "item", "", "a file with an object, byte for byte")
	return cmd
}

// readOpenings reads a sealed file to its end before it looks at any of it.
func readOpenings(path, identity string) (*ledger.Openings, error) {
	ids, err := identities(identity)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := age.Decrypt(f, ids...)
	if err != nil {
		return nil, mithaq.Refuse(mithaq.Unauthenticated, "cli.openings-sealed", path)
	}
	raw, err := io.ReadAll(io.LimitReader(plain, maxOpeningsFile+1))
	if err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "cli.openings-none", path)
	}
	var o ledger.Openings
	if err := strict.Decode(raw, maxOpeningsFile, &o); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if o.Type != ledger.TypeOpenings || o.Version != 1 {
		return nil, mithaq.Refuse(mithaq.Invalid, "cli.openings-none", path)
	}
	return &o, nil
}

// A checked says what a check of openings found.
type checked struct {
	Case         stix.ID                   `json:"case"`
	Organisation mithaq.OrgID              `json:"organisation"`
	Entries      int                       `json:"entries"`
	Fingerprints map[mithaq.OrgID][]string `json:"fingerprints"` // digits
	Faults       []openingFault            `json:"faults"`
	Carried      []carriedAt               `json:"carried,omitempty"`
}

type openingFault struct {
	Origin string `json:"origin"`
	Index  int64  `json:"index"`
	Text   string `json:"text"`
}

type carriedAt struct {
	Origin   string `json:"origin"`
	Index    int64  `json:"index"`
	Position int    `json:"position"`
}

func checkOpenings(o *ledger.Openings, raw []byte) (*checked, error) {
	c := &checked{Case: o.Case, Organisation: o.Organisation, Entries: len(o.Entries), Faults: []openingFault{}}
	keys, prints, err := logKeys(o.Cards)
	if err != nil {
		return nil, err
	}
	c.Fingerprints = prints
	for i := range o.Entries {
		e := &o.Entries[i]
		verifier, err := ledger.LogVerifier(e.Origin, keys[ledger.OwnerOf(e.Origin)]...)
		if err == nil {
			err = e.Check(verifier)
		}
		if err != nil {
			c.Faults = append(c.Faults, openingFault{e.Origin, e.Index, err.Error()})
			continue
		}
		if at := e.Carried(raw); raw != nil && at >= 0 {
			c.Carried = append(c.Carried, carriedAt{e.Origin, e.Index, at})
		}
	}
	return c, nil
}

// logKeys are the log keys on the cards, by organisation. An organisation has one
// key that signs its cards: two are a forgery.
func logKeys(cards []json.RawMessage) (map[mithaq.OrgID][]*mithaq.PublicKey, map[mithaq.OrgID][]string, error) {
	keys, prints := map[mithaq.OrgID][]*mithaq.PublicKey{}, map[mithaq.OrgID][]string{}
	seen := map[mithaq.KeyID]bool{}
	for _, raw := range cards {
		c, err := card.Read(raw)
		if err != nil {
			return nil, nil, err
		}
		digits := fingerprint.Of(c.Organisation.Ed25519, c.Organisation.MLDSA65).Digits()
		if had := prints[c.Org]; had != nil && !slices.Equal(had, digits) {
			return nil, nil, mithaq.Refuse(mithaq.Unauthenticated, "cli.openings-cards", string(c.Org))
		}
		prints[c.Org] = digits
		for i := range c.Keys {
			if k := &c.Keys[i]; k.Use == mithaq.KeyLog && !seen[k.ID] {
				seen[k.ID] = true
				keys[c.Org] = append(keys[c.Org], k)
			}
		}
	}
	return keys, prints, nil
}

func (a *app) showChecked(o *ledger.Openings, c *checked) error {
	if a.json {
		if err := a.writeJSON(c); err != nil {
			return err
		}
	} else {
		a.tellChecked(o, c)
	}
	if len(c.Faults) > 0 {
		return differs{errors.New(a.say.N("cli.faults", len(c.Faults)))}
	}
	return nil
}

func (a *app) tellChecked(o *ledger.Openings, c *checked) {
	a.print("cli.openings", string(c.Organisation), c.Entries, string(c.Case))
	for _, org := range slices.Sorted(maps.Keys(c.Fingerprints)) {
		a.print("cli.openings-compare", string(org))
		a.printf("  %s", strings.Join(c.Fingerprints[org], " "))
	}
	origin := ""
	for i := range o.Entries {
		e := api.Entry{Index: o.Entries[i].Index}
		if json.Unmarshal([]byte(o.Entries[i].Account), &e.Account) != nil {
			continue // told as a fault
		}
		if o.Entries[i].Origin != origin {
			origin = o.Entries[i].Origin
			a.printf("%s", origin)
		}
		a.showEntry(&e)
	}
	for _, at := range c.Carried {
		a.print("cli.openings-carried", at.Origin, at.Index, at.Position+1)
	}
	for _, f := range c.Faults {
		a.printf("  ✗ %s #%d: %s", f.Origin, f.Index, f.Text)
	}
}
