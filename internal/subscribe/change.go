package subscribe

import (
	"cmp"
	"errors"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// MaySee reports whether a viewer may see what is subscribed to.
func MaySee(v *mithaq.Viewer) bool {
	return v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer, mithaq.Administrator, mithaq.Auditor)
}

// Add begins a subscription; its first run is due at once. Denied: the viewer is
// no administrator, or does not know the case. Invalid: all that is wrong.
// Conflict: the name is taken.
func (b *Book) Add(tx *store.Tx, v mithaq.Viewer, t Terms, secret Secret) error {
	t = t.withDefaults()
	t.By = v.Person
	if !v.MayAdminister() || t.Case != "" && !v.Knows(t.Case) {
		return mithaq.Refuse(mithaq.Denied, "subscribe.may-not-add")
	}
	if err := errors.Join(t.Check(tx.Now()), secret.check(t.User)); err != nil {
		return err
	}
	if _, err := b.Gate.Profile(tx, t.Source); err != nil {
		return err
	}
	if err := b.insert(tx, &t, secret); err != nil {
		return err
	}
	if err := tx.Due(store.DueJob{Kind: JobRun, Key: string(t.Name), At: tx.Now()}); err != nil {
		return err
	}
	notes := map[string]string{"host": t.host(), "source": string(t.Source)}
	if t.Kind != TAXII {
		notes["kind"] = string(t.Kind)
	}
	if t.Plain {
		notes["plain"] = "true"
	}
	if t.Inside {
		notes["inside"] = "true"
	}
	return b.enter(tx, v, "subscription-added", &t, notes)
}

