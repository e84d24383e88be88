package mithaqtest_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// several is how many processes are one node.
const several = 4

// Four processes are one node on one PostgreSQL, and share with a partner, which
// shares with them, while they are killed at random, stopped for a while, and
// started again. Nothing that was acknowledged is lost, nothing crosses twice,
// and the records of both agree.
//
// MITHAQ_SEVERAL says for how long, eight seconds where it is not set.
func TestSeveralProcessesAreOneNode(t *testing.T) {
	if os.Getenv(storetest.Env) == "" {
		t.Skip("no PostgreSQL: set " + storetest.Env + " to the URL of a server")
	}
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	long := 8 * time.Second
	if text := os.Getenv("MITHAQ_SEVERAL"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TMPDIR", shortTemp(t))
	w := mithaqtest.New(t)
	door := freeAddress(t)
	atlas := w.Node("atlas.example", mithaqtest.At(door), mithaqtest.Keeps(storetest.Schema(t)))
	najd := w.Node("najd.example", mithaqtest.At(freeAddress(t)))
	w.Acquaint(atlas, najd)
	s := &crowd{t: t, pact: w.Agree(atlas, najd), dice: rand.New(rand.NewPCG(20261124, uint64(time.Now().UnixNano())))}
	most := 100 + int(long.Seconds())*30
	s.importAll(atlas, najd, most)
	atlas.Stop()
	najd.Stop()

	s.open(atlas, door)
	s.partner = newProcess(t, najd)
	t.Cleanup(s.partner.kill)
	s.partner.start()
	s.work(long, most)
	for _, p := range s.all {
		p.end()
	}
	s.partner.end()

	atlas.Start()
	najd.Start()
	s.settle(atlas, najd)
	w.Settle()
	w.Verify()
	s.reckon(atlas, najd)
}

// A crowd is the processes of one node, and what was asked of them.
type crowd struct {
	t       *testing.T
	pact    stix.ID
	all     []*process
	partner *process
	dice    *rand.Rand

	next   atomic.Int64 // object to be shared
	mu     sync.Mutex
	shared []int // acknowledged by one of ours
	given  []int // acknowledged by the partner
	killed int
	paused int
}

// found is the first of the objects that the partner gives.
const given = 1_000_000

func (s *crowd) importAll(atlas, najd *mithaqtest.Node, most int) {
	profiles := map[*mithaqtest.Node]stix.ID{atlas: atlas.Profile(), najd: najd.Profile()}
	for from := 0; from < most; from += 2000 {
		n := min(2000, most-from)
		atlas.Import(profiles[atlas], mithaqtest.Indicators(from, n)...)
		najd.Import(profiles[najd], mithaqtest.Indicators(given+from, n)...)
	}
}

// open makes a folder for each process, and the door by which partners reach them all.
func (s *crowd) open(n *mithaqtest.Node, door string) {
	var behind []string
	for i := range several {
		dir := n.Dir
		listen := freeAddress(s.t)
		if i > 0 {
			dir = filepath.Join(s.t.TempDir(), "n")
			copyFolder(s.t, n.Dir, dir)
			edit(s.t, dir, "process = ''", fmt.Sprintf("process = 'p%d'", i))
			edit(s.t, dir, "listen = '"+door+"'", "listen = '"+listen+"'")
		}
		s.all = append(s.all, newProcessIn(s.t, n, dir))
		behind = append(behind, listen)
	}
	// The first folder is the node's own, which is opened again in the end.
	edit(s.t, n.Dir, "listen = '"+door+"'", "listen = '"+behind[0]+"'")
	for _, p := range s.all {
		s.t.Cleanup(p.kill)
		p.start()
	}
	balance(s.t, door, behind)
}

// copyFolder copies a node's folder, which is its user's alone.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := os.CopyFS(to, os.DirFS(from))
	for _, key := range []string{"keys/node.key", "keys/organisation.key"} {
		err = errors.Join(err, os.Chmod(filepath.Join(to, key), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, "mithaq.toml")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), from) {
		t.Fatalf("%s has no %s", path, from)
	}
	if err := durable.WriteFile(path, []byte(strings.Replace(string(raw), from, to, 1))); err != nil {
		t.Fatal(err)
	}
}

// balance passes connections on to addresses in turn, those that do not answer
// left out, as a load balancer for TCP does.
func balance(t *testing.T, door string, behind []string) {
	ln, err := net.Listen("tcp", door)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for n := 0; ; n++ {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go pass(in, behind, n)
		}
	}()
}

