package signer

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/keys/keystest"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// running starts a signer of its own and gives the socket; stop ends it.
func running(t *testing.T, ring keys.Ring, path string) (stop func()) {
	t.Helper()
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s := &Server{Ring: ring, Log: slog.New(slog.DiscardHandler)}
	go func() { done <- s.Serve(ctx, ln) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func newRing(t *testing.T) *keys.Node {
	t.Helper()
	n, err := keys.NewNode("atlas.example", noon)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s") // short: a socket's path has few bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "run", "signer")
}

func dial(t *testing.T, path string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), path, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestARingBehindASocketDoesEveryUse(t *testing.T) {
	path := socket(t)
	defer running(t, newRing(t), path)()
	c := dial(t, path)
	defer c.Close()
	keystest.Try(t, c)
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatal(info.Mode(), err)
	}
}

func TestAClientFindsARestartedSigner(t *testing.T) {
	path, ring := socket(t), newRing(t)
	stop := running(t, ring, path)
	c := dial(t, path)
	m, _ := c.Message()
	stop()
	if _, err := m.Sign(mithaq.UseReceipt, []byte("x")); !errors.Is(err, mithaq.Unavailable) {
		t.Fatal("signed by nobody:", err)
	}
	defer running(t, ring, path)()
	if _, err := m.Sign(mithaq.UseReceipt, []byte("x")); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestANewKeyIsSeenAfterRefresh(t *testing.T) {
	path, ring := socket(t), newRing(t)
	defer running(t, ring, path)()
	c := dial(t, path)
	defer c.Close()
	before, _ := c.Message()
	fresh, err := ring.Add(mithaq.KeyMessage, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.SignHop([]byte("x")); !errors.Is(err, mithaq.NotFound) {
		t.Fatal("the old key signs on:", err)
	}
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after, _ := c.Message(); after.KeyID() != fresh.ID {
		t.Fatal("another key")
	}
}

func TestASignerRefusesOtherUses(t *testing.T) {
	ring := newRing(t)
	s := &Server{Ring: ring, Log: slog.New(slog.DiscardHandler)}
	m, _ := ring.Message()
	seal := keystest.Public(t, ring, mithaq.KeySeal)
	log := keystest.Public(t, ring, mithaq.KeyLog)
	for what, v := range map[string]struct {
		q    request
		want mithaq.Kind
	}{
		"a Card by the message key": {request{Version: 1, Op: "sign", Key: m.KeyID(), Use: mithaq.UseCard}, mithaq.Denied},
		"no use":                    {request{Version: 1, Op: "sign", Key: m.KeyID()}, mithaq.Denied},
		"a message by the log key":  {request{Version: 1, Op: "sign", Key: log.ID, Use: mithaq.UseEnvelope}, mithaq.NotFound},
		"a note by the message key": {request{Version: 1, Op: "note", Key: m.KeyID()}, mithaq.NotFound},
		"TLS by the seal key":       {request{Version: 1, Op: "tls", Key: seal.ID, Message: make([]byte, 32)}, mithaq.NotFound},
		"TLS over no digest":        {request{Version: 1, Op: "tls", Key: seal.ID, Message: []byte("x")}, mithaq.Invalid},
		"another version":           {request{Version: 2, Op: "keys"}, mithaq.Invalid},
		"another operation":         {request{Version: 1, Op: "export"}, mithaq.Invalid},
		"another's file":            {request{Version: 1, Op: "unwrap"}, mithaq.Unauthenticated},
		"another's message":         {request{Version: 1, Op: "hpke", Message: make([]byte, 2000)}, mithaq.Unauthenticated},
	} {
		if a := s.answer(&v.q); a.Error != v.want || a.Text == "" {
			t.Errorf("%s: %+v", what, a)
		}
	}
}

func TestBadFramesEndTheConnection(t *testing.T) {
	path := socket(t)
	defer running(t, newRing(t), path)()
	for _, frame := range [][]byte{
		binary.BigEndian.AppendUint32(nil, maxFrame+1),
		append(binary.BigEndian.AppendUint32(nil, 2), "{{"...),
		append(binary.BigEndian.AppendUint32(nil, 22), `{"v":1,"op":"x","y":1}`...),
	} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(frame)
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if got, err := io.ReadAll(conn); err != nil || len(got) != 0 {
			t.Errorf("%q: %q %v", frame, got, err)
		}
		conn.Close()
	}
}
