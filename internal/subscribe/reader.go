package subscribe

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Reader reads servers of one kind. Its schedule, credentials, dialling, labels,
// quarantine and account are the book's.
type Reader interface {
	// Read reads what is new since the run before and gives it to the run, whose
	// Mark says where to go on. It may be ended by ctx at any time, and is called
	// again then. What it gives twice does no harm.
	Read(ctx context.Context, r *Visit) error
	// Forget ends what it keeps of a subscription, in the transaction that removes it.
	Forget(tx *store.Tx, name Name) error
}

// A Visit is one run, as its reader sees it.
type Visit struct {
	g      *going
	secret Secret
}

// Terms are the subscription's.
func (r *Visit) Terms() *Terms { return &r.g.sub.Terms }

// Mark is where to go on; "" for the beginning.
func (r *Visit) Mark() string { return r.g.sub.Mark }

// Secret is what the server knows us by.
func (r *Visit) Secret() Secret { return r.secret }

// Added is when the subscription was begun.
func (r *Visit) Added() time.Time { return r.g.sub.Added }

// Viewer is as whom things are taken in.
func (r *Visit) Viewer() mithaq.Viewer { return r.g.sub.viewer(r.g.b.Org) }

// HTTP is the only way to the server: guarded, to its host alone, and counted.
func (r *Visit) HTTP() *http.Client { return r.g.line.http }

// A Pace is how the server is asked.
type Pace struct {
	Agent   string
	Rate    float64 // requests a second
	Tries   int
	MaxWait time.Duration
	Timeout time.Duration
}

// Pace is what the terms and limits say about it.
func (r *Visit) Pace() Pace {
	b := r.g.b
	return Pace{Agent: b.Agent, Rate: float64(r.g.sub.Rate) / 60, Tries: b.Tries, MaxWait: b.Wait, Timeout: b.Answer}
}

// Store is the node's.
func (r *Visit) Store() *store.Store { return r.g.b.Store }

// Full reports that this run has seen as much as one may.
func (r *Visit) Full() bool { return r.g.run.Seen >= r.g.sub.Most }

// ErrMore is what a reader ends with that left something because the run was full.
var ErrMore = errMore

// Take takes objects in, holds in quarantine what cannot be, and stores the mark,
// in one transaction, at whose end with runs, where it is not nil. passed counts
// objects that are not for us.
func (r *Visit) Take(ctx context.Context, objects [][]byte, passed int, mark string, with func(tx *store.Tx) error) error {
	return r.g.keep(ctx, objects, passed, func(tx *store.Tx) (*Subscription, error) {
		next := *r.g.sub
		next.Mark = mark
		if with == nil {
			return &next, nil
		}
		return &next, with(tx)
	})
}

// Hold puts into quarantine what is no object that could be taken in, with the
// reason, and stores what with writes.
func (r *Visit) Hold(ctx context.Context, raw []byte, why error, with func(tx *store.Tx) error) error {
	g := r.g
	return g.keepNothing(ctx, func(tx *store.Tx) (Count, error) {
		fates := []fate{{what: gate.Refused, why: why}}
		if err := g.b.hold(tx, g.sub.Name, [][]byte{raw}, fates); err != nil {
			return Count{}, err
		}
		return countOf(fates, 0), with(tx)
	})
}

// keepNothing is keep for what takes nothing in.
func (g *going) keepNothing(ctx context.Context, write func(tx *store.Tx) (Count, error)) error {
	var stored *Subscription
	var count Count
	err := g.b.write(ctx, func(tx *store.Tx) (err error) {
		if count, err = write(tx); err != nil {
			return err
		}
		stored, err = g.move(tx, g.sub, count)
		return err
	})
	if err != nil {
		return err
	}
	g.sub = stored
	g.run.Pages++
	g.run.add(count)
	return nil
}

// others reads a server that does not speak TAXII.
func (g *going) others(ctx context.Context, secret Secret) error {
	reader := g.b.Readers[g.sub.Kind]
	if reader == nil {
		return fmt.Errorf("subscribe: nothing here reads %s", g.sub.Kind)
	}
	return reader.Read(ctx, &Visit{g, secret})
}
