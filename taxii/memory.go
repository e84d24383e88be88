package taxii

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Memory is a Backend that keeps everything in memory: for tests, for feeds
// that are built anew at each start, and to read before writing one of one's
// own. The zero value is not ready; make one with [NewMemory].
//
// What it shows of what a Backend owes:
//
//   - a collection is a list that grows at its end; date_added never repeats,
//     never goes back, and its steps are random, so that gaps count nothing
//   - next is a place in that list, sealed with a key and bound to its
//     collection; filters and rights are asked again for each page
//   - what a caller may not see is not there, in every listing and status
//   - an exact duplicate is a success and is not listed twice
type Memory struct {
	// Now is the clock; set it before the first use.
	Now func() time.Time

	about Discovery
	seal  [32]byte

	mu       sync.RWMutex
	roots    map[string]*shelves
	statuses map[string]kept
	oldest   []string // statuses, oldest first
}

// Rights are what one caller may do with a collection. One that they may
// neither see, read nor write is not there for them.
type Rights struct{ See, Read, Write bool }

// Rules say who may do what with a collection of a Memory. They are asked at
// each request, so that a changed right takes effect at once. All may be nil.
type Rules struct {
	// Rights of a caller; nil: everybody reads and writes.
	Rights func(Caller) Rights
	// Sees reports whether a caller may see one object. Its answer must not
	// change for a stored object: what becomes visible later would stand
	// behind cursors that have passed it.
	Sees func(c Caller, raw []byte) bool
	// Check refuses an object, with the reason its sender is told.
	Check func(raw []byte) error
}

// keep is how long a status can be asked for: a day after its end and a bit.
// TAXII 2.1, 4.3
const keep = 25 * time.Hour

// maxStatuses bounds what senders can make a Memory remember.
const maxStatuses = 100_000

type kept struct {
	Status
	root  string
	owner Caller
	at    time.Time
}

// shelves is an API root; list has the order in which collections were added.
type shelves struct {
	about APIRoot
	list  []*shelf
}

// NewMemory makes an empty Backend that tells about itself; api_roots and
// default are filled in from the roots.
func NewMemory(about Discovery) *Memory {
	m := &Memory{Now: time.Now, about: about, roots: map[string]*shelves{}, statuses: map[string]kept{}}
	rand.Read(m.seal[:])
	return m
}

// AddRoot adds an API root at /name/. Versions and MaxContentLength may be
// zero: TAXII 2.1 and 100 MiB.
func (m *Memory) AddRoot(name string, about APIRoot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !segment(name) || name == "taxii2" || m.roots[name] != nil {
		return fmt.Errorf("API root %q: is there already, or no name for one", name)
	}
	if len(about.Versions) == 0 {
		about.Versions = []string{MediaType}
	}
	if about.MaxContentLength == 0 {
		about.MaxContentLength = 100 << 20
	}
	m.roots[name] = &shelves{about: about}
	m.about.APIRoots = append(m.about.APIRoots, "/"+name+"/")
	if m.about.Default == "" {
		m.about.Default = "/" + name + "/"
	}
	return nil
}

// AddCollection adds a collection to a root. An empty ID becomes a random one;
// the rights in c are ignored: rules decide. It gives back the ID.
func (m *Memory) AddCollection(root string, c Collection, rules Rules) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.roots[root]
	if r == nil {
		return "", fmt.Errorf("API root %q: not there", root)
	}
	if c.ID == "" {
		c.ID = newUUID()
	}
	for _, name := range []string{c.ID, c.Alias} {
		if name != "" && r.find(name) != nil {
			return "", fmt.Errorf("collection %q: is there already", name)
		}
	}
	r.list = append(r.list, newShelf(c, rules))
	return c.ID, nil
}

func (r *shelves) find(name string) *shelf {
	for _, s := range r.list {
		if s.about.ID == name || s.about.Alias != "" && s.about.Alias == name {
			return s
		}
	}
	return nil
}

// newUUID is a random UUID. RFC 4122, 4.4
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Discovery tells about the server; everybody sees every root.
func (m *Memory) Discovery(context.Context) (Discovery, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.about
	d.APIRoots = slices.Clone(d.APIRoots)
	return d, nil
}

// Root tells about an API root.
func (m *Memory) Root(_ context.Context, root string) (APIRoot, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if r := m.roots[root]; r != nil {
		return r.about, nil
	}
	return APIRoot{}, NotFound("API root")
}

// Collections lists what the caller may see, in the order in which they were added.
func (m *Memory) Collections(ctx context.Context, root string) ([]Collection, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r := m.roots[root]
	if r == nil {
		return nil, NotFound("API root")
	}
	var all []Collection
	for _, s := range r.list {
		if c, ok := s.toldTo(CallerOf(ctx)); ok {
			all = append(all, c)
		}
	}
	return all, nil
}

