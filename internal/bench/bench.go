package bench

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
)

// Options say what is measured, and where.
type Options struct {
	Dir      string // where folders are made; the system's own for such things when ""
	Data     string // a file to import and share; a made set when ""
	Size     int    // objects of a made set
	Postgres string // URL of a server on which the import is kept; SQLite when ""
	Program  string // the program itself, for the node at rest and the size
	Log      *slog.Logger

	Pacts    int // of the node at rest
	Releases int // of ten objects, one after the other

	Identifiers int // asked, and offered, for matching
}

func (o *Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// A part is something that is measured, in a process of its own so that no part
// pays for another.
type part struct {
	name string
	run  func(*Options, context.Context) ([]Figure, error)
}

var parts = []part{
	{"import", (*Options).importing},
	{"share", (*Options).sharing},
	{"tools", (*Options).tooling},
	{"decide", (*Options).deciding},
	{"release", (*Options).releasing},
	{"rest", (*Options).resting},
	{"match", (*Options).matching},
	{"match-nodes", (*Options).matchingNodes},
	{"binary", (*Options).binary},
}

// Parts are the names of what can be measured.
func Parts() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// Run measures one part in this process.
func Run(ctx context.Context, name string, o Options) ([]Figure, error) {
	i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no such measurement: %q", name)
	}
	list, err := parts[i].run(&o, ctx)
	for i := range list {
		if list[i].Part == "" {
			list[i].Part = name
		}
	}
	return list, err
}
