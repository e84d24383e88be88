package taxii

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Feed is a collection as a client reads it and writes to it.
type Feed struct {
	Client     *Client
	Root       string // URL of the API root, or a path on the client's server
	Collection string // id or alias
	Filter     Filter
	MaxPages   int // read in one run; 0: 100 000
}

// Filter says what of a collection is wanted. TAXII 2.1, 3.4
type Filter struct {
	IDs, Types, Versions, SpecVersions []string
	Limit                              int // objects a page; 0: what the server likes
}

// Batch is a page that came. Objects are the bytes the server sent, not looked
// into. Cursor stands behind them.
type Batch struct {
	Objects []jsontext.Value
	Cursor  Cursor
}

// A StuckError says that a collection cannot be read on: it would never end.
type StuckError struct {
	Collection string
	Pages      int // read in this run
	Why        string
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("collection %s is stuck after %d pages: %s", e.Collection, e.Pages, e.Why)
}

// barren is how many pages in a row may bring nothing new while there is
// "more". One may, when what was to come was deleted (TAXII 2.1, 3.5).
const barren = 3

// Batches reads page after page from a place on, until the server has no more.
// It ends with an error at the first page that cannot be had, and with a
// [StuckError] where the server leads in a circle. Whoever keeps the Cursor of
// the last page they stored goes on from there, whatever happened.
func (f *Feed) Batches(ctx context.Context, from Cursor) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if err := f.Client.settle(ctx); err != nil {
			yield(Batch{Cursor: from}, err)
			return
		}
		run := run{feed: f, asked: map[string]bool{}, seed: maphash.MakeSeed()}
		for at := from; ; {
			page, more, err := run.step(ctx, at)
			if err != nil {
				yield(Batch{Cursor: at}, err)
				return
			}
			if !yield(page, nil) || !more {
				return
			}
			at = page.Cursor
		}
	}
}

// Objects reads object after object. at is moved on when a page's last object
// has been taken, so that a loop left early reads its page again.
func (f *Feed) Objects(ctx context.Context, at *Cursor) iter.Seq2[jsontext.Value, error] {
	return func(yield func(jsontext.Value, error) bool) {
		for page, err := range f.Batches(ctx, *at) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, o := range page.Objects {
				if !yield(o, nil) {
					return
				}
			}
			*at = page.Cursor
		}
	}
}

// run is one reading of a feed, with what it takes to see a circle.
type run struct {
	feed        *Feed
	pages       int
	without     int // pages in a row without anything new
	asked       map[string]bool
	seed        maphash.Seed
	young, aged map[uint64]struct{} // objects seen, the latest some ten thousands
}

// generation is how many objects make a generation of seen ones.
const generation = 1 << 16

// step reads the page at a place.
func (r *run) step(ctx context.Context, at Cursor) (Batch, bool, error) {
	key, _ := at.MarshalText() // cannot fail
	again := r.asked[string(key)]
	if again && !at.resumes() || r.pages >= cmp.Or(r.feed.MaxPages, 100_000) {
		return Batch{}, false, r.stuck(at)
	}
	r.asked[string(key)] = true
	got, err := r.feed.page(ctx, at)
	if r.pages == 0 && at.resumes() && !r.feed.stands(ctx, at, got, err) {
		r.pages++
		return Batch{Cursor: at.fallen()}, true, nil
	}
	if err != nil {
		return Batch{}, false, fmt.Errorf("collection %s: %w", r.feed.Collection, err)
	}
	page, more, err := r.feed.place(at, got)
	if err != nil {
		return Batch{}, false, fmt.Errorf("collection %s: %w", r.feed.Collection, err)
	}
	r.pages++
	if !more {
		return page, false, nil
	}
	return page, true, r.progress(at, page, again)
}

// progress counts the pages that bring nothing new. Some servers keep the place
// by themselves and give the same next each time: that is a circle only when
// the page is one that was read.
func (r *run) progress(at Cursor, page Batch, again bool) error {
	if r.fresh(page.Objects) {
		r.without = 0
		return nil
	}
	if r.without++; again {
		return r.stuck(at)
	}
	if r.without > barren {
		return &StuckError{r.feed.Collection, r.pages, fmt.Sprintf("%d pages in a row said more and brought nothing new", r.without)}
	}
	return nil
}

// stands reports whether a place from an earlier run is one still: a server
// that keeps the place by itself has moved on with each page it gave, also one
// that was never stored. It answers the same request in two ways.
func (f *Feed) stands(ctx context.Context, at Cursor, got wirePage, err error) bool {
	if err != nil || at.Next == "" {
		return !forgotten(err)
	}
	second, err := f.page(ctx, at)
	return err == nil && len(got.Objects) > 0 && slices.EqualFunc(got.Objects, second.Objects, func(a, b jsontext.Value) bool { return bytes.Equal(a, b) })
}

// forgotten reports whether a server no longer knows the place it gave us.
func forgotten(err error) bool {
	s := statusOf(err)
	return s == http.StatusBadRequest || s == http.StatusNotFound || s == http.StatusGone || s == http.StatusInternalServerError || s == http.StatusRequestedRangeNotSatisfiable
}

func (r *run) stuck(at Cursor) *StuckError {
	why := "the server leads back to a page that was read"
	if r.pages >= cmp.Or(r.feed.MaxPages, 100_000) {
		why = "it says more, page after page"
	} else if !at.resumes() {
		why = "it says more, gives no next, and its clock stands still at " + stamped(at.After)
	}
	return &StuckError{r.feed.Collection, r.pages, why}
}

