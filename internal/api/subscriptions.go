package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) subscriptionRoutes() {
	const all, one, held = "/v1/subscriptions", "/v1/subscriptions/{name}", "/v1/subscriptions/{name}/quarantine"
	verb(s, op{http.MethodGet, all, "subscriptions", "Collections of other organisations' servers that are read on a schedule", 0}, s.subscriptions)
	verb(s, op{http.MethodPost, all, "subscribe", "Subscribe to a TAXII collection", http.StatusCreated}, s.subscribe)
	verb(s, op{http.MethodPost, "/v1/surveys", "survey", "Ask a TAXII server what there is to subscribe to", 0}, s.survey)
	verb(s, op{http.MethodGet, one, "subscription", "One subscription with the account of its runs", 0}, s.subscription)
	verb(s, op{http.MethodPatch, one, "change-subscription", "Change how often and how much is read, or the labels", 0}, s.changeSubscription)
	verb(s, op{http.MethodDelete, one, "unsubscribe", "End a subscription; what it took in stays", 0}, s.unsubscribe)
	verb(s, op{http.MethodPost, one + "/pause", "pause-subscription", "Hold a subscription", 0}, s.subscriptionStep((*subscribe.Book).Pause))
	verb(s, op{http.MethodPost, one + "/resume", "resume-subscription", "Let it run again, now", 0}, s.subscriptionStep((*subscribe.Book).Resume))
	verb(s, op{http.MethodPost, one + "/run", "run-subscription", "Make a run due; the answer is how it stood before", http.StatusAccepted}, s.runSubscription)
	verb(s, op{http.MethodPost, one + "/credentials", "renew-subscription", "Give it other credentials, and let it run again", 0}, s.renewSubscription)
	verb(s, op{http.MethodGet, held, "subscription-quarantine", "What could not be taken in, and why", 0}, s.heldObjects)
	verb(s, op{http.MethodPost, held + "/retry", "retry-quarantine", "Take held objects in again; all where no ids are given", 0}, s.retryHeld)
	verb(s, op{http.MethodGet, held + "/{id}", "held-object", "One held object, byte for byte", 0}, s.heldObject)
	verb(s, op{http.MethodDelete, held + "/{id}", "drop-held", "Drop a held object", 0}, s.dropHeld)
}

// SubscriptionIn is what an administrator says about a subscription.
type SubscriptionIn struct {
	Name         string      `json:"name" doc:"a short word: lower-case letters, digits and hyphens"`
	Kind         string      `json:"kind,omitempty" enum:"taxii,misp,misp-feed,list" doc:"of the server; taxii when not given"`
	URL          string      `json:"url" doc:"of the server, such as https://taxii.example/"`
	Root         string      `json:"root,omitempty" doc:"API root; else the server's default one"`
	Collection   string      `json:"collection,omitempty" doc:"id or alias; of a TAXII server"`
	Source       string      `json:"source" doc:"id of the source profile that gives labels"`
	Case         string      `json:"case,omitempty"`
	Purpose      string      `json:"purpose"`
	Basis        string      `json:"basis"`
	Types        []string    `json:"types,omitempty" doc:"match[type]"`
	SpecVersions []string    `json:"spec_versions,omitempty" doc:"match[spec_version]"`
	After        mithaq.Time `json:"added_after,omitzero" doc:"where the first run begins"`
	Every        int64       `json:"every,omitempty" doc:"seconds between runs; 3600 when not given"`
	Page         int         `json:"page,omitempty" doc:"objects asked for at once; 1000 when not given"`
	Rate         int         `json:"rate,omitempty" doc:"requests a minute at the most; 120 when not given"`
	Most         int64       `json:"most,omitempty" doc:"objects of one run at the most; 1000000 when not given"`
	Plain        bool        `json:"plain,omitempty" doc:"let http:// pass"`
	Inside       bool        `json:"inside,omitempty" doc:"the host may lie in our own networks"`
	CA           string      `json:"ca,omitempty" doc:"PEM: the only authorities whose certificates are believed"`
	Own          bool        `json:"own,omitempty" doc:"a MISP of our own organisation: distributions stay as they are"`
	KnownAs      string      `json:"known_as,omitempty" doc:"UUID of our organisation at that MISP; else the one it has here"`
	Columns      string      `json:"columns,omitempty" doc:"of a list that is a table: what each column is for, as JSON"`
	CredentialsIn
}

