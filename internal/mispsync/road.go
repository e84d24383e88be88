package mispsync

import (
	"crypto/x509"
	"database/sql"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/dial"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/misp/remote"
)

// A Road is the way to the MISP of an organisation that runs no node.
type Road struct {
	Org     mithaq.OrgID      `json:"org"`
	URL     string            `json:"url"`
	Known   string            `json:"known,omitempty"` // UUID of that organisation, by which it is a member of sharing groups
	Arrives misp.Distribution `json:"arrives"`         // of events of ours that say none: as they are to stand there
	Plain   bool              `json:"plain,omitempty"`
	Inside  bool              `json:"inside,omitempty"`
	CA      string            `json:"ca,omitempty"`
	Rate    int               `json:"rate,omitempty"` // requests a minute at the most
	By      mithaq.PersonID   `json:"by"`
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// check says what is wrong with a road.
func (r *Road) check() error {
	var faults []error
	say := func(wrong bool, key string, args ...any) {
		if wrong {
			faults = append(faults, mithaq.Refuse(mithaq.Invalid, key, args...))
		}
	}
	u, err := url.Parse(r.URL)
	bad := err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http"
	say(bad, "misp.url")
	say(!bad && u.Scheme == "http" && !r.Plain, "subscribe.plain", r.host())
	say(r.Known != "" && !uuidForm.MatchString(r.Known), "subscribe.known-as", r.Known)
	say(r.Arrives < misp.OrganisationOnly || r.Arrives > misp.AllCommunities, "misp.arrives")
	say(r.Rate < 0 || r.Rate > 6000, "subscribe.bound", "rate", 6000)
	say(r.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(r.CA)), "subscribe.ca")
	return errors.Join(faults...)
}

func (r *Road) host() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// Open makes the way to a partner's MISP, or another one. Denied: the viewer is no
// administrator. Conflict: the organisation is no plain partner.
func (b *Book) Open(tx *store.Tx, v mithaq.Viewer, r Road, key string) error {
	if !v.MayAdminister() {
		return mithaq.Refuse(mithaq.Denied, "misp.may-not-open")
	}
	r.By = v.Person
	if err := r.check(); err != nil {
		return err
	}
	if key == "" || len(key) > 1000 || strings.ContainsAny(key, " \t\r\n\x00") {
		return mithaq.Refuse(mithaq.Invalid, "misp.key")
	}
	partner, err := b.Partner(tx, r.Org)
	if err != nil {
		return err
	}
	if partner.Kind != mithaq.Plain {
		return mithaq.Refuse(mithaq.Conflict, "misp.not-plain", string(r.Org))
	}
	return b.keepRoad(tx, v, &r, key)
}

func (b *Book) keepRoad(tx *store.Tx, v mithaq.Viewer, r *Road, key string) error {
	raw, err := jcs.Marshal(r)
	if err != nil {
		return err
	}
	sealed, err := b.seal(r.Org, key)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO mispsync_road(org, terms, secret, fails, why) VALUES(?, ?, ?, 0, '')
		ON CONFLICT(org) DO UPDATE SET terms = excluded.terms, secret = excluded.secret, fails = 0, why = ''`, string(r.Org), raw, sealed)
	if err != nil {
		return err
	}
	if err := tx.Due(store.DueJob{Kind: JobPush, Key: string(r.Org), At: tx.Now()}); err != nil {
		return err
	}
	notes := map[string]string{"host": r.host()}
	return b.Enter(tx, mithaq.Account{Kind: "misp-road", At: mithaq.At(tx.Now()), By: v.Person, To: r.Org, Notes: notes})
}

// seal closes a key to the node's newest seal key, for one partner.
func (b *Book) seal(org mithaq.OrgID, key string) ([]byte, error) {
	var public []byte
	for _, k := range b.Keys.Public() { // the newest last
		if k.Use == mithaq.KeySeal {
			public = k.MLKEM768X25519
		}
	}
	return seal.HPKE(public, b.sealedFor(org), []byte(key))
}

func (b *Book) sealedFor(org mithaq.OrgID) []byte {
	return seal.Info("misp", string(b.Org), string(org))
}

// A Way is a road as it stands.
type Way struct {
	Road
	Fails int    // in a row
	Why   string // of the last one

	sealed []byte
}

// Road is the way to a partner's MISP. NotFound: there is none.
func (b *Book) Road(tx *store.Tx, org mithaq.OrgID) (*Way, error) {
	w := &Way{}
	var raw []byte
	err := tx.QueryRow("SELECT terms, secret, fails, why FROM mispsync_road WHERE org = ?", string(org)).Scan(&raw, &w.sealed, &w.Fails, &w.Why)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "misp.no-road", string(org))
	}
	if err != nil {
		return nil, err
	}
	return w, strict.Decode(raw, 1<<20, &w.Road)
}

// server is the partner's MISP, by the guarded dialler alone.
func (b *Book) server(w *Way) (*remote.Server, error) {
	key, err := b.Keys.OpenHPKE(b.sealedFor(w.Org), w.sealed)
	if err != nil {
		return nil, err
	}
	return b.dial(&w.Road, string(key)), nil
}

// dial is the MISP of a road, by the guarded dialler alone.
func (b *Book) dial(r *Road, key string) *remote.Server {
	guard := &dial.Guard{}
	if r.Inside {
		guard.Hosts = []string{r.host()}
	}
	if r.CA != "" {
		guard.Roots = x509.NewCertPool()
		guard.Roots.AppendCertsFromPEM([]byte(r.CA))
	}
	rate := r.Rate
	if rate == 0 {
		rate = 120
	}
	return &remote.Server{
		URL: r.URL, Key: key, HTTP: guard.Client(64 << 20), Agent: b.Agent, Rate: float64(rate) / 60,
		Tries: 2, MaxWait: pushWait, Timeout: pushTimeout,
	}
}

// hop is how what is pushed goes there.
func (w *Way) hop() misp.Hop { return misp.Hop{Way: misp.Push, Org: w.Known, Server: w.URL} }
