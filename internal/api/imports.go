package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/indicator/sheet"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/pdftext"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) importRoutes() {
	verb(s, op{http.MethodGet, "/v1/sources", "sources", "Source profiles: the labels that imports get", 0}, s.sources)
	verb(s, op{http.MethodPost, "/v1/sources", "keep-source", "Keep a source profile", http.StatusCreated}, s.keepSource)
	verb(s, op{http.MethodPost, "/v1/imports/columns", "guess-columns", "How the beginning of a table is probably to be read, for a person to confirm", 0}, s.guessColumns)
	s.mux.HandleFunc("POST /v1/imports", s.importStream)
	s.describeImport()
}

func (s *server) sources(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]*mithaq.SourceProfile, error) {
	if v.Person == "" && v.Token == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.sign-in")
	}
	return read(ctx, s, func(tx *store.Tx) ([]*mithaq.SourceProfile, error) {
		list, err := s.Gate.Profiles(tx)
		if list == nil {
			list = []*mithaq.SourceProfile{}
		}
		return list, err
	})
}

// SourceIn is a profile as a person writes it; the node adds who and when.
type SourceIn struct {
	Name     string                     `json:"name" minLength:"1" maxLength:"200"`
	Default  json.RawMessage            `json:"default" doc:"a mithaq.Handling"`
	ByType   map[string]json.RawMessage `json:"by_type,omitempty"`
	Credited []string                   `json:"credited_fields,omitempty"`
	Basis    string                     `json:"legal_basis" minLength:"1"`
}

type sourceIn struct{ Body SourceIn }

// Source is a profile that was kept.
type Source struct {
	ID     stix.ID       `json:"id"`
	Digest mithaq.Digest `json:"digest"`
}

func (s *server) keepSource(ctx context.Context, v mithaq.Viewer, in *sourceIn) (Source, error) {
	return write(ctx, s, func(tx *store.Tx) (Source, error) {
		p, err := s.profile(tx, v, &in.Body)
		if err != nil {
			return Source{}, err
		}
		digest, err := s.Gate.KeepProfile(tx, v, p)
		return Source{p.ID, digest}, err
	})
}

func (s *server) profile(tx *store.Tx, v mithaq.Viewer, in *SourceIn) (*mithaq.SourceProfile, error) {
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(tx.Now()), in.Name)
	p.Org, p.Person, p.Basis = s.Org, v.Person, mithaq.LegalBasis{Ref: in.Basis}
	p.Credited = in.Credited
	if err := unmarshal(in.Default, &p.Default); err != nil {
		return nil, err
	}
	for typ, raw := range in.ByType {
		var h mithaq.Handling
		if err := unmarshal(raw, &h); err != nil {
			return nil, err
		}
		if p.ByType == nil {
			p.ByType = map[string]mithaq.Handling{}
		}
		p.ByType[typ] = h
	}
	return p, nil
}

type sheetIn struct {
	RawBody []byte `contentType:"application/octet-stream" doc:"the beginning of the table, 256 KiB at most"`
}

func (s *server) guessColumns(_ context.Context, v mithaq.Viewer, in *sheetIn) (sheet.Layout, error) {
	if !v.MayImport() {
		return sheet.Layout{}, mithaq.Refuse(mithaq.Denied, "gate.may-not-import")
	}
	l, err := sheet.Guess(in.RawBody[:min(len(in.RawBody), sheet.Head)])
	if err != nil {
		return l, mithaq.Refuse(mithaq.Invalid, "import.unreadable", err.Error())
	}
	return l, nil
}

// Imported counts what became of an import's objects.
type Imported struct {
	Read     int64      `json:"read"`
	Kept     int64      `json:"kept"`
	Known    int64      `json:"known"`
	Foreign  int64      `json:"foreign"`
	Refused  int64      `json:"refused"`
	Upgraded int64      `json:"upgraded"`
	Advice   int64      `json:"advice"`
	Versions int64      `json:"versions"`
	Doubts   int64      `json:"doubts,omitempty"`   // places of a text or a table that look like a value and are none
	Refusals []Rejected `json:"refusals,omitempty"` // the first of them
	Warned   []Warned   `json:"warned,omitempty"`   // objects with values to look at twice, the first of them
}

// Rejected is one object that was not taken in, and why.
type Rejected struct {
	Index int      `json:"index"` // in the source, from 0
	ID    stix.ID  `json:"id,omitempty"`
	Why   *Problem `json:"why"`
}

// Warned is one object that has values to look at twice.
type Warned struct {
	Index    int            `json:"index"` // in the source, from 0
	ID       stix.ID        `json:"id"`
	Warnings []gate.Warning `json:"warnings"`
}

// ImportLine is one line of an import's answer: progress lines and places of a
// text or a table, then one of the others.
type ImportLine struct {
	Objects int64      `json:"objects,omitempty"` // so far
	Bytes   int64      `json:"bytes,omitempty"`
	Row     *ImportRow `json:"row,omitempty"`
	Report  *Imported  `json:"report,omitempty"`
	Problem *Problem   `json:"problem,omitempty"`
}

