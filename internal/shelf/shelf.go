// Package shelf serves what a node holds to the organisation's own tools, as
// TAXII 2.1: one API root with one collection, in which each caller finds what
// they may read and nothing else.
//
//	/own/collections/{id}/objects/     GET: what the caller may read, by date added
//	                                   POST: an import under the source profile set for it
//
// What was recalled, has lapsed or was erased is not found any more, by any
// road. Each answer that holds something is an entry of the own log, with the
// reason that the caller's token carries, before its first byte.
//
// What an attacker holding it can do: whoever has a token reads what its
// purpose, case and budget allow, and each request leaves an entry.
package shelf

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// Root is the API root under which a node's own holdings stand.
const Root = "own"

// Config says what a Shelf serves.
type Config struct {
	Gate *gate.Gate
	Org  mithaq.OrgID
	// Profile is the source profile under which what is posted is taken in; ""
	// where nothing may be posted.
	Profile stix.ID
	// Spend takes objects from the budget of whoever asks; its refusal ends the
	// request. nil for no budgets.
	Spend func(ctx context.Context, v mithaq.Viewer, objects int64) error
	// Empty is told of each request that found nothing, which leaves no entry of
	// its own. nil for nobody.
	Empty func(v mithaq.Viewer)
	// MaxBytes bounds one POST; 64 MiB when zero.
	MaxBytes int64
	Now      func() time.Time // time.Now when nil
}

// A Shelf is a taxii.Backend over a gate.
type Shelf struct {
	Config
	id       string
	statuses statuses
}

var _ taxii.Backend = (*Shelf)(nil)

// New makes a Shelf.
func New(cfg Config) *Shelf {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 64 << 20
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Shelf{Config: cfg, id: collectionID(cfg.Org)}
}

