package store

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

var objects = flag.Int("objects", 20_000, "objects that BenchmarkImport imports a round")

// cpu is the processor time of this process, system calls included.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory this process ever held, in MB.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1024
		}
	}
	return 0
}

func uuid(r *rand.Rand) string {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// maker makes objects such as feeds hold: each with a value and one or two
// references, a third of these to objects made before.
type maker struct {
	r    *rand.Rand
	size int
	ids  []stix.ID
}

func (m *maker) item(i int) NewItem {
	id := stix.ID("indicator--" + uuid(m.r))
	author := stix.ID("identity--4a1f1c4e-6f0b-4f8e-9a1e-0d1c2b3a4f5e")
	address := fmt.Sprintf("%d.%d.%d.%d", m.r.IntN(256), m.r.IntN(256), m.r.IntN(256), m.r.IntN(256))
	created := time.UnixMilli(1_700_000_000_000 + int64(i)).UTC()
	refs := []Ref{{"created_by_ref", author}}
	about := stix.ID("")
	if len(m.ids) > 0 && m.r.IntN(3) == 0 {
		about = m.ids[m.r.IntN(len(m.ids))]
		refs = append(refs, Ref{"x_about_ref", about})
	}
	if len(m.ids) < 100_000 {
		m.ids = append(m.ids, id)
	}
	text := created.Format("2006-01-02T15:04:05.000Z")
	raw := fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"%s","created_by_ref":"%s","created":"%s","modified":"%s","x_about_ref":"%s","pattern_type":"stix","pattern":"[ipv4-addr:value = '%s']","valid_from":"%s","name":"","description":"`,
		id, author, text, text, about, address, text)
	raw += strings.Repeat("lorem ", max(0, m.size-len(raw)-2)/6) + `"}`
	return NewItem{
		Raw: []byte(raw), ID: id, Version: text, Created: created, Modified: created, TLP: stix.TLPGreen,
		Digest: mithaq.DigestOf([]byte(raw)), Values: []Value{{"ipv4-addr", address}}, Refs: refs,
	}
}

const bundle = 2000

func importBundle(t testing.TB, s *Store, items []NewItem) {
	must(t, s.Write(t.Context(), func(tx *Tx) error {
		class, err := s.Class(tx, mithaq.Handling{TLP: stix.TLPGreen, RetainDays: 365})
		if err != nil {
			return err
		}
		puts, err := s.Put(tx, items, nil)
		if err != nil {
			return err
		}
		holdings := make([]NewHolding, len(puts))
		for i, p := range puts {
			holdings[i] = NewHolding{
				HoldingKey: HoldingKey{Item: p.Seq, Giver: "atlas.example", Under: "x-mithaq-source-profile--4a1f1c4e-6f0b-4f8e-9a1e-0d1c2b3a4f5e"},
				Class:      class, Until: tx.Now().AddDate(1, 0, 0), Type: "indicator", Sole: p.Sole,
			}
		}
		_, err = s.PutHoldings(tx, holdings)
		return err
	}))
}

// BenchmarkImport measures processor time per object, that of making the objects
// and of PostgreSQL's server not counted:
//
//	go test -run '^$' -bench Import -benchtime 1x ./internal/store -args -objects 1000000
func BenchmarkImport(b *testing.B) {
	for _, size := range []int{560, 1400} {
		b.Run(fmt.Sprintf("sqlite/%dB", size), func(b *testing.B) {
			for b.Loop() {
				benchImport(b, size, Config{Dir: b.TempDir()})
			}
		})
		b.Run(fmt.Sprintf("postgres/%dB", size), func(b *testing.B) {
			for b.Loop() {
				benchImport(b, size, Config{DSN: postgresSchema(b)})
			}
		})
	}
}

