package bench

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/psi"
)

// The targets of matching.
const (
	questionTarget = 5.0      // ms, of processor time, of both sides
	matchTarget    = 30.0     // s, for a hundred thousand against as many on two cores
	bareTarget     = 1 / 0.85 // times the bare library
	matchMemory    = 200.0    // MB
	changeTarget   = 1.2      // % of a set's bytes for a change of 1 %
)

var matchAt = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// A matcher is an asker and an answerer in one process, and the bare library
// beside them.
type matcher struct {
	key  *psi.Key
	ann  psi.Announcement
	info psi.Info
	bare *bare
	dir  string
}

func newMatcher(dir string) (m *matcher, err error) {
	m = &matcher{dir: dir, info: psi.Info{
		Version: psi.Version, Pact: mithaq.DigestOf([]byte("pact")), Asker: mithaq.DigestOf([]byte("asker")),
		Answerer: mithaq.DigestOf([]byte("answerer")), Scheme: psi.Phone.Scheme(), Purpose: mithaq.OrganisedCrime, Epoch: 1,
	}}
	if m.key, err = psi.NewKey(rand.Reader); err != nil {
		return nil, err
	}
	if m.ann, err = m.key.Announce(m.info.Pact, m.info.Answerer, 1, matchAt, matchAt.Add(psi.MaxEpoch)); err != nil {
		return nil, err
	}
	m.bare, err = newBare(m.info.Bytes())
	return m, err
}

