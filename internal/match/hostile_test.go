package match_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// say sends what a forked node would: any bytes as a message of matching, in the
// envelope of its own organisation.
func say(x *table, from, to *mithaqtest.Node, kind mithaq.MessageKind, raw []byte, notes map[string]string) {
	x.t.Helper()
	object, err := jcs.Marshal(map[string]any{
		"type": match.TypeMatch, "spec_version": "2.1", "id": string(stix.NewID(match.TypeMatch)), "bytes": raw,
	})
	x.must(err)
	from.Write(func(tx *store.Tx) error {
		_, err := from.Peer().Send(tx, message.Outbound{
			To: to.Org, Pact: x.pact, Lane: mithaq.LaneBulk, Kind: kind, Content: message.Pack([]message.Object{{Raw: object}}),
			Account: mithaq.Account{Kind: string(kind), At: mithaq.At(tx.Now()), Purpose: mithaqtest.Purpose, Notes: notes},
		})
		return err
	})
	x.Settle()
}

// refused is why the newest message of a kind was refused whole; "" when it was taken.
func refused(x *table, sender *mithaqtest.Node, kind mithaq.MessageKind) (why string) {
	x.t.Helper()
	sender.Read(func(tx *store.Tx) error {
		var receipt []byte
		err := tx.QueryRow("SELECT receipt FROM peer_envelope WHERE kind = ? ORDER BY lane DESC, sequence DESC LIMIT 1", string(kind)).Scan(&receipt)
		if _, after, ok := strings.Cut(string(receipt), `"refused_all":{`); ok {
			_, after, _ = strings.Cut(after, `"key":"`)
			why, _, _ = strings.Cut(after, `"`)
		}
		return err
	})
	return why
}

// A forger has a key of its own under the pact, as the answerer does.
func forgedKey(x *table, epoch int64) psi.Announcement {
	x.t.Helper()
	key, err := psi.NewKey(rand.Reader)
	x.must(err)
	var a psi.Announcement
	x.atlas.Read(func(tx *store.Tx) error {
		t, err := x.atlas.Pacts().InForce(tx, x.pact)
		if err != nil {
			return err
		}
		now := x.atlas.Now()
		a, err = key.Announce(t.Digest, t.Pact.Party(x.atlas.Org).Card, epoch, now, now.Add(24*time.Hour))
		return err
	})
	return a
}

func TestASecondKeyForAnEpochIsEvidence(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 1)...)
		x.publish()
		say(x, x.atlas, x.najd, mithaq.MessageMatchKey, forgedKey(x, 1).Bytes(), nil)
		if why := refused(x, x.atlas, mithaq.MessageMatchKey); why != "match.fault.key-changed" {
			t.Errorf("a second key was refused with %q", why)
		}
		if e := x.najd.Entries("alarm"); len(e) != 1 || e[0].Notes["why"] != "match.fault.key-changed" {
			t.Errorf("the alarm is %+v", e)
		}
		if q := x.question("tickets0.example"); len(q.Hits) != 1 {
			t.Errorf("the first key still holds: %+v", q)
		}
	})
}

func TestASetLargerThanThePactAllows(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		terms := allTerms
		terms.SetSize = 4
		x := newTable(t, terms)
		x.offer(tickets(0, 4)...)
		_, err := x.atlas.Match().Offer(t.Context(), x.atlas.Releaser(), x.offering("one.more.example"))
		if !mithaqtest.Is(err, "match.set-size") {
			t.Errorf("offering more than the pact allows: %v", err)
		}
		x.publish()
		var h psi.Header
		x.najd.Read(func(tx *store.Tx) error {
			var raw []byte
			err := tx.QueryRow("SELECT header FROM match_set").Scan(&raw)
			if err == nil {
				h, err = psi.ReadHeader(raw)
			}
			return err
		})
		h.Serial, h.Previous, h.Count = 2, h.Digest(), 8
		say(x, x.atlas, x.najd, mithaq.MessageMatchSet, h.Bytes(), nil)
		if why := refused(x, x.atlas, mithaq.MessageMatchSet); why != "match.fault.set-too-large" {
			t.Errorf("a set beyond the pact was refused with %q", why)
		}
	})
}

