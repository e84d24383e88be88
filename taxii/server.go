package taxii

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// MaxPage is how many records a page has at the most, whatever a client asks.
const MaxPage = 2000

// A Server is an [http.Handler] that speaks TAXII 2.1 for a Backend. It
// authenticates nobody: [RequireAuth], or anything else that puts the caller
// into the request's context for the Backend, stands before it.
//
// Before the Backend's answer is written, nothing of the Backend is held: no
// lock, no cursor, only the page. A client that takes no byte for Stall is cut
// off, and the page with it.
type Server struct {
	Backend Backend
	Log     *slog.Logger
	Page    int           // most records of a page; 0 means MaxPage
	Stall   time.Duration // how long a client may take nothing, or send nothing of a body; 0 means 30 s
}

// Handler serves back with what a [Server] does by itself.
func Handler(back Backend, log *slog.Logger) http.Handler {
	return &Server{Backend: back, Log: log}
}

// call is one request on its way.
type call struct {
	*Server
	w http.ResponseWriter
	r *http.Request
	path
}

// ServeHTTP answers one request. Every answer has the TAXII media type, an
// error too. TAXII 2.1, 3.1
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Server: s, w: w, r: r}
	defer c.recover()
	w.Header().Set("Content-Type", MediaType)
	w.Header().Set("Cache-Control", "no-store")
	if err := c.serve(); err != nil {
		c.fail(err)
	}
}

func (c *call) serve() (err error) {
	if err := checkAccept(c.r); err != nil {
		return err
	}
	if c.path, err = split(c.r.URL); err != nil {
		return err
	}
	methods, ok := endpoints[c.kind]
	if !ok {
		return NotFound("endpoint")
	}
	do, ok := methods[c.r.Method]
	if !ok {
		c.w.Header().Set("Allow", allowed(methods)) // RFC 9110, 15.5.6
		return Errorf(http.StatusMethodNotAllowed, "%s is not used here", c.r.Method)
	}
	return do(c)
}

// recover turns a panic of a Backend into a 500 with a body.
func (c *call) recover() {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	c.Log.LogAttrs(c.r.Context(), slog.LevelError, "taxii panic", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	c.fail(fmt.Errorf("panic: %v", p))
}

func (s *Server) page() int { return cmp.Or(s.Page, MaxPage) }

// reply answers with v in JSON.
func (c *call) reply(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.write(status, body)
	return nil
}

// TAXII 2.1, 4.1
func (c *call) discovery() error {
	d, err := c.Backend.Discovery(c.r.Context())
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, d)
}

// TAXII 2.1, 4.2
func (c *call) apiRoot() error {
	root, err := c.Backend.Root(c.r.Context(), c.root)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, root)
}

// TAXII 2.1, 4.3
func (c *call) status() error {
	st, err := c.Backend.Status(c.r.Context(), c.root, c.id)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, st)
}

// TAXII 2.1, 5.1
func (c *call) collections() error {
	all, err := c.Backend.Collections(c.r.Context(), c.root)
	if err != nil {
		return err
	}
	told := make([]Collection, len(all))
	for i, one := range all {
		told[i] = one.told()
	}
	return c.reply(http.StatusOK, struct {
		Collections []Collection `json:"collections,omitempty"`
	}{told})
}

// TAXII 2.1, 5.2
func (c *call) collection() error {
	one, err := c.Backend.Collection(c.r.Context(), c.root, c.id)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, one.told())
}
