package taxii

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"time"
)

// shelf is one collection of a Memory. Its rows stand in the order in which
// they were added; the indexes hold places in rows, ascending.
type shelf struct {
	about  Collection
	rules  Rules
	rows   []*row
	byType map[string][]int
	things map[string]*thing
	last   time.Time
	holes  int
}

// row is one version of a thing. A row that is gone is a hole until the shelf
// is packed.
type row struct {
	Record
	spec    string
	version time.Time
	thing   *thing
	gone    bool
}

// thing is an object with its versions, oldest first.
type thing struct {
	kind     string
	versions []*row
	places   []int
}

func newShelf(c Collection, rules Rules) *shelf {
	return &shelf{about: c, rules: rules, byType: map[string][]int{}, things: map[string]*thing{}}
}

// toldTo is what a caller is told of the collection, if it is there for them.
func (s *shelf) toldTo(who Caller) (Collection, bool) {
	c, r := s.about, Rights{true, true, true}
	if s.rules.Rights != nil {
		r = s.rules.Rights(who)
	}
	c.CanRead, c.CanWrite = r.Read, r.Write
	return c, r.See || r.Read || r.Write
}

func (s *shelf) sees(who Caller, r *row) bool {
	return !r.gone && (s.rules.Sees == nil || s.rules.Sees(who, r.Raw))
}

// page lists what q asks for of what was added after a time.
func (s *shelf) page(who Caller, q Query, after time.Time) Page {
	page := Page{At: after}
	seen := func(r *row) bool { return s.sees(who, r) }
	chosen := choice{q, seen, map[*thing]map[*row]bool{}}
	at, _ := slices.BinarySearchFunc(s.rows, after, func(r *row, t time.Time) int {
		if r.DateAdded.After(t) {
			return 1
		}
		return -1
	})
	for i := range s.places(q, at) {
		r := s.rows[i]
		if !seen(r) || !chosen.wants(r) {
			continue
		}
		if len(page.Records) == q.Limit {
			page.More = true
			break
		}
		page.Records = append(page.Records, r.told(q))
	}
	return page
}

// told is the record without its bytes where they are not wanted.
func (r *row) told(q Query) Record {
	rec := r.Record
	if q.Manifest {
		rec.Raw = nil
	}
	return rec
}

// choice is which rows q's versions name, found once for each thing of a page.
type choice struct {
	q    Query
	seen func(*row) bool
	of   map[*thing]map[*row]bool
}

// wants reports whether a row that is seen is what q asks for; that its id is,
// the index has said.
func (c *choice) wants(r *row) bool {
	if len(c.q.Types) > 0 && !slices.Contains(c.q.Types, r.thing.kind) {
		return false
	}
	if len(c.q.SpecVersions) > 0 && !slices.Contains(c.q.SpecVersions, r.spec) {
		return false
	}
	if len(r.thing.versions) == 1 {
		return c.q.Versions.picks(r, r, r)
	}
	rows, ok := c.of[r.thing]
	if !ok {
		rows = map[*row]bool{}
		for _, one := range r.thing.named(c.q, c.seen) {
			rows[one] = true
		}
		c.of[r.thing] = rows
	}
	return rows[r]
}

// named is what q's versions name of those that are seen: of the spec
// versions asked for, or else of the newest that there is.
// TAXII 2.1, 3.4.1
func (t *thing) named(q Query, seen func(*row) bool) (all []*row) {
	for _, r := range t.versions {
		if seen(r) && (len(q.SpecVersions) == 0 || slices.Contains(q.SpecVersions, r.spec)) {
			all = append(all, r)
		}
	}
	if len(q.SpecVersions) == 0 {
		all = q.newestSpec(all)
	}
	if len(all) == 0 {
		return nil
	}
	first, last := all[0], all[len(all)-1]
	return slices.DeleteFunc(all, func(r *row) bool { return !q.Versions.picks(r, first, last) })
}

// newestSpec keeps the rows of the newest spec version among those that match
// the rest of the request, of which an exact version is a part.
func (q Query) newestSpec(all []*row) []*row {
	if v := q.Versions; len(v.Exact) > 0 && !v.First && !v.Last {
		all = slices.DeleteFunc(all, func(r *row) bool { return !v.names(r) })
	}
	newest := ""
	for _, r := range all {
		newest = max(newest, r.spec)
	}
	return slices.DeleteFunc(all, func(r *row) bool { return r.spec != newest })
}

func (v Versions) picks(r, first, last *row) bool {
	return v.All || v.First && r == first || v.Last && r == last || v.names(r)
}

func (v Versions) names(r *row) bool {
	return slices.ContainsFunc(v.Exact, r.version.Equal)
}

// places are the rows from at on that the narrowest index has for q, ascending.
func (s *shelf) places(q Query, at int) func(func(int) bool) {
	switch {
	case len(q.IDs) > 0:
		return merged(s.ofIDs(q.IDs), at)
	case len(q.Types) > 0:
		return merged(s.ofTypes(q.Types), at)
	}
	return func(yield func(int) bool) {
		for i := at; i < len(s.rows) && yield(i); i++ {
		}
	}
}

func (s *shelf) ofIDs(ids []string) (lists [][]int) {
	for id := range unique(ids) {
		if t := s.things[id]; t != nil {
			lists = append(lists, t.places)
		}
	}
	return lists
}

