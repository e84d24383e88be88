package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/bench"
)

type benching struct {
	*app
	o       bench.Options
	sizes   []string
	only    []string
	rounds  int
	here    string // the part to measure in this process
	profile string
}

func (a *app) benchVerb() *cobra.Command {
	b := &benching{app: a}
	cmd := verb("bench", "Measure this machine: import, share, tools, decisions, releases, matching, a node at rest", 0, func(cmd *cobra.Command, _ []string) error {
		if b.here != "" {
			return b.measure(cmd)
		}
		return b.all(cmd)
	})
	cmd.Long = `Makes nodes in a folder of its own, which goes afterwards, and measures each part in a process of its own. Figures are
processor time of all nodes together unless they say otherwise; with --rounds they are medians. What misses its target
makes the exit code 1.`
	f := cmd.Flags()
	f.StringVar(&b.o.Data, "data", "", "import and share this file too: STIX 2.1 or 2.0, gzipped or not")
	f.StringSliceVar(&b.sizes, "size", []string{"10k"}, "objects of the made set to import: 10k, 100k, 1M (repeat)")
	f.StringSliceVar(&b.only, "only", nil, "some parts alone: "+strings.Join(bench.Parts(), ", "))
	f.StringVar(&b.o.Postgres, "postgres", "", "measure the import on this PostgreSQL server too, in a schema that goes afterwards")
	f.IntVar(&b.rounds, "rounds", 1, "how often each part is measured")
	f.IntVar(&b.o.Pacts, "pacts", 200, "of the node at rest")
	f.IntVar(&b.o.Releases, "releases", 100, "of ten objects, one after the other")
	f.IntVar(&b.o.Identifiers, "identifiers", 100_000, "asked and offered for matching; a set ten times as large is changed")
	f.StringVar(&b.o.Dir, "tmp", "", "where folders are made")
	f.StringVar(&b.profile, "profile", "", "write a processor profile of the part to this file (with --only)")
	f.StringVar(&b.here, "here", "", "")
	_ = f.MarkHidden("here")
	return cmd
}

// measure is one part, in this process.
func (b *benching) measure(cmd *cobra.Command) (err error) {
	if b.o.Size, err = size(b.sizes[0]); err != nil {
		return err
	}
	if b.o.Program, err = os.Executable(); err != nil {
		return err
	}
	if b.profile != "" {
		f, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	list, err := bench.Run(cmd.Context(), b.here, b.o)
	if err != nil {
		return err
	}
	return b.writeJSON(list)
}

// A job is one part on one set of data.
type job struct {
	part string
	args []string
}

func (b *benching) jobs() (list []job) {
	for _, part := range bench.Parts() {
		if len(b.only) > 0 && !slices.Contains(b.only, part) {
			continue
		}
		switch part {
		case "import":
			for _, s := range b.sizes {
				list = append(list, job{part, []string{"--size", s}})
				if b.o.Postgres != "" {
					list = append(list, job{part, []string{"--size", s, "--postgres", b.o.Postgres}})
				}
			}
		case "share":
			list = append(list, job{part, []string{"--size", b.sizes[0]}})
		case "tools":
			for _, s := range b.sizes {
				list = append(list, job{part, []string{"--size", s}})
			}
			continue
		default:
			list = append(list, job{part, nil})
			continue
		}
		if b.o.Data != "" {
			list = append(list, job{part, []string{"--data", b.o.Data}})
		}
	}
	return list
}

func (b *benching) all(cmd *cobra.Command) error {
	for _, s := range b.sizes {
		if _, err := size(s); err != nil {
			return err
		}
	}
	for _, p := range b.only {
		if !slices.Contains(bench.Parts(), p) {
			return usageError{fmt.Errorf("--only %s: want some of %s", p, strings.Join(bench.Parts(), ", "))}
		}
	}
	var all []bench.Figure
	for _, j := range b.jobs() {
		var rounds [][]bench.Figure
		for range max(1, b.rounds) {
			list, err := b.round(cmd, j)
			if err != nil {
				return fmt.Errorf("%s: %w", j.part, err)
			}
			rounds = append(rounds, list)
		}
		all = append(all, bench.Medians(rounds)...)
	}
	if err := b.show(all); err != nil {
		return err
	}
	return missed(all)
}

// round measures one part in a process of its own.
func (b *benching) round(cmd *cobra.Command, j job) (list []bench.Figure, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append([]string{"bench", "--here", j.part, "--pacts", strconv.Itoa(b.o.Pacts), "--releases", strconv.Itoa(b.o.Releases), "--identifiers", strconv.Itoa(b.o.Identifiers), "--tmp", b.o.Dir, "--profile", b.profile}, j.args...)
	c := exec.CommandContext(cmd.Context(), self, args...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return list, json.Unmarshal(out.Bytes(), &list)
}

func (b *benching) show(all []bench.Figure) error {
	if b.json {
		return b.writeJSON(all)
	}
	return bench.Table(b.out, all)
}

// missed is an error that counts the figures beyond their targets.
func missed(all []bench.Figure) error {
	n := 0
	for i := range all {
		if !all[i].Met() {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d figures miss their targets", n, len(all))
}

// size reads 10000, 10k or 1M.
func size(text string) (int, error) {
	digits, unit := strings.TrimRight(text, "kM"), 1
	switch strings.TrimPrefix(text, digits) {
	case "k":
		unit = 1000
	case "M":
		unit = 1_000_000
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n <= 0 || n > 100_000_000/unit {
		return 0, usageError{errors.New("--size " + text + ": want a count such as 10k, 100k or 1M")}
	}
	return n * unit, nil
}
