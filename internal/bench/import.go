package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// The targets of importing and sharing.
const (
	importTarget = 80.0  // µs of processor time an object
	shareTarget  = 150.0 // µs an object, both nodes
	tenthTarget  = 1.2   // last tenth of a million to the first
	peakTarget   = 300.0 // MB with a million imported
)

const million = 1_000_000

// A progress is where an import was at which cost.
type progress struct {
	objects int64
	cpu     time.Duration
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
	return o.inWorld(ctx, func(w *world) ([]Figure, error) {
		path, name, err := o.set(w)
		if err != nil {
			return nil, err
		}
		d, err := w.add(ctx, "atlas.example")
		if err != nil {
			return nil, err
		}
		at, began := []progress{{0, cpu()}}, time.Now()
		r, _, err := d.take(ctx, path, func(objects, _ int64) { at = append(at, progress{objects, cpu()}) })
		if err != nil {
			return nil, err
		}
		wall, top := time.Since(began), peak()
		if r.Refused > 0 {
			return nil, fmt.Errorf("%d of %d objects are refused: %w", r.Refused, r.Read, r.Refusals[0].Why)
		}
		list, err := imported(w, path, r.Read, at, wall, top)
		for i := range list {
			list[i].Part = "import of " + name
		}
		return list, err
	})
}

// imported are the figures of an import.
func imported(w *world, path string, read int64, at []progress, wall time.Duration, top float64) ([]Figure, error) {
	raws, err := sample(path, 20_000)
	if err != nil {
		return nil, err
	}
	base, err := floorOf(raws, w.dir)
	if err != nil {
		return nil, err
	}
	last := at[len(at)-1]
	each := Figure{Name: "processor time per object", Value: micros(last.cpu-at[0].cpu) / float64(read), Unit: "µs", Target: importTarget}
	each.beside("JSON alone", base.json)
	each.beside("SHA-256", base.sha256)
	list := []Figure{
		{Name: "objects", Value: float64(read)},
		each,
		{Name: "wall time per object", Value: micros(wall) / float64(read), Unit: "µs"},
		{Name: "on disk per object", Value: onDisk(filepath.Join(w.dir, "atlas.example")) / float64(read), Unit: "B"},
		{Name: "memory at the peak", Value: top, Unit: "MB", Target: peakTarget},
	}
	if read >= 100_000 {
		first, end := tenths(at, read)
		list = append(
			list,
			Figure{Name: "first tenth", Value: first, Unit: "µs"},
			Figure{Name: "last tenth", Value: end, Unit: "µs"},
			Figure{Name: "last tenth to the first", Value: end / first, Unit: "×", Target: tenthTarget},
		)
	}
	return list, nil
}

// tenths are the costs per object of the first and last tenth of an import, in µs.
func tenths(at []progress, read int64) (first, last float64) {
	between := func(from, to int64) float64 {
		a, b := at[0], at[len(at)-1]
		for _, p := range at {
			if p.objects <= from {
				a = p
			}
			if p.objects <= to {
				b = p
			}
		}
		return micros(b.cpu-a.cpu) / float64(max(1, b.objects-a.objects))
	}
	return between(0, read/10), between(read-read/10, read)
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
