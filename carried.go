package mithaq

import (
	"errors"
	"iter"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Carried names objects by the envelope that carried them and by their salted
// digests in it, as both ends keep them. Once an object is erased its salt is
// gone, so that the name leads nobody back to what it was, however short: the
// object's own digest and id, which of an observable are a hash of its value,
// are not said.
type Carried struct {
	Envelope stix.ID  `json:"envelope"`
	Objects  []Digest `json:"objects"` // ObjectDigest of each
}

// CarriedAll names objects of many envelopes.
type CarriedAll []Carried

// Add names one more object.
func (c *CarriedAll) Add(envelope stix.ID, object Digest) {
	i := slices.IndexFunc(*c, func(x Carried) bool { return x.Envelope == envelope })
	if i < 0 {
		i = len(*c)
		*c = append(*c, Carried{Envelope: envelope})
	}
	(*c)[i].Objects = append((*c)[i].Objects, object)
}

// Count is how many objects are named.
func (c CarriedAll) Count() (n int) {
	for i := range c {
		n += len(c[i].Objects)
	}
	return n
}

// All yields each object with its envelope.
func (c CarriedAll) All() iter.Seq2[stix.ID, Digest] {
	return func(yield func(stix.ID, Digest) bool) {
		for i := range c {
			for _, d := range c[i].Objects {
				if !yield(c[i].Envelope, d) {
					return
				}
			}
		}
	}
}

// Named is objects of one envelope.
func Named(envelope stix.ID, objects ...Digest) CarriedAll {
	return CarriedAll{{Envelope: envelope, Objects: objects}}
}

func (c *Carried) check() error {
	faults := []error{idOf("envelope", c.Envelope, TypeEnvelope)}
	if len(c.Objects) == 0 {
		faults = append(faults, invalidf("objects", "names none"))
	}
	return errors.Join(faults...)
}
