package peer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A Record is what one side has of one message: see Difference.
type Record struct {
	Leaf     mithaq.Digest `json:"leaf"` // as its opening gives it
	Envelope stix.ID       `json:"envelope"`
}

// A Difference is a place where two records of one lane disagree, or one where
// a record disagrees with itself.
type Difference struct {
	Partner  mithaq.OrgID
	Pact     stix.ID
	Lane     mithaq.Lane
	From     mithaq.OrgID // who sent on the lane
	Index    int64        // in the lane's log; sequence − 1
	Ours     *Record      // nil: we have nothing there
	Theirs   *Record      // nil: the partner has nothing there, or was not asked
	Position int          // of an object, when What is about one; −1 otherwise
	Item     int64        // that object's number in our store; 0: none
	Origin   string       // of the lane's log
	What     string       // the key of a sentence
}

// String names the place and what differs there.
func (d *Difference) String() string {
	where := fmt.Sprintf("lane %s from %s, with %s, entry %d", d.Lane, d.From, d.Partner, d.Index)
	if r := cmp.Or(d.Ours, d.Theirs); r != nil && r.Envelope != "" {
		where += ", message " + string(r.Envelope)
	}
	if d.Position >= 0 {
		where += fmt.Sprintf(", object %d", d.Position)
	}
	return where + ": " + strings.TrimPrefix(d.What, "verify.") + " altered or missing"
}

// What differs.
const (
	DifferLeaf     = "verify.leaf"     // the two hold different leaves
	DifferMissing  = "verify.missing"  // one of the two holds nothing
	DifferOpening  = "verify.opening"  // our entry is not what our leaf commits to
	DifferEnvelope = "verify.envelope" // our message is not what was signed
	DifferObject   = "verify.object"   // an object's bytes are not those that crossed
)

// A Comparison is the outcome of comparing two nodes' records.
type Comparison struct {
	Partner     mithaq.OrgID
	Lanes       int   // compared
	Entries     int64 // that both hold
	Waiting     int64 // that one has sent and the other not yet received: no difference
	Differences []Difference
}

// logState answers GET /mithaq/v1/log/{origin}: the log as this node has it, of
// a lane between it and the caller. With from and count, the records of a range.
type logState struct {
	Origin  string      `json:"origin"`
	Pact    stix.ID     `json:"pact"`
	From    string      `json:"from"`
	To      string      `json:"to"`
	Lane    mithaq.Lane `json:"lane"`
	Tree    mithaq.Tree `json:"tree"`
	Records []Record    `json:"records,omitempty"`
}

const maxRecords = 4096

// serveLog answers partners, each about its own lanes.
func (p *Peer) serveLog(w http.ResponseWriter, r *http.Request) {
	a := w.(*answer)
	var v any
	err := p.cfg.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		v, err = p.logStates(tx, callerOf(r.Context()).org, r)
		return err
	})
	if err != nil {
		a.fail(p, r, err)
		return
	}
	if raw, ok := v.([]byte); ok {
		a.header.Set("Content-Type", taxii.MediaType)
		a.WriteHeader(http.StatusOK)
		_, _ = a.Write(raw) // into memory
		return
	}
	a.json(http.StatusOK, v)
}

