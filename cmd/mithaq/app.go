package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// app is one run of the program: where it reads and writes, and what the
// flags common to all verbs say.
type app struct {
	in   io.Reader
	out  io.Writer
	err  io.Writer
	say  *say.Printer
	dir  string
	as   string
	json bool
	lang string

	lines *bufio.Reader // of what is typed, once something was

	reason, purpose, basis string
}

// run is main with its world given: it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{in: in, out: out, err: errs, say: say.FromEnv("")}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	a.say, a.json = say.FromEnv(a.lang), a.json || slices.Contains(args, "--json")
	a.complain(err)
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "mithaq", SilenceErrors: true, SilenceUsage: true, Version: version(),
		Short: "Organisations that protect people work together across borders, under signed pacts",
		Long:  about,
		Args:  noSuchVerb, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun: func(*cobra.Command, []string) { a.say = say.FromEnv(a.lang) },
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.dir, "dir", "d", defaultDir(), "the node's folder")
	flags.StringVar(&a.as, "as", os.Getenv("MITHAQ_AS"), "who acts: a token file, or the handle of a person of this folder")
	flags.BoolVar(&a.json, "json", false, "answer in JSON")
	flags.StringVar(&a.lang, "lang", "", "ar, fr, en or tr (else as LC_ALL, LC_MESSAGES and LANG say)")
	flags.StringVar(&a.reason, "reason", "", "why this is read or done")
	flags.StringVar(&a.purpose, "purpose", "", "for which purpose")
	flags.StringVar(&a.basis, "basis", "", "on which legal basis")
	root.AddCommand(a.verbs()...)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return root
}

const about = `Organisations that protect people work together across borders, under signed pacts.

A node lives in a folder (--dir). Whoever decides something is a person (--as), and acts on the running node; the folder
itself only serves init, config, card rotate, backup, restore, verify, reindex and doctor. To begin: mithaq demo

Exit codes: 0 done, 2 not understood, 3 refused, 4 not found, 5 try again later, 6 differences found, 7 not in order,
1 anything else.`

// verbs is the table of contents.
func (a *app) verbs() []*cobra.Command {
	return []*cobra.Command{
		a.initVerb(), a.serveVerb(), a.configVerb(), a.versionVerb(),
		a.demoVerb(), a.cardVerb(), a.partnerVerb(), a.peerVerb(), a.personVerb(), a.serviceVerb(), a.pactVerb(),
		a.importVerb(), a.exportVerb(), a.listsVerb(), a.policyVerb(), a.sourceVerb(), a.itemVerb(), a.searchVerb(), a.caseVerb(), a.assessVerb(), a.requestVerb(), a.breachVerb(),
		a.askVerb(), a.answerVerb(), a.inquiryVerb(),
		a.shareVerb(), a.releaseVerb(), a.recallVerb(), a.narrowVerb(), a.erasuresVerb(), a.consentVerb(), a.carryVerb(),
		a.logVerb(), a.verifyVerb(), a.backupVerb(), a.restoreVerb(), a.moveVerb(), a.quarantineVerb(), a.reindexVerb(), a.doctorVerb(), a.benchVerb(),
		a.taxiiVerb(), a.subscribeVerb(), a.offerVerb(), a.matchVerb(),
	}
}

func defaultDir() string {
	if dir := os.Getenv("MITHAQ_DIR"); dir != "" {
		return dir
	}
	return "mithaq-node"
}

// client reaches the running node as the person the flags name.
func (a *app) client() (*client.Client, error) {
	token, err := a.token()
	if err != nil {
		return nil, err
	}
	c := client.OverSocket(node.Socket(a.dir), token)
	c.Reason, c.Purpose, c.Basis, c.Language = a.reason, a.purpose, a.basis, a.say.Lang()
	return c, nil
}

// token finds the sign-in: MITHAQ_TOKEN, a file, or a handle's file in the folder.
func (a *app) token() (string, error) {
	if t := os.Getenv("MITHAQ_TOKEN"); t != "" && a.as == "" {
		return t, nil
	}
	if a.as == "" {
		return "", usage("cli.who-acts")
	}
	path := a.as
	if !strings.ContainsRune(path, os.PathSeparator) && !strings.HasSuffix(path, ".token") {
		path = filepath.Join(node.People(a.dir), path+".token")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", usage("cli.no-token", a.as, path)
	}
	return strings.TrimSpace(string(raw)), nil
}

// do makes one request and shows its answer: as JSON, or in words.
func (a *app) do(ctx context.Context, method, path string, in, out any, words func()) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := c.Do(ctx, method, path, in, &raw); err != nil {
		return err
	}
	if a.json {
		_, err := fmt.Fprintln(a.out, strings.TrimSpace(string(raw)))
		return err
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			return err
		}
	}
	words()
	return nil
}

// print says a sentence of the catalogue on a line of its own.
func (a *app) print(key string, args ...any) { fmt.Fprintln(a.out, a.say.T(key, args...)) }

// under says a sentence below what it belongs to.
func (a *app) under(key string, args ...any) { fmt.Fprintln(a.out, "    "+a.say.T(key, args...)) }

// word is one of our own words in the person's language.
func (a *app) word(vocabulary, value string) say.Text { return a.say.Word(vocabulary, value) }

// printf writes a line that is data rather than a sentence; foreign text in it is
// shown, not obeyed.
func (a *app) printf(format string, args ...any) {
	for i, arg := range args {
		switch text := arg.(type) {
		case string:
			args[i] = say.Clean(text)
		case fmt.Stringer:
			args[i] = say.Clean(text.String())
		}
	}
	fmt.Fprintf(a.out, format+"\n", args...)
}

// isTerminal reports whether a file is one.
func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// interactive reports whether a person sits at the terminal.
func (a *app) interactive() bool {
	f, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