// Collection finds a collection by its id or its alias.
func (m *Memory) Collection(ctx context.Context, root, id string) (Collection, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, c, err := m.shelf(ctx, root, id)
	return c, err
}

func (m *Memory) shelf(ctx context.Context, root, id string) (*shelf, Collection, error) {
	r := m.roots[root]
	if r == nil {
		return nil, Collection{}, NotFound("API root")
	}
	if s := r.find(id); s != nil {
		if c, ok := s.toldTo(CallerOf(ctx)); ok {
			return s, c, nil
		}
	}
	return nil, Collection{}, NotFound("collection")
}

// Records lists a page.
func (m *Memory) Records(ctx context.Context, root, id string, q Query) (Page, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, c, err := m.shelf(ctx, root, id)
	if err != nil {
		return Page{}, err
	}
	if !c.CanRead {
		return Page{}, Errorf(http.StatusForbidden, "this collection is not yours to read")
	}
	after := q.AddedAfter
	if q.Next != "" {
		place, ok := m.open(q.Next, root, c.ID)
		if !ok {
			return Page{}, BadParameter("next", "was not given out for this collection")
		}
		after = later(after, place)
	}
	page := s.page(CallerOf(ctx), q, after)
	if page.More {
		page.Next = m.close(page.Records[len(page.Records)-1].DateAdded, root, c.ID)
	}
	return page, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// close seals a place in a collection: microseconds and half an HMAC.
func (m *Memory) close(t time.Time, root, id string) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(raw, m.mac(raw, root, id)...))
}

func (m *Memory) open(next, root, id string) (time.Time, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(next)
	if err != nil || len(raw) != 24 || !hmac.Equal(raw[8:], m.mac(raw[:8], root, id)) {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(raw))), true
}

func (m *Memory) mac(place []byte, root, id string) []byte {
	h := hmac.New(sha256.New, m.seal[:])
	fmt.Fprintf(h, "%s\x00%q\x00%q", place, root, id)
	return h.Sum(nil)[:16]
}

// Add stores what an envelope brings, and lists what it refuses in the status.
func (m *Memory) Add(ctx context.Context, root, id string, body io.Reader) (Status, error) {
	objects, err := readEnvelope(body)
	if err != nil {
		return Status{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, c, err := m.shelf(ctx, root, id)
	if err != nil {
		return Status{}, err
	}
	if !c.CanWrite {
		return Status{}, Errorf(http.StatusForbidden, "this collection is not yours to write")
	}
	now := m.Now()
	st := Status{ID: newUUID(), Status: "complete", RequestTimestamp: stamped(now), TotalCount: len(objects)}
	for _, o := range objects {
		s.take(&st, o, now)
	}
	m.remember(kept{st, root, CallerOf(ctx), now})
	return st, nil
}

func (m *Memory) remember(k kept) {
	m.statuses[k.ID] = k
	m.oldest = append(m.oldest, k.ID)
	for len(m.oldest) > maxStatuses || k.at.Sub(m.statuses[m.oldest[0]].at) > keep {
		delete(m.statuses, m.oldest[0])
		m.oldest = m.oldest[1:]
	}
}

// Status is told to whoever sent what it is about.
func (m *Memory) Status(ctx context.Context, root, id string) (Status, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	k, ok := m.statuses[id]
	if !ok || k.root != root || k.owner != CallerOf(ctx) {
		return Status{}, NotFound("status")
	}
	return k.Status, nil
}

// Delete takes versions of an object out of a collection.
func (m *Memory) Delete(ctx context.Context, root, id string, q Query) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, c, err := m.shelf(ctx, root, id)
	if err != nil {
		return err
	}
	if !c.CanRead || !c.CanWrite {
		return Errorf(http.StatusForbidden, "deleting takes the right to read and to write")
	}
	gone := 0
	for _, object := range q.IDs {
		gone += s.remove(CallerOf(ctx), object, q)
	}
	if gone == 0 {
		return NotFound("object")
	}
	return nil
}

// Put stores objects as a sender would, without asking for rights: how a
// program fills a Memory of its own.
func (m *Memory) Put(root, id string, raws ...[]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.roots[root]
	if r == nil || r.find(id) == nil {
		return fmt.Errorf("collection %s/%s: not there", root, id)
	}
	var st Status
	now := m.Now()
	for i, raw := range raws {
		r.find(id).take(&st, readObject(i, bytes.Clone(raw)), now)
	}
	if len(st.Failures) > 0 {
		return fmt.Errorf("%s: %s, and %d more", st.Failures[0].ID, st.Failures[0].Message, len(st.Failures)-1)
	}
	return nil
}

// step is how far the next date_added lies behind the last at the least.
func step() time.Duration { return time.Duration(1+mrand.IntN(16)) * time.Microsecond }

// typeOf is the part of a STIX id before its UUID.
func typeOf(id string) string {
	t, _, _ := strings.Cut(id, "--")
	return t
}
