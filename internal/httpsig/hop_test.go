package httpsig

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

type key byte

func (k key) private() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(k)}, ed25519.SeedSize))
}

func (k key) public() ed25519.PublicKey           { return k.private().Public().(ed25519.PublicKey) }
func (k key) KeyID() mithaq.KeyID                 { return mithaq.KeyIDOf(k.public()) }
func (k key) SignHop(base []byte) ([]byte, error) { return ed25519.Sign(k.private(), base), nil }
func only(ks ...key) Keys {
	return func(id mithaq.KeyID) (ed25519.PublicKey, error) {
		for _, k := range ks {
			if k.KeyID() == id {
				return k.public(), nil
			}
		}
		return nil, mithaq.NotFound
	}
}

func verifier(now time.Time) *Verifier {
	return &Verifier{
		Scheme: "https", Skew: time.Minute, Limit: 1 << 20,
		Replay: NewReplay(time.Minute, 100), Now: func() time.Time { return now },
	}
}

// signed makes a request as the wire would bring it to a server.
func signed(t testing.TB, method, body string) (*http.Request, []byte) {
	t.Helper()
	out, err := http.NewRequest(method, "https://najd.example:8443/taxii/p/?a=1&b=%20", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		out.Header.Set("Content-Type", "application/taxii+json;version=2.1")
	}
	sig, err := SignRequest(out, []byte(body), key(1), noon)
	if err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequest(method, "/taxii/p/?a=1&b=%20", strings.NewReader(body))
	in.Host, in.Header = out.URL.Host, out.Header.Clone()
	return in, sig
}

func TestARequestIsTakenAsSigned(t *testing.T) {
	for _, body := range []string{"", `{"objects":[]}`} {
		r, sig := signed(t, "POST", body)
		got, err := verifier(noon).Request(r, only(1))
		if err != nil {
			t.Fatal(err)
		}
		if string(got.Body) != body || got.Method != "POST" || got.TargetURI != "https://najd.example:8443/taxii/p/?a=1&b=%20" ||
			got.Key != key(1).KeyID() || !got.Created.Equal(noon) || !bytes.Equal(got.Signature, sig) {
			t.Fatalf("%+v", got)
		}
	}
}

func TestWhatWasChangedIsRefused(t *testing.T) {
	check := func(what string, kind mithaq.Kind, change func(r *http.Request)) {
		t.Helper()
		r, _ := signed(t, "POST", `{"objects":[]}`)
		change(r)
		if got, err := verifier(noon).Request(r, only(1)); !errors.Is(err, kind) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	replace := func(field, old, text string) func(*http.Request) {
		return func(r *http.Request) {
			before := r.Header.Get(field)
			if !strings.Contains(before, old) {
				t.Fatalf("%s has no %q: %s", field, old, before)
			}
			r.Header.Set(field, strings.Replace(before, old, text, 1))
		}
	}
	body := func(s string) func(*http.Request) {
		return func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(s)) }
	}
	check("method", mithaq.Unauthenticated, func(r *http.Request) { r.Method = "PUT" })
	check("host", mithaq.Unauthenticated, func(r *http.Request) { r.Host = "atlas.example" })
	check("query", mithaq.Unauthenticated, func(r *http.Request) { r.RequestURI = "/taxii/p/?a=2&b=%20" })
	check("content type", mithaq.Unauthenticated, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	check("second content type", mithaq.Invalid, func(r *http.Request) { r.Header.Add("Content-Type", "text/plain") })
	check("second digest", mithaq.Invalid, func(r *http.Request) { r.Header.Add("Content-Digest", "sha-256=:AA==:") })
	check("no digest", mithaq.Invalid, func(r *http.Request) { r.Header.Del("Content-Digest") })
	check("body", mithaq.Unauthenticated, body(`{"objects":{}}`))
	check("body cut off", mithaq.Unauthenticated, body(`{"objects":[`))
	check("body too long", mithaq.TooLarge, body(strings.Repeat(" ", 1<<20+1)))
	check("body taken away", mithaq.Unauthenticated, func(r *http.Request) { r.ContentLength = 0 })
	check("unsigned", mithaq.Unauthenticated, func(r *http.Request) { r.Header.Del("Signature") })
	check("signed twice", mithaq.Unauthenticated, func(r *http.Request) { r.Header.Add("Signature", "x=:AA==:") })
	check("nonce", mithaq.Unauthenticated, replace("Signature-Input", `nonce="`, `nonce="A`))
	check("tag", mithaq.Unauthenticated, replace("Signature-Input", TagRequest, TagResponse))
	check("component left out", mithaq.Unauthenticated, replace("Signature-Input", ` "content-digest"`, ``))
	check("component added", mithaq.Unauthenticated, replace("Signature-Input", `"@method"`, `"@method" "@path"`))
	check("component of a request", mithaq.Unauthenticated, replace("Signature-Input", `"@method"`, `"@method";req`))
	check("longer life", mithaq.Unauthenticated, replace("Signature-Input", `;expires=1`, `;expires=2`))
	check("spelled otherwise", mithaq.Invalid, replace("Signature-Input", `("@method"`, `( "@method"`))
	check("label", mithaq.Unauthenticated, replace("Signature-Input", `mithaq=`, `sig1=`))
	check("keyid", mithaq.NotFound, replace("Signature-Input", string(key(1).KeyID()), string(key(2).KeyID())))
	check("signature", mithaq.Unauthenticated, replace("Signature", `mithaq=:`, `mithaq=:AAAA`))
}

