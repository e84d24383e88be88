package mithaqtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Profile keeps a source profile whose labels let things cross, and gives its id.
func (n *Node) Profile() stix.ID {
	n.t.Helper()
	return n.ProfileWith(func(*mithaq.Handling) {})
}

// ProfileWith is Profile with other labels.
func (n *Node) ProfileWith(change func(*mithaq.Handling)) stix.ID {
	n.t.Helper()
	v := n.Legal()
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(n.Now()), "desk")
	p.Org, p.Person, p.Basis = n.Org, v.Person, mithaq.LegalBasis{Ref: Basis}
	p.Default = mithaq.Handling{
		TLP: stix.TLPGreen, PAP: mithaq.PAPGreen, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info1,
		Subjects: mithaq.SubjectNone, Nature: mithaq.Fact, Originator: n.Org,
		Purposes: []mithaq.Purpose{Purpose, mithaq.Fraud}, RetainDays: 365, Onward: mithaq.OnwardConsent,
	}
	change(&p.Default)
	n.Write(func(tx *store.Tx) error {
		_, err := n.Gate().KeepProfile(tx, v, p)
		return err
	})
	return p.ID
}

// IndicatorID is the id of an indicator about a number.
func IndicatorID(i int) stix.ID {
	return stix.ID(fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i))
}

// Indicator is the first version of an indicator, which names no person.
func Indicator(i int) string { return IndicatorVersion(i, 0) }

// IndicatorVersion is a later version of it, which says something else.
func IndicatorVersion(i, version int) string {
	const form = `{"type":"indicator","spec_version":"2.1","id":"%s","created":"1999-11-20T10:00:00.000Z",` +
		`"modified":"1999-11-20T%02d:00:00.000Z","name":"ticket site %d, version %d","indicator_types":["malicious-activity"],` +
		`"pattern":"[domain-name:value = 'tickets%d.example']","pattern_type":"stix","valid_from":"1999-11-20T10:00:00Z"}`
	return fmt.Sprintf(form, IndicatorID(i), 10+version, i, version, i)
}

// Indicators are some of them, numbered from first.
func Indicators(first, count int) (list []string) {
	for i := range count {
		list = append(list, Indicator(first+i))
	}
	return list
}

// Import takes objects in under a source profile.
func (n *Node) Import(profile stix.ID, objects ...string) *gate.Report {
	n.t.Helper()
	bundle := `{"type":"bundle","id":"` + string(stix.NewID("bundle")) + `","objects":[` + strings.Join(objects, ",") + `]}`
	r, err := n.Gate().Intake(n.ctx(), n.Analyst(), strings.NewReader(bundle), gate.Import{Profile: profile})
	n.must(err)
	if r.Refused > 0 {
		n.t.Fatalf("%s refuses to take in: %v", n.Org, r.Refusals[0].Why)
	}
	return r
}

// Ask is to share what a selection names under a pact.
func Ask(pact stix.ID, selection gate.Selection, to ...*Node) gate.Ask {
	a := gate.Ask{Pact: pact, Selection: selection, Purpose: Purpose, Basis: Basis, Urgency: mithaq.Routine}
	for _, n := range to {
		a.To = append(a.To, n.Org)
	}
	return a
}

// Share releases objects by their ids to nodes, as the releaser may where no
// second person is asked for, and wants all of it to go.
func (n *Node) Share(pact stix.ID, ids []stix.ID, to ...*Node) []gate.Proposal {
	n.t.Helper()
	all, err := n.Gate().Propose(n.ctx(), n.Releaser(), Ask(pact, gate.Selection{IDs: ids}, to...))
	n.must(err)
	for _, p := range all {
		if p.State != gate.Sent || p.Goes != len(ids) {
			n.t.Fatalf("%s to %s: of %d objects %d go and %d wait for review; stays %+v", n.Org, p.To, p.Items, p.Goes, p.Reviews, p.Stays)
		}
	}
	return all
}

// Approve lets the supervisor sign for a proposed release.
func (n *Node) Approve(digest mithaq.Digest) error {
	n.t.Helper()
	v, pair := n.Supervisor(), n.Person("salma").Credential.Pair
	a := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(n.Now()), n.Org, digest, v.Person, pair.KeyID(), mithaq.SoftwareKey)
	s, _, err := sign.Object(pair, mithaq.UseApproval, a)
	n.must(err)
	a.Signatures = []mithaq.Signature{s}
	return n.Gate().Approve(n.ctx(), v, a)
}

// Recall takes every version of objects back from everybody who got them.
func (n *Node) Recall(ids ...stix.ID) []gate.Taken {
	n.t.Helper()
	taken, err := n.Gate().Recall(n.ctx(), n.Releaser(), gate.Recalling{IDs: ids, Reason: mithaq.ProtectedPerson})
	n.must(err)
	return taken
}

// Versions lists the versions of an object that the node's people can read.
func (n *Node) Versions(id stix.ID) (names []string) {
	n.t.Helper()
	v := n.Analyst()
	n.Read(func(tx *store.Tx) error {
		all, err := n.Store().Versions(tx, v, id)
		for i := range all {
			raw, err := jcs.Transform(all[i].Raw)
			if err != nil {
				return err
			}
			names = append(names, string(raw))
		}
		return err
	})
	slices.Sort(names)
	return names
}

// Has reports whether the node's people can read an object.
func (n *Node) Has(id stix.ID) bool {
	n.t.Helper()
	return len(n.Versions(id)) > 0
}

// Statements lists what a partner stated as erased at the node's request.
func (n *Node) Statements(of *Node) (list []*mithaq.Erasure) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		list, err = n.Gate().Statements(tx, of.Org)
		return err
	})
	return list
}

// Names are the ids of those objects named by their envelopes that the node
// still has, recalled ones too.
func (n *Node) Names(list mithaq.CarriedAll) (ids []stix.ID) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		known, err := n.Gate().Known(tx, list)
		for _, ref := range known {
			ids = append(ids, ref.ID)
		}
		return err
	})
	return ids
}

// Sent lists the messages in which the node sent an object, recalled or not.
func (n *Node) Sent(id stix.ID) (out []peer.Passage) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		all, err := n.Store().Versions(tx, mithaq.NodeViewer(n.Org), id)
		if err != nil {
			return err
		}
		for i := range all {
			passages, err := n.Peer().Reached(tx, all[i].Seq)
			if err != nil {
				return err
			}
			out = append(out, slices.DeleteFunc(passages, func(p peer.Passage) bool { return !p.Out })...)
		}
		return nil
	})
	return out
}

// Stopped reports whether another node refused an object of ours because the pact
// was suspended when it came: the receipt says so, and people can share it again.
func (n *Node) Stopped(id stix.ID, to *Node) (found bool) {
	n.t.Helper()
	who := n.Releaser()
	n.Read(func(tx *store.Tx) error {
		all, err := n.Gate().Releases(tx, who, "")
		for _, r := range all {
			way, err := n.Gate().Delivery(tx, r.Release.ID)
			if err != nil {
				return err
			}
			if r.To != to.Org || way.Whole == nil || way.Whole.Key != "pact.suspended" {
				continue
			}
			items, err := n.Gate().Listing(tx, who, r.Release.ID, 0, 1000)
			if err != nil {
				return err
			}
			found = found || slices.ContainsFunc(items, func(it store.Item) bool { return it.Ref.ID == id })
		}
		return err
	})
	return found
}
