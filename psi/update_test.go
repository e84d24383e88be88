package psi

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq"
)

func (w *world) later(serial int64) Building {
	how := w.building()
	how.At = mithaq.At(noon.Add(time.Duration(serial) * 24 * time.Hour))
	return how
}

// Through any changes, day after day, the asker's set stays the answerer's, and
// is what was offered and no more.
func TestDeltasKeepBothEndsTheSame(t *testing.T) {
	w := newWorld(t, 0)
	rapid.Check(t, func(t *rapid.T) {
		on := map[int]Offer{}
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 0, 20, rapid.ID).Draw(t, "at first") {
			on[i] = offerOf(i)
		}
		set, _ := w.with(on)
		for day := range rapid.IntRange(1, 3).Draw(t, "days") {
			change := drawChange(t, on)
			var kept, applied bytes.Buffer
			next, delta, err := w.key.Update(set, change, &kept, w.later(set.Header().Serial+1))
			if err != nil {
				t.Fatalf("day %d: %v", day, err)
			}
			if err := Apply(set, next, delta, &applied); err != nil {
				t.Fatalf("day %d: %v", day, err)
			}
			if !bytes.Equal(kept.Bytes(), applied.Bytes()) {
				t.Fatalf("day %d: the two ends differ", day)
			}
			if set, err = OpenSet(next, bytes.NewReader(applied.Bytes())); err != nil {
				t.Fatalf("day %d: %v", day, err)
			}
			if err := w.key.Audit(set, values(on)); err != nil {
				t.Fatalf("day %d: %v", day, err)
			}
		}
	})
}

func (w *world) with(on map[int]Offer) (*Set, []byte) {
	w.offers = nil
	for _, o := range on {
		w.offers = append(w.offers, o)
	}
	return w.build()
}

