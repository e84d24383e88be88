package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// childDir tells the test binary that it is the child that is to be killed.
const childDir = "MITHAQ_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		writeUntilKilled(dir)
	}
	if dsn := os.Getenv(childDSN); dsn != "" {
		holdUntilKilled(dsn)
	}
	os.Exit(m.Run())
}

// writeUntilKilled writes from several goroutines, bundles of items and single
// rows, and says each number on its standard output once it is durable.
func writeUntilKilled(dir string) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, Migrations: []store.Migration{numbers}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	base, _ := strconv.Atoi(os.Getenv(childDir + "_BASE"))
	var out sync.Mutex
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				n := base + i*4 + w
				if err := writeOne(ctx, s, n); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				_, _ = fmt.Println(n)
				out.Unlock()
			}
		}()
	}
	select {}
}

func writeOne(ctx context.Context, s *store.Store, n int) error {
	return s.Write(ctx, func(tx *store.Tx) error {
		if err := insert(n)(tx); err != nil {
			return err
		}
		var items []store.NewItem
		for i := range 1 + n%40 {
			items = append(items, object(n*40+i, 1, store.Ref{Kind: "x_ref", Target: object(n, 1).ID}))
		}
		puts, err := s.Put(tx, items, nil)
		if err != nil {
			return err
		}
		class, err := s.Class(tx, mithaq.Handling{TLP: stix.TLPGreen})
		if err != nil {
			return err
		}
		_, err = s.PutHoldings(tx, []store.NewHolding{{HoldingKey: store.HoldingKey{Item: puts[0].Seq, Giver: najd, Under: pactID}, Class: class}})
		return err
	})
}

// Killed at twenty random moments, a store has lost nothing that it called durable.
func TestKilledStoreLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills twenty processes")
	}
	dir := t.TempDir()
	acknowledged := map[int]bool{}
	for round := range 20 {
		for _, n := range killOne(t, dir, round*1_000_000) {
			acknowledged[n] = true
		}
	}
	s := storetest.Open(t, store.Config{Dir: dir, Migrations: []store.Migration{numbers}})
	read(t, s, func(tx *store.Tx) {
		for n := range acknowledged {
			must(t, tx.QueryRow("SELECT n FROM number WHERE n = ?", n).Scan(new(int)))
			for i := range 1 + n%40 {
				_, err := s.Latest(tx, node, object(n*40+i, 1).ID)
				must(t, err)
			}
		}
	})
	faults, err := s.Check(t.Context())
	must(t, err)
	want(t, "faults", fmt.Sprint(faults), "[]")
	if len(acknowledged) < 20 {
		t.Fatalf("only %d writes were acknowledged: the test shows nothing", len(acknowledged))
	}
	t.Logf("%d writes acknowledged in 20 killed processes, none lost", len(acknowledged))
}

// killOne starts a child and kills it after a moment; it returns what the child acknowledged.
func killOne(t *testing.T, dir string, base int) (acknowledged []int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childDir+"_BASE="+strconv.Itoa(base))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	if lines.Scan() { // it lives
		acknowledged = append(acknowledged, number(t, lines.Text()))
	}
	time.AfterFunc(time.Duration(rand.IntN(60))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	for lines.Scan() {
		acknowledged = append(acknowledged, number(t, lines.Text()))
	}
	err = cmd.Wait()
	want(t, "ended by the kill", err != nil && strings.Contains(err.Error(), "killed"), true)
	return acknowledged
}

func number(t *testing.T, line string) int {
	n, err := strconv.Atoi(line)
	must(t, err)
	return n
}

func TestFullDiskIsNeverASuccess(t *testing.T) {
	cfg := store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}, MaxPages: 200}
	s := storetest.Open(t, cfg)
	kept, refused := 0, 0
	for n := range 400 {
		err := writeOne(t.Context(), s, n)
		switch {
		case err == nil:
			kept++
		case errors.Is(err, mithaq.Unavailable):
			refused++
		default:
			t.Fatalf("write %d: %v is not Unavailable", n, err)
		}
	}
	want(t, "some were kept", kept > 0, true)
	want(t, "some were refused", refused > 0, true)
	want(t, "kept", count(t, s), kept)
	must(t, s.Close())
	cfg.MaxPages = 0
	s = storetest.Open(t, cfg)
	want(t, "kept, after reopening", count(t, s), kept)
	faults, err := s.Check(t.Context())
	must(t, err)
	want(t, "faults", fmt.Sprint(faults), "[]")
	must(t, writeOne(t.Context(), s, 1000))
}

// When the disk fills up within a batch, its other members are told so too.
func TestFullDiskTakesTheBatchBack(t *testing.T) {
	s := storetest.Open(t, store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}, MaxPages: 150})
	begun := make(chan struct{})
	var first, careless error
	var wg sync.WaitGroup
	wg.Go(func() {
		first = s.Write(context.Background(), func(tx *store.Tx) error {
			close(begun)
			time.Sleep(20 * time.Millisecond)
			return insert(1)(tx)
		})
	})
	<-begun
	careless = s.Write(context.Background(), func(tx *store.Tx) error {
		_, _ = tx.Exec("INSERT INTO number(n, raw) VALUES(2, ?)", make([]byte, 2<<20))
		_ = insert(3)(tx)
		return nil
	})
	wg.Wait()
	want(t, "careless", errors.Is(careless, mithaq.Unavailable), true)
	have := 0
	if first == nil {
		have = 1
	} else {
		want(t, "first", errors.Is(first, mithaq.Unavailable), true)
	}
	want(t, "kept", count(t, s), have)
	write(t, s, func(tx *store.Tx) { must(t, insert(4)(tx)) })
}

func TestErasedBytesLeaveTheFolder(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, store.Config{Dir: dir})
	secret := strings.Repeat("the name of the victim ", 1000) // over several pages
	it := object(1, 1)
	it.Raw = []byte(`{"name":"` + secret + `"}`)
	it.Values = []store.Value{{Kind: "name", Text: "the name of the victim"}}
	p := put(t, s, it)[0]
	put(t, s, object(2, 1))
	write(t, s, func(tx *store.Tx) { must(t, s.Erase(tx, p.Seq)) })
	must(t, s.Close())
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		want(t, file+" holds it", strings.Contains(string(data), "the name of the victim"), false)
	}
}
