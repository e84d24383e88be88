package passkey_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
)

const origin = "https://pages.atlas.example:7490"

// A scene is a node, a person, and their telephone with a passkey for it.
type scene struct {
	t     *testing.T
	party *passkey.Party
	owner *passkey.Owner
	phone *passkeytest.Authenticator
}

func newScene(t *testing.T) *scene {
	t.Helper()
	p, err := passkey.New(origin, "Atlas")
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t, p, &passkey.Owner{Person: "person-1", Name: "Amal"}, &passkeytest.Authenticator{Origin: origin, Step: 1}}
	k, err := s.register()
	if err != nil {
		t.Fatal(err)
	}
	s.owner.Records = append(s.owner.Records, k.Record)
	return s
}

func (s *scene) register() (*passkey.Key, error) {
	ask, state, err := s.party.AskNew(s.owner)
	if err != nil {
		return nil, err
	}
	answer, err := s.phone.Create(ask)
	if err != nil {
		return nil, err
	}
	return s.party.New(s.owner, state, answer)
}

func (s *scene) find([]byte) (*passkey.Owner, error) { return s.owner, nil }

func (s *scene) recognise() (*passkey.Owner, *passkey.Key, error) {
	ask, state, err := s.party.Ask()
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.phone.Get(ask)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.party.Known(state, answer, s.find)
}

func TestAPasskeyIsRecognised(t *testing.T) {
	s := newScene(t)
	for range 3 {
		o, k, err := s.recognise()
		if err != nil || o.Person != s.owner.Person || k.Behind {
			t.Fatalf("%+v, %+v, %v", o, k, err)
		}
		s.owner.Records[0] = k.Record
	}
	if _, err := s.register(); err == nil {
		t.Error("the same telephone registers twice")
	}
}

// Web Authentication Level 3, 7.1 and 7.2
func TestWhatAnswersWronglyIsNotAccepted(t *testing.T) {
	for what, spoil := range map[string]func(*passkeytest.Authenticator){
		"another origin":     func(a *passkeytest.Authenticator) { a.Origin = "https://pages.atlas.example.evil.example" },
		"another port":       func(a *passkeytest.Authenticator) { a.Origin = "https://pages.atlas.example:7491" },
		"no TLS":             func(a *passkeytest.Authenticator) { a.Origin = "http://pages.atlas.example:7490" },
		"another RP ID":      func(a *passkeytest.Authenticator) { a.RPID = "atlas.example" },
		"nobody was checked": func(a *passkeytest.Authenticator) { a.Unverified = true },
	} {
		s := newScene(t)
		spoil(s.phone)
		if _, _, err := s.recognise(); !errors.Is(err, mithaq.Unauthenticated) {
			t.Errorf("%s: recognised, %v", what, err)
		}
		if s.owner.Records = nil; true {
			if _, err := s.register(); !errors.Is(err, mithaq.Unauthenticated) {
				t.Errorf("%s: registered, %v", what, err)
			}
		}
	}
}

func TestAPasskeyIsItsPersonsAlone(t *testing.T) {
	s := newScene(t)
	s.phone.Handle = "person-2"
	if _, _, err := s.recognise(); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("it says it is another: %v", err)
	}
	other := newScene(t)
	s.phone.Handle = ""
	s.owner.Records = other.owner.Records
	if _, _, err := s.recognise(); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("signed by another's key: %v", err)
	}
}

func TestAnAnswerIsForOneChallenge(t *testing.T) {
	s := newScene(t)
	ask, _, err := s.party.Ask()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.phone.Get(ask)
	if err != nil {
		t.Fatal(err)
	}
	_, state, err := s.party.Ask()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.party.Known(state, answer, s.find); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("an answer to an earlier challenge: %v", err)
	}
	_, state, err = s.party.AskNew(s.owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.party.New(s.owner, state, answer); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("an assertion for a registration: %v", err)
	}
}

func TestACounterThatStandsStillShows(t *testing.T) {
	for step, behind := range map[int64]bool{1: false, 0: true, -2: true} {
		s := newScene(t)
		s.phone.Step = 5
		_, k, err := s.recognise()
		if err != nil {
			t.Fatal(err)
		}
		s.owner.Records[0] = k.Record
		s.phone.Step = step
		if _, k, err = s.recognise(); err != nil || k.Behind != behind {
			t.Errorf("step %d: %+v, %v", step, k, err)
		}
	}
}

func TestPasskeysAreForNames(t *testing.T) {
	for origin, ok := range map[string]bool{
		"http://localhost:7490": true, "https://a.example": true, "https://127.0.0.1:1": false, "https://[::1]:1": false, "": false,
	} {
		if _, err := passkey.New(origin, "Atlas"); (err == nil) != ok {
			t.Errorf("%s: %v", origin, err)
		}
	}
}

// What comes from a browser is read without harm, whatever it is.
func FuzzAnswer(f *testing.F) {
	p, err := passkey.New(origin, "Atlas")
	if err != nil {
		f.Fatal(err)
	}
	o := &passkey.Owner{Person: "person-1", Name: "Amal"}
	phone := &passkeytest.Authenticator{Origin: origin}
	ask, state, err := p.AskNew(o)
	if err != nil {
		f.Fatal(err)
	}
	made, err := phone.Create(ask)
	if err != nil {
		f.Fatal(err)
	}
	got, err := phone.Get(ask)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{made, got, {}, []byte("{}"), []byte(`{"id":"a","id":"b"}`), bytes.Repeat([]byte("["), 1<<17)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		_, err := p.New(o, state, answer)
		_, _, err2 := p.Known(state, answer, func([]byte) (*passkey.Owner, error) { return o, nil })
		for _, err := range []error{err, err2} {
			if err != nil && !errors.Is(err, mithaq.Unauthenticated) {
				t.Errorf("no refusal: %v", err)
			}
		}
	})
}
