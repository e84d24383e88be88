package ledger

import "fmt"

// A FaultKind says what Verify found altered.
type FaultKind string

const (
	// LeafAltered: the leaf is not what its opening and the stored hash give.
	LeafAltered FaultKind = "leaf-altered"
	// OpeningAltered: the opening does not give the leaf, which the stored hash confirms.
	OpeningAltered FaultKind = "opening-altered"
	// EntryAltered: leaf and opening were changed together, or both differ from the stored hash.
	EntryAltered FaultKind = "entry-altered"
	// EntryMissing: rows are gone from within the log.
	EntryMissing FaultKind = "entry-missing"
	// EntryBeyond: rows lie beyond the size of the log.
	EntryBeyond FaultKind = "entry-beyond"
	// ColumnsAltered: kind, person or time beside an entry are not those of its account.
	ColumnsAltered FaultKind = "columns-altered"
	// HashAltered: a stored hash is not what the entries give.
	HashAltered FaultKind = "hash-altered"
	// HeadAltered: size, root or frontier of the log are not what the entries give.
	HeadAltered FaultKind = "head-altered"
	// CheckpointAltered: a stored checkpoint is malformed, of another log or size, or not signed by the log.
	CheckpointAltered FaultKind = "checkpoint-altered"
	// CosignatureAltered: a stored cosignature is not that of its witness over the tree.
	CosignatureAltered FaultKind = "cosignature-altered"
	// Truncated: a signed checkpoint has more entries than the log.
	Truncated FaultKind = "truncated"
	// Rewritten: the entries do not give the root that was signed.
	Rewritten FaultKind = "rewritten"
)

// A Fault is one thing that Verify found altered, and where: the entries from
// Index up to, and without, Until. For a checkpoint or cosignature, Until is its
// size and Index the size of the last one before that still fitted.
type Fault struct {
	Log              string // origin
	What             FaultKind
	Index, Until     int64
	Stored, Computed string // as far as there is one value of each
	Where            string // the tile, the witness, the table
}

func (f Fault) String() string {
	place := fmt.Sprintf("entry %d", f.Index)
	if f.Until != f.Index+1 {
		place = fmt.Sprintf("entries %d to %d", f.Index, f.Until-1)
	}
	s := fmt.Sprintf("%s: %s: %s", f.Log, place, f.What)
	if f.Where != "" {
		s += " (" + f.Where + ")"
	}
	if f.Stored != "" || f.Computed != "" {
		s += fmt.Sprintf(": stored %s, computed %s", f.Stored, f.Computed)
	}
	return s
}
