package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
)

// The targets of importing and sharing.
const (
	importTarget = 80.0  // µs of processor time an object
	shareTarget  = 150.0 // µs an object, both nodes
	tenthTarget  = 1.2   // last tenth of a million to the first
	againTarget  = 2.0   // s until a node serves again
	peakTarget   = 300.0 // MB with a million imported
)

const million = 1_000_000

// A course is how an import went: what it had cost after so many objects, and
// how fast the machine was then, which others use too.
type course struct {
	raws  [][]byte // what the pace is measured on
	spent time.Duration
	at    []point
}

type point struct {
	objects int64
	cpu     time.Duration // of the import
	pace    time.Duration // of a fixed piece of work, added up
}

// mark takes note of where the import is; its own cost does not count.
func (c *course) mark(objects int64) {
	now := cpu()
	p := point{objects: objects, cpu: now - c.spent}
	if len(c.at) > 0 {
		p.pace = c.at[len(c.at)-1].pace
	}
	took := alone(func() {
		for _, raw := range c.raws {
			_ = jsontext.Value(raw).IsValid()
		}
	})
	p.pace += took
	c.spent += took
	c.at = append(c.at, p)
}

func (c *course) used() time.Duration { return c.at[len(c.at)-1].cpu - c.at[0].cpu }

// between is the cost per object of a stretch of the import in µs, and the mean
// cost of the fixed piece of work there.
func (c *course) between(from, to int64) (each, pace float64) {
	i := max(0, sort.Search(len(c.at), func(i int) bool { return c.at[i].objects > from })-1)
	j := max(i+1, sort.Search(len(c.at), func(i int) bool { return c.at[i].objects > to })-1)
	a, b := c.at[i], c.at[j]
	return micros(b.cpu-a.cpu) / float64(max(1, b.objects-a.objects)), micros(b.pace-a.pace) / float64(j-i)
}

// tenths compares the last tenth of an import to the first.
func (c *course) tenths(read int64) []Figure {
	first, pace := c.between(0, read/10)
	var all []string
	var last, end float64
	for i := range int64(10) {
		last, end = c.between(i*read/10, (i+1)*read/10)
		all = append(all, fmt.Sprintf("%.1f at %.2f", last, end/pace))
	}
	return []Figure{
		{Name: "first tenth", Value: first, Unit: "µs"},
		{Name: "last tenth", Value: last, Unit: "µs"},
		{Name: "last tenth to the first", Value: last / first, Unit: "×", Target: tenthTarget, Note: "each tenth, at which pace of JSON alone: " + strings.Join(all, ", ")},
		{Name: "last tenth to the first, at one pace", Value: last / first / (end / pace), Unit: "×"},
	}
}

// set is the file to work on, a made one where none was given, and what to call it.
func (o *Options) set(w *world) (path, name string, err error) {
	if o.Data != "" {
		return o.Data, filepath.Base(o.Data), nil
	}
	path = filepath.Join(w.dir, "set.json")
	return path, fmt.Sprintf("made set of %d", o.Size), newMaker().write(path, o.Size)
}

func (o *Options) importing(ctx context.Context) ([]Figure, error) {
	return o.inWorld(ctx, func(w *world) (list []Figure, err error) {
		path, name, err := o.set(w)
		if err != nil {
			return nil, err
		}
		if o.Postgres != "" {
			if w.keeps, err = newDatabase(ctx, o.Postgres); err != nil {
				return nil, err
			}
			defer func() { err = errors.Join(err, w.close(), w.keeps.drop()) }()
			name += " on PostgreSQL"
		}
		d, err := w.add(ctx, "atlas.example")
		if err != nil {
			return nil, err
		}
		raws, err := sample(path, 20_000)
		if err != nil {
			return nil, err
		}
		c, began := &course{raws: raws[:min(len(raws), 500)]}, time.Now()
		server := w.keeps.cpu()
		c.mark(0)
		r, _, err := d.take(ctx, path, func(objects, _ int64) { c.mark(objects) })
		if err != nil {
			return nil, err
		}
		wall, top := time.Since(began), peak()
		if r.Refused > 0 {
			return nil, fmt.Errorf("%d of %d objects are refused: %w", r.Refused, r.Read, r.Refusals[0].Why)
		}
		server = w.keeps.cpu() - server
		if list, err = imported(ctx, w, raws, r.Read, c, server, wall, top); err != nil {
			return nil, err
		}
		again, err := d.again(ctx, w)
		list = append(list, again)
		for i := range list {
			list[i].Part = "import of " + name
		}
		return list, err
	})
}

