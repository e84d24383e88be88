package store

import (
	"testing"

	"github.com/mithaq-hub/mithaq"
)

// BenchmarkShown reads a collection to its end in pages of a thousand, and
// reports the time an object takes.
func BenchmarkShown(b *testing.B) {
	s := open(b, Config{Migrations: []Migration{}})
	const objects = 20_000
	fill(b, s, 560, objects/bundle)
	v := mithaq.Viewer{Org: "a.example", Token: "t", Reason: "r", Purpose: "p", Basis: "b"}
	for name, which := range map[string]Which{"last": LastVersion, "all": AllVersions} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n, q := 0, Query{Limit: 1000, Which: which}
				for more := true; more; {
					must(b, s.Read(b.Context(), func(tx *Tx) error {
						page, m, err := s.Shown(tx, v, Collection{Name: "own"}, q)
						more, n, q.After = m, n+len(page), page[len(page)-1].At
						return err
					}))
				}
				if n != objects {
					b.Fatalf("%d objects", n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*objects), "ns/object")
		})
	}
}
