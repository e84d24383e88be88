package ledger

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// An Opening shows what a leaf committed to: an account in its JCS form, and
// the root over salted object digests, each with its salt.
//
// Once the content half is erased, root and salt are zero and Content holds
// the commitment that they gave, so that the account half still opens.
type Opening struct {
	Account     []byte
	AccountSalt mithaq.CommitmentSalt
	ContentRoot mithaq.Digest
	ContentSalt mithaq.CommitmentSalt
	Content     mithaq.Digest // set when the content half is erased, else zero
}

// NewOpening opens an entry without content: the content half is a fresh salt
// over the empty tree. account is in JCS form.
func NewOpening(account []byte) *Opening {
	o := &Opening{Account: account, ContentRoot: EmptyTree().Root}
	_, _ = rand.Read(o.AccountSalt[:]) // never fails
	_, _ = rand.Read(o.ContentSalt[:])
	return o
}

// Erased says whether the content half is gone.
func (o *Opening) Erased() bool { return o.Content != mithaq.Digest{} }

// Leaf is the leaf data that this opens.
func (o *Opening) Leaf() mithaq.Digest {
	return mithaq.LeafData(mithaq.AccountCommitment(o.AccountSalt, o.Account), o.content())
}

func (o *Opening) content() mithaq.Digest {
	if o.Erased() {
		return o.Content
	}
	return mithaq.ContentCommitment(o.ContentSalt, o.ContentRoot)
}

// An Entry is one leaf of a log with what opens it.
type Entry struct {
	Index int64
	Leaf  mithaq.Digest
	Opening

	// In the node's own log, the columns that Find goes by; they repeat the account.
	Kind   string
	Person mithaq.PersonID
	At     time.Time
}

// Opens says whether the opening is that of the leaf.
func (e *Entry) Opens() bool { return e.Opening.Leaf() == e.Leaf }

const entryColumns = `SELECT idx, leaf, account, account_salt, content_root, content_salt, content, kind, person, at FROM entry `

// rawEntry is a row of entry as it is stored, altered or not.
type rawEntry struct {
	idx                     int64
	leaf, account, salt     []byte
	root, contentSalt, done []byte
	kind, person            *string
	at                      *int64
}

func (r *rawEntry) fields() []any {
	return []any{&r.idx, &r.leaf, &r.account, &r.salt, &r.root, &r.contentSalt, &r.done, &r.kind, &r.person, &r.at}
}

// entry gives the row its types; what does not have the right length is an error.
func (r *rawEntry) entry() (*Entry, error) {
	e := &Entry{Index: r.idx, Opening: Opening{Account: r.account}}
	erased := r.done != nil
	fits := fill(e.Leaf[:], r.leaf) && fill(e.AccountSalt[:], r.salt)
	if erased {
		fits = fits && fill(e.Content[:], r.done) && r.root == nil && r.contentSalt == nil
	} else {
		fits = fits && fill(e.ContentRoot[:], r.root) && fill(e.ContentSalt[:], r.contentSalt)
	}
	if !fits {
		return nil, fmt.Errorf("%w: entry %d is stored with a wrong length", ErrMalformed, r.idx)
	}
	if r.kind != nil {
		e.Kind = *r.kind
	}
	if r.person != nil {
		e.Person = mithaq.PersonID(*r.person)
	}
	if r.at != nil {
		e.At = time.UnixMicro(*r.at).UTC()
	}
	return e, nil
}

func fill(dst, src []byte) bool { return copy(dst, src) == len(dst) && len(src) == len(dst) }
