package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A choice is what is to be shared, under which pact, with whom and why, as the
// address or the form says it.
type choice struct {
	IDs        []string
	Types      []string
	Under      string
	Giver      string
	Pact       string
	To         []string
	Purpose    string
	Basis      string
	Urgency    string
	Case       string
	Recipients string
}

// most is how many items may be chosen one by one.
const most = 200

func choiceOf(v *visit) (c choice, err error) {
	if err := v.form(); err != nil {
		return c, err
	}
	c = choice{
		IDs: v.list("id"), Types: v.list("type"), Under: v.field("under"), Giver: v.field("giver"), Pact: v.field("pact"), To: v.list("to"),
		Purpose: v.field("purpose"), Basis: v.field("basis"), Urgency: v.field("urgency"), Case: v.field("case"), Recipients: v.field("recipients"),
	}
	if len(c.IDs) > most {
		return c, mithaq.Refuse(mithaq.TooLarge, "web.too-many", most)
	}
	return c, nil
}

// list is every value of a field.
func (v *visit) list(name string) (list []string) {
	for _, one := range v.r.Form[name] {
		if one = strings.TrimSpace(one); one != "" && len(one) <= maxWords && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// Some reports whether anything is chosen.
func (c choice) Some() bool {
	return len(c.IDs)+len(c.Types) > 0 || c.Under != "" || c.Giver != ""
}

// Hidden are the fields of a form that keep what was chosen, but those named.
func (c choice) Hidden(but ...string) (fields []member) {
	for _, f := range []struct {
		name   string
		values []string
	}{
		{"id", c.IDs},
		{"type", c.Types},
		{"under", one(c.Under)},
		{"giver", one(c.Giver)},
		{"pact", one(c.Pact)},
		{"to", c.To},
		{"purpose", one(c.Purpose)},
		{"basis", one(c.Basis)},
		{"urgency", one(c.Urgency)},
		{"case", one(c.Case)},
		{"recipients", one(c.Recipients)},
	} {
		if slices.Contains(but, f.name) {
			continue
		}
		for _, value := range f.values {
			fields = append(fields, member{Name: f.name, Value: value})
		}
	}
	return fields
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// Back is the address of the form with the same choice.
func (c choice) Back() string {
	q := url.Values{}
	for _, f := range c.Hidden() {
		q.Add(f.Name, f.Value)
	}
	return "/share?" + q.Encode()
}

func (c choice) ask() (gate.Ask, error) {
	a := gate.Ask{
		Selection: gate.Selection{Giver: mithaq.OrgID(c.Giver), Under: stix.ID(c.Under), Case: stix.ID(c.Case)},
		Pact:      stix.ID(c.Pact), Purpose: mithaq.Purpose(c.Purpose), Basis: c.Basis, Case: stix.ID(c.Case), Urgency: mithaq.Routine,
		Recipients: strings.Fields(c.Recipients),
	}
	for _, id := range c.IDs {
		a.Selection.IDs = append(a.Selection.IDs, stix.ID(id))
	}
	for _, t := range c.Types {
		a.Selection.Types = append(a.Selection.Types, stix.Type(t))
	}
	for _, org := range c.To {
		a.To = append(a.To, mithaq.OrgID(org))
	}
	if c.Urgency == "" {
		return a, nil
	}
	return a, a.Urgency.UnmarshalJSON([]byte(`["` + strings.Map(lowLetter, c.Urgency) + `"]`))
}

// lowLetter leaves the letters of a coded word alone.
func lowLetter(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

// shareForm chooses: what, under which pact, with whom, and why.
type shareForm struct {
	Choice  choice
	Rows    []row // of what is chosen one by one
	Pacts   []*pact.Text
	Pact    *pact.Text // the one chosen, or the only one
	Peers   []mithaq.OrgID
	Sources []*mithaq.SourceProfile
	Givers  []mithaq.OrgID
	Cases   []*mithaq.Case
	Types   []string
	Fault   string
}

func (s *site) shareForm(v *visit) error {
	c, err := choiceOf(v)
	if err != nil {
		return err
	}
	return s.showForm(v, c, "")
}

func (s *site) showForm(v *visit, c choice, fault string) error {
	if !v.viewer.MayPropose() {
		return mithaq.Refuse(mithaq.Denied, "gate.may-not-propose")
	}
	p := shareForm{Choice: c, Givers: v.orgs(), Types: types, Fault: fault}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error { return s.fillForm(tx, v, &p) })
	if err != nil {
		return err
	}
	if len(c.IDs) > 0 {
		if p.Rows, err = s.chosen(v, c.IDs); err != nil {
			return err
		}
	}
	return v.show("share", v.say.T("web.share"), p)
}

// sources are the source profiles, by name.
func (s *site) sources(tx *store.Tx) ([]*mithaq.SourceProfile, error) {
	list, err := s.Desk.Gate.Profiles(tx)
	slices.SortFunc(list, func(a, b *mithaq.SourceProfile) int { return cmp.Compare(a.Name, b.Name) })
	return list, err
}

func (s *site) fillForm(tx *store.Tx, v *visit, p *shareForm) (err error) {
	if p.Sources, err = s.sources(tx); err != nil {
		return err
	}
	for _, id := range v.viewer.Cases {
		c, err := s.Desk.Gate.Case(tx, id)
		if err != nil {
			return err
		}
		p.Cases = append(p.Cases, c)
	}
	texts, err := s.Desk.Pacts.Texts(tx)
	for _, t := range texts {
		if t.Status == mithaq.InForce {
			p.Pacts = append(p.Pacts, t)
		}
	}
	if i := slices.IndexFunc(p.Pacts, func(t *pact.Text) bool { return string(t.Pact.ID) == p.Choice.Pact }); i >= 0 {
		p.Pact = p.Pacts[i]
	} else if len(p.Pacts) == 1 {
		p.Pact = p.Pacts[0]
	}
	if p.Pact != nil {
		p.Peers = slices.DeleteFunc(slices.Clone(p.Pact.Pact.Peers()), func(o mithaq.OrgID) bool { return o == s.Desk.Org })
	}
	return err
}

// chosen are the last versions of some objects, in the order they came.
func (s *site) chosen(v *visit, ids []string) ([]row, error) {
	q := store.Query{Limit: len(ids), Which: store.LastVersion}
	for _, id := range ids {
		q.IDs = append(q.IDs, stix.ID(id))
	}
	page, _, err := s.Desk.Gate.Page(v.r.Context(), v.viewer, q)
	if err != nil {
		return nil, err
	}
	return s.rows(v.r.Context(), v, page)
}

// previewPage is what each partner would get, and why the rest stays.
type previewPage struct {
	Choice   choice
	Pact     *mithaq.Pact
	Columns  []column
	Rows     []matrixRow
	More     int // items beyond the rows
	Reasons  []why
	Items    int
	Goes     int // to anybody
	Reviews  bool
	Erased   time.Time // by when, at the latest
	Releases bool      // this person may let it go alone
	Fault    string
}

// A column is one partner.
type column struct {
	To      mithaq.OrgID
	Goes    int
	Reviews int
	Stays   int
	TLP     stix.TLP // the highest of what is shown and goes
	Seen    mithaq.Digest
}

// A matrixRow is one item, with what becomes of it for each partner.
type matrixRow struct {
	row
	Cells []cell
}

// A cell says goes, waits or stays; Why is the number of the reason below, from 1.
type cell struct {
	Goes, Waits bool
	Why         int
	Clause      mithaq.ClauseID
	Line        string
}

// A why is one reason for which items stay, for the partners it is the same for.
type why struct {
	Number  int
	To      []mithaq.OrgID
	Count   int
	Rows    []row
	Reasons []mithaq.Reason
	Lines   []string
	key     string
	refs    []mithaq.ItemRef
}

func (s *site) sharePreview(v *visit) error {
	c, err := choiceOf(v)
	if err != nil {
		return err
	}
	return s.showPreview(v, c, "")
}

func (s *site) showPreview(v *visit, c choice, fault string) error {
	ask, err := c.ask()
	if err != nil {
		return err
	}
	if !c.Some() || c.Purpose == "" || c.Basis == "" || c.Pact == "" {
		return s.showForm(v, c, v.say.T("web.share.incomplete"))
	}
	all, err := s.Desk.Gate.Preview(v.r.Context(), v.viewer, ask)
	if err != nil {
		return err
	}
	p := previewPage{Choice: c, Releases: v.viewer.MayRelease(), Fault: fault}
	for i := range all {
		p.column(&all[i])
	}
	if err := s.fillPreview(v, &p, all); err != nil {
		return err
	}
	return v.show("preview", v.say.T("web.preview"), p)
}

func (p *previewPage) column(of *gate.Preview) {
	p.Columns = append(p.Columns, column{To: of.To, Goes: of.Goes, Reviews: of.Reviews, Stays: of.Items - of.Goes - of.Reviews, Seen: of.Seen()})
	p.Items, p.Goes, p.Reviews = max(p.Items, of.Items), p.Goes+of.Goes+of.Reviews, p.Reviews || of.Reviews > 0
	for i := range of.Stays {
		p.stay(of.To, &of.Stays[i])
	}
}

// stay joins what stays for the same reason for several partners.
func (p *previewPage) stay(to mithaq.OrgID, stay *gate.Stay) {
	reasons := []mithaq.Reason{}
	if stay.Pact != nil {
		reasons = stay.Reasons()
	}
	key := keyOf(stay)
	if i := slices.IndexFunc(p.Reasons, func(w why) bool { return w.key == key }); i >= 0 {
		p.Reasons[i].To = append(p.Reasons[i].To, to)
		return
	}
	p.Reasons = append(p.Reasons, why{
		Number: len(p.Reasons) + 1, To: []mithaq.OrgID{to}, Count: stay.Count, Reasons: reasons, Lines: stay.Lines, key: key, refs: stay.Items,
	})
}

// keyOf is equal for stays of the same items for the same clauses.
func keyOf(s *gate.Stay) string {
	var b strings.Builder
	b.WriteString(s.Clauses.String() + "\n" + strings.Join(s.Lines, "\n"))
	for _, ref := range s.Items {
		b.WriteString("\n" + ref.Digest.String())
	}
	return b.String()
}

// fillPreview adds what the items are: those chosen one by one, else those that stay.
func (s *site) fillPreview(v *visit, p *previewPage, all []gate.Preview) error {
	ids := p.Choice.IDs
	if len(ids) == 0 {
		for _, w := range p.Reasons {
			for _, ref := range w.refs {
				if !slices.Contains(ids, string(ref.ID)) {
					ids = append(ids, string(ref.ID))
				}
			}
		}
	}
	var rows []row
	var err error
	if len(ids) > 0 {
		if rows, err = s.chosen(v, ids); err != nil {
			return err
		}
	}
	p.matrix(rows, all)
	for i := range p.Reasons {
		p.Reasons[i].Rows = rowsOf(rows, p.Reasons[i].refs)
	}
	return s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		t, err := s.Desk.Pacts.InForce(tx, stix.ID(p.Choice.Pact))
		if err == nil {
			p.Pact, p.Erased = t.Pact, tx.Now().AddDate(0, 0, t.Pact.Terms.Retention.Days)
		}
		return err
	})
}

func rowsOf(rows []row, refs []mithaq.ItemRef) (list []row) {
	for _, ref := range refs {
		if i := slices.IndexFunc(rows, func(r row) bool { return r.ID == ref.ID }); i >= 0 {
			list = append(list, rows[i])
		}
	}
	return list
}

func (p *previewPage) matrix(rows []row, all []gate.Preview) {
	going := make([]map[int64]bool, len(all))
	for i := range all {
		going[i] = all[i].Going()
	}
	for _, r := range rows {
		one := matrixRow{row: r}
		for i := range all {
			c := p.cell(&r, going[i], p.Columns[i].To)
			if c.Goes || c.Waits {
				p.Columns[i].TLP = max(p.Columns[i].TLP, r.TLP)
			}
			one.Cells = append(one.Cells, c)
		}
		p.Rows = append(p.Rows, one)
	}
	slices.SortStableFunc(p.Rows, func(a, b matrixRow) int { return cmp.Compare(a.stays(), b.stays()) })
	p.More = max(0, p.Items-len(p.Rows))
}

// stays counts the partners that do not get it, so that what goes stands first.
func (r *matrixRow) stays() (n int) {
	for _, c := range r.Cells {
		if !c.Goes && !c.Waits {
			n++
		}
	}
	return n
}

func (p *previewPage) cell(r *row, going map[int64]bool, to mithaq.OrgID) cell {
	if waits, ok := going[r.Number]; ok {
		return cell{Goes: !waits, Waits: waits}
	}
	for _, w := range p.Reasons {
		if !slices.Contains(w.To, to) || !slices.ContainsFunc(w.refs, func(ref mithaq.ItemRef) bool { return ref.ID == r.ID }) {
			continue
		}
		c := cell{Why: w.Number}
		if len(w.Reasons) > 0 {
			c.Clause = mainly(w.Reasons)
		} else if len(w.Lines) > 0 {
			c.Line = w.Lines[0]
		}
		return c
	}
	return cell{}
}

// mainly is the clause to name first: not the one that a second person would meet,
// where others stand against it too.
func mainly(reasons []mithaq.Reason) mithaq.ClauseID {
	for _, r := range reasons {
		if r.Clause != mithaq.ClauseReview {
			return r.Clause
		}
	}
	return reasons[0].Clause
}

// share lets what was seen go, or asks a second person for it. What changed since
// it was seen is shown again instead.
func (s *site) share(v *visit) error {
	c, err := choiceOf(v)
	if err != nil {
		return err
	}
	ask, err := c.ask()
	if err != nil {
		return err
	}
	if ask.Seen, err = seenIn(v.r.PostForm); err != nil {
		return err
	}
	all, err := s.Desk.Gate.Propose(v.r.Context(), v.viewer, ask)
	if r := refusal(err); r != nil && r.Key == "gate.seen-other" {
		return s.showPreview(v, c, v.sentence(err))
	}
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Release != nil {
			return v.to("/releases?new=" + url.QueryEscape(string(all[i].Release.ID)))
		}
	}
	return v.to("/releases")
}

// seenIn reads what the preview said would go, by partner: a form without it
// decides nothing.
func seenIn(form url.Values) (map[mithaq.OrgID]mithaq.Digest, error) {
	seen := map[mithaq.OrgID]mithaq.Digest{}
	for name, values := range form {
		org, ok := strings.CutPrefix(name, "seen ")
		if !ok {
			continue
		}
		d, err := mithaq.ParseDigest(values[0])
		if err != nil {
			return nil, mithaq.Invalid
		}
		seen[mithaq.OrgID(org)] = d
	}
	if len(seen) == 0 {
		return nil, mithaq.Invalid
	}
	return seen, nil
}
