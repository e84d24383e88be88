package gate

import (
	"context"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Who is about to share a value that a list has is told in the dry run; and it
// goes all the same.
func TestADryRunWarnsAndRefusesNothing(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	a.Cautions = func(*store.Tx) (func(kind, text string) []Caution, error) {
		return func(kind, text string) []Caution {
			if kind == "domain" && strings.HasSuffix(text, "n1.example") {
				return []Caution{{List: "Known", Entry: text}}
			}
			return nil
		}, nil
	}
	profile := a.profile(nil)
	if r := a.take21(profile, hunting(1, ""), hunting(2, ""), strings.ReplaceAll(hunting(3, ""), "n3.", "n1.")); len(r.Warned) != 2 || r.Kept != 3 {
		t.Fatalf("%+v", r)
	}
	all, err := a.Preview(context.Background(), a.analyst(), a.ask(profile))
	if err != nil || len(all) != 1 || all[0].Goes != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	warned := all[0].Warnings
	if len(warned) != 1 || warned[0].Value != "n1.example" || warned[0].Count != 2 || len(warned[0].Items) != 2 || warned[0].Why[0].List != "Known" {
		t.Errorf("%+v", warned)
	}
	released, err := a.Propose(context.Background(), a.releaser(), a.ask(profile))
	if err != nil || len(released) != 1 || len(released[0].Warnings) != 0 || released[0].Goes != 3 {
		t.Errorf("%+v, %v", released, err)
	}
}
