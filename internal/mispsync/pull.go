package mispsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/mispapi"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/misp/remote"
)

// A puller reads MISP servers.
type puller struct{ b *Book }

// Forget is subscribe.Reader's.
func (p *puller) Forget(tx *store.Tx, name subscribe.Name) error { return forget(tx, name) }

// Read is one pull.
func (p *puller) Read(ctx context.Context, visit *subscribe.Visit) error {
	run := &pulling{b: p.b, visit: visit, server: serverOf(visit)}
	rows, err := run.index(ctx)
	if err != nil || !run.changed {
		return err
	}
	for _, row := range rows {
		if visit.Full() {
			return subscribe.ErrMore
		}
		if err := run.event(ctx, row); err != nil {
			return err
		}
	}
	return visit.Take(ctx, nil, 0, run.etag, func(tx *store.Tx) error { return noteGone(tx, visit.Terms().Name, run.listed) })
}

func serverOf(visit *subscribe.Visit) *remote.Server {
	pace := visit.Pace()
	return &remote.Server{
		URL: visit.Terms().URL, Key: visit.Secret().Token, HTTP: visit.HTTP(), Agent: pace.Agent,
		Rate: pace.Rate, Tries: pace.Tries, MaxWait: pace.MaxWait, Timeout: pace.Timeout,
	}
}

// A pulling is one pull under way.
type pulling struct {
	b       *Book
	visit   *subscribe.Visit
	server  *remote.Server
	etag    string // of the index that is read
	whole   bool   // a feed: what is published there is for whoever reads it
	changed bool
	listed  map[string]bool // UUIDs that the index has
}

// index asks what there is, and leaves what was read already.
func (p *pulling) index(ctx context.Context) (want []remote.Row, err error) {
	p.listed = map[string]bool{}
	var some []remote.Row
	sift := func() error {
		return p.b.Store.Read(ctx, func(tx *store.Tx) error {
			list, err := wanted(tx, p.visit.Terms().Name, some)
			want, some = append(want, list...), some[:0]
			return err
		})
	}
	p.etag, p.changed, err = p.server.Index(ctx, remote.Filter{From: p.since()}, p.visit.Mark(), func(r remote.Row) error {
		r.UUID = strings.ToLower(r.UUID)
		p.listed[r.UUID] = true
		if some = append(some, r); len(some) < perQuery {
			return nil
		}
		return sift()
	})
	if err != nil || len(some) == 0 {
		return want, err
	}
	return want, sift()
}

// since is the date of the first events that are wanted.
func (p *pulling) since() string {
	if after := p.visit.Terms().After; !after.IsZero() {
		return after.Format("2006-01-02")
	}
	return ""
}

// perTake is how many objects are taken in at once.
const perTake = 2000

// event reads one event and takes in what is new of it.
func (p *pulling) event(ctx context.Context, row remote.Row) error {
	s := seen{uuid: row.UUID, stamp: row.Timestamp, sighted: row.Sighted}
	file, err := os.CreateTemp("", "mithaq-*")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	size, err := p.server.Event(ctx, row.UUID, file)
	if refused, ok := errors.AsType[*remote.StatusError](err); ok && refused.Status == http.StatusNotFound {
		s.standing = "not-there" // deleted since the index was made
		return p.done(ctx, s, 1)
	}
	if err != nil {
		return err
	}
	return p.receive(ctx, s, file, size)
}

// receive takes in what is new of an event in a file.
func (p *pulling) receive(ctx context.Context, s seen, file io.ReadSeeker, size int64) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var batch [][]byte
	a, err := p.b.held.Receive(ctx, p.visit.Viewer(), file, p.hop(), func(object []byte) error {
		if batch = append(batch, object); len(batch) < perTake {
			return nil
		}
		err := p.visit.Take(ctx, batch, 0, p.visit.Mark(), nil)
		batch = nil
		return err
	})
	if broken, ok := errors.AsType[*mispapi.UnreadableError](err); ok {
		return p.hold(ctx, s, file, size, broken)
	}
	if err != nil {
		return err
	}
	if a.UUID != "" && a.UUID != s.uuid {
		return &remote.AnswerError{Why: fmt.Sprintf("asked for event %s, got %s", s.uuid, a.UUID)}
	}
	s.standing = string(a.Standing)
	passed := a.Stayed
	if a.Standing == mispapi.StandsApart {
		passed++
	}
	return p.visit.Take(ctx, batch, passed, p.visit.Mark(), func(tx *store.Tx) error { return note(tx, p.visit.Terms().Name, s) })
}

// done counts an event as read of which nothing is taken in.
func (p *pulling) done(ctx context.Context, s seen, passed int) error {
	return p.visit.Take(ctx, nil, passed, p.visit.Mark(), func(tx *store.Tx) error { return note(tx, p.visit.Terms().Name, s) })
}

// maxHeld is how much of an event that cannot be read is kept.
const maxHeld = 8 << 20

// hold puts an event that cannot be read into quarantine, as it came.
func (p *pulling) hold(ctx context.Context, s seen, file io.ReadSeeker, size int64, why error) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(file, min(size, maxHeld)))
	if err != nil {
		return err
	}
	s.standing = "unreadable"
	return p.visit.Hold(ctx, raw, why, func(tx *store.Tx) error { return note(tx, p.visit.Terms().Name, s) })
}

// hop is how events come here.
func (p *pulling) hop() misp.Hop {
	t := p.visit.Terms()
	return misp.Hop{Way: misp.Pull, Internal: t.Own || p.whole, Org: cmp.Or(t.KnownAs, p.b.held.OrgUUID())}
}
