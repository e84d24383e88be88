package subscribe

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A Place is a collection that a server tells of.
type Place struct {
	Root string
	taxii.Collection
}

const maxRoots = 20 // of a server, that a survey asks

// Survey asks a server what there is to subscribe to, by the way and with the
// credentials that a subscription would have; of the terms, only those matter.
// A root that does not answer is left out, unless none does. Denied: the viewer
// is no administrator. Unavailable: why the server gave nothing.
func (b *Book) Survey(ctx context.Context, v mithaq.Viewer, t Terms, secret Secret) ([]Place, error) {
	if !v.MayAdminister() {
		return nil, mithaq.Refuse(mithaq.Denied, "subscribe.may-not-add")
	}
	t = t.withDefaults()
	if err := t.checkURL(); err != nil {
		return nil, err
	}
	if err := secret.check(t.User); err != nil {
		return nil, err
	}
	err := b.write(ctx, func(tx *store.Tx) error {
		return b.say(tx, v.Person, mithaq.Account{Kind: "subscription-survey", Notes: map[string]string{"host": t.host()}})
	})
	if err != nil {
		return nil, err
	}
	line := b.line(&Subscription{Terms: t}, secret)
	defer line.close()
	list, err := line.survey(ctx, t.Root)
	if err != nil {
		why, _ := reason(err)
		return nil, why.refusal()
	}
	return list, nil
}

// survey lists the collections of one root, or of all. TAXII 2.1, 4.1 and 5.1
func (l *line) survey(ctx context.Context, root string) (list []Place, err error) {
	roots := []string{root}
	if root == "" {
		d, err := l.Discover(ctx)
		if err != nil {
			return nil, err
		}
		roots = d.APIRoots[:min(len(d.APIRoots), maxRoots)]
	}
	var failed error
	answered := false
	for _, r := range roots {
		all, err := l.Collections(ctx, r)
		if err != nil {
			failed = err
			continue
		}
		answered = true
		for _, c := range all {
			list = append(list, Place{r, c})
		}
	}
	if !answered && failed == nil {
		failed = errNoRoot
	}
	if answered {
		failed = nil
	}
	return list, failed
}

// refusal is a why as the answer to somebody's request.
func (w *Why) refusal() error {
	args := make([]any, len(w.Args))
	for i, a := range w.Args {
		args[i] = a
	}
	return mithaq.Refuse(mithaq.Unavailable, w.Key, args...)
}
