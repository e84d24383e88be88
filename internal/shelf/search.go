package shelf

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Search is a filter saved under a name, which is a collection to tools of
// ours. It does not change, since clients remember how far they have read it: to
// look for something else, save another.
type Search struct {
	ID     string // a UUID, which is the collection's
	Name   string
	Person mithaq.PersonID
	At     time.Time
	Filter Filter
}

// A Filter is what a Search looks for; what is empty does not narrow.
type Filter struct {
	Types   []stix.Type  `json:"types,omitempty"`
	TLP     stix.TLP     `json:"tlp,omitzero"`     // labelled, and no stricter than this
	Source  stix.ID      `json:"source,omitzero"`  // the source profile or pact under which it came
	Partner mithaq.OrgID `json:"partner,omitzero"` // who gave it
	Case    stix.ID      `json:"case,omitzero"`    // for which it is held
	Kind    value.Kind   `json:"kind,omitzero"`    // of the value; found out where empty
	Value   string       `json:"value,omitzero"`   // found in it
	From    time.Time    `json:"from,omitzero"`    // held since then
	To      time.Time    `json:"to,omitzero"`      // and before that
}

var searchName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$`)

// check says what is wrong with a search, and normalises its value.
func (x *Search) check() error {
	f := &x.Filter
	switch {
	case !searchName.MatchString(x.Name), x.Name == Root, x.Name == "case", stix.ID("x--" + x.Name).Valid():
		return mithaq.Refuse(mithaq.Invalid, "shelf.search-name", x.Name)
	case !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To):
		return mithaq.Refuse(mithaq.Invalid, "shelf.search-times", x.Name)
	case f.Value == "" && f.Kind != "":
		return mithaq.Refuse(mithaq.Invalid, "api.value", "")
	case f.Value == "":
		return nil
	}
	found, err := normal(f.Kind, f.Value)
	f.Kind, f.Value = found.Kind, found.Text
	return err
}

// normal is a value as intake writes it.
func normal(kind value.Kind, text string) (value.Value, error) {
	if kind != "" {
		norm, err := value.Normalise(kind, text)
		if err != nil {
			return value.Value{}, mithaq.Refuse(mithaq.Invalid, "api.value", text)
		}
		return value.Value{Kind: kind, Text: norm}, nil
	}
	if found := value.Detect(text); len(found) > 0 {
		return found[0], nil
	}
	return value.Value{}, mithaq.Refuse(mithaq.Invalid, "api.value", text)
}

// collection is what the search is to tools.
func (x *Search) collection() collection {
	f := x.Filter
	return collection{
		id: x.ID, alias: x.Name, title: x.Name, about: "What a saved search finds",
		source: gate.Source{Collection: store.Collection{Name: "search/" + x.ID, Filter: store.Filter{
			Types: f.Types, TLP: f.TLP, Under: f.Source, Giver: f.Partner, Case: f.Case,
			Value: store.Value{Kind: string(f.Kind), Text: f.Value}, From: f.From, To: f.To,
		}}},
	}
}

// SaveSearch keeps a search that a person makes, who knows the case it names.
// Denied: they may not. Invalid: the name, a time or the value. Conflict: the name
// is taken.
func SaveSearch(tx *store.Tx, g *gate.Gate, v mithaq.Viewer, x *Search) error {
	if !v.MayAssess() || x.Filter.Case != "" && !v.Knows(x.Filter.Case) {
		return mithaq.Refuse(mithaq.Denied, "shelf.may-not-search")
	}
	if err := x.check(); err != nil {
		return err
	}
	x.ID, x.Person, x.At = newUUID(), v.Person, tx.Now()
	raw, err := json.Marshal(x.Filter)
	if err != nil {
		return err
	}
	res, err := tx.Exec("INSERT INTO shelf_search(id, name, matter, person, at, raw) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO NOTHING",
		x.ID, x.Name, string(x.Filter.Case), string(v.Person), x.At.UnixMicro(), raw)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.Conflict, "shelf.search-taken", x.Name)
	}
	return enter(tx, g, v, "search-saved", x)
}

// newUUID is a random one. RFC 9562, 5.4
func newUUID() string { return stix.NewID("search").UUID() }

func enter(tx *store.Tx, g *gate.Gate, v mithaq.Viewer, kind string, x *Search) error {
	return g.Enter(tx, mithaq.Account{
		Kind: kind, At: mithaq.At(tx.Now()), By: v.Person, Case: string(x.Filter.Case), Notes: map[string]string{"search": x.ID},
	})
}

// Searches are those that a viewer may know of, by name: all but those for cases
// of others.
func Searches(tx *store.Tx, v *mithaq.Viewer) (list []Search, err error) {
	if v.Token == "" && !v.MayAssess() {
		return nil, nil
	}
	rows, err := tx.Query("SELECT id, name, person, at, raw FROM shelf_search ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		x, err := scanSearch(rows)
		if err != nil {
			return nil, err
		}
		if x.Filter.Case == "" || v.Knows(x.Filter.Case) {
			list = append(list, x)
		}
	}
	return list, rows.Err()
}

func scanSearch(rows interface{ Scan(...any) error }) (x Search, err error) {
	var at int64
	var raw []byte
	if err := rows.Scan(&x.ID, &x.Name, (*string)(&x.Person), &at, &raw); err != nil {
		return x, err
	}
	x.At = time.UnixMicro(at).UTC()
	if err := json.Unmarshal(raw, &x.Filter); err != nil {
		return x, fmt.Errorf("search %s as stored: %w", x.ID, err)
	}
	return x, nil
}

// DropSearch forgets a search, and its collection with it: whoever saved it does,
// or a supervisor. NotFound: none of that name that the viewer may know of.
func DropSearch(tx *store.Tx, g *gate.Gate, v mithaq.Viewer, name string) error {
	x, err := scanSearch(tx.QueryRow("SELECT id, name, person, at, raw FROM shelf_search WHERE name = ?", name))
	if errors.Is(err, sql.ErrNoRows) || err == nil && x.Filter.Case != "" && !v.Knows(x.Filter.Case) {
		return mithaq.Refuse(mithaq.NotFound, "shelf.no-search", name)
	}
	if err != nil {
		return err
	}
	if x.Person != v.Person && !v.Is(mithaq.Supervisor) || v.Person == "" {
		return mithaq.Refuse(mithaq.Denied, "shelf.may-not-drop-search", name)
	}
	if _, err := tx.Exec("DELETE FROM shelf_search WHERE id = ?", x.ID); err != nil {
		return err
	}
	return enter(tx, g, v, "search-dropped", &x)
}
