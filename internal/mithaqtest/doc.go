// Package mithaqtest has a whole federation in one process: several real nodes,
// each on its own folder with its own keys, people and clock, on a network of
// pipes that a test can cut and join.
//
//	bubble.Test(t, func(t *testing.T) {
//		w := mithaqtest.New(t)
//		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
//		w.Acquaint(atlas, najd)
//		pact := w.Agree(atlas, najd)
//		atlas.Import(atlas.Profile(), mithaqtest.Indicator(1))
//		atlas.Share(pact, najd)
//		w.Cut(atlas, najd)
//		time.Sleep(6 * time.Hour) // virtual
//		w.Join(atlas, najd)
//		w.Settle()
//		w.Verify()
//	})
//
// It works in a bubble (internal/bubble), where waiting costs nothing, and
// outside one. Everything ends with the test; a goroutine of a node that does
// not is a failure.
package mithaqtest
