package account

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Word is one person's, which waits for a second's: a role for somebody, or
// with Role "" a way to sign in again.
type Word struct {
	Person mithaq.PersonID
	Role   mithaq.Role
	First  mithaq.PersonID
	At     time.Time
}

// Words lists what waits for a second person, the oldest first.
func (b *Book) Words(tx *store.Tx) ([]Word, error) {
	rows, err := tx.Query("SELECT person, role, proposer, at FROM account_grant WHERE at > ? ORDER BY at, person, role", tx.Now().Add(-wordLife).UnixMicro())
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []Word
	for rows.Next() {
		var w Word
		var at int64
		if err := rows.Scan((*string)(&w.Person), (*string)(&w.Role), (*string)(&w.First), &at); err != nil {
			return nil, err
		}
		if w.At = time.UnixMicro(at).UTC(); w.Role == signInWord {
			w.Role = ""
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// A Listed service is one as the list of them has it.
type Listed struct {
	Service
	Expires time.Time // of its token; zero: it has none any more
	Used    int64     // objects today
}

// Services lists the tools of ours by name.
func (b *Book) Services(tx *store.Tx) ([]Listed, error) {
	rows, err := tx.Query(`SELECT s.name, s.purpose, s.basis, s.matter, s.owner, s.budget, s.access, s.ceiling, s.profile,
		CASE WHEN s.day = ? THEN s.used ELSE 0 END, COALESCE((SELECT max(t.expires) FROM account_token t WHERE t.service = s.name), 0)
		FROM account_service s ORDER BY s.name`, tx.Now().UnixMicro()/microsADay)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []Listed
	for rows.Next() {
		var l Listed
		var ceiling, expires int64
		err := rows.Scan(&l.Name, (*string)(&l.Purpose), &l.Basis, (*string)(&l.Case), (*string)(&l.Owner), &l.Budget, (*string)(&l.Access), &ceiling, (*string)(&l.Profile), &l.Used, &expires)
		if err != nil {
			return nil, err
		}
		if l.Ceiling = stix.TLP(ceiling); expires > 0 {
			l.Expires = time.UnixMicro(expires).UTC()
		}
		list = append(list, l)
	}
	return list, rows.Err()
}
