package misp_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mithaq-hub/mithaq/misp"
)

// A folder is a feed in memory, which notes the order of its files.
type folder struct {
	files fstest.MapFS
	order []string
}

type memoryFile struct {
	bytes.Buffer
	close func([]byte)
}

func (f *memoryFile) Close() error { f.close(f.Bytes()); return nil }

func (d *folder) Create(name string) (io.WriteCloser, error) {
	d.order = append(d.order, name)
	return &memoryFile{close: func(b []byte) { d.files[name] = &fstest.MapFile{Data: b} }}, nil
}

func events(list ...*misp.Event) iter.Seq2[*misp.Event, error] {
	return func(yield func(*misp.Event, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

const inFeed = "5a3c2fcd-8328-42bb-a95e-4f4402de0b81"

func TestAFeedIsReadAsItWasWritten(t *testing.T) {
	e := read(t, []byte(fullEvent))
	d := &folder{files: fstest.MapFS{}}
	if err := misp.WriteFeed(d, events(e)); err != nil {
		t.Fatal(err)
	}
	if want := []string{inFeed + ".json", "hashes.csv", "manifest.json"}; !reflect.DeepEqual(d.order, want) {
		t.Errorf("written: %v, want %v: the manifest tells of what is there", d.order, want)
	}
	feed, err := misp.ReadFeed(d.files, misp.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	entries := feed.Entries()
	if len(entries) != 1 || entries[0].UUID != inFeed || entries[0].Text("timestamp") != "1767312000" || entries[0].Record.Record("Orgc").Text("name") != "There" {
		t.Errorf("the manifest: %v", entries)
	}
	got, err := feed.Event(inFeed)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(meaning(t, got.JSON()), meaning(t, e.ForFeed().JSON())) {
		t.Errorf("the event is read as another: %s", got.JSON())
	}
	sum := md5.Sum([]byte("a.example"))
	found := false
	for h, err := range feed.Hashes() {
		if err != nil {
			t.Fatal(err)
		}
		found = found || h == misp.FeedHash{MD5: hex.EncodeToString(sum[:]), Event: inFeed}
	}
	if !found {
		t.Error("no hash of a.example")
	}
	if _, err := feed.Event("11111111-2222-4333-8444-555555555555"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an event that is not there: %v", err)
	}
}

func TestAFeedLeavesOutWhatIsTheServersOwn(t *testing.T) {
	out := string(read(t, []byte(fullEvent)).ForFeed().JSON())
	for _, private := range []string{"ShadowAttribute", "Sighting", "SharingGroup", "Here", "Opinion", `"id"`, "osint:source-type", "x_future"} {
		if strings.Contains(out, private) {
			t.Errorf("a feed says %s", private)
		}
	}
	for _, public := range []string{"tlp:amber", "a.example", "Sofacy", "0749bae92ca336a02c83d126e04ec628", "connected to", "# Text"} {
		if !strings.Contains(strings.ToLower(out), strings.ToLower(public)) {
			t.Errorf("a feed does not say %s", public)
		}
	}
}

func TestBadFeedsAreRefused(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no manifest":          {},
		"manifest is a list":   {"manifest.json": `[]`},
		"a path for a UUID":    {"manifest.json": `{"../../etc/passwd":{}}`},
		"an entry is a number": {"manifest.json": `{"` + inFeed + `":1}`},
		"another event":        {"manifest.json": `{"` + inFeed + `":{}}`, inFeed + ".json": `{"Event":{"info":"x","uuid":"11111111-2222-4333-8444-555555555555"}}`},
		"hashes are none":      {"manifest.json": `{"` + inFeed + `":{}}`, inFeed + ".json": `{"Event":{"info":"x","uuid":"` + inFeed + `"}}`, "hashes.csv": "x,y\n"},
	} {
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		feed, err := misp.ReadFeed(fsys, misp.Limits{})
		if err == nil {
			_, err = feed.Event(inFeed)
			for _, e := range feed.Hashes() {
				err = errors.Join(err, e)
			}
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	feed := fstest.MapFS{"manifest.json": {Data: []byte(`{}`)}}
	f, err := misp.ReadFeed(feed, misp.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Event("../manifest"); err == nil {
		t.Error("a path was taken for a UUID")
	}
	e := read(t, []byte(fullEvent))
	if err := misp.WriteFeed(&folder{files: feed}, events(e, e)); err == nil {
		t.Error("an event was written twice")
	}
}
