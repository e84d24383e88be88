package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/notes"
	"github.com/mithaq-hub/mithaq/internal/subject"
)

// Listeners are where a node is reached. Nil ones are not served.
type Listeners struct {
	Partners net.Listener // mutual TLS, TAXII 2.1 per pact
	People   net.Listener // the JSON API
	Tools    net.Listener // TAXII 2.1 over the node's own holdings
	Pages    net.Listener // people's browsers

	Operators net.Listener // health and metrics, until all the others have ended
}

// Listen opens what the configuration names.
func (n *Node) Listen() (l Listeners, err error) {
	if n.config.Listen != "" {
		if l.Partners, err = net.Listen("tcp", n.config.Listen); err != nil {
			return l, fmt.Errorf("listen: %w", err)
		}
	}
	if n.config.Tools != "" {
		if l.Tools, err = net.Listen("tcp", n.config.Tools); err != nil {
			return l, errors.Join(fmt.Errorf("tools: %w", err), l.Close())
		}
	}
	if n.config.Pages != "" {
		if l.Pages, err = n.config.listenPages(); err != nil {
			return l, errors.Join(fmt.Errorf("pages: %w", err), l.Close())
		}
	}
	if n.config.Operators != "" {
		if l.Operators, err = net.Listen("tcp", n.config.Operators); err != nil {
			return l, errors.Join(fmt.Errorf("operators: %w", err), l.Close())
		}
	}
	if l.People, err = listenSocket(Socket(n.dir)); err != nil {
		return l, errors.Join(err, l.Close())
	}
	return l, nil
}

// listenSocket makes a socket that only the node's user can reach, where no
// other process answers already.
func listenSocket(path string) (net.Listener, error) {
	if err := durable.Mkdir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("%s: another process serves this folder", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return ln, os.Chmod(path, 0o600)
}

// Close closes what is open.
func (l Listeners) Close() error {
	var faults []error
	for _, ln := range []net.Listener{l.Partners, l.People, l.Tools, l.Pages, l.Operators} {
		if ln != nil {
			faults = append(faults, ln.Close())
		}
	}
	return errors.Join(faults...)
}

// Run serves until ctx ends and everything under way has come to its end. From
// the moment that ctx ends it is not ready any more; it goes on for as long as the
// configuration says, and operators are answered until the last.
func (n *Node) Run(ctx context.Context, l Listeners) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	watching, seen := context.WithCancel(context.WithoutCancel(ctx))
	var operators errgroup.Group
	if l.Operators != nil {
		operators.Go(func() error { return serve(watching, server(n.Operators(), n.log), l.Operators) })
	}
	var told errgroup.Group
	told.Go(func() error {
		n.drain(ctx, work)
		stop()
		return nil
	})
	err := n.work(work, l)
	n.draining.Store(true)
	stop()
	seen()
	return errors.Join(err, told.Wait(), operators.Wait())
}

// drain waits for the end of ctx and then, saying so, for as long as a load
// balancer needs to notice. It ends with work in any case.
func (n *Node) drain(ctx, work context.Context) {
	select {
	case <-ctx.Done():
	case <-work.Done():
		return
	}
	n.draining.Store(true)
	n.log.Info("draining", "seconds", n.config.Drain)
	select {
	case <-time.After(time.Duration(n.config.Drain) * time.Second):
	case <-work.Done():
	}
}

// work does and serves everything until ctx ends.
func (n *Node) work(ctx context.Context, l Listeners) error {
	done, err := n.serves(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer done()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return ended(n.ledger.Run(ctx)) })
	g.Go(func() error { return ended(n.peer.Run(ctx)) })
	g.Go(func() error { return ended(n.gate.Run(ctx)) })
	g.Go(func() error { return ended(n.feeds.Run(ctx)) })
	g.Go(func() error { return ended(n.text.Run(ctx)) })
	g.Go(func() error { return ended(n.match.Run(ctx)) })
	g.Go(func() error { return ended(n.misps.Run(ctx)) })
	g.Go(func() error { return ended(n.asks.Run(ctx)) })
	if l.Partners != nil {
		g.Go(func() error { return n.peer.Serve(ctx, l.Partners) })
	}
	if l.People != nil {
		g.Go(func() error { return serve(ctx, server(n.counts.count("people", n.API()), n.log), l.People) })
	}
	if l.Tools != nil {
		g.Go(func() error { return n.serveTools(ctx, l.Tools) })
	}
	if l.Pages != nil {
		g.Go(func() error { return serve(ctx, server(n.counts.count("pages", n.Pages()), n.log), l.Pages) })
	}
	return g.Wait()
}

// ended is nil for a worker that stopped because it was told to.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// server bounds what everybody who connects can hold.
func server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// serve answers HTTP until ctx ends, then lets what is under way finish.
func serve(ctx context.Context, srv *http.Server, ln net.Listener) error {
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		done <- srv.Shutdown(grace)
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}

// API is the node's JSON API.
func (n *Node) API() http.Handler {
	return api.Handler(n.desk(), n.log)
}

// desk is what people do here, at either face.
func (n *Node) desk() desk.Desk {
	return desk.Desk{
		Version: n.options.Version, Org: n.config.Organisation, Name: n.config.Name, Store: n.store, Ledger: n.ledger,
		Accounts: n.accounts, Pacts: n.pacts, Peer: n.peer, Gate: n.gate, Lists: n.lists, Feeds: n.feeds, Words: n.text,
		Notes: &notes.Book{Gate: n.gate}, Subjects: &subject.Book{Enter: n.enter},
		Match: n.match, Misps: n.misps, Asks: n.asks,
	}
}
