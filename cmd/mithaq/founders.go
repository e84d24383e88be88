package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// founders are the first persons, as flags name them or as they are asked for.
func (a *app) founders(f *initFlags, secret string) ([]node.Founder, error) {
	specs := f.people
	if len(specs) == 0 && a.interactive() {
		asked, err := a.askFounders()
		if err != nil {
			return nil, err
		}
		specs = asked
	}
	if len(specs) < 2 {
		return nil, usage("cli.two-founders")
	}
	var list []node.Founder
	for _, spec := range specs {
		p, err := a.founder(spec, secret)
		if err != nil {
			return nil, err
		}
		p.Seal.Work = f.work
		list = append(list, p)
	}
	return list, nil
}

func (a *app) founder(spec, secret string) (node.Founder, error) {
	handle, rest, ok := strings.Cut(spec, "=")
	name, roles, ok2 := strings.Cut(rest, ":")
	if !ok || !ok2 || !plainHandle(handle) {
		return node.Founder{}, usage("cli.want", say.Text("--person"), spec, say.Text(`amina="Amina B.":administrator,legal-officer`))
	}
	s, err := a.newSecret(secret, a.say.T("ask.passphrase-person", name))
	p := node.Founder{Handle: handle, Newcomer: account.Newcomer{Name: name}, Seal: keys.Sealing{Secret: s}}
	for role := range strings.SplitSeq(roles, ",") {
		if !isRole(role) {
			return p, usage("cli.no-role", role, strings.Join(roleWords(), ", "))
		}
		p.Roles = append(p.Roles, mithaq.Role(role))
	}
	return p, err
}

// plainHandle reports whether a handle can name a file.
func plainHandle(h string) bool {
	return h != "" && h != "." && h != ".." && h == filepath.Base(h) && h == say.Clean(h)
}

func roleWords() (words []string) {
	for _, r := range mithaq.Roles() {
		words = append(words, string(r))
	}
	return words
}

func isRole(word string) bool { return contains(roleWords(), word) }

// askFounders asks for persons until two are named and no more wanted.
func (a *app) askFounders() (specs []string, err error) {
	fmt.Fprintln(a.err, a.say.T("ask.founders"))
	fmt.Fprintln(a.err, a.say.T("ask.roles", strings.Join(roleWords(), ", ")))
	for {
		name, err := a.askLine(a.say.N("ask.founder-name", len(specs)+1))
		if err != nil {
			return nil, err
		}
		if name == "" && len(specs) >= 2 {
			return specs, nil
		}
		if name == "" {
			continue
		}
		spec, err := a.askFounder(name)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
}

func (a *app) askFounder(name string) (string, error) {
	handle, roles := "", ""
	var err error
	for !plainHandle(handle) {
		if handle, err = a.askLine(a.say.T("ask.founder-handle", name)); err != nil {
			return "", err
		}
	}
	for roles == "" {
		if roles, err = a.askLine(a.say.T("ask.founder-roles", name)); err != nil {
			return "", err
		}
		roles = strings.Join(strings.FieldsFunc(roles, func(r rune) bool { return r == ',' || r == ' ' || r == '،' }), ",")
		for role := range strings.SplitSeq(roles, ",") {
			if roles != "" && !isRole(role) {
				fmt.Fprintln(a.err, a.say.T("cli.no-role", role, strings.Join(roleWords(), ", ")))
				roles = ""
				break
			}
		}
	}
	return handle + "=" + strings.ReplaceAll(name, ":", " ") + ":" + roles, nil
}

// askLine asks one thing on one line.
func (a *app) askLine(question string) (string, error) {
	fmt.Fprintf(a.err, "%s\n> ", question)
	return a.typed()
}