// feedKind is a kind as subscriptions have it.
func feedKind(kind string) subscribe.Kind {
	if kind == "taxii" {
		return subscribe.TAXII
	}
	return subscribe.Kind(kind)
}

// feedKindName is a kind as the API says it.
func feedKindName(kind subscribe.Kind) string { return cmp.Or(string(kind), "taxii") }

// CredentialsIn are sealed at once and never shown.
type CredentialsIn struct {
	User     string `json:"user,omitempty" doc:"for HTTP Basic"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty" doc:"Bearer, in place of the two"`
}

func (c *CredentialsIn) secret() subscribe.Secret {
	return subscribe.Secret{Password: c.Password, Token: c.Token}
}

// SurveyIn names a server and the way to it.
type SurveyIn struct {
	URL    string `json:"url"`
	Root   string `json:"root,omitempty" doc:"this API root only"`
	Plain  bool   `json:"plain,omitempty"`
	Inside bool   `json:"inside,omitempty"`
	CA     string `json:"ca,omitempty"`
	CredentialsIn
}

type surveyIn struct{ Body SurveyIn }

// Surveyed is a collection of a server.
type Surveyed struct {
	Root        string `json:"root"`
	ID          string `json:"id"`
	Alias       string `json:"alias,omitempty"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	CanRead     bool   `json:"can_read"`
	CanWrite    bool   `json:"can_write"`
}

func (s *server) survey(ctx context.Context, v mithaq.Viewer, in *surveyIn) ([]Surveyed, error) {
	b := &in.Body
	terms := subscribe.Terms{URL: b.URL, Root: b.Root, User: b.User, Plain: b.Plain, Inside: b.Inside, CA: b.CA}
	all, err := s.Feeds.Survey(ctx, v, terms, b.secret())
	list := []Surveyed{}
	for _, p := range all {
		list = append(list, Surveyed{p.Root, p.ID, p.Alias, p.Title, p.Description, p.CanRead, p.CanWrite})
	}
	return list, err
}

type subscribeIn struct{ Body SubscriptionIn }

func (s *server) subscribe(ctx context.Context, v mithaq.Viewer, in *subscribeIn) (Subscription, error) {
	b := &in.Body
	return write(ctx, s, func(tx *store.Tx) (Subscription, error) {
		err := s.Feeds.Add(tx, v, subscribe.Terms{
			Name: subscribe.Name(b.Name), Kind: feedKind(b.Kind), URL: b.URL, Root: b.Root, Collection: b.Collection, User: b.User,
			Source: stix.ID(b.Source), Case: stix.ID(b.Case), Purpose: mithaq.Purpose(b.Purpose), Basis: b.Basis,
			Types: b.Types, SpecVersions: b.SpecVersions, After: b.After, Every: b.Every, Page: b.Page, Rate: b.Rate, Most: b.Most,
			Plain: b.Plain, Inside: b.Inside, CA: b.CA, Own: b.Own, KnownAs: b.KnownAs, Columns: b.Columns,
		}, b.secret())
		if err != nil {
			return Subscription{}, err
		}
		return s.subscriptionNamed(tx, b.Name)
	})
}

// Subscription is one as it stands, without its credentials.
type Subscription struct {
	Name         string          `json:"name"`
	Kind         string          `json:"kind"` // taxii, misp, misp-feed or list
	URL          string          `json:"url"`
	Root         string          `json:"root,omitempty"` // in use
	Collection   string          `json:"collection,omitempty"`
	Version      string          `json:"taxii,omitempty"` // in use
	User         string          `json:"user,omitempty"`
	Method       string          `json:"credentials"` // none, password or token
	Source       stix.ID         `json:"source"`
	Case         stix.ID         `json:"case,omitempty"`
	Purpose      mithaq.Purpose  `json:"purpose"`
	Basis        string          `json:"basis"`
	Types        []string        `json:"types,omitempty"`
	SpecVersions []string        `json:"spec_versions,omitempty"`
	Every        int64           `json:"every"`
	Page         int             `json:"page"`
	Rate         int             `json:"rate"`
	Most         int64           `json:"most"`
	Plain        bool            `json:"plain,omitempty"`
	Inside       bool            `json:"inside,omitempty"`
	OwnCA        bool            `json:"own_ca,omitempty"`
	Own          bool            `json:"own,omitempty"` // a MISP of our own organisation
	KnownAs      string          `json:"known_as,omitempty"`
	By           mithaq.PersonID `json:"by"`
	Added        time.Time       `json:"added"`
	State        string          `json:"state"` // active, paused or stopped
	Running      bool            `json:"running"`
	ReadTo       time.Time       `json:"read_to,omitzero"` // date_added up to which all was read
	Next         time.Time       `json:"next,omitzero"`
	Failures     int             `json:"failures"` // in a row
	Why          *Sentence       `json:"why,omitempty"`
	Held         int64           `json:"held"` // in quarantine
	Last         *Run            `json:"last,omitempty"`
	Runs         []Run           `json:"runs,omitempty"` // the newest first
}

// Sentence is one of the catalogue.
type Sentence struct {
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"`
}