func TestAReplayIsRefusedAndClocksAreNamed(t *testing.T) {
	v := verifier(noon)
	r, _ := signed(t, "POST", `{}`)
	again := r.Clone(context.Background())
	again.Body = io.NopCloser(strings.NewReader(`{}`))
	if _, err := v.Request(r, only(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Request(again, only(1)); !errors.Is(err, mithaq.Denied) {
		t.Fatal(err)
	}
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		r, _ := signed(t, "POST", `{}`)
		_, err := verifier(noon.Add(off)).Request(r, only(1))
		refusal, ok := errors.AsType[*mithaq.Refusal](err)
		if !ok || refusal.Kind != mithaq.Expired || len(refusal.Args) != 2 {
			t.Fatal(err)
		}
		theirs, ours := refusal.Args[0].(mithaq.Time), refusal.Args[1].(mithaq.Time)
		if !theirs.Equal(noon) || !ours.Equal(noon.Add(off)) {
			t.Fatalf("theirs %v, ours %v", theirs, ours)
		}
	}
}

func TestReplayMemoryIsBoundedAndForgetsNothingEarly(t *testing.T) {
	m := NewReplay(time.Minute, 3)
	take := func(want error, k key, nonce string, at time.Duration) {
		t.Helper()
		if err := m.Take(k.KeyID(), nonce, noon.Add(at)); !errors.Is(err, want) {
			t.Fatalf("%s at %v: %v", nonce, at, err)
		}
	}
	for _, n := range []string{"a", "b", "c"} {
		take(nil, 1, n, 0)
	}
	take(mithaq.Busy, 1, "d", time.Second)
	take(nil, 2, "d", time.Second) // another partner has its own room
	take(mithaq.Denied, 1, "a", m.Window-time.Second)
	take(nil, 1, "d", m.Window)
	take(mithaq.Denied, 1, "a", m.Window+time.Second)
	take(nil, 1, "a", 3*m.Window)
	if n := len(m.now) + len(m.old); n != 1 {
		t.Fatalf("%d keys kept", n)
	}
}

func TestAResponseIsBoundToItsRequest(t *testing.T) {
	_, sig := signed(t, "POST", `{}`)
	_, otherSig := signed(t, "POST", `{}`)
	respond := func() *http.Response {
		h := http.Header{"Content-Type": {"application/taxii+json;version=2.1"}}
		body := []byte(`{"status":"complete"}`)
		if err := SignResponse(h, 202, body, sig, key(2), noon); err != nil {
			t.Fatal(err)
		}
		return &http.Response{StatusCode: 202, Header: h, Body: io.NopCloser(bytes.NewReader(body))}
	}
	got, err := verifier(noon).Response(respond(), sig, only(2))
	if err != nil || string(got.Body) != `{"status":"complete"}` || got.Status != 202 || got.Key != key(2).KeyID() {
		t.Fatalf("%+v %v", got, err)
	}
	check := func(what string, kind mithaq.Kind, sig []byte, now time.Time, keys Keys, change func(*http.Response)) {
		t.Helper()
		r := respond()
		change(r)
		if got, err := verifier(now).Response(r, sig, keys); !errors.Is(err, kind) {
			t.Errorf("%s: %+v %v", what, got, err)
		}
	}
	same := func(*http.Response) {}
	check("another request's", mithaq.Unauthenticated, otherSig, noon, only(2), same)
	check("another key", mithaq.NotFound, sig, noon, only(1), same)
	check("status", mithaq.Unauthenticated, sig, noon, only(2), func(r *http.Response) { r.StatusCode = 200 })
	check("type", mithaq.Unauthenticated, sig, noon, only(2), func(r *http.Response) { r.Header.Set("Content-Type", "text/html") })
	check("body", mithaq.Unauthenticated, sig, noon, only(2), func(r *http.Response) { r.Body = io.NopCloser(strings.NewReader("{}")) })
	check("an hour old", mithaq.Expired, sig, noon.Add(time.Hour), only(2), same)
	check("from the future", mithaq.Expired, sig, noon.Add(-2*time.Minute), only(2), same)
	check("unsigned", mithaq.Unauthenticated, sig, noon, only(2), func(r *http.Response) { r.Header.Del("Signature-Input") })
}

// Over a real server, with net/http at both ends.
func TestOverHTTP(t *testing.T) {
	server := verifier(noon)
	server.Scheme = "http"
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := server.Request(r, only(1))
		if err != nil {
			t.Error(err)
			return
		}
		body := append([]byte("heard "), got.Body...)
		w.Header().Set("Content-Type", "text/plain")
		if err := SignResponse(w.Header(), 201, body, got.Signature, key(2), noon); err != nil {
			t.Error(err)
		}
		w.WriteHeader(201)
		w.Write(body)
	})
	s := httptest.NewServer(h)
	defer s.Close()
	for _, body := range []string{"", "hello"} {
		r, _ := http.NewRequest("POST", s.URL+"/a%2Fb?x=%2B", strings.NewReader(body))
		r.Header.Set("Content-Type", "text/plain")
		sig, err := SignRequest(r, []byte(body), key(1), noon)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := verifier(noon).Response(resp, sig, only(2))
		if err != nil || string(got.Body) != "heard "+body || got.Status != 201 {
			t.Fatalf("%+v %v", got, err)
		}
		resp.Body.Close()
	}
}

