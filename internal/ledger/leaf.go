package ledger

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// leafHash is the hash in the tree of a leaf's 32 bytes (RFC 6962, 2.1).
func leafHash(leaf mithaq.Digest) tlog.Hash { return tlog.RecordHash(leaf[:]) }

// hashesOf gives our digests the type that tlog wants.
func hashesOf(ds []mithaq.Digest) []tlog.Hash {
	hs := make([]tlog.Hash, len(ds))
	for i, d := range ds {
		hs[i] = tlog.Hash(d)
	}
	return hs
}

// digestsOf undoes hashesOf.
func digestsOf(hs []tlog.Hash) []mithaq.Digest {
	ds := make([]mithaq.Digest, len(hs))
	for i, h := range hs {
		ds[i] = mithaq.Digest(h)
	}
	return ds
}
