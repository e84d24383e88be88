package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

// Several processes on one PostgreSQL. childDSN tells the test binary that it is
// one of them, which claims a job, takes a name, begins a Write, and stays there.
const childDSN = "MITHAQ_TEST_CHILD_DSN"

func holdUntilKilled(dsn string) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{DSN: dsn, Migrations: []store.Migration{numbers}})
	if err == nil {
		_, err = s.Claim(ctx, []string{"push"}, 1, time.Hour)
	}
	if err == nil {
		_, _, err = s.TryAlone(ctx, "a lane")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = s.Write(ctx, func(tx *store.Tx) error {
		if err := insert(1)(tx); err != nil {
			return err
		}
		fmt.Println("holds")
		select {}
	})
}

// several opens a database on PostgreSQL as many times as processes would.
func several(t *testing.T, n int) (dsn string, all []*store.Store) {
	t.Helper()
	if os.Getenv(storetest.Env) == "" {
		t.Skip("no PostgreSQL: set " + storetest.Env + " to the URL of a server")
	}
	dsn = storetest.Schema(t)
	for range n {
		all = append(all, storetest.Open(t, store.Config{DSN: dsn, Migrations: []store.Migration{numbers}}))
	}
	return dsn, all
}

// holder starts a process that holds what holdUntilKilled says.
func holder(t *testing.T, dsn string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), childDSN+"="+dsn), os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	want(t, "the other process", line, "holds\n")
	return cmd
}

func TestOneProcessWakesAnother(t *testing.T) {
	_, all := several(t, 2)
	woken, other := all[1].Wake("item"), all[1].Wake("pact")
	write(t, all[0], func(tx *store.Tx) { must(t, tx.Change("item", "a", nil)) })
	select {
	case <-woken:
	case <-time.After(30 * time.Second):
		t.Fatal("not woken")
	}
	select {
	case <-other:
		t.Error("woken by a topic that did not change")
	default:
	}
}

// Whoever hears nothing is woken all the same.
func TestALostNotificationLosesNothing(t *testing.T) {
	dsn, all := several(t, 2)
	woken := all[1].Wake("item")
	ctx := t.Context()
	c, err := pgx.Connect(ctx, dsn)
	must(t, err)
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, "INSERT INTO change(seq, topic, item, note) VALUES(1, 'item', 'a', '')") // by somebody who notifies nobody
	must(t, err)
	select {
	case <-woken:
	case <-time.After(30 * time.Second):
		t.Fatal("not woken")
	}
}

