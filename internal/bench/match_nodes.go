package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"time"

	"filippo.io/age"
	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// A pairing is two nodes that serve and match: lines, signatures, logs, budgets,
// openings sealed to an auditor, and two stores on this disk.
type pairing struct {
	answerer, asker *desk
	pact            stix.ID
	casefile        stix.ID
}

// matchingNodes measures matching through the whole of two nodes.
func (o *Options) matchingNodes(ctx context.Context) ([]Figure, error) {
	return o.inWorld(ctx, func(w *world) ([]Figure, error) {
		m, err := w.pair(ctx, o.Identifiers)
		if err != nil {
			return nil, err
		}
		return m.measure(ctx, o.Identifiers)
	})
}

func (w *world) pair(ctx context.Context, n int) (*pairing, error) {
	m := &pairing{}
	var err error
	if m.answerer, err = w.add(ctx, "atlas.example"); err != nil {
		return nil, err
	}
	if m.asker, err = w.add(ctx, "najd.example"); err != nil {
		return nil, err
	}
	if err := acquaint(ctx, m.answerer, m.asker); err != nil {
		return nil, err
	}
	p, err := draft(ctx, m.answerer, m.asker, nil)
	if err != nil {
		return nil, err
	}
	p.Terms.Match = &mithaq.MatchTerms{Identifiers: []string{string(psi.FileHash)}, PerDay: 20*n + 20_000, SetSize: n}
	if err := agreeOn(ctx, m.answerer, m.asker, p); err != nil {
		return nil, err
	}
	m.pact = p.ID
	return m, m.prepare(ctx)
}

// prepare gives the asker a case and an auditor.
func (m *pairing) prepare(ctx context.Context) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	v, err := m.asker.viewer(ctx, officer)
	if err != nil {
		return err
	}
	auditor := mithaq.Viewer{Org: m.asker.org, Person: "person-00112233445566ff", Roles: []mithaq.Role{mithaq.Auditor}}
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(time.Now()), "Bench", purpose, mithaq.LegalBasis{Ref: basis})
	c.Members, m.casefile = []mithaq.PersonID{v.Person}, c.ID
	return m.asker.Store().Write(ctx, func(tx *store.Tx) error {
		if err := m.asker.Match().SealTo(tx, auditor, id.Recipient().String()); err != nil {
			return err
		}
		return m.asker.Gate().OpenCase(tx, v, c)
	})
}

// hashes are file hashes by number.
func hashes(from, n int) []string {
	list := make([]string, n)
	for i := range list {
		sum := sha256.Sum256([]byte(strconv.Itoa(from + i)))
		list[i] = "sha256:" + hex.EncodeToString(sum[:])
	}
	return list
}

