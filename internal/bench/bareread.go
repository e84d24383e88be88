package bench

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// What reading cannot spare: the rows out of the database, and the bytes over HTTP.

// bareRows is the processor time of an object, in µs, when all items are read with
// the one shortest statement there is, a page of a thousand at a time.
func bareRows(ctx context.Context, s *store.Store, objects int) (float64, error) {
	from := cpu()
	for after, n := int64(0), 1; n > 0; {
		err := s.Read(ctx, func(tx *store.Tx) error {
			n = 0
			rows, err := tx.Query("SELECT seq, raw FROM item WHERE seq > ? ORDER BY seq LIMIT 1000", after)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			for ; rows.Next(); n++ {
				var raw []byte
				if err := rows.Scan(&after, &raw); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		if err != nil {
			return 0, err
		}
	}
	return micros(cpu()-from) / float64(objects), nil
}

const barePages = 200

// bareHTTP is the processor time of an object, in µs, when a page's bytes lie ready
// and are asked for over HTTP on loopback, both ends counted.
func (s *tools) bareHTTP(ctx context.Context, page []byte, objects int) (each float64, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page)
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	defer func() {
		err = errors.Join(err, srv.Close())
		if stopped := <-served; !errors.Is(stopped, http.ErrServerClosed) {
			err = errors.Join(err, stopped)
		}
	}()
	from := cpu()
	for range barePages {
		if err := s.get(ctx, "http://"+ln.Addr().String()); err != nil {
			return 0, err
		}
	}
	return micros(cpu()-from) / float64(barePages*objects), nil
}

func (s *tools) get(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	_, err = s.body(res)
	return err
}

// body reads an answer into the room of the last one.
func (s *tools) body(res *http.Response) ([]byte, error) {
	if n := res.ContentLength; n > int64(len(s.room)) {
		s.room = make([]byte, n+n/8)
	}
	body := s.room[:max(0, res.ContentLength)]
	_, err := io.ReadFull(res.Body, body)
	return body, errors.Join(err, res.Body.Close())
}
