package mispsync

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/misp/remote"
)

// A feeder reads folders in which MISP servers publish events: manifest.json and
// one file for each event. hashes.csv says nothing that the events do not.
type feeder struct{ b *Book }

// Forget is subscribe.Reader's.
func (f *feeder) Forget(tx *store.Tx, name subscribe.Name) error { return forget(tx, name) }

// Read asks for the manifest, and for each event that is new or newer in it.
func (f *feeder) Read(ctx context.Context, visit *subscribe.Visit) error {
	run := &pulling{b: f.b, visit: visit, server: serverOf(visit), whole: true, listed: map[string]bool{}}
	var manifest bytes.Buffer
	etag, changed, err := run.server.File(ctx, "/manifest.json", visit.Mark(), &manifest)
	if err != nil || !changed {
		return err
	}
	rows, err := remote.ManifestRows(manifest.Bytes())
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].UUID = strings.ToLower(rows[i].UUID)
		run.listed[rows[i].UUID] = true
	}
	err = f.b.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err = wanted(tx, visit.Terms().Name, rows)
		return err
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if visit.Full() {
			return subscribe.ErrMore
		}
		if err := run.file(ctx, row); err != nil {
			return err
		}
	}
	return visit.Take(ctx, nil, 0, etag, func(tx *store.Tx) error { return noteGone(tx, visit.Terms().Name, run.listed) })
}

// file reads one event of a feed.
func (p *pulling) file(ctx context.Context, row remote.Row) error {
	s := seen{uuid: row.UUID, stamp: row.Timestamp}
	file, err := os.CreateTemp("", "mithaq-*")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	_, _, err = p.server.File(ctx, "/"+row.UUID+".json", "", file)
	if refused, ok := errors.AsType[*remote.StatusError](err); ok && refused.Status == http.StatusNotFound {
		s.standing = "not-there"
		return p.done(ctx, s, 1)
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return p.receive(ctx, s, file, info.Size())
}
