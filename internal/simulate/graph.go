package simulate

import (
	"math/rand/v2"
	"slices"
)

// An edge joins two nodes by their numbers, the lower first.
type edge [2]int

func between(a, b int) edge { return edge{min(a, b), max(a, b)} }

// smallWorld draws a graph by the model of Watts and Strogatz (Nature 393, 1998):
// a ring of n nodes, each joined to its near nearest ones (an even number), of
// which each edge is then led elsewhere with a probability. The edges are n*near/2,
// sorted, and none is there twice.
func smallWorld(dice *rand.Rand, n, near int, rewired float64) []edge {
	taken := map[edge]bool{}
	for i := range n {
		for d := 1; d <= near/2; d++ {
			taken[between(i, (i+d)%n)] = true
		}
	}
	ring := sorted(taken)
	for _, e := range ring {
		if dice.Float64() < rewired {
			lead(dice, n, e, taken)
		}
	}
	return sorted(taken)
}

// lead gives an edge another end, if it can find one quickly.
func lead(dice *rand.Rand, n int, e edge, taken map[edge]bool) {
	for range 100 {
		to := between(e[0], dice.IntN(n))
		if to[0] != to[1] && !taken[to] {
			delete(taken, e)
			taken[to] = true
			return
		}
	}
}

func sorted(edges map[edge]bool) (list []edge) {
	for e := range edges {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b edge) int { return slices.Compare(a[:], b[:]) })
	return list
}

// group draws some different nodes, sorted.
func group(dice *rand.Rand, n, size int) []int {
	members := dice.Perm(n)[:size]
	slices.Sort(members)
	return members
}