// collectionID is the same for a node at all times, and has the form of a UUID
// of version 4, which the standard asks for. TAXII 2.1, 2
func collectionID(org mithaq.OrgID) string {
	sum := sha256.Sum256([]byte("mithaq/v1/collection\x00own\x00" + string(org)))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

type viewerKey struct{}

// WithViewer puts the caller into the context of a request, for whatever
// authenticates it.
func WithViewer(ctx context.Context, v mithaq.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

func viewer(ctx context.Context) (mithaq.Viewer, error) {
	v, ok := ctx.Value(viewerKey{}).(mithaq.Viewer)
	if !ok || v.Check() != nil || v.Partner != "" || v.Node {
		return v, taxii.Errorf(http.StatusUnauthorized, "sign in")
	}
	return v, nil
}

// Discovery names the one API root.
func (s *Shelf) Discovery(ctx context.Context) (taxii.Discovery, error) {
	if _, err := viewer(ctx); err != nil {
		return taxii.Discovery{}, err
	}
	return taxii.Discovery{Title: string(s.Org), Default: "/" + Root + "/", APIRoots: []string{"/" + Root + "/"}}, nil
}

// Root describes the API root.
func (s *Shelf) Root(ctx context.Context, root string) (taxii.APIRoot, error) {
	if _, err := viewer(ctx); err != nil {
		return taxii.APIRoot{}, err
	}
	if root != Root {
		return taxii.APIRoot{}, taxii.NotFound("API root")
	}
	return taxii.APIRoot{Title: string(s.Org), Versions: []string{taxii.MediaType}, MaxContentLength: s.MaxBytes}, nil
}

// Collections lists the one collection.
func (s *Shelf) Collections(ctx context.Context, root string) ([]taxii.Collection, error) {
	c, err := s.Collection(ctx, root, s.id)
	return []taxii.Collection{c}, err
}

// Collection describes it, as the caller may use it.
func (s *Shelf) Collection(ctx context.Context, root, id string) (taxii.Collection, error) {
	v, err := viewer(ctx)
	if err != nil {
		return taxii.Collection{}, err
	}
	if root != Root || id != s.id && id != Root {
		return taxii.Collection{}, taxii.NotFound("collection")
	}
	return taxii.Collection{
		ID: s.id, Alias: Root, Title: string(s.Org), CanRead: mayRead(&v), CanWrite: s.Profile != "" && v.MayImport(),
		MediaTypes: []string{"application/stix+json;version=2.1"},
	}, nil
}

func mayRead(v *mithaq.Viewer) bool {
	return v.Token != "" || v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer, mithaq.Guest)
}

// Records is what the caller may read, strictly by the date it was added.
func (s *Shelf) Records(ctx context.Context, root, collection string, q taxii.Query) (taxii.Page, error) {
	c, err := s.Collection(ctx, root, collection)
	if err != nil {
		return taxii.Page{}, err
	}
	if !c.CanRead {
		return taxii.Page{}, taxii.NotFound("collection")
	}
	v, err := viewer(ctx)
	if err != nil {
		return taxii.Page{}, err
	}
	items, more, err := s.page(ctx, v, q)
	if err != nil {
		return taxii.Page{}, told(err)
	}
	if err := s.count(ctx, v, len(items)); err != nil {
		return taxii.Page{}, told(err)
	}
	page := taxii.Page{More: more}
	for i := range items {
		page.Records = append(page.Records, record(&items[i]))
	}
	if more {
		page.Next = strconv.FormatInt(items[len(items)-1].Seq, 10)
	}
	return page, nil
}

// count takes what was found from the caller's budget.
func (s *Shelf) count(ctx context.Context, v mithaq.Viewer, found int) error {
	switch {
	case found == 0 && s.Empty != nil:
		s.Empty(v)
	case found > 0 && s.Spend != nil:
		return s.Spend(ctx, v, int64(found))
	}
	return nil
}

func record(it *store.Item) taxii.Record {
	version := it.Ref.Version
	switch {
	case version != "":
	case !it.Created.IsZero():
		version = it.Created.UTC().Format(taxii.TimeFormat)
	default:
		version = it.Added().Format(taxii.TimeFormat)
	}
	return taxii.Record{ID: string(it.Ref.ID), DateAdded: it.Added(), Version: version, Raw: it.Raw}
}

// page asks the gate. Where both the first and the last version of each object
// are wanted, the two answers are joined. TAXII 2.1, 3.4.1
func (s *Shelf) page(ctx context.Context, v mithaq.Viewer, q taxii.Query) (items []store.Item, more bool, err error) {
	base, err := query(q)
	if err != nil {
		return nil, false, err
	}
	for _, which := range whichOf(q.Versions) {
		base.Which = which
		some, m, err := s.Gate.PageOf(ctx, v, Root, base)
		if err != nil {
			return nil, false, err
		}
		items, more = append(items, some...), more || m
	}
	slices.SortFunc(items, func(a, b store.Item) int { return cmp.Compare(a.Seq, b.Seq) })
	items = slices.CompactFunc(items, func(a, b store.Item) bool { return a.Seq == b.Seq })
	if len(items) > base.Limit {
		return items[:base.Limit], true, nil
	}
	return items, more, nil
}

func whichOf(v taxii.Versions) []store.Which {
	switch {
	case v.All, len(v.Exact) > 0 && !v.First && !v.Last:
		return []store.Which{store.AllVersions}
	case v.First && v.Last:
		return []store.Which{store.FirstVersion, store.LastVersion}
	case v.First:
		return []store.Which{store.FirstVersion}
	}
	return []store.Which{store.LastVersion}
}

func query(q taxii.Query) (store.Query, error) {
	out := store.Query{Limit: q.Limit}
	if !q.AddedAfter.IsZero() {
		out.After = q.AddedAfter.UnixMicro()
	}
	if q.Next != "" {
		after, err := strconv.ParseInt(q.Next, 10, 64)
		if err != nil {
			return out, taxii.BadParameter("next", "is none that was given here")
		}
		out.After = max(out.After, after)
	}
	for _, id := range q.IDs {
		out.IDs = append(out.IDs, stix.ID(id))
	}
	for _, t := range q.Types {
		out.Types = append(out.Types, stix.Type(t))
	}
	for _, v := range q.SpecVersions {
		if n, ok := map[string]int{"2.0": 20, "2.1": 21}[v]; ok {
			out.Specs = append(out.Specs, n)
		} else {
			out.Specs = append(out.Specs, -1)
		}
	}
	if !q.Versions.All {
		for _, t := range q.Versions.Exact {
			out.At = append(out.At, t.UnixMicro())
		}
	}
	return out, nil
}

// told turns a refusal into what a TAXII client is told.
func told(err error) error {
	status := map[mithaq.Kind]int{
		mithaq.NotFound: http.StatusNotFound, mithaq.Denied: http.StatusForbidden, mithaq.Invalid: http.StatusBadRequest,
		mithaq.TooLarge: http.StatusRequestEntityTooLarge, mithaq.Busy: http.StatusTooManyRequests, mithaq.Unavailable: http.StatusServiceUnavailable,
		mithaq.Unauthenticated: http.StatusUnauthorized,
	}
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok && status[r.Kind] != 0 {
		return taxii.Errorf(status[r.Kind], "%s", r.Error())
	}
	return err
}

// Add takes an envelope in, under the source profile set for it; what is
// refused is told object by object.
func (s *Shelf) Add(ctx context.Context, root, collection string, body io.Reader) (taxii.Status, error) {
	c, err := s.Collection(ctx, root, collection)
	if err != nil {
		return taxii.Status{}, err
	}
	if !c.CanWrite {
		return taxii.Status{}, taxii.Errorf(http.StatusForbidden, "nothing is taken in here")
	}
	v, err := viewer(ctx)
	if err != nil {
		return taxii.Status{}, err
	}
	status := taxii.Status{ID: stix.NewID("status").UUID(), Status: "complete", RequestTimestamp: s.Now().UTC().Format(taxii.TimeFormat)}
	_, err = s.Gate.Intake(ctx, v, body, gate.Import{Profile: s.Profile, Name: "taxii", Each: func(r gate.Result) { count(&status, r) }})
	if err != nil {
		return taxii.Status{}, told(err)
	}
	s.statuses.keep(who(&v), status)
	return status, nil
}

func count(s *taxii.Status, r gate.Result) {
	s.TotalCount++
	detail := taxii.StatusDetail{ID: string(r.ID), Version: r.Version}
	if r.Fate == gate.Refused {
		s.FailureCount++
		detail.Message = r.Why.Error()
		s.Failures = append(s.Failures, detail)
		return
	}
	s.SuccessCount++
	s.Successes = append(s.Successes, detail)
}

// Status is what became of a POST of the caller's, for as long as it is remembered.
func (s *Shelf) Status(ctx context.Context, root, id string) (taxii.Status, error) {
	v, err := viewer(ctx)
	if err != nil {
		return taxii.Status{}, err
	}
	status, ok := s.statuses.find(who(&v), id)
	if root != Root || !ok {
		return taxii.Status{}, taxii.NotFound("status")
	}
	return status, nil
}

// Delete is refused: what is held ends by recall or retention.
func (s *Shelf) Delete(ctx context.Context, root, collection string, _ taxii.Query) error {
	if _, err := s.Collection(ctx, root, collection); err != nil {
		return err
	}
	return taxii.Errorf(http.StatusForbidden, "what is held ends by recall or retention")
}
