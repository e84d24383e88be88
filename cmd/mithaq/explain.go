package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// A complaint is what went wrong, for a person and for a program.
type complaint struct {
	Error  string   `json:"error"` // in the person's language
	Exit   int      `json:"exit"`
	Kind   string   `json:"kind,omitempty"` // as the API has it
	Key    string   `json:"key,omitempty"`  // of the sentence
	Args   []string `json:"args,omitempty"` // and what goes into it
	Faults []string `json:"faults,omitempty"`
}

// complain says once what went wrong, in the person's language: a sentence, and
// each fault on a line of its own where there are several.
func (a *app) complain(err error) {
	c := a.complaintOf(err)
	c.Exit = exitCode(err)
	if a.json {
		e := json.NewEncoder(a.err)
		e.SetEscapeHTML(false)
		_ = e.Encode(c)
		return
	}
	fmt.Fprintln(a.err, "mithaq: "+c.Error)
	for _, f := range c.Faults {
		fmt.Fprintln(a.err, "  - "+f)
	}
}

func (a *app) complaintOf(err error) complaint {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return a.ofProblem(p)
	}
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return a.ofRefusal(r)
	}
	for _, look := range []func(error) (complaint, bool){a.ofFlag, a.ofFile, a.ofLine} {
		if c, ok := look(err); ok {
			return c
		}
	}
	if kind, ok := errors.AsType[mithaq.Kind](err); ok {
		return a.ofKind(string(kind), err.Error())
	}
	return complaint{Error: say.Clean(err.Error())}
}

func (a *app) ofProblem(p *client.Problem) complaint {
	if p.Key != "" {
		return a.sentence(p.Kind, p.Key, strs(p.Args))
	}
	if p.Kind == "" && len(p.Errors) == 0 {
		return complaint{Error: say.Clean(p.Error())}
	}
	if p.Kind == "" { // what the description of the API asks of a request
		c := complaint{Kind: string(mithaq.Invalid), Error: a.say.T("error.invalid")}
		for _, e := range p.Errors {
			c.Faults = append(c.Faults, say.Clean(strings.TrimPrefix(strings.TrimPrefix(e.Location, "body."), "body")+": "+e.Message))
		}
		return c
	}
	return a.ofKind(p.Kind, p.Detail)
}

func (a *app) ofRefusal(r *mithaq.Refusal) complaint {
	return a.sentence(string(r.Kind), r.Key, r.Args)
}

// sentence says a key; an argument of several lines becomes a list of faults.
func (a *app) sentence(kind, key string, args []any) complaint {
	c := complaint{Kind: kind, Key: key}
	said := make([]any, len(args))
	for i, arg := range args {
		said[i] = arg
		text := fmt.Sprint(arg)
		c.Args = append(c.Args, text)
		if _, own := arg.(string); own && strings.ContainsRune(text, '\n') {
			c.Faults = faultsOf(kind, text)
			said[i] = say.Text(a.say.T("cli.faults-below"))
		} else if own {
			said[i] = strings.TrimSuffix(text, ": "+kind)
		}
	}
	c.Error = a.say.T(key, said...)
	if key == "gate.no-item" && (a.reason == "" || a.purpose == "" || a.basis == "") {
		c.Faults = append(c.Faults, a.say.T("cli.reading-persons"))
	}
	return c
}

// ofKind says what sort of trouble it is, and the places.
func (a *app) ofKind(kind, detail string) complaint {
	c := complaint{Kind: kind, Error: a.say.T("error." + kind), Faults: faultsOf(kind, detail)}
	if c.Error == "error."+kind {
		c.Error = say.Clean(detail)
		c.Faults = nil
	}
	return c
}

// faultsOf are the lines of an error's text, without the word for its kind.
func faultsOf(kind, text string) (faults []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		line = strings.TrimSuffix(line, ": "+kind)
		if line != "" && line != kind {
			faults = append(faults, say.Clean(placed(line)))
		}
	}
	return faults
}

var member = regexp.MustCompile(`^[a-z_0-9]+(\[[0-9]+\])?$`)

// placed writes "terms: flows[0]: types: empty" as "terms.flows[0].types: empty".
func placed(line string) string {
	parts := strings.Split(line, ": ")
	n := 0
	for n < len(parts)-1 && member.MatchString(parts[n]) {
		n++
	}
	if n < 2 {
		return line
	}
	return strings.Join(parts[:n], ".") + ": " + strings.Join(parts[n:], ": ")
}

// ofFlag is for what the command line's own reader found.
func (a *app) ofFlag(err error) (complaint, bool) {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := "--" + e.GetSpecifiedName()
		if short := e.GetSpecifiedShortnames(); short != "" {
			name = "-" + short
		}
		return a.sentence("", "cli.no-flag", []any{name}), true
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return a.sentence("", "cli.flag-wants", []any{"--" + e.GetFlag().Name, e.GetFlag().Usage}), true
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return a.sentence("", "cli.flag-value", []any{"--" + e.GetFlag().Name, e.GetValue(), e.GetFlag().Usage}), true
	}
	return complaint{}, false
}

// ofFile is for files that are not there, or not for us.
func (a *app) ofFile(err error) (complaint, bool) {
	e, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return complaint{}, false
	case errors.Is(err, fs.ErrNotExist):
		return a.sentence(string(mithaq.NotFound), "cli.no-file", []any{e.Path}), true
	case errors.Is(err, fs.ErrPermission):
		return a.sentence(string(mithaq.Denied), "cli.no-permission", []any{e.Path}), true
	}
	return a.sentence("", "cli.file", []any{e.Path, e.Err.Error()}), true
}

// ofLine is for a node that does not answer, and for who stopped us.
func (a *app) ofLine(err error) (complaint, bool) {
	if errors.Is(err, context.Canceled) {
		return a.sentence("", "cli.broken-off", nil), true
	}
	e, ok := errors.AsType[*net.OpError](err)
	switch {
	case !ok:
		return complaint{}, false
	case e.Op == "listen":
		return a.sentence(string(mithaq.Conflict), "cli.listen", []any{fmt.Sprint(e.Addr)}), true
	}
	return a.sentence(string(mithaq.Unavailable), "cli.no-node", []any{a.dir}), true
}

func strs(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}
