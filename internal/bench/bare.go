package bench

import (
	"crypto/rand"
	"runtime"

	"github.com/cloudflare/circl/oprf"
	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq/psi"
)

// bare are the operations of the library that matching cannot do without, and
// nothing else: no messages, no checks, no rows, no padding.
type bare struct {
	server oprf.PartialObliviousServer
	client oprf.PartialObliviousClient
	info   []byte
}

func newBare(info []byte) (*bare, error) {
	key, err := oprf.GenerateKey(oprf.SuiteRistretto255, rand.Reader)
	if err != nil {
		return nil, err
	}
	return &bare{
		oprf.NewPartialObliviousServer(oprf.SuiteRistretto255, key),
		oprf.NewPartialObliviousClient(oprf.SuiteRistretto255, key.Public()), info,
	}, nil
}

// ask blinds, evaluates, proves, verifies and unblinds.
func (b *bare) ask(inputs []psi.Input) error {
	raw := make([][]byte, len(inputs))
	for i := range raw {
		raw[i] = []byte(inputs[i])
	}
	kept, request, err := b.client.Blind(raw)
	if err != nil {
		return err
	}
	evaluation, err := b.server.Evaluate(request, b.info)
	if err != nil {
		return err
	}
	_, err = b.client.Finalize(kept, evaluation, b.info)
	return err
}

// full evaluates n inputs as the key's holder, on all cores.
func (b *bare) full(n int) error {
	side := runtime.GOMAXPROCS(0)
	var g errgroup.Group
	for w := range side {
		g.Go(func() error {
			for i := n * w / side; i < n*(w+1)/side; i++ {
				if _, err := b.server.FullEvaluate([]byte(phone(i)), b.info); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// row is the processor time of one such evaluation, in µs.
func (b *bare) row() float64 {
	const n = 2000
	from := cpu()
	if b.full(n) != nil {
		return 0
	}
	return micros(cpu()-from) / n
}
