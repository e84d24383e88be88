package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subject"
	"github.com/mithaq-hub/mithaq/stix"
)

// mayServePersons is who sits at the desk for the persons concerned.
func mayServePersons(v mithaq.Viewer) bool { return v.Is(mithaq.LegalOfficer) }

type personsPage struct {
	Now    time.Time
	Open   []*subject.Request
	Past   []*subject.Request
	Claims []claimShown
}

// A claimShown is a partner's mark on what we gave it.
type claimShown struct {
	gate.Claim
	Rows []row
}

func (s *site) persons(v *visit) error {
	p := personsPage{Now: s.Now().UTC()}
	var claims []gate.Claim
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		all, err := s.Desk.Subjects.Requests(tx, v.viewer)
		for _, r := range all {
			if r.Closed.IsZero() {
				p.Open = append(p.Open, r)
			} else {
				p.Past = append([]*subject.Request{r}, p.Past...)
			}
		}
		if err == nil {
			claims, err = s.Desk.Gate.Claims(tx, v.viewer)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range claims {
		p.Claims = append(p.Claims, claimShown{Claim: c})
	}
	return v.show("persons", v.say.T("web.persons"), p)
}

// requestForm is the form for what a person asks.
type requestForm struct {
	Kinds []subject.Kind
	Today string
	Asked url.Values
	Fault string
}

func (s *site) requestForm(v *visit) error {
	if !mayServePersons(v.viewer) {
		return mithaq.Refuse(mithaq.Denied, "subject.may-not")
	}
	return v.show("personnew", v.say.T("subject.new"), requestForm{Kinds: subject.Kinds, Today: s.Now().UTC().Format(time.DateOnly)})
}

func (s *site) openRequest(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	in := subject.Request{
		Kind: subject.Kind(v.field("kind")), Name: v.field("name"), Came: v.field("came"), Words: v.long("words"), Identity: v.long("identity"),
		Values: strings.FieldsFunc(v.long("values"), func(r rune) bool { return r == '\n' }),
	}
	for i := range in.Values {
		in.Values[i] = strings.TrimSpace(in.Values[i])
	}
	in.At, _ = time.Parse(time.DateOnly, v.field("at"))
	r, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (*subject.Request, error) { return s.Desk.Subjects.Open(tx, v.viewer, in) })
	if errors.Is(err, mithaq.Invalid) {
		v.showAs(http.StatusUnprocessableEntity, "personnew", v.say.T("subject.new"), requestForm{
			Kinds: subject.Kinds, Today: s.Now().UTC().Format(time.DateOnly), Asked: v.r.PostForm, Fault: v.sentence(err),
		})
		return nil
	}
	if err != nil {
		return err
	}
	return v.to("/persons/" + r.ID)
}

// requestPage is everything about one person.
type requestPage struct {
	R        *subject.Request
	Late     bool
	Left     int64 // seconds until it is due
	Deeds    []deedShown
	Found    []foundShown
	Unread   []string
	Outcomes []subject.Outcome
	Acts     bool // the person is known to be who they say, and the request is open
	Letters  []string
	Langs    []locale
	Pacts    map[stix.ID]string // titles
	Readings int
	Held     int
	Given    int
	Got      int
}

type deedShown struct {
	subject.Deed
	Who string
}

// A foundShown is one object about the person.
type foundShown struct {
	row
	desk.Found
	Percent  int // how well the name agrees; 0 where a value was found
	Texts    []string
	Fields   []member
	Ours     bool
	Mend     []member // texts of ours that can be put right
	Readings []readingShown
}

func (s *site) request(v *visit) error {
	about, err := s.Desk.AboutPerson(v.r.Context(), v.viewer, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	r, now := about.Request, s.Now().UTC()
	p := requestPage{
		R: r, Unread: about.Unread, Outcomes: subject.Outcomes, Acts: r.Closed.IsZero() && r.Identity != "", Letters: letters, Langs: locales,
		Late: r.Closed.IsZero() && now.After(r.Due), Left: int64(r.Due.Sub(now).Seconds()), Pacts: map[stix.ID]string{},
	}
	err = s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		for _, d := range about.Deeds {
			p.Deeds = append(p.Deeds, deedShown{d, s.personName(tx, d.Person)})
		}
		for i := range about.Found {
			p.Found = append(p.Found, s.foundShown(tx, &about.Found[i]))
		}
		p.count()
		return s.titles(tx, v, &p)
	})
	if err != nil {
		return err
	}
	return v.show("person", v.say.T("subject.one"), p)
}

