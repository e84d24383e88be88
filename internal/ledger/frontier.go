package ledger

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// emptyRoot is the root of a tree without leaves (RFC 6962, 2.1).
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// EmptyTree is where every log begins.
func EmptyTree() mithaq.Tree { return mithaq.Tree{Root: mithaq.Digest(emptyRoot)} }

// A frontier holds the roots of the perfect subtrees that a tree consists of,
// the largest first: one for each bit set in the tree's size. It is all that
// appending needs.
type frontier []tlog.Hash

// add returns the frontier after one more leaf hash on a tree of size n, and
// tells done each node that became complete, with its level and its index there.
func (f frontier) add(n int64, leaf tlog.Hash, done func(level int, index int64, h tlog.Hash)) frontier {
	h := leaf
	for level := range bits.TrailingZeros64(^uint64(n)) {
		last := len(f) - 1
		h = tlog.NodeHash(f[last], h)
		f = f[:last]
		if done != nil {
			done(level+1, n>>(level+1), h)
		}
	}
	return append(f, h)
}

// root folds the frontier, the smallest subtree first.
func (f frontier) root() tlog.Hash {
	if len(f) == 0 {
		return emptyRoot
	}
	h := f[len(f)-1]
	for i := len(f) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f[i], h)
	}
	return h
}

// bytes is the stored form: the hashes one after the other.
func (f frontier) bytes() []byte { return joinHashes(f) }

// parseFrontier reads the stored form of a frontier of a tree of size n.
func parseFrontier(n int64, b []byte) (frontier, error) {
	if len(b) != tlog.HashSize*bits.OnesCount64(uint64(n)) {
		return nil, fmt.Errorf("frontier of a tree of %d leaves has %d bytes", n, len(b))
	}
	f := make(frontier, 0, len(b)/tlog.HashSize+1)
	return append(f, splitHashes(b)...), nil
}

// joinHashes writes hashes one after the other, 32 bytes each.
func joinHashes(hs []tlog.Hash) []byte {
	b := make([]byte, 0, len(hs)*tlog.HashSize)
	for _, h := range hs {
		b = append(b, h[:]...)
	}
	return b
}

// splitHashes undoes joinHashes; bytes beyond the last whole hash are dropped.
func splitHashes(b []byte) []tlog.Hash {
	hs := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range hs {
		hs[i] = tlog.Hash(b[i*tlog.HashSize:])
	}
	return hs
}
