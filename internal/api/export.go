package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/detection"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/pattern"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// ReportHeader is the header of an exported file that says what is in it, as
// JSON: an ExportReport without its list.
const ReportHeader = "Mithaq-Report"

// ExportReport says what an exported file has, and what it has not.
type ExportReport struct {
	gate.Exported
	Use    mithaq.Exposure  `json:"use"`
	Values int              `json:"values"`         // in the file, each once
	Lines  int              `json:"lines"`          // of the file but for comments
	Unfit  int              `json:"unfit"`          // values or patterns for which the format has no place
	List   []detection.Left `json:"list,omitempty"` // of those, with a dry run
}

func (s *server) exportRoutes() {
	s.mux.HandleFunc("GET /v1/export", s.export)
	param := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	s.describe(&huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: "/v1/export", Summary: "Indicators that hold now, as a file for what detects; a read with a purpose",
		Parameters: []*huma.Param{
			param("format", "suricata, rpz, csv, hashes or text"), param("use", "search, watch or block: what PAP must permit; by the format where absent"),
			param("tlp", "the strictest label that may be in it; TLP:AMBER+STRICT where absent"), param("source", "of one source profile or pact"), param("giver", "of one giver"),
			param("case", "of one case"), param("kind", "of value; may be repeated"), param("subdomains", "true: names below a domain count too"),
			param("action", "of Suricata rules: alert, drop or reject"), param("first-sid", "number of the first rule"), param("zone", "name of the response policy zone"),
			param("policy", "of the zone: nxdomain, nodata or drop"), param("dry-run", "true: say what the file would have and what not, as JSON"),
		},
		Responses: map[string]*huma.Response{"200": {
			Description: "The file; the header " + ReportHeader + " says what is in it and how much is left out", Content: map[string]*huma.MediaType{"text/plain": {}, "application/json": {}},
		}},
	})
}

// exporting is one request for a file.
type exporting struct {
	options detection.Options
	how     gate.Exporting
	dry     bool
	entries []detection.Entry
	report  ExportReport
}

func (s *server) export(w http.ResponseWriter, r *http.Request) {
	v, err := s.viewerOf(r)
	if err != nil {
		s.answerProblem(w, r, err)
		return
	}
	x, err := s.exporting(r.Context(), r.URL.Query())
	if err == nil {
		err = s.gather(r.Context(), v, x)
	}
	if err != nil {
		s.answerProblem(w, r, err)
		return
	}
	var file strings.Builder
	written, err := detection.Write(&file, x.options, x.entries)
	if err != nil {
		s.answerProblem(w, r, err)
		return
	}
	x.report.Values, x.report.Lines = written.Values, written.Lines
	x.report.List = append(x.report.List, written.Left...)
	x.report.Unfit = len(x.report.List)
	x.answer(w, file.String())
}

func (x *exporting) answer(w http.ResponseWriter, file string) {
	if x.dry {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(x.report) // the client may have left
		return
	}
	x.report.List = nil
	head, _ := json.Marshal(x.report) // numbers and words
	w.Header().Set(ReportHeader, string(head))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", "attachment")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(file))
}

func (s *server) exporting(ctx context.Context, q url.Values) (*exporting, error) {
	x := &exporting{dry: q.Get("dry-run") == "true"}
	x.options = detection.Options{
		Format: detection.Format(q.Get("format")), Subdomains: q.Get("subdomains") == "true", Action: q.Get("action"),
		Zone: q.Get("zone"), Policy: q.Get("policy"),
	}
	for _, k := range q["kind"] {
		x.options.Kinds = append(x.options.Kinds, value.Kind(k))
	}
	if word := q.Get("first-sid"); word != "" {
		n, err := strconv.ParseUint(word, 10, 31)
		if err != nil {
			return nil, mithaq.Refuse(mithaq.Invalid, "export.options", "first-sid: "+word)
		}
		x.options.FirstSID = int(n)
	}
	if err := x.options.Check(); err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "export.options", err.Error())
	}
	now, err := read(ctx, s, func(tx *store.Tx) (time.Time, error) { return tx.Now(), nil })
	if err != nil {
		return nil, err
	}
	x.options.Serial = uint32(now.Unix()) //nolint:gosec // a serial number wraps around, RFC 1982
	x.how.Selection = gate.Selection{Under: stix.ID(q.Get("source")), Giver: mithaq.OrgID(q.Get("giver")), Case: stix.ID(q.Get("case"))}
	x.how.Format = string(x.options.Format)
	return x, x.permissions(q)
}

// permissions says what the labels must permit. A list that says nothing of its
// use may end in a blocker.
func (x *exporting) permissions(q url.Values) error {
	least := mithaq.Block
	if x.options.Format == detection.Suricata && (x.options.Action == "" || x.options.Action == "alert") {
		least = mithaq.Watch
	}
	use := mithaq.Exposure(q.Get("use"))
	touches := x.options.Format == detection.RPZ || x.options.Format == detection.Suricata
	switch {
	case use == "":
		use = least
	case touches && use != mithaq.Block && use != least:
		return mithaq.Refuse(mithaq.Invalid, "export.use", string(x.options.Format), string(use))
	}
	x.report.Use, x.how.Use.Exposure, x.how.Use.TLP = use, use, stix.TLPAmberStrict
	word := q.Get("tlp")
	if word == "" {
		return nil
	}
	tlp, err := stix.ParseTLP(strings.ToUpper(word))
	if err != nil {
		return mithaq.Refuse(mithaq.Invalid, "export.options", "tlp: "+word)
	}
	x.how.Use.TLP = tlp
	return nil
}

// gather takes the indicators; that it was read is durable when it returns.
func (s *server) gather(ctx context.Context, v mithaq.Viewer, x *exporting) error {
	x.how.Take = x.take
	out, err := s.Gate.Export(ctx, v, x.how)
	if err != nil {
		return err
	}
	x.report.Exported = *out
	x.options.Head = []string{
		"Made by Mithaq of " + string(s.Org) + " for " + string(v.Purpose) + ", to " + string(x.how.Use.Exposure),
	}
	if out.TLP != 0 {
		x.options.Head = append(x.options.Head, "The strictest label in it: "+out.TLP.String())
	}
	return s.spend(ctx, v, out.Taken)
}

// take reduces one indicator to the values it looks for.
func (x *exporting) take(o *stix.Object, h *mithaq.Handling) {
	e := detection.Entry{ID: o.ID(), Name: o.Name(), TLP: h.TLP, PAP: h.PAP.String(), Labels: o.Labels()}
	from, _ := o.Time("valid_from")
	until, ok := o.Time("valid_until")
	if e.From = from.Time(); ok {
		e.Until = until.Time()
	}
	p, err := pattern.Parse(o.String("pattern"))
	if o.String("pattern_type") != "stix" || err != nil {
		x.report.List = append(x.report.List, detection.Left{ID: e.ID, Why: "the pattern is no STIX pattern"})
		return
	}
	values, ok := detection.Reduce(p)
	if !ok {
		x.report.List = append(x.report.List, detection.Left{ID: e.ID, Why: "the pattern is more than a choice of values"})
		return
	}
	e.Values = values
	x.entries = append(x.entries, e)
}
