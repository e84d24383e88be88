package store

import (
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

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
				Class:      class, Until: tx.Now().AddDate(1, 0, 0),
			}
		}
		_, err = s.PutHoldings(tx, holdings)
		return err
	}))
}

// BenchmarkImport measures processor time per object, made objects not counted:
//
//	go test -run '^$' -bench Import -benchtime 1x ./internal/store -args -objects 1000000
func BenchmarkImport(b *testing.B) {
	for _, size := range []int{560, 1400} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			for b.Loop() {
				benchImport(b, size)
			}
		})
	}
}

func benchImport(b *testing.B, size int) {
	s := open(b, Config{})
	m := &maker{r: rand.New(rand.NewPCG(1, 2)), size: size}
	n := max(*objects/bundle, 10)
	costs, walls := make([]time.Duration, n), make([]time.Duration, n)
	items := make([]NewItem, bundle)
	for k := range n {
		for i := range items {
			items[i] = m.item(k*bundle + i)
		}
		c, w := cpu(), time.Now()
		importBundle(b, s, items)
		costs[k], walls[k] = cpu()-c, time.Since(w)
	}
	report(b, costs, walls)
	must(b, s.Close())
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
