package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/node"
)

func (a *app) personVerb() *cobra.Command {
	return family("person", "The people of this node",
		verb("list", "Everybody with an account", 0, a.personList),
		verb("me", "Who this sign-in belongs to", 0, a.personMe),
		verb("enrol NAME", "Add a person, without roles yet", 1, a.personEnrol),
		verb("grant PERSON ROLE", "Propose a role, or confirm what another proposed", 2, a.personGrant),
		verb("withdraw PERSON ROLE", "Take a role away, at once", 2, a.personWithdraw),
		verb("close PERSON", "End an account with its roles, sign-ins and credentials", 1, a.personClose),
		verb("sign-out", "End every sign-in of mine", 0, a.personSignOut),
		a.personTokenVerb(),
		a.personLinkVerb(),
	)
}

func (a *app) showPerson(p api.Person) {
	roles := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		roles[i] = string(a.word("role", string(r)))
	}
	a.printf("%s  %-24s  %s", string(p.ID), p.Name, strings.Join(roles, ", "))
}

func (a *app) personList(cmd *cobra.Command, _ []string) error {
	var all []api.Person
	return a.do(cmd.Context(), http.MethodGet, "/v1/people", nil, &all, func() {
		for _, p := range all {
			a.showPerson(p)
		}
	})
}

func (a *app) personMe(cmd *cobra.Command, _ []string) error {
	var p api.Person
	return a.do(cmd.Context(), http.MethodGet, "/v1/me", nil, &p, func() { a.showPerson(p) })
}

func (a *app) personEnrol(cmd *cobra.Command, args []string) error {
	var p api.Person
	in := map[string]string{"name": args[0]}
	return a.do(cmd.Context(), http.MethodPost, "/v1/people", in, &p, func() { a.showPerson(p) })
}

func rolePath(args []string) string {
	return "/v1/people/" + url.PathEscape(args[0]) + "/roles/" + url.PathEscape(args[1])
}

func (a *app) personGrant(cmd *cobra.Command, args []string) error {
	var g api.Granted
	return a.do(cmd.Context(), http.MethodPost, rolePath(args), nil, &g, func() {
		if g.Held {
			a.print("cli.role-held", args[0], args[1])
		} else {
			a.print("cli.role-waits", args[0], args[1])
		}
	})
}

func (a *app) personWithdraw(cmd *cobra.Command, args []string) error {
	return a.do(cmd.Context(), http.MethodDelete, rolePath(args), nil, nil, func() { a.print("cli.done") })
}

func (a *app) personClose(cmd *cobra.Command, args []string) error {
	return a.do(cmd.Context(), http.MethodDelete, "/v1/people/"+url.PathEscape(args[0]), nil, nil, func() { a.print("cli.done") })
}

func (a *app) personSignOut(cmd *cobra.Command, _ []string) error {
	return a.do(cmd.Context(), http.MethodDelete, "/v1/me/tokens", nil, nil, func() { a.print("cli.done") })
}

func (a *app) personTokenVerb() *cobra.Command {
	var days int
	var label string
	cmd := verb("token PERSON", "Make a sign-in for a person; it is shown once", 1, func(cmd *cobra.Command, args []string) error {
		var t api.Token
		in := map[string]any{"label": label, "days": days}
		return a.do(cmd.Context(), http.MethodPost, "/v1/people/"+url.PathEscape(args[0])+"/tokens", in, &t, func() {
			if t.Waits {
				a.print("cli.token-waits", args[0])
				return
			}
			a.printf("%s", t.Token)
		})
	})
	cmd.Flags().IntVar(&days, "days", 30, "how long it is good for")
	cmd.Flags().StringVar(&label, "label", "command line", "what it is for")
	return cmd
}

func (a *app) personLinkVerb() *cobra.Command {
	return &cobra.Command{
		Use: "link [PERSON]", Short: "A link by which a person, else oneself, signs in at a browser, once and within an hour",
		Args: atMost(1), RunE: a.personLink,
	}
}

// personLink prints where a browser goes.
func (a *app) personLink(cmd *cobra.Command, args []string) error {
	c, err := node.ReadConfig(a.dir)
	if err != nil {
		return err
	}
	if c.Pages == "" {
		return usage("cli.no-pages")
	}
	person, err := a.personOr(cmd, args)
	if err != nil {
		return err
	}
	var l api.Link
	return a.do(cmd.Context(), http.MethodPost, "/v1/people/"+url.PathEscape(person)+"/links", nil, &l, func() {
		if l.Waits {
			a.print("cli.token-waits", person)
			return
		}
		a.printf("%s", c.PagesAddress()+l.Path)
	})
}

// personOr is the person named, else the one who asks.
func (a *app) personOr(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	c, err := a.client()
	if err != nil {
		return "", err
	}
	var me api.Person
	err = c.Do(cmd.Context(), http.MethodGet, "/v1/me", nil, &me)
	return string(me.ID), err
}

func (a *app) serviceVerb() *cobra.Command {
	var budget int64
	var days int
	var matter, access, tlp, source string
	add := verb("add NAME", "A tool of ours and its token, shown once (with --purpose and --basis)", 1, func(cmd *cobra.Command, args []string) error {
		var t api.Token
		in := map[string]any{"name": args[0], "purpose": a.purpose, "basis": a.basis, "budget": budget, "days": days}
		for name, text := range map[string]string{"case": matter, "access": access, "tlp": tlp, "source": source} {
			if text != "" {
				in[name] = text
			}
		}
		return a.do(cmd.Context(), http.MethodPost, "/v1/services", in, &t, func() { a.printf("%s", t.Token) })
	})
	add.Flags().Int64Var(&budget, "budget", 100_000, "objects it may read a day")
	add.Flags().IntVar(&days, "days", 180, "how long it is good for")
	add.Flags().StringVar(&matter, "case", "", "the case it reads for")
	add.Flags().StringVar(&access, "access", "", "read, write or read-write (else it reads)")
	add.Flags().StringVar(&tlp, "tlp", "", "it reads nothing above this level, nor what has none")
	add.Flags().StringVar(&source, "source", "", "the source profile of what it brings; without one nothing of it crosses")
	return family("service", "Tools of this organisation that read and write by themselves", add,
		verb("drop NAME", "End a tool's access, at once", 1, func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), http.MethodDelete, "/v1/services/"+url.PathEscape(args[0]), nil, nil, func() { a.print("cli.done") })
		}))
}
