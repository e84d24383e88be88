package psi

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// stream is randomness that is the same each time: SHA-512 of a label and a
// counter. It is for tests alone.
type stream struct {
	label string
	n     uint64
	rest  []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for i := range p {
		if len(s.rest) == 0 {
			sum := sha512.Sum512(binary.BigEndian.AppendUint64([]byte(s.label), s.n))
			s.rest, s.n = sum[:], s.n+1
		}
		p[i], s.rest = s.rest[0], s.rest[1:]
	}
	return len(p), nil
}

func digestOf(text string) mithaq.Digest { return sha256.Sum256([]byte(text)) }

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A world has an answerer with a key, and what was offered.
type world struct {
	testing.TB

	random io.Reader
	key    *Key
	ann    Announcement
	info   Info
	offers []Offer
}

func infoOf(t Type) Info {
	return Info{
		Version: Version, Pact: digestOf("pact"), Asker: digestOf("asker"), Answerer: digestOf("answerer"),
		Scheme: t.Scheme(), Purpose: mithaq.OrganisedCrime, Epoch: 7,
	}
}

// newWorld has n phones on offer, numbered from 0.
func newWorld(t testing.TB, n int) *world {
	w := &world{TB: t, random: &stream{label: t.Name()}, info: infoOf(Phone)}
	w.key = must[*Key](t)(NewKey(w.random))
	w.ann = must[Announcement](t)(w.key.Announce(w.info.Pact, w.info.Answerer, w.info.Epoch, noon, noon.Add(MaxEpoch)))
	for i := range n {
		w.offers = append(w.offers, offerOf(i))
	}
	return w
}

// phoneOf is the numbered phone as Read gives it.
func phoneOf(i int) Input { return Input(fmt.Sprintf("phone\x00+21266%07d", i)) }

func offerOf(i int) Offer {
	var reference Reference
	sum := digestOf(fmt.Sprint("reference ", i))
	copy(reference[:], sum[:])
	return Offer{phoneOf(i), Record{reference, mithaq.SubjectSuspect, "Fraud desk, Rabat"}}
}

func each(offers []Offer) iter.Seq2[Offer, error] {
	return func(yield func(Offer, error) bool) {
		for _, o := range offers {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (w *world) building() Building {
	return Building{At: mithaq.At(noon), Random: w.random, Workers: 2}
}

// build gives the set and its rows.
func (w *world) build() (*Set, []byte) {
	w.Helper()
	var rows bytes.Buffer
	h, err := w.key.Build(w.info, each(w.offers), &rows, w.building())
	if err != nil {
		w.Fatal(err)
	}
	return must[*Set](w)(OpenSet(h, bytes.NewReader(rows.Bytes()))), rows.Bytes()
}

func (w *world) ask(inputs ...Input) *Asked {
	w.Helper()
	return must[*Asked](w)(Ask(w.ann, w.info, Case{1}, inputs, w.random))
}

func (w *world) answer(a *Asked) []byte {
	w.Helper()
	q := must[*Question](w)(ReadQuestion(a.Bytes()))
	return must[[]byte](w)(w.key.Answer(w.info, q))
}

func phones(numbers ...int) []Input {
	var inputs []Input
	for _, n := range numbers {
		inputs = append(inputs, phoneOf(n))
	}
	return inputs
}

func upTo(n int) []int {
	return slices.Collect(func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	})
}
