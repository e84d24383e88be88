package strict

import (
	"errors"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
)

type thing struct {
	Name string      `json:"name"`
	N    int         `json:"n,omitzero"`
	At   mithaq.Time `json:"at,omitzero"`
	List []string    `json:"list,omitempty"`
	Salt []byte      `json:"salt,omitempty"`
}

func TestWhatDecodeRefuses(t *testing.T) {
	var v thing
	if err := Decode([]byte(` {"n": 2, "name": "a"} `), 100, &v); err != nil || v.Name != "a" || v.N != 2 {
		t.Fatal(v, err)
	}
	for what, raw := range map[string]string{
		"an unknown member": `{"name":"a","x":1}`, "another letter case": `{"Name":"a"}`, "a name twice": `{"name":"a","name":"b"}`,
		"bad UTF-8": "{\"name\":\"\xff\"}", "a lone surrogate": `{"name":"\ud800"}`, "something after": `{"name":"a"}{}`,
		"another type": `{"name":1}`, "a fraction": `{"n":1.5}`, "too large": `{"n":9223372036854775808}`, "nothing": ``,
		"a time in another spelling": `{"at":"2026-11-03T12:00:00Z"}`, "base64 without padding": `{"salt":"AA"}`,
	} {
		var v thing
		if err := Decode([]byte(raw), 1000, &v); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("%s: %+v %v", what, v, err)
		}
	}
	if err := Decode([]byte(`{"name":"a"}`), 11, &v); !errors.Is(err, mithaq.TooLarge) {
		t.Error("too long:", err)
	}
}

func TestASignedObjectHasOneEncoding(t *testing.T) {
	for _, raw := range []string{`{"name":"a","n":2}`, ` { "n" : 2.0e0 , "name":"\u0061" }`} {
		var v thing
		canonical, err := Signed([]byte(raw), 100, &v)
		if strings.Contains(raw, "2.0") { // a number that JCS writes alike, but that an integer is not read from
			if !errors.Is(err, mithaq.Invalid) {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		if err != nil || string(canonical) != `{"n":2,"name":"a"}` {
			t.Errorf("%s: %s %v", raw, canonical, err)
		}
	}
	for what, raw := range map[string]string{
		"a zero that is left out":       `{"name":"a","n":0}`,
		"null for what is left out":     `{"name":"a","list":null}`,
		"null for a text":               `{"name":null}`,
		"a list that is left out":       `{"name":"a","list":[]}`,
		"a required one that is absent": `{"n":1}`,
	} {
		var v thing
		if _, err := Signed([]byte(raw), 100, &v); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
