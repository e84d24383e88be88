package web

import (
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// names are what organisations are called, in the reader's language; one that is
// not known is called by its domain.
type names map[mithaq.OrgID]string

// lookAround learns what every page shows: the names of the partners, and how
// many releases wait for this person.
func (v *visit) lookAround(tx *store.Tx) error {
	d := &v.site.Desk
	v.names = names{d.Org: mithaq.Texts(d.Name).In(v.say.Lang())}
	partners, err := d.Peer.Partners(tx)
	if err != nil {
		return err
	}
	for _, p := range partners {
		if p.Kind != mithaq.Peer {
			continue
		}
		if c, err := d.Peer.CardOf(tx, p.Card); err == nil { // a card that cannot be read leaves the domain
			v.names[p.Org] = mithaq.Texts(c.Name).In(v.say.Lang())
		}
	}
	v.waiting, err = waitingFor(tx, d, v.viewer)
	return err
}

// waitingFor counts the releases that a person may approve now.
func waitingFor(tx *store.Tx, d *desk.Desk, viewer mithaq.Viewer) (n int, err error) {
	if !viewer.Is(mithaq.Releaser, mithaq.Supervisor) {
		return 0, nil
	}
	all, err := d.Gate.Releases(tx, viewer, "proposed")
	for _, r := range all {
		if viewer.MayApprove(r.Release.Person, mithaq.At(tx.Now())) {
			n++
		}
	}
	return n, err
}

// of is what an organisation is called.
func (n names) of(org mithaq.OrgID) string {
	if name := n[org]; name != "" {
		return name
	}
	return string(org)
}

// short is a name up to its first comma, as long as no other one begins alike:
// tables and sentences have no room for "Atlas, directorate of event security".
func (n names) short(org mithaq.OrgID) string {
	name := n.of(org)
	head, ok := beforeComma(name)
	if !ok {
		return name
	}
	for other := range n {
		if h, _ := beforeComma(n.of(other)); other != org && h == head {
			return name
		}
	}
	return head
}

func beforeComma(name string) (string, bool) {
	i := strings.IndexAny(name, ",،")
	if i <= 0 {
		return name, false
	}
	return strings.TrimSpace(name[:i]), true
}