func values(on map[int]Offer) func(func(Offer, error) bool) {
	return func(yield func(Offer, error) bool) {
		for _, o := range on {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// drawChange withdraws, offers and renews, and keeps book in on.
func drawChange(t *rapid.T, on map[int]Offer) (c Change) {
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 0, 15, rapid.ID).Draw(t, "change") {
		o, there := on[i]
		if there {
			c.Withdrawn = append(c.Withdrawn, o.Input)
			delete(on, i)
		}
		if !there || rapid.Bool().Draw(t, "renew") {
			o = offerOf(i)
			o.Record.Desk = rapid.SampledFrom([]string{"one desk", "another desk"}).Draw(t, "desk")
			c.Offered = append(c.Offered, o)
			on[i] = o
		}
	}
	return c
}

func TestADeltaThatIsNotTheOneIsRefused(t *testing.T) {
	w := newWorld(t, 40)
	set, _ := w.build()
	next, delta, err := w.key.Update(set, Change{Withdrawn: phones(1), Offered: []Offer{offerOf(90)}}, &bytes.Buffer{}, w.later(2))
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(set, next, delta, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		bad, at := flip(t, delta)
		if err := Apply(set, next, bad, &bytes.Buffer{}); err == nil {
			t.Fatalf("bit %d", at)
		}
	})
	wrong := next
	wrong.Root = digestOf("another")
	if err := Apply(set, wrong, delta, &bytes.Buffer{}); !errors.Is(err, SetChanged) {
		t.Errorf("to another set: %v", err)
	}
	skipped := next
	skipped.Serial = 3
	if err := Apply(set, skipped, delta, &bytes.Buffer{}); !errors.Is(err, SetChanged) {
		t.Errorf("past a set: %v", err)
	}
	late := next
	late.At = mithaq.At(noon.Add(-time.Hour))
	if err := Apply(set, late, delta, &bytes.Buffer{}); !errors.Is(err, SetChanged) {
		t.Errorf("back in time: %v", err)
	}
}

func TestOnlyWhatIsThereCanBeWithdrawn(t *testing.T) {
	w := newWorld(t, 4)
	set, _ := w.build()
	for name, c := range map[string]struct {
		change Change
		want   Fault
	}{
		"never offered":   {Change{Withdrawn: phones(77)}, NotOffered},
		"withdrawn twice": {Change{Withdrawn: phones(1, 1)}, Duplicate},
		"offered twice":   {Change{Offered: []Offer{offerOf(9), offerOf(9)}}, Duplicate},
		"there already":   {Change{Offered: []Offer{offerOf(2)}}, Duplicate},
	} {
		if _, _, err := w.key.Update(set, c.change, &bytes.Buffer{}, w.later(2)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the asker sees of a change is about its size, not its sort.
func TestADeltaHidesWhatChanged(t *testing.T) {
	w := newWorld(t, 40)
	set, _ := w.build()
	size := func(c Change) [2]int {
		_, raw, err := w.key.Update(set, c, &bytes.Buffer{}, w.later(2))
		if err != nil {
			t.Fatal(err)
		}
		d := must[*delta](t)(readDelta(raw))
		return [2]int{len(d.gone), len(d.come)}
	}
	want := [2]int{16, 16}
	for name, c := range map[string]Change{
		"offered":   {Offered: []Offer{offerOf(80), offerOf(81), offerOf(82)}},
		"withdrawn": {Withdrawn: phones(1, 2, 3)},
		"both":      {Withdrawn: phones(1, 2), Offered: []Offer{offerOf(80)}},
		"renewed":   {Withdrawn: phones(1), Offered: []Offer{offerOf(1)}},
	} {
		if got := size(c); got != want {
			t.Errorf("%s: %v rows go and come, want %v", name, got, want)
		}
	}
	if got := size(Change{}); got != [2]int{} {
		t.Errorf("nothing changed: %v rows", got)
	}
}

// A hundredth of a million changed is about a hundredth of the bytes.
func TestPlans(t *testing.T) {
	for _, c := range []struct {
		count               int64
		dummies, gone, come int
		want                plan
	}{
		{1 << 20, 48_576, 0, 10_000, plan{10_240, 240}},
		{1 << 20, 48_576, 10_000, 0, plan{240, 10_240}},
		{1 << 20, 48_576, 10_000, 10_000, plan{240, 240}},
		{1 << 20, 0, 10, 0, plan{0, 10}},
		{64, 0, 0, 1, plan{0, 63}},
		{64, 3, 0, 4, plan{3, 63}},
		{1, 1, 0, 1, plan{1, 0}},
		{1, 0, 1, 0, plan{0, 1}},
	} {
		if got := planOf(c.count, c.dummies, c.gone, c.come); got != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

func TestDrawBelowIsEvenAndInRange(t *testing.T) {
	random := &stream{label: t.Name()}
	var seen [6]int
	for range 60_000 {
		seen[must[uint32](t)(drawBelow(6, random))]++
	}
	for i, n := range seen {
		if n < 9_600 || n > 10_400 { // four standard deviations
			t.Errorf("%d came %d times of 60,000", i, n)
		}
	}
}

func TestSetsFollowEachOther(t *testing.T) {
	w := newWorld(t, 4)
	set, _ := w.build()
	next, _, err := w.key.Update(set, Change{}, &bytes.Buffer{}, w.later(2))
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Follows(set.Header()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Header)
		want   Fault
	}{
		"another info":      {func(h *Header) { h.Info.Purpose = mithaq.Fraud }, WrongInfo},
		"the same serial":   {func(h *Header) { h.Serial = 1 }, SetChanged},
		"a serial left out": {func(h *Header) { h.Serial = 3 }, SetChanged},
		"after another":     {func(h *Header) { h.Previous = digestOf("another") }, SetChanged},
		"earlier":           {func(h *Header) { h.At = mithaq.At(noon.Add(-time.Second)) }, SetChanged},
		"smaller":           {func(h *Header) { h.Count = 2 }, SetChanged},
	} {
		bad := next
		c.change(&bad)
		if err := bad.Follows(set.Header()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
