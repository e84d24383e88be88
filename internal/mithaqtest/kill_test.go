package mithaqtest_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

var kills = flag.Int("kills", 0, "how often a node is killed; as the form says when 0")

// childDir tells the test binary that it is a node that is to be killed.
const childDir = "MITHAQ_TEST_NODE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve is a node on real sockets. It says on its standard output when it listens.
func serve(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	n, err := node.Open(ctx, dir, node.Options{
		Version: "test", Sealing: &mithaqtest.Sealing,
		Limits: peer.Limits{RetryFirst: 20 * time.Millisecond, RetryMost: 200 * time.Millisecond},
	})
	if err != nil {
		return err
	}
	l, err := n.Listen()
	if err != nil {
		return errors.Join(err, n.Close())
	}
	fmt.Println("listens")
	return errors.Join(n.Run(ctx, l), n.Close())
}

// A process is one node as a process of its own.
type process struct {
	t   *testing.T
	n   *mithaqtest.Node
	dir string
	cmd *exec.Cmd
	api *client.Client
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), childDir+"="+p.dir)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "listens\n" {
		p.t.Fatalf("%s does not start: %q %v", p.n.Org, line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
}

// kill ends the process as a power cut would, and waits until it is gone.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// end lets the process come to its end.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("%s ends with %v", p.n.Org, err)
	}
}

// newProcess is a node that rests in a world, and is to run by itself.
func newProcess(t *testing.T, n *mithaqtest.Node) *process { return newProcessIn(t, n, n.Dir) }

// newProcessIn is one from a folder that may be a copy of the node's.
func newProcessIn(t *testing.T, n *mithaqtest.Node, dir string) *process {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(node.People(dir), "rami.token"))
	if err != nil {
		t.Fatal(err)
	}
	api := client.OverSocket(node.Socket(dir), strings.TrimSpace(string(token)))
	api.Reason, api.Purpose, api.Basis = "the event", string(mithaqtest.Purpose), mithaqtest.Basis
	return &process{t: t, n: n, dir: dir, api: api}
}

// share asks the running node to share one object, and reports whether it said
// that it is done.
func (p *process) share(pact stix.ID, i int, to *process) bool {
	var done []struct {
		Goes  int    `json:"goes"`
		State string `json:"state"`
	}
	err := p.api.Do(p.t.Context(), "POST", "/v1/releases", map[string]any{
		"ids": ids(i), "pact": pact, "to": []any{to.n.Org}, "purpose": mithaqtest.Purpose, "legal_basis": mithaqtest.Basis,
	}, &done)
	if _, refused := errors.AsType[*client.Problem](err); refused {
		p.t.Errorf("object %d is not shared: %v", i, err)
	}
	return err == nil && len(done) == 1 && done[0].State == "sent" && done[0].Goes == 1
}

// recall asks the running node to take an object back.
func (p *process) recall(i int) bool {
	err := p.api.Do(p.t.Context(), "POST", "/v1/recalls", map[string]any{"ids": ids(i), "reason": "wrong"}, nil)
	if _, refused := errors.AsType[*client.Problem](err); refused {
		p.t.Errorf("object %d is not taken back: %v", i, err)
	}
	return err == nil
}

// settled waits until a node has nothing on the way to another.
func (p *process) settled(with *process) {
	p.t.Helper()
	var last string
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		var c peer.Comparison
		err := p.api.Do(p.t.Context(), "POST", "/v1/partners/"+string(with.n.Org)+"/verify", nil, &c)
		if err == nil && c.Waiting == 0 && len(c.Differences) == 0 {
			return
		}
		last = fmt.Sprintf("%d wait, differences %+v, %v", c.Waiting, c.Differences, err)
	}
	p.t.Fatalf("%s and %s do not settle: %s", p.n.Org, with.n.Org, last)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// Either node is killed at random moments of shares and recalls, a thousand in
