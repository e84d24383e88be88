package gate

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A ReleaseState says how far a release has come.
type ReleaseState string

// The states of a release.
const (
	Proposed ReleaseState = "proposed" // waits for a person
	Sending  ReleaseState = "sending"
	Sent     ReleaseState = "sent"    // handed to the lanes, whole
	Declined ReleaseState = "refused" // by a person
	Stopped  ReleaseState = "stopped" // the pact carries it no more
)

// A Proposal is a release for one partner with what was decided about it. Each
// partner has a release of its own, so that none learns what others get.
type Proposal struct {
	Preview
	Release *mithaq.Release // nil when nothing may go
	Digest  mithaq.Digest   // which an approval signs
	State   ReleaseState
}

// Propose decides about a selection for each partner and makes a release of what
// may go. Where nobody else need approve and the viewer may release, it goes out
// at once (Send makes the envelopes); else it waits for Approve. What stays is an
// entry of the own log, with its clauses.
//
// Errors are those of Preview, and a mithaq.Denied beside the proposals when one
// was stopped on its way.
func (g *Gate) Propose(ctx context.Context, v mithaq.Viewer, ask Ask) (all []Proposal, err error) {
	if err := mayAsk(v, &ask); err != nil {
		return nil, err
	}
	var looks []Preview
	err = g.read(ctx, func(tx *store.Tx) error {
		looks, err = g.previews(tx, v, &ask, true)
		return err
	})
	if err == nil {
		err = ask.asSeen(looks)
	}
	if err != nil {
		return nil, err
	}
	err = g.write(ctx, func(tx *store.Tx) error {
		if err := free(tx); err != nil {
			return err
		}
		all = nil
		for i := range looks {
			p, err := g.propose(tx, v, &ask, &looks[i], true)
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		return g.enterPreviews(tx, v, "release-proposed", &ask, looks)
	})
	if err != nil {
		return nil, err
	}
	return all, g.sendNow(ctx, all)
}

// free refuses while the node is in quarantine after a restore.
func free(tx *store.Tx) error {
	why, err := tx.Quarantined()
	if err == nil && why != "" {
		err = mithaq.Refuse(mithaq.Busy, "gate.quarantine")
	}
	return err
}

// sendNow sends what needs nobody else. A release that is denied on its way is
// stopped and keeps none of the others back; the first such denial is the error.
func (g *Gate) sendNow(ctx context.Context, all []Proposal) (denied error) {
	for i := range all {
		if all[i].State != Sending {
			continue
		}
		err := g.Send(ctx, all[i].Release.ID)
		switch {
		case err == nil:
			all[i].State = Sent
		case !errors.Is(err, mithaq.Denied):
			return err
		default:
			all[i].State = Stopped
			denied = cmp.Or(denied, err)
		}
	}
	return denied
}

// propose keeps the release for one partner.
func (g *Gate) propose(tx *store.Tx, v mithaq.Viewer, ask *Ask, look *Preview, attended bool) (Proposal, error) {
	p := Proposal{Preview: *look}
	if len(look.listed) == 0 {
		return p, nil
	}
	s, err := g.Pacts.InForce(tx, ask.Pact)
	if err != nil {
		return p, err
	}
	r := mithaq.NewRelease(stix.NewID(mithaq.TypeRelease), mithaq.At(tx.Now()), g.Org, s.Pact, v.Person)
	r.To, r.Purpose, r.Basis, r.Urgency, r.Use = []mithaq.OrgID{look.To}, ask.Purpose, ask.Basis, ask.Urgency, ask.Use
	r.Case, r.Recipients, r.Inquiry = ask.Case, ask.Recipients, ask.Inquiry
	sealed := sealListing(look.digests)
	r.Count, r.Root = len(look.listed), mithaq.TreeRoot(partRoots(sealed.leaves, g.Envelope))
	if err := r.Check(); err != nil {
		return p, invalid("gate.word", err.Error())
	}
	p.Release, p.Digest, p.State = r, r.Digest(), Proposed
	if look.Reviews == 0 && (v.MayRelease() || v.Node && !attended) {
		p.State = Sending
	}
	return p, g.keepRelease(tx, &p, sealed, attended)
}

func (g *Gate) keepRelease(tx *store.Tx, p *Proposal, sealed *sealing, attended bool) error {
	raw, err := canonical(p.Release)
	if err != nil {
		return err
	}
	listing, err := packListing(p.listed)
	if err != nil {
		return err
	}
	leaves, salts := []byte{}, []byte{}
	if p.State == Proposed {
		leaves, salts = packDigests(sealed.leaves), sealed.salts
	}
	_, err = tx.Exec(`INSERT INTO gate_release(id, digest, partner, pact, state, attended, at, part, per, why, raw, listing, leaves, salts)
		VALUES(?, ?, ?, ?, ?, ?, ?, 0, ?, '', ?, ?, ?, ?)`,
		string(p.Release.ID), p.Digest[:], string(p.To), string(p.Release.Pact), string(p.State), attended, tx.Now().UnixMicro(), g.Envelope, raw, listing, leaves, salts)
	if err != nil {
		return err
	}
	return g.moved(tx, p.Release.ID, p.State)
}

// moved tells that a release is in another state, and sees to its sending.
func (g *Gate) moved(tx *store.Tx, id stix.ID, state ReleaseState) error {
	if state == Sending {
		// Whoever moved it sends it; the job takes over when they do not live to.
		if err := tx.Due(store.DueJob{Kind: JobSend, Key: string(id), At: tx.Now().Add(takeOver)}); err != nil {
			return err
		}
	}
	return tx.Change(TopicRelease, string(id), []byte(state))
}

const takeOver = time.Minute

// setRelease moves a release on.
func (g *Gate) setRelease(tx *store.Tx, id stix.ID, state ReleaseState, why string) error {
	if _, err := tx.Exec("UPDATE gate_release SET state = ?, why = ? WHERE id = ?", string(state), why, string(id)); err != nil {
		return err
	}
	if state != Proposed && state != Sending { // its envelopes have the salts
		if _, err := tx.Exec("UPDATE gate_release SET leaves = ?, salts = ? WHERE id = ?", []byte{}, []byte{}, string(id)); err != nil {
			return err
		}
	}
	return g.moved(tx, id, state)
}

// A Stored is a release as kept.
type Stored struct {
	Release   *mithaq.Release
	Digest    mithaq.Digest
	To        mithaq.OrgID
	State     ReleaseState
	Why       string // of being refused or stopped
	Attended  bool   // a person proposed it
	Approvals []mithaq.Approval
	Part      int // parts sent
	per       int // items in a part
	listing   []byte
	leaves    []byte
	salts     []byte
}

const releaseColumns = "SELECT digest, partner, state, attended, part, per, why, raw, listing, leaves, salts FROM gate_release "

func scanRelease(row interface{ Scan(...any) error }) (*Stored, error) {
	s := &Stored{}
	var digest, raw []byte
	if err := row.Scan(&digest, (*string)(&s.To), (*string)(&s.State), &s.Attended, &s.Part, &s.per, &s.Why, &raw, &s.listing, &s.leaves, &s.salts); err != nil {
		return nil, err
	}
	copy(s.Digest[:], digest)
	var err error
	s.Release, err = stored[mithaq.Release](raw)
	return s, err
}

// Release is a release of ours with its approvals.
func (g *Gate) Release(tx *store.Tx, id stix.ID) (*Stored, error) {
	s, err := scanRelease(tx.QueryRow(releaseColumns+"WHERE id = ?", string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-release", string(id))
	}
	if err != nil {
		return nil, err
	}
	approvals, err := storedAll[mithaq.Approval](tx, "SELECT raw FROM gate_approval WHERE release = ? ORDER BY person", string(id))
	for _, a := range approvals {
		s.Approvals = append(s.Approvals, *a)
	}
	return s, err
}

// Releases lists releases in a state, the oldest first; all where state is "".
func (g *Gate) Releases(tx *store.Tx, v mithaq.Viewer, state ReleaseState) ([]*Stored, error) {
	if !v.MayPropose() && !v.MayAudit() && !v.Node && !v.Is(mithaq.LegalOfficer) {
		return nil, denied("gate.may-not-propose")
	}
	rows, err := tx.Query(releaseColumns+"WHERE ? = '' OR state = ? ORDER BY at, id", string(state), string(state))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []*Stored
	for rows.Next() {
		s, err := scanRelease(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// Listing is the items of a release that the viewer may read.
func (g *Gate) Listing(tx *store.Tx, v mithaq.Viewer, id stix.ID, after, limit int) ([]store.Item, error) {
	s, err := g.Release(tx, id)
	if err != nil {
		return nil, err
	}
	list, err := unpackListing(s.listing)
	if err != nil || after >= len(list) {
		return nil, err
	}
	list = list[after:min(len(list), after+limit)]
	return g.Store.Fetch(tx, v, each(list, func(e entry) int64 { return e.item }))
}

// Approve keeps a second person's signature, or assertion, over a release's
// digest, and lets the release go. Denied: the viewer may not approve it (its
// proposer, a role newly granted), or is not who signed, or the passkey's counter
// did not go on. Unauthenticated: not signed with a credential of theirs.
// Conflict: the release waits for nobody.
func (g *Gate) Approve(ctx context.Context, v mithaq.Viewer, a *mithaq.Approval) error {
	err := g.write(ctx, func(tx *store.Tx) error { return g.approve(tx, v, a) })
	if err != nil {
		return errors.Join(err, g.enterRefusal(ctx, v, a, err))
	}
	return g.sendApproved(ctx, a.Release)
}

func (g *Gate) approve(tx *store.Tx, v mithaq.Viewer, a *mithaq.Approval) error {
	if err := free(tx); err != nil {
		return err
	}
	s, err := g.releaseOf(tx, a.Release)
	if err != nil {
		return err
	}
	switch {
	case !v.MayApprove(s.Release.Person, mithaq.At(tx.Now())), a.Person != v.Person:
		return denied("gate.may-not-approve", string(s.Release.ID))
	case s.State != Proposed:
		return mithaq.Refuse(mithaq.Conflict, "gate.not-waiting", string(s.Release.ID), string(s.State))
	case a.Check() != nil:
		return invalid("gate.word", a.Check().Error())
	case !a.Approves(s.Release):
		return denied("gate.approves-another", string(s.Release.ID))
	}
	if err := g.signedApproval(tx, a); err != nil {
		return err
	}
	raw, err := canonical(a)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO gate_approval(release, person, raw) VALUES(?, ?, ?)", string(s.Release.ID), string(a.Person), raw); err != nil {
		return err
	}
	if err := g.setRelease(tx, s.Release.ID, Sending, ""); err != nil {
		return err
	}
	return g.enter(tx, v, "release-approved", mithaq.Account{
		To: s.To, About: s.Release.ID, Purpose: s.Release.Purpose, Basis: s.Release.Basis,
		Approvals: []mithaq.Digest{a.Digest()}, Counts: map[string]int64{"items": int64(s.Release.Count)},
	})
}

func (g *Gate) releaseOf(tx *store.Tx, digest mithaq.Digest) (*Stored, error) {
	var id string
	err := tx.QueryRow("SELECT id FROM gate_release WHERE digest = ?", digest[:]).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-release", digest.String())
	}
	if err != nil {
		return nil, err
	}
	return g.Release(tx, stix.ID(id))
}

func (g *Gate) signedApproval(tx *store.Tx, a *mithaq.Approval) error {
	if a.Kind == mithaq.Passkey {
		return g.assertedApproval(tx, a)
	}
	key, err := g.Credentials.Key(tx, a.Person, a.Credential)
	if err != nil {
		return err
	}
	signed, err := wordBytes(a)
	if err != nil {
		return err
	}
	if len(a.Signatures) != 1 {
		return mithaq.Refuse(mithaq.Unauthenticated, "gate.not-signed", string(a.Person))
	}
	if err := key.Verify(mithaq.UseApproval, signed, &a.Signatures[0]); err != nil {
		return err
	}
	return g.certify(tx, a.Person, key)
}

func (g *Gate) sendApproved(ctx context.Context, digest mithaq.Digest) error {
	var id stix.ID
	err := g.read(ctx, func(tx *store.Tx) error {
		s, err := g.releaseOf(tx, digest)
		if err == nil {
			id = s.Release.ID
		}
		return err
	})
	if err != nil {
		return err
	}
	return g.Send(ctx, id)
}

// RefuseRelease is a person's no to a proposed release, with a reason.
func (g *Gate) RefuseRelease(tx *store.Tx, v mithaq.Viewer, id stix.ID, why string) error {
	s, err := g.Release(tx, id)
	if err != nil {
		return err
	}
	switch {
	case !v.MayRelease() && v.Person != s.Release.Person:
		return denied("gate.may-not-approve", string(id))
	case s.State != Proposed:
		return mithaq.Refuse(mithaq.Conflict, "gate.not-waiting", string(id), string(s.State))
	}
	if err := g.setRelease(tx, id, Declined, why); err != nil {
		return err
	}
	return g.enter(tx, v, "release-refused", mithaq.Account{To: s.To, About: id, Purpose: s.Release.Purpose, Basis: s.Release.Basis})
}
