package store

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// Items is how the rest of a node keeps and finds objects; another engine may
// take the place of this one behind it. All methods work in the transaction given.
//
// What is read is what the viewer may read; the rest is not found, and not
// counted, as if it were not there.
type Items interface {
	// Put keeps items; those already kept, by id, version and digest, keep
	// their number. judge, when given, is asked about each that is new.
	Put(tx *Tx, items []NewItem, judge Judge) ([]Put, error)
	// Heads are all versions kept under ids, for deciding about what arrives; not for showing.
	Heads(tx *Tx, ids []stix.ID) (map[stix.ID][]Head, error)
	Page(tx *Tx, v mithaq.Viewer, q Query) (page []Item, more bool, err error)
	Fetch(tx *Tx, v mithaq.Viewer, seqs []int64) ([]Item, error)
	Latest(tx *Tx, v mithaq.Viewer, id stix.ID) (Item, error)
	Versions(tx *Tx, v mithaq.Viewer, id stix.ID) ([]Item, error)
	ByValue(tx *Tx, v mithaq.Viewer, kind, text string, limit int) ([]Item, error)
	Neighbours(tx *Tx, v mithaq.Viewer, id stix.ID, limit int) ([]Neighbour, error)
	Raw(tx *Tx, v mithaq.Viewer, seq int64) ([]byte, error)
	// Erase takes an item out, with all that was derived from it and its
	// content key; Conflict while somebody's holding of it lives.
	Erase(tx *Tx, seq int64) error
}

var _ Items = (*Store)(nil)

// A Value is something an object speaks of, normalised: an address, a hash, a number.
type Value struct{ Kind, Text string }

// A Ref is a reference from one object to another, by the property that holds it.
type Ref struct {
	Kind   string
	Target stix.ID
}

// A NewItem is an object to be kept, with what was found in it.
type NewItem struct {
	Raw      []byte
	ID       stix.ID
	Spec     int           // 20 or 21; 0 means 21
	Version  string        // "modified" as written; "" for objects without versions
	Created  time.Time     // zero: none
	Modified time.Time     // zero: none
	TLP      stix.TLP      // of the object's own markings
	Personal bool          // concerns a person: reading it asks for a reason
	Digest   mithaq.Digest // SHA-256 of Raw; computed when zero
	Values   []Value
	Refs     []Ref
}

// A Put is what became of a NewItem.
type Put struct {
	Seq      int64
	Fresh    bool  // it was not kept before
	Conflict bool  // the same id and version is kept with other bytes
	Refused  error // judge's; Seq is 0
	Sole     bool  // fresh, and the only version kept of its object
}

// A Judge decides about an object that is not kept yet, knowing what is kept
// under its id; an error refuses it, and Put goes on with the others.
type Judge func(i int, prior []Head) error

// A Head is a version of an object without its bytes.
type Head struct {
	Seq     int64
	ID      stix.ID
	Version string // "modified" as written
	Order   int64  // microseconds by which versions are ordered: modified, else created, else Seq
	Digest  mithaq.Digest
}

// An Item is a version of an object as kept.
type Item struct {
	Seq      int64 // date_added: microseconds since 1970, unique
	Ref      mithaq.ItemRef
	Spec     int
	Created  time.Time
	Order    int64 // as in Head
	TLP      stix.TLP
	Personal bool
	Raw      []byte
}

// Added is when the item was kept.
func (i *Item) Added() time.Time { return time.UnixMicro(i.Seq).UTC() }

// A Neighbour is an item one reference away.
type Neighbour struct {
	Item
	Kind string // the property that holds the reference
	Out  bool   // from the item asked about to this one
}

// Which says which of an object's visible versions are meant.
type Which int

const (
	AllVersions Which = iota
	LastVersion
	FirstVersion
)

// A Query asks for items in the order of their numbers.
type Query struct {
	After  int64     // numbers above
	Until  int64     // numbers up to; 0 for no bound
	Limit  int       // 100 when zero
	Newest bool      // the newest first; to go on, Until is one less than the last number had
	IDs    []stix.ID // of these objects only
	Seqs   []int64   // of these numbers only, at most a few hundred, unless nil
	Types  []stix.Type
	Specs  []int
	Which  Which
	At     []int64 // versions of exactly these times (Order), besides what Which says; with At, AllVersions adds nothing

	Giver mithaq.OrgID // with a holding given by
	Under stix.ID      // with a holding under
	Case  stix.ID      // with a holding for this case
	Audit bool         // an auditor's view: everything, without content
	Bare  bool         // without the objects' bytes; by Shown alone
}
