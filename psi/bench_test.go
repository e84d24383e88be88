package psi

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/cloudflare/circl/oprf"
)

// Each reports its ratio to what the bare library needs for the same, done in
// turns with it. mithaq bench --only match measures in processor time, with
// sets of a hundred thousand and a million.
func BenchmarkQuestion(b *testing.B) {
	for _, n := range []int{1, 16, 256, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkQuestion(b, n) })
	}
}

func benchmarkQuestion(b *testing.B, n int) {
	w := newWorld(b, 1000)
	w.random = rand.Reader
	set, _ := w.build()
	inputs := phones(upTo(n)...)
	raw := make([][]byte, n)
	for i := range raw {
		raw[i] = []byte(inputs[i])
	}
	server, info := w.key.server(), w.info.Bytes()
	client := oprf.NewPartialObliviousClient(suite, server.PublicKey())
	var bare time.Duration
	for b.Loop() {
		asked := w.ask(inputs...)
		if _, err := asked.Finalise(w.answer(asked), set); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		began := time.Now()
		kept, request, err := client.Blind(raw)
		if err != nil {
			b.Fatal(err)
		}
		done, err := server.Evaluate(request, info)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := client.Finalize(kept, done, info); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(bare), "×bare")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/item")
}

func BenchmarkRow(b *testing.B) {
	w := newWorld(b, 0)
	maker, err := w.key.rowMaker(w.info, Building{})
	if err != nil {
		b.Fatal(err)
	}
	offer := offerOf(1)
	for b.Loop() {
		if _, err := maker.make(offer, [nonceSize]byte{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	w := newWorld(b, 10_000)
	set, _ := w.build()
	output := make([]byte, 64)
	for b.Loop() {
		if _, _, err := set.look(output); err != nil {
			b.Fatal(err)
		}
	}
}
