package httpsig

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// A Signer signs a hop with the Ed25519 half of a message key.
type Signer interface {
	KeyID() mithaq.KeyID
	// SignHop makes a plain Ed25519 signature of a signature base.
	SignHop(base []byte) ([]byte, error)
}

// Keys finds the public key for a key id: that of the partner whose
// certificate is on this connection, if the key is usable now.
type Keys func(id mithaq.KeyID) (ed25519.PublicKey, error)

var (
	bodyComponents = []component{{name: "@method"}, {name: "@target-uri"}, {name: "content-digest"}, {name: "content-type"}}
	bareComponents = bodyComponents[:2]
)

// SignRequest signs a request of ours; body is what it will send, and is what
// Content-Digest covers. With a body the header must have a Content-Type.
// The signature it gives back is what the response will be bound to.
func SignRequest(r *http.Request, body []byte, s Signer, now time.Time) (signature []byte, err error) {
	return signRequest(r, body, s, now, newNonce())
}

func signRequest(r *http.Request, body []byte, s Signer, now time.Time, nonce string) ([]byte, error) {
	in := input{components: bareComponents}
	r.Header.Del("Content-Digest")
	if len(body) > 0 {
		in.components = bodyComponents
		r.Header.Set("Content-Digest", contentDigest(body))
	}
	in.params = []param{
		{name: "created", kind: 'i', n: now.Unix()},
		{name: "expires", kind: 'i', n: now.Add(Lifetime).Unix()},
		{name: "nonce", kind: 's', text: nonce},
		{name: "keyid", kind: 's', text: string(s.KeyID())},
		{name: "tag", kind: 's', text: TagRequest},
	}
	return put(r.Header, in, requestMessage(r, ""), s)
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}

// put signs and writes both fields.
func put(h http.Header, in input, m *message, s Signer) ([]byte, error) {
	text, err := base(in, m)
	if err != nil {
		return nil, fmt.Errorf("sign hop: %w", err)
	}
	sig, err := s.SignHop(text)
	if err != nil {
		return nil, fmt.Errorf("sign hop: %w", err)
	}
	h.Set("Signature-Input", Label+"="+in.String())
	h.Set("Signature", Label+"=:"+base64.StdEncoding.EncodeToString(sig)+":")
	return sig, nil
}

// A Verifier holds what a node needs to take requests.
type Verifier struct {
	Scheme string        // of the node's address as partners call it: https
	Skew   time.Duration // how far apart clocks may be
	Limit  int64         // bytes of a body
	Replay *Replay
	Now    func() time.Time
}

// A Request is what was covered, and all that may be read of it.
type Request struct {
	Key         mithaq.KeyID
	Method      string
	TargetURI   string
	ContentType string // "" without a body
	Body        []byte
	Created     time.Time
	Signature   []byte // the response is bound to it
}

// Request verifies a request over the bytes received. The signature, the
// clocks and the nonce are looked at before the first byte of the body.
//
// Unauthenticated: no signature, another profile, a bad signature or digest.
// Expired: outside the window; both clocks are named. Denied: a replay.
func (v *Verifier) Request(r *http.Request, keys Keys) (*Request, error) {
	in, sig, err := take(r.Header, TagRequest)
	if err != nil {
		return nil, err
	}
	hasBody := r.ContentLength != 0
	if err := covers(in, hasBody); err != nil {
		return nil, err
	}
	got := &Request{Method: r.Method, Signature: sig, Key: keyOf(in)}
	m := requestMessage(r, v.Scheme)
	got.TargetURI = m.targetURI()
	if err := verify(in, sig, m, keys); err != nil {
		return nil, err
	}
	if got.Created, err = v.inTime(in); err != nil {
		return nil, err
	}
	nonce, _ := in.param("nonce", 's')
	if err := v.Replay.Take(got.Key, nonce.text, v.Now()); err != nil {
		return nil, err
	}
	if hasBody {
		got.ContentType = r.Header.Get("Content-Type")
		got.Body, err = readBody(r.Body, r.ContentLength, r.Header.Get("Content-Digest"), v.Limit)
	}
	return got, err
}

