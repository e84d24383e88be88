package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/fulltext"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// Wanted is what a person looks for, normalised as intake did: an address, a
// name, a number or a hash, fanged or defanged, of a kind or of whichever it can
// be. Invalid: it is none.
func Wanted(kind, text string) ([]value.Value, error) {
	if kind != "" {
		normal, err := value.Normalise(value.Kind(kind), text)
		if err != nil {
			return nil, mithaq.Refuse(mithaq.Invalid, "api.value", text)
		}
		return []value.Value{{Kind: value.Kind(kind), Text: normal}}, nil
	}
	if wanted := value.Detect(text); len(wanted) > 0 {
		return wanted, nil
	}
	// A name below an ending that nobody sells, such as .example or .internal.
	if normal, err := value.Normalise(value.Domain, text); err == nil && strings.ContainsRune(normal, '.') {
		return []value.Value{{Kind: value.Domain, Text: normal}}, nil
	}
	return nil, mithaq.Refuse(mithaq.Invalid, "api.value", text)
}

// A Look is what a person looks for: a value or words, and what narrows it.
type Look struct {
	Text  string
	Kind  string // of the value; "" where the text shows it, or where it is words
	Types []stix.Type
	Giver mithaq.OrgID
	Under stix.ID
	Until int64 // items with numbers up to; 0 for the newest
	Limit int
}

// Find is the newest items in which a value was found, or, where the text is
// none that is found, those that have its words, or a name that is the same in
// another script. Invalid: a value that is none of its kind, or text without a word.
func (d *Desk) Find(ctx context.Context, v mithaq.Viewer, l Look) (found gate.Found, err error) {
	q := store.Query{Limit: l.Limit, Types: l.Types, Giver: l.Giver, Under: l.Under, Until: l.Until}
	wanted, bad := Wanted(l.Kind, l.Text)
	if bad == nil {
		found, err = d.Gate.Find(ctx, v, d.valued(wanted), q)
		if err != nil || len(found.Items) > 0 || l.Kind != "" {
			return found, err
		}
	}
	words := fulltext.Ask(l.Text)
	if l.Kind != "" || words.Empty() {
		return found, bad
	}
	return d.Gate.Find(ctx, v, func(ctx context.Context, below int64, limit int) ([]int64, error) {
		return d.Words.Find(ctx, words, below, limit)
	}, q)
}

// valued are the items that have one of some values.
func (d *Desk) valued(wanted []value.Value) gate.Candidates {
	var all []int64 // the newest first
	find := func(tx *store.Tx) error {
		for _, w := range wanted {
			some, err := d.Store.WithValue(tx, string(w.Kind), w.Text)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(b, a) })
		all = slices.Compact(all)
		return nil
	}
	return func(ctx context.Context, below int64, limit int) ([]int64, error) {
		if all == nil {
			if err := d.Store.Read(ctx, find); err != nil {
				return nil, err
			}
		}
		rest := all
		if below > 0 {
			at, _ := slices.BinarySearchFunc(all, below-1, func(a, b int64) int { return cmp.Compare(b, a) })
			rest = all[at:]
		}
		return rest[:min(limit, len(rest))], nil
	}
}

// An Object is all versions of one that a viewer may read, the oldest first, how
// they are held here, and where they went and came from.
type Object struct {
	Versions []store.Item
	Held     []store.Held
	Ways     []peer.Passage
}

// Object finds one by its id. NotFound: there is none that the viewer may read;
// one that they may not is not told apart.
func (d *Desk) Object(ctx context.Context, v mithaq.Viewer, id stix.ID) (o Object, err error) {
	if o.Versions, o.Held, err = d.Gate.Item(ctx, v, id); err != nil {
		return o, err
	}
	return o, d.Store.Read(ctx, func(tx *store.Tx) error {
		for _, it := range o.Versions {
			ways, err := d.Peer.Reached(tx, it.Seq)
			if err != nil {
				return err
			}
			o.Ways = append(o.Ways, ways...)
		}
		return nil
	})
}
