package psi

import (
	"bytes"
	"testing"
)

// What is read has one form: printed again it is the same bytes.
func FuzzQuestion(f *testing.F) {
	w := newWorld(f, 0)
	f.Add(w.ask(phoneOf(1)).Bytes())
	f.Add(w.ask(phones(1, 2)...).Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := ReadQuestion(raw)
		if err != nil {
			return
		}
		h := questionHeader{Version, kindQuestion, q.Info, q.Case, q.Count}
		if again := writeQuestion(h, q.elements); !bytes.Equal(again, raw) {
			t.Fatalf("%x, again %x", raw, again)
		}
		if answer, err := w.key.Answer(q.Info, q); err == nil {
			if _, err := readAnswer(answer); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzAnswer(f *testing.F) {
	w := newWorld(f, 1)
	set, _ := w.build()
	asked := w.ask(phoneOf(0))
	good := w.answer(asked)
	f.Add(good)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if a, err := readAnswer(raw); err == nil && !bytes.Equal(writeAnswer(*a), raw) {
			t.Fatalf("%x is written otherwise", raw)
		}
		if results, err := asked.Finalise(raw, set); err == nil && (len(results) != 1 || !results[0].Hit) {
			t.Fatalf("%x gives %+v", raw, results)
		}
	})
}

func FuzzOpening(f *testing.F) {
	w := newWorld(f, 0)
	asked := w.ask(phoneOf(1))
	good, err := asked.Opening()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, raw []byte) {
		inputs, err := Open(w.ann, asked.Bytes(), raw)
		if err == nil && (!bytes.Equal(raw, good) || inputs[0] != phoneOf(1)) {
			t.Fatalf("%x opens to %q", raw, inputs)
		}
	})
}

func FuzzDelta(f *testing.F) {
	w := newWorld(f, 3)
	set, _ := w.build()
	_, good, err := w.key.Update(set, Change{Withdrawn: phones(1)}, &bytes.Buffer{}, w.later(2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := readDelta(raw)
		if err != nil {
			return
		}
		if again := d.bytes(); !bytes.Equal(again, raw) {
			t.Fatalf("%x, again %x", raw, again)
		}
	})
}

func FuzzRecord(f *testing.F) {
	good := offerOf(1).Record.bytes()
	f.Add(good[:])
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := readRecord(raw); err == nil && r.bytes() != [recordSize]byte(raw) {
			t.Fatalf("%x is written otherwise", raw)
		}
	})
}

// FuzzHeaders holds every message without a body to its one form.
func FuzzHeaders(f *testing.F) {
	w := newWorld(f, 3)
	set, _ := w.build()
	f.Add(w.ann.Bytes())
	f.Add(set.Header().Bytes())
	f.Add(w.grant(Commitment{Phone.Scheme(), 3, digestOf("root")}).Bytes())
	f.Add(Entry{Type: Phone, Value: "+212661234567"}.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		check := func(again []byte, err error) {
			if err == nil && !bytes.Equal(again, raw) {
				t.Fatalf("%s, again %s", raw, again)
			}
		}
		a, err := ReadAnnouncement(raw)
		check(a.Bytes(), err)
		h, err := ReadHeader(raw)
		check(h.Bytes(), err)
		g, err := ReadGrant(raw)
		check(g.Bytes(), err)
		e, err := ReadEntry(raw)
		check(e.Bytes(), err)
	})
}

// FuzzRead holds normalising to giving one spelling, that stays as it is.
func FuzzRead(f *testing.F) {
	for _, c := range identifiers {
		f.Add(string(c.Type), c.Text)
	}
	types := Types()
	f.Fuzz(func(t *testing.T, typ, text string) {
		if _, known := rules[Type(typ)]; !known { // let the fuzzer reach every type
			typ = string(types[len(typ)%len(types)])
		}
		in, err := Read(Type(typ), text)
		if err != nil {
			return
		}
		if err := in.Check(); err != nil || in.Type() != Type(typ) || in.Value() == "" || len(in) > MaxInput {
			t.Fatalf("%s %q: %q, then %v", typ, text, in, err)
		}
	})
}
