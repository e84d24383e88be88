package subscribe_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/gate"
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

// A run over TLS, server and client in one process, against the import of the
// same objects from a file. Processor time, since the machine has other work.
func BenchmarkARunAgainstAnImport(b *testing.B) {
	var run, file time.Duration
	n := 0
	for b.Loop() {
		d, s := newDesk(b, "sqlite"), newServer(b)
		n = attack(b, s, "enterprise-attack-2.0.json.gz", 1<<20)
		terms := d.terms(s)
		terms.Page = 1000
		d.add(terms)
		from := cpu(b)
		if _, r := d.run(); int(r.Taken) != n {
			b.Fatalf("%+v", r)
		}
		run += cpu(b) - from

		other := newDesk(b, "sqlite")
		other.profile(stix.TLPGreen)
		raw, err := testdata.Unpacked(testdata.Shared(b, "stix/enterprise-attack-2.0.json.gz"))
		must(b, err)
		from = cpu(b)
		_, err = other.node.Gate().Intake(b.Context(), other.analyst, strings.NewReader(string(raw)), gate.Import{Profile: other.source})
		must(b, err)
		file += cpu(b) - from
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(b.N*n) }
	b.ReportMetric(each(run), "µs/object")
	b.ReportMetric(each(file), "µs/object-import")
	b.ReportMetric(float64(run)/float64(file), "ratio")
}
