// Package envelope writes and reads a message: a TAXII envelope whose first
// object is the signed header, the second the opening, and the rest the items
// byte for byte.
// TAXII 2.1, 3.7
//
//	{"objects":[header,opening,item,item,…]}
//
// The header binds the items by content root, the root of an RFC 6962 tree
// over salted digests; the opening holds the salts and is erased with the
// items. Everything here is pure: no keys are looked up and no clock is read.
package envelope

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

// Content is what a message carries, with fresh salts and its root.
type Content struct {
	Items [][]byte
	Salts []byte                // 16 bytes an item
	Salt  mithaq.CommitmentSalt // of the root's commitment
	Root  mithaq.Digest
	size  int
}

// NewContent salts items and computes their root; random is crypto/rand when
// nil. Each item is one JSON object with nothing around it, since a reader
// gets back exactly these bytes.
func NewContent(items [][]byte, random io.Reader) (*Content, error) {
	if len(items) > mithaq.MaxEnvelopeObjects {
		return nil, fmt.Errorf("%d items, at most %d: %w", len(items), mithaq.MaxEnvelopeObjects, mithaq.TooLarge)
	}
	if random == nil {
		random = rand.Reader
	}
	c := &Content{Items: items, Salts: make([]byte, 16*len(items))}
	for _, b := range [][]byte{c.Salts, c.Salt[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("salts: %w", err)
		}
	}
	var root mithaq.RootBuilder
	for i, raw := range items {
		if !isObject(raw) {
			return nil, fmt.Errorf("item %d: want one JSON object and nothing around it: %w", i, mithaq.Invalid)
		}
		d := mithaq.ObjectDigest(mithaq.ObjectSalt(c.Salts[16*i:]), raw)
		root.Add(d[:])
		c.size += len(raw) + 1
	}
	c.Root = root.Root()
	return c, nil
}

// loose leaves duplicate names and bad UTF-8 inside an item to the strict
// parse of that item, so that one bad item does not spoil the rest.
var loose = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

func isObject(raw []byte) bool {
	n := len(raw)
	return n >= 2 && raw[0] == '{' && raw[n-1] == '}' && jsontext.Value(raw).IsValid(loose)
}

// NewSalt makes a salt for an account's commitment.
func NewSalt() (s mithaq.CommitmentSalt) {
	rand.Read(s[:])
	return s
}

// Leaf gives what enters the lane's log for this content under an account,
// and the account's JCS form, which opens it.
func (c *Content) Leaf(a *mithaq.Account, salt mithaq.CommitmentSalt) (leaf mithaq.Digest, account []byte, err error) {
	account, err = jcs.Marshal(a)
	if err != nil {
		return mithaq.Digest{}, nil, err
	}
	return leafOf(account, salt, c.Salt, c.Root), account, nil
}

func leafOf(account []byte, salt, contentSalt mithaq.CommitmentSalt, root mithaq.Digest) mithaq.Digest {
	return mithaq.LeafData(mithaq.AccountCommitment(salt, account), mithaq.ContentCommitment(contentSalt, root))
}

// A Built message is ready for any road.
type Built struct {
	Raw     []byte // the TAXII envelope
	Header  mithaq.EnvelopeHeader
	Signed  []byte        // the JCS form that was signed
	Digest  mithaq.Digest // of Signed; the next header's previous
	Opening mithaq.Opening
}

// Build signs the header and writes the message. The caller has filled the
// header but for content root, number of objects and signatures; it has
// appended the leaf to the lane's log, whose tree the header states.
// openingID names the opening.
func Build(h mithaq.EnvelopeHeader, c *Content, openingID stix.ID, s sign.Signer) (*Built, error) {
	h.ContentRoot, h.Objects, h.Signatures = c.Root, len(c.Items), nil
	signed, err := jcs.Marshal(&h)
	if err != nil {
		return nil, err
	}
	sig, err := s.Sign(mithaq.UseEnvelope, signed)
	if err != nil {
		return nil, err
	}
	h.Signatures = []mithaq.Signature{sig}
	if err := h.Check(); err != nil {
		return nil, fmt.Errorf("build envelope: %w", err)
	}
	b := &Built{Header: h, Signed: signed, Digest: sha256.Sum256(signed), Opening: mithaq.Opening{
		Type: mithaq.TypeOpening, SpecVersion: "2.1", ID: openingID, Envelope: h.ID, ContentSalt: c.Salt, Salts: c.Salts,
	}}
	if err := b.Opening.Check(&h); err != nil {
		return nil, fmt.Errorf("build envelope: %w", err)
	}
	return b, b.write(c)
}

func (b *Built) write(c *Content) error {
	header, err := jcs.Marshal(&b.Header)
	if err != nil {
		return err
	}
	opening, err := json.Marshal(&b.Opening)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.Grow(len(header) + len(opening) + c.size + 32)
	out.WriteString(`{"objects":[`)
	out.Write(header)
	out.WriteByte(',')
	out.Write(opening)
	for _, raw := range c.Items {
		out.WriteByte(',')
		out.Write(raw)
	}
	out.WriteString(`]}`)
	b.Raw = out.Bytes()
	return nil
}
