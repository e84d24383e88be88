package faulttest

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/node"
)

// Sizes of SQLite's files, which its page on the file format gives.
const (
	pageSize    = 4096
	walHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + pageSize
)

// A folder is a node's, as a power cut left it.
type folder struct {
	n       *mithaqtest.Node
	dir     string
	db, wal []byte
}

// inTheMiddle copies the folder of a receiver that has just received, before its
// write-ahead log is folded in.
func inTheMiddle(t *testing.T) *folder {
	s := newStory(t)
	s.insist(func() error { return s.imports(mithaqtest.Indicators(1, 3)...) })
	for i := 1; i <= 3; i++ {
		s.insist(func() error { return s.shares(i) })
	}
	time.Sleep(200 * time.Millisecond)
	if !s.najd.Has(idsOf(3)[0]) {
		t.Fatal("najd has not received")
	}
	f := &folder{n: s.najd, dir: filepath.Join(t.TempDir(), "node")}
	must(t, os.CopyFS(f.dir, os.DirFS(s.najd.Dir)))
	must(t, os.Chmod(node.NodeKeys(f.dir), 0o600))
	must(t, os.Chmod(filepath.Dir(node.NodeKeys(f.dir)), 0o700))
	f.db, f.wal = f.file(t, "mithaq.db"), f.file(t, "mithaq.db-wal")
	return f
}

func (f *folder) file(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(f.dir, name))
	must(t, err)
	return raw
}

// open writes both files, opens the folder and verifies all that is in it.
func (f *folder) open(t *testing.T, db, wal []byte) (*node.Verified, error) {
	t.Helper()
	must(t, os.RemoveAll(filepath.Join(f.dir, "mithaq.db-shm")))
	must(t, os.WriteFile(filepath.Join(f.dir, "mithaq.db"), db, 0o600))
	must(t, os.WriteFile(filepath.Join(f.dir, "mithaq.db-wal"), wal, 0o600))
	n, err := node.Open(t.Context(), f.dir, node.Options{Version: "test", Now: f.n.Now, Sealing: &mithaqtest.Sealing})
	if err != nil {
		return nil, err
	}
	defer func() { must(t, n.Close()) }()
	return n.Verify(context.WithoutCancel(t.Context()), nil)
}

// The power fails, and the disk had lied about what it synced: of the write-ahead
// log only a part is there, up to any page or to the middle of one, and behind it
// nothing, zeros or rubbish. Whatever the part, the folder opens, without what
// came later, and all that is in it is whole.
func TestWhateverPartOfTheLogIsThereTheFolderIsWhole(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		f := inTheMiddle(t)
		frames := (len(f.wal) - walHeader) / frameSize
		step := max(1, frames/8)
		if long() {
			step = 1
		}
		opened := 0
		for frame := 0; frame <= frames; frame += step {
			for how, wal := range f.parts(walHeader + frame*frameSize) {
				v, err := f.open(t, f.db, wal)
				if err != nil {
					t.Fatalf("%d of %d frames, %s: %v", frame, frames, how, err)
				}
				for _, fault := range v.Faults {
					t.Errorf("%d of %d frames, %s: %s: %s", frame, frames, how, fault.Part, fault.Text)
				}
				opened++
			}
		}
		t.Logf("%d frames; opened %d times", frames, opened)
		if frames < 50 {
			t.Error("the log is short: the test shows little")
		}
	})
}

// parts are what may be there of a write-ahead log whose bytes came up to n.
func (f *folder) parts(n int) map[string][]byte {
	until := func(n int) []byte { return bytes.Clone(f.wal[:min(n, len(f.wal))]) }
	rest := max(0, len(f.wal)-n)
	return map[string][]byte{
		"then nothing":                 until(n),
		"then half a page":             until(n + frameSize/2),
		"then zeros":                   append(until(n), make([]byte, rest)...),
		"then half a page and zeros":   append(until(n+frameSize/2), make([]byte, max(0, rest-frameSize/2))...),
		"then what was there before":   append(until(n), bytes.Repeat([]byte{0xa5}, rest)...),
		"then a page, then its twin's": append(until(n), bytes.Clone(f.wal[max(walHeader, min(n, len(f.wal))-frameSize):min(n, len(f.wal))])...),
	}
}

// A page of the database is torn while the log is folded into it: its second
// half is not what was written. The log is still there, and mends it.
func TestAPageTornInFoldingIsMended(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		f := inTheMiddle(t)
		_, err := f.open(t, f.db, f.wal) // and fold it in
		must(t, err)
		folded := f.file(t, "mithaq.db")
		torn := 0
		for at := walHeader; at+frameSize <= len(f.wal); at += frameSize {
			page := int(binary.BigEndian.Uint32(f.wal[at:])) - 1
			if tear(folded[page*pageSize+pageSize/2 : (page+1)*pageSize]) {
				torn++
			}
		}
		v, err := f.open(t, folded, f.wal)
		must(t, err)
		for _, fault := range v.Faults {
			t.Errorf("%s: %s", fault.Part, fault.Text)
		}
		t.Logf("%d pages torn", torn)
		if torn < 20 {
			t.Error("few pages were torn: the test shows little")
		}
	})
}

// A page is torn and no log is there to mend it. What holds the page together is
// found broken, and so is what was signed or has a digest: items, entries,
// messages. Text that nothing binds, such as a person's name, is not found.
func TestATornPageIsMostlyFound(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		f := inTheMiddle(t)
		_, err := f.open(t, f.db, f.wal)
		must(t, err)
		whole := f.file(t, "mithaq.db")
		pages := len(whole) / pageSize
		step := max(1, pages/24)
		if long() {
			step = 1
		}
		found, missed := 0, 0
		for page := 0; page < pages; page += step {
			torn := bytes.Clone(whole)
			if !tear(torn[page*pageSize+pageSize/2 : (page+1)*pageSize]) {
				continue
			}
			if v, err := f.open(t, torn, nil); err != nil || len(v.Faults) > 0 {
				found++
			} else {
				missed++
			}
		}
		t.Logf("%d torn pages: %d were found", found+missed, found)
		if found < missed {
			t.Errorf("of %d torn pages %d were taken for whole", found+missed, missed)
		}
	})
}

// tear puts zeros where something was, and reports whether that changed anything.
func tear(half []byte) bool {
	if bytes.Equal(half, make([]byte, len(half))) {
		return false
	}
	clear(half)
	return true
}
