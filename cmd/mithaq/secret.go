package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
)

// secret is where a passphrase comes from, as a flag or the configuration says;
// label is what a person is asked, if one is.
func (a *app) secret(spec, label string) (keys.Secret, error) {
	if spec == "prompt" {
		return once(func(string) (string, error) { return a.passphrase(label) }), nil
	}
	s, err := keys.ParseSecret(spec)
	if err != nil {
		return nil, usage("cli.want-secret", spec)
	}
	return once(s), nil
}

// newSecret is secret for a new passphrase: a person types it twice.
func (a *app) newSecret(spec, label string) (keys.Secret, error) {
	if spec != "prompt" {
		return a.secret(spec, label)
	}
	return once(func(string) (string, error) { return a.newPassphrase(label) }), nil
}

// newPassphrase asks until the two are the same and long enough.
func (a *app) newPassphrase(label string) (string, error) {
	for {
		pass, err := a.passphrase(label)
		if err != nil {
			return "", err
		}
		if len(pass) < keys.MinPassphrase {
			fmt.Fprintln(a.err, a.say.T("keys.short", keys.MinPassphrase))
			continue
		}
		again, err := a.passphrase(a.say.T("ask.again"))
		if err != nil || pass == again {
			return pass, err
		}
		fmt.Fprintln(a.err, a.say.T("ask.differ"))
	}
}

// passphrase asks a person, without showing what is typed on a terminal.
func (a *app) passphrase(label string) (string, error) {
	fmt.Fprint(a.err, label+": ")
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return a.typed()
	}
	pass, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	return string(pass), err
}

// typed is the next line of standard input.
func (a *app) typed() (string, error) {
	if a.lines == nil {
		a.lines = bufio.NewReader(a.in)
	}
	text, err := a.lines.ReadString('\n')
	text = strings.TrimSpace(text)
	if errors.Is(err, io.EOF) && text != "" {
		return text, nil
	}
	if errors.Is(err, io.EOF) {
		fmt.Fprintln(a.err)
		return "", usage("cli.broken-off")
	}
	return text, err
}

// once asks for a passphrase the first time and remembers it.
func once(s keys.Secret) keys.Secret {
	var known string
	return func(what string) (string, error) {
		if known != "" {
			return known, nil
		}
		pass, err := s(what)
		if err == nil {
			known = pass
		}
		return pass, err
	}
}

// options open a node's folder; where its passphrase is asked for, in words of
// the person's language.
func (a *app) options() (node.Options, error) {
	o := node.Options{Version: version()}
	c, err := node.ReadConfig(a.dir)
	if err != nil {
		return o, err
	}
	s, err := a.secret(c.Secret, a.say.T("ask.passphrase-node", string(c.Organisation)))
	o.Sealing = &keys.Sealing{Secret: s}
	return o, err
}
