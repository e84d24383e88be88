package psi

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha512"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq"
)

func TestASetIsPaddedToThePowerOfTwo(t *testing.T) {
	for n, want := range map[int]int64{0: 1, 1: 1, 2: 2, 3: 4, 17: 32, 64: 64} {
		w := newWorld(t, n)
		set, rows := w.build()
		if set.Header().Count != want || len(rows) != int(want)*RowSize {
			t.Errorf("%d offers: %d rows in %d bytes, want %d", n, set.Header().Count, len(rows), want)
		}
		if err := w.key.Audit(set, each(w.offers)); err != nil {
			t.Errorf("%d offers: %v", n, err)
		}
	}
}

// Sorting outside of memory gives what sorting in memory gives.
func TestAScratchChangesNothing(t *testing.T) {
	rows := make([]row, 3*runSize+100)
	random := &stream{label: t.Name()}
	for i := range rows {
		random.Read(rows[i][:])
	}
	file := must[*os.File](t)(os.Create(filepath.Join(t.TempDir(), "scratch")))
	defer file.Close()
	sorted := newSorter(file)
	for i := range rows {
		if err := sorted.add(rows[i]); err != nil {
			t.Fatal(err)
		}
		if len(sorted.run) >= runSize {
			t.Fatalf("%d rows in memory", len(sorted.run))
		}
	}
	sortRows(rows)
	i := 0
	for r, err := range sorted.all() {
		if err != nil || r != rows[i] {
			t.Fatalf("row %d: %x %v", i, r.tag(), err)
		}
		i++
	}
	if i != len(rows) {
		t.Errorf("%d rows of %d", i, len(rows))
	}
}

