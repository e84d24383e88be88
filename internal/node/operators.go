package node

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// answerIn is how long a question of operators may take.
const answerIn = 5 * time.Second

// Operators is what the people and programs that keep the node running ask: no
// content, and no person's name. GET alone is answered.
//
//	/healthz  200 while the process answers
//	/readyz   200 while it serves; 503, with the reason in a word, when it does not
//	/metrics  counts and durations, in the text format of Prometheus
func (n *Node) Operators() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { word(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", n.showReady)
	mux.Handle("GET /metrics", n.metrics())
	return n.counts.count("operators", atHosts(n.config.operatorHosts(), mux))
}

func (n *Node) showReady(w http.ResponseWriter, r *http.Request) {
	if why := n.unready(r.Context()); why != "" {
		word(w, http.StatusServiceUnavailable, why)
		return
	}
	word(w, http.StatusOK, "ready")
}

// unready is why nothing more should be sent here, "" when it may be.
func (n *Node) unready(ctx context.Context) string {
	if n.draining.Load() {
		return "draining"
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	err := n.store.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Quarantined()
		return err
	})
	if err != nil {
		n.log.Warn("not ready", "error", err)
		return "store"
	}
	return ""
}

func word(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// operatorHosts are the names by which operators may call the node.
func (c *Config) operatorHosts() []string {
	hosts := slices.Clone(c.OpNames)
	for i, name := range hosts {
		hosts[i] = strings.ToLower(name)
	}
	return append(hosts, thisMachine(c.Operators)...)
}
