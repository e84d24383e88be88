package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var static embed.FS

// assets are the files below static/, and one hash over all of them, so that
// browsers may keep what they have until anything changes.
type assets struct {
	hash  string
	files map[string]file
}

type file struct {
	kind         string
	plain, small []byte // small is gzipped; nil where that saves nothing
}

func load() *assets {
	a := &assets{files: map[string]file{}}
	sum := sha256.New()
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := static.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name + "\x00"))
		sum.Write(raw)
		a.files[strings.TrimPrefix(name, "static/")] = file{kindOf(name), raw, squeezed(raw, name)}
		return nil
	})
	if err != nil {
		panic(err) // embedded above
	}
	a.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	return a
}

func kindOf(name string) string {
	if path.Ext(name) == ".woff2" {
		return "font/woff2"
	}
	if path.Ext(name) == ".js" {
		return "text/javascript; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func squeezed(raw []byte, name string) []byte {
	if path.Ext(name) == ".woff2" {
		return nil
	}
	return gzipped(raw)
}

func gzipped(raw []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed+4) // the level is one there is
	_, _ = z.Write(raw)                               // to memory
	_ = z.Close()
	return b.Bytes()
}

// url is where an asset is.
func (a *assets) url(name string) string { return "/static/" + a.hash + "/" + name }

// static serves an asset under the hash of the day; under another it is gone.
func (s *site) static(w http.ResponseWriter, r *http.Request) {
	f, ok := s.assets.files[r.PathValue("file")]
	if !ok || r.PathValue("hash") != s.assets.hash {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable") // RFC 8246, 2
	h.Set("Vary", "Accept-Encoding")
	if f.small != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(f.small) // the browser may have left
		return
	}
	_, _ = w.Write(f.plain)
}

func takesGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// manifest lets the pages be kept as an application. W3C appmanifest
func (s *site) manifest(w http.ResponseWriter, r *http.Request) {
	v := s.visit(w, r)
	w.Header().Set("Content-Type", "application/manifest+json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"name": v.say.T("web.mithaq"), "short_name": v.say.T("web.mithaq"), "start_url": "/", "display": "standalone",
		"lang": v.say.Lang(), "dir": v.say.Dir(),
		"icons": []map[string]string{{"src": s.assets.url("mark.svg"), "sizes": "any", "type": "image/svg+xml"}},
	})
}
