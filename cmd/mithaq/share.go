package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

func (a *app) shareVerb() *cobra.Command {
	var in api.AskIn
	var dry bool
	cmd := &cobra.Command{
		Use: "share [ID ...]", Short: "Share under a pact: what goes to each partner, and why the rest stays",
		Long: `Shares the last version of each ID, or everything under --source, --giver or --type, with the partners of --pact.
With --purpose, and --basis as a reference of the pact's legal basis. --dry-run only says what each would get.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in.IDs, in.Purpose, in.Basis = args, a.purpose, a.basis
			if dry {
				return a.preview(cmd, &in)
			}
			return a.share(cmd, &in)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&dry, "dry-run", false, "say what each partner would get, and why not the rest; send nothing")
	f.StringVar(&in.Pact, "pact", "", "the pact")
	f.StringArrayVar(&in.To, "to", nil, "one partner only (repeat)")
	f.StringArrayVar(&in.Types, "type", nil, "one STIX type only (repeat)")
	f.StringVar(&in.Source, "source", "", "everything held under this source profile")
	f.StringVar(&in.Giver, "giver", "", "everything given by this organisation")
	f.StringVar(&in.Case, "case", "", "for this case")
	f.BoolVar(&in.All, "all-versions", false, "every version, not the last alone")
	f.StringArrayVar(&in.Urgency, "urgency", nil, "routine, urgent or emergency")
	f.StringVar(&in.Inquiry, "inquiry", "", "as an answer to this inquiry of a partner's")
	f.StringArrayVar(&in.Recipients, "recipient", nil, "a person named, for TLP:RED (repeat)")
	return cmd
}

func (a *app) preview(cmd *cobra.Command, in *api.AskIn) error {
	var all []api.Preview
	return a.do(cmd.Context(), http.MethodPost, "/v1/preview", in, &all, func() {
		for i := range all {
			a.showPreview(&all[i])
		}
	})
}

func (a *app) share(cmd *cobra.Command, in *api.AskIn) error {
	var all []api.Proposal
	return a.do(cmd.Context(), http.MethodPost, "/v1/releases", in, &all, func() {
		for i := range all {
			a.showPreview(&all[i].Preview)
			switch {
			case all[i].Release == "":
				a.print("cli.nothing-goes", string(all[i].To))
			case all[i].State == "proposed":
				a.print("cli.release-waits", string(all[i].Release))
			default:
				a.print("cli.release-sent", string(all[i].Release), string(all[i].To))
			}
		}
	})
}

// showPreview says what goes, and quotes the article for each reason that something stays.
func (a *app) showPreview(p *api.Preview) {
	a.print("cli.get", string(p.To), p.Items, p.Goes, p.Reviews)
	for i := range p.Stays {
		a.showStay(&p.Stays[i])
	}
	a.showWarnings(p.Warnings)
}

func (a *app) showStay(s *api.Stay) {
	fmt.Fprintf(a.out, "  %s\n", a.say.N("cli.stay", s.Count))
	for _, item := range s.Items {
		fmt.Fprintf(a.out, "    %s\n", say.Clean(string(item.ID)))
	}
	for _, r := range s.Reasons {
		fmt.Fprintf(a.out, "    %-5s %s\n          %s\n          %s\n", r.Clause, a.say.Message(r.Asks), a.say.Message(r.Has), a.say.Message(r.Do))
	}
	for _, line := range s.RedLines {
		fmt.Fprintf(a.out, "    %s\n", a.say.T("cli.red-line", line))
	}
}

func (a *app) releaseVerb() *cobra.Command {
	return family("release", "What was decided to go, and how far it has come", a.releaseListVerb(),
		verb("show RELEASE", "One release", 1, func(cmd *cobra.Command, args []string) error {
			var r api.Release
			return a.do(cmd.Context(), http.MethodGet, releasePath(args[0]), nil, &r, func() { a.showRelease(&r) })
		}),
		a.approveVerb(), a.refuseVerb(),
	)
}

func releasePath(id string) string { return "/v1/releases/" + url.PathEscape(id) }

func (a *app) showRelease(r *api.Release) {
	a.printf("%s  %s  %s  %d", string(r.ID), a.word("release", string(r.State)), string(r.To), r.Count)
	a.print("cli.release-why", a.word("purpose", string(r.Purpose)), r.Basis, string(r.Proposer), r.At)
	for _, p := range r.Approvals {
		a.print("cli.release-approved", string(p))
	}
	if r.Delivery != "" {
		a.print("cli.release-way", a.word("delivery", r.Delivery), r.Handed, r.Accepted, r.Refused)
	}
	for _, o := range r.Refusals {
		fmt.Fprintf(a.out, "  #%d %v %s\n", o.Index, o.Clauses, say.Clean(o.Text))
	}
	if r.RefusedAll != nil {
		fmt.Fprintf(a.out, "  %s\n", a.say.T(r.RefusedAll.Key, strs(r.RefusedAll.Args)...))
	}
}

func (a *app) releaseListVerb() *cobra.Command {
	var state string
	cmd := verb("list", "Releases, the newest last", 0, func(cmd *cobra.Command, _ []string) error {
		var all []api.Release
		return a.do(cmd.Context(), http.MethodGet, "/v1/releases?state="+url.QueryEscape(state), nil, &all, func() {
			if len(all) == 0 {
				a.print("cli.no-releases")
			}
			for i := range all {
				a.showRelease(&all[i])
			}
		})
	})
	cmd.Flags().StringVar(&state, "state", "", "proposed, sending, sent, refused or stopped")
	return cmd
}

// approveVerb signs here: the credential's passphrase never leaves this process.
func (a *app) approveVerb() *cobra.Command {
	var credential, secret string
	cmd := verb("approve RELEASE", "Sign a release as the second person, with your credential", 1, func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		var r api.Release
		if err := c.Do(cmd.Context(), http.MethodGet, releasePath(args[0]), nil, &r); err != nil {
			return err
		}
		a.showRelease(&r)
		cred, err := a.credential(credential, secret)
		if err != nil {
			return err
		}
		approval := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(time.Now()), cred.Org, r.Digest, cred.Person, cred.Pair.KeyID(), mithaq.SoftwareKey)
		sig, _, err := sign.Object(cred.Pair, mithaq.UseApproval, approval)
		if err != nil {
			return err
		}
		approval.Signatures = []mithaq.Signature{sig}
		return a.do(cmd.Context(), http.MethodPost, releasePath(args[0])+"/approvals", approval, &r, func() { a.print("cli.approved", string(r.ID)) })
	})
	a.credentialFlags(cmd, &credential, &secret)
	return cmd
}

func (a *app) credentialFlags(cmd *cobra.Command, credential, secret *string) {
	cmd.Flags().StringVar(credential, "credential", "", "your credential's file (else people/HANDLE.key for --as HANDLE)")
	cmd.Flags().StringVar(secret, "secret", "", "where its passphrase comes from: prompt, file:PATH, env:NAME (else the node's)")
}

// credential opens a person's key file.
func (a *app) credential(path, secret string) (*keys.Credential, error) {
	if path == "" {
		path = filepath.Join(node.People(a.dir), a.as+".key")
	}
	if secret == "" {
		c, err := node.ReadConfig(a.dir)
		if err != nil {
			return nil, err
		}
		secret = c.Secret
	}
	from, err := a.secret(secret, a.say.T("ask.passphrase-credential", path))
	if err != nil {
		return nil, err
	}
	return keys.LoadCredential(path, keys.Sealing{Secret: from})
}

func (a *app) refuseVerb() *cobra.Command {
	return verb("refuse RELEASE", "Say no to a release (with --reason)", 1, func(cmd *cobra.Command, args []string) error {
		var r api.Release
		in := map[string]string{"why": a.reason}
		return a.do(cmd.Context(), http.MethodPost, releasePath(args[0])+"/refuse", in, &r, func() { a.showRelease(&r) })
	})
}

func (a *app) recallVerb() *cobra.Command {
	var only []string
	var why string
	cmd := &cobra.Command{
		Use: "recall ID ...", Short: "Take back what was given, from everybody who got it", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var all []api.Recalled
			in := map[string]any{"ids": args, "reason": why}
			if len(only) > 0 {
				in["only"] = only
			}
			return a.do(cmd.Context(), http.MethodPost, "/v1/recalls", in, &all, func() {
				if len(all) == 0 {
					a.print("cli.recall-nobody")
				}
				for _, r := range all {
					fmt.Fprintln(a.out, a.say.N("cli.erase-asked", len(r.Items), string(r.To)))
				}
			})
		},
	}
	cmd.Flags().StringVar(&why, "why", string(mithaq.WrongInformation), "wrong, wrong-recipient, protected, court-order, person-request or no-longer-needed")
	cmd.Flags().StringArrayVar(&only, "only", nil, "from this partner only (repeat)")
	return cmd
}

func (a *app) carryVerb() *cobra.Command {
	return family("carry", "Messages on a stick, where there is no line",
		verb("out ORGANISATION FILE", "Seal what waits for a partner into a file", 2, a.carryOut),
		verb("in FILE", "Take a sealed file in", 1, a.carryIn),
	)
}

func (a *app) carryOut(cmd *cobra.Command, args []string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	res, err := c.Stream(cmd.Context(), http.MethodPost, "/v1/carry/out/"+url.PathEscape(args[0]), "application/json", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := writeWhole(args[1], res.Body); err != nil {
		return err
	}
	return a.tell(map[string]any{"to": args[0], "file": args[1]}, func() { a.print("cli.carried-out", args[0], args[1]) })
}

func (a *app) carryIn(cmd *cobra.Command, args []string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	f, err := a.openPlain(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	res, err := c.Stream(cmd.Context(), http.MethodPost, "/v1/carry/in", "application/octet-stream", f)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || a.json {
		_, _ = a.out.Write(raw)
		return err
	}
	return a.showCarried(raw)
}

func (a *app) showCarried(raw []byte) error {
	var got api.Carried
	if err := json.Unmarshal(raw, &got); err != nil {
		return err
	}
	a.print("cli.carried-in", string(got.From), got.Messages, got.Again, got.Receipts)
	for _, p := range got.Refused {
		a.under("cli.carried-refused", say.Text(a.said(p)))
	}
	return nil
}
