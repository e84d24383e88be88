// Package lists keeps what a site goes by when it labels and shares: MISP
// warninglists, which tell who is about to share a public name server, and
// taxonomies, which labels are held to. A site gives them from files; nothing is
// fetched. A list warns and never refuses.
//
// What an attacker holding it can do: hide a warning, or warn of everything.
// Nothing crosses because of it, or stays.
package lists

import (
	"embed"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp/taxonomy"
	"github.com/mithaq-hub/mithaq/misp/warninglist"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	return store.Embedded("lists", schema)
}

// A Kind says what a list is.
type Kind string

// The kinds.
const (
	Warnings Kind = "warninglist"
	Labels   Kind = "taxonomy"
)

// MaxAll bounds the bytes of all lists together: they are held in memory.
const MaxAll = 128 << 20

// Config says what a Book works with.
type Config struct {
	// Own are the domains of the node's organisation.
	Own []string
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
}

// A Book keeps the lists of a node. All methods may be called at once.
type Book struct {
	Config
	mu   sync.Mutex
	read map[mithaq.Digest]any // *warninglist.List or *taxonomy.Taxonomy, as compiled
}

// New makes a Book.
func New(cfg Config) *Book { return &Book{Config: cfg, read: map[mithaq.Digest]any{}} }

// A List is one that is kept.
type List struct {
	Name        string          `json:"name"`
	Kind        Kind            `json:"kind"`
	Type        string          `json:"type,omitempty"` // of a warninglist: cidr, hostname, string, substring or regex
	Version     int64           `json:"version"`
	Description string          `json:"description,omitempty"`
	Entries     int             `json:"entries"`
	Unread      int             `json:"unread"` // entries that cannot be compared
	First       []string        `json:"first_unread,omitempty"`
	Person      mithaq.PersonID `json:"person"`
	At          mithaq.Time     `json:"at"`
}

func mayKeep(v mithaq.Viewer) error {
	if !v.MayProfile() && !v.MayAdminister() {
		return mithaq.Refuse(mithaq.Denied, "lists.may-not")
	}
	return nil
}

// Keep keeps a list as it is published, in place of one of that name. Denied: the
// viewer may not. Invalid: it is neither a warninglist nor a taxonomy. TooLarge:
// all lists together would be.
func (b *Book) Keep(tx *store.Tx, v mithaq.Viewer, raw []byte) (*List, error) {
	if err := mayKeep(v); err != nil {
		return nil, err
	}
	compiled, err := compile(raw)
	if err != nil {
		return nil, err
	}
	l := describe(compiled)
	l.Person, l.At = v.Person, mithaq.At(tx.Now())
	if err := room(tx, l.Name, len(raw)); err != nil {
		return nil, err
	}
	digest := mithaq.DigestOf(raw)
	_, err = tx.Exec(`INSERT INTO lists_list(name, kind, digest, person, at, raw) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO UPDATE
		SET kind = excluded.kind, digest = excluded.digest, person = excluded.person, at = excluded.at, raw = excluded.raw`,
		l.Name, string(l.Kind), digest[:], string(v.Person), tx.Now().UnixMicro(), raw)
	if err != nil {
		return nil, err
	}
	return l, b.enter(tx, v, "list-kept", l.Name, digest)
}

// room says whether a list of n bytes may be kept beside the others.
func room(tx *store.Tx, name string, n int) error {
	var others int64
	err := tx.QueryRow("SELECT coalesce(sum(length(raw)), 0) FROM lists_list WHERE name <> ?", name).Scan(&others)
	if err == nil && others+int64(n) > MaxAll {
		return mithaq.Refuse(mithaq.TooLarge, "lists.too-large", MaxAll>>20)
	}
	return err
}

// Drop forgets a list. NotFound: there is none of that name.
func (b *Book) Drop(tx *store.Tx, v mithaq.Viewer, name string) error {
	if err := mayKeep(v); err != nil {
		return err
	}
	r, err := tx.Exec("DELETE FROM lists_list WHERE name = ?", name)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, mithaq.Refuse(mithaq.NotFound, "lists.none", name))
	}
	return b.enter(tx, v, "list-dropped", name, mithaq.Digest{})
}

func (b *Book) enter(tx *store.Tx, v mithaq.Viewer, kind, name string, digest mithaq.Digest) error {
	a := mithaq.Account{Kind: kind, At: mithaq.At(tx.Now()), By: v.Person, Notes: map[string]string{"list": name}}
	if !digest.IsZero() {
		a.Notes["digest"] = digest.String()
	}
	return b.Enter(tx, a)
}

