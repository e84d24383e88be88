package envelope

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// Limits bound what a reader takes from a stranger.
type Limits struct {
	Bytes  int64 // of the whole message
	Item   int   // bytes of one item
	Header int   // bytes of the header
}

// DefaultLimits suit a node with little memory.
var DefaultLimits = Limits{Bytes: 64 << 20, Item: 8 << 20, Header: 1 << 20}

// A Check is called with a header that keeps its own rules, before anything
// after it is read: it verifies the signature (over signed) and looks at
// parties, clock and place. Its error ends the reading and is given back.
type Check func(h *mithaq.EnvelopeHeader, signed []byte, digest mithaq.Digest) error

// A Parsed message is whole: signature, order, number and content root hold.
type Parsed struct {
	Header    mithaq.EnvelopeHeader
	RawHeader []byte        // as received
	Signed    []byte        // JCS form without signatures
	Digest    mithaq.Digest // of Signed
	Opening   mithaq.Opening
	Account   []byte        // JCS form, as committed to
	Leaf      mithaq.Digest // what enters the lane's log
	Items     [][]byte      // byte for byte; nil where the opening says erased
	Digests   []mithaq.Digest
	More      bool   // of the TAXII page; not covered by the signature
	Next      string // likewise
}

// Read reads one message to its end. Nothing is given back unless all of it
// holds. Errors unwrap to Invalid, TooLarge or Unauthenticated, or are the
// check's own.
func Read(src io.Reader, lim Limits, check Check) (*Parsed, error) {
	bounded := &boundedReader{src: src, left: lim.Bytes}
	r := &reader{dec: jsontext.NewDecoder(bounded, loose), lim: lim, check: check, p: &Parsed{}}
	err := r.envelope()
	switch {
	case bounded.over:
		return nil, fmt.Errorf("message of more than %d bytes: %w", lim.Bytes, mithaq.TooLarge)
	case err != nil:
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	return r.p, nil
}

// boundedReader ends with an error, not silently, where the limit is.
type boundedReader struct {
	src  io.Reader
	left int64
	over bool
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.src.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	if b.left < 0 {
		b.over = true
		return 0, mithaq.TooLarge
	}
	return n, err
}

type reader struct {
	dec   *jsontext.Decoder
	lim   Limits
	check Check
	p     *Parsed
	block []byte // items are cut from blocks, not allocated one by one
}

// envelope reads the outer object: objects, more and next, each at most once.
// TAXII 2.1, 3.7
func (r *reader) envelope() error {
	if err := r.want('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.dec.PeekKind() == '"' {
		t, err := r.dec.ReadToken()
		if err != nil {
			return invalid(err)
		}
		name := t.String()
		if seen[name] {
			return fmt.Errorf("%q twice: %w", name, mithaq.Invalid)
		}
		seen[name] = true
		if err := r.member(name); err != nil {
			return err
		}
	}
	if err := r.want('}'); err != nil {
		return err
	}
	if !seen["objects"] {
		return fmt.Errorf("no objects: %w", mithaq.Invalid)
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something after the envelope: %w", mithaq.Invalid)
	}
	return nil
}

func (r *reader) member(name string) error {
	if name == "objects" {
		return r.objects()
	}
	t, err := r.dec.ReadToken()
	switch {
	case err != nil:
		return invalid(err)
	case name == "more" && (t.Kind() == 't' || t.Kind() == 'f'):
		r.p.More = t.Bool()
	case name == "next" && t.Kind() == '"' && len(t.String()) <= 1024:
		r.p.Next = t.String()
	default:
		return fmt.Errorf("member %q: %w", name, mithaq.Invalid)
	}
	return nil
}

func (r *reader) objects() error {
	if err := r.want('['); err != nil {
		return err
	}
	for _, read := range []func() error{r.header, r.opening, r.items} {
		if err := read(); err != nil {
			return err
		}
	}
	return r.want(']')
}

func (r *reader) header() error {
	raw, err := r.value("header", r.lim.Header)
	if err != nil {
		return err
	}
	p := r.p
	canonical, err := strict.Signed(raw, r.lim.Header, &p.Header)
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if err := p.Header.Check(); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if p.Signed, _, err = jcs.Without(canonical, "signatures"); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	p.Digest = sha256.Sum256(p.Signed)
	p.RawHeader = r.keep(raw)
	return r.check(&p.Header, p.Signed, p.Digest)
}

func (r *reader) opening() error {
	// base64 of 16 bytes an object, or its digest, and what stands around it
	limit := 120*r.p.Header.Objects + 1024
	raw, err := r.value("opening", limit)
	if err != nil {
		return err
	}
	p := r.p
	if err := strict.Decode(raw, limit, &p.Opening); err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	if err := p.Opening.Check(&p.Header); err != nil {
		return err
	}
	if p.Account, err = jcs.Marshal(&p.Header.Account); err != nil {
		return err
	}
	p.Leaf = leafOf(p.Account, p.Header.AccountSalt, p.Opening.ContentSalt, p.Header.ContentRoot)
	return nil
}

func (r *reader) items() error {
	p := r.p
	n := p.Header.Objects
	p.Items, p.Digests = make([][]byte, 0, n), make([]mithaq.Digest, 0, n)
	var root mithaq.RootBuilder
	for i := range n {
		if d, erased := p.Opening.ErasedAt(i); erased {
			root.Add(d[:])
			p.Items, p.Digests = append(p.Items, nil), append(p.Digests, d)
			continue
		}
		if r.dec.PeekKind() != '{' {
			return fmt.Errorf("item %d of %d: want an object: %w", i, n, mithaq.Invalid)
		}
		raw, err := r.value("item", r.lim.Item)
		if err != nil {
			return fmt.Errorf("item %d of %d: %w", i, n, err)
		}
		d := mithaq.ObjectDigest(p.Opening.Salt(i), raw)
		root.Add(d[:])
		p.Items, p.Digests = append(p.Items, r.keep(raw)), append(p.Digests, d)
	}
	if r.dec.PeekKind() == '{' {
		return fmt.Errorf("more than %d items: %w", n, mithaq.Invalid)
	}
	if root.Root() != p.Header.ContentRoot {
		return &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "envelope.content-root", Args: []any{p.Header.ID}}
	}
	return nil
}

// value reads one value; the bytes are good until the next one.
func (r *reader) value(what string, limit int) ([]byte, error) {
	raw, err := r.dec.ReadValue()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, invalid(err))
	case len(raw) > limit:
		return nil, fmt.Errorf("%s of %d bytes, at most %d: %w", what, len(raw), limit, mithaq.TooLarge)
	}
	return raw, nil
}

const blockSize = 256 << 10

// keep copies raw out of the decoder's buffer.
func (r *reader) keep(raw []byte) []byte {
	if len(raw) > cap(r.block)-len(r.block) {
		r.block = make([]byte, 0, max(blockSize, len(raw)))
	}
	from := len(r.block)
	r.block = append(r.block, raw...)
	return r.block[from:len(r.block):len(r.block)]
}

func (r *reader) want(kind jsontext.Kind) error {
	if r.dec.PeekKind() != kind {
		_, err := r.dec.ReadToken()
		return fmt.Errorf("want %q: %w", string(rune(kind)), invalid(err))
	}
	_, err := r.dec.ReadToken()
	if err != nil {
		return invalid(err)
	}
	return nil
}

func invalid(err error) error {
	if err == nil {
		return mithaq.Invalid
	}
	return fmt.Errorf("%w: %w", err, mithaq.Invalid)
}
