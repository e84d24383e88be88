package mithaq

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
)

// Whatever comes as a message of any type of ours is refused, or says the same
// once it is written and read again.
func FuzzMessages(f *testing.F) {
	types := kindsOf(f)
	for i, sample := range samples(f) {
		raw, err := json.Marshal(sample)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), raw)
	}
	f.Fuzz(func(t *testing.T, kind uint8, raw []byte) {
		of := types[int(kind)%len(types)]
		read := empty(of)
		if json.Unmarshal(raw, read, json.RejectUnknownMembers(true)) != nil || read.Check() != nil {
			return
		}
		written, err := json.Marshal(read)
		if err != nil {
			t.Fatalf("%s that was read cannot be written: %v", of, err)
		}
		again := empty(of)
		if err := json.Unmarshal(written, again, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%s that was written cannot be read: %v\n%s", of, err, written)
		}
		if err := again.Check(); err != nil {
			t.Errorf("%s was well, and is not once it was written and read: %v\n%s", of, err, written)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(written, twice) {
			t.Errorf("%s says something else when it is read again: %v\n%s\n%s", of, err, written, twice)
		}
	})
}

// kindsOf are the types of the samples, as these are numbered.
func kindsOf(t testing.TB) (types []reflect.Type) {
	for _, sample := range samples(t) {
		of := reflect.TypeOf(sample)
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		types = append(types, of)
	}
	return types
}

func empty(of reflect.Type) checker {
	if of == reflect.TypeFor[manifested]() {
		return &manifested{new(Manifest)}
	}
	return reflect.New(of).Interface().(checker)
}
