package keys

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/durable"
)

// A Secret gives the passphrase of a sealed file; what names the file for a
// person who is asked.
type Secret func(what string) (string, error)

// MinPassphrase is the least length of a new passphrase, in bytes.
const MinPassphrase = 16

// ParseSecret reads where a passphrase comes from:
//
//	prompt             a person is asked on the terminal
//	file:PATH          the first line of a file that only its owner can read
//	credential:NAME    a systemd credential, $CREDENTIALS_DIRECTORY/NAME
//	env:NAME           an environment variable, for tests
func ParseSecret(spec string) (Secret, error) {
	kind, name, _ := strings.Cut(spec, ":")
	switch {
	case spec == "prompt":
		return Prompt(os.Stdin, os.Stderr), nil
	case kind == "file" && name != "":
		return FromFile(name), nil
	case kind == "credential" && name != "" && !strings.ContainsAny(name, `/\`):
		return FromCredential(name), nil
	case kind == "env" && name != "":
		return FromEnv(name), nil
	}
	return nil, fmt.Errorf("secret %q: want prompt, file:PATH, credential:NAME or env:NAME: %w", spec, mithaq.Invalid)
}

// FromFile takes the first line of a file that only its owner can read.
func FromFile(path string) Secret {
	return func(string) (string, error) {
		if err := durable.Private(path); err != nil {
			return "", fmt.Errorf("passphrase: %w", err)
		}
		return firstLine(path)
	}
}

// FromCredential takes a credential that systemd hands to the service. Its
// folder is guarded by systemd, which may mount it readable for a group.
func FromCredential(name string) Secret {
	return func(string) (string, error) {
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", fmt.Errorf("passphrase: no systemd credentials: LoadCredential= or LoadCredentialEncrypted= is missing: %w", mithaq.NotFound)
		}
		return firstLine(filepath.Join(dir, name))
	}
}

func firstLine(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	return nonEmpty(string(bytes.TrimSuffix(line, []byte("\r"))), path)
}

func nonEmpty(s, from string) (string, error) {
	if s == "" {
		return "", fmt.Errorf("passphrase: %s is empty: %w", from, mithaq.Invalid)
	}
	return s, nil
}

// FromEnv takes an environment variable; other processes of the same user can
// see it, so that it is for tests.
func FromEnv(name string) Secret {
	return func(string) (string, error) { return nonEmpty(os.Getenv(name), "$"+name) }
}

// Fixed is a passphrase known already.
func Fixed(passphrase string) Secret {
	return func(string) (string, error) { return nonEmpty(passphrase, "it") }
}

// Prompt asks a person, without showing what is typed when in is a terminal.
func Prompt(in *os.File, out io.Writer) Secret {
	return func(what string) (string, error) {
		fmt.Fprintf(out, "%s: ", what)
		defer fmt.Fprintln(out)
		if term.IsTerminal(int(in.Fd())) {
			b, err := term.ReadPassword(int(in.Fd()))
			return string(b), err
		}
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return nonEmpty(strings.TrimRight(line, "\r\n"), "standard input")
	}
}