func TestAScratchThatFailsIsAnError(t *testing.T) {
	for name, scratch := range map[string]Scratch{
		"no space": fullScratch{}, "not readable": forgetful{},
	} {
		sorted := newSorter(scratch)
		var err error
		for range runSize + 1 {
			err = errors.Join(err, sorted.add(row{}))
		}
		for _, readErr := range sorted.all() {
			err = errors.Join(err, readErr)
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type fullScratch struct{}

func (fullScratch) Write([]byte) (int, error)         { return 0, errors.New("no space") }
func (fullScratch) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

type forgetful struct{}

func (forgetful) Write(p []byte) (int, error)       { return len(p), nil }
func (forgetful) ReadAt([]byte, int64) (int, error) { return 0, errors.New("unreadable") }

func TestASetIsBuiltOfGoodOffersAlone(t *testing.T) {
	w := newWorld(t, 3)
	failing := func(yield func(Offer, error) bool) { yield(Offer{}, io.ErrUnexpectedEOF) }
	build := func(offers ...Offer) error {
		_, err := w.key.Build(w.info, each(offers), io.Discard, w.building())
		return err
	}
	other := func(change func(*Offer)) Offer {
		o := offerOf(1)
		change(&o)
		return o
	}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"twice":             {build(offerOf(1), offerOf(2), offerOf(1)), Duplicate},
		"of another type":   {build(other(func(o *Offer) { o.Input = "email\x00a@b.example" })), BadIdentifier},
		"of nothing":        {build(other(func(o *Offer) { o.Input = "phone\x00" })), BadIdentifier},
		"a victim":          {build(other(func(o *Offer) { o.Record.Class = mithaq.SubjectVictim })), BadRecord},
		"a minor":           {build(other(func(o *Offer) { o.Record.Class = mithaq.SubjectMinor })), BadRecord},
		"a witness":         {build(other(func(o *Offer) { o.Record.Class = mithaq.SubjectWitness })), BadRecord},
		"a source":          {build(other(func(o *Offer) { o.Record.Class = mithaq.SubjectSource })), BadRecord},
		"who is not known":  {build(other(func(o *Offer) { o.Record.Class = mithaq.SubjectUnknown })), BadRecord},
		"two categories":    {build(other(func(o *Offer) { o.Record.Class |= mithaq.SubjectConvicted })), BadRecord},
		"no category":       {build(other(func(o *Offer) { o.Record.Class = 0 })), BadRecord},
		"no reference":      {build(other(func(o *Offer) { o.Record.Reference = Reference{} })), BadRecord},
		"no desk":           {build(other(func(o *Offer) { o.Record.Desk = "" })), BadRecord},
		"a desk too long":   {build(other(func(o *Offer) { o.Record.Desk = string(make([]byte, MaxDesk+1)) })), BadRecord},
		"a desk in control": {build(other(func(o *Offer) { o.Record.Desk = "a\x1b[1m" })), BadRecord},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if _, err := w.key.Build(w.info, failing, io.Discard, w.building()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("offers that end with an error: %v", err)
	}
}

func TestRowsThatWereNotCommittedAreRefused(t *testing.T) {
	w := newWorld(t, 5)
	set, rows := w.build()
	swapped := bytes.Clone(rows)
	copy(swapped, rows[RowSize:2*RowSize])
	copy(swapped[RowSize:], rows[:RowSize])
	twice := bytes.Clone(rows)
	copy(twice, rows[RowSize:2*RowSize])
	for name, bad := range map[string][]byte{
		"swapped": swapped, "twice": twice, "short": rows[:len(rows)-1], "a row less": rows[:len(rows)-RowSize],
		"longer": append(bytes.Clone(rows), 0), "none": nil,
	} {
		if _, err := OpenSet(set.Header(), bytes.NewReader(bad)); !errors.Is(err, SetChanged) && !errors.Is(err, Duplicate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A row that was committed but does not unseal is the answerer's fault, and is
// named, not taken for a miss.
func TestAHitThatDoesNotUnsealIsNamed(t *testing.T) {
	w := newWorld(t, 1)
	set, rows := w.build()
	rows[RowSize-1] ^= 1
	h := set.Header()
	h.Root = mithaq.Digest{}
	var root mithaq.RootBuilder
	root.Add(rows)
	h.Root = root.Root()
	set = must[*Set](t)(OpenSet(h, bytes.NewReader(rows)))
	asked := w.ask(phoneOf(0))
	if results, err := asked.Finalise(w.answer(asked), set); !errors.Is(err, BadRow) {
		t.Errorf("%+v %v", results, err)
	}
}

func TestARowBelongsToItsEpochAndTag(t *testing.T) {
	output := bytes.Repeat([]byte{7}, 64)
	r := must[row](t)(sealRow(output, [nonceSize]byte{1}, offerOf(1).Record, 7))
	_, seal, err := rowKeys(output)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.unseal(seal, 7); err != nil || got != offerOf(1).Record {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := r.unseal(seal, 8); !errors.Is(err, BadRow) {
		t.Errorf("in another epoch: %v", err)
	}
	r[0] ^= 1
	if _, err := r.unseal(seal, 7); !errors.Is(err, BadRow) {
		t.Errorf("under another tag: %v", err)
	}
}

func TestARecordHasOneForm(t *testing.T) {
	good := offerOf(1).Record.bytes()
	if r, err := readRecord(good[:]); err != nil || r != offerOf(1).Record {
		t.Fatalf("%+v %v", r, err)
	}
	for name, change := range map[string]func([]byte){
		"version 2":           func(b []byte) { b[0] = 2 },
		"a desk too long":     func(b []byte) { b[19] = 45 },
		"after its end":       func(b []byte) { b[63] = 'x' },
		"a victim":            func(b []byte) { b[1], b[2] = 0, byte(mithaq.SubjectVictim) },
		"an unknown category": func(b []byte) { b[1], b[2] = 0x80, 0 },
	} {
		bad := bytes.Clone(good[:])
		change(bad)
		if r, err := readRecord(bad); !errors.Is(err, BadRecord) {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
}

func TestTheAuditorSeesAStuffedAndAShortSet(t *testing.T) {
	w := newWorld(t, 9)
	set, _ := w.build()
	if err := w.key.Audit(set, each(w.offers)); err != nil {
		t.Errorf("the true set: %v", err)
	}
	if err := w.key.Audit(set, each(w.offers[1:])); !errors.Is(err, SetChanged) {
		t.Errorf("stuffed: %v", err)
	}
	if err := w.key.Audit(set, each(append(slices.Clone(w.offers), offerOf(100)))); !errors.Is(err, NotOffered) {
		t.Errorf("short: %v", err)
	}
	changed := slices.Clone(w.offers)
	changed[2].Record.Desk = "another desk"
	if err := w.key.Audit(set, each(changed)); !errors.Is(err, SetChanged) {
		t.Errorf("another record: %v", err)
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t, 3)
	set, _ := w.build()
	good := set.Header()
	if back := must[Header](t)(ReadHeader(good.Bytes())); back.Digest() != good.Digest() {
		t.Error("read otherwise than written")
	}
	for name, c := range map[string]struct {
		change func(*Header)
		want   Fault
	}{
		"no power of two":    {func(h *Header) { h.Count = 3 }, WrongCount},
		"no rows":            {func(h *Header) { h.Count = 0 }, WrongCount},
		"too many rows":      {func(h *Header) { h.Count = 2 * MaxSet }, WrongCount},
		"no root":            {func(h *Header) { h.Root = mithaq.Digest{} }, Malformed},
		"no serial":          {func(h *Header) { h.Serial = 0 }, Malformed},
		"no previous":        {func(h *Header) { h.Serial = 2 }, Malformed},
		"a first after one":  {func(h *Header) { h.Previous = digestOf("x") }, Malformed},
		"another normaliser": {func(h *Header) { h.Info.Scheme = "phone/2" }, WrongInfo},
		"an unknown type":    {func(h *Header) { h.Info.Scheme = "shoe-size/1" }, WrongInfo},
		"an unknown purpose": {func(h *Header) { h.Info.Purpose = "curiosity" }, Malformed},
		"with oneself":       {func(h *Header) { h.Info.Asker = h.Info.Answerer }, WrongInfo},
	} {
		bad := good
		c.change(&bad)
		if _, err := ReadHeader(bad.Bytes()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := good.Within(3); err != nil {
		t.Errorf("three of three: %v", err)
	}
	if err := good.Within(2); !errors.Is(err, SetTooLarge) || !errors.Is(err, mithaq.TooLarge) {
		t.Errorf("four rows where the pact allows two: %v", err)
	}
}

func TestAReferenceThatWasNeverCommittedIsFound(t *testing.T) {
	w := newWorld(t, 3)
	set, _ := w.build()
	if err := w.key.Committed(set, phoneOf(1), offerOf(1).Record.Reference); err != nil {
		t.Errorf("a true one: %v", err)
	}
	for name, c := range map[string]Offer{
		"another's": {phoneOf(1), offerOf(2).Record}, "made up": {phoneOf(1), Record{Reference: Reference{1}}}, "not offered": offerOf(9),
	} {
		if err := w.key.Committed(set, c.Input, c.Record.Reference); !errors.Is(err, NotOffered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.key.Committed(set, "email\x00a@b.example", Reference{1}); !errors.Is(err, BadIdentifier) {
		t.Errorf("of another type: %v", err)
	}
}

// rowSecret is tag and key of a row, as rowKeys derives them.
func rowSecret(t *testing.T, output []byte) []byte {
	t.Helper()
	return must[[]byte](t)(hkdf.Key(sha512.New, output, nil, tagRow, tagSize+32))
}
