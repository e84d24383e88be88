package fulltext

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A place says how far an index has come: the number of the last item that it
// has, and of the last change by which it took items out.
type place struct{ items, erased int64 }

// A doc is an item and its words.
type doc struct {
	item  int64
	words []string
}

// An engine keeps words. Each step is one transaction, and moves the place with it.
type engine interface {
	place(ctx context.Context) (place, error)
	add(ctx context.Context, docs []doc, upTo int64) error
	drop(ctx context.Context, items []int64, upTo int64) error
	find(ctx context.Context, q Query, below int64, limit int) ([]int64, error)
	reset(ctx context.Context) error
	close() error
}

// Config is what an Index is made of.
type Config struct {
	Store *store.Store
	Dir   string   // folder of text.db; "" where the store's database keeps the words
	Wakes []string // topics under which items come
	Log   *slog.Logger
}

// An Index finds items by their words.
type Index struct {
	Config
	engine    engine
	following sync.Mutex
}

// Open opens the index. A file that is damaged, or of another version, is begun anew.
func Open(ctx context.Context, c Config) (*Index, error) {
	x := &Index{Config: c, engine: &postgres{c.Store}}
	if c.Dir == "" {
		return x, nil
	}
	var err error
	x.engine, err = openFile(ctx, c.Dir, c.Log)
	if err != nil {
		return nil, fmt.Errorf("fulltext: %w", err)
	}
	return x, nil
}

// Close closes the index; Run must have returned.
func (x *Index) Close() error { return x.engine.close() }

// Find is the numbers of items that a question finds, the newest first: those
// below a number, or all where it is 0, at most limit.
func (x *Index) Find(ctx context.Context, q Query, below int64, limit int) ([]int64, error) {
	if q.Empty() {
		return nil, nil
	}
	found, err := x.find(ctx, q, below, limit)
	if err != nil {
		return nil, fmt.Errorf("fulltext: find: %w", err)
	}
	return found, nil
}

func (x *Index) find(ctx context.Context, q Query, below int64, limit int) ([]int64, error) {
	found, err := x.engine.find(ctx, q, below, limit)
	if err != nil || len(found) > 0 {
		return found, err
	}
	if some, err := x.engine.find(ctx, q, 0, 1); err != nil || len(some) > 0 {
		return nil, err
	}
	return x.engine.find(ctx, q.prefix(), below, limit)
}

// Reset forgets everything; Run builds it anew.
func (x *Index) Reset(ctx context.Context) error {
	x.following.Lock()
	defer x.following.Unlock()
	return x.engine.reset(ctx)
}

// Waits between looks when nothing wakes, and after a fault.
const (
	lookAgain  = 5 * time.Minute
	afterFault = 10 * time.Second
)

// Run follows the store until ctx ends. A fault of the index is logged, and tried
// again: what is found by words is behind meanwhile, and nothing else.
func (x *Index) Run(ctx context.Context) error {
	for {
		wakes := x.wakes()
		wait := lookAgain
		if err := x.Follow(ctx); err != nil && ctx.Err() == nil {
			x.Log.Warn("the index of words is behind", "err", err)
			wait = afterFault
		}
		if err := x.sleep(ctx, wakes, wait); err != nil {
			return err
		}
	}
}

func (x *Index) wakes() (list []<-chan struct{}) {
	for _, topic := range append([]string{store.TopicErased}, x.Wakes...) {
		list = append(list, x.Store.Wake(topic))
	}
	return list
}

// sleep waits for any of the wakes, at most for a time.
func (x *Index) sleep(ctx context.Context, wakes []<-chan struct{}, wait time.Duration) error {
	woken, stop := context.WithTimeout(ctx, wait)
	defer stop()
	for _, w := range wakes {
		go func() {
			select {
			case <-w:
				stop()
			case <-woken.Done():
			}
		}()
	}
	<-woken.Done()
	return ctx.Err()
}

// Follow takes in what the store kept and erased since. It returns when there is nothing left.
func (x *Index) Follow(ctx context.Context) error {
	x.following.Lock()
	defer x.following.Unlock()
	at, err := x.engine.place(ctx)
	if err != nil {
		return err
	}
	for more := true; more; {
		if at.items, more, err = x.takeIn(ctx, at.items); err != nil {
			return err
		}
	}
	for more := true; more; {
		if at.erased, more, err = x.takeOut(ctx, at.erased); err != nil {
			return err
		}
	}
	return nil
}

// perStep is how many items are one transaction.
const perStep = 500

func (x *Index) takeIn(ctx context.Context, after int64) (last int64, more bool, err error) {
	var page []store.Item
	err = x.Store.Read(ctx, func(tx *store.Tx) error {
		page, more, err = x.Store.Page(tx, mithaq.NodeViewer(""), store.Query{After: after, Limit: perStep})
		return err
	})
	if err != nil || len(page) == 0 {
		return after, false, err
	}
	docs := make([]doc, len(page))
	for i := range page {
		docs[i] = doc{page[i].Seq, wordsOf(page[i].Raw)}
	}
	last = docs[len(docs)-1].item
	return last, more, x.engine.add(ctx, docs, last)
}

func (x *Index) takeOut(ctx context.Context, after int64) (last int64, more bool, err error) {
	var changes []store.Change
	err = x.Store.Read(ctx, func(tx *store.Tx) error {
		changes, err = x.Store.ChangesAfter(tx, after, []string{store.TopicErased}, perStep)
		return err
	})
	if err != nil || len(changes) == 0 {
		return after, false, err
	}
	var items []int64
	var faults []error
	for _, c := range changes {
		item, err := strconv.ParseInt(c.Key, 10, 64)
		items, faults = append(items, item), append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return after, false, err
	}
	last = changes[len(changes)-1].Seq
	return last, len(changes) == perStep, x.engine.drop(ctx, items, last)
}
