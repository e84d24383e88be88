package mithaqtest

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Person is somebody of a node, with the credential that signs for them.
type Person struct {
	ID         mithaq.PersonID
	Credential *keys.Credential
}

func (n *Node) enrol(m node.MadePerson) {
	n.t.Helper()
	c, err := keys.LoadCredential(m.Credential, Sealing)
	n.must(err)
	n.people[m.Handle] = &Person{ID: m.ID, Credential: c}
}

// Analyst imports and proposes, Releaser releases what needs no second person
// and recalls, Supervisor approves, Legal signs pacts.
func (n *Node) Analyst() mithaq.Viewer    { n.t.Helper(); return n.viewer("amal") }
func (n *Node) Releaser() mithaq.Viewer   { n.t.Helper(); return n.viewer("rami") }
func (n *Node) Supervisor() mithaq.Viewer { n.t.Helper(); return n.viewer("salma") }
func (n *Node) Legal() mithaq.Viewer      { n.t.Helper(); return n.viewer("lina") }

// viewer is a person as the node's accounts know them now, with a reason.
func (n *Node) viewer(handle string) (v mithaq.Viewer) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		v, err = n.Accounts().PersonViewer(tx, n.people[handle].ID)
		return err
	})
	v.Reason, v.Purpose, v.Basis = "the event", Purpose, Basis
	return v
}

// Person is one of the node's people by handle: amal, rami, salma or lina.
func (n *Node) Person(handle string) *Person { return n.people[handle] }