func (b *Book) insert(tx *store.Tx, t *Terms, secret Secret) error {
	sealed, err := b.sealSecret(t.Name, secret)
	if err != nil {
		return err
	}
	raw, err := jcs.Marshal(t)
	if err != nil {
		return err
	}
	place, err := (&Subscription{Terms: *t, Place: t.begin()}).place()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO subscribe_feed(name, terms, method, secret, state, place, root, version, turn, run, failures, cuts, why, added)
		VALUES(?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, ?, ?)`,
		string(t.Name), raw, secret.method(), sealed, string(Active), place, t.Root, []byte{}, tx.Now().UnixMicro())
	if errors.Is(err, mithaq.Conflict) {
		return mithaq.Refuse(mithaq.Conflict, "subscribe.taken", string(t.Name))
	}
	return err
}

// Pause holds a subscription until it is resumed; a run under way ends with its page.
func (b *Book) Pause(tx *store.Tx, v mithaq.Viewer, name Name) error {
	s, err := b.administered(tx, v, name)
	if err != nil {
		return err
	}
	if err := errors.Join(b.set(tx, name, Paused, nil), tx.Done(JobRun, string(name))); err != nil {
		return err
	}
	return b.enter(tx, v, "subscription-paused", &s.Terms, nil)
}

// Resume lets a paused or stopped subscription run again, now.
func (b *Book) Resume(tx *store.Tx, v mithaq.Viewer, name Name) error {
	s, err := b.administered(tx, v, name)
	if err != nil {
		return err
	}
	if err := b.set(tx, name, Active, nil); err != nil {
		return err
	}
	if err := tx.Due(store.DueJob{Kind: JobRun, Key: string(name), At: tx.Now()}); err != nil {
		return err
	}
	return b.enter(tx, v, "subscription-resumed", &s.Terms, nil)
}

// set puts a subscription into a state from which it begins afresh.
func (b *Book) set(tx *store.Tx, name Name, state State, why *Why) error {
	raw, err := why.bytes()
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE subscribe_feed SET state = ?, why = ?, failures = 0, cuts = 0, turn = turn + 1 WHERE name = ?", string(state), raw, string(name))
	return err
}

// RunNow makes a run due. Conflict: the subscription is paused or stopped. Busy:
// its server wants to be left alone until a time that has not come.
func (b *Book) RunNow(tx *store.Tx, v mithaq.Viewer, name Name) (*Subscription, error) {
	if !v.MayAdminister() && !v.MayImport() || v.Token != "" {
		return nil, mithaq.Refuse(mithaq.Denied, "subscribe.may-not-run")
	}
	s, err := b.One(tx, name)
	if err != nil {
		return nil, err
	}
	if s.State != Active {
		return nil, mithaq.Refuse(mithaq.Conflict, "subscribe.stands", string(name))
	}
	if s.Why != nil && s.Why.Key == whyBusyUntil && s.Next.After(tx.Now()) {
		return nil, mithaq.Refuse(mithaq.Busy, "subscribe.why.busy-until", mithaq.At(s.Next))
	}
	return s, tx.Due(store.DueJob{Kind: JobRun, Key: string(name), At: tx.Now()})
}

// A Change is what of a subscription's terms may be another from now on; zero
// members stay. Another server, collection or filter is another subscription.
type Change struct {
	Every  int64
	Page   int
	Rate   int
	Most   int64
	Source stix.ID
}

// over puts a change over terms.
func (c *Change) over(t Terms) Terms {
	t.Every, t.Page, t.Rate = cmp.Or(c.Every, t.Every), cmp.Or(c.Page, t.Page), cmp.Or(c.Rate, t.Rate)
	t.Most, t.Source = cmp.Or(c.Most, t.Most), cmp.Or(c.Source, t.Source)
	return t
}

// Change changes how often and how much is read, or the profile that gives
// labels to what comes from then on.
func (b *Book) Change(tx *store.Tx, v mithaq.Viewer, name Name, c Change) error {
	s, err := b.administered(tx, v, name)
	if err != nil {
		return err
	}
	t := c.over(s.Terms)
	if err := t.Check(tx.Now()); err != nil {
		return err
	}
	if _, err := b.Gate.Profile(tx, t.Source); err != nil {
		return err
	}
	if err := putTerms(tx, &t); err != nil {
		return err
	}
	if soon := tx.Now().Add(t.interval()); s.Next.After(soon) && s.Failures == 0 {
		if err := tx.Due(store.DueJob{Kind: JobRun, Key: string(name), At: soon}); err != nil {
			return err
		}
	}
	return b.enter(tx, v, "subscription-changed", &t, map[string]string{"source": string(t.Source), "every": strconv.FormatInt(t.Every, 10)})
}

func putTerms(tx *store.Tx, t *Terms) error {
	raw, err := jcs.Marshal(t)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE subscribe_feed SET terms = ?, turn = turn + 1 WHERE name = ?", raw, string(t.Name))
	return err
}

// Renew gives a subscription other credentials, and lets it run again if it stood.
func (b *Book) Renew(tx *store.Tx, v mithaq.Viewer, name Name, user string, secret Secret) error {
	s, err := b.administered(tx, v, name)
	if err != nil {
		return err
	}
	s.User = user
	if err := errors.Join(s.Check(tx.Now()), secret.check(user)); err != nil {
		return err
	}
	sealed, err := b.sealSecret(name, secret)
	if err != nil {
		return err
	}
	if err := putTerms(tx, &s.Terms); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE subscribe_feed SET method = ?, secret = ? WHERE name = ?", secret.method(), sealed, string(name)); err != nil {
		return err
	}
	if err := b.enter(tx, v, "subscription-credentials", &s.Terms, map[string]string{"method": secret.method()}); err != nil {
		return err
	}
	return b.Resume(tx, v, name)
}

// Remove ends a subscription. What it took in stays. Conflict: objects are in its
// quarantine, unless they may be dropped with it.
func (b *Book) Remove(tx *store.Tx, v mithaq.Viewer, name Name, drop bool) error {
	s, err := b.administered(tx, v, name)
	if err != nil {
		return err
	}
	if s.Held > 0 && !drop {
		return mithaq.Refuse(mithaq.Conflict, "subscribe.holds", string(name), s.Held)
	}
	for _, table := range []string{"subscribe_quarantine", "subscribe_run", "subscribe_feed"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE name = ?", string(name)); err != nil {
			return err
		}
	}
	if reader := b.Readers[s.Kind]; reader != nil {
		if err := reader.Forget(tx, name); err != nil {
			return err
		}
	}
	if err := errors.Join(tx.Done(JobRun, string(name)), tx.Done(JobLapse, string(name))); err != nil {
		return err
	}
	a := mithaq.Account{Kind: "subscription-removed", Notes: map[string]string{"subscription": string(name)}, Counts: map[string]int64{"dropped": s.Held}}
	return b.say(tx, v.Person, a)
}

func (b *Book) administered(tx *store.Tx, v mithaq.Viewer, name Name) (*Subscription, error) {
	if !v.MayAdminister() {
		return nil, mithaq.Refuse(mithaq.Denied, "subscribe.may-not-add")
	}
	return b.One(tx, name)
}