func TestQuestionsThatAreNone(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 1)...)
		x.publish()
		good := x.question("tickets0.example")
		var raw []byte
		x.najd.Read(func(tx *store.Tx) error {
			return tx.QueryRow("SELECT raw FROM match_question WHERE id = ?", string(good.ID)).Scan(&raw)
		})
		identity := append([]byte{}, raw...)
		clear(identity[len(identity)-32:])
		odd := append([]byte{}, raw...)
		odd[len(odd)-32] |= 1
		epoch := []byte(strings.Replace(string(raw), `"epoch":1`, `"epoch":2`, 1))
		for name, c := range map[string]struct {
			raw []byte
			why string
		}{
			"cut in half":          {raw[:len(raw)/2], "match.fault.malformed"},
			"the identity":         {identity, "match.fault.identity"},
			"not canonical":        {odd, "match.fault.not-canonical"},
			"another epoch's info": {epoch, "match.fault.wrong-info"},
			"no question":          {[]byte("who?"), "match.fault.malformed"},
		} {
			say(x, x.najd, x.atlas, mithaq.MessageMatchQuestion, c.raw, nil)
			if why := refused(x, x.najd, mithaq.MessageMatchQuestion); why != c.why {
				t.Errorf("%s: refused with %q, want %q", name, why, c.why)
			}
		}
	})
}

func TestAnAnswerThatDoesNotHoldAndTheQuestionAskedAgain(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 2)...)
		x.publish()
		x.Cut(x.atlas, x.najd)
		id, err := x.najd.Match().Ask(t.Context(), x.najd.Analyst(), x.ask("tickets0.example"))
		x.must(err)
		// A half answer reaches najd before the true one, by the same road.
		var digest mithaq.Digest
		x.najd.Read(func(tx *store.Tx) error {
			var raw []byte
			err := tx.QueryRow("SELECT digest FROM match_question WHERE id = ?", string(id)).Scan(&raw)
			copy(digest[:], raw)
			return err
		})
		x.Join(x.atlas, x.najd)
		say(x, x.atlas, x.najd, mithaq.MessageMatchAnswer, []byte("half an answer"), map[string]string{"question": digest.String()})
		x.WaitFor("something came of it", func() bool { return x.find(id).State != match.Waiting })
		x.Settle()
		if q := x.find(id); q.State == match.Failed {
			v := x.najd.Analyst()
			x.najd.Write(func(tx *store.Tx) error { return x.najd.Match().Again(tx, v, id) })
			x.outcome(id)
		}
		if q := x.find(id); q.State != match.Answered || len(q.Hits) != 1 {
			t.Errorf("asked again: %+v", q)
		}
		if d := x.days(); len(d) != 1 || d[0].Spent != 1 {
			t.Errorf("the budget was spent twice: %+v", d)
		}
	})
}

func (x *table) days() (all []match.Day) {
	x.t.Helper()
	x.atlas.Read(func(tx *store.Tx) (err error) {
		all, err = x.atlas.Match().Days(tx, time.Time{}.AddDate(1970, 0, 0))
		return err
	})
	return all
}

func TestALostAnswerIsAskedAgainForFree(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 2)...)
		x.publish()
		q := x.question("tickets1.example")
		x.najd.Write(func(tx *store.Tx) error { // najd was restored from before the answer came
			_, err := tx.Exec("UPDATE match_question SET state = 'asked', hits = 0 WHERE id = ?", string(q.ID))
			return err
		})
		v := x.najd.Analyst()
		x.najd.Write(func(tx *store.Tx) error { return x.najd.Match().Again(tx, v, q.ID) })
		x.WaitFor("the partner gave it again", func() bool {
			var n int
			x.atlas.Read(func(tx *store.Tx) error { return tx.QueryRow("SELECT sum(repeats) FROM match_asked").Scan(&n) })
			return n == 1
		})
		if d := x.days(); d[0].Spent != 1 || d[0].Questions != 1 {
			t.Errorf("it cost %+v", d)
		}
	})
}

func TestABudgetSlowsWarnsAndEnds(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		terms := allTerms
		terms.PerDay = 5
		x := newTable(t, terms)
		x.offer(tickets(0, 2)...)
		x.publish()
		var took []time.Duration
		for i := range 5 {
			began := time.Now()
			q := x.question(tickets(i, 1)...)
			if q.State != match.Answered {
				t.Fatalf("question %d: %+v", i, q)
			}
			took = append(took, time.Since(began))
		}
		if took[0] > 3*time.Second || took[3] < 3*time.Second || took[4] < 10*time.Second {
			t.Errorf("answers took %v: the second half is slowed", took)
		}
		if e := x.atlas.Entries("match-warning"); len(e) != 1 || e[0].From != x.najd.Org {
			t.Errorf("the warning is %+v", e)
		}
		q := x.question("tickets9.example")
		if q.State != match.Refused || q.Why.Key != "match.fault.over-budget" {
			t.Errorf("the sixth question: %+v", q)
		}
		time.Sleep(24 * time.Hour)
		v := x.najd.Analyst()
		x.najd.Write(func(tx *store.Tx) error { return x.najd.Match().Again(tx, v, q.ID) })
		if q := x.outcome(q.ID); q.State != match.Answered {
			t.Errorf("the day after: %+v", q)
		}
	})
}

