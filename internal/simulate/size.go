package simulate

import "time"

// A Size says how large a federation is and how much happens in it. Rates are
// a day.
type Size struct {
	Seed    uint64
	Nodes   int
	Near    int     // partners of each node in the small world, an even number
	Rewired float64 // share of them that are not neighbours
	Groups  []int   // members of each group pact
	Days    int

	PairShares  float64 // objects shared under each pact of two
	GroupShares float64 // objects shared with all of each group
	Anew        float64 // of what is shared, how much is said anew
	Recalled    float64 // of what is shared, how much is taken back
	Cuts        float64 // lines cut, of all lines
	Restarts    float64 // nodes restarted, of all nodes
	Suspensions float64 // pacts suspended for a while, of all pacts
	Rotations   float64 // nodes that change keys, of all nodes
	Slow        float64 // nodes that are slow, of all nodes
	Latency     time.Duration
}

// Federation is as many states as the world has, about.
func Federation() Size {
	return Size{
		Seed: 1, Nodes: 195, Near: 4, Rewired: 0.1, Groups: []int{24, 20, 16}, Days: 1,
		PairShares: 0.5, GroupShares: 6, Anew: 0.2, Recalled: 0.15,
		Cuts: 0.1, Restarts: 0.1, Suspensions: 0.05, Rotations: 0.02, Slow: 0.05, Latency: 400 * time.Millisecond,
	}
}

// Region is small enough to be played under the race detector.
func Region() Size {
	s := Federation()
	s.Nodes, s.Groups = 12, []int{5, 4, 3}
	s.Cuts, s.Restarts, s.Suspensions, s.Rotations, s.Slow = 0.3, 0.4, 0.2, 0.2, 0.1
	return s
}

// of is how many a rate makes of so many in all days, one at the least.
func (s *Size) of(rate float64, n int) int {
	if rate == 0 {
		return 0
	}
	return max(1, int(rate*float64(n)*float64(s.Days)+0.5))
}

// span is how long everything lasts.
func (s *Size) span() time.Duration { return time.Duration(s.Days) * 24 * time.Hour }