func FuzzFields(f *testing.F) {
	f.Add(`mithaq=("@method" "@target-uri" "content-digest" "content-type");created=1;expires=2;nonce="AAAA";keyid="k";tag="mithaq-v1"`)
	f.Add(`a=("x";req;key="\"");b, c=()`)
	f.Add(`sig=:AAAA:, sig2=:AA==:`)
	f.Fuzz(func(t *testing.T, s string) {
		ins, err := dictionary(s, (*reader).input)
		if err == nil {
			for name, in := range ins {
				again, err := dictionary(name+"="+in.String(), (*reader).input)
				if err != nil || again[name].String() != in.String() {
					t.Fatalf("%q reads back as %v, %v", in.String(), again, err)
				}
			}
		}
		dictionary(s, (*reader).bytes)
	})
}

// made is a key whose secret is expanded once.
type made struct {
	id      mithaq.KeyID
	private ed25519.PrivateKey
}

func (m made) KeyID() mithaq.KeyID                 { return m.id }
func (m made) SignHop(base []byte) ([]byte, error) { return ed25519.Sign(m.private, base), nil }

func BenchmarkHop(b *testing.B) {
	v := verifier(noon)
	v.Replay.PerKey = 1 << 30
	k := made{key(1).KeyID(), key(1).private()}
	pub := key(1).public()
	keys := func(mithaq.KeyID) (ed25519.PublicKey, error) { return pub, nil }
	body := []byte(`{}`)
	for b.Loop() {
		r := httptest.NewRequest("POST", "/taxii/p/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "x")
		sent := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: r.Header}
		sent.URL.Scheme = "https"
		sig, err := SignRequest(sent, body, k, noon)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := v.Request(r, keys); err != nil {
			b.Fatal(err)
		}
		h := http.Header{"Content-Type": {"x"}}
		if err := SignResponse(h, 202, nil, sig, k, noon); err != nil {
			b.Fatal(err)
		}
		if _, err := v.Response(&http.Response{StatusCode: 202, Header: h}, sig, keys); err != nil {
			b.Fatal(err)
		}
	}
}
