package mithaqtest

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Acquaint makes every two of the nodes partners: one is invited and calls,
// and two persons on each side hear the other's desk read digits.
func (w *World) Acquaint(nodes ...*Node) {
	w.t.Helper()
	for i, a := range nodes {
		for _, b := range nodes[i+1:] {
			code, err := a.Peer().Invite(a.ctx(), a.Legal(), "desk")
			a.must(err)
			_, err = b.Peer().Introduce(b.ctx(), b.Legal(), "https://"+a.address, code)
			b.must(err)
			a.Hear(b)
			b.Hear(a)
		}
	}
}

// Hear lets two persons of the node accept another by what its desk reads out.
func (n *Node) Hear(other *Node) {
	n.t.Helper()
	for _, v := range []mithaq.Viewer{n.Legal(), n.Supervisor()} {
		_, err := n.Peer().Accept(n.ctx(), v, other.Org, other.Reads(2, 7, 12), "number in the national directory")
		n.must(err)
	}
}

// Reads is what the node's desk reads out: digits, by position.
func (n *Node) Reads(positions ...int) map[int]string {
	n.t.Helper()
	said := map[int]string{}
	n.Read(func(tx *store.Tx) error {
		print, err := n.Peer().Print(tx, n.Org)
		for _, at := range positions {
			said[at] = print.Digits()[at-1]
		}
		return err
	})
	return said
}
