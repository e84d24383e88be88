package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq/taxii"
)

const (
	introducePath = "/mithaq/v1/introduce"
	logPath       = "/mithaq/v1/log/"
)

// Handler serves what partners ask for. It wants to know the TLS connection of
// each request, and so runs only behind Serve or a server set up like it.
func (p *Peer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+logPath+"{origin...}", p.serveLog)
	mux.HandleFunc("GET "+mirrorPath, p.serveMirror)
	mux.Handle("/", taxii.Handler(&backend{p}, p.cfg.Log))
	return p.hop(p.guarded(mux))
}

// Serve answers partners on a listener until ctx ends, and then lets what is
// under way come to its end.
func (p *Peer) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler: p.around(p.Handler()), ReadHeaderTimeout: p.cfg.HeaderTime, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog:    slog.NewLogLogger(p.cfg.Log.Handler(), slog.LevelDebug),
		ConnContext: withConn,
		ConnState: func(c net.Conn, s http.ConnState) {
			if s == http.StateClosed || s == http.StateHijacked {
				p.lines.drop(below(c))
			}
		},
	}
	var stopping sync.WaitGroup
	stopping.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(tls.NewListener(newLimited(ln, p.cfg.Conns), p.serverTLS()))
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	stopping.Wait()
	return nil
}

func (p *Peer) around(h http.Handler) http.Handler {
	if p.cfg.Around == nil {
		return h
	}
	return p.cfg.Around(h)
}

// limited accepts no more than so many connections at once.
type limited struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

func newLimited(ln net.Listener, most int) *limited {
	return &limited{Listener: ln, slots: make(chan struct{}, most), done: make(chan struct{})}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, slots: l.slots}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	slots chan struct{}
	once  sync.Once
}

func (c *limitedConn) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
}