// postgresSchema is storetest.Schema, which a test inside this package cannot import.
func postgresSchema(b *testing.B) string {
	dsn := os.Getenv("MITHAQ_TEST_POSTGRES")
	if dsn == "" {
		b.Skip("no PostgreSQL: set MITHAQ_TEST_POSTGRES to the URL of a server")
	}
	name := "bench_" + strings.ToLower(crand.Text())
	do := func(sql string) {
		ctx := context.Background()
		c, err := pgx.Connect(ctx, dsn)
		must(b, err)
		_, err = c.Exec(ctx, sql)
		must(b, err)
		must(b, c.Close(ctx))
	}
	do("CREATE SCHEMA " + name)
	b.Cleanup(func() { do("DROP SCHEMA " + name + " CASCADE") })
	u, err := url.Parse(dsn)
	must(b, err)
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func benchImport(b *testing.B, size int, cfg Config) {
	s := open(b, cfg)
	costs, walls, _ := fill(b, s, size, max(*objects/bundle, 10))
	report(b, costs, walls)
	must(b, s.Close())
}

// fill imports n bundles, and says what each cost.
func fill(b *testing.B, s *Store, size, n int) (costs, walls []time.Duration, ids []stix.ID) {
	m := &maker{r: rand.New(rand.NewPCG(1, 2)), size: size}
	items := make([]NewItem, bundle)
	for k := range n {
		for i := range items {
			items[i] = m.item(k*bundle + i)
		}
		c, w := cpu(), time.Now()
		importBundle(b, s, items)
		costs, walls = append(costs, cpu()-c), append(walls, time.Since(w))
	}
	return costs, walls, m.ids
}

// BenchmarkRead measures what persons and partners wait for, in a store of so many objects.
func BenchmarkRead(b *testing.B) {
	s := open(b, Config{})
	_, _, ids := fill(b, s, 560, max(*objects/bundle, 10))
	v := mithaq.Viewer{Org: "atlas.example", Person: "person-0123456789abcdef", Roles: []mithaq.Role{mithaq.Analyst}, Reason: "r", Purpose: "p", Basis: "b"}
	r := rand.New(rand.NewPCG(3, 4))
	after := int64(0)
	each := func(name string, ask func(tx *Tx) (int, error)) {
		b.Run(name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				must(b, s.Read(b.Context(), func(tx *Tx) error {
					n, err := ask(tx)
					found += n
					return err
				}))
			}
			b.ReportMetric(float64(found)/float64(b.N), "found/op")
		})
	}
	each("page of 1000", func(tx *Tx) (int, error) {
		page, more, err := s.Page(tx, v, Query{After: after, Limit: 1000})
		if after = 0; more {
			after = page[len(page)-1].Seq
		}
		return len(page), err
	})
	each("last versions, page of 1000", func(tx *Tx) (int, error) {
		page, _, err := s.Page(tx, v, Query{After: after, Limit: 1000, Which: LastVersion})
		return len(page), err
	})
	each("latest by id", func(tx *Tx) (int, error) {
		_, err := s.Latest(tx, v, ids[r.IntN(len(ids))])
		return 1, err
	})
	each("by value", func(tx *Tx) (int, error) {
		items, err := s.ByValue(tx, v, "ipv4-addr", "10.1.2.3", 10)
		return len(items), err
	})
	each("neighbours", func(tx *Tx) (int, error) {
		items, err := s.Neighbours(tx, v, ids[r.IntN(len(ids))], 10)
		return len(items), err
	})
}

// BenchmarkWrite is one small durable write after the other, and many at once.
func BenchmarkWrite(b *testing.B) {
	s := open(b, Config{})
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			must(b, s.Write(b.Context(), func(tx *Tx) error { return tx.Change("t", "k", nil) }))
		}
	})
	b.Run("64 at once", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				must(b, s.Write(b.Context(), func(tx *Tx) error { return tx.Change("t", "k", nil) }))
			}
		})
	})
}

func report(b *testing.B, costs, walls []time.Duration) {
	each := func(list []time.Duration) float64 {
		var sum time.Duration
		for _, d := range list {
			sum += d
		}
		return float64(sum.Nanoseconds()) / 1000 / float64(len(list)*bundle)
	}
	tenth := len(costs) / 10
	b.ReportMetric(each(costs), "cpu-µs/object")
	b.ReportMetric(each(costs[:tenth]), "first-tenth-µs")
	b.ReportMetric(each(costs[len(costs)-tenth:]), "last-tenth-µs")
	slices.Sort(walls)
	b.ReportMetric(float64(walls[len(walls)*99/100].Microseconds())/1000, "p99-bundle-ms")
	b.ReportMetric(peak(), "peak-MB")
	b.ReportMetric(0, "ns/op")
}
