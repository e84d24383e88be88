package mispapi

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
)

// The feed is made when it is asked for, of the published events that the token may
// read: who reads it is known, and an entry says so.

// published goes through the published events in sight, without what was deleted.
func published(l *gate.Look) iter.Seq2[*misp.Event, error] {
	return func(yield func(*misp.Event, error) bool) {
		yes := true
		f := &filter{live: true, published: &yes}
		err := f.events(l, func(h *held) error {
			l.Gave(h.gave()...)
			if !yield(onlyLive(h.event), nil) {
				return errEnough{}
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// A feedFile takes one file of a feed, and lets the others go.
type feedFile struct {
	name string
	to   io.Writer
}

// Create is misp.FeedWriter's.
func (f *feedFile) Create(name string) (io.WriteCloser, error) {
	if name == f.name {
		return closing{f.to}, nil
	}
	return closing{io.Discard}, nil
}

type closing struct{ io.Writer }

func (closing) Close() error { return nil }

// feed answers with one file of the feed.
func (c *call) feed(name, media string) error {
	return c.answer(media, func(l *gate.Look, a *answer) error {
		return misp.WriteFeed(&feedFile{name, a.out}, published(l))
	})
}

func (c *call) feedManifest() error { return c.feed("manifest.json", inJSON) }

func (c *call) feedHashes() error { return c.feed("hashes.csv", "text/csv; charset=UTF-8") }

// feedEvent answers with one event of the feed.
func (c *call) feedEvent() error {
	var out bytes.Buffer
	err := c.look(func(l *gate.Look) error {
		h, err := load(l.Last, c.path.arg(0))
		if err != nil || h == nil || !h.event.Bool("published") {
			return orElse(err, absent("event"))
		}
		l.Gave(h.gave()...)
		one := func(yield func(*misp.Event, error) bool) { yield(onlyLive(h.event), nil) }
		return misp.WriteFeed(&feedFile{h.event.UUID() + ".json", &out}, one)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return absent("event")
	}
	if err != nil {
		return err
	}
	c.raw(200, inJSON, out.Bytes())
	return nil
}
