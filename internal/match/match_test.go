package match_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// A table is two organisations with a pact that lets them match.
type table struct {
	*mithaqtest.World
	t           *testing.T
	atlas, najd *mithaqtest.Node
	pact        stix.ID
	casefile    stix.ID // of najd, who asks
	auditor     *age.X25519Identity
}

var allTerms = mithaq.MatchTerms{
	Identifiers: []string{"phone", "domain", "file-hash", "ip", "email"}, PerDay: 20_000, SetSize: 5000,
}

func newTable(t *testing.T, terms mithaq.MatchTerms) *table {
	w := mithaqtest.New(t)
	return sitDown(t, w, terms, w.Node("atlas.example"), w.Node("najd.example"))
}

func sitDown(t *testing.T, w *mithaqtest.World, terms mithaq.MatchTerms, atlas, najd *mithaqtest.Node) *table {
	x := &table{World: w, t: t, atlas: atlas, najd: najd}
	w.Acquaint(x.atlas, x.najd)
	agreed := w.Terms(mithaq.EventTemplate)
	agreed.Match = &terms
	x.pact = w.AgreeOn(agreed, x.atlas, x.najd)
	x.seal()
	x.casefile = x.openCase()
	return x
}

// auditorOf is somebody who holds the auditor's seat.
func auditorOf(n *mithaqtest.Node) mithaq.Viewer {
	return mithaq.Viewer{Org: n.Org, Person: "person-00112233445566ff", Roles: []mithaq.Role{mithaq.Auditor}, Reason: "the yearly look"}
}

func (x *table) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// seal gives najd an auditor to whom openings are sealed.
func (x *table) seal() {
	id, err := age.GenerateX25519Identity()
	x.must(err)
	x.auditor = id
	x.najd.Write(func(tx *store.Tx) error { return x.najd.Match().SealTo(tx, auditorOf(x.najd), id.Recipient().String()) })
}

func (x *table) openCase() stix.ID {
	v := x.najd.Analyst()
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(x.najd.Now()), "Tickets", mithaqtest.Purpose, mithaq.LegalBasis{Ref: mithaqtest.Basis})
	c.Members = []mithaq.PersonID{v.Person}
	x.najd.Write(func(tx *store.Tx) error { return x.najd.Gate().OpenCase(tx, v, c) })
	return c.ID
}

func (x *table) offering(values ...string) match.Offering {
	return match.Offering{
		Pact: x.pact, Purpose: mithaqtest.Purpose, Type: psi.Domain, Values: values, Class: mithaq.SubjectNone, Desk: "fraud desk",
	}
}

// offer lets atlas offer domains, and wants all of them taken.
func (x *table) offer(values ...string) (ids []stix.ID) {
	x.t.Helper()
	all, err := x.atlas.Match().Offer(x.t.Context(), x.atlas.Releaser(), x.offering(values...))
	x.must(err)
	for _, o := range all {
		x.must(o.Why)
		ids = append(ids, o.ID)
	}
	return ids
}

// publish lets atlas' sets go to najd now.
func (x *table) publish() {
	x.t.Helper()
	x.must(x.atlas.Match().PublishNow(x.t.Context(), x.atlas.Supervisor(), x.pact))
	x.WaitFor("najd has atlas' sets as they are", func() bool { return x.shelves(x.atlas) == x.shelves(x.najd) })
	x.Settle()
}

func (x *table) shelves(n *mithaqtest.Node) string {
	var all []match.Shelf
	n.Read(func(tx *store.Tx) (err error) {
		all, err = n.Match().Shelves(tx)
		return err
	})
	return fmt.Sprint(all)
}

func (x *table) ask(values ...string) match.Ask {
	return match.Ask{Partner: x.atlas.Org, Pact: x.pact, Purpose: mithaqtest.Purpose, Type: psi.Domain, Values: values, Case: x.casefile}
}

// question asks and waits for what comes of it.
func (x *table) question(values ...string) *match.Question {
	x.t.Helper()
	id, err := x.najd.Match().Ask(x.t.Context(), x.najd.Analyst(), x.ask(values...))
	x.must(err)
	return x.outcome(id)
}

func (x *table) outcome(id stix.ID) (q *match.Question) {
	x.t.Helper()
	x.WaitFor("the question is answered", func() bool {
		q = x.find(id)
		return q.State != match.Waiting
	})
	return q
}

func (x *table) find(id stix.ID) (q *match.Question) {
	x.t.Helper()
	v := x.najd.Analyst()
	x.najd.Read(func(tx *store.Tx) (err error) {
		q, err = x.najd.Match().Question(tx, v, id)
		return err
	})
	return q
}

// tickets are domains by number.
func tickets(from, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("tickets%d.example", from+i))
	}
	return list
}

func TestAHitAndAMiss(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 3)...)
		x.publish()
		miss := x.question("Elsewhere.example.")
		if miss.State != match.Answered || len(miss.Hits) != 0 {
			t.Fatalf("a miss: %+v", miss)
		}
		hit := x.question("tickets1.example", "elsewhere.example", "TICKETS2.example")
		if hit.State != match.Answered || len(hit.Hits) != 2 || hit.Elements != 16 {
			t.Fatalf("two hits: %+v", hit)
		}
		h := hit.Hits[0]
		if h.Value != "tickets1.example" || h.Desk != "fraud desk" || h.Class != mithaq.SubjectNone {
			t.Errorf("the hit is %+v", h)
		}
		x.committed(h)
		x.opens(hit.ID, "tickets1.example", "elsewhere.example", "tickets2.example")
		x.Settle()
		x.Verify()
	})
}