func (m *pairing) measure(ctx context.Context, n int) ([]Figure, error) {
	var ours, bare stretch
	if err := m.offer(ctx, hashes(0, n)); err != nil {
		return nil, err
	}
	if err := ours.take(func() error { return m.publish(ctx) }); err != nil {
		return nil, err
	}
	set := ours
	one, err := m.one(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := ours.take(func() error { return m.batch(ctx, n) }); err != nil {
		return nil, err
	}
	memory := peak()
	if err := bare.take(func() error { return bareMatch(n) }); err != nil {
		return nil, err
	}
	figures := matchFigures(n, &ours, &bare)[:3]
	for i := range figures {
		figures[i].Name = "two nodes: " + figures[i].Name
	}
	return append(append(one, figures...),
		Figure{Name: "– of it the set, from the first row to the last received", Value: set.used.Seconds() / float64(runtime.GOMAXPROCS(0)), Unit: "s"},
		Figure{Name: "– memory of both nodes at the peak", Value: memory, Unit: "MB", Target: matchMemory}), nil
}

// bareMatch does with the library alone what the nodes did.
func bareMatch(n int) error {
	b, err := newBare([]byte("info"))
	if err != nil {
		return err
	}
	if err := b.full(n); err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(numbers(n/2, n), psi.MaxQuestion) {
		g.Go(func() error { return b.ask(part) })
	}
	return g.Wait()
}

func (m *pairing) offer(ctx context.Context, values []string) error {
	v, err := m.answerer.viewer(ctx, chief)
	if err != nil {
		return err
	}
	made, err := m.answerer.Match().Offer(ctx, v, match.Offering{
		Pact: m.pact, Purpose: purpose, Type: psi.FileHash, Values: values, Class: mithaq.SubjectNone, Desk: "malware desk",
	})
	for _, o := range made {
		if err == nil {
			err = o.Why
		}
	}
	return err
}

// publish makes the set, and waits until the asker has verified it.
func (m *pairing) publish(ctx context.Context) error {
	v, err := m.answerer.viewer(ctx, chief)
	if err != nil {
		return err
	}
	if err := m.answerer.Match().PublishNow(ctx, v, m.pact); err != nil {
		return err
	}
	return until(ctx, func() (there bool, err error) {
		err = m.asker.Store().Read(ctx, func(tx *store.Tx) error {
			sets, err := m.asker.Match().Shelves(tx)
			there = len(sets) == 1
			return err
		})
		return there, err
	})
}

func (m *pairing) ask(values []string) match.Ask {
	return match.Ask{Partner: m.answerer.org, Pact: m.pact, Purpose: purpose, Type: psi.FileHash, Values: values, Case: m.casefile}
}

// one measures questions about one identifier, from the person to the result.
func (m *pairing) one(ctx context.Context, n int) ([]Figure, error) {
	v, err := m.asker.viewer(ctx, officer)
	if err != nil {
		return nil, err
	}
	const questions = 100
	took := make([]time.Duration, questions)
	from := cpu()
	for i := range took {
		began := time.Now()
		id, err := m.asker.Match().Ask(ctx, v, m.ask(hashes(2*n+i, 1)))
		if err != nil {
			return nil, err
		}
		if err := m.answered(ctx, v, id); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	used := (cpu() - from) / questions
	slices.Sort(took)
	return []Figure{
		{Name: "two nodes: one question, by the clock, p50", Value: millis(took[questions/2]), Unit: "ms", Target: questionTarget},
		{Name: "– p99", Value: millis(took[questions-1]), Unit: "ms"},
		{Name: "– processor time of both nodes", Value: millis(used), Unit: "ms"},
	}, nil
}

// answered waits for the answer to a question.
func (m *pairing) answered(ctx context.Context, v mithaq.Viewer, id stix.ID) error {
	deadline := time.After(patience)
	for {
		news := m.asker.Store().Wake(match.TopicQuestion)
		var q *match.Question
		err := m.asker.Store().Read(ctx, func(tx *store.Tx) (err error) {
			q, err = m.asker.Match().Question(tx, v, id)
			return err
		})
		if err != nil || q.State == match.Answered {
			return err
		}
		if q.State != match.Waiting {
			return fmt.Errorf("question: %s", q.State)
		}
		select {
		case <-news:
		case <-deadline:
			return fmt.Errorf("question %s: no answer", id)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// batch asks about n, of which half are offered, as one job.
func (m *pairing) batch(ctx context.Context, n int) error {
	v, err := m.asker.viewer(ctx, officer)
	if err != nil {
		return err
	}
	id, err := m.asker.Match().AskMany(ctx, v, m.ask(hashes(n/2, n)))
	if err != nil {
		return err
	}
	for {
		news := m.asker.Store().Wake(match.TopicQuestion)
		done, err := m.finished(ctx, id, n)
		if done || err != nil {
			return err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// finished reports whether a batch is, and wants the hits that it must have.
func (m *pairing) finished(ctx context.Context, id stix.ID, n int) (bool, error) {
	v, err := m.asker.viewer(ctx, officer)
	if err != nil {
		return false, err
	}
	var b *match.Batch
	err = m.asker.Store().Read(ctx, func(tx *store.Tx) (err error) {
		b, err = m.asker.Match().Batch(tx, v, id)
		return err
	})
	switch {
	case err != nil || b.State == match.BatchRunning:
		return false, err
	case b.State != match.BatchDone || b.Hits != n-n/2:
		return false, fmt.Errorf("batch: %s with %d hits, want %d", b.State, b.Hits, n-n/2)
	}
	return true, nil
}
