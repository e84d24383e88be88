package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/notes"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) caseRoutes() {
	verb(s, op{http.MethodPost, "/v1/cases", "open-case", "Open a case: why things are held, and who needs to know", http.StatusCreated}, s.openCase)
	verb(s, op{http.MethodGet, "/v1/cases", "cases", "The open cases in which I have a need to know", 0}, s.cases)
	verb(s, op{http.MethodGet, "/v1/cases/{id}", "case", "One case", 0}, s.oneCase)
	verb(s, op{http.MethodPost, "/v1/cases/{id}/close", "close-case", "Close a case", 0}, s.closeCase)
	verb(s, op{http.MethodPost, "/v1/cases/{id}/members", "change-members", "Add members to a case, and take others away", 0}, s.changeMembers)
	verb(s, op{http.MethodPost, "/v1/cases/{id}/dates", "change-dates", "Set the days of review and closing", 0}, s.changeDates)
	verb(s, op{http.MethodGet, "/v1/cases/{id}/file", "case-file", "One case with what belongs to it", 0}, s.caseFile)
	verb(s, op{http.MethodPost, "/v1/cases/{id}/notes", "write-note", "Add a note, or a version to one", http.StatusCreated}, s.writeNote)
	verb(s, op{http.MethodPost, "/v1/assessments", "assess", "A person's signed answers about what concerns a person", http.StatusCreated}, s.assess)
}

// caseDates are days; an empty one is none.
type caseDates struct {
	ReviewAt string `json:"review_at,omitempty" format:"date" doc:"when its members look whether it is still needed"`
	CloseBy  string `json:"close_by,omitempty" format:"date" doc:"when it is to be closed at the latest"`
}

func (d *caseDates) set(c *mithaq.Case) error {
	for text, to := range map[*string]*mithaq.Time{&d.ReviewAt: &c.ReviewAt, &d.CloseBy: &c.CloseBy} {
		*to = mithaq.Time{}
		if *text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, *text)
		if err != nil {
			return mithaq.Refuse(mithaq.Invalid, "case.day", *text)
		}
		*to = mithaq.At(day)
	}
	return nil
}

type caseIn struct {
	Body struct {
		Title   string   `json:"title" minLength:"1" maxLength:"200"`
		Purpose string   `json:"purpose"`
		Basis   string   `json:"legal_basis" minLength:"1"`
		Members []string `json:"members" minItems:"1"`
		caseDates
	}
}

func (s *server) openCase(ctx context.Context, v mithaq.Viewer, in *caseIn) (*mithaq.Case, error) {
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Case, error) {
		c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(tx.Now()), in.Body.Title,
			mithaq.Purpose(in.Body.Purpose), mithaq.LegalBasis{Ref: in.Body.Basis})
		for _, m := range in.Body.Members {
			c.Members = append(c.Members, mithaq.PersonID(m))
		}
		if err := in.Body.set(c); err != nil {
			return nil, err
		}
		return c, s.Gate.OpenCase(tx, v, c)
	})
}

type membersIn struct {
	ID   string `path:"id"`
	Body struct {
		Add    []mithaq.PersonID `json:"add,omitempty"`
		Remove []mithaq.PersonID `json:"remove,omitempty"`
	}
}

func (s *server) changeMembers(ctx context.Context, v mithaq.Viewer, in *membersIn) (*mithaq.Case, error) {
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Case, error) {
		return s.Gate.ReviseCase(tx, v, stix.ID(in.ID), func(c *mithaq.Case) {
			c.Members = slices.DeleteFunc(c.Members, func(m mithaq.PersonID) bool { return slices.Contains(in.Body.Remove, m) })
			for _, m := range in.Body.Add {
				if !slices.Contains(c.Members, m) {
					c.Members = append(c.Members, m)
				}
			}
		})
	})
}

type datesIn struct {
	ID   string `path:"id"`
	Body caseDates
}

func (s *server) changeDates(ctx context.Context, v mithaq.Viewer, in *datesIn) (*mithaq.Case, error) {
	return write(ctx, s, func(tx *store.Tx) (*mithaq.Case, error) {
		var wrong error
		c, err := s.Gate.ReviseCase(tx, v, stix.ID(in.ID), func(c *mithaq.Case) { wrong = in.Body.set(c) })
		return c, cmp.Or(wrong, err)
	})
}

