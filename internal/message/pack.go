package message

import (
	"crypto/rand"

	"github.com/mithaq-hub/mithaq"
)

// An Object of a message: an item of the store, or an object of ours that speaks
// for us and is kept with the message itself.
type Object struct {
	Raw  []byte
	Item int64             // the store's number; 0 for an object kept with the message
	Salt mithaq.ObjectSalt // where a listing has named it by one already
}

// Packed is content ready to be sent: everything that needs no transaction.
type Packed struct {
	Objects     []Object
	Salts       []mithaq.ObjectSalt
	Digests     []mithaq.Digest // salted digest of each object
	Root        mithaq.Digest   // RFC 6962 tree hash over Digests
	ContentSalt mithaq.CommitmentSalt
}

// Pack draws the salts that are not drawn yet, and hashes objects.
func Pack(objects []Object) *Packed {
	p := &Packed{
		Objects: objects,
		Salts:   make([]mithaq.ObjectSalt, len(objects)),
		Digests: make([]mithaq.Digest, len(objects)),
	}
	_, _ = rand.Read(p.ContentSalt[:]) // crypto/rand never fails
	var root mithaq.RootBuilder
	for i, o := range objects {
		if p.Salts[i] = o.Salt; o.Salt == (mithaq.ObjectSalt{}) {
			_, _ = rand.Read(p.Salts[i][:])
		}
		p.Digests[i] = mithaq.ObjectDigest(p.Salts[i], o.Raw)
		root.Add(p.Digests[i][:])
	}
	p.Root = root.Root()
	return p
}
