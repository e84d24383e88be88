package httpsig

import (
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
)

var responseComponents = []component{
	{name: "@status"}, {name: "content-digest"}, {name: "content-type"}, {name: "signature", req: true, key: Label},
}

// SignResponse writes the fields that bind an answer of ours to the request
// with that signature. The header must have a Content-Type; every response
// has one, an empty body too.
func SignResponse(h http.Header, status int, body, requestSignature []byte, s Signer, now time.Time) error {
	h.Set("Content-Digest", contentDigest(body))
	in := input{components: responseComponents, params: []param{
		{name: "created", kind: 'i', n: now.Unix()},
		{name: "keyid", kind: 's', text: string(s.KeyID())},
		{name: "tag", kind: 's', text: TagResponse},
	}}
	_, err := put(h, in, responseMessage(h, status, requestSignature), s)
	return err
}

func responseMessage(h http.Header, status int, requestSignature []byte) *message {
	sent := http.Header{"Signature": {Label + "=:" + base64.StdEncoding.EncodeToString(requestSignature) + ":"}}
	return &message{status: status, header: h, request: &message{header: sent}}
}

// A Response is what was covered, and all that may be read of it.
type Response struct {
	Key         mithaq.KeyID
	Status      int
	ContentType string
	Body        []byte
	Created     time.Time
}

// Response verifies the answer to the request that carried requestSignature.
// The errors are those of Request.
func (v *Verifier) Response(r *http.Response, requestSignature []byte, keys Keys) (*Response, error) {
	in, sig, err := take(r.Header, TagResponse)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(in.components, responseComponents) {
		return nil, unlike("components", in)
	}
	if err := hasParams(in, []string{"created", "keyid", "tag"}); err != nil {
		return nil, err
	}
	if err := verify(in, sig, responseMessage(r.Header, r.StatusCode, requestSignature), keys); err != nil {
		return nil, err
	}
	c, _ := in.param("created", 'i')
	created, now := time.Unix(c.n, 0).UTC(), v.Now().UTC()
	if created.After(now.Add(v.Skew)) || now.After(created.Add(Lifetime+v.Skew)) {
		return nil, clocks(created, now)
	}
	got := &Response{Key: keyOf(in), Status: r.StatusCode, ContentType: r.Header.Get("Content-Type"), Created: created}
	got.Body, err = readBody(r.Body, r.ContentLength, r.Header.Get("Content-Digest"), v.Limit)
	return got, err
}