// compile reads a list of either kind.
func compile(raw []byte) (any, error) {
	w, notWarning := warninglist.Parse(raw)
	if notWarning == nil {
		return w, nil
	}
	t, notTaxonomy := taxonomy.Parse(raw)
	switch {
	case notTaxonomy == nil:
		return t, nil
	case errors.Is(notTaxonomy, taxonomy.ErrNotOne) || errors.Is(notTaxonomy, taxonomy.ErrTooLong):
		return nil, mithaq.Refuse(mithaq.Invalid, "lists.not-one", notWarning.Error())
	}
	return nil, mithaq.Refuse(mithaq.Invalid, "lists.not-one", notTaxonomy.Error())
}

const firstUnread = 10

func describe(compiled any) *List {
	switch x := compiled.(type) {
	case *warninglist.List:
		l := &List{Name: x.Name, Kind: Warnings, Type: string(x.Type), Version: x.Version, Description: x.Description, Entries: x.Entries, Unread: len(x.Unread)}
		for _, u := range x.Unread[:min(len(x.Unread), firstUnread)] {
			l.First = append(l.First, u.Entry+": "+u.Why)
		}
		return l
	case *taxonomy.Taxonomy:
		return &List{Name: x.Namespace, Kind: Labels, Version: x.Version, Description: x.Description, Entries: len(x.Tags())}
	}
	return nil
}

// A kept is a list with what it was compiled to.
type kept struct {
	List
	compiled any
	digest   mithaq.Digest
}

// all are the lists, compiled once while they stay the same.
func (b *Book) all(tx *store.Tx) ([]kept, error) {
	all, err := stored(tx)
	if err != nil {
		return nil, err
	}
	digests := map[mithaq.Digest]bool{}
	for i := range all {
		k := &all[i]
		digests[k.digest] = true
		if k.compiled, err = b.compiled(tx, k.Name, k.digest); err != nil {
			return nil, err
		}
		person, at := k.Person, k.At
		k.List = *describe(k.compiled)
		k.Person, k.At = person, at
	}
	b.forget(digests)
	return all, nil
}

// stored are the rows without what is large.
func stored(tx *store.Tx) (all []kept, err error) {
	rows, err := tx.Query("SELECT name, digest, person, at FROM lists_list ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var k kept
		var at int64
		if err := rows.Scan(&k.Name, &k.digest, &k.Person, &at); err != nil {
			return nil, err
		}
		k.At = mithaq.At(time.UnixMicro(at))
		all = append(all, k)
	}
	return all, rows.Err()
}

func (b *Book) compiled(tx *store.Tx, name string, digest mithaq.Digest) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x, ok := b.read[digest]; ok {
		return x, nil
	}
	var raw []byte
	if err := tx.QueryRow("SELECT raw FROM lists_list WHERE name = ?", name).Scan(&raw); err != nil {
		return nil, err
	}
	x, err := compile(raw)
	if err == nil {
		b.read[digest] = x
	}
	return x, err
}

// forget lets go of what is not kept any more.
func (b *Book) forget(digests map[mithaq.Digest]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for d := range b.read {
		if !digests[d] {
			delete(b.read, d)
		}
	}
}

// Lists are what is kept, by name.
func (b *Book) Lists(tx *store.Tx) ([]List, error) {
	all, err := b.all(tx)
	list := make([]List, len(all))
	for i := range all {
		list[i] = all[i].List
	}
	return list, err
}

// Tags are the labels of all vocabularies that begin with a text or mean it, at
// most limit.
func (b *Book) Tags(tx *store.Tx, like string, limit int) (tags []taxonomy.Tag, err error) {
	all, err := b.all(tx)
	if err != nil {
		return nil, err
	}
	like = strings.ToLower(like)
	for i := range all {
		t, ok := all[i].compiled.(*taxonomy.Taxonomy)
		if !ok {
			continue
		}
		for _, tag := range t.Tags() {
			if len(tags) < limit && (strings.HasPrefix(strings.ToLower(tag.Tag), like) || strings.Contains(strings.ToLower(tag.Expanded), like)) {
				tags = append(tags, tag)
			}
		}
	}
	return tags, nil
}

// Spell holds labels to the vocabularies: a label whose namespace is that of one
// must be in it, and is spelled as there; others are as they are. Invalid: which
// label is in none.
func (b *Book) Spell(tx *store.Tx, labels []string) ([]string, error) {
	all, err := b.all(tx)
	if err != nil || len(labels) == 0 {
		return labels, err
	}
	spelled := slices.Clone(labels)
	for i, label := range labels {
		namespace, _, _ := strings.Cut(label, ":")
		for k := range all {
			t, ok := all[k].compiled.(*taxonomy.Taxonomy)
			if !ok || !strings.EqualFold(t.Namespace, namespace) {
				continue
			}
			if spelled[i], err = t.Check(label); err != nil {
				return nil, mithaq.Refuse(mithaq.Invalid, "lists.no-tag", label, t.Namespace)
			}
		}
	}
	return spelled, nil
}
