package peer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A ContentFault is something kept of a message that is no longer what was sent.
type ContentFault struct {
	Origin   string // of the lane's log
	Sequence int64
	Envelope stix.ID
	Partner  mithaq.OrgID
	Position int    // of the object, from 0; -1 for the header itself
	Item     int64  // the store's number; 0 when there is none
	What     string // header, content-root, object
}

func (f ContentFault) String() string {
	where := fmt.Sprintf("%s #%d (%s, with %s)", f.Origin, f.Sequence, f.Envelope, f.Partner)
	if f.Position < 0 {
		return where + ": " + f.What + " altered"
	}
	return fmt.Sprintf("%s, object %d: %s altered", where, f.Position, f.What)
}

// VerifyContents holds everything kept of every message to what was signed:
// each header to its digest, the objects' digests to the header's content root,
// and each object that is still here to its salted digest. What was erased has no
// salt and is passed over.
func (p *Peer) VerifyContents(ctx context.Context) (faults []ContentFault, err error) {
	var at spot
	for more := true; more && err == nil; {
		err = p.cfg.Store.Read(ctx, func(tx *store.Tx) (err error) {
			var found []ContentFault
			at, found, err = p.verifySome(tx, at)
			faults, more = append(faults, found...), at.lane != 0
			return err
		})
	}
	return faults, err
}

// keptMessage is what the check of one message reads.
type keptMessage struct {
	lane, sequence                        int64
	id, origin, sender, receiver          string
	digest, header, salts, digests, items []byte
}

// verifySome checks the messages after at, some at a time; the spot it gives
// back is zero at the end.
func (p *Peer) verifySome(tx *store.Tx, at spot) (spot, []ContentFault, error) {
	const some = 16
	rows, err := tx.Query(`SELECT e.lane, e.sequence, e.id, l.origin, l.sender, l.receiver, e.digest, e.header, e.salts, e.digests, e.items
		FROM peer_envelope e JOIN peer_lane l ON l.id = e.lane
		WHERE e.lane > ? OR (e.lane = ? AND e.sequence > ?) ORDER BY e.lane, e.sequence LIMIT ?`, at.lane, at.lane, at.sequence, some)
	if err != nil {
		return spot{}, nil, named(err, "messages")
	}
	defer func() { _ = rows.Close() }()
	var list []keptMessage
	for rows.Next() {
		var m keptMessage
		if err := rows.Scan(&m.lane, &m.sequence, &m.id, &m.origin, &m.sender, &m.receiver, &m.digest, &m.header, &m.salts, &m.digests, &m.items); err != nil {
			return spot{}, nil, named(err, "messages")
		}
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return spot{}, nil, err
	}
	var faults []ContentFault
	for i := range list {
		found, err := p.verifyMessage(tx, &list[i])
		if err != nil {
			return spot{}, nil, err
		}
		faults = append(faults, found...)
	}
	if len(list) < some {
		return spot{}, faults, nil
	}
	last := list[len(list)-1]
	return spot{lane: last.lane, sequence: last.sequence}, faults, nil
}

func (p *Peer) verifyMessage(tx *store.Tx, m *keptMessage) ([]ContentFault, error) {
	f := ContentFault{Origin: m.origin, Sequence: m.sequence, Envelope: stix.ID(m.id), Partner: mithaq.OrgID(m.sender), Position: -1}
	if f.Partner == p.cfg.Org {
		f.Partner = mithaq.OrgID(m.receiver)
	}
	var header mithaq.EnvelopeHeader
	_, digest, err := sign.Bytes(m.header)
	if err != nil || string(digest[:]) != string(m.digest) || json.Unmarshal(m.header, &header) != nil {
		f.What = "header"
		return []ContentFault{f}, nil
	}
	var root mithaq.RootBuilder
	for i := 0; i+32 <= len(m.digests); i += 32 {
		root.Add(m.digests[i : i+32])
	}
	if root.Root() != header.ContentRoot {
		f.What = "content-root"
		return []ContentFault{f}, nil
	}
	return p.verifyObjects(tx, m, f)
}

// verifyObjects compares the objects that are here with their salted digests.
func (p *Peer) verifyObjects(tx *store.Tx, m *keptMessage, f ContentFault) ([]ContentFault, error) {
	raws, err := p.objectsOf(tx, m)
	if err != nil {
		return nil, err
	}
	f.What = "object"
	var faults []ContentFault
	for i, raw := range raws {
		at := contentSaltSize + 16*i
		if raw == nil || at+16 > len(m.salts) || allZero(m.salts[at:at+16]) {
			continue
		}
		got := mithaq.ObjectDigest(mithaq.ObjectSalt(m.salts[at:at+16]), raw)
		if string(got[:]) != string(m.digests[32*i:32*i+32]) {
			f.Position, f.Item = i, int64(binary.BigEndian.Uint64(m.items[8*i:]))
			faults = append(faults, f)
		}
	}
	return faults, nil
}

// objectsOf gives the bytes of a message's objects; nil for those not here.
func (p *Peer) objectsOf(tx *store.Tx, m *keptMessage) ([][]byte, error) {
	n := len(m.digests) / 32
	list := make([][]byte, n)
	var seqs []int64
	var places []int
	for i := range min(n, len(m.items)/8) {
		if seq := int64(binary.BigEndian.Uint64(m.items[8*i:])); seq != 0 {
			seqs, places = append(seqs, seq), append(places, i)
		}
	}
	raws, err := p.cfg.Raw(tx, seqs)
	if err != nil {
		return nil, err
	}
	for i, raw := range raws {
		list[places[i]] = raw
	}
	return list, ownObjects(tx, m, list)
}

// ownObjects adds the objects that are kept with the message.
func ownObjects(tx *store.Tx, m *keptMessage, list [][]byte) error {
	rows, err := tx.Query("SELECT position, raw FROM peer_object WHERE lane = ? AND sequence = ?", m.lane, m.sequence)
	if err != nil {
		return named(err, "objects of %s", m.id)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var position int
		var raw []byte
		if err := rows.Scan(&position, &raw); err != nil {
			return named(err, "objects of %s", m.id)
		}
		if position < len(list) {
			list[position] = raw
		}
	}
	return rows.Err()
}