// The server ends every connection; each process finds its way back.
func TestTheLineIsOpenedAgain(t *testing.T) {
	dsn, all := several(t, 2)
	lost := make(chan string, 8)
	all[1].Hear("line", func(key string) { lost <- key })
	ctx := t.Context()
	c, err := pgx.Connect(ctx, dsn)
	must(t, err)
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
		WHERE l.locktype = 'advisory' AND a.pid <> pg_backend_pid() AND a.query LIKE 'LISTEN%' OR a.query LIKE '%pg_advisory_lock(%' AND a.pid <> pg_backend_pid()`)
	must(t, err)
	want(t, "what is heard of a lost line", <-lost, "")
	for {
		done, ok, err := all[1].TryAlone(ctx, "a lane")
		if err == nil {
			want(t, "a name after the line came back", ok, true)
			done()
			break
		}
		if !errors.Is(err, mithaq.Unavailable) {
			t.Fatal(err)
		}
	}
	woken := all[1].Wake("item")
	write(t, all[0], func(tx *store.Tx) { must(t, tx.Change("item", "a", nil)) })
	<-woken
}

func TestAJobIsClaimedByOneProcess(t *testing.T) {
	_, all := several(t, 4)
	const jobs = 200
	write(t, all[0], func(tx *store.Tx) {
		for i := range jobs {
			must(t, tx.Due(store.DueJob{Kind: "push", Key: fmt.Sprint(i), At: tx.Now()}))
		}
	})
	var mu sync.Mutex
	done := map[string]int{}
	var work sync.WaitGroup
	for _, s := range all {
		work.Go(func() {
			for {
				claimed, err := s.Claim(t.Context(), []string{"push"}, 3, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if len(claimed) == 0 {
					return
				}
				mu.Lock()
				for _, j := range claimed {
					done[j.Key]++
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	want(t, "jobs", len(done), jobs)
	for key, n := range done {
		want(t, "job "+key, n, 1)
	}
}

func TestANameIsHeldByOneProcess(t *testing.T) {
	_, all := several(t, 3)
	ctx := t.Context()
	var in, most int
	var mu sync.Mutex
	var work sync.WaitGroup
	for _, s := range all {
		for range 3 {
			work.Go(func() {
				for range 10 {
					done, err := s.Alone(ctx, "a lane")
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					in++
					most = max(most, in)
					mu.Unlock()
					time.Sleep(time.Millisecond)
					mu.Lock()
					in--
					mu.Unlock()
					done()
				}
			})
		}
	}
	work.Wait()
	want(t, "at once", most, 1)
}

// A process that holds the ledger's lock is killed, or stopped and never goes
// on: the others write on, and do what it had in hand.
func TestTheWriterIsHandedOver(t *testing.T) {
	for name, end := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			dsn, all := several(t, 1)
			s := all[0]
			write(t, s, func(tx *store.Tx) { must(t, tx.Due(store.DueJob{Kind: "push", Key: "a", At: tx.Now()})) })
			other := holder(t, dsn)
			_, ok, err := s.TryAlone(t.Context(), "a lane")
			must(t, err)
			want(t, "a name that another process holds", ok, false)

			must(t, other.Process.Signal(end))
			began := time.Now()
			must(t, s.Write(t.Context(), insert(1)))
			t.Logf("written after %v", time.Since(began))
			want(t, "rows", count(t, s), 1)
			if name == "stopped" {
				return // it lives, and its jobs come back with their lease
			}
			for {
				jobs, err := s.Claim(t.Context(), []string{"push"}, 1, time.Minute)
				must(t, err)
				if len(jobs) == 1 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Logf("its job came back after %v", time.Since(began))
			done, err := s.Alone(t.Context(), "a lane")
			must(t, err)
			done()
		})
	}
}

// What one process acknowledges is so in all: whoever sends holds the line beside
// others, hears that it is to stop, and lets go; who comes later sees why.
func TestSettleWaitsForWhoIsUnderWay(t *testing.T) {
	_, all := several(t, 2)
	ctx := t.Context()
	left, err := all[1].Beside(ctx, "line/najd")
	must(t, err)
	heard := make(chan string, 1)
	all[1].Hear("hangup", func(key string) { heard <- key })
	var sent, stopped bool
	var mu sync.Mutex
	go func() {
		want(t, "whom to hang up on", <-heard, "najd & others")
		time.Sleep(50 * time.Millisecond) // still sending
		mu.Lock()
		sent = true
		want(t, "stopped while something was under way", stopped, false)
		mu.Unlock()
		left()
	}()
	must(t, all[0].Write(ctx, func(tx *store.Tx) error {
		tx.Tell("hangup", "najd & others")
		tx.AfterCommit(func(ctx context.Context) error { return all[0].Settle(ctx, "line/najd") })
		return insert(1)(tx)
	}))
	mu.Lock()
	stopped = true
	want(t, "acknowledged after what was under way", sent, true)
	mu.Unlock()
	again, err := all[1].Beside(ctx, "line/najd")
	must(t, err)
	defer again()
	want(t, "rows that who comes later sees", count(t, all[1]), 1)
}

func TestWhatFollowsACommitIsToldApart(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			tx.AfterCommit(func(context.Context) error { return mithaq.Unavailable })
			return insert(1)(tx)
		})
		_, kept := errors.AsType[*store.Kept](err)
		want(t, "kept", kept && errors.Is(err, mithaq.Unavailable), true)
		want(t, "rows", count(t, s), 1)
	})
}

func TestADutyGoesToAnotherWhenItsProcessDies(t *testing.T) {
	dsn, all := several(t, 2)
	one, other := all[0].Lead("a duty"), all[1].Lead("a duty")
	ctx := t.Context()
	want(t, "first", one.Mine(ctx), true)
	want(t, "still", one.Mine(ctx), true)
	want(t, "second", other.Mine(ctx), false)
	one.Leave()
	for !other.Mine(ctx) { // it is let go of in a moment
		time.Sleep(time.Millisecond)
	}
	want(t, "first, now", one.Mine(ctx), false)
	other.Leave()

	dead := holder(t, dsn) // which has "a lane"
	lane := all[0].Lead("a lane")
	want(t, "while it lives", lane.Mine(ctx), false)
	must(t, dead.Process.Kill())
	_ = dead.Wait()
	for !lane.Mine(ctx) {
		time.Sleep(10 * time.Millisecond)
	}
}
