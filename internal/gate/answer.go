package gate

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Inquiries knows the questions that items answer.
type Inquiries interface {
	// Answered is the kind of an inquiry that asker put to asked under a pact, one
	// of them us, as long as items may go as an answer to it. NotFound: there is
	// none. Conflict: it is over, or was refused.
	Answered(tx *store.Tx, id, pact stix.ID, asker, asked mithaq.OrgID) (kind string, err error)
	// Carried notes items that went or came for an inquiry.
	Carried(tx *store.Tx, id, release, envelope stix.ID, items int) error
}

// detail is the kind of the inquiry that a release answers, by which the pact
// decides; "" where it answers none.
func (g *Gate) detail(tx *store.Tx, inquiry, pact stix.ID, from, to mithaq.OrgID) (string, error) {
	switch {
	case inquiry == "":
		return "", nil
	case g.Inquiries == nil:
		return "", mithaq.Refuse(mithaq.NotFound, "inquiry.unknown", string(inquiry))
	}
	return g.Inquiries.Answered(tx, inquiry, pact, to, from)
}

func (g *Gate) carried(tx *store.Tx, inquiry, release, envelope stix.ID, items int) error {
	if inquiry == "" || items == 0 {
		return nil
	}
	return g.Inquiries.Carried(tx, inquiry, release, envelope, items)
}

// answer notes on the inquiry that they answer how many items came.
func (a *arrival) answer() error {
	kept := 0
	for _, p := range a.puts {
		if p.Seq != 0 {
			kept++
		}
	}
	r := a.speech.release
	return a.g.carried(a.tx, r.Inquiry, r.ID, a.in.Header.ID, kept)
}

// stops reports whether a release cannot go on: it is denied, or what it
// answers is over.
func stops(r *mithaq.Refusal, release *mithaq.Release) bool {
	return r.Kind == mithaq.Denied || release.Inquiry != "" && (r.Kind == mithaq.Conflict || r.Kind == mithaq.NotFound)
}
