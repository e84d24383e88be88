package lists

import (
	"strings"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp/warninglist"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// Cautions gives what says which lists a value is in, and whether it is the
// organisation's own; nil where there is nothing to go by.
func (b *Book) Cautions(tx *store.Tx) (func(kind, text string) []gate.Caution, error) {
	all, err := b.all(tx)
	if err != nil {
		return nil, err
	}
	var warns []*warninglist.List
	for i := range all {
		if w, ok := all[i].compiled.(*warninglist.List); ok {
			warns = append(warns, w)
		}
	}
	if len(warns)+len(b.Own) == 0 {
		return nil, nil
	}
	return func(kind, text string) (found []gate.Caution) {
		v := value.Value{Kind: value.Kind(kind), Text: text}
		if own := b.own(warninglist.Host(v)); own != "" {
			found = append(found, gate.Caution{Own: true, Entry: own})
		}
		for _, w := range warns {
			if entry, ok := w.Match(v); ok {
				found = append(found, gate.Caution{List: w.Name, Entry: entry})
			}
		}
		return found
	}, nil
}

// own is the domain of ours that a host is, or is below; "" for none.
func (b *Book) own(host string) string {
	for _, domain := range b.Own {
		if host != "" && (host == domain || strings.HasSuffix(host, "."+domain)) {
			return domain
		}
	}
	return ""
}
