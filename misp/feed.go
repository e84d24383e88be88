package misp

import (
	"bufio"
	"cmp"
	"crypto/md5" //nolint:gosec // MISP's feeds name values by their MD5
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
)

// The files of a MISP feed, beside one {uuid}.json for each event.
const (
	manifestFile = "manifest.json"
	hashesFile   = "hashes.csv"
)

// A Feed is a folder of events that MISP servers fetch.
type Feed struct {
	fsys    fs.FS
	lim     Limits
	entries []FeedEntry
}

// A FeedEntry is what the manifest says of one event: info, date, timestamp,
// analysis, threat_level_id, Orgc and Tag.
type FeedEntry struct {
	UUID string
	Record
}

// ReadFeed reads the manifest of a feed. Events are read when asked for.
func ReadFeed(fsys fs.FS, lim Limits) (*Feed, error) {
	lim = lim.orDefault()
	raw, err := readFile(fsys, manifestFile, lim.Size)
	if err != nil {
		return nil, err
	}
	all, err := parseRecord(raw, lim)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	f := &Feed{fsys: fsys, lim: lim}
	for uuid := range all.Names() {
		entry := all.Record(uuid)
		if entry == nil || !usable(uuid) {
			return nil, fmt.Errorf("misp: %s: %.40q: want a UUID and an object", manifestFile, uuid)
		}
		f.entries = append(f.entries, FeedEntry{uuid, *entry})
	}
	slices.SortFunc(f.entries, func(a, b FeedEntry) int { return cmp.Compare(a.UUID, b.UUID) })
	return f, nil
}

func readFile(fsys fs.FS, name string, size int64) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("misp: read a feed: %w", err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, size+1))
	if err != nil {
		return nil, fmt.Errorf("misp: read a feed: %s: %w", name, err)
	}
	if int64(len(raw)) > size {
		return nil, fmt.Errorf("misp: read a feed: %s: more than %d bytes", name, size)
	}
	return raw, nil
}

// Entries are the events of the manifest, by UUID.
func (f *Feed) Entries() []FeedEntry { return slices.Clone(f.entries) }

// Event reads one event of the feed. The error is about a file that is not
// there, too, as fs.ErrNotExist.
func (f *Feed) Event(uuid string) (*Event, error) {
	if !usable(uuid) {
		return nil, errors.New("misp: read a feed: not a UUID")
	}
	raw, err := readFile(f.fsys, uuid+".json", f.lim.Size)
	if err != nil {
		return nil, err
	}
	e, err := parseEvent(raw, f.lim)
	if err != nil {
		return nil, fmt.Errorf("%s.json: %w", uuid, err)
	}
	if e.UUID() != uuid {
		return nil, fmt.Errorf("misp: %s.json: it holds another event", uuid)
	}
	return e, nil
}

// A FeedHash is a line of hashes.csv: the MD5 of a value, and the event that
// has it.
type FeedHash struct {
	MD5, Event string
}

