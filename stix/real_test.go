package stix

import "testing"

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
	for i := 0; b.Loop(); i++ {
		o, err := Parse(raws[i%len(raws)], Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if p := Validate(o, opts); opts.Should == false && len(p) > 0 {
			b.Fatal(p)
		}
	}
}
