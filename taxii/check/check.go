package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"
)

// A Level says how binding a check is.
type Level string

// The levels, the most binding first.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	Robust Level = "robust"
)

// An Outcome is how a check ended.
type Outcome string

// The outcomes. A check is skipped when what it needs is not there.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	Skip Outcome = "skip"
)

// A Check is one thing that a server has to hold.
type Check struct {
	ID      string `json:"id"`
	Level   Level  `json:"level"`
	Section string `json:"section"` // of TAXII 2.1, or another standard with its name
	Text    string `json:"text"`    // one sentence

	run func(*try)
}

// A Result is a check with its outcome.
type Result struct {
	Check
	Outcome Outcome       `json:"outcome"`
	Detail  string        `json:"detail,omitempty"` // why it failed or was skipped
	Took    time.Duration `json:"took_ns"`
}

// Config says which server is checked, and how.
type Config struct {
	URL        string // of the server; its discovery is at /taxii2/
	User       string // HTTP Basic, or
	Password   string
	Token      string // Bearer
	Root       string // API root, a URL or a path; "": the default one, or the first
	Collection string // to read; "": the first that can be read
	Writable   string // to write to and delete from; "": nothing is written

	HTTP    *http.Client // nil: http.DefaultClient. Redirects are never followed.
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Timeout time.Duration // of one check; 0: 30 s
	Rate    float64       // most requests a second; 0: as many as there are
	Only    []string      // ids of checks; none: all
}

// Run checks a server. An error means that it could not begin: nothing answered
// at the URL, or a check named in Only does not exist.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	checks, err := chosen(cfg.Only)
	if err != nil {
		return nil, err
	}
	p, err := newProbe(cfg)
	if err != nil {
		return nil, err
	}
	if err := p.prepare(ctx); err != nil {
		return nil, fmt.Errorf("check %s: %w", cfg.URL, err)
	}
	defer p.tidy(context.WithoutCancel(ctx))
	report := &Report{URL: cfg.URL, Root: p.root, Collection: p.collection, Writable: cfg.Writable, Started: time.Now().UTC()}
	for _, c := range checks {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		report.Results = append(report.Results, p.do(ctx, c))
	}
	return report, nil
}

// All lists the checks, in the order in which they are run.
func All() []Check {
	return slices.Concat(aboutMedia(), aboutAccess(), aboutServer(), aboutCollections(), aboutListings(),
		aboutRecords(), aboutFilters(), aboutPages(), aboutAdding(), aboutDeleting(), aboutErrors(), aboutStrangeness(), aboutTLS())
}

func chosen(only []string) ([]Check, error) {
	all := All()
	if len(only) == 0 {
		return all, nil
	}
	var some []Check
	for _, id := range only {
		i := slices.IndexFunc(all, func(c Check) bool { return c.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("check %q: there is none of that name", id)
		}
		some = append(some, all[i])
	}
	return some, nil
}

// ended is how a check leaves early.
type ended struct {
	outcome Outcome
	detail  string
}

// do runs one check.
func (p *probe) do(ctx context.Context, c Check) (r Result) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.cfg.Timeout, 30*time.Second))
	defer cancel()
	r = Result{Check: c, Outcome: Pass}
	start := time.Now()
	defer func() {
		r.Took = time.Since(start)
		switch e := recover().(type) {
		case nil:
		case ended:
			r.Outcome, r.Detail = e.outcome, e.detail
		default:
			panic(e)
		}
	}()
	t := &try{probe: p, ctx: ctx}
	defer t.clean()
	c.run(t)
	return r
}

// try is one check on its way.
type try struct {
	*probe
	ctx  context.Context
	mine []string // objects to take out again
}

func (t *try) failf(format string, args ...any) {
	panic(ended{Fail, fmt.Sprintf(format, args...)})
}

func (t *try) skipf(format string, args ...any) {
	panic(ended{Skip, fmt.Sprintf(format, args...)})
}

var errNothing = errors.New("nothing there speaks TAXII 2.1")