// importStream takes a body of any size and answers in lines of JSON: how far it
// is, and at the end what became of everything.
func (s *server) importStream(w http.ResponseWriter, r *http.Request) {
	v, err := s.viewerOf(r)
	if err != nil {
		s.answerProblem(w, r, err)
		return
	}
	lines := newLines(w)
	q := r.URL.Query()
	how := gate.Import{
		Profile: stix.ID(q.Get("source")), Case: stix.ID(q.Get("case")), Strict: q.Get("strict") == "true",
		Name: q.Get("name"), Advise: q.Get("advise") == "true", Dry: q.Get("dry-run") == "true",
		Tell: func(objects, bytes int64) { lines.write(ImportLine{Objects: objects, Bytes: bytes}) },
	}
	last := ImportLine{}
	source, err := s.sourceOf(r, &how, lines)
	if err == nil {
		defer source.Close()
		var report *gate.Report
		report, err = s.Gate.Intake(r.Context(), v, source, how)
		if report != nil {
			last.Report = s.importedOf(r.Context(), report)
			last.Report.Doubts = lines.doubts
		}
	}
	if err != nil {
		last.Problem = s.problem(r.Context(), err)
	}
	lines.write(last)
}

// sourceOf is the STIX that the body is, or that is made of it.
func (s *server) sourceOf(r *http.Request, how *gate.Import, lines *importLines) (io.ReadCloser, error) {
	q := r.URL.Query()
	switch q.Get("format") {
	case "", "stix":
		return r.Body, nil
	case "text", "csv", "pdf":
	default:
		return nil, mithaq.Refuse(mithaq.Invalid, "import.format", q.Get("format"))
	}
	now, err := read(r.Context(), s, func(tx *store.Tx) (time.Time, error) { return tx.Now(), nil })
	if err != nil {
		return nil, err
	}
	m, err := makerOf(q, q.Get("source"), now)
	if err != nil {
		return nil, err
	}
	if m.Labels, err = read(r.Context(), s, func(tx *store.Tx) ([]string, error) { return s.Lists.Spell(tx, m.Labels) }); err != nil {
		return nil, err
	}
	d := &drawing{
		maker: m, disguised: q.Get("disguised") == "true", tell: lines.row,
		problem: func(err error) *Problem { return s.problem(r.Context(), err) },
	}
	how.Each = d.fate
	if q.Get("format") != "pdf" {
		return d.draw(r.Body, q)
	}
	text, err := pdftext.Of(r.Context(), r.Body)
	if err != nil {
		return nil, err
	}
	return d.draw(bytes.NewReader(text), q)
}

// importLines are the lines of an answer, which several may write.
type importLines struct {
	mu     sync.Mutex
	out    *json.Encoder
	flush  *http.ResponseController
	doubts int64
}

func newLines(w http.ResponseWriter) *importLines {
	w.Header().Set("Content-Type", "application/x-ndjson")
	l := &importLines{out: json.NewEncoder(w), flush: http.NewResponseController(w)}
	_ = l.flush.EnableFullDuplex() // lines go out while the body comes in, where the server can
	return l
}

func (l *importLines) write(line ImportLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.out.Encode(line) // the client may have left
	switch {
	case line.Row == nil:
		_ = l.flush.Flush()
	case line.Row.Fate == Doubt:
		l.doubts++
	}
}

func (l *importLines) row(row ImportRow) { l.write(ImportLine{Row: &row}) }

func (s *server) importedOf(ctx context.Context, r *gate.Report) *Imported {
	out := &Imported{
		Read: r.Read, Kept: r.Kept, Known: r.Known, Foreign: r.Foreign, Refused: r.Refused,
		Upgraded: r.Upgraded, Advice: r.Advice, Versions: r.Versions,
	}
	for _, one := range r.Refusals {
		out.Refusals = append(out.Refusals, Rejected{one.Index, one.ID, s.problem(ctx, one.Why)})
	}
	for _, one := range r.Warned {
		out.Warned = append(out.Warned, Warned{one.Index, one.ID, one.Warned})
	}
	return out
}

// viewerOf finds out who asks, for the verbs that are no JSON operations.
func (s *server) viewerOf(r *http.Request) (mithaq.Viewer, error) {
	return s.bearer(r.Context(), r.Header.Get)
}

func (s *server) answerProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	if p.Key != "" {
		p.Detail = say.For(r.Header.Get("Accept-Language")).T(p.Key, anys(p.Args)...)
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// describeImport adds the stream to the description.
func (s *server) describeImport() {
	param := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	s.describe(&huma.Operation{
		OperationID: "import", Method: http.MethodPost, Path: "/v1/imports",
		Summary: "Take in a bundle, an envelope, an array or lines of STIX 2.1 or 2.0, of any size; or a text, or a table",
		Parameters: []*huma.Param{
			param("source", "id of the source profile that gives labels"), param("case", "why it is held"),
			param("strict", "true: all or nothing"), param("name", "of the source, for the log"), param("advise", "true: count departures from what the standard advises"),
			param("dry-run", "true: keep nothing, and say what would become of everything"), param("format", "stix (where absent), text or csv"),
			param("columns", "how the table is to be read: a layout, as JSON"), param("encoding", "of a text that is not Unicode"),
			param("make", "of values: indicators (where absent), observables or both"), param("date", "of the source: indicators hold from then; today where absent"),
			param("until", "when indicators end to hold"), param("label", "of what is made; may be repeated"), param("type", "of indicators, STIX 2.1, 10.7; may be repeated"),
			param("disguised", "true: addresses count only where they are disguised, as in evil[.]example"),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {}}},
		Responses:   map[string]*huma.Response{"200": {Description: "Lines of JSON: progress, then the report", Content: map[string]*huma.MediaType{"application/x-ndjson": {}}}},
	})
}