// Note is one version of a note.
type Note struct {
	ID      string          `json:"id"`
	Version int             `json:"version"`
	Person  mithaq.PersonID `json:"person"`
	At      time.Time       `json:"at"`
	Text    string          `json:"text"`
}

func noteOf(n notes.Note) Note { return Note{n.ID, n.Version, n.Person, n.At, n.Text} }

// Casefile is a case with what belongs to it.
type Casefile struct {
	Case     *mithaq.Case `json:"case"`
	Notes    [][]Note     `json:"notes" doc:"each in all its versions, the oldest first; none without a reason"`
	Releases []stix.ID    `json:"releases"`
	Items    int          `json:"items" doc:"held for it, in use"`
	Persons  int          `json:"persons" doc:"of those, what concerns a person"`
	Also     int          `json:"also" doc:"of those, what is held otherwise too, and is read on once the case is closed"`
	Endless  int          `json:"endless" doc:"holdings without an end of their retention"`
}

func (s *server) caseFile(ctx context.Context, v mithaq.Viewer, in *idIn) (*Casefile, error) {
	f, err := s.Casefile(ctx, v, stix.ID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &Casefile{Case: f.Case, Notes: [][]Note{}, Releases: []stix.ID{}, Items: f.Held.Items, Persons: f.Held.Persons, Also: f.Held.Also, Endless: f.Held.Endless}
	for _, versions := range f.Notes {
		list := make([]Note, len(versions))
		for i := range versions {
			list[i] = noteOf(versions[i])
		}
		out.Notes = append(out.Notes, list)
	}
	for _, r := range f.Releases {
		out.Releases = append(out.Releases, r.Release.ID)
	}
	return out, nil
}

type noteIn struct {
	ID   string `path:"id"`
	Body struct {
		Note    string `json:"note,omitempty" doc:"the note that is written on; none for a new one"`
		Version int    `json:"version,omitempty" doc:"the version that the writer saw"`
		Text    string `json:"text" minLength:"1"`
	}
}

func (s *server) writeNote(ctx context.Context, v mithaq.Viewer, in *noteIn) (Note, error) {
	return write(ctx, s, func(tx *store.Tx) (Note, error) {
		n, err := s.Notes.Write(tx, v, notes.Note{ID: in.Body.Note, Version: in.Body.Version, Case: stix.ID(in.ID), Text: in.Body.Text})
		return noteOf(n), err
	})
}

func (s *server) cases(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]*mithaq.Case, error) {
	return read(ctx, s, func(tx *store.Tx) ([]*mithaq.Case, error) {
		list := []*mithaq.Case{}
		for _, id := range v.Cases {
			c, err := s.Gate.Case(tx, id)
			if err != nil {
				return nil, err
			}
			list = append(list, c)
		}
		return list, nil
	})
}

func (s *server) oneCase(ctx context.Context, v mithaq.Viewer, in *idIn) (*mithaq.Case, error) {
	return read(ctx, s, func(tx *store.Tx) (*mithaq.Case, error) {
		if v.MayAudit() {
			return s.Gate.Case(tx, stix.ID(in.ID))
		}
		return s.Gate.KnownCase(tx, v, stix.ID(in.ID))
	})
}

func (s *server) closeCase(ctx context.Context, v mithaq.Viewer, in *idIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Gate.CloseCase(tx, v, stix.ID(in.ID)) })
}

type assessIn struct {
	RawBody []byte `contentType:"application/json" doc:"a mithaq.Assessment, signed by the person's credential"`
}

// Assessed is an assessment that was kept.
type Assessed struct {
	ID      stix.ID         `json:"id"`
	Digest  mithaq.Digest   `json:"digest"`
	Verdict mithaq.Assessed `json:"verdict"`
	Waits   bool            `json:"waits,omitempty" doc:"for the other person's signature"`
}

func (s *server) assess(ctx context.Context, v mithaq.Viewer, in *assessIn) (Assessed, error) {
	var a mithaq.Assessment
	if err := unmarshal(in.RawBody, &a); err != nil {
		return Assessed{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Assessed, error) {
		return Assessed{ID: a.ID, Digest: a.Digest(), Verdict: a.Verdict()}, s.Gate.Assess(tx, v, &a)
	})
}