// covers wants exactly the profile's components and parameters, in order.
func covers(in input, hasBody bool) error {
	want := bareComponents
	if hasBody {
		want = bodyComponents
	}
	if !slices.Equal(in.components, want) {
		return unlike("components", in)
	}
	names := []string{"created", "expires", "nonce", "keyid", "tag"}
	return hasParams(in, names)
}

func hasParams(in input, names []string) error {
	if len(in.params) != len(names) {
		return unlike("parameters", in)
	}
	for i, p := range in.params {
		number := p.name == "created" || p.name == "expires"
		if p.name != names[i] || (p.kind == 'i') != number || (p.kind == 's') == number {
			return unlike("parameters", in)
		}
	}
	if nonce, ok := in.param("nonce", 's'); ok && (len(nonce.text) < 16 || len(nonce.text) > 64) {
		return unlike("nonce", in)
	}
	return nil
}

// unlike says in what a signature differs from the profile.
func unlike(what string, in input) error {
	return &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "hop.profile", Args: []any{what, in.String()}}
}

func keyOf(in input) mithaq.KeyID {
	p, _ := in.param("keyid", 's')
	return mithaq.KeyID(p.text)
}

// take reads our member of both fields. Each field comes once and, so that
// the bytes signed are the bytes sent, in its serialised form.
func take(h http.Header, tag string) (input, []byte, error) {
	inputs, sigs := h.Values("Signature-Input"), h.Values("Signature")
	if len(inputs) != 1 || len(sigs) != 1 {
		return input{}, nil, &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "hop.unsigned"}
	}
	ins, err := dictionary(inputs[0], (*reader).input)
	if err != nil {
		return input{}, nil, fmt.Errorf("signature-input: %w", err)
	}
	all, err := dictionary(sigs[0], (*reader).bytes)
	if err != nil {
		return input{}, nil, fmt.Errorf("signature: %w", err)
	}
	in, sig := ins[Label], all[Label]
	if !strings.Contains(inputs[0], Label+"="+in.String()) || len(sig) != ed25519.SignatureSize {
		return input{}, nil, unlike("label or form", in)
	}
	if p, _ := in.param("tag", 's'); p.text != tag {
		return input{}, nil, unlike("tag", in)
	}
	return in, sig, nil
}

// verify wants single lines in the covered fields and a good signature.
func verify(in input, sig []byte, m *message, keys Keys) error {
	for _, name := range []string{"Content-Digest", "Content-Type"} {
		if len(m.header.Values(name)) > 1 {
			return fmt.Errorf("%s: more than one line: %w", name, mithaq.Invalid)
		}
	}
	text, err := base(in, m)
	if err != nil {
		return err
	}
	pub, err := keys(keyOf(in))
	if err != nil {
		return fmt.Errorf("hop key %q: %w", string(keyOf(in)), err)
	}
	if len(pub) != ed25519.PublicKeySize || !ed25519.Verify(pub, text, sig) {
		return &mithaq.Refusal{Kind: mithaq.Unauthenticated, Key: "hop.signature", Args: []any{keyOf(in)}}
	}
	return nil
}

// inTime holds created and expires to our clock.
func (v *Verifier) inTime(in input) (time.Time, error) {
	c, _ := in.param("created", 'i')
	e, _ := in.param("expires", 'i')
	created, expires, now := time.Unix(c.n, 0).UTC(), time.Unix(e.n, 0).UTC(), v.Now().UTC()
	if life := expires.Sub(created); life <= 0 || life > Lifetime {
		return created, unlike("lifetime", in)
	}
	if created.After(now.Add(v.Skew)) || now.After(expires.Add(v.Skew)) {
		return created, clocks(created, now)
	}
	return created, nil
}

// clocks names theirs and ours.
func clocks(theirs, ours time.Time) error {
	return &mithaq.Refusal{Kind: mithaq.Expired, Key: "hop.clocks", Args: []any{mithaq.Time{Time: theirs}, mithaq.Time{Time: ours}}}
}

// RequestSignature reads the signature a request carries without verifying
// it, so that a refusal too can be bound to what it refuses; nil when there
// is none in our form.
func RequestSignature(h http.Header) []byte {
	_, sig, err := take(h, TagRequest)
	if err != nil {
		return nil
	}
	return sig
}
