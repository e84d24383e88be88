package taxii

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	addedFirst = "X-TAXII-Date-Added-First"
	addedLast  = "X-TAXII-Date-Added-Last"
)

// listing asks for a page and sets the headers that every listing has.
func (c *call) listing(takes string, shape func(*Query)) (Page, error) {
	about, err := c.Backend.Collection(c.r.Context(), c.root, c.id)
	if err != nil {
		return Page{}, err
	}
	if !about.CanRead {
		return Page{}, Errorf(http.StatusForbidden, "this collection is not yours to read")
	}
	q, err := parseQuery(c.r.URL.RawQuery, takes, c.page())
	if err != nil {
		return Page{}, err
	}
	shape(&q)
	page, err := c.Backend.Records(c.r.Context(), c.root, c.id, q)
	if err != nil {
		return Page{}, err
	}
	if c.object != "" && page.empty() {
		if err := c.exists(q); err != nil {
			return Page{}, err
		}
	}
	c.stamp(page, q)
	return page, nil
}

// exists tells an object that is not there from one of which this page has
// nothing: only the first is a 404, as is a version named that is not there.
// TAXII 2.1, 5.6 and 5.7
func (c *call) exists(q Query) error {
	q.AddedAfter, q.Next, q.SpecVersions, q.Limit, q.Manifest = time.Time{}, "", nil, 1, true
	page, err := c.Backend.Records(c.r.Context(), c.root, c.id, q)
	if err == nil && page.empty() {
		err = NotFound("object")
	}
	return err
}

// stamp sets when the page's first and last records were added. Every listing
// has the two, an empty one as well, so that a client that goes on from the
// last stands where it stood. TAXII 2.1, 3.2
func (c *call) stamp(page Page, q Query) {
	first, last := page.At, page.At
	switch n := len(page.Records); {
	case n > 0:
		first, last = page.Records[0].DateAdded, page.Records[n-1].DateAdded
	case len(page.Objects) > 0:
		first = page.From
	case first.IsZero():
		first, last = q.AddedAfter, q.AddedAfter
	}
	c.w.Header().Set(addedFirst, stamped(first))
	c.w.Header().Set(addedLast, stamped(last))
}

// stamped writes a time; the zero time becomes the start of 1970, from which
// everything is listed.
func stamped(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(TimeFormat)
}

// TAXII 2.1, 5.4
func (c *call) objects() error {
	page, err := c.listing(forObjects, func(*Query) {})
	if err != nil {
		return err
	}
	c.envelope(page)
	return nil
}

// TAXII 2.1, 5.6
func (c *call) oneObject() error {
	page, err := c.listing(forObject, func(q *Query) { q.IDs = []string{c.object} })
	if err != nil {
		return err
	}
	c.envelope(page)
	return nil
}

var comma, bracket, closing = []byte{','}, []byte(`"objects":[`), []byte("]}")

// envelope writes objects byte for byte. TAXII 2.1, 3.7
func (c *call) envelope(page Page) {
	head := page.head()
	if page.empty() {
		c.write(http.StatusOK, head, []byte{'}'})
		return
	}
	parts := make([][]byte, 0, 2*len(page.Records)+5)
	parts = append(parts, head)
	if len(head) > 1 {
		parts = append(parts, comma)
	}
	parts = append(parts, bracket)
	if len(page.Objects) > 0 {
		parts = append(parts, page.Objects)
	}
	for i, rec := range page.Records {
		if i > 0 {
			parts = append(parts, comma)
		}
		parts = append(parts, rec.Raw)
	}
	c.write(http.StatusOK, append(parts, closing)...)
}

// head is the start of an envelope, up to more and next.
func (p Page) head() []byte {
	head := []byte{'{'}
	if !p.More {
		return head
	}
	head = append(head, `"more":true`...)
	if p.Next != "" {
		next, _ := json.Marshal(p.Next) // a string always can be
		head = append(append(head, `,"next":`...), next...)
	}
	return head
}

// TAXII 2.1, 5.3
func (c *call) manifest() error {
	page, err := c.listing(forObjects, func(q *Query) { q.Manifest = true })
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
	}{More: page.More, Next: page.next()}
	for _, rec := range page.Records {
		out.Objects = append(out.Objects, record{rec.ID, rec.added(), rec.Version, rec.mediaType()})
	}
	return c.reply(http.StatusOK, out)
}

// TAXII 2.1, 5.8
func (c *call) versions() error {
	page, err := c.listing(forVersions, func(q *Query) {
		q.IDs, q.Versions, q.Manifest = []string{c.object}, Versions{All: true}, true
	})
	if err != nil {
		return err
	}
	out := struct {
		More     bool     `json:"more,omitempty"`
		Next     string   `json:"next,omitempty"`
		Versions []string `json:"versions,omitempty"`
	}{More: page.More, Next: page.next()}
	for _, rec := range page.Records {
		out.Versions = append(out.Versions, rec.Version)
	}
	return c.reply(http.StatusOK, out)
}

// next is empty where nothing follows. TAXII 2.1, 3.7
func (p Page) next() string {
	if !p.More {
		return ""
	}
	return p.Next
}

// TAXII 2.1, 5.5
func (c *call) add() error {
	about, err := c.Backend.Collection(c.r.Context(), c.root, c.id)
	if err != nil {
		return err
	}
	if !about.CanWrite {
		return Errorf(http.StatusForbidden, "this collection is not yours to write")
	}
	if err := checkContentType(c.r); err != nil {
		return err
	}
	root, err := c.Backend.Root(c.r.Context(), c.root)
	if err != nil {
		return err
	}
	body, err := c.body(root.MaxContentLength)
	if err != nil {
		return err
	}
	st, err := c.Backend.Add(c.r.Context(), c.root, c.id, body)
	if err != nil {
		return err
	}
	return c.reply(http.StatusAccepted, st)
}

// TAXII 2.1, 5.7
func (c *call) remove() error {
	about, err := c.Backend.Collection(c.r.Context(), c.root, c.id)
	switch {
	case err != nil:
		return err
	case !about.CanRead && !about.CanWrite:
		return NotFound("object")
	case !about.CanRead || !about.CanWrite:
		return Errorf(http.StatusForbidden, "deleting takes the right to read and to write")
	}
	q, err := parseQuery(c.r.URL.RawQuery, forDelete, c.page())
	if err != nil {
		return err
	}
	q.IDs = []string{c.object}
	if err := c.Backend.Delete(c.r.Context(), c.root, c.id, q); err != nil {
		return err
	}
	// The standard has no payload here. Some clients read every answer as JSON,
	// so that an empty one would be an error to them.
	return c.reply(http.StatusOK, json.RawMessage(`{}`))
}
