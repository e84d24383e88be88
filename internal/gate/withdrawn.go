package gate

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// What a partner takes back leaves our collections, and whoever read it there would
// never know. We may not speak in the partner's name, so that no version of the
// object can be revoked; a note of ours names the version that was withdrawn, and
// says nothing of what was in it. It is a last word: collections show it to whoever
// could see the object there, nothing else does, and nothing of it crosses.
//
// Else nothing by which content is found outlives its erasure, and an id may. So
// the note is made only where tools read at all, and is itself erased after a
// month, in which every tool that is at work has read it.

// tellFor is how long a note stands.
const tellFor = 30 * 24 * time.Hour

// tellWithdrawn makes such a note for each item of which holdings are taken back.
func (g *Gate) tellWithdrawn(tx *store.Tx, found []held) error {
	if g.ToolsRead == nil {
		return nil
	}
	if read, err := g.ToolsRead(tx); err != nil || !read {
		return err
	}
	for i, f := range found {
		if slices.ContainsFunc(found[:i], func(b held) bool { return b.item.Seq == f.item.Seq }) {
			continue
		}
		taken := map[store.HoldingKey]bool{}
		for _, other := range found[i:] {
			taken[other.key] = other.item.Seq == f.item.Seq
		}
		if err := g.tellOne(tx, &f.item, taken); err != nil {
			return err
		}
	}
	return nil
}

func (g *Gate) tellOne(tx *store.Tx, it *store.Item, taken map[store.HoldingKey]bool) error {
	all, err := g.Store.HoldingsOf(tx, g.node, it.Seq)
	if err != nil {
		return err
	}
	seen := slices.DeleteFunc(all, func(h store.Held) bool { return !taken[h.HoldingKey] || !h.State.InUse() })
	if len(seen) == 0 {
		return nil // nobody could see it any more
	}
	until := tx.Now().Add(tellFor).Truncate(time.Second)
	for i := range seen {
		seen[i].Until = until
	}
	if err := g.retainUntil(tx, map[int64]bool{until.UnixMicro(): true}); err != nil {
		return err
	}
	note, err := g.keepWord(tx, g.withdrawal(it, tx.Now()), seen)
	if err != nil || note == 0 {
		return err
	}
	return g.Store.Follow(tx, it.Seq, note)
}

// withdrawal is the note about a version. STIX 2.1, 4.13
func (g *Gate) withdrawal(it *store.Item, now time.Time) []byte {
	at := now.UTC().Format("2006-01-02T15:04:05.000Z")
	content := "withdrawn by who gave it: " + string(it.Ref.ID)
	if it.Ref.Version != "" {
		content += ", version " + it.Ref.Version
	}
	return fmt.Appendf(nil, `{"type":"note","spec_version":"2.1","id":%q,"created":%q,"modified":%q,"created_by_ref":%q,"labels":["withdrawn"],"abstract":"withdrawn","content":%s,"object_refs":[%q]}`,
		stix.NewID("note"), at, at, identityOf(g.Org), quoted(content), it.Ref.ID)
}

// keepWord holds a last word of ours as something was held, and gives its number;
// 0 where it cannot be kept, which is no reason for which a recall may fail.
func (g *Gate) keepWord(tx *store.Tx, raw []byte, as []store.Held) (int64, error) {
	x := g.reading(tx.Now()).one(raw)
	if x.fault != nil {
		g.Log.Error("no last word", slog.Int64("item", as[0].Item), slog.Any("error", x.fault))
		return 0, nil
	}
	puts, err := g.Store.Put(tx, []store.NewItem{x.item}, nil)
	if err != nil {
		return 0, err
	}
	holdings := make([]store.NewHolding, len(as))
	for i := range as {
		class, err := g.Store.Class(tx, mithaq.Handling{TLP: as[i].Handling.TLP})
		if err != nil {
			return 0, err
		}
		key := as[i].HoldingKey
		key.Item, key.Giver = puts[0].Seq, g.Org
		holdings[i] = store.NewHolding{HoldingKey: key, Class: class, Type: x.item.ID.Type(), Until: as[i].Until, Recipients: as[i].Recipients}
	}
	return puts[0].Seq, g.Store.Say(tx, puts[0].Seq, holdings)
}
