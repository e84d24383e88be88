package simulate_test

import (
	"flag"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/simulate"
)

var (
	seed   = flag.Uint64("seed", 1, "seed of the federation")
	nodes  = flag.Int("nodes", 0, "its nodes; a region of a dozen when 0")
	days   = flag.Int("days", 1, "days that it lasts")
	within = flag.Duration("within", 0, "processor time that all days may take together; any when 0")
	memory = flag.Int64("memory", 0, "MiB that the process may ever have; any when 0")
)

// Whatever happens in some days of a federation, at the end all agree, and no
// more went over the network than the pacts and what was done account for.
func TestAFederationEndsInAgreement(t *testing.T) {
	s := simulate.Region()
	if *nodes > 0 {
		s = simulate.Federation()
		s.Nodes = *nodes
	}
	s.Seed, s.Days = *seed, *days
	t.Logf("to repeat: go test ./internal/simulate -v -timeout 60m -args -seed %d -nodes %d -days %d", *seed, *nodes, *days)
	bubble.Test(t, func(t *testing.T) {
		r := simulate.Play(t, s)
		t.Log("\n" + r.String())
		if *within > 0 && r.Lived.CPU > *within {
			t.Errorf("the days took %v of processor time, and may take %v", r.Lived.CPU, *within)
		}
		if peak := simulate.Peak() >> 20; *memory > 0 && peak > *memory {
			t.Errorf("the process had %d MiB, and may have %d", peak, *memory)
		}
	})
}
