package gate

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// KeepProfile keeps a source profile that the viewer answers for, under the
// node's signature. A profile with the id of another replaces it for what is
// imported from then on. Denied: the viewer may not, or is not the person
// named. Invalid: what is wrong with it.
func (g *Gate) KeepProfile(tx *store.Tx, v mithaq.Viewer, p *mithaq.SourceProfile) (mithaq.Digest, error) {
	if !v.MayProfile() || p.Person != v.Person {
		return mithaq.Digest{}, denied("gate.may-not-profile")
	}
	if err := p.Check(); err != nil {
		return mithaq.Digest{}, invalid("gate.word", err.Error())
	}
	raw, err := g.seal(p, mithaq.TypeSourceProfile, &p.Signatures)
	if err != nil {
		return mithaq.Digest{}, err
	}
	digest := p.Digest()
	_, err = tx.Exec("INSERT INTO gate_profile(digest, id, at, raw) VALUES(?, ?, ?, ?) ON CONFLICT(digest) DO NOTHING",
		digest[:], string(p.ID), tx.Now().UnixMicro(), raw)
	if err != nil {
		return digest, err
	}
	return digest, g.enter(tx, v, "source-profile", mithaq.Account{About: p.ID, Notes: map[string]string{"profile": digest.String()}})
}

// Profile is the newest version of a source profile.
func (g *Gate) Profile(tx *store.Tx, id stix.ID) (*mithaq.SourceProfile, error) {
	var raw []byte
	err := tx.QueryRow("SELECT raw FROM gate_profile WHERE id = ? ORDER BY at DESC LIMIT 1", string(id)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-profile", string(id))
	}
	if err != nil {
		return nil, err
	}
	return stored[mithaq.SourceProfile](raw)
}

// Profiles is the newest version of every source profile.
func (g *Gate) Profiles(tx *store.Tx) ([]*mithaq.SourceProfile, error) {
	return storedAll[mithaq.SourceProfile](tx, `SELECT raw FROM gate_profile p WHERE NOT EXISTS
		(SELECT 1 FROM gate_profile q WHERE q.id = p.id AND (q.at > p.at OR q.at = p.at AND q.digest > p.digest)) ORDER BY id`)
}

// stored reads back an object that we wrote.
func stored[T any](raw []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, fmt.Errorf("%T as stored: %w", v, err)
	}
	return v, nil
}

func storedAll[T any](tx *store.Tx, query string, args ...any) (all []*T, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		v, err := stored[T](raw)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func canonical(v any) ([]byte, error) { return jcs.Marshal(v) }

// enter adds to the node's own log what a viewer did.
func (g *Gate) enter(tx *store.Tx, v mithaq.Viewer, kind string, a mithaq.Account) error {
	a.Kind, a.At, a.By = kind, mithaq.At(tx.Now()), v.Person
	if v.Token != "" {
		a.Notes = with(a.Notes, "token", v.Token)
	}
	if a.Purpose == "" {
		a.Purpose = v.Purpose
	}
	if a.Basis == "" {
		a.Basis = v.Basis
	}
	return g.Enter(tx, a)
}

func with(notes map[string]string, name, value string) map[string]string {
	if notes == nil {
		notes = map[string]string{}
	}
	notes[name] = value
	return notes
}
