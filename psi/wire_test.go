package psi

import (
	"bytes"
	"errors"
	"testing"
)

// A header has one spelling: whatever else means the same is refused.
func TestAHeaderHasOneSpelling(t *testing.T) {
	w := newWorld(t, 0)
	good := w.ann.Bytes()
	for name, bad := range map[string][]byte{
		"a space":          bytes.Replace(good, []byte(`":`), []byte(`": `), 1),
		"a line after":     append(bytes.Clone(good), '\n'),
		"a member more":    bytes.Replace(good, []byte(`{`), []byte(`{"a":1,`), 1),
		"another case":     bytes.Replace(good, []byte(`"epoch"`), []byte(`"Epoch"`), 1),
		"a member twice":   bytes.Replace(good, []byte(`"epoch":7`), []byte(`"epoch":7,"epoch":7`), 1),
		"a number as 7.0":  bytes.Replace(good, []byte(`"epoch":7`), []byte(`"epoch":7.0`), 1),
		"an escape":        bytes.Replace(good, []byte(`"psi-key"`), []byte(`"psi\u002dkey"`), 1),
		"a member less":    bytes.Replace(good, []byte(`"epoch":7,`), nil, 1),
		"null":             []byte("null"),
		"nothing":          nil,
		"another time":     bytes.Replace(good, []byte(`.000Z`), []byte(`Z`), 1),
		"a key in one row": bytes.Replace(good, []byte(`"key":"`), []byte(`"key":"AAAA`), 1),
	} {
		if bytes.Equal(bad, good) {
			t.Fatalf("%s: nothing changed", name)
		}
		if a, err := ReadAnnouncement(bad); !errors.Is(err, Malformed) {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
}

func TestFramesThatAreNone(t *testing.T) {
	w := newWorld(t, 0)
	good := w.ask(phoneOf(1)).Bytes()
	for name, bad := range map[string][]byte{
		"nothing": nil, "three bytes": good[:3], "a length alone": good[:4], "cut in the header": good[:50],
		"a length of 4 GiB": append([]byte{255, 255, 255, 255}, good[4:]...), "a header of none": {0, 0, 0, 0},
	} {
		if _, err := ReadQuestion(bad); !errors.Is(err, Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadQuestion(append(bytes.Clone(good), 0)); !errors.Is(err, WrongCount) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := ReadQuestion(good[:len(good)-32]); !errors.Is(err, WrongCount) {
		t.Errorf("an element less: %v", err)
	}
}

// Every fault has a kind that an edge can hold to a status, and a message that
// names no identifier.
func TestFaultsHaveKinds(t *testing.T) {
	for fault, kind := range kinds {
		if !errors.Is(fault, kind) {
			t.Errorf("%s is no %s", fault, kind)
		}
	}
	_, err := Read(Phone, "+212 661 00 00 000 000 00")
	if err == nil || bytes.Contains([]byte(err.Error()), []byte("661")) {
		t.Errorf("the error repeats the number: %v", err)
	}
}
