package ledger

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mithaq-hub/mithaq"
)

// signedTree is something that somebody signed about the log at a size.
type signedTree struct {
	where   string
	root    *mithaq.Digest // what was signed, if it is at hand
	witness *Verifier      // else the lines of a witness
	lines   string
}

// loadSigned collects what was signed about the log, by size.
func (v *verification) loadSigned() error {
	for _, load := range []func() error{v.loadCheckpoints, v.loadWitnessed, v.loadSeen, v.loadCosignatures} {
		if err := load(); err != nil {
			return err
		}
	}
	return nil
}

func (v *verification) loadCheckpoints() error {
	newest := int64(0)
	err := v.each("SELECT size, note FROM checkpoint WHERE log = ? ORDER BY size", int64(v.log.ID), func(size int64, note string) {
		newest = size
		v.addNote("checkpoint")(size, note)
	})
	if newest < v.signedTo {
		v.fault(Fault{What: CheckpointAltered, Index: newest, Until: v.signedTo, Where: "the newest is missing"})
	}
	return err
}

// whereSeen is the place of checkpoints that others showed us.
const whereSeen = "checkpoint seen"

func (v *verification) loadSeen() error {
	return v.each("SELECT size, note FROM seen WHERE origin = ? ORDER BY size", v.log.Origin, v.addNote(whereSeen))
}

// loadWitnessed adds the tree that we cosigned last of a log of a partner's.
func (v *verification) loadWitnessed() error {
	cp, note, err := witnessed(v.tx, v.log.Origin)
	if err != nil || cp.Size == 0 {
		return err
	}
	if note != "" {
		v.addNote("witnessed")(cp.Size, note)
	}
	v.signed[cp.Size] = append(v.signed[cp.Size], signedTree{where: "witnessed", root: &cp.Root})
	return nil
}

// addNote checks a signed note by itself and keeps its root for later.
func (v *verification) addNote(where string) func(int64, string) {
	return func(size int64, note string) {
		cp, err := ReadCheckpoint([]byte(note))
		if err == nil && v.checks.Log != nil {
			cp, _, err = VerifyCheckpoint([]byte(note), v.checks.Log)
		}
		if err == nil && (cp.Size != size || cp.Origin != v.log.Origin) {
			err = fmt.Errorf("it is of %s at %d", cp.Origin, cp.Size)
		}
		if err != nil {
			v.fault(Fault{What: CheckpointAltered, Index: v.before(size), Until: size, Where: where + ": " + err.Error()})
			return
		}
		v.signed[size] = append(v.signed[size], signedTree{where: where, root: &cp.Root})
	}
}

// before is the next smaller size that something was signed about.
func (v *verification) before(size int64) (before int64) {
	for s := range v.signed {
		if s < size {
			before = max(before, s)
		}
	}
	return before
}

func (v *verification) loadCosignatures() error {
	if v.checks.Witness == nil {
		return nil
	}
	rows, err := v.tx.Query("SELECT size, witness, lines FROM cosignature WHERE log = ? ORDER BY size, witness", int64(v.log.ID))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var size int64
		var name, lines string
		if err := rows.Scan(&size, &name, &lines); err != nil {
			return err
		}
		s := signedTree{where: name, lines: lines, witness: v.checks.Witness(name)}
		if s.witness == nil {
			v.fault(Fault{What: CosignatureAltered, Index: v.before(size), Until: size, Where: name + " is not known"})
			continue
		}
		v.signed[size] = append(v.signed[size], s)
	}
	return rows.Err()
}

func (v *verification) each(query string, arg any, add func(int64, string)) error {
	rows, err := v.tx.Query(query, arg)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var size int64
		var text string
		if err := rows.Scan(&size, &text); err != nil {
			return err
		}
		add(size, text)
	}
	return rows.Err()
}

// reached compares what was signed about the size that the tree now has.
func (v *verification) reached() error {
	list, ok := v.signed[v.size]
	if !ok {
		return nil
	}
	delete(v.signed, v.size)
	tree := mithaq.Tree{Size: v.size, Root: mithaq.Digest(v.frontier.root())}
	fits := true
	for _, s := range list {
		fits = v.compareSigned(s, tree) && fits
	}
	if fits {
		v.fitted = v.size
	}
	return nil
}

func (v *verification) compareSigned(s signedTree, tree mithaq.Tree) bool {
	if s.root == nil {
		_, err := VerifyCosignature(Checkpoint{v.log.Origin, tree}, s.lines, s.witness)
		if err != nil {
			v.fault(Fault{What: CosignatureAltered, Index: v.fitted, Until: tree.Size, Where: s.where})
		}
		return err == nil
	}
	if *s.root != tree.Root {
		v.fault(Fault{
			What: Rewritten, Index: v.fitted, Until: tree.Size,
			Stored: s.root.String(), Computed: tree.Root.String(), Where: s.where,
		})
	}
	return *s.root == tree.Root
}

// checkUnreached tells of what was signed about more entries than there are. A
// mirror lags behind what was seen of its log elsewhere, and that is no fault.
func (v *verification) checkUnreached() error {
	for _, size := range slices.Sorted(maps.Keys(v.signed)) {
		if size <= v.n {
			continue
		}
		for _, s := range v.signed[size] {
			if v.log.Kind != Mirror || s.where != whereSeen {
				v.fault(Fault{What: Truncated, Index: v.n, Until: size, Where: s.where})
				break
			}
		}
	}
	return nil
}
