package gate

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/stix"
)

// cpu is what this process has used so far, all threads.
func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// attack opens ATT&CK Enterprise as STIX 2.0.
func attack(t testing.TB) io.Reader {
	f, err := os.Open(testdata.Shared(t, "stix/enterprise-attack-2.0.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

const attackObjects = 24_771

func (n *node) attackProfile() stix.ID {
	return n.profile(func(p *mithaq.SourceProfile) {
		p.Default.TLP, p.Default.Onward, p.Name = stix.TLPClear, mithaq.OnwardOpen, "ATT&CK"
	})
}

func (n *node) importAttack(t testing.TB, profile stix.ID) *Report {
	r, err := n.Intake(context.Background(), n.analyst(), attack(t), Import{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// attackTypes are the types of ATT&CK that STIX does not know.
var attackTypes = []string{
	"x-mitre-tactic", "x-mitre-matrix", "x-mitre-data-source", "x-mitre-data-component", "x-mitre-collection",
	"x-mitre-analytic", "x-mitre-detection-strategy", "x-mitre-asset",
}

// admitAttack lets a pact carry ATT&CK.
func admitAttack(terms *mithaq.Terms) {
	terms.Flows[0].Types = append(terms.Flows[0].Types, attackTypes...)
	terms.Flows[0].Types = append(terms.Flows[0].Types, "marking-definition")
	terms.Impersonal = append(terms.Impersonal, attackTypes...)
}

func BenchmarkImportATTACK(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, atlas)
		a := w.nodes[atlas]
		profile := a.attackProfile()
		from := cpu(b)
		b.StartTimer()
		r := a.importAttack(b, profile)
		if r.Read != attackObjects || r.Refused != 0 || r.Kept < attackObjects {
			b.Fatalf("%+v", r)
		}
		b.ReportMetric(float64((cpu(b)-from).Microseconds())/attackObjects, "cpu-µs/object")
	}
}

func BenchmarkShareATTACK(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, atlas, najd)
		w.agree(mithaq.DailyIndicators, admitAttack)
		a := w.nodes[atlas]
		profile := a.attackProfile()
		a.importAttack(b, profile)
		ask := a.ask(profile)
		ask.Purpose = mithaq.NetworkDefence
		from := cpu(b)
		b.StartTimer()
		sent, err := a.Propose(context.Background(), a.releaser(), ask)
		if err != nil {
			b.Fatal(err)
		}
		w.carry()
		b.ReportMetric(float64((cpu(b)-from).Microseconds())/attackObjects, "cpu-µs/object")
		for _, s := range sent[0].Stays {
			b.Logf("%d stay by %s: %v", s.Count, s.Clauses, s.Items[0].ID)
		}
		a.expect(sent[0].Release.ID, mithaq.Acknowledged, sent[0].Goes, 0)
	}
}
