package subscribe

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/taxii"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	dir, err := fs.Sub(schema, "schema")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return store.Migration{Capability: "subscribe", FS: dir}
}

// Config says what a Book works with.
type Config struct {
	Store *store.Store
	Org   mithaq.OrgID
	Gate  *gate.Gate
	Keys  keys.Ring // credentials are sealed to it
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	Agent string       // User-Agent
	Log   *slog.Logger // nothing when nil
	Limits
}

// Limits bound what a server can make us do. Zero members take the value of DefaultLimits.
type Limits struct {
	AtOnce int           // runs at once
	Page   int64         // bytes of one answer, after inflating
	Pages  int           // of one run
	Held   int64         // objects in one subscription's quarantine
	Bytes  int64         // of them
	Keep   time.Duration // how long they stay
	Cuts   int           // runs in a row that end with more to come, before a person is asked
	Answer time.Duration // for one request
	Tries  int           // of one request
	Wait   time.Duration // longest wait before one more try
	First  time.Duration // wait after a first failure; doubled at each
	Last   time.Duration // longest wait between runs that a failure or a server's Retry-After causes
}

// DefaultLimits suit a node on a small machine.
var DefaultLimits = Limits{
	AtOnce: 4, Page: 64 << 20, Pages: 100_000, Held: 10_000, Bytes: 256 << 20, Keep: 30 * 24 * time.Hour, Cuts: 3,
	Answer: time.Minute, Tries: 3, Wait: 20 * time.Second, First: 5 * time.Minute, Last: 24 * time.Hour,
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	or(&l.AtOnce, d.AtOnce)
	or(&l.Page, d.Page)
	or(&l.Pages, d.Pages)
	or(&l.Held, d.Held)
	or(&l.Bytes, d.Bytes)
	or(&l.Keep, d.Keep)
	or(&l.Cuts, d.Cuts)
	or(&l.Answer, d.Answer)
	or(&l.Tries, d.Tries)
	or(&l.Wait, d.Wait)
	or(&l.First, d.First)
	or(&l.Last, d.Last)
	return l
}

func or[T ~int | ~int64](have *T, want T) {
	if *have <= 0 {
		*have = want
	}
}

// A Book keeps a node's subscriptions and runs them. All methods may be called at once.
type Book struct {
	Config
	running sync.Map // Name → struct{}: one run at a time in this process
}

// New makes a Book.
func New(cfg Config) *Book {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Enter == nil {
		cfg.Enter = func(*store.Tx, mithaq.Account) error { return nil }
	}
	return &Book{Config: cfg}
}

// A State is what a subscription does.
type State string

// The states of a subscription.
const (
	Active  State = "active"
	Paused  State = "paused"  // by a person
	Stopped State = "stopped" // by itself, until a person resumes it
)

// A Subscription is one as it stands.
type Subscription struct {
	Terms
	Method   string // none, password or token
	State    State
	Place    taxii.Cursor
	Root     string // in use; "" until it is known
	Version  string // of TAXII in use; "" until it is known
	Failures int    // in a row
	Why      *Why   // why the last run failed, or why it stands; nil: nothing is wrong
	Added    time.Time
	Next     time.Time // when it runs next; zero when it does not
	Running  bool
	Held     int64 // objects in its quarantine

	sealed []byte
	turn   int64
	run    int64
	cuts   int
}

// A Why is a sentence of the catalogue with what goes into it.
type Why struct {
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"`
}

// JobRun is the kind of due job that is a run; its key is the subscription.
const JobRun = "subscribe-run"

const columns = "SELECT name, terms, method, secret, state, place, root, version, turn, run, failures, cuts, why, added FROM subscribe_feed "

func scan(row interface{ Scan(...any) error }) (*Subscription, error) {
	s := &Subscription{}
	var terms, why []byte
	var name, place string
	var added int64
	err := row.Scan(&name, &terms, &s.Method, &s.sealed, (*string)(&s.State), &place, &s.Root, &s.Version, &s.turn, &s.run, &s.Failures, &s.cuts, &why, &added)
	if err != nil {
		return nil, err
	}
	s.Added = micros(added)
	if s.Why, err = readWhy(why); err != nil {
		return nil, err
	}
	return s, errors.Join(strict.Decode(terms, 1<<20, &s.Terms), s.Place.UnmarshalText([]byte(place)))
}

func readWhy(raw []byte) (*Why, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	w := &Why{}
	return w, strict.Decode(raw, 1<<20, w)
}

func (w *Why) bytes() ([]byte, error) {
	if w == nil {
		return []byte{}, nil
	}
	return jcs.Marshal(w)
}

func micros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// One is a subscription. NotFound: there is none of that name.
func (b *Book) One(tx *store.Tx, name Name) (*Subscription, error) {
	s, err := scan(tx.QueryRow(columns+"WHERE name = ?", string(name)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "subscribe.none", string(name))
	}
	if err != nil {
		return nil, err
	}
	return s, b.surround(tx, s)
}

// All is every subscription, by name.
func (b *Book) All(tx *store.Tx) ([]*Subscription, error) {
	rows, err := tx.Query(columns + "ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []*Subscription
	for rows.Next() {
		s, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, s := range list {
		if err := b.surround(tx, s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// surround adds what is kept elsewhere.
func (b *Book) surround(tx *store.Tx, s *Subscription) error {
	_, s.Running = b.running.Load(s.Name)
	if err := tx.QueryRow("SELECT count(*) FROM subscribe_quarantine WHERE name = ?", string(s.Name)).Scan(&s.Held); err != nil {
		return err
	}
	at, ok, err := tx.DueAt(JobRun, string(s.Name))
	if ok && s.State == Active {
		s.Next = at
	}
	return err
}

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
	place, err := t.begin().MarshalText()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO subscribe_feed(name, terms, method, secret, state, place, root, version, turn, run, failures, cuts, why, added)
		VALUES(?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, ?, ?)`,
		string(t.Name), raw, secret.method(), sealed, string(Active), string(place), t.Root, []byte{}, tx.Now().UnixMicro())
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
	raw, err := jcs.Marshal(&s.Terms)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE subscribe_feed SET terms = ?, method = ?, secret = ? WHERE name = ?", raw, secret.method(), sealed, string(name)); err != nil {
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

// enter adds to the node's own log what somebody did with a subscription.
func (b *Book) enter(tx *store.Tx, v mithaq.Viewer, kind string, t *Terms, notes map[string]string) error {
	all := map[string]string{"subscription": string(t.Name)}
	for name, value := range notes {
		all[name] = value
	}
	return b.say(tx, v.Person, mithaq.Account{Kind: kind, Purpose: t.Purpose, Basis: t.Basis, Case: string(t.Case), Notes: all})
}

func (b *Book) say(tx *store.Tx, by mithaq.PersonID, a mithaq.Account) error {
	a.At, a.By = mithaq.At(tx.Now()), by
	return b.Enter(tx, a)
}

func (b *Book) read(ctx context.Context, f func(tx *store.Tx) error) error {
	return b.Store.Read(ctx, f)
}

func (b *Book) write(ctx context.Context, f func(tx *store.Tx) error) error {
	return b.Store.Write(ctx, f)
}