func pass(in net.Conn, behind []string, n int) {
	defer in.Close()
	for i := range behind {
		out, err := net.DialTimeout("tcp", behind[(n+i)%len(behind)], time.Second)
		if err != nil {
			continue
		}
		defer out.Close()
		go func() { _, _ = io.Copy(out, in); out.Close() }()
		_, _ = io.Copy(in, out)
		return
	}
}

// work shares from all sides while processes are killed.
func (s *crowd) work(long time.Duration, most int) {
	s.t.Helper()
	until := time.Now().Add(long)
	var sharing sync.WaitGroup
	for w := range several {
		dice := rand.New(rand.NewPCG(7, uint64(w)))
		sharing.Go(func() { s.shareUntil(until, most, dice) })
	}
	sharing.Go(func() { s.giveUntil(until, most) })
	for time.Now().Before(until) {
		s.trouble()
	}
	sharing.Wait()
	s.t.Logf("%v: %d killed, %d stopped for a while, %d of %d shares and %d gifts acknowledged",
		long, s.killed, s.paused, len(s.shared), s.next.Load(), len(s.given))
}

func (s *crowd) shareUntil(until time.Time, most int, dice *rand.Rand) {
	for time.Now().Before(until) {
		i := int(s.next.Add(1) - 1)
		if i >= most {
			return
		}
		if s.all[dice.IntN(len(s.all))].share(s.pact, i, s.partner) {
			s.mu.Lock()
			s.shared = append(s.shared, i)
			s.mu.Unlock()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *crowd) giveUntil(until time.Time, most int) {
	for i := 0; i < most && time.Now().Before(until); i++ {
		if s.partner.share(s.pact, given+i, s.all[0]) {
			s.given = append(s.given, given+i)
		}
		time.Sleep(100 * time.Millisecond) // one at a time is taken in
	}
}

// trouble waits a little, and kills a process or stops it for a while.
func (s *crowd) trouble() {
	s.t.Helper()
	time.Sleep(time.Duration(s.dice.Int64N(int64(800 * time.Millisecond))))
	p := s.all[s.dice.IntN(len(s.all))]
	if s.dice.IntN(5) == 0 {
		s.paused++
		_ = p.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(time.Duration(s.dice.Int64N(int64(time.Second))))
		_ = p.cmd.Process.Signal(syscall.SIGCONT)
		return
	}
	s.killed++
	p.kill()
	time.Sleep(time.Duration(s.dice.Int64N(int64(400 * time.Millisecond))))
	p.start()
}

// settle waits for as long as what waits becomes less.
func (s *crowd) settle(nodes ...*mithaqtest.Node) {
	s.t.Helper()
	least, since := int64(math.MaxInt64), time.Now()
	for {
		var waiting int64
		var lanes []string
		for _, n := range nodes {
			n.Read(func(tx *store.Tx) error {
				all, err := n.Peer().Lanes(tx, "")
				for _, l := range all {
					if l.Out && l.Waiting > 0 {
						waiting += l.Waiting
						lanes = append(lanes, fmt.Sprintf("%s to %s, %s: %d, %q %q", n.Org, l.Partner, l.Lane, l.Waiting, l.Trouble, l.Frozen))
					}
				}
				return err
			})
		}
		switch {
		case waiting == 0:
			return
		case waiting < least:
			least, since = waiting, time.Now()
		case time.Since(since) > 30*time.Second:
			s.t.Fatalf("nothing moves any more: %s", lanes)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// reckon holds what both have to what was acknowledged.
func (s *crowd) reckon(atlas, najd *mithaqtest.Node) {
	for _, side := range []struct {
		from, to    *mithaqtest.Node
		first, last int
		said        []int
	}{{atlas, najd, 0, int(s.next.Load()), s.shared}, {najd, atlas, given, given + len(s.given) + 1, s.given}} {
		for _, i := range side.said {
			if !side.to.Has(ids(i)[0]) {
				s.t.Errorf("object %d was acknowledged as shared, and %s does not have it", i, side.to.Org)
			}
		}
		for i := side.first; i < side.last; i++ {
			if got := len(side.to.Versions(ids(i)[0])); got > 1 {
				s.t.Errorf("object %d is at %s %d times", i, side.to.Org, got)
			}
			if got := passages(side.from, i); got > 1 {
				s.t.Errorf("object %d went out of %s in %d messages", i, side.from.Org, got)
			}
		}
		if len(side.said) < 5 {
			s.t.Errorf("only %d shares of %s were acknowledged: the test shows little", len(side.said), side.from.Org)
		}
	}
}
