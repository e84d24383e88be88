package node

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// requests are the counts that are kept while the node runs; all else is read of
// the store when it is asked for.
type requests struct {
	answered *prometheus.HistogramVec // by face and status
	ran      *prometheus.HistogramVec // by outcome
}

func newRequests() *requests {
	return &requests{
		answered: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mithaq_request_seconds", Help: "Requests answered, by face and status.", Buckets: []float64{.005, .025, .1, .5, 2, 10},
		}, []string{"face", "code"}),
		ran: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mithaq_subscription_run_seconds", Help: "Runs of subscriptions, by outcome.", Buckets: []float64{1, 10, 60, 600},
		}, []string{"outcome"}),
	}
}

// count counts what a face answers.
func (r *requests) count(face string, h http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(r.answered.MustCurryWith(prometheus.Labels{"face": face}), h)
}

// face is count for who makes his handler himself.
func (r *requests) face(face string) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler { return r.count(face, h) }
}

func (r *requests) run(outcome subscribe.Outcome, took time.Duration) {
	r.ran.WithLabelValues(string(outcome)).Observe(took.Seconds())
}
