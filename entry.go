package mithaq

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/mithaq-hub/mithaq/stix"
)

// An Account is what an entry says when it is opened: who, when, why, under
// which pact, how many. It never holds content.
type Account struct {
	Kind        string            `json:"kind"` // what was done: release, receipt, refusal, read, role, ...
	At          Time              `json:"at"`
	By          PersonID          `json:"by,omitempty"`   // a pseudonym outside the organisation
	From        OrgID             `json:"from,omitempty"` // who gave
	To          OrgID             `json:"to,omitempty"`   // who got
	Pact        Digest            `json:"pact,omitzero"`
	Purpose     Purpose           `json:"purpose,omitempty"`
	Basis       string            `json:"basis,omitempty"`
	Case        string            `json:"case,omitempty"`
	About       stix.ID           `json:"about,omitempty"` // an envelope, release, pact, inquiry: never a content object
	Counts      map[string]int64  `json:"counts,omitempty"`
	Approvals   []Digest          `json:"approvals,omitempty"`
	Assessments []Digest          `json:"assessments,omitempty"`
	Notes       map[string]string `json:"notes,omitempty"` // clause, state, version: coded words, no free text about persons
}

// Check wants a kind, a time, and numbers that JSON can carry.
func (a *Account) Check() error {
	if !isText(a.Kind) || a.At.IsZero() {
		return invalidf("account", "kind and time are needed")
	}
	for what, n := range a.Counts {
		if n < 0 || n >= maxInteger {
			return invalidf("account", "count of %s: %d", what, n)
		}
	}
	return nil
}

// Tree is the size and root of an RFC 6962 tree.
type Tree struct {
	Size int64  `json:"size"`
	Root Digest `json:"root"`
}

// Salts: 16 random bytes for each object, 32 for each commitment.
type (
	ObjectSalt     [16]byte
	CommitmentSalt [32]byte
)

// Tags keep one hash from ever meaning another.
const (
	tagFingerprint = "mithaq/v1/fingerprint"
	tagObject      = "mithaq/v1/object"
	tagAccount     = "mithaq/v1/account"
	tagContent     = "mithaq/v1/content"
	tagLeaf        = "mithaq/v1/leaf"
	tagLink        = "mithaq/v1/link"
)

// ObjectDigest is the salted digest of one object's raw bytes:
// SHA-256(tag ‖ 0x00 ‖ salt ‖ uint64be(len) ‖ raw).
func ObjectDigest(salt ObjectSalt, raw []byte) Digest {
	return committed(tagObject, salt[:], raw)
}

// AccountCommitment commits to the JCS form of an Account.
func AccountCommitment(salt CommitmentSalt, account []byte) Digest {
	return committed(tagAccount, salt[:], account)
}

// ContentCommitment commits to a content root.
func ContentCommitment(salt CommitmentSalt, root Digest) Digest {
	return committed(tagContent, salt[:], root[:])
}

func committed(tag string, salt, value []byte) Digest {
	h := sha256.New()
	var head [64]byte
	buf := append(head[:0], tag...)
	buf = append(buf, 0)
	buf = append(buf, salt...)
	h.Write(binary.BigEndian.AppendUint64(buf, uint64(len(value))))
	h.Write(value)
	var d Digest
	h.Sum(d[:0])
	return d
}

// LeafData is the 32 bytes that enter a log:
// SHA-256(tag ‖ 0x00 ‖ account commitment ‖ content commitment).
func LeafData(account, content Digest) Digest {
	buf := append([]byte(tagLeaf), 0)
	buf = append(buf, account[:]...)
	return sha256.Sum256(append(buf, content[:]...))
}

// TreeRoot is the Merkle tree hash over 32-byte leaf data.
// RFC 6962, 2.1
func TreeRoot(leaves []Digest) Digest {
	var r RootBuilder
	for _, d := range leaves {
		r.Add(d[:])
	}
	return r.Root()
}

// A RootBuilder computes a Merkle tree hash as leaves arrive, in memory for
// the logarithm of their number. The zero value is the empty tree.
// RFC 6962, 2.1
type RootBuilder struct {
	size  int64
	stack []Digest // roots of whole subtrees, largest first; one for each bit of size
}

// Add appends one leaf's data.
func (b *RootBuilder) Add(data []byte) {
	node := leafHash(data)
	for n := b.size; n&1 == 1; n >>= 1 {
		last := len(b.stack) - 1
		node = nodeHash(b.stack[last], node)
		b.stack = b.stack[:last]
	}
	b.stack = append(b.stack, node)
	b.size++
}

// Size is the number of leaves so far.
func (b *RootBuilder) Size() int64 { return b.size }

// Root is the hash of the tree so far; more leaves may follow.
func (b *RootBuilder) Root() Digest {
	if b.size == 0 {
		return sha256.Sum256(nil)
	}
	root := b.stack[len(b.stack)-1]
	for i := len(b.stack) - 2; i >= 0; i-- {
		root = nodeHash(b.stack[i], root)
	}
	return root
}

func leafHash(data []byte) Digest {
	var buf [64]byte
	return sha256.Sum256(append(append(buf[:0], 0x00), data...))
}

func nodeHash(left, right Digest) Digest {
	var buf [1 + 2*sha256.Size]byte
	buf[0] = 0x01
	copy(buf[1:], left[:])
	copy(buf[1+sha256.Size:], right[:])
	return sha256.Sum256(buf[:])
}

// OwnOrigin is the origin line of a node's own log.
// C2SP tlog-checkpoint, Note text
func OwnOrigin(org OrgID) string { return string(org) + "/mithaq/own" }

// LaneOrigin is the origin line of the log of one lane of a link: the same at
// both ends.
func LaneOrigin(pact stix.ID, from, to OrgID, lane Lane) string {
	sum := sha256.Sum256([]byte(tagLink + "\x00" + string(pact) + "\x00" + string(from) + "\x00" + string(to)))
	return fmt.Sprintf("%s/mithaq/%s/%s", from, hex.EncodeToString(sum[:8]), lane)
}