// the long form. Nothing that was acknowledged is lost, nothing is there twice,
// and the records of both agree.
func TestKilledAtRandomMomentsNothingAcknowledgedIsLost(t *testing.T) {
	moments := 20
	switch {
	case *kills > 0:
		moments = *kills
	case os.Getenv("MITHAQ_LONG") != "":
		moments = 1000
	case testing.Short():
		t.Skip("kills twenty processes")
	}
	t.Setenv("TMPDIR", shortTemp(t))
	w := mithaqtest.New(t)
	atlas, najd := w.Node("atlas.example", mithaqtest.At(freeAddress(t))), w.Node("najd.example", mithaqtest.At(freeAddress(t)))
	w.Acquaint(atlas, najd)
	pact := w.Agree(atlas, najd)
	atlas.Import(atlas.Profile(), mithaqtest.Indicators(0, moments)...)
	atlas.Stop()
	najd.Stop()

	k := &killing{t: t, pact: pact, a: newProcess(t, atlas), b: newProcess(t, najd), dice: rand.New(rand.NewPCG(20261124, uint64(time.Now().UnixNano())))}
	k.a.start()
	k.b.start()
	for i := range moments {
		k.round(i)
	}
	k.a.settled(k.b)
	k.b.settled(k.a)
	k.a.end()
	k.b.end()

	atlas.Start()
	najd.Start()
	w.Settle()
	w.Verify()
	k.reckon(moments)
}

// shortTemp is a folder with a short name: a socket's path is short.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "mq")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// A killing is what was asked and acknowledged while nodes were killed.
type killing struct {
	t        *testing.T
	pact     stix.ID
	a, b     *process
	dice     *rand.Rand
	shared   []int // acknowledged
	recalled []int // acknowledged
	asked    []int // to be taken back, acknowledged or not
}

// round shares an object and takes another back, kills one node meanwhile, and
// starts it again.
func (k *killing) round(i int) {
	k.t.Helper()
	var work sync.WaitGroup
	var shared, recalled bool
	back := -1
	if n := len(k.shared); i%3 == 2 && n > 0 {
		back = k.shared[n-1]
		k.asked = append(k.asked, back)
	}
	work.Go(func() {
		shared = k.a.share(k.pact, i, k.b)
		if back >= 0 {
			recalled = k.a.recall(back)
		}
	})
	time.Sleep(time.Duration(k.dice.Int64N(int64(60 * time.Millisecond))))
	victim := []*process{k.a, k.b}[k.dice.IntN(2)]
	victim.kill()
	work.Wait()
	victim.start()
	if shared {
		k.shared = append(k.shared, i)
	}
	if recalled {
		k.recalled = append(k.recalled, back)
	}
	if i%5 == 4 {
		k.a.settled(k.b)
		k.b.settled(k.a)
	}
}

// reckon holds what the nodes have to what was acknowledged.
func (k *killing) reckon(moments int) {
	taken := map[int]bool{}
	for _, i := range k.recalled {
		taken[i] = true
		if k.b.n.Has(ids(i)[0]) {
			k.t.Errorf("object %d was taken back, and najd has it", i)
		}
	}
	maybe := map[int]bool{}
	for _, i := range k.asked {
		maybe[i] = true
	}
	for _, i := range k.shared {
		if !maybe[i] && !k.b.n.Has(ids(i)[0]) {
			k.t.Errorf("object %d was acknowledged as shared, and najd does not have it", i)
		}
	}
	for i := range moments {
		if got := len(k.b.n.Versions(ids(i)[0])); got > 1 {
			k.t.Errorf("object %d is at najd %d times", i, got)
		}
		if got := passages(k.a.n, i); got > 1 {
			k.t.Errorf("object %d went out in %d messages", i, got)
		}
	}
	k.t.Logf("%d moments: %d shares and %d recalls acknowledged", moments, len(k.shared), len(k.recalled))
	if len(k.shared) < moments/4 {
		k.t.Errorf("only %d of %d shares were acknowledged: the test shows little", len(k.shared), moments)
	}
}

// passages counts the messages that carried an object out.
func passages(n *mithaqtest.Node, i int) (count int) {
	who := n.Analyst()
	who.Node, who.Person, who.Roles = true, "", nil
	n.Read(func(tx *store.Tx) error {
		versions, err := n.Store().Versions(tx, who, ids(i)[0])
		for _, v := range versions {
			all, err := n.Peer().Reached(tx, v.Seq)
			if err != nil {
				return err
			}
			count += len(all)
		}
		return err
	})
	return count
}
