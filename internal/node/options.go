package node

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Options are what a test or a demo gives instead of the world. The zero
// value is the world.
type Options struct {
	Version string
	Now     func() time.Time
	Log     *slog.Logger
	// Sealing opens the node's keys; what the configuration says when nil.
	Sealing *keys.Sealing
	// Dial opens lines to partners.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// Limits bound what partners can make the node do.
	Limits peer.Limits
	// MaxPages and Faults are the store's, for tests of full and failing disks.
	MaxPages int
	Faults   store.Faults
}

func (o *Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}
