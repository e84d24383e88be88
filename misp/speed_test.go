package misp_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/mithaq-hub/mithaq/misp"
)

// bigEvent is an event of n attributes as a MISP server exports them.
func bigEvent(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"Event":{"id":"1","Attribute":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		typ, value, ids := "ip-dst", fmt.Sprintf("198.51.%d.%d", i/256%256, i%256), true
		switch i % 4 {
		case 1:
			typ, value = "sha256", fmt.Sprintf("%064x", i)
		case 2:
			typ, value, ids = "domain", fmt.Sprintf("host-%d.example", i), false
		case 3:
			typ, value, ids = "text", fmt.Sprintf("note %d", i), false
		}
		fmt.Fprintf(&b, `{"id":"%d","event_id":"1","object_id":"0","object_relation":null,"category":"Network activity","type":%q,`+
			`"value1":%q,"to_ids":%v,"uuid":"%08x-0000-4000-8000-%012x","timestamp":"1767312000","distribution":"5",`+
			`"sharing_group_id":"0","comment":"","deleted":false,"disable_correlation":false,"first_seen":null,"last_seen":null,`+
			`"value":%q,"Galaxy":[],"ShadowAttribute":[]}`, i+1, typ, value, ids, i, i, value)
	}
	b.WriteString(`],"Object":[],"info":"A long list","date":"2026-01-02","timestamp":"1767312000","published":true,` +
		`"publish_timestamp":"1767312000","uuid":"5a3c2fcd-8328-42bb-a95e-4f4402de0b81","Tag":[{"name":"tlp:amber"}]}}`)
	return b.Bytes()
}

// BenchmarkStream converts long events, the longest of 150,000 attributes.
func BenchmarkStream(b *testing.B) {
	for _, n := range []int{10_000, 150_000} {
		raw := bigEvent(n)
		for _, lean := range []bool{false, true} {
			b.Run(fmt.Sprintf("n=%d/lean=%v", n, lean), func(b *testing.B) { stream(b, raw, n, misp.Options{Lean: lean}) })
		}
	}
}

func stream(b *testing.B, raw []byte, n int, opts misp.Options) {
	var objects int
	start := cpuTime()
	for b.Loop() {
		seq, report := misp.Stream(bytes.NewReader(raw), misp.Limits{}, opts)
		for _, err := range seq {
			if err != nil {
				b.Fatal(err)
			}
		}
		objects = report.Objects
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N*n), "µs-cpu/attribute")
	b.ReportMetric(float64(objects), "objects")
}

// A long event needs memory for identifiers, not for content.
func TestAStreamedEventIsNotHeldInMemory(t *testing.T) {
	const n = 30_000
	if testing.Short() {
		t.Skip("a long event")
	}
	r := bytes.NewReader(bigEvent(n))
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	seq, report := misp.Stream(io.ReadSeeker(r), misp.Limits{}, misp.Options{Lean: true})
	i := 0
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		if i++; i%10_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		}
	}
	if report.Objects < n {
		t.Errorf("%d objects of %d attributes", report.Objects, n)
	}
	t.Logf("most memory in use: %d KiB, %d bytes per attribute", most>>10, most/n)
	if most/n > 400 {
		t.Errorf("%d bytes in use per attribute, want at most 400: less than its JSON", most/n)
	}
}