func sentence(w *subscribe.Why) *Sentence {
	if w == nil {
		return nil
	}
	return &Sentence{w.Key, w.Args}
}

// Run is the account of one run, or of several in a row that ended alike and brought nothing.
type Run struct {
	Number      int64     `json:"number"`
	Began       time.Time `json:"began"`
	Ended       time.Time `json:"ended,omitzero"`
	Outcome     string    `json:"outcome"` // running, done, cut, failed or broken-off
	Times       int64     `json:"times"`
	Requests    int64     `json:"requests"`
	Pages       int64     `json:"pages"`
	Seen        int64     `json:"seen"`
	Taken       int64     `json:"taken"`
	Known       int64     `json:"known"`
	Theirs      int64     `json:"theirs"`
	Quarantined int64     `json:"quarantined"`
	Passed      int64     `json:"passed"`
	Why         *Sentence `json:"why,omitempty"`
}

func runOf(r *subscribe.Run) Run {
	return Run{
		Number: r.Number, Began: r.Began, Ended: r.Ended, Outcome: string(r.Outcome), Times: r.Times, Requests: r.Requests, Pages: r.Pages,
		Seen: r.Seen, Taken: r.Taken, Known: r.Known, Theirs: r.Theirs, Quarantined: r.Quarantined, Passed: r.Passed, Why: sentence(r.Why),
	}
}

func subscriptionOf(s *subscribe.Subscription) Subscription {
	return Subscription{
		Name: string(s.Name), Kind: feedKindName(s.Kind), Own: s.Own, KnownAs: s.KnownAs, URL: s.URL, Root: s.Root, Collection: s.Collection, Version: s.Version, User: s.User, Method: s.Method,
		Source: s.Source, Case: s.Case, Purpose: s.Purpose, Basis: s.Basis, Types: s.Types, SpecVersions: s.SpecVersions,
		Every: s.Every, Page: s.Page, Rate: s.Rate, Most: s.Most, Plain: s.Plain, Inside: s.Inside, OwnCA: s.CA != "", By: s.By, Added: s.Added,
		State: string(s.State), Running: s.Running, ReadTo: s.Place.After, Next: s.Next, Failures: s.Failures, Why: sentence(s.Why), Held: s.Held,
	}
}

