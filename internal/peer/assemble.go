package peer

import (
	"bytes"
	"database/sql"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// A parcel is a waiting message as it goes out.
type parcel struct {
	lane     *lane
	sequence int64
	id       stix.ID
	added    int64    // when it entered the lane
	parts    [][]byte // header, opening, objects
}

// nextParcel assembles the oldest waiting message of a lane after a sequence.
// NotFound: none waits.
func (p *Peer) nextParcel(tx *store.Tx, l *lane, after int64) (*parcel, error) {
	e, err := waitingAfter(tx, l, after)
	if err != nil {
		return nil, err
	}
	if err := p.guard(tx, e); err != nil {
		return nil, err
	}
	return p.assemble(tx, e)
}

func waitingAfter(tx *store.Tx, l *lane, after int64) (*kept, error) {
	e := &kept{lane: l, state: waiting}
	var digest, items []byte
	err := tx.QueryRow(`SELECT sequence, id, digest, kind, header, salts, digests, items, created FROM peer_envelope
		WHERE lane = ? AND state = 'waiting' AND sequence > ? ORDER BY sequence LIMIT 1`, l.id, after).
		Scan(&e.sequence, &e.id, &digest, &e.kind, &e.header, &e.salts, &e.digests, &items, &e.created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.NotFound
	}
	e.digest, e.items = digestOf(digest), unpackItems(items)
	return e, named(err, "next message of lane %d", l.id)
}

// assemble writes the message as it crosses: header, opening, objects.
func (p *Peer) assemble(tx *store.Tx, e *kept) (*parcel, error) {
	header, err := p.signedNow(tx, e)
	if err != nil {
		return nil, err
	}
	raws, err := p.rawObjects(tx, e)
	if err != nil {
		return nil, named(err, "objects of envelope %s", e.id)
	}
	opening, err := e.opening(raws)
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, 0, 2+len(raws))
	parts = append(parts, header, opening)
	for _, raw := range raws {
		if raw != nil {
			parts = append(parts, raw)
		}
	}
	return &parcel{lane: e.lane, sequence: e.sequence, id: e.id, added: e.created, parts: parts}, nil
}

// body is the TAXII envelope. TAXII 2.1, 3.7
func (c *parcel) body() []byte {
	size := 32
	for _, part := range c.parts {
		size += len(part) + 1
	}
	var out bytes.Buffer
	out.Grow(size)
	out.WriteString(`{"objects":[`)
	for i, part := range c.parts {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(part)
	}
	out.WriteString(`]}`)
	return out.Bytes()
}

// signedNow is the header with a signature that counts today: if its key was
// revoked while the message waited, the same bytes are signed anew. The digest
// and the chain stay, since they do not cover signatures.
func (p *Peer) signedNow(tx *store.Tx, e *kept) ([]byte, error) {
	ours, err := p.ownCard(tx)
	if err != nil || len(ours.Current().Revoked) == 0 {
		return e.header, err
	}
	var h mithaq.EnvelopeHeader
	if err := strict.Decode(e.header, maxReceipt, &h); err != nil {
		return nil, named(err, "header of envelope %s", e.id)
	}
	if ours.Current().Revocation(h.Signatures[0].Key) == nil {
		return e.header, nil
	}
	return p.signHeader(&h)
}

func (p *Peer) signHeader(h *mithaq.EnvelopeHeader) ([]byte, error) {
	signer, err := p.cfg.Keys.Message()
	if err != nil {
		return nil, err
	}
	h.Signatures = nil
	signed, err := jcs.Marshal(h)
	if err != nil {
		return nil, err
	}
	sig, err := signer.Sign(mithaq.UseEnvelope, signed)
	if err != nil {
		return nil, err
	}
	h.Signatures = []mithaq.Signature{sig}
	return jcs.Marshal(h)
}

// rawObjects gives the bytes of each object; nil for those that were erased.
func (p *Peer) rawObjects(tx *store.Tx, e *kept) ([][]byte, error) {
	raws := make([][]byte, len(e.items))
	if e.empty {
		return raws, nil
	}
	if err := ownRaws(tx, e, raws); err != nil {
		return nil, err
	}
	if len(e.salts) == 0 {
		return raws, nil
	}
	var wanted []int64
	for i, item := range e.items {
		if item != 0 && !e.erased(i) {
			wanted = append(wanted, item)
		}
	}
	if len(wanted) == 0 || p.cfg.Raw == nil {
		return raws, nil
	}
	got, err := p.cfg.Raw(tx, wanted)
	if err != nil {
		return nil, err
	}
	next := 0
	for i, item := range e.items {
		if item != 0 && !e.erased(i) {
			raws[i] = got[next]
			next++
		}
	}
	return raws, nil
}

func ownRaws(tx *store.Tx, e *kept, raws [][]byte) error {
	rows, err := tx.Query("SELECT position, raw FROM peer_object WHERE lane = ? AND sequence = ? ORDER BY position", e.lane.id, e.sequence)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var position int
		var raw []byte
		if err := rows.Scan(&position, &raw); err != nil {
			return err
		}
		if position < len(raws) {
			raws[position] = bytes.Clone(raw)
		}
	}
	return rows.Err()
}

const contentSaltSize = len(mithaq.CommitmentSalt{})

// salt is the salt of the i-th object; zeros when it was erased.
func (e *kept) salt(i int) mithaq.ObjectSalt {
	return mithaq.ObjectSalt(e.salts[contentSaltSize+16*i:])
}

func (e *kept) erased(i int) bool { return e.salt(i) == mithaq.ObjectSalt{} }

func (e *kept) digestAt(i int) mithaq.Digest { return mithaq.Digest(e.digests[32*i:]) }

// opening writes the opening that goes with these bytes: what has none left is
// named as erased, by its digest.
func (e *kept) opening(raws [][]byte) ([]byte, error) {
	o := mithaq.Opening{
		Type: mithaq.TypeOpening, SpecVersion: "2.1", ID: stix.ID(mithaq.TypeOpening + "--" + e.id.UUID()), Envelope: e.id,
		ContentSalt: mithaq.CommitmentSalt(e.salts), Salts: bytes.Clone(e.salts[contentSaltSize:]),
	}
	for i, raw := range raws {
		if raw != nil {
			continue
		}
		if o.Erased == nil {
			o.Erased = map[string]mithaq.Digest{}
		}
		o.Erased[strconv.Itoa(i)] = e.digestAt(i)
		clear(o.Salts[16*i : 16*i+16])
	}
	return json.Marshal(&o, json.Deterministic(true))
}