func (s *shelf) ofTypes(types []string) (lists [][]int) {
	for kind := range unique(types) {
		lists = append(lists, s.byType[kind])
	}
	return lists
}

func unique(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// merged walks ascending lists as one, from a place on.
func merged(lists [][]int, at int) func(func(int) bool) {
	heads := lists[:0:0]
	for _, l := range lists {
		if i, _ := slices.BinarySearch(l, at); i < len(l) {
			heads = append(heads, l[i:])
		}
	}
	if len(heads) > 8 { // many short lists, of single objects
		all := slices.Concat(heads...)
		slices.Sort(all)
		heads = [][]int{all}
	}
	return func(yield func(int) bool) {
		for heads := slices.Clone(heads); len(heads) > 0; {
			low := 0
			for i := range heads {
				if heads[i][0] < heads[low][0] {
					low = i
				}
			}
			if !yield(heads[low][0]) {
				return
			}
			if heads[low] = heads[low][1:]; len(heads[low]) == 0 {
				heads = slices.Delete(heads, low, low+1)
			}
		}
	}
}

// take stores one object, or says in the status why not.
func (s *shelf) take(st *Status, o object, now time.Time) {
	detail := StatusDetail{ID: o.ID, Version: o.version()}
	err := o.err
	if err == nil && s.rules.Check != nil {
		err = s.rules.Check(o.raw)
	}
	if err == nil {
		detail.Version, err = s.put(o, now)
	}
	if err != nil {
		detail.Message = err.Error()
		st.FailureCount++
		st.Failures = append(st.Failures, detail)
		return
	}
	st.SuccessCount++
	st.Successes = append(st.Successes, detail)
}

// put lists an object at the end, unless it is there already: it gives back its version.
func (s *shelf) put(o object, now time.Time) (string, error) {
	t := s.things[o.ID]
	if t != nil {
		if r := t.same(o); r != nil {
			return r.Version, nil
		}
		if t.clashes(o) {
			return "", errVersionTaken
		}
	}
	r := s.row(o, now)
	if t == nil {
		t = &thing{kind: typeOf(o.ID)}
		s.things[o.ID] = t
	}
	r.thing = t
	t.places = append(t.places, len(s.rows))
	s.byType[t.kind] = append(s.byType[t.kind], len(s.rows))
	s.rows = append(s.rows, r)
	at, _ := slices.BinarySearchFunc(t.versions, r, byVersion)
	t.versions = slices.Insert(t.versions, at, r)
	return r.Version, nil
}

func byVersion(a, b *row) int {
	return cmp.Or(a.version.Compare(b.version), cmp.Compare(a.spec, b.spec), a.DateAdded.Compare(b.DateAdded))
}

// row gives an object its place in time: never before the last, nor at it.
func (s *shelf) row(o object, now time.Time) *row {
	s.last = later(s.last.Add(step()), now.UTC().Truncate(time.Microsecond))
	r := &row{Record: Record{ID: o.ID, DateAdded: s.last, Version: o.version(), Raw: o.raw}, spec: o.spec(), version: o.at}
	r.MediaType = "application/stix+json;version=" + r.spec
	if r.MediaType == stixMedia {
		r.MediaType = ""
	}
	if r.Version == "" {
		r.Version, r.version = r.added(), r.DateAdded
	}
	return r
}

// same is the row that an exact duplicate is of.
func (t *thing) same(o object) *row {
	i := slices.IndexFunc(t.versions, func(r *row) bool { return bytes.Equal(r.Raw, o.raw) })
	if i < 0 {
		return nil
	}
	return t.versions[i]
}

// clashes reports whether another object has this one's id and version. What
// has no version of its own gets a new one instead.
func (t *thing) clashes(o object) bool {
	return o.version() != "" && slices.ContainsFunc(t.versions, func(r *row) bool {
		return r.version.Equal(o.at) && r.spec == o.spec()
	})
}

// remove takes out what q names of an object, and says how much.
func (s *shelf) remove(who Caller, id string, q Query) int {
	t := s.things[id]
	if t == nil {
		return 0
	}
	if q.Versions.All && len(q.SpecVersions) == 0 {
		q.SpecVersions = slices.Collect(maps.Keys(t.specs())) // all of it
	}
	gone := t.named(q, func(r *row) bool { return s.sees(who, r) })
	for _, r := range gone {
		r.gone = true
	}
	t.versions = slices.DeleteFunc(t.versions, func(r *row) bool { return r.gone })
	if len(t.versions) == 0 {
		delete(s.things, id)
	}
	if s.holes += len(gone); s.holes > 64 && s.holes > len(s.rows)/2 {
		s.pack()
	}
	return len(gone)
}

func (t *thing) specs() map[string]bool {
	set := map[string]bool{}
	for _, r := range t.versions {
		set[r.spec] = true
	}
	return set
}

// pack closes the holes; no place in time moves.
func (s *shelf) pack() {
	s.rows = slices.DeleteFunc(s.rows, func(r *row) bool { return r.gone })
	s.byType, s.holes = map[string][]int{}, 0
	for _, t := range s.things {
		t.places = t.places[:0]
	}
	for i, r := range s.rows {
		r.thing.places = append(r.thing.places, i)
		s.byType[r.thing.kind] = append(s.byType[r.thing.kind], i)
	}
}
