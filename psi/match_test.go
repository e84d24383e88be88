package psi

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestAHitGivesTheRecordAndAMissNothing(t *testing.T) {
	w := newWorld(t, 5)
	set, _ := w.build()
	asked := w.ask(phones(3, 99)...)
	results := must[[]Result](t)(asked.Finalise(w.answer(asked), set))
	if len(results) != 2 || !results[0].Hit || results[0].Record != w.offers[3].Record || results[0].Input != phoneOf(3) {
		t.Errorf("the hit: %+v", results)
	}
	if results[1].Hit || results[1].Record != (Record{}) {
		t.Errorf("the miss: %+v", results[1])
	}
}

// Whatever is offered and asked, exactly what is in both is hit.
func TestHitsAreTheIntersection(t *testing.T) {
	w := newWorld(t, 0)
	rapid.Check(t, func(t *rapid.T) {
		offered := rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 0, 40, rapid.ID).Draw(t, "offered")
		asked := rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 1, 20, rapid.ID).Draw(t, "asked")
		w.offers = nil
		on := map[int]bool{}
		for _, i := range offered {
			w.offers = append(w.offers, offerOf(i))
			on[i] = true
		}
		set, _ := w.build()
		a := w.ask(phones(asked...)...)
		results, err := a.Finalise(w.answer(a), set)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if n := asked[i]; r.Hit != on[n] || r.Hit && r.Record != offerOf(n).Record {
				t.Fatalf("%d: %+v, offered %v", n, r, on[n])
			}
		}
	})
}

// One flipped bit, anywhere in what the answerer sends, is never a result.
func TestTamperingAnywhereIsDetected(t *testing.T) {
	w := newWorld(t, 6)
	set, rows := w.build()
	asked := w.ask(phones(0, 1, 77)...)
	answer := w.answer(asked)
	rapid.Check(t, func(t *rapid.T) {
		bad, at := flip(t, answer)
		if results, err := asked.Finalise(bad, set); err == nil || results != nil {
			t.Fatalf("bit %d of the answer: %+v", at, results)
		}
		bad, at = flip(t, rows)
		if _, err := OpenSet(set.Header(), bytes.NewReader(bad)); !errors.Is(err, SetChanged) && !errors.Is(err, Duplicate) {
			t.Fatalf("bit %d of the rows: %v", at, err)
		}
		bad, at = flip(t, asked.Bytes())
		q, err := ReadQuestion(bad)
		if err != nil {
			return
		}
		if answer, err := w.key.Answer(w.info, q); err == nil {
			if results, err := asked.Finalise(answer, set); !errors.Is(err, WrongQuestion) {
				t.Fatalf("bit %d of the question: %+v %v", at, results, err)
			}
		}
	})
}

func flip(t *rapid.T, raw []byte) ([]byte, int) {
	at := rapid.IntRange(0, 8*len(raw)-1).Draw(t, "bit")
	bad := bytes.Clone(raw)
	bad[at/8] ^= 1 << (at % 8)
	return bad, at
}
