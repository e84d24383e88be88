package node

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// metrics answers with everything that is measured. Nothing is measured between
// two questions but requests and runs, so that a node at rest rests.
func (n *Node) metrics() http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	all.MustRegister(n.counts.answered, n.counts.ran, &census{n: n})
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 2, Timeout: 2 * answerIn,
	})
}

// A measure is one name of the census with its labels.
type measure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) measure {
	return measure{prometheus.NewDesc("mithaq_"+name, help, labels, nil), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) measure {
	return measure{prometheus.NewDesc("mithaq_"+name, help, labels, nil), prometheus.CounterValue}
}

var (
	ready       = gauge("ready", "1 while the node serves, 0 while it drains.")
	quarantined = gauge("quarantined", "1 while the node keeps to itself after a restore.")
	build       = gauge("build_info", "Always 1; the version is in the label.", "version")

	envelopes = gauge("envelopes", "Messages that ever entered a lane, by how they stand now.", "direction", "lane", "state")
	waiting   = gauge("receipts_missing", "Our messages that wait for their partner's receipt.", "partner", "lane")
	oldest    = gauge("oldest_waiting_seconds", "Age of our oldest message without a receipt; 0 where none waits.", "partner", "lane")
	stopped   = gauge("lanes_frozen", "Lanes that stand still until a person looks at them.", "partner")
	troubled  = gauge("lanes_in_trouble", "Lanes whose last delivery failed.", "partner")
	partners  = gauge("partners", "Partners, by state.", "state")
	recalls   = gauge("recalls_unanswered", "Recalls without a statement of erasure, by whose recall it is.", "by")
	overdue   = gauge("recalls_overdue", "Those whose time under the pact is over.", "by")

	entries   = counter("log_entries_total", "Entries of the logs, by whose they are.", "kind")
	logs      = gauge("logs", "Logs, by whose they are.", "kind")
	bytesHeld = gauge("store_bytes", "What the database takes.")
	queued    = gauge("writer_waiting", "Transactions that wait for the writer.")
	written   = counter("writer_transactions_total", "Transactions that came to a commit.")
	commits   = counter("writer_commits_total", "Commits, each of one or more transactions.")
	syncing   = counter("writer_commit_seconds_total", "What these commits took.")

	lateJobs  = gauge("due_late", "Jobs whose time has come and that are not done, by kind.", "kind")
	lateFor   = gauge("due_late_seconds", "How late the oldest of them is.", "kind")
	feeds     = gauge("subscriptions", "Subscriptions, by state.", "state")
	feedFails = gauge("subscription_failures", "Runs that failed in a row.", "subscription")
)

func measures() []measure {
	return []measure{
		ready, quarantined, build, envelopes, waiting, oldest, stopped, troubled, partners, recalls, overdue,
		entries, logs, bytesHeld, queued, written, commits, syncing, lateJobs, lateFor, feeds, feedFails,
	}
}

// census reads how everything stands, in one snapshot of the store a question.
type census struct{ n *Node }

// Describe is of [prometheus.Collector].
func (c *census) Describe(out chan<- *prometheus.Desc) {
	for _, m := range measures() {
		out <- m.desc
	}
}

// Collect is of [prometheus.Collector].
func (c *census) Collect(out chan<- prometheus.Metric) {
	t := teller{out}
	c.process(t)
	ctx, cancel := context.WithTimeout(context.Background(), answerIn)
	defer cancel()
	err := c.n.store.Read(ctx, func(tx *store.Tx) error {
		return errors.Join(c.lanes(tx, t), c.partners(tx, t), c.recalls(tx, t), c.logs(tx, t), c.store(tx, t), c.feeds(tx, t))
	})
	if err != nil {
		out <- prometheus.NewInvalidMetric(bytesHeld.desc, err)
	}
}

type teller struct{ out chan<- prometheus.Metric }

func (t teller) say(m measure, value float64, labels ...string) {
	t.out <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
}

// each says a value for every label of a count.
func (t teller) each(m measure, counts map[string]float64) {
	for label, value := range counts {
		t.say(m, value, label)
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (c *census) process(t teller) {
	w := c.n.store.Tally()
	t.say(ready, one(!c.n.draining.Load()))
	t.say(build, 1, c.n.options.Version)
	t.say(queued, float64(w.Waiting))
	t.say(written, float64(w.Writes))
	t.say(commits, float64(w.Commits))
	t.say(syncing, w.Took.Seconds())
}

func (c *census) partners(tx *store.Tx, t teller) error {
	all, err := c.n.peer.Partners(tx)
	states := map[string]float64{string(mithaq.PartnerAccepted): 0}
	for _, p := range all {
		states[string(p.State)]++
	}
	t.each(partners, states)
	return err
}

// recalls counts those that wait for a statement: ours of our partners, theirs of us.
func (c *census) recalls(tx *store.Tx, t teller) error {
	open, err := c.n.gate.Recalls(tx, true)
	all, late := map[string]float64{"us": 0, "them": 0}, map[string]float64{"us": 0, "them": 0}
	for _, r := range open {
		by := "them"
		if r.Giver == c.n.config.Organisation {
			by = "us"
		}
		all[by]++
		late[by] += one(!r.Due.IsZero() && r.Due.Before(tx.Now()))
	}
	t.each(recalls, all)
	t.each(overdue, late)
	return err
}

func (c *census) logs(tx *store.Tx, t teller) error {
	all, err := ledger.Logs(tx)
	count, size := map[string]float64{}, map[string]float64{}
	for _, l := range all {
		count[string(l.Kind)]++
		size[string(l.Kind)] += float64(l.Size)
	}
	t.each(logs, count)
	t.each(entries, size)
	return err
}

func (c *census) store(tx *store.Tx, t teller) error {
	size, err := tx.Size()
	if err != nil {
		return err
	}
	t.say(bytesHeld, float64(size))
	reason, err := tx.Quarantined()
	if err != nil {
		return err
	}
	t.say(quarantined, one(reason != ""))
	late, err := tx.Late()
	for _, l := range late {
		t.say(lateJobs, float64(l.Jobs), l.Kind)
		t.say(lateFor, tx.Now().Sub(l.Oldest).Seconds(), l.Kind)
	}
	return err
}

func (c *census) feeds(tx *store.Tx, t teller) error {
	all, err := c.n.feeds.All(tx)
	states := map[string]float64{}
	for _, s := range all {
		states[string(s.State)]++
		t.say(feedFails, float64(s.Failures), string(s.Name))
	}
	t.each(feeds, states)
	return err
}

// elapsed is how old something is, in seconds; 0 for what is not there.
func elapsed(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}