// The same on PostgreSQL, in real time.
func TestMatchingOnPostgreSQL(t *testing.T) {
	if os.Getenv(storetest.Env) == "" {
		t.Skip("no PostgreSQL: set " + storetest.Env + " to the URL of a server")
	}
	w := mithaqtest.New(t)
	x := sitDown(t, w, allTerms, w.Node("atlas.example", mithaqtest.Keeps(storetest.Schema(t))), w.Node("najd.example", mithaqtest.Keeps(storetest.Schema(t))))
	x.offer(tickets(0, 300)...)
	x.publish()
	x.changes()
	x.batch()
	x.tallies()
}

func TestASetChangesByADeltaAndABatchIsAsked(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 300)...)
		x.publish()
		x.changes()
		x.batch()
		x.tallies()
		x.Settle()
		x.Verify()
	})
}

// changes offers some more and withdraws some, and wants the asker to see it.
func (x *table) changes() {
	x.t.Helper()
	more := x.offer(tickets(1000, 3)...)
	x.publish()
	v := x.atlas.Releaser()
	x.atlas.Write(func(tx *store.Tx) error { return x.atlas.Match().Withdraw(tx, v, more[0]) })
	x.publish()
	var rows, deltas int64
	x.najd.Read(func(tx *store.Tx) error {
		all, err := x.najd.Match().Shelves(tx)
		if err == nil && (len(all) != 1 || all[0].Serial != 3) {
			x.t.Errorf("najd has %+v", all)
		}
		rows = all[0].Rows
		return tx.QueryRow("SELECT count(*) FROM match_piece").Scan(&deltas)
	})
	if rows != 512 || deltas != 0 {
		x.t.Errorf("%d rows, %d pieces left", rows, deltas)
	}
	q := x.question("tickets1000.example", "tickets1001.example")
	if len(q.Hits) != 1 || q.Hits[0].Value != "tickets1001.example" {
		x.t.Errorf("after the change: %+v", q)
	}
}

// batch asks about many, half of which are offered.
func (x *table) batch() {
	x.t.Helper()
	id, err := x.najd.Match().AskMany(x.t.Context(), x.najd.Analyst(), x.ask(tickets(150, 300)...))
	x.must(err)
	var b *match.Batch
	v := x.najd.Analyst()
	x.WaitFor("the batch is done", func() bool {
		x.najd.Read(func(tx *store.Tx) (err error) {
			b, err = x.najd.Match().Batch(tx, v, id)
			return err
		})
		return b.State == match.BatchDone
	})
	if b.Answered != 300 || b.Hits != 150 {
		x.t.Errorf("the batch: %+v", b)
	}
}

// tallies wants both sides to count the same.
func (x *table) tallies() {
	x.t.Helper()
	count := func(n *mithaqtest.Node) (t match.Tally) {
		v := n.Supervisor()
		n.Read(func(tx *store.Tx) error {
			all, err := n.Match().Tallies(tx, v)
			if err == nil && len(all) == 1 {
				t = all[0]
			}
			return err
		})
		return t
	}
	ours, theirs := count(x.najd), count(x.atlas)
	if ours.Identifiers != 302 || ours.Hits != 151 || ours.Asked != theirs.Questions || theirs.Elements != 16+256+256 {
		x.t.Errorf("najd counts %+v, atlas %+v", ours, theirs)
	}
}

// committed wants the answerer to know the reference that a hit gave, and no other.
func (x *table) committed(h match.Hit) {
	x.t.Helper()
	x.atlas.Read(func(tx *store.Tx) error {
		c, err := x.atlas.Match().Committed(tx, x.pact, x.najd.Org, h.Reference)
		if err == nil && (c.Offer.Input.Value() != h.Value || c.Gone) {
			x.t.Errorf("the reference stands for %+v", c)
		}
		return err
	})
	x.atlas.Read(func(tx *store.Tx) error {
		_, err := x.atlas.Match().Committed(tx, x.pact, x.najd.Org, psi.Reference{7})
		if !mithaqtest.Is(err, "match.not-committed") {
			x.t.Errorf("a reference that was never committed: %v", err)
		}
		return nil
	})
}

// opens lets the auditor look into a question.
func (x *table) opens(id stix.ID, values ...string) {
	x.t.Helper()
	var o *match.Opening
	x.najd.Write(func(tx *store.Tx) (err error) {
		o, err = x.najd.Match().Opening(tx, auditorOf(x.najd), id)
		return err
	})
	r, err := age.Decrypt(bytes.NewReader(o.Sealed), x.auditor)
	x.must(err)
	plain, err := io.ReadAll(r)
	x.must(err)
	inputs, err := match.Open(o, plain)
	x.must(err)
	var got []string
	for _, in := range inputs {
		got = append(got, in.Value())
	}
	if fmt.Sprint(got) != fmt.Sprint(values) {
		x.t.Errorf("the opening says %v, want %v", got, values)
	}
}