func (p *requestPage) count() {
	for i := range p.Found {
		f := &p.Found[i]
		p.Readings += len(f.Found.Readings)
		if slices.ContainsFunc(f.Held, func(h store.Held) bool { return h.State.InUse() }) {
			p.Held++
		}
		out, in := false, false
		for _, w := range f.Ways {
			out, in = out || w.Out, in || !w.Out
		}
		if out {
			p.Given++
		}
		if in {
			p.Got++
		}
	}
}

func (s *site) titles(tx *store.Tx, v *visit, p *requestPage) error {
	for i := range p.Found {
		for _, w := range p.Found[i].Ways {
			if _, ok := p.Pacts[w.Pact]; !ok {
				p.Pacts[w.Pact], _ = s.under(tx, v, w.Pact)
			}
		}
	}
	return nil
}

func (s *site) foundShown(tx *store.Tx, f *desk.Found) foundShown {
	shown := foundShown{row: rowOf(&f.Item, f.Held), Found: *f, Percent: int(f.Score*100 + 0.5)}
	shown.Texts, shown.Fields = membersOf(f.Item.Raw)
	shown.Ours = slices.ContainsFunc(f.Held, func(h store.Held) bool { return h.Giver == s.Desk.Org && h.State.InUse() })
	if shown.Ours && f.Item.Ref.Version != "" {
		shown.Mend = mendable(f.Item.Raw)
	}
	for _, r := range f.Readings {
		one := readingShown{At: r.At, Who: r.Token, What: r.What, Reason: r.Reason, Row: &shown.row}
		if r.Person != "" {
			one.Who = s.personName(tx, r.Person)
		}
		shown.Readings = append(shown.Readings, one)
	}
	return shown
}

// mendable are the texts of an object that can be put right.
func mendable(raw []byte) (list []member) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return nil
	}
	for _, name := range []string{"name", "description", "contact_information", "content", "abstract"} {
		if text := o.String(name); text != "" {
			list = append(list, member{Name: name, Value: text})
		}
	}
	return list
}

// doneFor does something for a request, and goes back to it.
func (s *site) doneFor(do func(v *visit, id string) error) page {
	return func(v *visit) error {
		if err := v.form(); err != nil {
			return err
		}
		id := v.r.PathValue("id")
		if err := do(v, id); err != nil {
			return err
		}
		return v.to("/persons/" + id)
	}
}

func (s *site) identify(v *visit, id string) error {
	return s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Subjects.Identify(tx, v.viewer, id, v.long("how")) })
}

func (s *site) actFor(v *visit, id string) error {
	act := desk.Act{What: v.field("what"), Member: v.field("member"), Text: v.long("text")}
	for _, object := range v.list("object") {
		act.Objects = append(act.Objects, stix.ID(object))
	}
	return s.Desk.Act(v.r.Context(), v.viewer, id, act)
}

func (s *site) closeRequest(v *visit, id string) error {
	return s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		return s.Desk.Subjects.Close(tx, v.viewer, id, subject.Outcome(v.field("outcome")), v.long("note"))
	})
}

func (s *site) settleClaim(v *visit) error {
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		return s.Desk.Gate.SettleClaim(tx, v.viewer, stix.ID(v.r.PathValue("id")))
	})
	if err != nil {
		return err
	}
	return v.to("/persons")
}

// letters are the letters that can be printed. None says whether anything is held:
// to a person about whom nothing is here, the same goes out.
var letters = []string{"received", "identity", "answered"}

