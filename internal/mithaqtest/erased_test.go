package mithaqtest_test

import (
	"encoding/hex"
	"maps"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// After a recall the receiver keeps messages, receipts and a statement about
// what it erased; in none of them is anything that the content could be found
// by, its id and the hash of its bytes included.
func TestNothingByWhichContentIsFoundOutlivesItsErasure(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 2)...)
		atlas.Share(pact, ids(1), najd)
		atlas.Share(pact, ids(2), najd)
		w.Settle()
		marks, after := map[string]string{"id": string(ids(1)[0])}, map[string]string{}
		atlas.Read(func(tx *store.Tx) error {
			all, err := atlas.Store().Versions(tx, atlas.Analyst(), ids(1)[0])
			digest := all[0].Ref.Digest
			root := mithaq.TreeRoot([]mithaq.Digest{mithaq.ListingRoot([]mithaq.Digest{digest})})
			marks["digest"] = string(digest[:])
			after["digest in text"], after["root of the bare digest"] = hex.EncodeToString(digest[:]), hex.EncodeToString(root[:])
			return err
		})
		for what, mark := range marks {
			if !keeps(t, najd, mark) {
				t.Errorf("najd has the %s nowhere while it holds the item: the search finds nothing", what)
			}
		}
		atlas.Recall(ids(1)...)
		w.Settle()
		time.Sleep(time.Minute) // until the store has tidied
		maps.Copy(after, marks)
		for what, mark := range after {
			if keeps(t, najd, mark) {
				t.Errorf("najd still has the %s of what it erased", what)
			}
		}
		if !najd.Has(ids(2)[0]) {
			t.Error("the other item went too")
		}
		w.Verify()
	})
}
