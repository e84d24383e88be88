package gate

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Those who read collections of ours would go on using what was taken back: TAXII
// has no word for it. So the last word about an object that we made is a version
// marked as revoked, held where the last one was, which says nothing else: no
// content, and where the standard wants some, a placeholder. STIX 2.1, 3.6.2

// withdraw makes that last word for each object of which no version is in use
// any more, and gives its numbers. What another organisation made, or cannot be
// revoked, only leaves.
func (g *Gate) withdraw(tx *store.Tx, items []store.Item) (last []int64, err error) {
	done := map[stix.ID]bool{}
	for i := range items {
		id := items[i].Ref.ID
		if done[id] || items[i].Ref.Version == "" {
			continue
		}
		done[id] = true
		seq, err := g.withdrawOne(tx, id)
		if err != nil {
			return nil, err
		}
		if seq != 0 {
			last = append(last, seq)
		}
	}
	return last, nil
}

func (g *Gate) withdrawOne(tx *store.Tx, id stix.ID) (int64, error) {
	versions, err := g.Store.Versions(tx, g.node, id)
	if err != nil || len(versions) == 0 {
		return 0, err
	}
	held, err := g.Store.HoldingsOf(tx, g.node, each(versions, func(it store.Item) int64 { return it.Seq })...)
	if err != nil {
		return 0, err
	}
	final := &versions[len(versions)-1]
	var ours []store.Held
	for i := range held {
		switch {
		case held[i].State.InUse():
			return 0, nil
		case held[i].Item == final.Seq && g.made(&held[i]):
			ours = append(ours, held[i])
		}
	}
	raw := g.revoked(final, tx.Now())
	if raw == nil || len(ours) == 0 {
		return 0, nil
	}
	last, err := g.keepWord(tx, raw, ours)
	if err != nil || last == 0 {
		return last, err
	}
	return last, g.Store.Follow(tx, final.Seq, last) // where the object went out, too
}

// made reports whether a holding is of what this organisation made.
func (g *Gate) made(h *store.Held) bool {
	return h.Giver == g.Org && (h.Handling.Originator == "" || h.Handling.Originator == g.Org) && h.State == mithaq.Recalled
}

// revoked is a version of an object that revokes it and keeps nothing but what
// may not change: who made it, when, and its markings. nil where the type is
// unknown, or the object is revoked already.
func (g *Gate) revoked(it *store.Item, now time.Time) []byte {
	o, err := stix.Parse(it.Raw, stix.Limits{})
	if err != nil || o.Revoked() {
		return nil
	}
	blanks, ok := g.blanks(string(o.Type()), o.String("created"))
	if !ok {
		return nil
	}
	// A version's time is told by milliseconds, and lies behind that of the last. STIX 2.1, 3.6.1
	modified := now.UTC().Truncate(time.Millisecond)
	if was := time.UnixMicro(it.Order); !modified.After(was) {
		modified = was.UTC().Truncate(time.Millisecond).Add(time.Millisecond)
	}
	raw := fmt.Appendf(nil, `{"type":%q,"spec_version":"2.1","id":%q,"created":%q,"modified":%q,"revoked":true`,
		o.Type(), o.ID(), o.String("created"), modified.Format("2006-01-02T15:04:05.000Z"))
	for _, kept := range []string{"created_by_ref", "object_marking_refs"} {
		if value, ok := o.Member(kept); ok {
			raw = append(fmt.Appendf(raw, ",%q:", kept), value...)
		}
	}
	return append(append(raw, blanks...), '}')
}

// blanks are the properties that the standard requires of a type, filled with
// what says nothing. ok is false for what is no known kind of domain object or
// relationship. STIX 2.1, 4 and STIX 2.1, 5
func (g *Gate) blanks(typ, created string) (text []byte, ok bool) {
	named, self := `"name":"withdrawn"`, `"`+string(identityOf(g.Org))+`"`
	seen, at := strings.Replace(self, "identity", "software", 1), quoted(created)
	blank, ok := map[string]string{
		"attack-pattern": named, "campaign": named, "course-of-action": named, "identity": named, "incident": named, "infrastructure": named,
		"intrusion-set": named, "threat-actor": named, "tool": named, "vulnerability": named,
		"grouping":         `"context":"unspecified","object_refs":[` + self + `]`,
		"indicator":        `"pattern":"[x-mithaq-withdrawn:value = '']","pattern_type":"stix","valid_from":` + at,
		"location":         `"name":"withdrawn","region":"world"`,
		"malware":          `"is_family":false,"name":"withdrawn"`,
		"malware-analysis": `"product":"withdrawn","result":"unknown"`,
		"note":             `"content":"withdrawn","object_refs":[` + self + `]`,
		"observed-data":    `"first_observed":` + at + `,"last_observed":` + at + `,"number_observed":1,"object_refs":[` + seen + `]`,
		"opinion":          `"opinion":"neutral","object_refs":[` + self + `]`,
		"report":           named + `,"published":` + at + `,"object_refs":[` + self + `]`,
		"relationship":     `"relationship_type":"related-to","source_ref":` + self + `,"target_ref":` + self,
		"sighting":         `"sighting_of_ref":` + self,
	}[typ]
	return []byte("," + blank), ok
}

func quoted(s string) string {
	q, _ := jsontext.AppendQuote(nil, s)
	return string(q)
}

// identityOf is an id that stands for an organisation, the same at all times.
func identityOf(org mithaq.OrgID) stix.ID {
	sum := sha256.Sum256([]byte("mithaq/v1/identity\x00" + string(org)))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return stix.ID(fmt.Sprintf("identity--%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]))
}