// A letter is one in a language of the person's, whatever the reader's is.
type letter struct {
	R          *subject.Request
	Lang, Dir  string
	Org        string
	Title      string
	Paragraphs []string
	Date       string
	Ref        string
}

func (s *site) letter(v *visit) error {
	id, which, lang := v.r.PathValue("id"), v.r.PathValue("letter"), v.r.URL.Query().Get("lang")
	if !slices.Contains(letters, which) {
		return mithaq.NotFound
	}
	if !slices.Contains(say.Languages, lang) {
		lang = v.say.Lang()
	}
	r, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (*subject.Request, error) {
		r, err := s.Desk.Subjects.Request(tx, v.viewer, id)
		if err != nil {
			return nil, err
		}
		return r, s.Desk.Subjects.Did(tx, v.viewer, id, "letter", which)
	})
	if err != nil {
		return err
	}
	return v.show("letter", v.say.T("subject.letter."+which), s.written(r, which, say.For(lang)))
}

// written says a letter. It depends on what was asked and when, and on nothing that is held.
func (s *site) written(r *subject.Request, which string, p *say.Printer) letter {
	l := letter{R: r, Lang: p.Lang(), Dir: p.Dir(), Org: mithaq.Texts(s.Desk.Name).In(p.Lang()), Ref: r.ID[:8], Date: p.Date(s.Now().UTC())}
	l.Title = p.T("letter." + which + ".title")
	asked := p.T("letter.asked."+string(r.Kind), r.At)
	l.Paragraphs = []string{asked}
	switch which {
	case "received":
		l.Paragraphs = append(l.Paragraphs, p.T("letter.received.clock", r.Due))
	case "identity":
		l.Paragraphs = append(l.Paragraphs, p.T("letter.identity.ask"), p.T("letter.identity.why"))
	case "answered":
		l.Paragraphs = append(l.Paragraphs, p.T("letter.answered.examined"), p.T("letter.answered.neither"))
	}
	l.Paragraphs = append(l.Paragraphs, p.T("letter.complain"))
	return l
}

type breachesPage struct {
	Rows  []*subject.Breach
	Names map[stix.ID]string
	Today string
	Asked url.Values
	Fault string
}

func (s *site) breaches(v *visit) error { return s.showBreaches(v, http.StatusOK, nil, "") }

func (s *site) showBreaches(v *visit, status int, asked url.Values, fault string) error {
	p := breachesPage{Names: map[stix.ID]string{}, Today: s.Now().UTC().Format(time.DateOnly), Asked: asked, Fault: fault}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		p.Rows, err = s.Desk.Subjects.Breaches(tx, v.viewer)
		for _, b := range p.Rows {
			for _, t := range b.Pacts {
				p.Names[t.Pact], _ = s.under(tx, v, t.Pact)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	v.showAs(status, "breaches", v.say.T("subject.breaches"), p)
	return nil
}

func (s *site) recordBreach(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	b := subject.Breach{What: v.long("what"), Effect: v.long("effect"), Steps: v.long("steps")}
	b.Noticed, _ = time.Parse(time.DateOnly, v.field("noticed"))
	for id := range strings.FieldsSeq(v.long("objects")) {
		if !stix.ID(id).Valid() {
			return s.showBreaches(v, http.StatusUnprocessableEntity, v.r.PostForm, v.say.T("gate.no-item", id))
		}
		b.Objects = append(b.Objects, stix.ID(id))
	}
	if len(b.Objects) > most {
		return mithaq.Refuse(mithaq.TooLarge, "web.too-many", most)
	}
	_, err := s.Desk.Breach(v.r.Context(), v.viewer, b)
	if errors.Is(err, mithaq.Invalid) || errors.Is(err, mithaq.NotFound) {
		return s.showBreaches(v, http.StatusUnprocessableEntity, v.r.PostForm, v.sentence(err))
	}
	if err != nil {
		return err
	}
	return v.to("/persons/breaches")
}

func (s *site) processing(v *visit) error {
	p, err := s.Desk.Processing(v.r.Context(), v.viewer)
	if err != nil {
		return err
	}
	return v.show("processing", v.say.T("subject.processing"), p)
}
