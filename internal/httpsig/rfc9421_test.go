package httpsig

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
)

// The keys, messages and signatures of the RFC's own pages.
const (
	// RFC 9421, B.1.4
	keyEd25519 = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----`
	// RFC 9421, B.1.3
	keyP256 = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----`
	// RFC 9421, B.2
	testRequest = `POST /foo?param=Value&Pet=dog HTTP/1.1
Host: example.com
Date: Tue, 20 Apr 2021 02:07:55 GMT
Content-Type: application/json
Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
Content-Length: 18

{"hello": "world"}`
	testResponse = `HTTP/1.1 200 OK
Date: Tue, 20 Apr 2021 02:07:56 GMT
Content-Type: application/json
Content-Digest: sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:
Content-Length: 23

{"message": "good dog"}`
	// RFC 9421, 2.4
	busyResponse = `HTTP/1.1 503 Service Unavailable
Date: Tue, 20 Apr 2021 02:07:56 GMT
Content-Type: application/json
Content-Length: 62
Content-Digest: sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:

{"busy": true, "message": "Your call is very important to us"}`
)

func parseRequest(t *testing.T, text string) *message {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Length", "18") // ReadRequest keeps it apart
	return requestMessage(r, "https")
}

func parseResponse(t *testing.T, text string, request *message) *message {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &message{status: r.StatusCode, header: r.Header, request: request}
}

func baseOf(t *testing.T, signatureInput string, m *message) string {
	t.Helper()
	ins, err := dictionary(signatureInput, (*reader).input)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range ins {
		b, err := base(in, m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return ""
}

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 9421, B.2.6: Ed25519 is deterministic, so that our own signature must be
// the printed one.
func TestSigningARequestUsingEd25519(t *testing.T) {
	const params = `("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	got := baseOf(t, "sig-b26="+params, parseRequest(t, testRequest))
	want := `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ` + params
	if got != want {
		t.Fatalf("base\n%s\nwant\n%s", got, want)
	}
	block, _ := pem.Decode([]byte(keyEd25519))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	sig := base64.StdEncoding.EncodeToString(ed25519.Sign(key.(ed25519.PrivateKey), []byte(got)))
	if sig != "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==" {
		t.Fatal(sig)
	}
}

func verifyP256(t *testing.T, text, sig string) bool {
	t.Helper()
	block, _ := pem.Decode([]byte(keyP256))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	raw, sum := unbase64(t, sig), sha256.Sum256([]byte(text))
	r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	return ecdsa.Verify(key.(*ecdsa.PublicKey), sum[:], r, s)
}

// RFC 9421, B.2.4
func TestSigningAResponse(t *testing.T) {
	const params = `("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"`
	got := baseOf(t, "sig-b24="+params, parseResponse(t, testResponse, nil))
	want := `"@status": 200
"content-type": application/json
"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:
"content-length": 23
"@signature-params": ` + params
	if got != want {
		t.Fatalf("base\n%s\nwant\n%s", got, want)
	}
	const sig = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
	if !verifyP256(t, got, sig) || verifyP256(t, got+" ", sig) {
		t.Fatal("the printed signature does not verify over our base")
	}
}

// RFC 9421, 2.4: components of the request in the signature of the response.
func TestRequestResponseBinding(t *testing.T) {
	const params = `("@status" "content-digest" "content-type" "@authority";req "@method";req "@path";req "content-digest";req);created=1618884479;keyid="test-key-ecc-p256"`
	got := baseOf(t, "reqres="+params, parseResponse(t, busyResponse, parseRequest(t, testRequest)))
	want := `"@status": 503
"content-digest": sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:
"content-type": application/json
"@authority";req: example.com
"@method";req: POST
"@path";req: /foo
"content-digest";req: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"@signature-params": ` + params
	if got != want {
		t.Fatalf("base\n%s\nwant\n%s", got, want)
	}
	const sig = "dMT/A/76ehrdBTD/2Xx8QuKV6FoyzEP/I9hdzKN8LQJLNgzU4W767HK05rx1i8meNQQgQPgQp8wq2ive3tV5Ag=="
	if !verifyP256(t, got, sig) {
		t.Fatal("the printed signature does not verify over our base")
	}
}

// RFC 9421, 2.2: each derived component of the page's examples.
func TestDerivedComponents(t *testing.T) {
	m := &message{method: "POST", scheme: "https", authority: "WWW.Example.com", uri: "/path?param=value"}
	for name, want := range map[string]string{
		"@method": "POST", "@target-uri": "https://WWW.Example.com/path?param=value",
		"@authority": "www.example.com", "@path": "/path", "@query": "?param=value",
	} {
		if got, err := m.value(component{name: name}); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", name, got, err, want)
		}
	}
	for _, c := range []component{{name: "@status"}, {name: "@query-param"}, {name: "@method", req: true}, {name: "@method", key: "x"}, {name: "Date"}} {
		if got, err := m.value(c); err == nil {
			t.Errorf("%s: %q", c, got)
		}
	}
}

// RFC 9530, B.1
func TestContentDigest(t *testing.T) {
	if got := contentDigest([]byte("{\"hello\": \"world\"}\n")); got != "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:" {
		t.Fatal(got)
	}
}
