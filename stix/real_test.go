package stix

import (
	"bytes"
	"testing"
)

func TestRealObjectsConform(t *testing.T) {
	files := append(examples(t), ics21)
	for _, name := range files {
		for _, raw := range rawObjects(t, name) {
			o, err := Parse(raw, Limits{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, p := range Validate(o, Options{}) {
				t.Errorf("%s: %s: %v", name, o.ID(), p)
			}
		}
	}
}

func BenchmarkParseValidate(b *testing.B) {
	for _, should := range []bool{false, true} {
		name := "must"
		if should {
			name = "should"
		}
		b.Run(name, func(b *testing.B) { benchmarkValidate(b, rawObjects(b, ics21), Options{Should: should}) })
	}
	b.Run("small", func(b *testing.B) {
		benchmarkValidate(b, [][]byte{[]byte(smallIndicator)}, Options{})
	})
}

// smallIndicator is 560 bytes, about what an indicator of a feed takes.
const smallIndicator = `{"type":"indicator","spec_version":"2.1","id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","created":"2024-06-29T09:10:15.915Z","modified":"2024-06-29T09:10:15.915Z","name":"Malicious site hosting downloader","description":"Seen in a campaign against ticket buyers.","indicator_types":["malicious-activity"],"pattern":"[url:value = 'http://x4z9arb.cn/4712/']","pattern_type":"stix","valid_from":"2024-06-29T09:10:15Z","object_marking_refs":["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"]}`

func benchmarkValidate(b *testing.B, raws [][]byte, opts Options) {
	var bytes int64
	for _, raw := range raws {
		bytes += int64(len(raw))
	}
	b.SetBytes(bytes / int64(len(raws)))
	b.ReportAllocs()
	before := cpuTime()
	for i := 0; b.Loop(); i++ {
		o, err := Parse(raws[i%len(raws)], Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if p := Validate(o, opts); !opts.Should && len(p) > 0 {
			b.Fatal(p)
		}
	}
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
}

func TestRealUpgrade(t *testing.T) {
	raws := rawObjects(t, enterprise20)
	if len(raws) != 24_771 {
		t.Fatalf("%d objects, want 24,771", len(raws))
	}
	for _, raw := range raws {
		before, err := Parse(raw, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		up, err := before.Upgrade()
		if err != nil {
			t.Fatalf("%s: %v", before.ID(), err)
		}
		if len(up) != 1 {
			t.Fatalf("%s: %d objects", before.ID(), len(up))
		}
		o, err := Parse(up[0].Raw, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", before.ID(), err)
		}
		if o.ID() != before.ID() || o.Version() != before.Version() || o.SpecVersion() != "2.1" {
			t.Errorf("%s: another id, version or spec_version", before.ID())
		}
		for _, p := range Validate(o, Options{}) {
			t.Errorf("%s: %v", o.ID(), p)
		}
		for name := range before.Names() {
			if name == "labels" {
				continue
			}
			was, _ := before.Member(name)
			if is, _ := o.Member(name); !bytes.Equal(was, is) {
				t.Errorf("%s: %s changed", o.ID(), name)
			}
		}
	}
}

func BenchmarkUpgradeATTACK(b *testing.B) {
	raws := rawObjects(b, enterprise20)
	var size int64
	for _, raw := range raws {
		size += int64(len(raw))
	}
	b.SetBytes(size / int64(len(raws)))
	b.ReportAllocs()
	before := cpuTime()
	for i := 0; b.Loop(); i++ {
		if _, err := Upgrade(raws[i%len(raws)], Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
}
