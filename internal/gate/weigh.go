package gate

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A weighing decides about many holdings for one partner, purpose and basis.
// What is the same for all of them is looked up once.
type weighing struct {
	g        *Gate
	tx       *store.Tx
	standing *pact.Standing
	q        mithaq.Request
	groups   map[stix.ID][]mithaq.OrgID
	consents []*mithaq.Consent
	lines    redLines
	facts    mithaq.Facts // of the holding last weighed
}

// A weight is what stands against one holding's crossing.
type weight struct {
	held     *store.Held
	decision mithaq.Decision
	lines    []string // red lines crossed
	assessed *assessed
}

func (w *weight) allowed() bool { return len(w.lines) == 0 && w.decision.Allowed() }

func (w *weight) needsReview() bool { return len(w.lines) == 0 && w.decision.NeedsReview() }

// may is a crossing that goes now, or once a second person has approved it.
func (w *weight) may() bool { return w.allowed() || w.needsReview() }

func (g *Gate) weighing(tx *store.Tx, pactID stix.ID, q mithaq.Request) (*weighing, error) {
	s, err := g.Pacts.Standing(tx, pactID, q.To)
	if err != nil {
		return nil, err
	}
	return g.weighingBy(tx, s, q)
}

// weighingFor is by the pact of an ask, or by its draft.
func (g *Gate) weighingFor(tx *store.Tx, ask *Ask, q mithaq.Request) (*weighing, error) {
	if ask.draft != nil {
		return g.weighingBy(tx, ask.draft, q)
	}
	return g.weighing(tx, ask.Pact, q)
}

func (g *Gate) weighingBy(tx *store.Tx, s *pact.Standing, q mithaq.Request) (w *weighing, err error) {
	q.From, q.Side, q.At, q.State = g.Org, mithaq.Sender, tx.Now(), s.State
	w = &weighing{g: g, tx: tx, standing: s, q: q, groups: map[stix.ID][]mithaq.OrgID{}, lines: redLines{lines: g.Lines}}
	w.consents, err = g.consents(tx, tx.Now())
	return w, err
}

// weigh picks, among the holdings of an item, the one by which it may cross:
// what is ours before what partners gave. Where none may, it is the one against
// which the least stands.
func (w *weighing) weigh(it *store.Item, held []store.Held, a *assessed) (weight, error) {
	best := weight{}
	extensions := extensionsOf(it.Raw)
	for i := range held {
		x, err := w.one(it, &held[i], extensions, a)
		if err != nil {
			return best, err
		}
		if best.held == nil || w.before(&x, &best) {
			best = x
		}
	}
	return best, nil
}

func (w *weighing) before(a, b *weight) bool {
	return cmp.Or(
		-compareBool(a.allowed(), b.allowed()), -compareBool(a.may(), b.may()),
		-compareBool(a.held.Giver == w.g.Org, b.held.Giver == w.g.Org),
		cmp.Compare(a.decision.Failed.Len()+len(a.lines), b.decision.Failed.Len()+len(b.lines)),
	) < 0
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (w *weighing) one(it *store.Item, h *store.Held, extensions []string, a *assessed) (weight, error) {
	f := &w.facts
	f.Type, f.Extensions, f.Modified = string(it.Ref.ID.Type()), extensions, time.Time{}
	if it.Ref.Version != "" {
		f.Modified = time.UnixMicro(it.Order)
	}
	f.Handling, f.State, f.Personal = h.Handling, h.State, it.Personal
	if !h.Until.IsZero() {
		f.Handling.RetainUntil = mithaq.At(h.Until)
	}
	f.Assessed = mithaq.AssessedNot
	if a != nil {
		f.Assessed = a.verdict
	}
	var err error
	f.Group, err = w.group(h)
	f.Consented = w.consented(it.Ref, h)
	x := weight{held: h, decision: mithaq.Decide(w.standing.Rules, f, &w.q), assessed: a}
	x.lines = w.lines.crossed(h.Class, f, &w.q)
	return x, err
}

// group is the parties of the pact that a holding came under.
func (w *weighing) group(h *store.Held) ([]mithaq.OrgID, error) {
	if h.Giver == w.g.Org || h.Handling.Onward != mithaq.OnwardGroup {
		return nil, nil
	}
	if orgs, ok := w.groups[h.Under]; ok {
		return orgs, nil
	}
	t, err := w.g.Pacts.InForce(w.tx, h.Under)
	if err != nil {
		return nil, err
	}
	orgs := make([]mithaq.OrgID, len(t.Pact.Parties))
	for i := range t.Pact.Parties {
		orgs[i] = t.Pact.Parties[i].Org
	}
	w.groups[h.Under] = orgs
	return orgs, nil
}

func (w *weighing) consented(item mithaq.ItemRef, h *store.Held) bool {
	return slices.ContainsFunc(w.consents, func(c *mithaq.Consent) bool {
		return c.By == h.Handling.Originator && c.Covers(item, w.q.To, w.q.Purpose, mithaq.At(w.q.At))
	})
}

// lineKey is all that an organisation's red lines can depend on.
type lineKey struct {
	labels   any // what stands for all of a holding's labels
	tlp      stix.TLP
	typ      string
	state    mithaq.HoldingState
	personal bool
	assessed mithaq.Assessed
	more     string
}

// A redLines asks an organisation's red lines once for what does not differ
// before them.
type redLines struct {
	lines Lines
	known map[lineKey][]string
}

func (r *redLines) crossed(labels any, f *mithaq.Facts, q *mithaq.Request) []string {
	if r.lines == nil {
		return nil
	}
	key := lineKey{labels, f.Handling.TLP, f.Type, f.State, f.Personal, f.Assessed, join(f.Extensions)}
	names, ok := r.known[key]
	if !ok {
		names = r.lines.Crossed(f, q)
		if r.known == nil {
			r.known = map[lineKey][]string{}
		}
		r.known[key] = names
	}
	return names
}

func join(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return string(bytes.Join(each(list, func(s string) []byte { return []byte(s) }), []byte{0}))
}

func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i := range list {
		out[i] = f(list[i])
	}
	return out
}

// extensionsOf is which extensions an object carries. Few carry any, which a
// look at the bytes shows; where letters may be spelled with escapes it is
// looked at closely.
func extensionsOf(raw []byte) (list []string) {
	if !bytes.Contains(raw, []byte(`"extensions"`)) && !bytes.Contains(raw, []byte(`\u00`)) {
		return nil
	}
	o, err := stix.Parse(raw, stix.Limits{Size: len(raw) + 1})
	if err != nil {
		return []string{"unreadable"}
	}
	for e := range o.Extensions() {
		list = append(list, e.Key)
	}
	return list
}
