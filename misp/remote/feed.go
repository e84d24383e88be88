package remote

import (
	"context"
	"io"
	"net/http"

	"github.com/mithaq-hub/mithaq/misp"
)

// File writes a file at or below the server's URL to w: path is "" for the URL
// itself. etag is that of the file as it was read before, "" for none; where the
// server says that it is the same, nothing is written, and changed is false.
func (s *Server) File(ctx context.Context, path, etag string, w io.Writer) (now string, changed bool, err error) {
	res, err := s.do(ctx, request{method: http.MethodGet, path: path, etag: etag})
	if err != nil {
		return "", false, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotModified {
		return etag, false, nil
	}
	_, err = io.Copy(w, res.Body)
	return res.Header.Get("ETag"), true, err
}

// ManifestRows are the events that a feed's manifest lists.
func ManifestRows(raw []byte) (rows []Row, err error) {
	all, err := misp.ParseRecord(raw, misp.Limits{Record: len(raw) + 1})
	if err != nil {
		return nil, &AnswerError{err.Error()}
	}
	for uuid := range all.Names() {
		entry := all.Record(uuid)
		if entry == nil || !isUUID(uuid) {
			return nil, &AnswerError{"manifest.json: want objects named by UUIDs"}
		}
		row := Row{UUID: uuid, Published: true}
		row.Timestamp, _ = entry.Int("timestamp")
		rows = append(rows, row)
	}
	return rows, nil
}
