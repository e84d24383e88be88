package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/seal"
)

func (a *app) backupVerb() *cobra.Command {
	var to []string
	cmd := verb("backup FILE", "Write an encrypted backup to FILE, and the keys of its items to FILE.keys", 1, func(cmd *cobra.Command, args []string) error {
		recipients, err := recipients(to)
		if err != nil {
			return err
		}
		return a.onFolder(cmd, func(n *node.Node) error {
			err := writeBoth(args[0], args[0]+".keys", func(body, keys io.Writer) error {
				return n.Backup(cmd.Context(), body, keys, recipients...)
			})
			if err != nil {
				return err
			}
			return a.tell(map[string]any{"backup": args[0], "keys": args[0] + ".keys"}, func() {
				a.print("backup.written", args[0])
				a.print("cli.backup-keys", args[0]+".keys")
			})
		})
	})
	cmd.Long = `Keep FILE as long as you like, and FILE.keys apart from it for at most 30 days: when an item is erased its key is
destroyed, and with the last key file the item is gone from the backups too. Recipients are age keys (age1...); their
identities stay off line. It works beside a node that serves.`
	cmd.Flags().StringArrayVar(&to, "to", nil, "an age recipient, age1... (repeat)")
	return cmd
}

func recipients(list []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range list {
		r, err := seal.ParseRecipient(text)
		if err != nil {
			return nil, usage("cli.want-recipient", text)
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil, usage("cli.no-recipient")
	}
	return all, nil
}

// writeBoth writes two files that appear whole or not at all.
func writeBoth(first, second string, f func(a, b io.Writer) error) error {
	one, err := os.CreateTemp(".", ".mithaq-backup-*")
	if err != nil {
		return err
	}
	defer os.Remove(one.Name())
	two, err := os.CreateTemp(".", ".mithaq-backup-*")
	if err != nil {
		return errors.Join(err, one.Close())
	}
	defer os.Remove(two.Name())
	err = errors.Join(f(one, two), one.Sync(), two.Sync(), one.Close(), two.Close())
	if err != nil {
		return err
	}
	return errors.Join(os.Rename(one.Name(), first), os.Rename(two.Name(), second), durable.SyncDir("."))
}

func (a *app) restoreVerb() *cobra.Command {
	var identity string
	cmd := verb("restore FILE", "Fill this folder from a backup; the node starts in quarantine", 1, func(cmd *cobra.Command, args []string) error {
		ids, err := identities(identity)
		if err != nil {
			return err
		}
		body, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer body.Close()
		keys, err := os.Open(args[0] + ".keys")
		if err != nil {
			return err
		}
		defer keys.Close()
		o, err := a.options()
		if err != nil {
			return err
		}
		r, err := node.Restore(cmd.Context(), a.dir, o, body, keys, ids...)
		if err != nil {
			return err
		}
		return a.tell(map[string]any{"items": r.Items, "lost": r.Lost, "quarantine": true}, func() {
			a.print("cli.restored", r.Items, r.Lost)
			a.print("cli.quarantine-next")
		})
	})
	cmd.Long = `The folder holds mithaq.toml, card.json and keys/node.key, and no database yet. FILE.keys lies beside FILE.`
	cmd.Flags().StringVarP(&identity, "identity", "i", "", "the file with the age identity")
	return cmd
}

func identities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, usage("cli.no-identity")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return age.ParseIdentities(f)
}

func (a *app) reindexVerb() *cobra.Command {
	return verb("reindex", "Build everything derived from items anew; stop the node first", 0, func(cmd *cobra.Command, _ []string) error {
		return a.onFolder(cmd, func(n *node.Node) error {
			bad, err := n.Reindex(cmd.Context(), a.progress("cli.reindexing"))
			if err != nil {
				return err
			}
			return a.tell(map[string]any{"unreadable": bad}, func() { a.print("cli.reindexed", bad) })
		})
	})
}

// progress is a line that grows on a terminal, and nothing elsewhere.
func (a *app) progress(key string) func(done, total int64) {
	f, ok := a.err.(*os.File)
	if !ok || a.json || !isTerminal(f) {
		return nil
	}
	return func(done, total int64) {
		fmt.Fprintf(f, "\r\x1b[K%s", a.say.T(key, done, total))
		if done >= total {
			fmt.Fprintln(f)
		}
	}
}

func (a *app) doctorVerb() *cobra.Command {
	return verb("doctor", "Look the node over and say what is wrong and what to do", 0, func(cmd *cobra.Command, _ []string) error {
		return a.onFolder(cmd, func(n *node.Node) error {
			findings := n.Doctor(cmd.Context())
			if a.json {
				return a.writeJSON(findings)
			}
			bad := 0
			for _, f := range findings {
				mark := "✓"
				if !f.Good {
					mark, bad = "✗", bad+1
				}
				fmt.Fprintf(a.out, "%s %s\n", mark, say.Text(a.say.T(f.Key, strs(f.Args)...)))
			}
			if bad > 0 {
				return differs{errors.New(a.say.N("cli.faults", bad))}
			}
			return nil
		})
	})
}
