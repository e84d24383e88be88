package mithaq

import (
	"errors"
	"testing"

	"github.com/mithaq-hub/mithaq/stix"
)

func TestCarriedGathersByEnvelope(t *testing.T) {
	var all CarriedAll
	other := stix.ID("x-mithaq-envelope--2b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f")
	first, second, third := DigestOf([]byte("1")), DigestOf([]byte("2")), DigestOf([]byte("3"))
	all.Add(idFor(TypeEnvelope), first)
	all.Add(other, second)
	all.Add(idFor(TypeEnvelope), third)
	if len(all) != 2 || all.Count() != 3 || len(all[0].Objects) != 2 {
		t.Fatalf("%+v", all)
	}
	var order []Digest
	for envelope, d := range all.All() {
		if (envelope == other) != (d == second) {
			t.Errorf("%s in %s", d, envelope)
		}
		order = append(order, d)
	}
	if order[0] != first || order[1] != third || order[2] != second {
		t.Error(order)
	}
}

func TestARecallNamesObjectsOfEnvelopes(t *testing.T) {
	for _, items := range []CarriedAll{nil, {{Envelope: idFor(TypeEnvelope)}}, Named(idFor(TypePact), DigestOf(nil))} {
		r := NewRecall(idFor(TypeRecall), asof, atlas, idFor(TypePact), WrongInformation, analyst, items)
		if err := r.Check(); !errors.Is(err, Invalid) {
			t.Errorf("%+v: %v", items, err)
		}
	}
}
