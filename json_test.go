package mithaq

import (
	"testing"

	"github.com/go-json-experiment/json"
)

func decodePact(raw []byte) (*Pact, error) {
	p := new(Pact)
	return p, json.Unmarshal(raw, p, json.RejectUnknownMembers(true))
}

func TestAPactSurvivesItsJSON(t *testing.T) {
	p := agreedPact(t)
	if got := clone(t, p); got.Digest() != p.Digest() {
		t.Errorf("%+v\n%+v", got, p)
	}
}
