package desk

import (
	"context"
	"strings"

	"github.com/mithaq-hub/mithaq"
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

// Search is the items in which a value was found, the newest last, by the kinds
// that the text can be.
func (d *Desk) Search(ctx context.Context, v mithaq.Viewer, kind, text string, limit int) (found []store.Item, err error) {
	wanted, err := Wanted(kind, text)
	if err != nil {
		return nil, err
	}
	for _, w := range wanted {
		some, err := d.Gate.Search(ctx, v, string(w.Kind), w.Text, limit)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
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