// Hashes goes through hashes.csv. A feed without the file has none.
func (f *Feed) Hashes() iter.Seq2[FeedHash, error] {
	return func(yield func(FeedHash, error) bool) {
		file, err := f.fsys.Open(hashesFile)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(FeedHash{}, fmt.Errorf("misp: read a feed: %w", err))
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for n := 1; lines.Scan(); n++ {
			h, err := parseHash(lines.Text(), n)
			if !yield(h, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(FeedHash{}, fmt.Errorf("misp: read a feed: %s: %w", hashesFile, err))
		}
	}
}

func parseHash(line string, n int) (FeedHash, error) {
	sum, uuid, ok := strings.Cut(strings.TrimSuffix(line, "\r"), ",")
	if _, err := hex.DecodeString(sum); !ok || err != nil || len(sum) != 32 || !usable(uuid) {
		return FeedHash{}, fmt.Errorf("misp: %s: line %d: want an MD5, a comma and a UUID", hashesFile, n)
	}
	return FeedHash{sum, uuid}, nil
}

// A FeedWriter is where a feed is written to.
type FeedWriter interface {
	// Create makes a file of the feed, or empties it. The name has no folders.
	Create(name string) (io.WriteCloser, error)
}

// WriteFeed writes events as a feed: each as {uuid}.json, then hashes.csv, and
// the manifest at the end, so that nobody is told of an event that is not
// there yet. It writes of an event what MISP publishes in feeds (see ForFeed);
// which events and attributes may be published is for the caller to say.
func WriteFeed(w FeedWriter, events iter.Seq2[*Event, error]) error {
	var hashes []FeedHash
	manifest := map[string]*Record{}
	for e, err := range events {
		if err != nil {
			return err
		}
		uuid := e.UUID()
		if !usable(uuid) || manifest[uuid] != nil {
			return fmt.Errorf("misp: write a feed: %.40q: want a UUID, and each once", uuid)
		}
		e = e.ForFeed()
		if err := writeFile(w, uuid+".json", e.JSON()); err != nil {
			return err
		}
		manifest[uuid] = manifestOf(e)
		hashes = append(hashes, e.hashes()...)
	}
	if err := writeFile(w, hashesFile, hashLines(hashes)); err != nil {
		return err
	}
	return writeFile(w, manifestFile, manifestJSON(manifest))
}

func writeFile(w FeedWriter, name string, content []byte) error {
	file, err := w.Create(name)
	if err != nil {
		return fmt.Errorf("misp: write a feed: %w", err)
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("misp: write a feed: %s: %w", name, err)
	}
	return nil
}

func hashLines(hashes []FeedHash) []byte {
	var b []byte
	for _, h := range hashes {
		b = append(append(append(append(b, h.MD5...), ','), h.Event...), '\n')
	}
	return b
}

func manifestJSON(manifest map[string]*Record) []byte {
	all := new(Record)
	for uuid, entry := range manifest {
		all.members = append(all.members, member{uuid, entry.AppendJSON(nil)})
	}
	slices.SortFunc(all.members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return all.AppendJSON(nil)
}

func manifestOf(e *Event) *Record {
	entry := new(Record)
	for _, name := range []string{"Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp"} {
		if raw := e.Raw(name); raw != nil {
			entry.Set(name, raw)
		}
	}
	if !entry.Has("Tag") {
		entry.Set("Tag", []byte("[]"))
	}
	return entry
}

// hashes are the MD5s of the event's values; of a value of two parts, of each.
func (e *Event) hashes() []FeedHash {
	var all []FeedHash
	add := func(list []*Record) {
		for _, a := range list {
			parts := []string{a.Text("value")}
			if typ := a.Text("type"); strings.Contains(typ, "|") || typ == "malware-sample" {
				parts = strings.Split(parts[0], "|")
			}
			for _, part := range parts {
				sum := md5.Sum([]byte(part)) //nolint:gosec // the feed's format
				all = append(all, FeedHash{hex.EncodeToString(sum[:]), e.UUID()})
			}
		}
	}
	add(e.list("Attribute"))
	for _, o := range e.list("Object") {
		add(o.list("Attribute"))
	}
	return all
}

// published are the members that MISP publishes in feeds, by kind of record.
// All else is of the server that holds the event: row numbers, who typed it,
// what proposals there are.
var published = map[string][]string{
	"Event": {
		"uuid", "info", "threat_level_id", "analysis", "timestamp", "publish_timestamp", "published", "date",
		"extends_uuid", "Orgc", "Tag", "Galaxy", "Attribute", "Object", "EventReport",
	},
	"Orgc": {"name", "uuid"},
	"Attribute": {
		"uuid", "value", "category", "type", "comment", "data", "deleted", "timestamp", "to_ids",
		"disable_correlation", "first_seen", "last_seen", "object_relation", "Tag", "Galaxy",
	},
	"Object": {
		"name", "meta-category", "description", "template_uuid", "template_version", "uuid", "timestamp", "comment",
		"first_seen", "last_seen", "deleted", "Attribute", "ObjectReference",
	},
	"ObjectReference": {"uuid", "timestamp", "relationship_type", "comment", "object_uuid", "referenced_uuid", "deleted"},
	"EventReport":     {"uuid", "name", "content", "timestamp", "deleted"},
	"Tag":             {"name", "colour", "relationship_type"},
	"Galaxy":          {"uuid", "name", "type", "description", "namespace", "icon", "version", "GalaxyCluster"},
	"GalaxyCluster": {
		"uuid", "type", "value", "tag_name", "description", "source", "authors", "version", "collection_uuid", "meta",
	},
}

// ForFeed is a copy of the event with what MISP publishes in feeds alone: no
// row numbers, addresses of users, proposals, sightings or analyst data, and no
// tag that is local or not for export.
func (e *Event) ForFeed() *Event { return &Event{Record: *forFeed("Event", &e.Record)} }

func forFeed(kind string, rec *Record) *Record {
	out := new(Record)
	for _, name := range published[kind] {
		raw := rec.Raw(name)
		switch {
		case raw == nil:
		case published[name] == nil:
			out.Set(name, raw)
		case raw.Kind() == '{':
			out.Set(name, forFeed(name, rec.Record(name)).AppendJSON(nil))
		case raw.Kind() == '[':
			out.SetRecords(name, listForFeed(name, rec.list(name)))
		}
	}
	return out
}

func listForFeed(kind string, list []*Record) []*Record {
	var out []*Record
	for _, item := range list {
		local := item.Bool("local") && (kind == "Tag" || kind == "GalaxyCluster")
		if local || kind == "Tag" && item.Has("exportable") && !item.Bool("exportable") {
			continue
		}
		out = append(out, forFeed(kind, item))
	}
	return out
}
