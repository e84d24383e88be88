package pact

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

const textColumns = "digest, status, raw, drafter, since, replaced"

// Text finds a version by its digest, with the signatures held.
func (b *Book) Text(tx *store.Tx, digest mithaq.Digest) (*Text, error) {
	row := tx.QueryRow("SELECT "+textColumns+" FROM pact_version WHERE digest = ?", digest[:])
	t, err := b.scanText(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "pact.version-unknown", digest.String())
	}
	return t, err
}

type scanner interface{ Scan(dest ...any) error }

func (b *Book) scanText(row scanner) (*Text, error) {
	var digest, raw []byte
	var status, since, replaced int64
	t := new(Text)
	if err := row.Scan(&digest, &status, &raw, (*string)(&t.Drafter), &since, &replaced); err != nil {
		return nil, err
	}
	copy(t.Digest[:], digest)
	t.Status = mithaq.PactStatus(status)
	t.Since, t.Replaced = timeOf(since), timeOf(replaced)
	c, err := b.compile(t.Digest, raw)
	if err != nil {
		return nil, err
	}
	t.Pact, t.Rules = c.pact, c.rules
	return t, nil
}

// compile reads and compiles a stored text once.
func (b *Book) compile(digest mithaq.Digest, raw []byte) (*compiled, error) {
	if c, ok := b.rules.Load(digest); ok {
		return c.(*compiled), nil
	}
	p := new(mithaq.Pact)
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, fmt.Errorf("pact %s as stored: %w", digest, err)
	}
	if p.Digest() != digest {
		return nil, fmt.Errorf("pact %s: the stored text has digest %s", digest, p.Digest())
	}
	rules, err := p.Compile()
	if err != nil {
		return nil, fmt.Errorf("pact %s: %w", digest, err)
	}
	c, _ := b.rules.LoadOrStore(digest, &compiled{p, rules})
	return c.(*compiled), nil
}

// InForce finds the version of a pact that is in force, or was last; NotFound when none ever was.
func (b *Book) InForce(tx *store.Tx, id stix.ID) (*Text, error) {
	row := tx.QueryRow("SELECT "+textColumns+" FROM pact_version WHERE pact = ? AND since > 0 ORDER BY version DESC LIMIT 1", string(id))
	t, err := b.scanText(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound(id)
	}
	return t, err
}

// Newest finds the newest version of a pact, whatever its status.
func (b *Book) Newest(tx *store.Tx, id stix.ID) (*Text, error) {
	row := tx.QueryRow("SELECT "+textColumns+" FROM pact_version WHERE pact = ? ORDER BY version DESC, seen DESC LIMIT 1", string(id))
	t, err := b.scanText(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound(id)
	}
	return t, err
}

// ToSign is the one text of a pact that waits for our signature. Conflict: there
// are several, and a person who read one says by its digest which. NotFound:
// no such pact.
func (b *Book) ToSign(tx *store.Tx, id stix.ID) (*Text, error) {
	list, err := b.textsOf(tx, id)
	if err != nil {
		return nil, err
	}
	answered := 0 // versions that something else came into force for
	for _, t := range list {
		if !t.Since.IsZero() {
			answered = max(answered, t.Pact.Version)
		}
	}
	var open []*Text
	for _, t := range list {
		if t.Status != mithaq.Proposed || t.Pact.Version <= answered {
			continue
		}
		signed, err := b.Signatures(tx, t.Digest)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(signed, func(s Signed) bool { return s.Org == b.Org }) {
			open = append(open, t)
		}
	}
	switch len(open) {
	case 0:
		return b.Newest(tx, id)
	case 1:
		return open[0], nil
	}
	return nil, mithaq.Refuse(mithaq.Conflict, "pact.which-text", len(open))
}

// Texts lists every version held, the oldest first.
func (b *Book) Texts(tx *store.Tx) ([]*Text, error) { return b.textsOf(tx, "") }

// textsOf lists the versions of one pact, or of all where id is "".
func (b *Book) textsOf(tx *store.Tx, id stix.ID) ([]*Text, error) {
	rows, err := tx.Query("SELECT "+textColumns+" FROM pact_version WHERE ? = '' OR pact = ? ORDER BY pact, version, seen", string(id), string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*Text
	for rows.Next() {
		t, err := b.scanText(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// keep stores a text that is new here.
func (b *Book) keep(tx *store.Tx, p *mithaq.Pact, status mithaq.PactStatus, from mithaq.OrgID) error {
	bare := *p
	bare.Signatures = nil
	raw, err := jcs.Marshal(&bare)
	if err != nil {
		return err
	}
	digest := bare.Digest()
	_, err = tx.Exec("INSERT INTO pact_version(digest, pact, version, status, raw, drafter, seen) VALUES (?, ?, ?, ?, ?, ?, ?)",
		digest[:], string(p.ID), p.Version, int64(status), raw, string(from), micro(tx.Now()))
	return err
}

func setStatus(tx *store.Tx, digest mithaq.Digest, status mithaq.PactStatus) error {
	_, err := tx.Exec("UPDATE pact_version SET status = ? WHERE digest = ?", int64(status), digest[:])
	return err
}

// Read reads a pact strictly from bytes that come from elsewhere, and checks it.
func Read(raw []byte) (*mithaq.Pact, error) {
	p, err := ReadDraft(raw)
	if err != nil {
		return nil, err
	}
	return p, p.Check()
}

// ReadDraft reads a pact strictly that may lack what only people know yet.
func ReadDraft(raw []byte) (*mithaq.Pact, error) {
	p := new(mithaq.Pact)
	if err := strict.Decode(raw, MaxBytes, p); err != nil {
		return nil, err
	}
	return p, nil
}
