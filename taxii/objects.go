package taxii

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strconv"
)

// records runs a listing for one endpoint and sets the headers that every listing has.
// TAXII 2.1, 3.2
func (s *server) records(w http.ResponseWriter, r *http.Request, takes string, shape func(*Query)) (Page, error) {
	root, id := r.PathValue("root"), r.PathValue("collection")
	c, err := s.back.Collection(r.Context(), root, id)
	if err != nil {
		return Page{}, err
	}
	if !c.CanRead {
		return Page{}, Errorf(http.StatusForbidden, "this collection is not yours to read")
	}
	q, err := parseQuery(r.URL.RawQuery, takes, MaxPage)
	if err != nil {
		return Page{}, err
	}
	shape(&q)
	page, err := s.back.Records(r.Context(), root, id, q)
	if err != nil {
		return Page{}, err
	}
	if n := len(page.Records); n > 0 {
		w.Header().Set("X-TAXII-Date-Added-First", page.Records[0].added())
		w.Header().Set("X-TAXII-Date-Added-Last", page.Records[n-1].added())
	}
	return page, nil
}

// TAXII 2.1, 5.4
func (s *server) objects(w http.ResponseWriter, r *http.Request) error {
	page, err := s.records(w, r, forObjects, func(*Query) {})
	if err != nil {
		return err
	}
	return writeEnvelope(w, page)
}

// TAXII 2.1, 5.6
func (s *server) object(w http.ResponseWriter, r *http.Request) error {
	page, err := s.records(w, r, forObject, func(q *Query) { q.IDs = []string{r.PathValue("object")} })
	if err != nil {
		return err
	}
	if len(page.Records) == 0 && r.URL.RawQuery == "" {
		return NotFound("object")
	}
	return writeEnvelope(w, page)
}

// writeEnvelope writes objects byte for byte. TAXII 2.1, 3.7
func writeEnvelope(w http.ResponseWriter, page Page) error {
	w.Header().Set("Content-Type", MediaType)
	out := bufio.NewWriterSize(w, 32<<10)
	out.WriteByte('{')
	if page.More {
		out.WriteString(`"more":true`)
		if page.Next != "" {
			out.WriteString(`,"next":` + strconv.Quote(page.Next))
		}
		if len(page.Records) > 0 {
			out.WriteByte(',')
		}
	}
	for i, rec := range page.Records {
		if i == 0 {
			out.WriteString(`"objects":[`)
		} else {
			out.WriteByte(',')
		}
		out.Write(rec.Raw)
	}
	if len(page.Records) > 0 {
		out.WriteByte(']')
	}
	out.WriteByte('}')
	_ = out.Flush() // the client may have left; nothing more can be said to it
	return nil
}

// TAXII 2.1, 5.3
func (s *server) manifest(w http.ResponseWriter, r *http.Request) error {
	page, err := s.records(w, r, forObjects, func(q *Query) { q.Manifest = true })
	if err != nil {
		return err
	}
	type record struct {
		ID        string `json:"id"`
		DateAdded string `json:"date_added"`
		Version   string `json:"version"`
		MediaType string `json:"media_type"`
	}
	out := struct {
		More    bool     `json:"more,omitempty"`
		Next    string   `json:"next,omitempty"`
		Objects []record `json:"objects,omitempty"`
	}{More: page.More, Next: page.Next}
	for _, rec := range page.Records {
		out.Objects = append(out.Objects, record{rec.ID, rec.added(), rec.Version, rec.mediaType()})
	}
	return reply(w, http.StatusOK, out)
}

// TAXII 2.1, 5.8
func (s *server) versions(w http.ResponseWriter, r *http.Request) error {
	page, err := s.records(w, r, forVersions, func(q *Query) {
		q.IDs, q.Versions, q.Manifest = []string{r.PathValue("object")}, Versions{All: true}, true
	})
	if err != nil {
		return err
	}
	if len(page.Records) == 0 && r.URL.RawQuery == "" {
		return NotFound("object")
	}
	out := struct {
		More     bool     `json:"more,omitempty"`
		Next     string   `json:"next,omitempty"`
		Versions []string `json:"versions,omitempty"`
	}{More: page.More, Next: page.Next}
	for _, rec := range page.Records {
		out.Versions = append(out.Versions, rec.Version)
	}
	return reply(w, http.StatusOK, out)
}

// TAXII 2.1, 5.5
func (s *server) add(w http.ResponseWriter, r *http.Request) error {
	root, id := r.PathValue("root"), r.PathValue("collection")
	c, err := s.back.Collection(r.Context(), root, id)
	if err != nil {
		return err
	}
	if !c.CanWrite {
		return Errorf(http.StatusForbidden, "this collection is not yours to write")
	}
	if err := checkContentType(r); err != nil {
		return err
	}
	about, err := s.back.Root(r.Context(), root)
	if err != nil {
		return err
	}
	if r.ContentLength > about.MaxContentLength {
		return Errorf(http.StatusRequestEntityTooLarge, "a body may have at most %d bytes", about.MaxContentLength)
	}
	st, err := s.back.Add(r.Context(), root, id, http.MaxBytesReader(w, r.Body, about.MaxContentLength))
	if err != nil {
		return err
	}
	return reply(w, http.StatusAccepted, st)
}

// TAXII 2.1, 5.7
func (s *server) remove(w http.ResponseWriter, r *http.Request) error {
	root, id := r.PathValue("root"), r.PathValue("collection")
	c, err := s.back.Collection(r.Context(), root, id)
	if err != nil {
		return err
	}
	if !c.CanRead || !c.CanWrite {
		return Errorf(http.StatusForbidden, "deleting takes the right to read and to write")
	}
	q, err := parseQuery(r.URL.RawQuery, forDelete, MaxPage)
	if err != nil {
		return err
	}
	q.IDs = []string{r.PathValue("object")}
	if r.URL.Query().Get("match[version]") == "" {
		q.Versions = Versions{All: true}
	}
	if err := s.back.Delete(r.Context(), root, id, q); err != nil {
		return err
	}
	return reply(w, http.StatusOK, json.RawMessage(`{}`))
}
