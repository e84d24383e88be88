package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/notes"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

type casesPage struct {
	Now   time.Time
	Open  []*mithaq.Case
	Past  []*mithaq.Case
	Opens bool // this person may open one
}

// mayOpenCase is who may open a case, as the gate has it.
func mayOpenCase(v mithaq.Viewer) bool { return v.MayPropose() || v.Is(mithaq.LegalOfficer) }

func (s *site) cases(v *visit) error {
	all, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) ([]*mithaq.Case, error) { return s.Desk.CasesOf(tx, v.viewer) })
	if err != nil {
		return err
	}
	p := casesPage{Now: s.Now().UTC(), Opens: mayOpenCase(v.viewer)}
	for _, c := range all {
		if c.Closed.IsZero() {
			p.Open = append(p.Open, c)
		} else {
			p.Past = append(p.Past, c)
		}
	}
	return v.show("cases", v.say.T("web.cases"), p)
}

// Due reports whether a case is to be looked at, or closed, by now.
func (p casesPage) Due(c *mithaq.Case) bool { return overdue(c, p.Now) }

func overdue(c *mithaq.Case, now time.Time) bool {
	past := func(t mithaq.Time) bool { return !t.IsZero() && !now.Before(t.Time) }
	return c.Closed.IsZero() && (past(c.ReviewAt) || past(c.CloseBy))
}

// newCase is the form for a case: nothing in it is chosen beforehand but its day of review.
type newCase struct {
	Purposes []mithaq.Purpose
	People   []person // the others
	Review   string
	Asked    url.Values // what was filled in
	Fault    string
}

// reviewAfter is when a new case is looked at again, where nobody says otherwise.
const reviewAfter = 90 * 24 * time.Hour

func (s *site) caseForm(v *visit) error { return s.showCaseForm(v, http.StatusOK, nil, "") }

func (s *site) showCaseForm(v *visit, status int, asked url.Values, fault string) error {
	if !mayOpenCase(v.viewer) {
		return mithaq.Refuse(mithaq.Denied, "gate.may-not-open-case")
	}
	p := newCase{Purposes: mithaq.Purposes(), Review: s.Now().UTC().Add(reviewAfter).Format(time.DateOnly), Asked: asked, Fault: fault}
	people, err := s.everybody(v)
	p.People = slices.DeleteFunc(people, func(one person) bool { return one.ID == v.viewer.Person })
	if err != nil {
		return err
	}
	v.showAs(status, "casenew", v.say.T("case.new"), p)
	return nil
}

// everybody is all with an open account, by name.
func (s *site) everybody(v *visit) ([]person, error) {
	return desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (list []person, err error) {
		all, err := s.Desk.Accounts.People(tx)
		for _, one := range all {
			list = append(list, person{one.ID, one.Name})
		}
		return list, err
	})
}

// openCase opens one; the form comes back with what was filled in where it cannot.
func (s *site) openCase(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	c, err := v.caseAsked()
	if err == nil {
		err = s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
			c.Created, c.Modified = mithaq.At(tx.Now()), mithaq.At(tx.Now())
			return s.Desk.Gate.OpenCase(tx, v.viewer, c)
		})
	}
	if errors.Is(err, mithaq.Invalid) {
		return s.showCaseForm(v, http.StatusUnprocessableEntity, v.r.PostForm, v.sentence(err))
	}
	if err != nil {
		return err
	}
	return v.to("/cases/" + string(c.ID))
}

func (v *visit) caseAsked() (*mithaq.Case, error) {
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(v.site.Now()), v.field("title"), mithaq.Purpose(v.field("purpose")),
		mithaq.LegalBasis{Ref: v.field("basis")}, v.viewer.Person)
	if c.Title == "" || c.Basis.Ref == "" || c.Purpose == "" {
		return c, mithaq.Refuse(mithaq.Invalid, "case.incomplete")
	}
	for _, m := range v.list("member") {
		if one := mithaq.PersonID(m); one.Check() == nil && !slices.Contains(c.Members, one) {
			c.Members = append(c.Members, one)
		}
	}
	return c, v.dates(c)
}

// dates reads the days of review and closing; one that is empty is none.
func (v *visit) dates(c *mithaq.Case) error {
	for name, to := range map[string]*mithaq.Time{"review": &c.ReviewAt, "close": &c.CloseBy} {
		text := v.field(name)
		if text == "" {
			*to = mithaq.Time{}
			continue
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return mithaq.Refuse(mithaq.Invalid, "case.day", text)
		}
		*to = mithaq.At(day)
	}
	return nil
}

type casePage struct {
	F        *desk.Casefile
	Case     *mithaq.Case
	Late     bool
	Members  []person
	Others   []person // who might become one
	Rows     []row
	Notes    []noteShown
	Readings []readingShown
	Reason   bool
	Writes   bool // notes
	Manages  bool // members and dates
	Closes   bool
	Clash    *clash
	Draft    string // a new note that was not kept
	Fault    string
}

// A noteShown is a note as it is now, and as it was.
type noteShown struct {
	notes.Note
	Who    string
	Before []noteShown // the newest first
}

// A clash is a note that two people wrote on at once: what this person wrote, to
// be laid beside what is there now.
type clash struct{ ID, Mine string }

// A readingShown is one reading, with the names of who and what.
type readingShown struct {
	At     time.Time
	Who    string
	What   string // a word of the catalogue
	Reason string
	Row    *row // nil where this person may not read it
}

func (s *site) oneCase(v *visit) error { return s.showCase(v, http.StatusOK, casePage{}) }

