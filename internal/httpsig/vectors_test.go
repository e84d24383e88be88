package httpsig

import (
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/vectors"
)

type hopVector struct {
	About     string            `json:"about"`
	Ed25519   string            `json:"ed25519_seed_hex"`
	Request   string            `json:"request"` // method and target URI, or status
	Fields    map[string]string `json:"fields"`  // as sent
	Body      string            `json:"body"`
	Base      string            `json:"signature_base"`
	Signature string            `json:"signature_hex"`
}

func TestVectors(t *testing.T) {
	request := hopRequest(t, `{"objects":[]}`)
	bare := hopRequest(t, "")
	sig, err := hex.DecodeString(request.Signature)
	if err != nil {
		t.Fatal(err)
	}
	vectors.Check(t, "../../docs/vectors", "hop", []hopVector{request, bare, hopResponse(t, sig)})
}

const taxiiType = "application/taxii+json;version=2.1"

func hopRequest(t *testing.T, body string) hopVector {
	t.Helper()
	r, err := http.NewRequest("POST", "https://najd.example:8443/peer/1/inbox/objects/?a=%20b", nil)
	if err != nil {
		t.Fatal(err)
	}
	v := hopVector{About: "a request with a body", Request: "POST " + r.URL.String(), Body: body}
	if body == "" {
		r.Method = "GET"
		v.About, v.Request = "a request without one", "GET "+r.URL.String()
	} else {
		r.Header.Set("Content-Type", taxiiType)
	}
	sig, err := signRequest(r, []byte(body), key(1), noon, "AAECAwQFBgcICQoLDA0ODw==")
	if err != nil {
		t.Fatal(err)
	}
	return v.with(t, r.Header, requestMessage(r, ""), key(1), sig)
}

func hopResponse(t *testing.T, requestSignature []byte) hopVector {
	t.Helper()
	v := hopVector{About: "the response to the first request", Request: "202", Body: `{"status":"complete"}`}
	h := http.Header{"Content-Type": {taxiiType}}
	if err := SignResponse(h, 202, []byte(v.Body), requestSignature, key(2), noon); err != nil {
		t.Fatal(err)
	}
	_, sig, err := take(h, TagResponse)
	if err != nil {
		t.Fatal(err)
	}
	return v.with(t, h, responseMessage(h, 202, requestSignature), key(2), sig)
}

func (v hopVector) with(t *testing.T, h http.Header, m *message, k key, sig []byte) hopVector {
	t.Helper()
	v.Fields = map[string]string{}
	for name := range h {
		v.Fields[name] = h.Get(name)
	}
	ins, err := dictionary(h.Get("Signature-Input"), (*reader).input)
	if err != nil {
		t.Fatal(err)
	}
	text, err := base(ins[Label], m)
	if err != nil {
		t.Fatal(err)
	}
	v.Base, v.Signature, v.Ed25519 = string(text), hex.EncodeToString(sig), hex.EncodeToString(k.private().Seed())
	return v
}
