package peer

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/httpsig"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Peer keeps the links of one node. All methods may be called at once; those
// that take a transaction belong to it.
type Peer struct {
	cfg      Config
	handlers message.Handlers
	chains   chains
	witness  *ledger.Witness
	nonces   *httpsig.Replay
	lines    lines
	refusals refusals
	clients  clients
	busy     busy
	certs    certs
	abreast  abreast
	relearn  sync.Mutex               // one at a time
	learning atomic.Pointer[store.Tx] // the transaction in which a forgotten message is taken again
}

// New makes the links of a node. Nothing moves before Run or Serve.
func New(cfg Config) (*Peer, error) {
	cfg = cfg.withDefaults()
	if err := cfg.Org.Check(); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	p := &Peer{
		cfg:     cfg,
		chains:  chains{of: map[mithaq.OrgID]*chain{}},
		witness: &ledger.Witness{Name: ledger.WitnessName(cfg.Org), Key: func() (ledger.Key, error) { return cfg.Keys.Notes(mithaq.KeyWitness) }},
		nonces:  httpsig.NewReplay(cfg.Skew, cfg.Nonces),
		busy:    busy{lanes: map[int64]*store.DueJob{}, failing: map[mithaq.OrgID]bool{}},
	}
	p.handlers = maps.Clone(cfg.Handlers)
	if p.handlers == nil {
		p.handlers = message.Handlers{}
	}
	p.handlers[mithaq.MessageCard] = message.Handler{Prepare: prepareCard, Apply: p.applyCard}
	p.handlers[mithaq.MessageCheckpoint] = message.Handler{Apply: keepAll}
	cfg.Store.Hear(tellHangup, p.hearHangup)
	cfg.Store.Hear(tellFailing, p.busy.hearFailing)
	return p, nil
}

// Handle adds the handler of a kind; before Run.
func (p *Peer) Handle(kind mithaq.MessageKind, h message.Handler) { p.handlers[kind] = h }

// keepAll is for messages that say all they have to say in the header.
func keepAll(_ *store.Tx, in *message.Incoming) (message.Outcome, error) {
	return message.Outcome{Items: make([]int64, len(in.Raw))}, nil
}

// Run delivers what waits, polls where we cannot be reached, and settles the
// count of refusals, until ctx ends. When it returns nothing of it still runs.
func (p *Peer) Run(ctx context.Context) error {
	if err := p.resume(ctx); err != nil {
		return err
	}
	var g sync.WaitGroup
	for _, work := range []func(context.Context){p.dispatch, p.polling, p.mirroring, p.counting, p.lookBack} {
		g.Go(func() { work(ctx) })
	}
	g.Wait()
	p.clients.close()
	return nil
}

// Publish makes a card of ours the current one and sends it to every partner.
func (p *Peer) Publish(ctx context.Context, raw []byte) error {
	return p.publish(ctx, raw)
}
