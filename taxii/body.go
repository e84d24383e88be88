package taxii

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// body is the request's body, inflated where it is compressed. It fails with
// TooLarge beyond limit, counted after inflating. RFC 9110, 8.4
func (c *call) body(limit int64) (io.Reader, error) {
	if c.r.ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	slow := &patientBody{c.r.Body, http.NewResponseController(c.w), c.stall()}
	wire := http.MaxBytesReader(c.w, slow, limit)
	switch coding := strings.ToLower(strings.TrimSpace(c.r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		return wire, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(wire)
		if err != nil {
			return nil, unreadable(err)
		}
		return &capped{r: z, left: limit, limit: limit}, nil
	}
	c.w.Header().Set("Accept-Encoding", "gzip") // RFC 9110, 15.5.16
	return nil, Errorf(http.StatusUnsupportedMediaType, "a body may be compressed with gzip only")
}

// unreadable tells a body too long from one that is no gzip.
func unreadable(err error) error {
	if errors.Is(err, io.EOF) {
		return Errorf(http.StatusUnprocessableEntity, "the body is empty")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return Errorf(http.StatusUnprocessableEntity, "the body is not gzip: %v", err)
}

// capped reads at most left bytes and fails when there are more.
type capped struct {
	r           io.Reader
	left, limit int64
}

func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if int64(n) > c.left {
		n = int(c.left)
		c.left = 0
		return n, &http.MaxBytesError{Limit: c.limit}
	}
	c.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unreadable(err)
	}
	return n, err
}

// patientBody reads with a deadline that moves on with each read.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	stall   time.Duration
}

// Read fails when the client sends nothing for as long as stall.
func (p *patientBody) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(p.stall)) // no effect without a connection
	n, err := p.ReadCloser.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, Errorf(http.StatusRequestTimeout, "nothing came for %s", p.stall)
	}
	_ = p.control.SetReadDeadline(time.Time{})
	return n, err
}
