package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func TestExportIsAsTheSpecificationHasIt(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	for _, size := range []int64{1, 255, 256, 257, 1300} {
		fill64(t, w.s, w.kept, w.size(), size)
		w.sign()
		cp, err := Export(t.Context(), w.s, w.kept, dir)
		if err != nil || cp.Size != size {
			t.Fatalf("exported %v: %v", cp, err)
		}
		note, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := VerifyCosigned(note, w.checks.Log, w.verifier()); err != nil || got != cp {
			t.Fatalf("checkpoint %v: %v", got, err)
		}
		r := &tiledLog{t: t, dir: dir, size: size}
		if root := r.root(); root != cp.Root {
			t.Errorf("the tiles give %v, the checkpoint says %v", root, cp.Root)
		}
		for i, leaf := range r.entries() {
			if leaf != testOpening(int64(i)).Leaf() {
				t.Fatalf("entry %d is another", i)
			}
		}
	}
	wantOnlyTiles(t, dir)
}

func TestExportOfAMirrorHasNoEntries(t *testing.T) {
	w := newWorld(t)
	fill64(t, w.s, w.kept, 0, 300)
	if _, err := w.l.Checkpoint(t.Context(), w.kept); err != nil {
		t.Fatal(err)
	}
	there, dir := openStore(t), t.TempDir()
	var m *Mirrored
	read(t, w.s, func(tx *store.Tx) (err error) { m, err = MirrorOf(tx, w.kept, 0, 300); return err })
	var id LogID
	write(t, there, func(tx *store.Tx) error {
		if _, err := AddMirror(tx, m, w.checks.Log); err != nil {
			return err
		}
		log, err := FindLog(tx, testOrigin)
		id = log.ID
		return err
	})
	cp, err := Export(context.Background(), there, id, dir)
	if err != nil {
		t.Fatal(err)
	}
	if root := (&tiledLog{t: t, dir: dir, size: 300}).root(); root != cp.Root {
		t.Errorf("the tiles give %v, the checkpoint says %v", root, cp.Root)
	}
	if _, err := os.Stat(filepath.Join(dir, "tile", "entries")); err == nil {
		t.Error("a mirror exported entries")
	}
}

// tiledLog reads an exported log with nothing but the text of C2SP tlog-tiles:
// it shares no code with what is tested.
type tiledLog struct {
	t    *testing.T
	dir  string
	size int64
}

func (r *tiledLog) read(kind string, n, width int64) []byte {
	r.t.Helper()
	digits := fmt.Sprintf("%03d", n)
	for len(digits)%3 != 0 {
		digits = "0" + digits
	}
	var parts []string
	for i := 0; i < len(digits); i += 3 {
		parts = append(parts, "x"+digits[i:i+3])
	}
	last := len(parts) - 1
	parts[last] = strings.TrimPrefix(parts[last], "x")
	path := "tile/" + kind + "/" + strings.Join(parts, "/")
	if width < 256 {
		path += ".p/" + strconv.FormatInt(width, 10)
	}
	data, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(path)))
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

// level gives all hashes of a level of tiles: floor(s / 256^l) of them.
func (r *tiledLog) level(l int) (hashes [][]byte) {
	count := r.size
	for range l {
		count /= 256
	}
	for n := int64(0); n*256 < count; n++ {
		width := min(256, count-n*256)
		data := r.read(strconv.Itoa(l), n, width)
		if int64(len(data)) != width*32 {
			r.t.Fatalf("tile %d/%d has %d bytes for %d hashes", l, n, len(data), width)
		}
		for ; len(data) > 0; data = data[32:] {
			hashes = append(hashes, data[:32])
		}
	}
	return hashes
}

// root checks each level against the one below, and computes the tree's root.
func (r *tiledLog) root() mithaq.Digest {
	leaves := r.level(0)
	below := leaves
	for l := 1; len(below) >= 256; l++ {
		hashes := r.level(l)
		for i, h := range hashes {
			if !bytes.Equal(h, mth(below[i*256:(i+1)*256])) {
				r.t.Fatalf("hash %d of level %d is not that of the tile below", i, l)
			}
		}
		below = hashes
	}
	return mithaq.Digest(mth(leaves))
}

// mth is the Merkle Tree Hash over leaf hashes (RFC 6962, 2.1).
func mth(hashes [][]byte) []byte {
	if len(hashes) == 1 {
		return hashes[0]
	}
	k := 1
	for k*2 < len(hashes) {
		k *= 2
	}
	h := sha256.New()
	h.Write([]byte{1})
	h.Write(mth(hashes[:k]))
	h.Write(mth(hashes[k:]))
	return h.Sum(nil)
}

// entries gives all entries, each held to its hash at level 0.
func (r *tiledLog) entries() (leaves []mithaq.Digest) {
	hashes := r.level(0)
	for n := int64(0); n*256 < r.size; n++ {
		data := r.read("entries", n, min(256, r.size-n*256))
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			if h := sha256.Sum256(append([]byte{0}, entry...)); !bytes.Equal(h[:], hashes[len(leaves)]) {
				r.t.Fatalf("entry %d does not hash to its tile", len(leaves))
			}
			leaves, data = append(leaves, mithaq.Digest(entry)), data[2+length:]
		}
	}
	if int64(len(leaves)) != r.size {
		r.t.Fatalf("%d entries of %d", len(leaves), r.size)
	}
	return leaves
}

var tileFile = regexp.MustCompile(`^(checkpoint|tile/([0-9]|[1-5][0-9]|6[0-3]|entries)/(x[0-9]{3}/)*[0-9]{3}(\.p/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$`)

func wantOnlyTiles(t *testing.T, dir string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !tileFile.MatchString(path) {
			t.Errorf("%s should not be there", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestExportForOthers leaves an export of MITHAQ_EXPORT_ENTRIES entries in the
// folder MITHAQ_EXPORT_DIR, for other software to check: see tests/interop-ledger.
func TestExportForOthers(t *testing.T) {
	dir := os.Getenv("MITHAQ_EXPORT_DIR")
	if dir == "" {
		t.Skip("MITHAQ_EXPORT_DIR is not set: nothing to export for")
	}
	entries, err := strconv.ParseInt(os.Getenv("MITHAQ_EXPORT_ENTRIES"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	fill64(t, w.s, w.kept, 0, entries)
	w.sign()
	if _, err := Export(t.Context(), w.s, w.kept, filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	for i, key := range VerifierKeys(testOrigin, w.pub) {
		name := filepath.Join(dir, []string{"ed25519.vkey", "mldsa44.vkey"}[i])
		if err := os.WriteFile(name, []byte(key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "origin"), []byte(testOrigin), 0o600); err != nil {
		t.Fatal(err)
	}
}
