package gate

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Correct makes a new version of an object of ours with one text in it put right,
// under the profile and for the case that the last one was held for; it follows to
// the partners who got that one as every new version does. The legal officer's
// decision stands for the import.
//
// Denied: only a legal officer corrects, and only what is ours. Invalid: the object
// has no versions, or no such text.
func (g *Gate) Correct(ctx context.Context, v mithaq.Viewer, id stix.ID, name, text string) error {
	if !v.Is(mithaq.LegalOfficer) {
		return denied("gate.may-not-mark")
	}
	var raw []byte
	var how Import
	err := g.read(ctx, func(tx *store.Tx) (err error) {
		raw, how, err = g.corrected(tx, id, name, text)
		return err
	})
	if err != nil {
		return err
	}
	acting := v
	acting.Roles = []mithaq.Role{mithaq.Analyst, mithaq.LegalOfficer}
	if how.Case != "" {
		acting.Cases = append(acting.Cases[:len(acting.Cases):len(acting.Cases)], how.Case)
	}
	var refused error
	how.Strict, how.Name, how.Each = true, "correction", func(r Result) {
		if r.Fate == Refused {
			refused = r.Why
		}
	}
	if _, err := g.Intake(ctx, acting, bytes.NewReader(raw), how); err != nil {
		return err
	}
	return refused
}

// corrected is the bytes of the next version.
func (g *Gate) corrected(tx *store.Tx, id stix.ID, name, text string) ([]byte, Import, error) {
	it, err := g.Store.Latest(tx, g.node, id)
	if err != nil {
		return nil, Import{}, mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
	}
	how, err := g.heldAs(tx, &it)
	if err != nil {
		return nil, how, err
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(it.Raw, &members); err != nil {
		return nil, how, err
	}
	var before string
	if it.Ref.Version == "" {
		return nil, how, invalid("gate.no-versions", string(id))
	}
	if json.Unmarshal(members[name], &before) != nil || name == "id" || name == "type" {
		return nil, how, invalid("gate.no-text", name)
	}
	for member, value := range map[string]string{name: text, "modified": tx.Now().UTC().Format("2006-01-02T15:04:05.000Z")} {
		if members[member], err = json.Marshal(value); err != nil {
			return nil, how, invalid("gate.no-text", name)
		}
	}
	raw, err := json.Marshal(members, json.Deterministic(true))
	return raw, how, err
}

// heldAs is how the last version of what is ours was taken in.
func (g *Gate) heldAs(tx *store.Tx, it *store.Item) (how Import, err error) {
	all, err := g.Store.HoldingsOf(tx, g.node, it.Seq)
	for i := range all {
		if all[i].Giver == g.Org && all[i].State.InUse() {
			return Import{Profile: all[i].Under, Case: all[i].Case}, err
		}
	}
	if err == nil {
		err = denied("gate.not-ours", string(it.Ref.ID))
	}
	return how, err
}

// EraseFor erases what is held of some objects because the person they concern
// was right to ask: what we gave is taken back from every partner, what partners
// gave is erased here and stated to them. What is held back under an authority stays.
//
// Denied: the viewer may not. NotFound: an object that is not here.
func (g *Gate) EraseFor(ctx context.Context, v mithaq.Viewer, ids []stix.ID) error {
	if !v.Is(mithaq.LegalOfficer) {
		return denied("gate.may-not-mark")
	}
	if _, err := g.Recall(ctx, v, Recalling{IDs: ids, Reason: mithaq.PersonsRequest}); err != nil {
		return err
	}
	if err := g.write(ctx, func(tx *store.Tx) error { return g.endNow(tx, ids) }); err != nil {
		return err
	}
	return g.Lapse(ctx)
}

// endNow ends the retention of everything that is held of some objects.
func (g *Gate) endNow(tx *store.Tx, ids []stix.ID) error {
	items, err := g.meant(tx, &Recalling{IDs: ids})
	if err != nil {
		return err
	}
	for i := range items {
		all, err := g.Store.HoldingsOf(tx, g.node, items[i].Seq)
		if err != nil {
			return err
		}
		for _, h := range all {
			if _, err := g.Store.SetHandling(tx, []store.HoldingKey{h.HoldingKey}, h.Class, tx.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}
