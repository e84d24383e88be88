package ledger

import (
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Witness cosigns what it has seen to be one append-only history for each
// origin (C2SP tlog-witness). Its state is one row an origin.
type Witness struct {
	Name string              // such as ORG/mithaq/witness
	Key  func() (Key, error) // the newest of use witness
}

// WitnessName is the name under which an organisation cosigns.
func WitnessName(org mithaq.OrgID) string { return string(org) + "/mithaq/witness" }

// An AddCheckpoint asks a witness for its cosignature (C2SP tlog-witness, add-checkpoint).
type AddCheckpoint struct {
	Old        int64           // size of the checkpoint it cosigned last, 0 at first
	Proof      []mithaq.Digest // consistency from there to the checkpoint
	Checkpoint []byte          // signed note
}

// A Behind says that the witness has cosigned another size than the request
// thinks. Conflict.
type Behind struct{ Size int64 }

func (b *Behind) Error() string { return fmt.Sprintf("ledger: the size cosigned last is %d", b.Size) }
func (b *Behind) Unwrap() error { return mithaq.Conflict }

// A Caught is a log that signed two histories, with the evidence. It unwraps
// to ErrInconsistent.
type Caught struct{ Evidence *Equivocation }

func (c *Caught) Error() string {
	return fmt.Sprintf("ledger: %s signed two histories", c.Evidence.Origin)
}
func (c *Caught) Unwrap() error { return ErrInconsistent }

// Admit decides whether to cosign, and keeps the new tree as the newest of its
// origin: in the caller's transaction, so that no other request comes between.
// Sign the result with Lines once that transaction is durable.
//
// ErrSignature: not signed by both keys of the log. *Behind: the old size is
// not the one cosigned last. *Caught: evidence that the log equivocates.
// ErrInconsistent: the proof does not show that the tree grew out of the last.
func (w *Witness) Admit(tx *store.Tx, add *AddCheckpoint, log *Verifier) (Checkpoint, error) {
	cp, _, note, err := log.checkpoint(add.Checkpoint)
	if err != nil {
		return Checkpoint{}, err
	}
	last, lastNote, err := witnessed(tx, cp.Origin)
	if err != nil {
		return Checkpoint{}, err
	}
	if cp.Size == last.Size && cp.Root != last.Root && lastNote != "" {
		return Checkpoint{}, &Caught{newEquivocation(cp.Origin, lastNote, note)}
	}
	switch {
	case add.Old > cp.Size:
		return Checkpoint{}, fmt.Errorf("%w: old size %d of a checkpoint of %d", ErrMalformed, add.Old, cp.Size)
	case add.Old != last.Size:
		return Checkpoint{}, &Behind{last.Size}
	}
	if err := CheckConsistency(cp.Tree, last.Tree, add.Proof); err != nil {
		return Checkpoint{}, err
	}
	return cp, keepWitnessed(tx, cp, note)
}

// AdmitHeld is Admit for a log of which we hold every entry: the tree is the
// one our own copy has now, so that its history needs no proof.
// ErrInconsistent: our copy does not begin with what we cosigned.
func (w *Witness) AdmitHeld(tx *store.Tx, id LogID) (Checkpoint, error) {
	log, err := LogOf(tx, id)
	if err != nil {
		return Checkpoint{}, err
	}
	last, _, err := witnessed(tx, log.Origin)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := follows(tx, id, log.Tree, last.Tree); err != nil {
		return Checkpoint{}, err
	}
	cp := Checkpoint{log.Origin, log.Tree}
	return cp, keepWitnessed(tx, cp, "")
}

// Lines are the two signature lines over what Admit let through.
func (w *Witness) Lines(cp Checkpoint, at time.Time) (string, error) {
	key, err := w.Key()
	if err != nil {
		return "", err
	}
	return CosignLines(key, w.Name, cp, at)
}

// Cosign is Admit and Lines in one, for who can hold the lines back until the
// transaction is durable, such as a receipt stored in it.
func (w *Witness) Cosign(tx *store.Tx, add *AddCheckpoint, log *Verifier) (string, error) {
	cp, err := w.Admit(tx, add, log)
	if err != nil {
		return "", err
	}
	return w.Lines(cp, tx.Now())
}

// CosignHeld is AdmitHeld and Lines in one, likewise.
func (w *Witness) CosignHeld(tx *store.Tx, id LogID) (Checkpoint, string, error) {
	cp, err := w.AdmitHeld(tx, id)
	if err != nil {
		return Checkpoint{}, "", err
	}
	lines, err := w.Lines(cp, tx.Now())
	return cp, lines, err
}

// witnessed is the newest tree of an origin that we cosigned; at first the empty one.
func witnessed(tx *store.Tx, origin string) (cp Checkpoint, note string, err error) {
	cp = Checkpoint{origin, EmptyTree()}
	var root []byte
	err = tx.QueryRow("SELECT size, root, note FROM witnessed WHERE origin = ?", origin).Scan(&cp.Size, &root, &note)
	if errors.Is(err, sql.ErrNoRows) {
		return cp, "", nil
	}
	if err == nil {
		cp.Root, err = digest(root)
	}
	return cp, note, named(err, "witnessed state of %s", origin)
}

func keepWitnessed(tx *store.Tx, cp Checkpoint, note string) error {
	_, err := tx.Exec(`INSERT INTO witnessed(origin, size, root, note) VALUES(?, ?, ?, ?)
		ON CONFLICT(origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note
		WHERE excluded.size > witnessed.size OR (excluded.size = witnessed.size AND witnessed.note = '')`,
		cp.Origin, cp.Size, cp.Root[:], note)
	return named(err, "keep witnessed state of %s", cp.Origin)
}

// maxConsistency is the longest proof a request may carry (C2SP tlog-witness, add-checkpoint).
const maxConsistency = 63

// MarshalText is the body of a request to any C2SP witness.
func (a *AddCheckpoint) MarshalText() ([]byte, error) {
	b := fmt.Appendf(nil, "old %d\n", a.Old)
	for _, h := range a.Proof {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), a.Checkpoint...), nil
}

// UnmarshalText reads the body of a request, in its one exact form.
func (a *AddCheckpoint) UnmarshalText(body []byte) error {
	head, note, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	size, isOld := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(size, 10, 64)
	if !ok || !isOld || err != nil || len(body) > maxProof || len(lines) > 1+maxConsistency {
		return fmt.Errorf("%w: not an add-checkpoint request", ErrMalformed)
	}
	got := AddCheckpoint{Old: old, Checkpoint: []byte(note)}
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != len(mithaq.Digest{}) {
			return fmt.Errorf("%w: a hash of an add-checkpoint request", ErrMalformed)
		}
		got.Proof = append(got.Proof, mithaq.Digest(raw))
	}
	if again, _ := got.MarshalText(); old < 0 || string(again) != string(body) {
		return fmt.Errorf("%w: add-checkpoint request is not in canonical form", ErrMalformed)
	}
	*a = got
	return nil
}
