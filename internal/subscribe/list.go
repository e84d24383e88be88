package subscribe

import (
	"bytes"
	"context"
	"iter"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/indicator/sheet"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/misp/remote"
)

// A lister reads lists of values at one address: a text, or a table whose columns
// the terms say. Its indicators hold from the day on which the subscription began,
// so that a value is the same indicator however often it is read.
type lister struct{}

// Forget is Reader's: a lister keeps nothing.
func (lister) Forget(*store.Tx, Name) error { return nil }

const perList = 2000 // objects that are taken in at once

// Read takes the list in where it is another than it was. Values that left it stay
// as long as their source profile says.
func (lister) Read(ctx context.Context, visit *Visit) error {
	t, pace := visit.Terms(), visit.Pace()
	s := &remote.Server{URL: t.URL, HTTP: visit.HTTP(), Agent: pace.Agent, Rate: pace.Rate, Tries: pace.Tries, MaxWait: pace.MaxWait}
	if token := visit.Secret().Token; token != "" {
		s.Key = "Bearer " + token // RFC 6750, 2.1
	}
	var body limited
	etag, changed, err := s.File(ctx, "", visit.etag(), &body)
	if err != nil || !changed {
		return err
	}
	digest := mithaq.DigestOf(body.Bytes()).String()
	if visit.same(digest) {
		return nil
	}
	records, err := t.records(body.Bytes())
	if err != nil {
		return &remote.AnswerError{Why: err.Error()}
	}
	return visit.list(ctx, records, digest+" "+etag)
}

// limited is a list in memory, bounded as any text that is read.
type limited struct{ bytes.Buffer }

// Write refuses what is more than a text may have.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > indicator.MaxText {
		return 0, &remote.AnswerError{Why: "the list is too long"}
	}
	return l.Buffer.Write(p)
}

// A mark of a list is its digest and its ETag, with a space between them.
func (r *Visit) etag() string {
	_, etag, _ := bytes.Cut([]byte(r.Mark()), []byte{' '})
	return string(etag)
}

func (r *Visit) same(digest string) bool {
	was, _, _ := bytes.Cut([]byte(r.Mark()), []byte{' '})
	return string(was) == digest
}

// layout is how the table is to be read.
func (t *Terms) layout() (*sheet.Layout, error) {
	l := new(sheet.Layout)
	if err := strict.Decode([]byte(t.Columns), 1<<20, l); err != nil {
		return nil, err
	}
	return l, l.Check()
}

// records are the values of a list.
func (t *Terms) records(raw []byte) (iter.Seq2[sheet.Record, error], error) {
	if t.Columns != "" {
		l, err := t.layout()
		if err != nil {
			return nil, err
		}
		return l.Read(bytes.NewReader(raw)), nil
	}
	text, err := indicator.Decode(raw, "")
	if err != nil {
		return nil, err
	}
	found, doubts := indicator.FromText(text)
	return func(yield func(sheet.Record, error) bool) { yield(sheet.Record{Found: found, Doubts: doubts}, nil) }, nil
}

// list takes in what is made of values, and then stores the mark. What looks like a
// value and is none counts as passed.
func (r *Visit) list(ctx context.Context, records iter.Seq2[sheet.Record, error], mark string) error {
	maker := indicator.Maker{At: r.Added(), Source: string(r.Terms().Source)}
	var batch [][]byte
	passed := 0
	flush := func(mark string) error {
		err := r.Take(ctx, batch, passed, mark, nil)
		batch, passed = nil, 0
		return err
	}
	for rec, err := range records {
		if err != nil {
			return &remote.AnswerError{Why: err.Error()}
		}
		passed += len(rec.Doubts)
		for i := range rec.Found {
			objects, err := maker.Objects(rec.Found[i].Value, rec.Details)
			if err != nil {
				passed++
				continue
			}
			if batch = append(batch, objects...); len(batch) < perList {
				continue
			}
			if r.Full() {
				return ErrMore
			}
			if err := flush(r.Mark()); err != nil {
				return err
			}
		}
	}
	return flush(mark)
}
