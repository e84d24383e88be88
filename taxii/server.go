package taxii

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
)

// MaxPage is how many records a page has at the most, whatever a client asks.
const MaxPage = 2000

type server struct {
	back Backend
	log  *slog.Logger
}

// Handler serves back. It authenticates nobody: wrap it in what does, and put
// the caller into the request's context for the Backend.
func Handler(back Backend, log *slog.Logger) http.Handler {
	s := &server{back, log}
	mux := http.NewServeMux()
	mux.Handle("GET /taxii2/{$}", s.answer(s.discovery))
	mux.Handle("GET /{root}/{$}", s.answer(s.root))
	mux.Handle("GET /{root}/status/{status}/{$}", s.answer(s.status))
	mux.Handle("GET /{root}/collections/{$}", s.answer(s.collections))
	mux.Handle("GET /{root}/collections/{collection}/{$}", s.answer(s.collection))
	mux.Handle("GET /{root}/collections/{collection}/manifest/{$}", s.answer(s.manifest))
	mux.Handle("GET /{root}/collections/{collection}/objects/{$}", s.answer(s.objects))
	mux.Handle("POST /{root}/collections/{collection}/objects/{$}", s.answer(s.add))
	mux.Handle("GET /{root}/collections/{collection}/objects/{object}/{$}", s.answer(s.object))
	mux.Handle("DELETE /{root}/collections/{collection}/objects/{object}/{$}", s.answer(s.remove))
	mux.Handle("GET /{root}/collections/{collection}/objects/{object}/versions/{$}", s.answer(s.versions))
	mux.Handle("/", s.answer(s.nothing))
	return s.slashed(mux)
}

// slashed keeps the mux from redirecting a path without its slash: a client
// with a signed request or a body should be told, not sent elsewhere.
func (s *server) slashed(next http.Handler) http.Handler {
	nothing := s.answer(s.nothing)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			next.ServeHTTP(w, r)
		} else {
			nothing.ServeHTTP(w, r)
		}
	})
}

func (s *server) answer(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := checkAccept(r); err != nil {
			s.fail(w, r, err)
			return
		}
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// nothing answers what no endpoint matched, telling a missing slash and a
// method of another endpoint apart from what is not there.
func (s *server) nothing(_ http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodDelete && r.Method != http.MethodHead {
		return Errorf(http.StatusMethodNotAllowed, "%s is not used in TAXII", r.Method)
	}
	if !strings.HasSuffix(r.URL.Path, "/") {
		return Errorf(http.StatusNotFound, "a TAXII path ends in a slash") // TAXII 2.1, 3.1
	}
	return NotFound("endpoint")
}

func reply(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have left
	return nil
}

// TAXII 2.1, 4.1
func (s *server) discovery(w http.ResponseWriter, r *http.Request) error {
	d, err := s.back.Discovery(r.Context())
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, d)
}

// TAXII 2.1, 4.2
func (s *server) root(w http.ResponseWriter, r *http.Request) error {
	root, err := s.back.Root(r.Context(), r.PathValue("root"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, root)
}

// TAXII 2.1, 4.3
func (s *server) status(w http.ResponseWriter, r *http.Request) error {
	st, err := s.back.Status(r.Context(), r.PathValue("root"), r.PathValue("status"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, st)
}

// TAXII 2.1, 5.1
func (s *server) collections(w http.ResponseWriter, r *http.Request) error {
	all, err := s.back.Collections(r.Context(), r.PathValue("root"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, struct {
		Collections []Collection `json:"collections,omitempty"`
	}{all})
}

// TAXII 2.1, 5.2
func (s *server) collection(w http.ResponseWriter, r *http.Request) error {
	c, err := s.back.Collection(r.Context(), r.PathValue("root"), r.PathValue("collection"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, c)
}
