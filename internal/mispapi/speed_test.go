package mispapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// longEvent writes an event of n attributes for detection, as a MISP server pushes it.
func longEvent(n int) string {
	var b strings.Builder
	b.WriteString(`{"Event":{"id":"1","uuid":"` + eventUUID + `","info":"A long list","date":"2026-01-02","timestamp":"1767312000","published":true,"Attribute":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		typ, value, ids := "ip-dst", fmt.Sprintf("198.%d.%d.%d", 18+i/65536, i/256%256, i%256), true
		switch i % 4 {
		case 1:
			typ, value = "sha256", fmt.Sprintf("%064x", i)
		case 2:
			typ, value = "domain", fmt.Sprintf("host-%d.example", i)
		case 3:
			typ, value, ids = "text", fmt.Sprintf("note %d", i), false
		}
		fmt.Fprintf(&b, `{"id":"%d","event_id":"1","object_id":"0","object_relation":null,"category":%q,"type":%q,`+
			`"to_ids":%v,"uuid":"%08x-0000-4000-8000-%012x","timestamp":"1767312000","distribution":"5","sharing_group_id":"0",`+
			`"comment":"","deleted":false,"disable_correlation":false,"value":%q}`, i+1,
			map[bool]string{true: "Other", false: "Network activity"}[typ == "text"], typ, ids, i, i, value)
	}
	b.WriteString(`]}}`)
	return strings.ReplaceAll(b.String(), `"Network activity","type":"sha256"`, `"Payload delivery","type":"sha256"`)
}

// BenchmarkLongEvent adds an event of 150,000 attributes as a server pushes it, and
// reads it back: CPU time, and the most memory in use, by attribute.
func BenchmarkLongEvent(b *testing.B) {
	const n = 150_000
	body := longEvent(n)
	for b.Loop() {
		d := newDesk(b)
		start := cpuTime()
		peak := peakWhile(func() {
			if w := d.do("writer", http.MethodPost, "/events/add/metadata:1", body); w.Code != 200 {
				b.Fatalf("%d %.300s", w.Code, w.Body)
			}
		})
		b.ReportMetric(float64(cpuTime()-start)/n/1e3, "add-µs/attribute")
		b.ReportMetric(float64(peak)/(1<<20), "add-MB")
		start = cpuTime()
		peak = peakWhile(func() {
			r := httptest.NewRequest(http.MethodGet, "/events/view/"+eventUUID, nil)
			r.Header.Set("Authorization", "writer")
			w := &counting{}
			d.s.ServeHTTP(w, r)
			if w.bytes < n*100 {
				b.Fatalf("%d bytes", w.bytes)
			}
		})
		b.ReportMetric(float64(cpuTime()-start)/n/1e3, "view-µs/attribute")
		b.ReportMetric(float64(peak)/(1<<20), "view-MB")
	}
}

// counting counts an answer and forgets it.
type counting struct {
	header http.Header
	bytes  int
}

func (c *counting) Header() http.Header {
	if c.header == nil {
		c.header = http.Header{}
	}
	return c.header
}
func (c *counting) WriteHeader(int)             {}
func (c *counting) Write(p []byte) (int, error) { c.bytes += len(p); return len(p), nil }

// peakWhile is the most heap in use while fn runs, above what was in use before.
func peakWhile(fn func()) uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapInuse, m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-stop:
				return
			case <-tick():
			}
		}
	}()
	fn()
	close(stop)
	<-done
	return peak - before
}

func tick() <-chan time.Time { return time.After(20 * time.Millisecond) }

// BenchmarkSearch looks for one value in 20 events of 500 attributes: CPU time by
// attribute in sight.
func BenchmarkSearch(b *testing.B) {
	const events, attributes = 20, 500
	d := newDesk(b)
	for i := range events {
		body := strings.ReplaceAll(longEvent(attributes), eventUUID, uuidOf("bench", fmt.Sprint(i)))
		body = strings.ReplaceAll(body, "-0000-4000-8000-", fmt.Sprintf("-%04x-4000-8000-", i))
		body = strings.Replace(body, "198.18.1.0", fmt.Sprintf("198.77.%d.1", i), 1)
		if w := d.do("writer", http.MethodPost, "/events/add/metadata:1", body); w.Code != 200 {
			b.Fatalf("%d %.300s", w.Code, w.Body)
		}
	}
	start := cpuTime()
	for b.Loop() {
		w := d.do("writer", http.MethodPost, "/attributes/restSearch", `{"value":"198.77.7.1"}`)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "198.77.7.1") {
			b.Fatalf("%d %.300s", w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/events/attributes/1e3, "µs/attribute")
}
