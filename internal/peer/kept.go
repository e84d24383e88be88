package peer

import (
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// The states of a message here. At the receiver there is no waiting.
const (
	waiting = "waiting"
	settled = "settled" // receipted
	refused = "refused" // receipted, with nothing taken
)

// Kept is a message as stored, at either end.
type kept struct {
	lane     *lane
	sequence int64
	id       stix.ID
	digest   mithaq.Digest
	kind     mithaq.MessageKind
	state    string
	road     string
	created  int64 // when it entered the lane; read only
	header   []byte
	salts    []byte // nil once all content is erased
	digests  []byte
	items    []int64 // per object; 0: none
	objects  []keptObject
	receipt  []byte
	empty    bool // goes without its content: see guard
}

// A keptObject is an object of ours that lies with its message.
type keptObject struct {
	position int
	raw      []byte
}

func (e *kept) insert(tx *store.Tx) error {
	now := micros(tx.Now())
	done := now
	if e.state == waiting {
		done = 0
	}
	var receipt any
	if e.receipt != nil {
		receipt = e.receipt
	}
	_, err := tx.Exec(`INSERT INTO peer_envelope(lane, sequence, id, digest, kind, state, road, created, settled, header, salts, digests, items, receipt)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.lane.id, e.sequence, e.id, e.digest[:], e.kind, e.state, e.road, now, done,
		e.header, e.salts, e.digests, packItems(e.items), receipt)
	if err != nil {
		return named(err, "keep envelope %s", e.id)
	}
	for _, o := range e.objects {
		_, err := tx.Exec("INSERT INTO peer_object(lane, sequence, position, raw) VALUES(?, ?, ?, ?)", e.lane.id, e.sequence, o.position, o.raw)
		if err != nil {
			return named(err, "keep object %d of envelope %s", o.position, e.id)
		}
	}
	return e.index(tx)
}

// index notes which items went or came with it, many rows a statement.
func (e *kept) index(tx *store.Tx) error {
	const rows = 100
	args := make([]any, 0, 4*rows)
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		values := strings.TrimSuffix(strings.Repeat("(?,?,?,?),", len(args)/4), ",")
		_, err := tx.Exec("INSERT INTO peer_reach(item, lane, sequence, position) VALUES"+values, args...)
		args = args[:0]
		return err
	}
	for i, item := range e.items {
		if item == 0 {
			continue
		}
		if args = append(args, item, e.lane.id, e.sequence, int64(i)); len(args) == cap(args) {
			if err := flush(); err != nil {
				return named(err, "index envelope %s", e.id)
			}
		}
	}
	return named(flush(), "index envelope %s", e.id)
}