// fresh reports whether any object was not seen lately, and remembers all.
func (r *run) fresh(objects []jsontext.Value) (any bool) {
	if len(r.young) > generation || r.young == nil {
		r.young, r.aged = map[uint64]struct{}{}, r.young
	}
	for _, o := range objects {
		h := maphash.Bytes(r.seed, o)
		_, young := r.young[h]
		_, aged := r.aged[h]
		any = any || !young && !aged
		r.young[h] = struct{}{}
	}
	return any
}

// wirePage is an envelope, a TAXII 2.0 bundle, or an empty answer.
type wirePage struct {
	More    bool             `json:"more"`
	Next    string           `json:"next"`
	Objects []jsontext.Value `json:"objects"`

	header http.Header
	status int
}

// page asks for one page.
func (f *Feed) page(ctx context.Context, at Cursor) (wirePage, error) {
	where, err := f.Client.join(f.Root, "collections/"+url.PathEscape(f.Collection)+"/objects/")
	if err != nil {
		return wirePage{}, err
	}
	q := request{method: http.MethodGet, url: where, accept: f.Client.dialect().objects}
	if f.old() {
		q.accept += ", " + f.Client.dialect().taxii
		q.span = fmt.Sprintf("items %d-%d", at.Skip, at.Skip+f.pageSize()-1)
	}
	if query := f.query(at).Encode(); query != "" {
		q.url += "?" + query
	}
	got, err := f.Client.do(ctx, q)
	if f.old() && statusOf(err) == http.StatusBadRequest {
		q.span = strings.Replace(q.span, " ", "=", 1) // as HTTP would have it; servers differ
		got, err = f.Client.do(ctx, q)
	}
	if err != nil {
		if f.old() && statusOf(err) == http.StatusRequestedRangeNotSatisfiable && !at.resumes() {
			return wirePage{}, nil // nothing is there
		}
		return wirePage{}, err
	}
	p := wirePage{header: got.header, status: got.status}
	if len(got.body) == 0 {
		return p, nil
	}
	// Whether an object is well made is asked of each, so that one cannot spoil a page.
	err = json.Unmarshal(got.body, &p, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		err = &AnswerError{Why: "it is no envelope: " + err.Error()}
	}
	return p, err
}

func (f *Feed) old() bool { return f.Client.known() == V20 }

// pageSize is for TAXII 2.0, where the client always says how much it wants.
func (f *Feed) pageSize() int { return cmp.Or(f.Filter.Limit, 1000) }

func (f *Feed) query(at Cursor) url.Values {
	v := url.Values{}
	if !at.After.IsZero() {
		v.Set("added_after", stamped(at.After))
	}
	if at.Next != "" {
		v.Set("next", at.Next)
	}
	if f.Filter.Limit > 0 && !f.old() {
		v.Set("limit", strconv.Itoa(f.Filter.Limit))
	}
	for name, list := range map[string][]string{
		"match[id]": f.Filter.IDs, "match[type]": f.Filter.Types,
		"match[version]": f.Filter.Versions, "match[spec_version]": f.Filter.SpecVersions,
	} {
		if len(list) > 0 {
			v.Set(name, strings.Join(list, ","))
		}
	}
	return v
}

// place is where a page leads, and whether there is more. A clock that goes
// back is no place to go on from.
func (f *Feed) place(at Cursor, p wirePage) (Batch, bool, error) {
	c := Cursor{After: at.After, Last: at.Last}
	if last, ok := dated(p.header); ok && len(p.Objects) > 0 {
		if last.Before(later(at.After, at.Last)) {
			return Batch{}, false, &AnswerError{Why: fmt.Sprintf("its clock goes back: %s after %s", stamped(last), stamped(later(at.After, at.Last)))}
		}
		c.Last = last
	}
	more := p.More
	switch {
	case f.old():
		c.Skip, more = skipped(at.Skip, p)
	case more && len(p.Next) > maxNext:
		return Batch{}, false, &AnswerError{Why: fmt.Sprintf("its next has %d bytes", len(p.Next))}
	case more && p.Next != "":
		c.Next = p.Next
	}
	if !c.resumes() {
		c = c.done()
	}
	return Batch{p.Objects, c}, more, nil
}

// maxNext bounds what a server can make us keep and send back. It has to fit
// into a URL, and few servers read one longer.
const maxNext = 4 << 10

// dated is when a page's last object was added, as its header says.
func dated(h http.Header) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, h.Get(addedLast))
	return t.UTC(), err == nil
}

// skipped is how many items have been read, and whether there are more: a 206
// has a Content-Range such as items 0-99/500. A 200 is all there is.
func skipped(before int, p wirePage) (int, bool) {
	var from, to, total int
	said := p.header.Get("Content-Range")
	n, err := fmt.Sscanf(said, "items %d-%d/%d", &from, &to, &total)
	if p.status != http.StatusPartialContent || len(p.Objects) == 0 {
		return 0, false
	}
	if err == nil && n == 3 && before+len(p.Objects) >= total {
		return 0, false
	}
	return before + len(p.Objects), true
}

// Stuck reports whether err says that a server leads in a circle.
func Stuck(err error) bool {
	_, ok := errors.AsType[*StuckError](err)
	return ok
}