func TestWhatIsRefusedBeforeAnythingIsSent(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 1)...)
		x.publish()
		m, ctx := x.najd.Match(), t.Context()
		for name, c := range map[string]struct {
			who    mithaq.Viewer
			change func(*match.Ask)
			why    string
		}{
			"malformed":        {x.najd.Analyst(), func(a *match.Ask) { a.Values = []string{"good.example", "no domain"} }, "match.bad-value"},
			"nothing":          {x.najd.Analyst(), func(a *match.Ask) { a.Values = nil }, "match.ask-count"},
			"no such case":     {x.najd.Analyst(), func(a *match.Ask) { a.Case = "" }, "gate.no-case"},
			"no need to know":  {x.najd.Supervisor(), func(*match.Ask) {}, "gate.no-case"},
			"an auditor":       {auditorOf(x.najd), func(*match.Ask) {}, "match.may-not-ask"},
			"another type":     {x.najd.Analyst(), func(a *match.Ask) { a.Type, a.Values = psi.IP, []string{"192.0.2.1"} }, "match.nothing-offered"},
			"a type not there": {x.najd.Analyst(), func(a *match.Ask) { a.Type, a.Values = psi.Plate, []string{"MA:1234"} }, "match.type"},
			"another purpose":  {x.najd.Analyst(), func(a *match.Ask) { a.Purpose = mithaq.AssetRecovery }, "match.purpose"},
		} {
			ask := x.ask("tickets0.example")
			c.change(&ask)
			if _, err := m.Ask(ctx, c.who, ask); !mithaqtest.Is(err, c.why) {
				t.Errorf("%s: %v, want %s", name, err, c.why)
			}
		}
		if len(x.days()) != 0 {
			t.Error("something was sent")
		}
	})
}

func TestAnAmendmentEndsTheEpoch(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 2)...)
		x.publish()
		before := x.question("tickets0.example")
		x.Amend(x.pact, func(terms *mithaq.Terms) { terms.RecallHours++ }, x.atlas, x.najd)
		x.WaitFor("the old key is destroyed", func() bool { return len(x.atlas.Entries("match-key-destroyed")) == 1 })
		x.WaitFor("there is a set under a new key", func() bool { return ready(x.najd) == 1 })
		for _, n := range []*mithaqtest.Node{x.atlas, x.najd} {
			n.Read(func(tx *store.Tx) error {
				var left, owners int
				err := tx.QueryRow("SELECT count(*) FROM match_epoch WHERE epoch = 1 AND length(seed) > 0").Scan(&left)
				if err == nil {
					err = tx.QueryRow("SELECT count(DISTINCT owner) FROM match_row").Scan(&owners)
				}
				if left != 0 || owners != 1 {
					t.Errorf("%s keeps %d old keys and the rows of %d sets", n.Org, left, owners)
				}
				return err
			})
		}
		after := x.question("tickets0.example")
		if len(after.Hits) != 1 || after.Hits[0].Reference == before.Hits[0].Reference {
			t.Errorf("under the new key: %+v", after)
		}
		x.committed(before.Hits[0]) // what an inquiry quotes stays good
		x.committed(after.Hits[0])
	})
}

func ready(n *mithaqtest.Node) (count int) {
	_ = n.Store().Read(context.Background(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM match_set WHERE state = 'ready' AND epoch = 2").Scan(&count)
	})
	return count
}

func TestASuspensionStopsQuestions(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		x := newTable(t, allTerms)
		x.offer(tickets(0, 1)...)
		x.publish()
		x.atlas.Suspend(x.pact)
		x.Settle()
		if _, err := x.najd.Match().Ask(t.Context(), x.najd.Analyst(), x.ask("tickets0.example")); !mithaqtest.Is(err, "pact.suspended") {
			t.Errorf("asked under suspension: %v", err)
		}
	})
}