func (s *site) showCase(v *visit, status int, p casePage) (err error) {
	id := stix.ID(v.r.PathValue("id"))
	if p.F, err = s.Desk.Casefile(v.r.Context(), v.viewer, id); err != nil {
		return err
	}
	c := p.F.Case
	open := c.Closed.IsZero()
	p.Case, p.Late, p.Reason = c, overdue(c, s.Now().UTC()), v.viewer.HasReason()
	p.Writes, p.Manages, p.Closes = open && v.viewer.MayAssess(), open && mayOpenCase(v.viewer), open && v.viewer.Is(mithaq.Supervisor, mithaq.LegalOfficer)
	for _, fill := range []func(*visit, *casePage) error{s.fillPeople, s.fillHeld, s.fillReadings} {
		if err := fill(v, &p); err != nil {
			return err
		}
	}
	v.showAs(status, "case", say.Clean(c.Title), p)
	return nil
}

// fillPeople names the members, who else there is, and who wrote the notes.
func (s *site) fillPeople(v *visit, p *casePage) error {
	everybody, err := s.everybody(v)
	if err != nil {
		return err
	}
	return s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		for _, m := range p.Case.Members {
			p.Members = append(p.Members, person{m, s.personName(tx, m)})
		}
		slices.SortFunc(p.Members, func(a, b person) int { return cmp.Compare(a.Name, b.Name) })
		p.Others = slices.DeleteFunc(everybody, func(one person) bool { return slices.Contains(p.Case.Members, one.ID) })
		for _, versions := range p.F.Notes {
			p.Notes = append(p.Notes, s.noteShown(tx, versions))
		}
		return nil
	})
}

func (s *site) noteShown(tx *store.Tx, versions []notes.Note) noteShown {
	last := len(versions) - 1
	shown := noteShown{Note: versions[last], Who: s.personName(tx, versions[last].Person)}
	for i := last - 1; i >= 0; i-- {
		shown.Before = append(shown.Before, noteShown{Note: versions[i], Who: s.personName(tx, versions[i].Person)})
	}
	return shown
}

// fillHeld lists what is held for the case and this person may read.
func (s *site) fillHeld(v *visit, p *casePage) error {
	if !p.Case.Closed.IsZero() {
		return nil
	}
	page, _, err := s.Desk.Gate.Page(v.r.Context(), v.viewer, store.Query{Case: p.Case.ID, Limit: listed, Newest: true})
	if err != nil {
		return err
	}
	p.Rows, err = s.rows(v.r.Context(), v, page)
	return err
}

func (s *site) fillReadings(v *visit, p *casePage) error {
	return s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		for _, r := range p.F.Readings {
			one := readingShown{At: r.At, Who: r.Token, What: r.What, Reason: r.Reason}
			if r.Person != "" {
				one.Who = s.personName(tx, r.Person)
			}
			if i := slices.IndexFunc(p.Rows, func(x row) bool { return x.Number == r.Item }); i >= 0 {
				one.Row = &p.Rows[i]
			}
			p.Readings = append(p.Readings, one)
		}
		return nil
	})
}

// revise changes a case, and goes back to it.
func (s *site) revise(change func(v *visit, c *mithaq.Case) error) page {
	return func(v *visit) error {
		if err := v.form(); err != nil {
			return err
		}
		id := stix.ID(v.r.PathValue("id"))
		err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
			var wrong error
			_, err := s.Desk.Gate.ReviseCase(tx, v.viewer, id, func(c *mithaq.Case) { wrong = change(v, c) })
			return cmp.Or(wrong, err)
		})
		if err != nil {
			return err
		}
		if _, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (*mithaq.Case, error) { return s.Desk.Gate.KnownCase(tx, v.viewer, id) }); err != nil {
			return v.to("/cases")
		}
		return v.to("/cases/" + string(id))
	}
}

// changeMembers adds the one that is named, or takes the other away.
func changeMembers(v *visit, c *mithaq.Case) error {
	if out := mithaq.PersonID(v.field("remove")); out != "" {
		c.Members = slices.DeleteFunc(c.Members, func(m mithaq.PersonID) bool { return m == out })
		return nil
	}
	in := mithaq.PersonID(v.field("add"))
	if err := in.Check(); err != nil {
		return mithaq.Invalid
	}
	if !slices.Contains(c.Members, in) {
		c.Members = append(c.Members, in)
	}
	return nil
}

func changeDates(v *visit, c *mithaq.Case) error { return v.dates(c) }

// writeNote keeps a note. Where somebody else wrote on it meanwhile, the page
// comes back with both.
func (s *site) writeNote(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	version, _ := strconv.Atoi(v.field("version"))
	n := notes.Note{ID: v.field("note"), Version: version, Case: stix.ID(v.r.PathValue("id")), Text: v.long("text")}
	_, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (notes.Note, error) { return s.Desk.Notes.Write(tx, v.viewer, n) })
	switch {
	case errors.Is(err, mithaq.Conflict) && n.ID != "":
		return s.showCase(v, http.StatusConflict, casePage{Clash: &clash{n.ID, n.Text}, Fault: v.sentence(err)})
	case errors.Is(err, mithaq.Invalid):
		return s.showCase(v, http.StatusUnprocessableEntity, casePage{Draft: n.Text, Fault: v.sentence(err)})
	case err != nil:
		return err
	}
	return v.to("/cases/" + string(n.Case) + "#notes")
}

// long is a field of several lines, as browsers send them; "" for what is not text.
func (v *visit) long(name string) string {
	text := strings.TrimSpace(strings.ReplaceAll(v.r.PostForm.Get(name), "\r\n", "\n"))
	if !utf8.ValidString(text) {
		return ""
	}
	return text
}

func (s *site) closeCase(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Gate.CloseCase(tx, v.viewer, id) })
	if err != nil {
		return err
	}
	return v.to("/cases/" + string(id))
}
