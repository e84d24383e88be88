package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
)

//go:embed template/*.html
var templates embed.FS

// A sheet is the pages of one language, parsed once.
type sheet struct{ pages map[string]*template.Template }

func sheets() map[string]*sheet {
	all := map[string]*sheet{}
	for _, lang := range say.Languages {
		all[lang] = newSheet(say.For(lang))
	}
	return all
}

func newSheet(p *say.Printer) *sheet {
	s := &sheet{pages: map[string]*template.Template{}}
	base := template.Must(template.New("layout.html").Funcs(functions(p)).ParseFS(templates, "template/layout.html", "template/part-*.html"))
	files, err := templates.ReadDir("template")
	if err != nil {
		panic(err) // embedded above
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name == "layout" || strings.HasPrefix(name, "part-") {
			continue
		}
		s.pages[name] = template.Must(template.Must(base.Clone()).ParseFS(templates, path.Join("template", f.Name())))
	}
	return s
}

// functions are what templates call that depends on the language alone.
func functions(p *say.Printer) template.FuncMap {
	return template.FuncMap{
		"lang": p.Lang, "dir": p.Dir,
		"t":        p.T,
		"word":     func(vocabulary, value any) string { return string(p.Word(text(vocabulary), text(value))) },
		"foreign":  foreign,
		"code":     code,
		"words":    paragraphs,
		"tlp":      tlp,
		"icon":     icon,
		"short":    short,
		"count":    p.N,
		"number":   func(n any) string { return p.T("web.number", n) },
		"num":      whole,
		"own":      func(s any) say.Text { return say.Text(text(s)) },
		"join":     func(list []string, by string) string { return strings.Join(list, by) },
		"list":     func(list ...any) []string { return texts(list) },
		"text":     text,
		"clean":    func(s any) string { return say.Clean(text(s)) },
		"title":    func(t map[string]string) string { return mithaq.Texts(t).In(p.Lang()) },
		"plus":     func(a, b int) int { return a + b },
		"minus":    func(a, b int) int { return a - b },
		"plus1":    func(n any) int { return whole(n) + 1 },
		"minutes":  func(s int64) int { return int(s / 60) },
		"hours":    func(s int64) int { return int(s / 3600) },
		"days":     func(s int64) int { return int(s / 86400) },
		"isnow":    func(t any) bool { return !moment(t).IsZero() },
		"article":  func(c mithaq.ClauseID) string { return mithaq.ArticleTitle(c.Article()).Key },
		"stays":    func(c mithaq.ClauseID) string { return "web.stays." + c.String() },
		"level":    func(l fmt.Stringer) string { return "web." + strings.ToLower(strings.ReplaceAll(l.String(), ":", ".")) },
		"grade":    func(g fmt.Stringer) string { return "web.grade." + g.String() },
		"nature":   func(n mithaq.Nature) string { return "web.nature." + n.String() },
		"member":   func(name string) string { return memberName(p, name) },
		"task":     taskSaid,
		"counted":  func(w string) template.HTML { return countedSaid(p, w) },
		"noted":    func(m member) template.HTML { return notedSaid(p, m) },
		"sentence": heldSaid,
		"has":      func(list []string, one string) bool { return contains(list, one) },
		"strings":  texts,
		"pair":     pairOf,
		"isoday":   isoday,
		"lines":    lines,
	}
}

// A reader is on whose behalf a page is rendered; templates call its methods as
// $.When, $.Org and so on.
type reader struct{ v *visit }

// Org is what an organisation is called, in short.
func (r reader) Org(id any) template.HTML { return foreign(r.Name(id)) }

// Name is Org for places that take text alone.
func (r reader) Name(id any) string { return r.v.names.short(mithaq.OrgID(text(id))) }

// Whole is an organisation's whole name.
func (r reader) Whole(id any) template.HTML { return foreign(r.v.names.of(mithaq.OrgID(text(id)))) }

// Orgs are the names of several, for a sentence.
func (r reader) Orgs(list []mithaq.OrgID) template.HTML {
	said := string(r.Org(list[0]))
	for i, org := range list[1:] {
		key := "list.pair"
		if i == len(list)-2 {
			key = "web.and"
		}
		said = r.v.say.T(key, say.Text(said), say.Text(r.Org(org)))
	}
	return template.HTML(said) // made of escaped names and sentences of ours
}

