// Package simulate plays a federation of hundreds of nodes in one process: real
// nodes with real databases, signatures and mutual TLS, on pipes and virtual
// time, as package mithaqtest has them.
//
// Who has a pact with whom is drawn from a small world, where most partners are
// near and some are far, and a few group pacts lie over it. Then days pass, in
// which organisations share, say anew and take back, while lines are cut, nodes
// restart, clocks wander, some partners are slow, and pacts are suspended and
// resumed. At the end everybody must have what it was given and nothing else,
// each log must verify, every two partners must agree, and no more messages may
// have gone out than the pacts and the story account for.
//
// All that happens follows from a seed.
package simulate