// subscriptionNamed is one with its newest run.
func (s *server) subscriptionNamed(tx *store.Tx, name string) (Subscription, error) {
	one, err := s.Feeds.One(tx, subscribe.Name(name))
	if err != nil {
		return Subscription{}, err
	}
	return s.withRuns(tx, one, 1)
}

func (s *server) withRuns(tx *store.Tx, one *subscribe.Subscription, limit int) (Subscription, error) {
	out := subscriptionOf(one)
	runs, err := s.Feeds.Runs(tx, one.Name, limit)
	for _, r := range runs {
		out.Runs = append(out.Runs, runOf(r))
	}
	if len(out.Runs) > 0 {
		out.Last = &out.Runs[0]
	}
	if limit == 1 {
		out.Runs = nil
	}
	return out, err
}

func maySeeSubscriptions(v *mithaq.Viewer) error {
	if !subscribe.MaySee(v) {
		return mithaq.Refuse(mithaq.Denied, "subscribe.may-not-see")
	}
	return nil
}

func (s *server) subscriptions(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Subscription, error) {
	if err := maySeeSubscriptions(&v); err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx *store.Tx) ([]Subscription, error) {
		all, err := s.Feeds.All(tx)
		if err != nil {
			return nil, err
		}
		list := []Subscription{}
		for _, one := range all {
			out, err := s.withRuns(tx, one, 1)
			if err != nil {
				return nil, err
			}
			list = append(list, out)
		}
		return list, nil
	})
}

type subscriptionIn struct {
	Name string `path:"name"`
}

const shownRuns = 20

func (s *server) subscription(ctx context.Context, v mithaq.Viewer, in *subscriptionIn) (Subscription, error) {
	if err := maySeeSubscriptions(&v); err != nil {
		return Subscription{}, err
	}
	return read(ctx, s, func(tx *store.Tx) (Subscription, error) {
		one, err := s.Feeds.One(tx, subscribe.Name(in.Name))
		if err != nil {
			return Subscription{}, err
		}
		return s.withRuns(tx, one, shownRuns)
	})
}

type unsubscribeIn struct {
	Name string `path:"name"`
	Drop bool   `query:"drop" doc:"drop what is in its quarantine too"`
}

func (s *server) unsubscribe(ctx context.Context, v mithaq.Viewer, in *unsubscribeIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Feeds.Remove(tx, v, subscribe.Name(in.Name), in.Drop)
	})
}

func (s *server) subscriptionStep(step func(b *subscribe.Book, tx *store.Tx, v mithaq.Viewer, name subscribe.Name) error) func(ctx context.Context, v mithaq.Viewer, in *subscriptionIn) (Subscription, error) {
	return func(ctx context.Context, v mithaq.Viewer, in *subscriptionIn) (Subscription, error) {
		return write(ctx, s, func(tx *store.Tx) (Subscription, error) {
			if err := step(s.Feeds, tx, v, subscribe.Name(in.Name)); err != nil {
				return Subscription{}, err
			}
			return s.subscriptionNamed(tx, in.Name)
		})
	}
}

func (s *server) runSubscription(ctx context.Context, v mithaq.Viewer, in *subscriptionIn) (Subscription, error) {
	return write(ctx, s, func(tx *store.Tx) (Subscription, error) {
		one, err := s.Feeds.RunNow(tx, v, subscribe.Name(in.Name))
		if err != nil {
			return Subscription{}, err
		}
		return s.withRuns(tx, one, 1)
	})
}

type changeIn struct {
	Name string `path:"name"`
	Body struct {
		Every  int64  `json:"every,omitempty"`
		Page   int    `json:"page,omitempty"`
		Rate   int    `json:"rate,omitempty"`
		Most   int64  `json:"most,omitempty"`
		Source string `json:"source,omitempty"`
	}
}