// When is a day and a time to the minute, Day a day, and Clock a time of day.
func (r reader) When(t any) template.HTML { return stamp(moment(t), r.v.say.DateTime(moment(t))) }

// Came is when something came, for tables: the time of day where it was today.
func (r reader) Came(t any) template.HTML {
	at, now := moment(t), r.v.site.Now().UTC()
	if at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return stamp(at, r.v.say.T("web.clock", say.Text(at.Format("15:04"))))
	}
	return r.When(t)
}

// Day is the day of a time.
func (r reader) Day(t any) template.HTML { return stamp(moment(t), r.v.say.Date(moment(t))) }

// Msg says a message of the words, with dates as the reader has them.
func (r reader) Msg(m mithaq.Message) string { return r.v.say.Message(m) }

// Here is the address of the page, to come back to.
func (r reader) Here() string {
	if r.v.r.Method != http.MethodGet {
		return "/"
	}
	return r.v.r.URL.RequestURI()
}

// Asset is where a file of ours is.
func (r reader) Asset(name string) string { return r.v.site.assets.url(name) }

// A pair is what a part of a page is given: who reads, and what to show.
type pair struct {
	reader
	It any
}

func pairOf(f frame, it any) pair { return pair{f.reader, it} }

// Late reports whether a time is past.
func (r reader) Late(t any) bool { return !moment(t).IsZero() && !r.v.site.Now().Before(moment(t)) }

// isoday is a day as a form has it; "" for none.
func isoday(t any) string {
	if moment(t).IsZero() {
		return ""
	}
	return moment(t).Format(time.DateOnly)
}

// whole is a number for count, whatever its type.
func whole(n any) int {
	v := reflect.ValueOf(n)
	if v.CanUint() {
		return int(v.Uint())
	}
	return int(v.Int())
}

// moment is a time of either kind, in UTC.
func moment(t any) time.Time {
	switch t := t.(type) {
	case time.Time:
		return t.UTC()
	case *time.Time:
		return t.UTC()
	case mithaq.Time:
		return t.UTC()
	}
	return time.Time{}
}

func stamp(t time.Time, said string) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + template.HTMLEscapeString(said) + `</time>`)
}

// A frame is what the layout shows around every page.
type frame struct {
	reader
	Title   string
	Page    string // the name of its template, for the menu
	Body    any
	Person  string
	Roles   []mithaq.Role
	Ours    mithaq.OrgID
	Waiting int
	View    view
	Signed  bool
	Log     bool // they may read the log
	Legal   bool // they sit at the desk for the persons concerned
	Plain   bool // no menu: nobody is signed in
	Locales []locale
}

// A locale is a language to choose, by its own name.
type locale struct{ Tag, Name string }

var locales = []locale{{"ar", "العربية"}, {"fr", "Français"}, {"en", "English"}, {"tr", "Türkçe"}}

// show renders a page for whoever visits.
func (v *visit) show(name, title string, body any) error {
	v.showAs(http.StatusOK, name, title, body)
	return nil
}

// showAs renders into memory first, so that no half page is ever sent.
func (v *visit) showAs(status int, name, title string, body any) {
	f := frame{reader: reader{v}, Title: title, Page: name, Body: body, Ours: v.site.Desk.Org, View: v.view, Waiting: v.waiting, Locales: locales}
	if v.person != nil {
		f.Signed, f.Person, f.Roles, f.Log = true, v.person.Name, v.person.Roles, mayReadLog(v.viewer)
		f.Legal = mayServePersons(v.viewer)
	}
	if v.names == nil {
		v.names = names{v.site.Desk.Org: mithaq.Texts(v.site.Desk.Name).In(v.say.Lang())}
	}
	var b bytes.Buffer
	err := v.site.sheets[v.say.Lang()].pages[name].ExecuteTemplate(&b, "layout.html", f)
	if err != nil {
		v.site.Log.Error("page", "page", name, "error", err)
		http.Error(v.w, v.say.T("error.ours"), http.StatusInternalServerError)
		return
	}
	v.write(status, name, b.Bytes())
}

// write sends a page, gzipped but where it holds a secret.
func (v *visit) write(status int, name string, page []byte) {
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.say.Lang())
	h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if takesGzip(v.r) && name != "enter" && name != "secret" {
		h.Set("Content-Encoding", "gzip")
		page = gzipped(page)
	}
	v.w.WriteHeader(status)
	_, _ = v.w.Write(page) // the browser may have left
}