func (p *Peer) logStates(tx *store.Tx, org mithaq.OrgID, r *http.Request) (any, error) {
	lanes, err := p.lanesWith(tx, org)
	if err != nil {
		return nil, err
	}
	origin := r.PathValue("origin")
	if origin == "" {
		all := make([]logState, len(lanes))
		for i, l := range lanes {
			if all[i], err = stateOf(tx, l); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	i := slices.IndexFunc(lanes, func(l *lane) bool { return l.origin() == origin })
	if i < 0 {
		return nil, mithaq.Refuse(mithaq.NotFound, "peer.no-log", origin)
	}
	if q := r.URL.Query(); q.Has("message") {
		sequence, err := strconv.ParseInt(q.Get("message"), 10, 64)
		if err != nil {
			return nil, mithaq.Refuse(mithaq.Invalid, "peer.range", r.URL.RawQuery)
		}
		return p.keptMessage(tx, lanes[i], sequence)
	}
	return ranged(tx, lanes[i], r)
}

func ranged(tx *store.Tx, l *lane, r *http.Request) (logState, error) {
	s, err := stateOf(tx, l)
	if err != nil || !r.URL.Query().Has("from") {
		return s, err
	}
	from, err1 := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
	count, err2 := strconv.Atoi(r.URL.Query().Get("count"))
	if err := errors.Join(err1, err2); err != nil || from < 0 || count < 1 || count > maxRecords {
		return s, mithaq.Refuse(mithaq.Invalid, "peer.range", r.URL.RawQuery)
	}
	s.Records, err = recordsOf(tx, l, from, count)
	return s, err
}

func (p *Peer) lanesWith(tx *store.Tx, org mithaq.OrgID) ([]*lane, error) {
	return lanesWhere(tx, "(sender = ? AND receiver = ?) OR (sender = ? AND receiver = ?)", p.cfg.Org, org, org, p.cfg.Org)
}

// stateOf computes the root anew from what the entries open to: what is said
// of a log is what can be shown of it, not what was once stored as its root.
func stateOf(tx *store.Tx, l *lane) (logState, error) {
	s := logState{Origin: l.origin(), Pact: l.Pact, From: string(l.From), To: string(l.To), Lane: l.Lane}
	var root mithaq.RootBuilder
	for from := int64(0); ; {
		records, err := recordsOf(tx, l, from, maxRecords)
		if err != nil {
			return s, err
		}
		for i := range records {
			root.Add(records[i].Leaf[:])
		}
		from += int64(len(records))
		if len(records) < maxRecords {
			break
		}
	}
	s.Tree = mithaq.Tree{Size: root.Size(), Root: root.Root()}
	return s, nil
}

// recordsOf are the records of a range. An entry that is gone leaves an empty one.
func recordsOf(tx *store.Tx, l *lane, from int64, count int) ([]Record, error) {
	var all []Record
	for len(all) < count {
		n := min(1000, count-len(all))
		entries, err := ledger.Find(tx, l.log, ledger.Filter{After: from + int64(len(all)), Limit: n})
		if err != nil {
			return nil, err
		}
		base := from + int64(len(all))
		for _, e := range entries {
			for base < e.Index && len(all) < count { // a gap
				all = append(all, Record{})
				base++
			}
			all = append(all, Record{Leaf: e.Opening.Leaf()})
			base++
		}
		if len(entries) < n {
			break
		}
	}
	return all, withEnvelopes(tx, l, from, all)
}

func withEnvelopes(tx *store.Tx, l *lane, from int64, records []Record) error {
	rows, err := tx.Query("SELECT sequence, id FROM peer_envelope WHERE lane = ? AND sequence > ? AND sequence <= ? ORDER BY sequence",
		l.id, from, from+int64(len(records)))
	if err != nil {
		return named(err, "messages of lane %d", l.id)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var sequence int64
		var id stix.ID
		if err := rows.Scan(&sequence, &id); err != nil {
			return named(err, "messages of lane %d", l.id)
		}
		records[sequence-1-from].Envelope = id
	}
	return rows.Err()
}

// VerifyWith compares every lane of every link with a partner, both ways, and
// names each difference: on which lane, at which index, in which message, and
// what each side has there. What is sent and not yet received is no difference.
func (p *Peer) VerifyWith(ctx context.Context, org mithaq.OrgID) (*Comparison, error) {
	v := &comparing{p: p, ctx: ctx, c: &Comparison{Partner: org}}
	theirs, err := v.ask("", "")
	if err != nil {
		return nil, fmt.Errorf("verify with %s: %w", org, noLine(err, "peer.no-line"))
	}
	var ours []*lane
	states := map[string]logState{}
	err = p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		if ours, err = p.lanesWith(tx, org); err != nil {
			return err
		}
		for _, l := range ours {
			if states[l.origin()], err = stateOf(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, l := range ours {
		i := slices.IndexFunc(theirs, func(s logState) bool { return s.Origin == l.origin() })
		other := logState{Origin: l.origin()}
		if i >= 0 {
			other = theirs[i]
			theirs = slices.Delete(theirs, i, i+1)
		}
		if err := v.lane(l, states[l.origin()], other); err != nil {
			return nil, fmt.Errorf("verify with %s: %s: %w", org, l.origin(), err)
		}
	}
	for _, s := range theirs {
		if err := v.unknownHere(s); err != nil {
			return nil, err
		}
	}
	return v.c, nil
}

type comparing struct {
	p   *Peer
	ctx context.Context
	c   *Comparison
}

// ask asks the partner for its states, or for one with a range of records.
func (v *comparing) ask(origin, query string) ([]logState, error) {
	path := logPath + origin
	if query != "" {
		path += "?" + query
	}
	resp, err := v.p.ask(v.ctx, errand{org: v.c.Partner, method: http.MethodGet, path: path, limit: 8 << 20})
	if err != nil {
		return nil, err
	}
	if origin == "" {
		var all []logState
		err := json.Unmarshal(resp.Body, &all)
		return all, err
	}
	var one logState
	err = json.Unmarshal(resp.Body, &one)
	return []logState{one}, err
}

// lane compares one. The common case is one comparison of two roots; only a
// lane that differs is read.
func (v *comparing) lane(l *lane, ours, theirs logState) error {
	v.c.Lanes++
	common := min(ours.Tree.Size, theirs.Tree.Size)
	v.c.Entries += common
	if ours.Tree == theirs.Tree {
		return nil
	}
	same, err := v.prefix(l, ours, theirs, common)
	if err != nil {
		return err
	}
	if !same {
		if err := v.records(l, 0, common); err != nil {
			return err
		}
	}
	return v.tail(l, common, ours.Tree.Size, theirs.Tree.Size)
}

// prefix says whether the longer log, cut to the shorter one's size, is the same tree.
func (v *comparing) prefix(l *lane, ours, theirs logState, common int64) (bool, error) {
	if ours.Tree.Size == theirs.Tree.Size || ours.Tree.Size < theirs.Tree.Size {
		return false, nil // theirs has to be read for that anyway
	}
	var root mithaq.RootBuilder
	err := v.p.cfg.Store.Read(v.ctx, func(tx *store.Tx) error {
		for from := int64(0); from < common; {
			records, err := recordsOf(tx, l, from, int(min(maxRecords, common-from)))
			if err != nil {
				return err
			}
			for i := range records {
				root.Add(records[i].Leaf[:])
			}
			from += int64(len(records))
		}
		return nil
	})
	return root.Root() == theirs.Tree.Root || common == 0, err
}

// records compares leaf by leaf.
func (v *comparing) records(l *lane, from, until int64) error {
	for ; from < until; from += maxRecords {
		n := int(min(maxRecords, until-from))
		theirs, err := v.ask(l.origin(), fmt.Sprintf("from=%d&count=%d", from, n))
		if err != nil {
			return err
		}
		var ours []Record
		err = v.p.cfg.Store.Read(v.ctx, func(tx *store.Tx) error {
			ours, err = recordsOf(tx, l, from, n)
			return err
		})
		if err != nil {
			return err
		}
		for i := range n {
			v.one(l, from+int64(i), at(ours, i), at(theirs[0].Records, i))
		}
	}
	return nil
}

func at(list []Record, i int) *Record {
	if i >= len(list) || list[i].Leaf.IsZero() {
		return nil
	}
	return &list[i]
}

func (v *comparing) one(l *lane, index int64, ours, theirs *Record) {
	d := v.difference(l, index)
	d.Ours, d.Theirs = ours, theirs
	switch {
	case ours == nil || theirs == nil:
		d.What = DifferMissing
	case ours.Leaf != theirs.Leaf:
		d.What = DifferLeaf
	case ours.Envelope != theirs.Envelope:
		d.What = DifferEnvelope
	default:
		return
	}
	v.c.Differences = append(v.c.Differences, d)
}

func (v *comparing) difference(l *lane, index int64) Difference {
	return Difference{Partner: v.c.Partner, Pact: l.Pact, Lane: l.Lane, From: l.From, Index: index, Position: -1}
}

// tail looks at what one side has and the other has not. What the sender has
// beyond the last message that was receipted may be on its way; all else is a
// difference.
func (v *comparing) tail(l *lane, common, ours, theirs int64) error {
	until := max(ours, theirs)
	if weSend := l.From == v.p.cfg.Org; (ours > theirs) == weSend {
		done, err := v.done(l, weSend)
		if err != nil {
			return err
		}
		until = max(common, min(until, done))
		v.c.Waiting += max(ours, theirs) - until
	}
	return v.records(l, common, until)
}

// done is how far a lane was receipted, by what we hold ourselves.
func (v *comparing) done(l *lane, weSend bool) (int64, error) {
	if !weSend {
		return l.next - 1, nil
	}
	var waits int64
	err := v.p.cfg.Store.Read(v.ctx, func(tx *store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM peer_envelope WHERE lane = ? AND state = 'waiting'", l.id).Scan(&waits)
	})
	return l.next - 1 - waits, err
}

// unknownHere is a lane that the partner has and we have not.
func (v *comparing) unknownHere(s logState) error {
	v.c.Lanes++
	if mithaq.OrgID(s.From) == v.c.Partner {
		v.c.Waiting += s.Tree.Size
		return nil
	}
	l := &lane{way: way{s.Pact, mithaq.OrgID(s.From), mithaq.OrgID(s.To), s.Lane}}
	theirs, err := v.ask(s.Origin, fmt.Sprintf("from=0&count=%d", maxRecords))
	if err != nil {
		return err
	}
	for i := range theirs[0].Records {
		v.one(l, int64(i), nil, at(theirs[0].Records, i))
	}
	return nil
}