// imported are the figures of an import.
func imported(ctx context.Context, w *world, raws [][]byte, read int64, c *course, server, wall time.Duration, top float64) ([]Figure, error) {
	base, err := floorOf(raws, w.dir)
	if err != nil {
		return nil, err
	}
	each := Figure{Name: "processor time per object", Value: micros(c.used()+server) / float64(read), Unit: "µs", Target: importTarget}
	disk := onDisk(filepath.Join(w.dir, "atlas.example"))
	var more []Figure
	if w.keeps != nil {
		each.Target, each.Note = postgresTarget, "the server's included"
		more = []Figure{{Name: "– of it the server", Value: micros(server) / float64(read), Unit: "µs"}}
		if disk, err = w.keeps.size(ctx); err != nil {
			return nil, err
		}
	}
	each.beside("JSON alone", base.json)
	each.beside("SHA-256", base.sha256)
	list := []Figure{
		{Name: "objects", Value: float64(read)},
		each,
		{Name: "wall time per object", Value: micros(wall) / float64(read), Unit: "µs"},
		{Name: "on disk per object", Value: disk / float64(read), Unit: "B"},
		{Name: "memory at the peak", Value: top, Unit: "MB", Target: peakTarget},
	}
	list = append(list, more...)
	if read >= 100_000 {
		list = append(list, c.tenths(read)...)
	}
	return list, nil
}

// again is how long a node takes to serve again after it was stopped. Its keys
// are quick to open here; those of a node in earnest take a second more.
func (d *desk) again(ctx context.Context, w *world) (Figure, error) {
	if err := d.halt(); err != nil {
		return Figure{}, err
	}
	began := time.Now()
	err := d.start(ctx, w.log)
	return Figure{Name: "serves again after", Value: time.Since(began).Seconds(), Unit: "s", Target: againTarget}, err
}

// meet makes two nodes that have a pact for the types of a file, the first with
// the file imported.
func (w *world) meet(ctx context.Context, path string) (a, b *desk, ask asking, err error) {
	if a, err = w.add(ctx, "atlas.example"); err != nil {
		return a, b, ask, err
	}
	if b, err = w.add(ctx, "najd.example"); err != nil {
		return a, b, ask, err
	}
	if err = acquaint(ctx, a, b); err != nil {
		return a, b, ask, err
	}
	types, err := typesOf(path)
	if err != nil {
		return a, b, ask, err
	}
	if ask.pact, err = agree(ctx, a, b, types); err != nil {
		return a, b, ask, err
	}
	_, ask.profile, err = a.take(ctx, path, nil)
	return a, b, ask, err
}

func (o *Options) sharing(ctx context.Context) ([]Figure, error) {
	return o.inWorld(ctx, func(w *world) ([]Figure, error) {
		path, name, err := o.set(w)
		if err != nil {
			return nil, err
		}
		a, b, ask, err := w.meet(ctx, path)
		if err != nil {
			return nil, err
		}
		from, began, disk := cpu(), time.Now(), onDisk(w.dir)
		sent, err := a.share(ctx, ask)
		if err != nil {
			return nil, err
		}
		used, wall := cpu()-from, time.Since(began)
		n := float64(sent.Accepted)
		raws, err := sample(path, 20_000)
		if err != nil {
			return nil, err
		}
		base, err := floorOf(raws, w.dir)
		if err != nil {
			return nil, err
		}
		each := Figure{Name: "processor time per object, both nodes", Value: micros(used) / n, Unit: "µs", Target: shareTarget}
		each.beside("JSON alone, at both", 2*base.json)
		each.beside("SHA-256, at both", 2*base.sha256)
		list := []Figure{
			{Name: "objects that crossed", Value: n},
			{Name: "envelopes", Value: float64(len(sent.Envelopes))},
			each,
			{Name: "wall time per object", Value: micros(wall) / n, Unit: "µs"},
			{Name: "on disk per object, both nodes", Value: (onDisk(w.dir) - disk) / n, Unit: "B"},
			{Name: "memory at the peak, both nodes and the import", Value: peak(), Unit: "MB"},
		}
		for i := range list {
			list[i].Part = "share of " + name
		}
		if sent.State != mithaq.Acknowledged {
			return list, fmt.Errorf("the release ended as %s", sent.State)
		}
		return list, b.same(ctx, a, ask, int(n))
	})
}