func (o *Options) matching(ctx context.Context) ([]Figure, error) {
	dir, err := os.MkdirTemp(o.Dir, "match")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	m, err := newMatcher(dir)
	if err != nil {
		return nil, err
	}
	var all []Figure
	for _, measure := range []func(context.Context, int) ([]Figure, error){m.one, m.batches, m.changes} {
		list, err := measure(ctx, o.Identifiers)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// number is a phone as it is after normalising.
func phone(i int) psi.Input { return psi.Input(fmt.Sprintf("phone\x00+2126%08d", i)) }

func numbers(from, n int) []psi.Input {
	inputs := make([]psi.Input, n)
	for i := range inputs {
		inputs[i] = phone(from + i)
	}
	return inputs
}

func offer(i int) psi.Offer {
	var r psi.Reference
	binary.BigEndian.PutUint64(r[8:], uint64(i)+1)
	return psi.Offer{Input: phone(i), Record: psi.Record{Reference: r, Class: mithaq.SubjectSuspect, Desk: "fraud desk"}}
}

func offers(from, n int) iter.Seq2[psi.Offer, error] {
	return func(yield func(psi.Offer, error) bool) {
		for i := range n {
			if !yield(offer(from+i), nil) {
				return
			}
		}
	}
}

// build makes a set of n in a file, sorted outside of memory.
func (m *matcher) build(n int) (*psi.Set, func(), error) {
	scratch, err := os.CreateTemp(m.dir, "scratch")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(scratch.Name())
	defer scratch.Close()
	rows, err := os.CreateTemp(m.dir, "rows")
	if err != nil {
		return nil, nil, err
	}
	how := m.building(matchAt)
	how.Scratch = scratch
	h, err := m.key.Build(m.info, offers(0, n), rows, how)
	if err != nil {
		return nil, nil, err
	}
	set, err := psi.OpenSet(h, rows)
	return set, func() { rows.Close() }, err
}

func (m *matcher) building(at time.Time) psi.Building {
	return psi.Building{At: mithaq.At(at), Random: rand.Reader, Workers: runtime.GOMAXPROCS(0)}
}

// ask is one question from the asker to its result.
func (m *matcher) ask(set *psi.Set, inputs []psi.Input) (hits int, err error) {
	asked, err := psi.Ask(m.ann, m.info, psi.Case{1}, inputs, rand.Reader)
	if err != nil {
		return 0, err
	}
	q, err := psi.ReadQuestion(asked.Bytes())
	if err != nil {
		return 0, err
	}
	answer, err := m.key.Answer(m.info, q)
	if err != nil {
		return 0, err
	}
	results, err := asked.Finalise(answer, set)
	for _, r := range results {
		if r.Hit {
			hits++
		}
	}
	return hits, err
}

// one measures a question about one identifier.
func (m *matcher) one(_ context.Context, n int) ([]Figure, error) {
	set, done, err := m.build(min(n, 1000))
	if err != nil {
		return nil, err
	}
	defer done()
	var failed error
	try := func(err error) { failed = errors.Join(failed, err) }
	spent, bare := beside(100, func() {
		_, err := m.ask(set, numbers(1, 1))
		try(err)
	}, func() { try(m.bare.ask(numbers(1, 1))) })
	f := Figure{Name: "one question, both sides", Value: millis(spent), Unit: "ms", Target: questionTarget}
	f.beside("bare library", millis(bare))
	return []Figure{f}, failed
}

// beside is the processor time of each of two things, done in turns so that both
// have the machine as it is.
func beside(turns int, one, other func()) (time.Duration, time.Duration) {
	var spent [2]time.Duration
	for range turns {
		for i, do := range []func(){one, other} {
			from := cpu()
			do()
			spent[i] += cpu() - from
		}
	}
	return spent[0] / time.Duration(turns), spent[1] / time.Duration(turns)
}

// A stretch is wall and processor time that something took in all.
type stretch struct{ wall, used time.Duration }

func (s *stretch) take(do func() error) error {
	began, from := time.Now(), cpu()
	err := do()
	s.wall += time.Since(began)
	s.used += cpu() - from
	return err
}

// batches measures n identifiers against a set of n, half of which are in both,
// on all cores; the bare library does the same beside it, batch by batch.
func (m *matcher) batches(ctx context.Context, n int) ([]Figure, error) {
	var ours, bare stretch
	var set *psi.Set
	done := func() {}
	defer func() { done() }()
	err := ours.take(func() (err error) {
		set, done, err = m.build(n)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := bare.take(func() error { return m.bare.full(n) }); err != nil {
		return nil, err
	}
	hits, err := m.inBatches(ctx, set, n, &ours, &bare)
	if err != nil {
		return nil, err
	}
	if hits != n-n/2 {
		return nil, fmt.Errorf("%d hits, want %d", hits, n-n/2)
	}
	return matchFigures(n, &ours, &bare), nil
}

func (m *matcher) inBatches(ctx context.Context, set *psi.Set, n int, ours, bare *stretch) (hits int, err error) {
	side := runtime.GOMAXPROCS(0)
	for from := 0; from < n; from += side * psi.MaxQuestion {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		found := make([]int, side)
		each := func(do func(i int, inputs []psi.Input) error) error {
			var g errgroup.Group
			for i := range side {
				first := from + i*psi.MaxQuestion
				if size := min(psi.MaxQuestion, n-first); size > 0 {
					g.Go(func() error { return do(i, numbers(n/2+first, size)) })
				}
			}
			return g.Wait()
		}
		err := errors.Join(
			ours.take(func() error {
				return each(func(i int, inputs []psi.Input) (err error) {
					found[i], err = m.ask(set, inputs)
					return err
				})
			}),
			bare.take(func() error { return each(func(_ int, inputs []psi.Input) error { return m.bare.ask(inputs) }) }))
		if err != nil {
			return 0, err
		}
		for _, h := range found {
			hits += h
		}
	}
	return hits, nil
}

func matchFigures(n int, ours, bare *stretch) []Figure {
	cores := float64(runtime.GOMAXPROCS(0))
	used := Figure{Name: fmt.Sprintf("%d against %d, processor time over %g cores", n, n, cores), Value: ours.used.Seconds() / cores, Unit: "s"}
	if n <= 100_000 {
		used.Target = matchTarget
	}
	used.beside("bare library", bare.used.Seconds()/cores)
	wall := Figure{Name: "– by the clock, with all else that runs", Value: ours.wall.Seconds(), Unit: "s"}
	wall.beside("bare library", bare.wall.Seconds())
	return []Figure{
		used, wall,
		{Name: "– times the bare library", Value: ours.used.Seconds() / bare.used.Seconds(), Target: bareTarget},
		{Name: "– memory at the peak", Value: peak(), Unit: "MB", Target: matchMemory},
	}
}

// changes measures a set of ten times n, and the offer of a hundredth more:
// no other change of as many identifiers takes more bytes.
func (m *matcher) changes(_ context.Context, n int) ([]Figure, error) {
	n *= 10
	c := changing{matcher: m}
	defer c.done()
	err := c.built.take(func() (err error) {
		c.set, c.close, err = m.build(n)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.offer(n, n/100); err != nil {
		return nil, err
	}
	return c.figures(n), nil
}

// A changing is a set, what changed it, and what each step took.
type changing struct {
	*matcher

	set   *psi.Set
	close func()
	next  psi.Header
	delta []byte

	built, updated, applied stretch
}

func (c *changing) done() {
	if c.close != nil {
		c.close()
	}
}

func (c *changing) offer(from, n int) error {
	var change psi.Change
	for o := range offers(from, n) {
		change.Offered = append(change.Offered, o)
	}
	err := c.updated.take(func() (err error) {
		c.next, c.delta, err = c.key.Update(c.set, change, io.Discard, c.building(matchAt.AddDate(0, 0, 1)))
		return err
	})
	if err != nil {
		return err
	}
	return c.applied.take(func() error { return psi.Apply(c.set, c.next, c.delta, io.Discard) })
}

func (c *changing) figures(n int) []Figure {
	row := Figure{Name: fmt.Sprintf("a set of %d, a row", n), Value: micros(c.built.used) / float64(n), Unit: "µs"}
	row.beside("bare library", c.bare.row())
	size := float64(c.next.Count * psi.RowSize)
	return []Figure{
		row,
		{Name: "– its bytes", Value: size / 1e6, Unit: "MB"},
		{Name: "– bytes of a change of 1 %, of the whole", Value: 100 * float64(len(c.delta)+len(c.next.Bytes())) / size, Unit: "%", Target: changeTarget},
		{Name: "– processor time of a change, of building", Value: 100 * c.updated.used.Seconds() / c.built.used.Seconds(), Unit: "%"},
		{Name: "– processor time of a change at the asker", Value: c.applied.used.Seconds(), Unit: "s"},
		{Name: "– memory at the peak", Value: peak(), Unit: "MB", Target: matchMemory},
	}
}
