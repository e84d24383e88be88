package taxii

import (
	"cmp"
	"io"
	"net/http"
	"strconv"
	"time"
)

// chunk is how many bytes are given to the network at a time: what a client
// has to take within Stall to be served on.
const chunk = 64 << 10

// write sends parts as one body with its length, and stops when the client
// takes nothing for Stall. Nothing can be said to a client that has left.
func (c *call) write(status int, parts ...[]byte) {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(n))
	out := patient{c.w, http.NewResponseController(c.w), c.stall()}
	out.extend()
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead && out.all(parts) == nil {
		_ = out.control.Flush()
	}
	_ = out.control.SetWriteDeadline(time.Time{}) // for whoever serves the connection's next request
}

func (s *Server) stall() time.Duration { return cmp.Or(s.Stall, 30*time.Second) }

// patient writes with a deadline that moves on with each chunk.
type patient struct {
	w       io.Writer
	control *http.ResponseController
	stall   time.Duration
}

// extend has no effect on a writer without a connection, such as a recorder.
func (p patient) extend() { _ = p.control.SetWriteDeadline(time.Now().Add(p.stall)) }

// all gathers small parts into chunks, and takes chunks of large ones as they are.
func (p patient) all(parts [][]byte) error {
	buf := make([]byte, 0, min(chunk, size(parts)))
	for _, part := range parts {
		for len(part) > 0 {
			if len(buf) == 0 && len(part) >= chunk {
				if err := p.chunk(part[:chunk]); err != nil {
					return err
				}
				part = part[chunk:]
				continue
			}
			n := min(len(part), cap(buf)-len(buf))
			buf, part = append(buf, part[:n]...), part[n:]
			if len(buf) == cap(buf) {
				if err := p.chunk(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
	}
	_, err := p.w.Write(buf)
	return err
}

func (p patient) chunk(b []byte) error {
	_, err := p.w.Write(b)
	p.extend()
	return err
}

func size(parts [][]byte) (n int) {
	for _, p := range parts {
		n += len(p)
	}
	return n
}
