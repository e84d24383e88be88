package gate

import (
	"database/sql"
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// OpenCase keeps a case, or a new version of one that is open: other members,
// another date of review. The viewer is one of its members.
func (g *Gate) OpenCase(tx *store.Tx, v mithaq.Viewer, c *mithaq.Case) error {
	if !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return denied("gate.may-not-open-case")
	}
	if err := c.Check(); err != nil {
		return invalid("gate.word", err.Error())
	}
	old, err := g.Case(tx, c.ID)
	switch {
	case errors.Is(err, mithaq.NotFound):
	case err != nil:
		return err
	case !old.Closed.IsZero():
		return mithaq.Refuse(mithaq.Conflict, "gate.case-closed", string(c.ID))
	case !member(old, v.Person):
		return noCase(c.ID)
	}
	if err := g.keepCase(tx, c); err != nil {
		return err
	}
	return g.enter(tx, v, "case", mithaq.Account{Case: string(c.ID), Counts: map[string]int64{"members": int64(len(c.Members))}})
}

// CloseCase closes a case: nothing is taken in or released for it any more.
func (g *Gate) CloseCase(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	c, err := g.Case(tx, id)
	if err != nil {
		return err
	}
	switch {
	case !member(c, v.Person):
		return noCase(id)
	case !v.Is(mithaq.Supervisor, mithaq.LegalOfficer):
		return denied("gate.may-not-close-case")
	case !c.Closed.IsZero():
		return mithaq.Refuse(mithaq.Conflict, "gate.case-closed", string(id))
	}
	c.Closed = mithaq.At(tx.Now())
	c.Modified = c.Closed
	if err := g.keepCase(tx, c); err != nil {
		return err
	}
	return g.enter(tx, v, "case-closed", mithaq.Account{Case: string(id)})
}

// noCase is what is said of a case that is not there, and of one that is others':
// nobody learns which.
func noCase(id stix.ID) error { return mithaq.Refuse(mithaq.NotFound, "gate.no-case", string(id)) }

func member(c *mithaq.Case, person mithaq.PersonID) bool {
	return slices.Contains(c.Members, person)
}

func (g *Gate) keepCase(tx *store.Tx, c *mithaq.Case) error {
	raw, err := canonical(c)
	if err != nil {
		return err
	}
	closed := int64(0)
	if !c.Closed.IsZero() {
		closed = c.Closed.UnixMicro()
	}
	_, err = tx.Exec("INSERT INTO gate_case(id, closed, raw) VALUES(?, ?, ?) ON CONFLICT(id) DO UPDATE SET closed = excluded.closed, raw = excluded.raw",
		string(c.ID), closed, raw)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM gate_case_member WHERE casefile = ?", string(c.ID)); err != nil {
		return err
	}
	for _, m := range c.Members {
		if _, err := tx.Exec("INSERT INTO gate_case_member(person, casefile) VALUES(?, ?) ON CONFLICT DO NOTHING", string(m), string(c.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Case is a case by its id, open or closed.
func (g *Gate) Case(tx *store.Tx, id stix.ID) (*mithaq.Case, error) {
	var raw []byte
	err := tx.QueryRow("SELECT raw FROM gate_case WHERE id = ?", string(id)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noCase(id)
	}
	if err != nil {
		return nil, err
	}
	return stored[mithaq.Case](raw)
}

// openCase wants an open case in which the viewer has a need to know.
func (g *Gate) openCase(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	c, err := g.Case(tx, id)
	switch {
	case err != nil:
		return err
	case !v.Knows(id) && (c.Closed.IsZero() || v.Person == "" || !member(c, v.Person)):
		return noCase(id)
	case !c.OpenAt(mithaq.At(tx.Now())):
		return mithaq.Refuse(mithaq.Conflict, "gate.case-closed", string(id))
	}
	return nil
}

// ReviseCase changes an open case of the viewer's: who needs to know, the dates.
// The change is made to the case as it is now, so that two people who change it
// at once lose nothing of each other's.
func (g *Gate) ReviseCase(tx *store.Tx, v mithaq.Viewer, id stix.ID, change func(c *mithaq.Case)) (*mithaq.Case, error) {
	if err := g.openCase(tx, v, id); err != nil {
		return nil, err
	}
	c, err := g.Case(tx, id)
	if err != nil {
		return nil, err
	}
	change(c)
	c.Modified = mithaq.At(tx.Now())
	return c, g.OpenCase(tx, v, c)
}

// KnownCase is a case that the viewer has or had a need to know, open or closed.
// NotFound: there is none, or it is others'.
func (g *Gate) KnownCase(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*mithaq.Case, error) {
	c, err := g.Case(tx, id)
	switch {
	case err != nil:
		return nil, err
	case v.Knows(id), v.Person != "" && member(c, v.Person):
		return c, nil
	}
	return nil, noCase(id)
}

// OpenFor wants an open case in which the viewer has a need to know.
func (g *Gate) OpenFor(tx *store.Tx, v mithaq.Viewer, id stix.ID) error { return g.openCase(tx, v, id) }

// CasesOf lists the cases of a person, open and closed.
func (g *Gate) CasesOf(tx *store.Tx, person mithaq.PersonID) ([]*mithaq.Case, error) {
	return storedAll[mithaq.Case](tx, `SELECT c.raw FROM gate_case c JOIN gate_case_member m ON m.casefile = c.id
		WHERE m.person = ? ORDER BY c.id`, string(person))
}

// OpenCases lists every open case, for counting them.
func (g *Gate) OpenCases(tx *store.Tx) ([]*mithaq.Case, error) {
	return storedAll[mithaq.Case](tx, "SELECT raw FROM gate_case WHERE closed = 0 ORDER BY id")
}

// Cases lists the open cases in which a person has a need to know, for their Viewer.
func (g *Gate) Cases(tx *store.Tx, person mithaq.PersonID) ([]string, error) {
	rows, err := tx.Query(`SELECT m.casefile FROM gate_case_member m JOIN gate_case c ON c.id = m.casefile
		WHERE m.person = ? AND c.closed = 0 ORDER BY m.casefile`, string(person))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