func (s *server) changeSubscription(ctx context.Context, v mithaq.Viewer, in *changeIn) (Subscription, error) {
	b := &in.Body
	return write(ctx, s, func(tx *store.Tx) (Subscription, error) {
		c := subscribe.Change{Every: b.Every, Page: b.Page, Rate: b.Rate, Most: b.Most, Source: stix.ID(b.Source)}
		if err := s.Feeds.Change(tx, v, subscribe.Name(in.Name), c); err != nil {
			return Subscription{}, err
		}
		return s.subscriptionNamed(tx, in.Name)
	})
}

type renewIn struct {
	Name string `path:"name"`
	Body CredentialsIn
}

func (s *server) renewSubscription(ctx context.Context, v mithaq.Viewer, in *renewIn) (Subscription, error) {
	return write(ctx, s, func(tx *store.Tx) (Subscription, error) {
		if err := s.Feeds.Renew(tx, v, subscribe.Name(in.Name), in.Body.User, in.Body.secret()); err != nil {
			return Subscription{}, err
		}
		return s.subscriptionNamed(tx, in.Name)
	})
}

// Held is an object in quarantine.
type Held struct {
	ID      int64     `json:"id"`
	Object  stix.ID   `json:"object,omitempty"` // as it calls itself
	At      time.Time `json:"at"`
	Times   int64     `json:"times"` // how often it came
	Size    int64     `json:"size"`
	Pointer string    `json:"pointer,omitempty"` // where the fault lies
	Why     *Sentence `json:"why"`
	Raw     []byte    `json:"raw,omitempty"` // its bytes, in base64, where one is read
}

func heldOf(h *subscribe.Held) Held {
	return Held{ID: h.ID, Object: h.Object, At: h.At, Times: h.Times, Size: h.Size, Pointer: h.Pointer(), Why: sentence(h.Why)}
}

type heldIn struct {
	Name  string `path:"name"`
	After int64  `query:"after" minimum:"0" doc:"the id of the last one seen"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *server) heldObjects(ctx context.Context, v mithaq.Viewer, in *heldIn) ([]Held, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Held, error) {
		all, err := s.Feeds.Quarantine(tx, v, subscribe.Name(in.Name), in.After, in.Limit)
		list := []Held{}
		for _, h := range all {
			list = append(list, heldOf(h))
		}
		return list, err
	})
}

type heldOneIn struct {
	Name string `path:"name"`
	ID   int64  `path:"id"`
}

func (s *server) heldObject(ctx context.Context, v mithaq.Viewer, in *heldOneIn) (Held, error) {
	return write(ctx, s, func(tx *store.Tx) (Held, error) { // the entry is durable before the first byte
		h, raw, err := s.Feeds.Look(tx, v, subscribe.Name(in.Name), in.ID)
		if err != nil {
			return Held{}, err
		}
		out := heldOf(h)
		out.Raw = raw
		return out, nil
	})
}

type retryIn struct {
	Name string `path:"name"`
	Body struct {
		IDs []int64 `json:"ids,omitempty"`
	}
}

// Retried says what became of objects that were tried again.
type Retried struct {
	Seen  int64 `json:"seen"`
	Taken int64 `json:"taken"`
	Known int64 `json:"known"` // those of partners among them
	Held  int64 `json:"held"`  // that stay in quarantine
}

func (s *server) retryHeld(ctx context.Context, v mithaq.Viewer, in *retryIn) (Retried, error) {
	c, err := s.Feeds.Retry(ctx, v, subscribe.Name(in.Name), in.Body.IDs...)
	return Retried{c.Seen, c.Taken, c.Known + c.Theirs, c.Quarantined}, err
}

func (s *server) dropHeld(ctx context.Context, v mithaq.Viewer, in *heldOneIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) {
		return Done{true}, s.Feeds.Drop(tx, v, subscribe.Name(in.Name), in.ID)
	})
}
