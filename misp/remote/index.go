package remote

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

// A Row is what the index says of one event.
type Row struct {
	UUID      string
	Timestamp int64 // seconds since 1970
	Sighted   int64 // when it was last sighted; 0 for never
	Published bool
	Orgc      string // UUID of the organisation that made it
}

// Filter asks for some events of the index.
type Filter struct {
	From, Until string // dates of events, such as 2026-01-31; "" for no bound
	Tags        []string
	All         bool // those too that are not published
}

func (f *Filter) body() []byte {
	ask := map[string]any{"minimal": 1}
	if !f.All {
		ask["published"] = 1
	}
	for name, value := range map[string]string{"searchDatefrom": f.From, "searchDateuntil": f.Until} {
		if value != "" {
			ask[name] = value
		}
	}
	if len(f.Tags) > 0 {
		ask["searchtag"] = f.Tags
	}
	raw, _ := json.Marshal(ask, json.Deterministic(true)) // of texts and numbers
	return raw
}

// maxRow bounds one row of an index.
const maxRow = 64 << 10

// Index gives each event of the server, as it lists them, one at a time. etag is
// that of the index as it was read before, "" for none; where the server says
// that nothing has changed since, no row is given, and changed is false.
func (s *Server) Index(ctx context.Context, f Filter, etag string, each func(Row) error) (now string, changed bool, err error) {
	res, err := s.do(ctx, request{method: http.MethodPost, path: "/events/index", body: f.body(), etag: etag})
	if err != nil {
		return "", false, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotModified {
		return etag, false, nil
	}
	d := jsontext.NewDecoder(res.Body)
	if d.PeekKind() != '[' {
		return "", false, &AnswerError{"want a list of events"}
	}
	if _, err := d.ReadToken(); err != nil {
		return "", false, err
	}
	for d.PeekKind() == '{' {
		raw, err := d.ReadValue()
		if err != nil {
			return "", false, err
		}
		row, err := rowOf(raw.Clone())
		if err == nil {
			err = each(row)
		}
		if err != nil {
			return "", false, err
		}
	}
	if _, err := d.ReadToken(); err != nil { // what was cut off is no index
		return "", false, &AnswerError{err.Error()}
	}
	return res.Header.Get("ETag"), true, nil
}

func rowOf(raw []byte) (Row, error) {
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: maxRow})
	if err != nil {
		return Row{}, &AnswerError{err.Error()}
	}
	if inner := rec.Record("Event"); inner != nil {
		rec = inner
	}
	row := Row{UUID: rec.Text("uuid"), Published: rec.Bool("published"), Orgc: rec.Text("orgc_uuid")}
	row.Timestamp, _ = rec.Int("timestamp") // 0 where it says none: then it is always asked for
	row.Sighted, _ = rec.Int("sighting_timestamp")
	if !isUUID(row.UUID) {
		return Row{}, &AnswerError{"an event without a UUID"}
	}
	return row, nil
}
